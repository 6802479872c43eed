package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/safehttp"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/testkit"
)

// What can go wrong before a key leaves, and how often the server is dialled.
func TestHandshakeFaults(t *testing.T) {
	t.Parallel()
	ok := say(answer(200, "", okBody))
	certificate := func(change func(*x509.Certificate)) func(*server, net.Conn) {
		return secured(withCertificate(change), ok)
	}
	old := goodTLS()
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	tests := []struct {
		name    string
		timeout time.Duration
		handle  func(*server, net.Conn)
		fault   flexy.Fault
		dials   int
	}{
		{"untrusted", patience, secured(strange(), ok), flexy.FaultUnknownAuthority, 1},
		{"expired", patience, certificate(func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }), flexy.FaultCertificate, 1},
		{"not valid yet", patience, certificate(func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) }), flexy.FaultCertificate, 1},
		{"not for a server", patience, certificate(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }), flexy.FaultCertificate, 1},
		{"another host", patience, certificate(func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"api.example"} }), flexy.FaultHostname, 1},
		{"no host", patience, certificate(func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, nil }), flexy.FaultHostname, 1},
		{"TLS 1.1 only", patience, secured(old, ok), flexy.FaultTLS, 3},
		{"plain text", patience, func(_ *server, conn net.Conn) { say("220 mail.example ESMTP\r\n")(conn, 0) }, flexy.FaultTLS, 3},
		{"plain HTTP", patience, func(_ *server, conn net.Conn) { say(answer(400, "", ""))(conn, 0) }, flexy.FaultTLS, 3},
		{"closed at once", patience, func(*server, net.Conn) {}, flexy.FaultTLS, 3},
		{"reset", patience, func(_ *server, conn net.Conn) { _, _ = conn.Read(make([]byte, 1)); reset(conn) }, flexy.FaultTLS, 3},
		{"says nothing", impatience, func(_ *server, conn net.Conn) { hang(conn) }, flexy.FaultOutOfTime, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, "https", tt.handle)
			a, got := s.validate(t, tt.timeout)
			testkit.Diff(t, tt.fault, a.Fault)
			testkit.Diff(t, counts{tt.dials, 0}, got)
		})
	}
}

// Some servers ask for a certificate, and end the connection only when the
// client, which has none, has already sent its request.
func TestServerWantsCertificate(t *testing.T) {
	t.Parallel()
	config := goodTLS()
	config.ClientAuth = tls.RequireAnyClientCert
	s := serve(t, "https", secured(config, say(answer(200, "", okBody))))
	a := apiClient(t, s).Validate(t.Context(), secret.New(testKey))
	if a.Outcome != flexy.Unavailable || a.Sends > 2 {
		t.Errorf("outcome %d after %d sends", a.Outcome, a.Sends)
	}
	testkit.Diff(t, 0, int(s.sends.Load()))
}

// A machine without any CA bundle trusts nobody.
func TestNoRoots(t *testing.T) {
	t.Parallel()
	s := api(t, say(answer(200, "", okBody)))
	a, got := s.validateWith(t, patience, newClient(t, s.url, safehttp.Options{Roots: x509.NewCertPool()}))
	testkit.Diff(t, flexy.FaultUnknownAuthority, a.Fault)
	testkit.Diff(t, counts{1, 0}, got)
}

type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// dialled counts a client's dials, and has dial make them if there is one. The
// test ends when they have: net/http lets one go on after its request.
func dialled(t *testing.T, c *Client, dial dialFunc) *atomic.Int32 {
	t.Helper()
	transport, n := c.http.Transport.(*http.Transport), new(atomic.Int32)
	if dial == nil {
		dial = transport.DialContext
	}
	var pending sync.RWMutex
	t.Cleanup(func() {
		pending.Lock()
		defer pending.Unlock()
	})
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		n.Add(1)
		pending.RLock()
		defer pending.RUnlock()
		return dial(ctx, network, address)
	}
	return n
}

