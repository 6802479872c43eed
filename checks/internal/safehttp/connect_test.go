package safehttp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"flexy-key-check/checks/internal/safehttp"
)

// tunnel connects the client with a server until both have closed.
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
	var secrets atomic.Int32
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Access-Token") == "the-secret" {
			secrets.Add(1)
		}
	}, (*httptest.Server).StartTLS)
	for status, want := range map[int]error{
		200: nil, 201: safehttp.ErrProxyRefused, 302: safehttp.ErrProxyRefused, 407: safehttp.ErrProxyRefused, 503: safehttp.ErrProxyRefused,
	} {
		before := secrets.Load()
		var seen []http.Header
		p := serve(t, func(w http.ResponseWriter, r *http.Request) {
			seen = append(seen, r.Header.Clone())
			if status != http.StatusOK || r.Method != http.MethodConnect {
				http.Error(w, "no", status)
				return
			}
			tunnel(r.Context(), w, r.Host)
		}, plainHTTP)
		o := roots(s)
		o.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(p.URL) }
		c, base := client(t, s.URL, o)
		if _, err := get(t, c, base); !errors.Is(err, want) {
			t.Errorf("%d: %v, want %v", status, err, want)
		}
		if arrived := secrets.Load() - before; (arrived == 1) != (want == nil) {
			t.Errorf("%d: the secret arrived %d times", status, arrived)
		}
		p.Close()
		if text := fmt.Sprint(seen); len(seen) != 1 || strings.Contains(text, "the-secret") || strings.Contains(text, "X-Access-Token") {
			t.Errorf("%d: the proxy saw %s", status, text)
		}
	}
}
