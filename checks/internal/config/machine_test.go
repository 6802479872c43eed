package config_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
		"a host name must be in ASCII":              {"https://billapi。oneclickdz.com", "https://ａpi.oneclickdz.com", "https://مثال.dz"},
		"not a host of the Flexy API, whatever it answers": {
			"https://billapi.oneclickdz.com", "https://oneclickdz.com", "https://ONECLICKDZ.com./", "https://flexy-api.oneclickdz.com/v2", "https://docs.OneClickDZ.com:443", "https://x.api.oneclickdz.com", "https://enterprise.oneclickdz.com./api",
			"https://api.api.oneclickdz.com..",
		},
		"must not end in /v2, /v3 or /v3/validate: the version and the endpoint are added to it": {
			"https://api.oneclickdz.com/v3/validate", "http://127.0.0.1:8085/api/v3/validate//", "https://api.oneclickdz.com/v2", "https://api.oneclickdz.com/v3/", "https://example.com/proxy/v3", "https://example.com/V3", "https://example.com/%763", "https://example.com/v3/.",
			"https://api.oneclickdz.com./v3//",
		},
	} {
		for _, value := range values {
			expectMistakes(t, good(given{"base-url": value}), "<base-url>: "+found+" (the value is not shown)")
		}
	}
}

func TestGoodBaseURL(t *testing.T) {
	t.Parallel()
	for _, value := range []string{
		"https://api.oneclickdz.com", "https://API.oneclickdz.com.", "https://api.oneclickdz.com:443/", "https://notoneclickdz.com", "https://oneclickdz.com.example.com", "https://example.com/v3/x", "https://example.com/apiv3", "https://example.com/v30",
		"http://LOCALHOST:8085", "http://Localhost.:8085",
	} {
		expectGood(t, good(given{"base-url": value}))
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

// negative makes a certificate with a negative serial number, which Go refuses.
func negative(t *testing.T) string {
	t.Helper()
	cert, _ := certificate(t)
	serial := []byte{2, 1, 1} // an INTEGER of one byte
	return block("CERTIFICATE", bytes.Replace(cert.Raw, serial, []byte{2, 1, 0x81}, 1))
}

// The certificates are trusted in addition to those of the system.
func TestCACertificate(t *testing.T) {
	t.Parallel()
	first, one := certificate(t)
	second, two := certificate(t)
	odd := negative(t)
	for text, want := range map[string][]*x509.Certificate{
		"\n\n " + one + "\n": {first}, "# our proxy\n" + one + "# and another\n" + two + "# end\n": {first, second}, odd + one: {first}, one + odd: {first}, one + block("CERTIFICATE", []byte("x")): {first},
		"  " + strings.ReplaceAll(one, "\n", "\n    ") + two: {first, second}, strings.ReplaceAll(one, "\n", " \t\r\n"): {first}, "\ufeff" + one: {first}, one + one: {first, first}, strings.TrimSpace(one) + two: {first, second},
	} {
		if got := expectGood(t, good(given{"ca-certificate": text})).Roots; !slices.EqualFunc(want, got.Extra, (*x509.Certificate).Equal) {
			t.Errorf("other certificates are trusted for\n%s", text)
		}
	}
	key := block("PRIVATE KEY", first.Raw)
	for fault, texts := range map[string][]string{
		"":                   {one[:len(one)/2], one + two[:len(two)/2], two[:len(two)/2] + "\n" + one, one[len(one)/2:], one[len(one)/2:] + two, "certificate", "-----BEGIN CERTIFICATE-----\n-----", strings.Replace(one, "M", "*", 1)},
		", and nothing else": {key, one + key, key + one},
		": what is between BEGIN and END is no certificate that can be used": {block("CERTIFICATE", []byte("x")), odd, odd + odd},
		": it is a path or an address":                                       {"/etc/ssl/cert.pem", "ca.pem", `C:\certs\ca.crt`, "../ca", "https://example.com/ca.pem"},
		": it has \\n in place of line breaks":                               {strings.ReplaceAll(one, "\n", `\n`), strings.ReplaceAll(one, "\n", `\n`) + "\n"},
		": its line breaks were lost":                                        {strings.ReplaceAll(one, "\n", " "), strings.ReplaceAll(one+two, "\n", "")},
		": it is the base64 form of PEM":                                     {base64.StdEncoding.EncodeToString([]byte(one)), "\n" + wrapped(base64.StdEncoding.EncodeToString([]byte("# ca\n"+one+two)))},
		": it is base64 without the lines around it":                         {one[28 : len(one)-26], base64.StdEncoding.EncodeToString(first.Raw)},
	} {
		for _, text := range texts {
			expectMistakes(t, good(given{"ca-certificate": text}), "<ca-certificate>: must be certificates in PEM form"+fault+" (the value is not shown)")
		}
	}
}

// wrapped breaks a text into lines of 76 characters, as base64 does.
func wrapped(text string) string {
	var lines []string
	for part := range slices.Chunk([]byte(text), 76) {
		lines = append(lines, string(part))
	}
	return strings.Join(lines, "\n")
}

func TestCertVariables(t *testing.T) {
	t.Parallel()
	_, one := certificate(t)
	path, pipe, dirs := file(t, "ca.pem", one), namedPipe(t), "/a:/b"
	if c := expectGood(t, good(given{"SSL_CERT_FILE": "", "SSL_CERT_DIR": ""})); c.Roots != nil {
		t.Error("blank variables count")
	}
	for _, path := range []string{path, file(t, "empty.pem", ""), pipe} {
		if c := expectGood(t, good(given{"SSL_CERT_FILE": path, "SSL_CERT_DIR": dirs})); c.Roots.File != path || c.Roots.Dirs != dirs {
			t.Errorf("%q is not to be read: %+v", path, c.Roots)
		}
	}
	for path, fault := range map[string]string{
		filepath.Join(t.TempDir(), "missing.pem"): "cannot read the file", path + "/x": "cannot read the file", "\x00": "cannot read the file",
		t.TempDir(): "not a file or a pipe", "/dev/zero": "not a file or a pipe", os.DevNull: "not a file or a pipe",
	} {
		for _, more := range []given{nil, {"ca-certificate": one}, {"base-url": "http://127.0.0.1:8085"}} {
			expectMistakes(t, good(given{"SSL_CERT_FILE": path}).with(more), "SSL_CERT_FILE: "+fault)
		}
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
