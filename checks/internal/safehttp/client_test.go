package safehttp_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"flexy-key-check/checks/internal/safehttp"
	"flexy-key-check/checks/internal/testkit"
)

// quietly starts a server without an error log.
func quietly(t *testing.T, handler http.HandlerFunc, start func(*httptest.Server)) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(handler)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	start(s)
	t.Cleanup(s.Close)
	return s
}

func plainHTTP(s *httptest.Server) { s.Start() }

func client(t *testing.T, base string, o safehttp.Options) (*http.Client, string) {
	t.Helper()
	u, err := url.Parse(base)
	testkit.NoError(t, err)
	return safehttp.Client(u, o), u.String()
}

// roots returns options that trust a test server.
func roots(s *httptest.Server) safehttp.Options {
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return safehttp.Options{Roots: pool}
}

// A reply is the response to one request.
type reply struct {
	status int
	proto  string
	header http.Header
	body   string
}

// get sends a request with a secret in a header.
func get(t *testing.T, c *http.Client, target string) (reply, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	testkit.NoError(t, err)
	req.Header.Set("X-Access-Token", "the-secret")
	res, err := c.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return reply{res.StatusCode, res.Proto, res.Header, string(body)}, err
}

func TestRedirectsAreAnswers(t *testing.T) {
	t.Parallel()
	var called atomic.Int32
	target := quietly(t, func(http.ResponseWriter, *http.Request) { called.Add(1) }, plainHTTP)
	s := quietly(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			called.Add(1)
		}
		code := map[string]int{"301": 301, "302": 302, "303": 303, "307": 307, "308": 308}[r.URL.Query().Get("code")]
		if to := r.URL.Query().Get("to"); to != "" {
			w.Header().Set("Location", to)
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, "moved")
	}, plainHTTP)
	c, base := client(t, s.URL, safehttp.Options{})
	for _, code := range []string{"301", "302", "303", "307", "308"} {
		for _, to := range []string{target.URL, s.URL + "/other", "/other", "//" + strings.TrimPrefix(target.URL, "http://"), "?", ""} {
			got, err := get(t, c, base+"/?code="+code+"&to="+url.QueryEscape(to))
			if err != nil || got.status/100 != 3 || got.body != "moved" {
				t.Errorf("%s to %q: %+v, %v", code, to, got, err)
			}
		}
	}
	if called.Load() != 0 {
		t.Errorf("redirects were followed %d times", called.Load())
	}
}

func TestHTTP1Only(t *testing.T) {
	t.Parallel()
	var proto atomic.Value
	handler := func(_ http.ResponseWriter, r *http.Request) { proto.Store(r.Proto + " " + r.TLS.NegotiatedProtocol) }
	s := quietly(t, handler, func(s *httptest.Server) { s.EnableHTTP2 = true; s.StartTLS() })
	c, base := client(t, s.URL, roots(s))
	got, err := get(t, c, base)
	testkit.NoError(t, err)
	if saw, _ := proto.Load().(string); strings.TrimSpace(strings.TrimSuffix(saw, "http/1.1")) != "HTTP/1.1" || got.proto != "HTTP/1.1" {
		t.Errorf("the server saw %q, the client %s", saw, got.proto)
	}
}

// Compression is not requested, and a compressed answer not unpacked.
func TestNoCompression(t *testing.T) {
	t.Parallel()
	s := quietly(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Asked", r.Header.Get("Accept-Encoding"))
		_, _ = io.WriteString(w, "\x1f\x8bnot gzip")
	}, plainHTTP)
	c, base := client(t, s.URL, safehttp.Options{})
	got, err := get(t, c, base)
	if err != nil || got.body != "\x1f\x8bnot gzip" {
		t.Fatalf("%+v, %v", got, err)
	}
	if asked := got.header.Get("Asked"); asked != "" {
		t.Errorf("Accept-Encoding: %s", asked)
	}
}

