package config_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"path/filepath"
	"testing"
	"time"

	"flexy-key-check/checks/internal/testkit"
)

func TestBaseURL(t *testing.T) {
	t.Parallel()
	for found, values := range map[string][]string{
		"not a URL":                {"https://api.example.com:port", "https://[::1", "http://%zz", "https://a b", ":", "https://api.example.com/\x7f", "https://x/%"},
		"user info is not allowed": {"https://user@api.example.com", "https://user:password@api.example.com", "http://localhost@evil.example.com", "https://@api.example.com"},
		"a query or fragment is not allowed": {
			"https://api.example.com?x=1", "https://api.example.com?", "https://api.example.com/#", "https://api.example.com/#x"},
		"the scheme must be https": {"api.oneclickdz.com", "//api.oneclickdz.com", "ftp://api.oneclickdz.com", "localhost:8085", "file:///etc/passwd", "/v3", "httpss://x"},
		"must not include the endpoint's path /v3/validate, which is added to it": {"https://api.oneclickdz.com/v3/validate", "http://127.0.0.1:8085/api/v3/validate/"},
		"no host, or an invalid port": {
			"https://", "https:///v3", "https://:443", "https:api.oneclickdz.com", "https://api.oneclickdz.com:", "https://api.oneclickdz.com:0", "https://api.oneclickdz.com:65536", "https://api.oneclickdz.com:99999999999"},
		"plain http is for loopback addresses only": {
			"http://api.oneclickdz.com", "http://0.0.0.0:8085", "http://localhost.example.com", "http://127.0.0.1.example.com", "http://192.168.1.5:8085", "http://[::ffff:10.0.0.1]"},
	} {
		for _, value := range values {
			expectMistakes(t, good(given{"base-url": value}), "<base-url>: "+found+" (the value is not shown)")
		}
	}
}

// certificate makes one that signs itself, in PEM form, with its private key.
func certificate(t *testing.T) (cert, private string) {
	t.Helper()
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	testkit.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, signer.Public(), signer)
	testkit.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(signer)
	testkit.NoError(t, err)
	encode := func(kind string, b []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}))
	}
	return encode("CERTIFICATE", der), encode("PRIVATE KEY", pkcs8)
}

func parse(t *testing.T, text string) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	cert, err := x509.ParseCertificate(block.Bytes)
	testkit.NoError(t, err)
	return cert
}

func TestCACertificate(t *testing.T) {
	t.Parallel()
	one, private := certificate(t)
	two, _ := certificate(t)
	for name, text := range map[string]string{
		"one": one, "in white space": "\n\n " + one + "\n", "two": one + two, "with a comment": "# our proxy\n" + one + "# and another\n" + two,
	} {
		roots := expectGood(t, good(given{"ca-certificate": text})).Roots
		if roots == nil {
			t.Fatalf("%s: no roots", name)
		}
		if _, err := parse(t, one).Verify(x509.VerifyOptions{Roots: roots, CurrentTime: now}); err != nil {
			t.Errorf("%s: the first is not trusted: %v", name, err)
		}
		if len(text) > 2*len(one)-10 {
			if _, err := parse(t, two).Verify(x509.VerifyOptions{Roots: roots, CurrentTime: now}); err != nil {
				t.Errorf("%s: the second is not trusted: %v", name, err)
			}
		}
		// The extra ones are added to those of the system.
		system, err := x509.SystemCertPool()
		testkit.NoError(t, err)
		if system.AddCert(parse(t, one)); len(text) < 2*len(one)-10 && !system.Equal(roots) {
			t.Errorf("%s: not the system's roots and one more", name)
		}
	}
	for name, text := range map[string]string{
		"garbage": "not a certificate", "path": "/etc/ssl/cert.pem", "private key": private, "private key behind": one + private, "private key before": private + one,
		"cut": one[:len(one)/2], "without its lines": one[28 : len(one)-26], "block that is no certificate": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
		"second that is no certificate": one + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "request": "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expectMistakes(t, good(given{"ca-certificate": text}), "<ca-certificate>: must be certificates in PEM form (the value is not shown)")
		})
	}
}

func TestSSLCertFile(t *testing.T) {
	t.Parallel()
	const unreadable = "SSL_CERT_FILE: cannot read the file"
	one, _ := certificate(t)
	for _, path := range []string{"", file(t, "ca.pem", one), file(t, "empty.pem", "")} {
		expectMistakes(t, good(given{"SSL_CERT_FILE": path}))
	}
	for _, path := range []string{t.TempDir(), filepath.Join(t.TempDir(), "missing.pem"), file(t, "ca.pem", one) + "/x", "\x00"} {
		expectMistakes(t, good(given{"SSL_CERT_FILE": path}), unreadable)
	}
}

func TestProxyVariables(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
		expectMistakes(t, good(given{name: "http://user:password@proxy:3128"}))
		expectMistakes(t, good(given{name: ""}))
		expectMistakes(t, good(given{name: "http://user:password@proxy:port"}), name+": must be the address of a proxy (the value is not shown)")
	}
}