// bound returns a socket that nobody else can have, and its address. It refuses
// connections as long as it does not listen.
func bound(t *testing.T) (fd int, address string) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	testkit.NoError(t, err)
	t.Cleanup(func() { _ = syscall.Close(fd) })
	testkit.NoError(t, syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	name, err := syscall.Getsockname(fd)
	testkit.NoError(t, err)
	return fd, fmt.Sprint("127.0.0.1:", name.(*syscall.SockaddrInet4).Port)
}

func TestRefused(t *testing.T) {
	t.Parallel()
	_, address := bound(t)
	c := newClient(t, "https://"+address, safehttp.Options{})
	dials := dialled(t, c, nil)
	a := c.Validate(t.Context(), secret.New(testKey))
	testkit.Diff(t, flexy.FaultConnect, a.Fault)
	testkit.Diff(t, 0, a.Sends)
	testkit.Diff(t, 3, int(dials.Load()))
}

// A packet filter that drops everything: a listener whose queue is full does
// not answer a SYN.
func TestBlackhole(t *testing.T) {
	t.Parallel()
	fd, address := bound(t)
	testkit.NoError(t, syscall.Listen(fd, 0))
	dialer := &net.Dialer{Timeout: 200 * time.Millisecond}
	for full := false; !full; {
		conn, err := dialer.DialContext(t.Context(), "tcp", address)
		if full = err != nil; !full {
			t.Cleanup(func() { _ = conn.Close() })
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), impatience)
	defer cancel()
	c := newClient(t, "https://"+address, safehttp.Options{})
	dialled(t, c, (&net.Dialer{Timeout: 2 * impatience}).DialContext)
	a := c.Validate(ctx, secret.New(testKey))
	testkit.Diff(t, flexy.FaultOutOfTime, a.Fault)
	testkit.Diff(t, 0, a.Sends)
}

// nameServer answers every question with the given code, or not at all if it
// is negative. It returns what dials by it.
func nameServer(t *testing.T, code int) dialFunc {
	t.Helper()
	server, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	testkit.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for buf := make([]byte, 1500); ; {
			n, from, err := server.ReadFrom(buf)
			if err != nil {
				return
			}
			buf[2] |= 0x80 // a response
			buf[3] = byte(0x80 | code&0x0f)
			if code >= 0 {
				_, _ = server.WriteTo(buf[:n], from)
			}
		}
	}()
	var mu sync.Mutex
	var conns []net.Conn
	ended := false
	t.Cleanup(func() {
		_ = server.Close()
		<-done
		mu.Lock()
		defer mu.Unlock()
		for ended = true; len(conns) > 0; conns = conns[1:] {
			_ = conns[0].Close() // else a look-up goes on for seconds
		}
	})
	resolver := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		mu.Lock()
		defer mu.Unlock()
		if ended {
			return nil, net.ErrClosed
		}
		conn, err := net.DialUDP("udp", nil, server.LocalAddr().(*net.UDPAddr))
		conns = append(conns, conn)
		return conn, err
	}}
	return (&net.Dialer{Resolver: resolver, Timeout: 2 * impatience}).DialContext
}

func TestDNS(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		code    int
		timeout time.Duration
		fault   flexy.Fault
		dials   int
	}{
		{"NXDOMAIN", 3, patience, flexy.FaultNoSuchHost, 1},
		{"SERVFAIL", 2, patience, flexy.FaultDNS, 3},
		{"no answer", -1, impatience, flexy.FaultOutOfTime, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, "https://api.flexy.invalid.", safehttp.Options{})
			dials := dialled(t, c, nameServer(t, tt.code))
			ctx, cancel := context.WithTimeout(t.Context(), tt.timeout)
			defer cancel()
			a := c.Validate(ctx, secret.New(testKey))
			testkit.Diff(t, tt.fault, a.Fault)
			testkit.Diff(t, 0, a.Sends)
			testkit.Diff(t, tt.dials, int(dials.Load()))
		})
	}
}