func TestHeaderLimit(t *testing.T) {
	t.Parallel()
	s := quietly(t, func(w http.ResponseWriter, r *http.Request) {
		size := safehttp.MaxHeaderBytes - 1000
		if r.URL.Path == "/large" {
			size = safehttp.MaxHeaderBytes + 1000
		}
		w.Header().Set("X-Filler", strings.Repeat("x", size))
	}, plainHTTP)
	c, base := client(t, s.URL, safehttp.Options{})
	if _, err := get(t, c, base+"/small"); err != nil {
		t.Errorf("a header under the limit: %v", err)
	}
	if _, err := get(t, c, base+"/large"); err == nil {
		t.Error("a header over the limit was read")
	}
}

// Each request has its own connection: on a reused one net/http retries a GET by
// itself.
func TestNoKeepAlive(t *testing.T) {
	t.Parallel()
	const requests = 5
	var connections, closing atomic.Int32
	s := quietly(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.Close {
			closing.Add(1)
		}
	}, func(s *httptest.Server) {
		s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				connections.Add(1)
			}
		}
		s.Start()
	})
	c, base := client(t, s.URL, safehttp.Options{})
	for range requests {
		if _, err := get(t, c, base); err != nil {
			t.Fatal(err)
		}
	}
	if connections.Load() != requests || closing.Load() != requests {
		t.Errorf("%d requests on %d connections, %d with Connection: close", requests, connections.Load(), closing.Load())
	}
}

func TestTLSVersions(t *testing.T) {
	t.Parallel()
	for version, want := range map[uint16]bool{
		tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true,
	} {
		s := quietly(t, func(http.ResponseWriter, *http.Request) {}, func(s *httptest.Server) {
			s.TLS = &tls.Config{MinVersion: version, MaxVersion: version}
			s.StartTLS()
		})
		c, base := client(t, s.URL, roots(s))
		if _, err := get(t, c, base); (err == nil) != want {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
	}
}

func TestRootsAreUsed(t *testing.T) {
	t.Parallel()
	var called atomic.Int32
	s := quietly(t, func(http.ResponseWriter, *http.Request) { called.Add(1) }, (*httptest.Server).StartTLS)
	for name, o := range map[string]safehttp.Options{"no roots": {Roots: x509.NewCertPool()}, "system roots": {}} {
		c, base := client(t, s.URL, o)
		var authority x509.UnknownAuthorityError
		if _, err := get(t, c, base); !errors.As(err, &authority) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if called.Load() != 0 {
		t.Error("the secret was sent to an untrusted server")
	}
}

// Plain HTTP stays on this machine, whatever the host name resolves to.
func TestPlainHTTPOnlyToLoopback(t *testing.T) {
	t.Parallel()
	s := quietly(t, func(http.ResponseWriter, *http.Request) {}, plainHTTP)
	port := s.URL[strings.LastIndex(s.URL, ":"):]
	for host, want := range map[string]error{
		"127.0.0.1": nil, "loopback.test": nil, "[::ffff:127.0.0.1]": nil,
		"elsewhere.test": safehttp.ErrNotLoopback, "203.0.113.9": safehttp.ErrNotLoopback, "[2001:db8::1]": safehttp.ErrNotLoopback, "[::ffff:203.0.113.9]": safehttp.ErrNotLoopback,
	} {
		c, base := client(t, "http://"+host+port, safehttp.Options{})
		if _, err := get(t, c, base); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", host, err, want)
		}
	}
}

// Plain HTTP uses no proxy, which would see the headers. net/http itself skips the
// proxy only for localhost in lower case.
func TestPlainHTTPUsesNoProxy(t *testing.T) {
	t.Parallel()
	var called atomic.Int32
	proxy := quietly(t, func(http.ResponseWriter, *http.Request) { called.Add(1) }, plainHTTP)
	s := quietly(t, func(http.ResponseWriter, *http.Request) {}, plainHTTP)
	address, err := url.Parse(proxy.URL)
	testkit.NoError(t, err)
	c, base := client(t, strings.Replace(s.URL, "127.0.0.1", "LOCALHOST", 1), safehttp.Options{Proxy: http.ProxyURL(address)})
	if _, err := get(t, c, base); err != nil || called.Load() != 0 {
		t.Errorf("%v, the proxy got %d requests", err, called.Load())
	}
}
