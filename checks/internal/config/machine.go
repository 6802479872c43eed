package config

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"net/netip"
	"net/url"
	"os"
	"strings"

	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/safehttp"
)

// machine checks the proxy variables.
func (p *parser) machine(lookup Lookup) {
	switch name := safehttp.CheckProxy(lookup); {
	case name == "":
	case strings.EqualFold(name, "NO_PROXY"):
		p.fail(mistake.Place{Name: name}, "correct the list, such as localhost,.example.com,10.0.0.0/8, or unset it", "must be hosts, domains, addresses or networks separated by commas (the value is not shown)")
	default:
		p.fail(mistake.Place{Name: name}, "write it as http://HOST:PORT, or unset it to connect directly", "must be the address of a proxy (the value is not shown)")
	}
}

// baseURL parses the API's URL. The value is never shown: it may contain a
// password.
func (p *parser) baseURL(f field) *url.URL {
	u, err := url.Parse(f.value)
	var fault string
	switch {
	case err != nil:
		fault = "not a URL"
	case u.User != nil:
		fault = "user info is not allowed"
	case strings.ContainsAny(f.value, "?#"):
		fault = "a query or fragment is not allowed"
	case u.Scheme != "https" && u.Scheme != "http":
		fault = "the scheme must be https"
	case u.Hostname() == "" || !validPort(u):
		fault = "no host, or an invalid port"
	case strings.HasSuffix(strings.TrimRight(u.Path, "/"), "/v3/validate"):
		fault = "must not include the endpoint's path /v3/validate, which is added to it"
	case !safehttp.SecretMayGoTo(u):
		fault = "plain http is for loopback addresses only"
	default:
		return u
	}
	p.fail(f.place, "leave "+f.place.Name+" out to use "+f.input.Default, "%s (the value is not shown)", fault)
	return nil
}

// validPort reports whether a URL has no port or a valid one.
func validPort(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	at, err := netip.ParseAddrPort("127.0.0.1:" + u.Port())
	return err == nil && at.Port() > 0
}

// roots returns the certificate authorities to trust: those in f in addition to the
// system's. It returns nil for the system's alone.
func (s *Source) roots(f field) *x509.CertPool {
	s.checkCertFile()
	if f.value == "" {
		return nil
	}
	pool := x509.NewCertPool()
	if system, err := x509.SystemCertPool(); err == nil && !s.parser.failedAt(certFileVariable) {
		pool = system
	}
	if !addCertificates(pool, f.value) {
		s.parser.fail(f.place, "paste the CA's certificate, from BEGIN CERTIFICATE to END CERTIFICATE", "must be certificates in PEM form (the value is not shown)")
		return nil
	}
	return pool
}

// addCertificates adds certificates in PEM form to pool, and reports whether text
// contains at least one and no other PEM blocks.
func addCertificates(pool *x509.CertPool, text string) bool {
	rest := []byte(text)
	for found := false; ; found = true {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		if block == nil && found && !bytes.Contains(rest, []byte("-----BEGIN")) {
			return true
		}
		if block == nil || block.Type != "CERTIFICATE" {
			return false
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return false
		}
		pool.AddCert(certificate)
	}
}

const certFileVariable = "SSL_CERT_FILE"

// checkCertFile reports a file in SSL_CERT_FILE that cannot be read. It leaves a pipe,
// such as that of <(cat ca.pem), alone: only crypto/x509 can read it, once.
func (s *Source) checkCertFile() {
	path, _ := s.lookup(certFileVariable)
	if path == "" {
		return
	}
	info, err := os.Stat(path)
	if err == nil && info.Mode().IsRegular() {
		var file *os.File
		if file, err = os.Open(path); err == nil {
			_ = file.Close()
		}
	}
	if err != nil || info.IsDir() {
		s.parser.fail(mistake.Place{Name: certFileVariable}, "correct the path, or unset it to use the built-in certificates", "cannot read the file")
	}
}
