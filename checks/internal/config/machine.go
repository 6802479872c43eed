package config

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"

	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/safehttp"
)

// machine checks the proxy variables.
func (j *judge) machine(lookup Lookup) {
	switch name := safehttp.CheckProxy(lookup); {
	case name == "":
	case strings.EqualFold(name, "NO_PROXY"):
		j.fail(mistake.Place{Name: name}, "correct the list, such as localhost,.example.com,10.0.0.0/8, or unset it", "must be hosts, domains, addresses or networks separated by commas (the value is not shown)")
	default:
		j.fail(mistake.Place{Name: name}, "write it as http://HOST:PORT, or unset it to connect directly", "must be the address of a proxy (the value is not shown)")
	}
}

// baseURL parses the API's URL. The value is never shown: it may contain a
// password.
func (j *judge) baseURL(f field) *url.URL {
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
	j.fail(f.place, "leave "+f.place.Name+" out to use "+f.input.Default, "%s (the value is not shown)", fault)
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

// roots returns the certificate authorities to trust: those in f in addition to
// the system's, or to those from the pipe that SSL_CERT_FILE names. It returns nil
// for the system's alone.
func (s *Source) roots(f field) *x509.CertPool {
	pipe := s.certFile()
	if f.value == "" {
		return pipe
	}
	pool := pipe
	if pool == nil && !s.judge.failedAt(certFileVariable) {
		pool, _ = x509.SystemCertPool()
	}
	if pool == nil {
		pool = x509.NewCertPool()
	}
	if !addCertificates(pool, f.value) {
		s.judge.fail(f.place, "paste the CA's certificate, from BEGIN CERTIFICATE to END CERTIFICATE", "must be certificates in PEM form (the value is not shown)")
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

const (
	certFileVariable = "SSL_CERT_FILE"

	maxBundle  = 4 << 20 // bytes of a CA bundle from a pipe
	pipePeriod = 5 * time.Second
)

// certFile checks SSL_CERT_FILE. crypto/x509 reads a regular file by itself. A
// pipe, such as that of <(cat ca.pem), can be read only once and could block, so
// certFile reads it and returns its certificates.
func (s *Source) certFile() *x509.CertPool {
	path, _ := s.lookup(certFileVariable)
	if path == "" {
		return nil
	}
	const hint = "correct the path, or unset it to use the built-in certificates"
	fail := func(fault string) { s.judge.fail(mistake.Place{Name: certFileVariable}, hint, "%s", fault) }
	info, err := os.Stat(path)
	if err == nil && info.Mode()&os.ModeNamedPipe != 0 {
		pool := x509.NewCertPool()
		if text, ok := readPipe(path); !ok || !pool.AppendCertsFromPEM(text) {
			fail("no certificates came through the pipe")
		}
		return pool
	}
	if err != nil || info.IsDir() {
		fail("cannot read the file")
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		fail("cannot read the file")
		return nil
	}
	_ = file.Close()
	return nil
}

// readPipe reads a named pipe until its writer closes it, within pipePeriod.
func readPipe(path string) (text []byte, ok bool) {
	began := time.Now()
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, false
	}
	defer file.Close()
	_ = file.SetReadDeadline(began.Add(pipePeriod))
	for len(text) == 0 && time.Since(began) < pipePeriod { // without a writer, a read returns no bytes
		text, err = io.ReadAll(io.LimitReader(file, maxBundle+1))
		if err != nil || len(text) > maxBundle {
			return nil, false
		}
		if len(text) == 0 {
			time.Sleep(10 * time.Millisecond)
		}
	}
	return text, len(text) > 0
}
