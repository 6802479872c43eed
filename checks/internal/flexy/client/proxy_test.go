package client

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/safehttp"
	"flexy-key-check/checks/internal/testkit"
)

// connectProxy starts a proxy that reads a CONNECT and lets reply do the rest.
func connectProxy(t *testing.T, reply func(conn net.Conn, target string)) *server {
	t.Helper()
	return serve(t, "http", func(_ *server, conn net.Conn) {
		if req, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
			reply(conn, req.Host)
		}
	})
}

// tunnel connects a client of a proxy with its target.
func tunnel(conn net.Conn, target string) {
	out, err := new(net.Dialer).DialContext(context.Background(), "tcp", target)
	if err != nil {
		return
	}
	defer func() { _ = out.Close() }()
	var both sync.WaitGroup
	both.Go(func() {
		_, _ = io.Copy(out, conn)
		_ = out.Close()
	})
	_, _ = io.Copy(conn, out)
	_ = conn.Close()
	both.Wait()
}

// never fails the test if one of the secrets has arrived.
func (s *server) never(t *testing.T, secrets ...string) {
	t.Helper()
	for _, text := range append(secrets, "X-Access-Token") {
		for _, form := range []string{text, base64.StdEncoding.EncodeToString([]byte(text))[:8]} {
			if bytes.Contains(bytes.ToLower(s.arrived()), []byte(strings.ToLower(form))) {
				t.Errorf("%s… arrived at the proxy", text[:6])
			}
		}
	}
}

// through validates testKey by way of a proxy, which must not see it.
func through(t *testing.T, target, proxy *server, timeout time.Duration) (flexy.Answer, counts) {
	t.Helper()
	u, err := url.Parse(proxy.url)
	testkit.NoError(t, err)
	c := newClient(t, target.url, safehttp.Options{Roots: trusted(), Proxy: http.ProxyURL(u)})
	a, _ := target.validateWith(t, timeout, c)
	proxy.never(t, testKey, testKey[:8], testKey[8:16], testKey[16:])
	return a, counts{int(proxy.dials.Load()), int(target.sends.Load())}
}

