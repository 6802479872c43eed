package safehttp_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"flexy-key-check/checks/internal/safehttp"
	"flexy-key-check/checks/internal/test/testkit"
)

// serve starts a server without a log.
func serve(t *testing.T, handler http.HandlerFunc, start func(*httptest.Server)) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(handler)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	start(s)
	t.Cleanup(s.Close)
	return s
}

func plainHTTP(s *httptest.Server) { s.Start() }

func silent(http.ResponseWriter, *http.Request) {}

func client(t *testing.T, base string, o safehttp.Options) (*http.Client, string) {
	t.Helper()
	u, err := url.Parse(base)
	testkit.NoError(t, err)
	return safehttp.Client(u, o), u.String()
}

// roots trusts a test server.
func roots(s *httptest.Server) safehttp.Options {
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return safehttp.Options{Roots: trust(pool)}
}

// trust returns the roots that a client asks for.
func trust(pool *x509.CertPool) func(context.Context) (*x509.CertPool, error) {
	return func(context.Context) (*x509.CertPool, error) { return pool, nil }
}

// A reply is the answer to one request.
type reply struct {
	status int
	proto  string
	body   string
}

// get sends one request with a secret in a header.
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
	return reply{res.StatusCode, res.Proto, string(body)}, err
}

func TestRedirectsAreAnswers(t *testing.T) {
	t.Parallel()
	var called atomic.Int32
	target := serve(t, func(http.ResponseWriter, *http.Request) { called.Add(1) }, plainHTTP)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		called.Add(1)
		code, _ := strconv.Atoi(r.URL.Query().Get("code"))
		w.Header()["Location"] = r.URL.Query()["to"]
		w.WriteHeader(code)
		_, _ = io.WriteString(w, "moved")
	}, plainHTTP)
	c, base := client(t, s.URL, safehttp.Options{})
	requests := int32(0)
	for _, code := range []string{"301", "302", "303", "307", "308"} {
		for _, to := range []string{"&to=" + target.URL, "&to=/other", "&to=//" + strings.TrimPrefix(target.URL, "http://"), "&to=", ""} {
			requests++
			got, err := get(t, c, base+"/?code="+code+to)
			if err != nil || strconv.Itoa(got.status) != code || got.body != "moved" || called.Load() != requests {
				t.Errorf("%s%s: %+v, %v, %d requests arrived", code, to, got, err, called.Load())
			}
		}
	}
}

func TestHTTP1Only(t *testing.T) {
	t.Parallel()
	var major atomic.Int32
	handler := func(_ http.ResponseWriter, r *http.Request) { major.Store(int32(r.ProtoMajor)) }
	s := serve(t, handler, func(s *httptest.Server) { s.EnableHTTP2 = true; s.StartTLS() })
	c, base := client(t, s.URL, roots(s))
	got, err := get(t, c, base)
	testkit.NoError(t, err)
	if major.Load() != 1 || got.proto != "HTTP/1.1" {
		t.Errorf("the server saw version %d, the client %s", major.Load(), got.proto)
	}
}

// The client neither requests nor unpacks gzip.
func TestNoCompression(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = io.WriteString(w, "\x1f\x8bnot gzip"+r.Header.Get("Accept-Encoding"))
	}, plainHTTP)
	c, base := client(t, s.URL, safehttp.Options{})
	if got, err := get(t, c, base); err != nil || got.body != "\x1f\x8bnot gzip" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestHeaderLimit(t *testing.T) {
	t.Parallel()
	for size, want := range map[int]bool{safehttp.MaxHeaderBytes - 1000: true, safehttp.MaxHeaderBytes + 1000: false} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Filler", strings.Repeat("x", size)) }, plainHTTP)
		c, base := client(t, s.URL, safehttp.Options{})
		if _, err := get(t, c, base); (err == nil) != want {
			t.Errorf("a header of %d bytes: %v", size, err)
		}
	}
}

// Every request has its own connection. On one that is reused, net/http repeats a
// GET by itself.
func TestNoKeepAlive(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	clients := map[string]bool{}
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		clients[r.RemoteAddr] = r.Close
	}, plainHTTP)
	c, base := client(t, s.URL, safehttp.Options{})
	for range 3 {
		_, err := get(t, c, base)
		testkit.NoError(t, err)
	}
	mu.Lock()
	defer mu.Unlock()
	testkit.Diff(t, []bool{true, true, true}, slices.Collect(maps.Values(clients)))
}

func TestTLSVersions(t *testing.T) {
	t.Parallel()
	for version, want := range map[uint16]bool{
		tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true,
	} {
		s := serve(t, silent, func(s *httptest.Server) {
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
	s := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the secret was sent to an untrusted server") }, (*httptest.Server).StartTLS)
	for name, o := range map[string]safehttp.Options{"no roots": {Roots: trust(x509.NewCertPool())}, "system roots": {}} {
		c, base := client(t, s.URL, o)
		var authority x509.UnknownAuthorityError
		if _, err := get(t, c, base); !errors.As(err, &authority) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Plain HTTP stays on this machine, whatever the host name resolves to.
func TestPlainHTTPStaysHere(t *testing.T) {
	t.Parallel()
	s := serve(t, silent, plainHTTP)
	port := s.URL[strings.LastIndex(s.URL, ":"):]
	for host, here := range map[string]bool{
		"127.0.0.1": true, "loopback.test": true, "[::ffff:127.0.0.1]": true,
		"elsewhere.test": false, "203.0.113.9": false, "[2001:db8::1]": false, "[::ffff:203.0.113.9]": false,
	} {
		c, base := client(t, "http://"+host+port, safehttp.Options{})
		if _, err := get(t, c, base); (err == nil) != here || errors.Is(err, safehttp.ErrNotLoopback) == here {
			t.Errorf("%s: %v", host, err)
		}
	}
}

// A proxy would see the headers of a plain request, so none is used. net/http
// itself exempts localhost only in lower case.
func TestPlainHTTPUsesNoProxy(t *testing.T) {
	t.Parallel()
	proxy := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the proxy got the request") }, plainHTTP)
	s := serve(t, silent, plainHTTP)
	address, err := url.Parse(proxy.URL)
	testkit.NoError(t, err)
	c, base := client(t, strings.Replace(s.URL, "127.0.0.1", "LOCALHOST", 1), safehttp.Options{Proxy: http.ProxyURL(address)})
	_, err = get(t, c, base)
	testkit.NoError(t, err)
}
