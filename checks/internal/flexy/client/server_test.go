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
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/safehttp"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/test/testkit"
)

// A server does to each connection what a test wants, and counts what reaches
// it. It has no sockets, so it can live in a synctest bubble, where nothing waits.
type server struct {
	mu sync.Mutex
	counts
	raw bytes.Buffer // all that arrived, before TLS
}

// counts is how often a server was dialled, and how often the key reached it.
type counts struct{ Dials, Sends int }

// inBubble runs a parallel subtest in a synctest bubble.
func inBubble(t *testing.T, name string, test func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, test)
	})
}

// A handler does all that a server does on one connection.
type handler func(s *server, conn net.Conn)

// An exchange is what a server does after a request: it gets the connection and
// the number of sends of the key so far, this one included.
type exchange func(conn net.Conn, send int)

// serve returns a client whose dials all reach one server. Dials get what fail
// returns for them, counting from 1; the others are given to handle.
func serve(t *testing.T, base string, o safehttp.Options, fail func(dial int) error, handle handler) (*Client, *server) {
	t.Helper()
	t.Cleanup(func() { time.Sleep(24 * time.Hour) }) // the bubble ends when all goroutines in it have
	c, s := newClient(t, base, o), &server{}
	c.http.Transport.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) {
		s.mu.Lock()
		s.Dials++
		dial := s.Dials
		s.mu.Unlock()
		if err := fail(dial); err != nil {
			return nil, err
		}
		near, far := net.Pipe()
		conn := &buffered{Conn: far, chunks: make(chan []byte, 100)}
		go s.receive(conn)
		go func() {
			defer func() { _ = conn.Close() }()
			handle(s, conn)
		}()
		return near, nil
	}
	return c, s
}

// inMemory returns a client and a server without TLS.
func inMemory(t *testing.T, fail func(dial int) error, reply exchange) (*Client, *server) {
	t.Helper()
	return serve(t, "http://127.0.0.1", safehttp.Options{}, fail, func(s *server, conn net.Conn) { s.exchange(conn, reply) })
}

// overTLS returns a client that trusts authority, and a server.
func overTLS(t *testing.T, handle handler) (*Client, *server) {
	t.Helper()
	return serve(t, "https://127.0.0.1", safehttp.Options{Roots: trusted()}, fine, handle)
}

func fine(int) error  { return nil }
func stuck(int) error { time.Sleep(time.Hour); return io.EOF }

// validate asks about testKey with a time limit, and compares Answer.Sends with
// the server's own count.
func (s *server) validate(t *testing.T, c *Client, limit time.Duration) (a flexy.Answer, took time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	before, began := s.counted(), time.Now()
	a = c.Validate(ctx, secret.New(testKey))
	testkit.Diff(t, a.Sends, s.counted().Sends-before.Sends)
	return a, time.Since(began)
}

func (s *server) counted() counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts
}

// arrived returns all bytes that came in.
func (s *server) arrived() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.raw.String()
}

// A buffered connection is a pipe's end whose other side need not wait until
// this one reads.
type buffered struct {
	net.Conn
	chunks chan []byte
	unread []byte
}

// receive reads all that arrives, until the other side closes.
func (s *server) receive(conn *buffered) {
	defer close(conn.chunks)
	for {
		p := make([]byte, 4<<10)
		n, err := conn.Conn.Read(p)
		if err != nil {
			return
		}
		s.mu.Lock()
		s.raw.Write(p[:n])
		s.mu.Unlock()
		conn.chunks <- p[:n]
	}
}

func (c *buffered) Read(p []byte) (int, error) {
	if len(c.unread) == 0 {
		chunk, ok := <-c.chunks
		if !ok {
			return 0, io.EOF
		}
		c.unread = chunk
	}
	n := copy(p, c.unread)
	c.unread = c.unread[n:]
	return n, nil
}

// secured completes a handshake, reads a request and leaves the rest to reply.
func secured(config *tls.Config, reply exchange) handler {
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
	s.mu.Lock()
	if req.Header.Get("X-Access-Token") == testKey {
		s.Sends++
	}
	send := s.Sends
	s.mu.Unlock()
	reply(conn, send)
}

// say answers with the same text each time, and closes properly.
func say(text string) exchange {
	return then(text, func(conn net.Conn) { _ = conn.Close() })
}

// inTurn answers each send with its own text, and all further ones with the last.
func inTurn(texts ...string) exchange {
	return func(conn net.Conn, send int) { say(texts[min(send, len(texts))-1])(conn, send) }
}

// then writes a text and goes on.
func then(text string, next func(net.Conn)) exchange {
	return func(conn net.Conn, _ int) {
		_, _ = io.WriteString(conn, text)
		next(conn)
	}
}

// hang waits until the other side closes.
func hang(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// answer is an HTTP answer with a body.
func answer(status int, header, body string) string {
	return fmt.Sprintf("HTTP/1.1 %d X\r\n%sContent-Length: %d\r\n\r\n%s", status, header, len(body), body)
}

// authority is a certificate authority that the tests' client trusts.
var authority = sync.OnceValue(func() *tls.Certificate { return issue(nil, func(*x509.Certificate) {}) })

// trusted returns the roots of a client that trusts authority.
func trusted() func(context.Context) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	pool.AddCert(authority().Leaf)
	return func(context.Context) (*x509.CertPool, error) { return pool, nil }
}

// goodTLS is the configuration of a server with a valid certificate.
func goodTLS() *tls.Config { return withCertificate(func(*x509.Certificate) {}) }

// withCertificate is that of a server whose certificate is changed in some way.
func withCertificate(change func(*x509.Certificate)) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{*issue(authority(), change)}}
}

// untrusted is that of a server whose certificate is signed by no trusted authority.
func untrusted() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{*issue(nil, func(c *x509.Certificate) {
		c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	})}}
}

// issue makes a certificate for 127.0.0.1, or a root if there is no parent. It is
// valid from before the time at which a bubble starts.
func issue(parent *tls.Certificate, change func(*x509.Certificate)) *tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(time.Now().UnixNano()),
		NotBefore:             time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:              time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
		BasicConstraintsValid: true,
	}
	if parent == nil {
		template.IsCA, template.KeyUsage = true, x509.KeyUsageCertSign
		parent = &tls.Certificate{Leaf: template, PrivateKey: key}
	} else {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
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
