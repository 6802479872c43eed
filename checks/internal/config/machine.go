package config

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net/netip"
	"net/url"
	"os"
	"strings"

	"flexy-key-check/checks/internal/safehttp"
)

// judgeMachine judges what the program takes from its surroundings.
func (g *Given) judgeMachine() {
	switch name := safehttp.CheckProxy(g.lookup); {
	case name == "":
	case strings.EqualFold(name, "NO_PROXY"):
		g.fail(Place{Name: name}, "expected hosts, domains, addresses or networks separated by commas, found something else (not shown)", "correct the list, such as localhost,.example.com,10.0.0.0/8, or unset it")
	default:
		g.fail(Place{Name: name}, "expected the address of a proxy, found something else (not shown)", "write it as http://HOST:PORT, or unset it to connect directly")
	}
	if path, _ := g.lookup("SSL_CERT_FILE"); path != "" && !readable(path) {
		g.fail(Place{Name: "SSL_CERT_FILE"}, "expected a file that can be read, found that it cannot be", "correct the path, or unset it to use the built-in certificates")
	}
}

func readable(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	_, err = file.Read(make([]byte, 1))
	return err == nil || errors.Is(err, io.EOF)
}

// baseURL reads the address of the API. The value itself is never shown: it
// may hold a password.
func (g *Given) baseURL(f field) *url.URL {
	u, err := url.Parse(f.value)
	var found string
	switch {
	case err != nil:
		found = "something that is no URL"
	case u.User != nil:
		found = "user info in it"
	case strings.ContainsAny(f.value, "?#"):
		found = "a query or fragment in it"
	case u.Scheme != "https" && u.Scheme != "http":
		found = "another scheme or none"
	case u.Hostname() == "" || !validPort(u):
		found = "no host, or no valid port"
	case strings.HasSuffix(strings.TrimRight(u.Path, "/"), "/v3/validate"):
		found = "the path of the endpoint in it, which is added to it"
	case !safehttp.SecretMayGoTo(u):
		found = "plain http to another machine"
	default:
		return u
	}
	g.fail(f.place, "expected the https address of the API, found "+found, "leave "+f.place.Name+" out to use "+f.input.Default+"; http is for loopback addresses only")
	return nil
}

// validPort reports whether a URL's port, if it has one, can be dialled.
func validPort(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	at, err := netip.ParseAddrPort("127.0.0.1:" + u.Port())
	return err == nil && at.Port() > 0
}

// roots reads extra certificate authorities and adds them to the system's.
func (g *Given) roots(f field) *x509.CertPool {
	if f.value == "" {
		return nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	rest := []byte(f.value)
	for found := false; ; found = true {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		if block == nil && found && !bytes.Contains(rest, []byte("-----BEGIN")) {
			return pool
		}
		if block == nil || block.Type != "CERTIFICATE" {
			break
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			break
		}
		pool.AddCert(certificate)
	}
	g.fail(f.place, "expected certificates in PEM form, found something else (not shown)", "paste the CA's certificate, from BEGIN CERTIFICATE to END CERTIFICATE")
	return nil
}
