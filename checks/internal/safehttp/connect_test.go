package safehttp_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"flexy-key-check/checks/internal/safehttp"
)

// A proxy answers CONNECT with a status, and opens a tunnel with 200.
type proxy struct {
	*httptest.Server
	mu      sync.Mutex
	headers []http.Header
}

func newProxy(t *testing.T, status int) *proxy {
	t.Helper()
	p := &proxy{}
	p.Server = quietly(t, func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.headers = append(p.headers, r.Header.Clone())
		p.mu.Unlock()
		if status != http.StatusOK || r.Method != http.MethodConnect {
			http.Error(w, "no", status)
			return
		}
		tunnel(r.Context(), w, r.Host)
	}, plainHTTP)
	return p
}

// tunnel connects the client to a server until both have closed.
func tunnel(ctx context.Context, w http.ResponseWriter, address string) {
	server, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return
	}
	defer server.Close()
	client, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer client.Close()
	_, _ = io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
	var both sync.WaitGroup
	both.Go(func() { _, _ = io.Copy(server, buffered); _ = server.(*net.TCPConn).CloseWrite() })
	both.Go(func() { _, _ = io.Copy(client, server); _ = client.(*net.TCPConn).CloseWrite() })
	both.Wait()
}

func TestProxy(t *testing.T) {
	t.Parallel()
	var secrets sync.Map
	s := quietly(t, func(_ http.ResponseWriter, r *http.Request) {
		secrets.Store(r.Header.Get("X-Access-Token"), true)
	}, (*httptest.Server).StartTLS)
	for status, want := range map[int]error{
		200: nil, 201: safehttp.ErrProxyRefused, 204: safehttp.ErrProxyRefused, 302: safehttp.ErrProxyRefused,
		403: safehttp.ErrProxyRefused, 407: safehttp.ErrProxyRefused, 502: safehttp.ErrProxyRefused, 503: safehttp.ErrProxyRefused,
	} {
		secrets.Clear()
		p := newProxy(t, status)
		o := roots(s)
		o.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(p.URL) }
		c, base := client(t, s.URL, o)
		if _, err := get(t, c, base); !errors.Is(err, want) {
			t.Errorf("%d: %v, want %v", status, err, want)
		}
		if _, arrived := secrets.Load("the-secret"); arrived != (want == nil) {
			t.Errorf("%d: the secret arrived: %v", status, arrived)
		}
		p.Close()
		if len(p.headers) != 1 {
			t.Errorf("%d: %d requests to the proxy", status, len(p.headers))
		}
		for _, h := range p.headers {
			for name, values := range h {
				if strings.Contains(name+strings.Join(values, ""), "the-secret") || name == "X-Access-Token" {
					t.Errorf("%d: the proxy saw the secret: %v", status, h)
				}
			}
		}
	}
}
