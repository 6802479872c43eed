package config

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"os"
	"strings"

	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/safehttp"
)

// The variables that name the certificate authorities to trust, a file and folders.
const (
	certFileVariable = "SSL_CERT_FILE"
	certDirVariable  = "SSL_CERT_DIR"
)

// roots returns the certificate authorities to trust: those in f in addition to the
// system's. It returns nil for the system's alone.
func (s *Source) roots(f field) *safehttp.Authorities {
	s.checkCertFile()
	a := safehttp.Authorities{}
	a.File, _ = s.lookup(certFileVariable)
	a.Dirs, _ = s.lookup(certDirVariable)
	if f.value != "" {
		var fault, hint string
		if a.Extra, fault, hint = certificates(f.value); hint != "" {
			s.parser.fail(f.place, hint, "must be certificates in PEM form%s (the value is not shown)", fault)
		}
	}
	if a.File == "" && a.Dirs == "" && len(a.Extra) == 0 {
		return nil
	}
	return &a
}

const beginsPEM = "-----BEGIN "

// certificates returns those in a text in PEM form: blocks that may be indented, and
// comments around them. A block that is whole but whose certificate Go refuses, such
// as one with a negative serial number, is left out if another can be used.
func certificates(text string) (found []*x509.Certificate, fault, hint string) {
	var lines []string
	joined := strings.ReplaceAll(text, "----------BEGIN", "-----\n-----BEGIN") // files without a line feed at the end
	for line := range strings.Lines(strings.TrimPrefix(joined, "\ufeff")) {
		lines = append(lines, strings.TrimSpace(line))
	}
	all := []byte(strings.Join(lines, "\n") + "\n")
	blocks := 0
	for block, rest := pem.Decode(all); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			return nil, ", and nothing else", "paste the CA's certificates alone: no key, no request"
		}
		blocks++
		if certificate, err := x509.ParseCertificate(block.Bytes); err == nil {
			found = append(found, certificate)
		}
	}
	if blocks == 0 || blocks < max(bytes.Count(all, []byte(beginsPEM)), bytes.Count(all, []byte("-----END "))) {
		fault, hint = notPEM(text)
		return nil, fault, hint
	}
	if len(found) == 0 {
		return nil, ": what is between BEGIN and END is no certificate that can be used", "export the CA's certificate again, as X.509 in PEM form"
	}
	return found, "", ""
}

// notPEM says what a text is that holds no whole PEM block, or not only such.
func notPEM(text string) (fault, hint string) {
	oneLine := !strings.ContainsAny(text, "\r\n")
	decoded, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	begins := strings.Contains(text, strings.TrimSpace(beginsPEM))
	switch {
	case begins && strings.Contains(text, `\n`):
		return `: it has \n in place of line breaks`, `replace each \n by a line break, as printf '%b' "$PEM" does`
	case begins && oneLine:
		return ": its line breaks were lost", "keep them: in YAML with | after the name, in a shell with double quotes"
	case err == nil && bytes.Contains(decoded, []byte(beginsPEM)):
		return ": it is the base64 form of PEM", "decode it first, as base64 -d does"
	case err == nil && len(decoded) > 0 && decoded[0] == 0x30: // a SEQUENCE in DER
		return ": it is base64 without the lines around it", "add a line with BEGIN CERTIFICATE before it and one with END CERTIFICATE after it"
	case !begins && oneLine && (strings.ContainsAny(text, `/\`) || strings.Contains(text, ".")):
		return ": it is a path or an address", "give the file's content; outside a container, on Linux, SSL_CERT_FILE takes a path"
	}
	return "", "paste the CA's certificate, from BEGIN CERTIFICATE to END CERTIFICATE"
}

// checkCertFile reports an SSL_CERT_FILE that cannot be read, or that never ends. It
// leaves a pipe, such as that of <(cat ca.pem), alone: it can be read only once.
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
	fault := "cannot read the file"
	if err == nil {
		if info.Mode().IsRegular() || info.Mode()&os.ModeNamedPipe != 0 {
			return
		}
		fault = "not a file or a pipe"
	}
	s.parser.fail(mistake.Place{Name: certFileVariable}, "correct the path, or unset it to use the built-in certificates", "%s", fault)
}
