package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/safehttp"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/test/testkit"
)

// What can go wrong before the key leaves, and how often the server is dialled.
func TestHandshakeFaults(t *testing.T) {
	t.Parallel()
	ok := say(answer(200, "", okBody))
	old := goodTLS()
	old.MaxVersion = tls.VersionTLS11
	for name, tt := range map[string]struct {
		handle handler
		fault  flexy.Fault
		dials  int
	}{
		"untrusted":      {secured(untrusted(), ok), flexy.FaultUnknownAuthority, 1},
		"expired":        {secured(withCertificate(func(c *x509.Certificate) { c.NotAfter = c.NotBefore.Add(time.Hour) }), ok), flexy.FaultCertificate, 1},
		"another host":   {secured(withCertificate(func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 2)} }), ok), flexy.FaultHostname, 1},
		"TLS 1.1 only":   {secured(old, ok), flexy.FaultTLS, 5},
		"plain text":     {func(_ *server, conn net.Conn) { say("220 mail.example ESMTP\r\n")(conn, 0) }, flexy.FaultTLS, 5},
		"closed at once": {func(*server, net.Conn) {}, flexy.FaultTLS, 5},
	} {
		inBubble(t, name, func(t *testing.T) {
			c, s := overTLS(t, tt.handle)
			a, _ := s.validate(t, c, time.Minute)
			testkit.Diff(t, tt.fault, a.Fault)
			testkit.Diff(t, counts{tt.dials, 0}, s.counted())
		})
	}
}

// Some servers want a certificate, and end the connection only when the client,
// which has none, has already sent its request.
func TestServerWantsCertificate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		config := goodTLS()
		config.ClientAuth = tls.RequireAnyClientCert
		c, s := overTLS(t, secured(config, say(answer(200, "", okBody))))
		a := c.Validate(t.Context(), secret.New(testKey))
		if a.Outcome != flexy.Unavailable || a.Sends > 2 || s.counted().Sends != 0 {
			t.Errorf("outcome %d after %d sends, of which %d arrived", a.Outcome, a.Sends, s.counted().Sends)
		}
	})
}

// nameServer answers every question with the given code, over TCP (RFC 1035,
// section 4.2.2). It returns a resolver that asks it.
func nameServer(code byte) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		go func() {
			defer func() { _ = far.Close() }()
			message := make([]byte, 1500)
			_, _ = io.ReadFull(far, message[:2])
			message = message[:2+binary.BigEndian.Uint16(message)]
			_, _ = io.ReadFull(far, message[2:])
			message[4] |= 0x80 // a response
			message[5] = 0x80 | code
			_, _ = far.Write(message)
		}()
		return near, nil
	}}
}

// A try whose dial fails, outside a bubble: the resolver and the sockets are real.
func TestDialFaults(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		base  string
		code  byte
		fault flexy.Fault
	}{
		"NXDOMAIN": {"https://api.flexy.invalid.", 3, flexy.FaultNoSuchHost},
		"SERVFAIL": {"https://api.flexy.invalid.", 2, flexy.FaultDNS},
		"refused":  {"https://127.0.0.1:1", 0, flexy.FaultConnect},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := inquiry{client: newClient(t, tt.base, safehttp.Options{}), question: validate, began: time.Now()}
			q.client.http.Transport.(*http.Transport).DialContext = (&net.Dialer{Resolver: nameServer(tt.code)}).DialContext
			a, r := q.try(t.Context())
			testkit.Diff(t, flexy.Answer{Fault: tt.fault}, a)
			testkit.Diff(t, false, r.sent)
		})
	}
}

// The statuses that a proxy may answer CONNECT with are proven in safehttp.
func TestProxy(t *testing.T) {
	t.Parallel()
	good, silent := secured(goodTLS(), say(answer(200, "", okBody))), func(*server, net.Conn) {}
	connect := func(text string, next handler) handler {
		return func(s *server, conn net.Conn) {
			s.exchange(conn, then(text, func(conn net.Conn) { next(s, conn) }))
		}
	}
	// A SOCKS proxy first agrees on a method, then on the connection (RFC 1928).
	socks := func(code string, next handler) handler {
		return func(s *server, conn net.Conn) {
			_, _ = io.ReadFull(conn, make([]byte, 3)) // version, one method: none
			_, _ = io.WriteString(conn, "\x05\x00")
			_, _ = io.ReadFull(conn, make([]byte, 10)) // connect to an IPv4 address
			_, _ = io.WriteString(conn, "\x05"+code+"\x00\x01\x00\x00\x00\x00\x00\x00")
			next(s, conn)
		}
	}
	fails := func(err error) func(int) error { return func(int) error { return err } }
	for name, tt := range map[string]struct {
		scheme string
		fail   func(int) error
		handle handler
		fault  flexy.Fault // FaultInternal: none, the key is accepted
		dials  int
	}{
		"works":                      {"http", fine, connect("HTTP/1.1 200 OK\r\n\r\n", good), 0, 1},
		"refuses":                    {"http", fine, connect("HTTP/1.1 503 Busy\r\nRetry-After: 1\r\n\r\n", silent), flexy.FaultProxy, 1},
		"garbage":                    {"http", fine, connect("220 mail.example ESMTP\r\n", silent), flexy.FaultConnect, 5},
		"closes":                     {"http", fine, connect("", silent), flexy.FaultConnect, 5},
		"answers in place of an API": {"http", fine, connect("HTTP/1.1 200 OK\r\n\r\n"+answer(200, "", okBody), silent), flexy.FaultTLS, 5},
		"inspects TLS":               {"http", fine, connect("HTTP/1.1 200 OK\r\n\r\n", secured(untrusted(), nil)), flexy.FaultUnknownAuthority, 1},
		"untrusted":                  {"https", fine, secured(untrusted(), nil), flexy.FaultUnknownAuthority, 1},
		"not TLS":                    {"https", fine, silent, flexy.FaultProxyUnreachable, 5},
		"unreachable":                {"http", fails(io.ErrClosedPipe), nil, flexy.FaultProxyUnreachable, 5},
		"no such host":               {"http", fails(&net.DNSError{IsNotFound: true}), nil, flexy.FaultNoSuchProxy, 1},
		"SOCKS works":                {"socks5", fine, socks("\x00", good), 0, 1},
		"SOCKS refuses":              {"socks5", fine, socks("\x02", silent), flexy.FaultProxy, 1},
	} {
		inBubble(t, name, func(t *testing.T) {
			proxy := http.ProxyURL(&url.URL{Scheme: tt.scheme, Host: "127.0.0.1:3128"})
			c, s := serve(t, "https://127.0.0.1", safehttp.Options{Roots: trusted(), Proxy: proxy}, tt.fail, tt.handle)
			a, _ := s.validate(t, c, time.Minute)
			testkit.Diff(t, tt.fault, a.Fault)
			testkit.Diff(t, map[bool]int{true: 1}[tt.fault == 0], a.Sends)
			testkit.Diff(t, tt.dials, s.counted().Dials)
			if strings.Contains(s.arrived(), testKey) || strings.Contains(s.arrived(), "X-Access-Token") {
				t.Error("the proxy saw the key")
			}
		})
	}
}
