package config_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"path/filepath"
	"testing"

	"flexy-key-check/checks/internal/test/testkit"
)

func TestBaseURL(t *testing.T) {
	t.Parallel()
	for found, values := range map[string][]string{
		"not a URL":                                 {"https://[::1", "https://a b", ":", "https://api.example.com:port"},
		"user info is not allowed":                  {"https://user@api.example.com", "http://localhost@evil.example.com", "https://@api.example.com"},
		"a query or fragment is not allowed":        {"https://api.example.com?", "https://api.example.com/#"},
		"the scheme must be https":                  {"api.oneclickdz.com", "//api.oneclickdz.com", "ftp://api.oneclickdz.com", "localhost:8085"},
		"no host, or an invalid port":               {"https:///v3", "https://:443", "https:api.oneclickdz.com", "https://a:", "https://a:0", "https://a:65536"},
		"plain http is for loopback addresses only": {"http://api.oneclickdz.com", "http://127.0.0.1.example.com"},
		"must not include the endpoint's path /v3/validate, which is added to it": {"https://api.oneclickdz.com/v3/validate", "http://127.0.0.1:8085/api/v3/validate//"},
	} {
		for _, value := range values {
			expectMistakes(t, good(given{"base-url": value}), "<base-url>: "+found+" (the value is not shown)")
		}
	}
}

// certificate makes a certificate, also in PEM form.
func certificate(t *testing.T) (*x509.Certificate, string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	testkit.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	testkit.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	testkit.NoError(t, err)
	return cert, block("CERTIFICATE", der)
}

func block(kind string, content []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}))
}

// The certificates are trusted in addition to those of the system.
func TestCACertificate(t *testing.T) {
	t.Parallel()
	first, one := certificate(t)
	second, two := certificate(t)
	for text, more := range map[string][]*x509.Certificate{
		"\n\n " + one + "\n": {first}, "# our proxy\n" + one + "# and another\n" + two + "# end\n": {first, second},
	} {
		want, err := x509.SystemCertPool()
		testkit.NoError(t, err)
		for _, cert := range more {
			want.AddCert(cert)
		}
		if got := expectGood(t, good(given{"ca-certificate": text})).Roots; !want.Equal(got) {
			t.Errorf("other certificates are trusted for\n%s", text)
		}
	}
	for name, text := range map[string]string{
		"path": "/etc/ssl/cert.pem", "private key": block("PRIVATE KEY", first.Raw), "private key after": one + block("PRIVATE KEY", first.Raw),
		"private key before": block("PRIVATE KEY", first.Raw) + one, "truncated": one[:len(one)/2], "second one truncated": one + two[:len(two)/2],
		"base64 alone": one[28 : len(one)-26], "not a certificate": block("CERTIFICATE", []byte("x")), "second one not a certificate": one + block("CERTIFICATE", []byte("x")),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expectMistakes(t, good(given{"ca-certificate": text}), "<ca-certificate>: must be certificates in PEM form (the value is not shown)")
		})
	}
}

func TestSSLCertFile(t *testing.T) {
	t.Parallel()
	_, one := certificate(t)
	path := file(t, "ca.pem", one)
	for _, path := range []string{"", path, file(t, "empty.pem", "")} {
		if c := expectGood(t, good(given{"SSL_CERT_FILE": path})); c.Roots != nil {
			t.Errorf("%q is not left to crypto/x509", path)
		}
	}
	for _, path := range []string{t.TempDir(), filepath.Join(t.TempDir(), "missing.pem"), path + "/x", "\x00"} {
		expectMistakes(t, good(given{"SSL_CERT_FILE": path, "ca-certificate": one}), "SSL_CERT_FILE: cannot read the file")
	}
}

func TestProxyVariables(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
		expectMistakes(t, good(given{name: "http://user:password@proxy:3128"}))
		expectMistakes(t, good(given{name: "http://user:password@proxy:port"}), name+": must be the address of a proxy (the value is not shown)")
	}
	expectMistakes(t, good(given{"no_proxy": "10.0.0.0/33"}), "no_proxy: must be hosts, domains, addresses or networks separated by commas (the value is not shown)")
}