func TestProxy(t *testing.T) {
	t.Parallel()
	text := func(s string) func(net.Conn, string) {
		return func(conn net.Conn, _ string) { say(s)(conn, 0) }
	}
	tests := []struct {
		name    string
		timeout time.Duration
		reply   func(conn net.Conn, target string)
		outcome flexy.Outcome
		fault   flexy.Fault
		dials   int // to the proxy
	}{
		{"works", patience, func(conn net.Conn, target string) {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
			tunnel(conn, target)
		}, flexy.Accepted, 0, 1},
		{"407", patience, text("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"), flexy.Unavailable, flexy.FaultProxy, 1},
		{"403", patience, text("HTTP/1.1 403 Forbidden\r\n\r\n<h1>no</h1>"), flexy.Unavailable, flexy.FaultProxy, 1},
		{"503", patience, text("HTTP/1.1 503 Busy\r\nRetry-After: 1\r\n\r\n"), flexy.Unavailable, flexy.FaultProxy, 1},
		{"302", patience, text("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n"), flexy.Unavailable, flexy.FaultProxy, 1},
		{"201", patience, text("HTTP/1.1 201 Created\r\n\r\n"), flexy.Unavailable, flexy.FaultProxy, 1},
		{"100", patience, text("HTTP/1.1 100 Continue\r\n\r\n"), flexy.Unavailable, flexy.FaultProxy, 1},
		{"garbage", patience, text("220 mail.example ESMTP\r\n"), flexy.Unavailable, flexy.FaultConnect, 3},
		{"200 KB header", patience, text("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 200<<10)), flexy.Unavailable, flexy.FaultConnect, 3},
		{"closes", patience, text(""), flexy.Unavailable, flexy.FaultConnect, 3},
		{"hangs", impatience, func(conn net.Conn, _ string) { hang(conn) }, flexy.Unavailable, flexy.FaultOutOfTime, 1},
		{"answers in place of the API", patience, text("HTTP/1.1 200 OK\r\n\r\n" + answer(200, "", okBody)), flexy.Unavailable, flexy.FaultTLS, 3},
		{"closes after 200", patience, text("HTTP/1.1 200 OK\r\n\r\n"), flexy.Unavailable, flexy.FaultTLS, 3},
		{"hangs after 200", impatience, func(conn net.Conn, _ string) {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
			hang(conn)
		}, flexy.Unavailable, flexy.FaultOutOfTime, 1},
		{"inspects TLS", patience, func(conn net.Conn, _ string) {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
			_ = tls.Server(conn, strange()).HandshakeContext(context.Background())
		}, flexy.Unavailable, flexy.FaultUnknownAuthority, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			target := api(t, say(answer(200, "", okBody)))
			a, got := through(t, target, connectProxy(t, tt.reply), tt.timeout)
			testkit.Diff(t, tt.outcome, a.Outcome)
			testkit.Diff(t, tt.fault, a.Fault)
			want := counts{Dials: tt.dials}
			if tt.outcome == flexy.Accepted {
				want.Sends = 1
			}
			testkit.Diff(t, want, got)
		})
	}
}

// A SOCKS proxy speaks first of methods, then of the connection (RFC 1928).
func TestSOCKS(t *testing.T) {
	t.Parallel()
	connected := "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"
	tests := []struct {
		name           string
		method, answer string
		outcome        flexy.Outcome
		fault          flexy.Fault
	}{
		{"works", "\x05\x00", connected, flexy.Accepted, 0},
		{"no method", "\x05\xff", "", flexy.Unavailable, flexy.FaultProxy},
		{"not allowed", "\x05\x00", "\x05\x02" + connected[2:], flexy.Unavailable, flexy.FaultProxy},
		{"unreachable", "\x05\x00", "\x05\x04" + connected[2:], flexy.Unavailable, flexy.FaultProxy},
		{"another version", "\x04\x00", "", flexy.Unavailable, flexy.FaultProxy},
		{"closes", "", "", flexy.Unavailable, flexy.FaultProxy},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			target := api(t, say(answer(200, "", okBody)))
			proxy := serve(t, "socks5", func(_ *server, conn net.Conn) {
				if tt.method == "" {
					return
				}
				_, _ = io.ReadFull(conn, make([]byte, 3)) // version, one method: none
				_, _ = io.WriteString(conn, tt.method)
				if tt.answer == "" {
					return
				}
				_, _ = io.ReadFull(conn, make([]byte, 10)) // connect to an IPv4 address
				_, _ = io.WriteString(conn, tt.answer)
				if tt.outcome == flexy.Accepted {
					tunnel(conn, strings.TrimPrefix(target.url, "https://"))
				}
			})
			a, got := through(t, target, proxy, patience)
			testkit.Diff(t, tt.outcome, a.Outcome)
			testkit.Diff(t, tt.fault, a.Fault)
			testkit.Diff(t, 1, got.Dials)
			testkit.Diff(t, a.Sends, got.Sends)
		})
	}
}

// The proxy itself may be out of reach.
func TestProxyOutOfReach(t *testing.T) {
	t.Parallel()
	target := api(t, say(answer(200, "", okBody)))
	proxy := connectProxy(t, func(net.Conn, string) {})
	secure := serve(t, "https", secured(strange(), nil))
	tests := map[string]struct {
		proxy *server
		fault flexy.Fault
		dials int
	}{
		"untrusted": {secure, flexy.FaultUnknownAuthority, 1},
		"not TLS":   {&server{url: strings.Replace(proxy.url, "http", "https", 1)}, flexy.FaultTLS, 0},
		"not there": {&server{url: "http://127.0.0.1:1"}, flexy.FaultProxyUnreachable, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, got := through(t, target, tt.proxy, patience)
			testkit.Diff(t, tt.fault, a.Fault)
			testkit.Diff(t, counts{Dials: tt.dials}, got)
		})
	}
}
