package client

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/safehttp"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/testkit"
)

// A server does to each connection what a test wants, and keeps count of what
// reaches it. It is a raw socket, because net/http is too well-behaved.
type server struct {
	url   string
	dials atomic.Int32
	sends atomic.Int32 // requests whose key arrived

	mu    sync.Mutex
	raw   bytes.Buffer // all that arrived, before TLS
	conns []net.Conn
}

// serve starts a server that gives each connection to handle.
func serve(t *testing.T, scheme string, handle func(s *server, conn net.Conn)) *server {
	t.Helper()
	listener := listen(t)
	s := &server{url: scheme + "://" + listener.Addr().String()}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			s.dials.Add(1)
			conn = s.tap(conn)
			running.Go(func() {
				defer func() { _ = conn.Close() }()
				handle(s, conn)
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		s.mu.Lock()
		for _, conn := range s.conns {
			_ = conn.Close()
		}
		s.mu.Unlock()
		running.Wait()
	})
	return s
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	testkit.NoError(t, err)
	return listener
}

// tap makes a connection keep what it reads.
func (s *server) tap(conn net.Conn) net.Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns = append(s.conns, conn)
	return &tapped{conn, s}
}

type tapped struct {
	net.Conn
	server *server
}

func (c *tapped) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.server.raw.Write(p[:n])
	return n, err
}

// arrived returns all bytes that came in.
func (s *server) arrived() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.raw.Bytes())
}

// An exchange is what a server does once a request has come: it gets the
// connection and which send of the key this is.
type exchange func(conn net.Conn, send int)

// api starts a server that reads a request over TLS and lets reply do the rest.
func api(t *testing.T, reply exchange) *server {
	t.Helper()
	return serve(t, "https", secured(goodTLS(), reply))
}

// secured shakes hands, reads a request and lets reply do the rest.
func secured(config *tls.Config, reply exchange) func(*server, net.Conn) {
	return func(s *server, raw net.Conn) {
		conn := tls.Server(raw, config)
		if conn.HandshakeContext(context.Background()) == nil {
			s.exchange(conn, reply)
		}
	}
}

// exchange reads a request, counts the key and answers.
func (s *server) exchange(conn net.Conn, reply exchange) {
	req, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return
	}
	send := s.sends.Load()
	if req.Header.Get("X-Access-Token") == testKey {
		send = s.sends.Add(1)
	}
	reply(conn, int(send))
}

// say answers with the same text each time, and closes properly.
func say(text string) exchange {
	return func(conn net.Conn, _ int) {
		_, _ = io.WriteString(conn, text)
		_ = conn.Close()
	}
}

// answer is an HTTP answer with a body.
func answer(status int, header, body string) string {
	return fmt.Sprintf("HTTP/1.1 %d X\r\n%sContent-Length: %d\r\n\r\n%s", status, header, len(body), body)
}

// hang waits until the other side closes.
func hang(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// A certificate authority that the tests' client trusts.
var authority = sync.OnceValue(func() *tls.Certificate { return issue(nil, nothing) })

// trusted are the roots of a client that trusts authority.
func trusted() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(authority().Leaf)
	return pool
}

// goodTLS is a server with a certificate in order.
func goodTLS() *tls.Config { return withCertificate(nothing) }

// withCertificate is a server whose certificate is changed in some way.
func withCertificate(change func(*x509.Certificate)) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{*issue(authority(), change)}}
}

// strange is a server whose certificate nobody trusts.
func strange() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{*issue(nil, func(c *x509.Certificate) {
		c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	})}}
}

func nothing(*x509.Certificate) {}

// issue makes a certificate for 127.0.0.1 and localhost, or a root if there is
// no parent.
func issue(parent *tls.Certificate, change func(*x509.Certificate)) *tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(time.Now().UnixNano()),
		Subject:               pkix.Name{CommonName: "flexy-key-check test"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		BasicConstraintsValid: true,
	}
	if parent == nil {
		template.IsCA, template.KeyUsage = true, x509.KeyUsageCertSign
		parent = &tls.Certificate{Leaf: template, PrivateKey: key}
	} else {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		template.IPAddresses, template.DNSNames = []net.IP{net.IPv4(127, 0, 0, 1)}, []string{"localhost"}
	}
	change(template)
	der, err := x509.CreateCertificate(rand.Reader, template, parent.Leaf, &key.PublicKey, parent.PrivateKey)
	if err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// counts is how often something happened to the server, as it says itself.
type counts struct{ Dials, Sends int }

// validate asks the server about testKey, with a client that trusts it, and
// holds Answer.Sends to the server's own count.
func (s *server) validate(t *testing.T, timeout time.Duration) (flexy.Answer, counts) {
	t.Helper()
	return s.validateWith(t, timeout, apiClient(t, s))
}

// apiClient returns a client that trusts the server.
func apiClient(t *testing.T, s *server) *Client {
	t.Helper()
	return newClient(t, s.url, safehttp.Options{Roots: trusted()})
}

func (s *server) validateWith(t *testing.T, timeout time.Duration, c *Client) (flexy.Answer, counts) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	began := time.Now()
	a := c.Validate(ctx, secret.New(testKey))
	if late := time.Since(began) - timeout; late > 5*time.Second {
		t.Errorf("ended %v after timeout", late)
	}
	got := counts{int(s.dials.Load()), int(s.sends.Load())}
	if a.Sends != got.Sends {
		t.Errorf("Answer.Sends = %d, the server counts %d", a.Sends, got.Sends)
	}
	return a, got
}
