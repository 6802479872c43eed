package client

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/safehttp"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/testkit"
)

// A memory is a server without sockets, for a synctest bubble, which remembers
// when it was dialled and when the key came.
type memory struct {
	server
	began         time.Time
	mu            sync.Mutex
	dialled, sent []time.Duration
}

// inMemory returns a client and the server behind it. Dials get what fail
// returns for them, counting from 1; the requests that get through get reply.
func inMemory(t *testing.T, fail func(dial int) error, reply exchange) (*Client, *memory) {
	t.Helper()
	m := &memory{began: time.Now()}
	t.Cleanup(func() { time.Sleep(24 * time.Hour) }) // a bubble ends when all in it have
	c := newClient(t, "http://127.0.0.1", safehttp.Options{})
	c.http.Transport.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) {
		if err := fail(m.note(&m.dialled)); err != nil {
			return nil, err
		}
		near, far := net.Pipe()
		go func() {
			defer func() { _ = far.Close() }()
			m.exchange(far, func(conn net.Conn, send int) {
				m.note(&m.sent)
				reply(conn, send)
			})
		}()
		return near, nil
	}
	return c, m
}

// note adds the time to a list, and returns how long the list is.
func (m *memory) note(list *[]time.Duration) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	*list = append(*list, time.Since(m.began))
	return len(*list)
}

// counts tells how often the server was dialled, and the key sent.
func (m *memory) counts() counts {
	m.mu.Lock()
	defer m.mu.Unlock()
	return counts{len(m.dialled), len(m.sent)}
}

func fine(int) error { return nil }

// inTurn answers each send with its own text, the last of them for ever.
func inTurn(texts ...string) exchange {
	return func(conn net.Conn, send int) { say(texts[min(send, len(texts))-1])(conn, send) }
}

// validateIn asks with a time limit. It returns what a table compares.
func validateIn(t *testing.T, c *Client, timeout time.Duration) (flexy.Answer, time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	began := time.Now()
	a := c.Validate(ctx, secret.New(testKey))
	return a, time.Since(began)
}

// A second send comes after some answers only, and never a third.
func TestSends(t *testing.T) {
	t.Parallel()
	ok, refusal := answer(200, "", okBody), answer(401, "", problem(flexy.CodeInvalid, ""))
	status := func(n int) string { return answer(n, "", problem("X", "")) }
	type want struct {
		Outcome flexy.Outcome
		Fault   flexy.Fault
		Status  int
		Sends   int
	}
	tests := map[string]struct {
		texts []string
		want  want
	}{
		"200":             {[]string{ok}, want{flexy.Accepted, 0, 200, 1}},
		"401":             {[]string{refusal, ok}, want{flexy.Rejected, 0, 401, 1}},
		"500 then 200":    {[]string{status(500), ok}, want{flexy.Accepted, 0, 200, 2}},
		"500 then 401":    {[]string{status(500), refusal}, want{flexy.Rejected, 0, 401, 2}},
		"429 then 200":    {[]string{status(429), ok}, want{flexy.Accepted, 0, 200, 2}},
		"cut then 200":    {[]string{"", ok}, want{flexy.Accepted, 0, 200, 2}},
		"cut then cut":    {[]string{"", "", ok}, want{flexy.Unavailable, flexy.FaultTruncated, 0, 2}},
		"503 for ever":    {[]string{status(503)}, want{flexy.Unavailable, flexy.FaultServer, 503, 2}},
		"429 for ever":    {[]string{status(429)}, want{flexy.Unavailable, flexy.FaultRateLimited, 429, 2}},
		"204":             {[]string{"HTTP/1.1 204 X\r\n\r\n", ok}, want{flexy.Unavailable, flexy.FaultStatus, 204, 1}},
		"400":             {[]string{status(400), ok}, want{flexy.Unavailable, flexy.FaultStatus, 400, 1}},
		"403":             {[]string{status(403), ok}, want{flexy.Unavailable, flexy.FaultStatus, 403, 1}},
		"999":             {[]string{status(999), ok}, want{flexy.Unavailable, flexy.FaultStatus, 999, 1}},
		"a bad body":      {[]string{answer(200, "", "{}"), ok}, want{flexy.Unavailable, flexy.FaultShape, 200, 1}},
		"IP_BLOCKED, 429": {[]string{answer(429, "", problem(flexy.CodeBlocked, "")), ok}, want{flexy.Unavailable, flexy.FaultStatus, 429, 1}},
		"500 with a page": {[]string{answer(500, "", "<h1>"), ok}, want{flexy.Accepted, 0, 200, 2}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, m := inMemory(t, fine, inTurn(tt.texts...))
				a, _ := validateIn(t, c, time.Minute)
				testkit.Diff(t, tt.want, want{a.Outcome, a.Fault, a.Status, a.Sends})
				testkit.Diff(t, tt.want.Sends, m.counts().Sends)
			})
		})
	}
}

// Dials are tried three times in all, and a key is sent twice at most.
func TestDialsAndSends(t *testing.T) {
	t.Parallel()
	type want struct {
		Outcome      flexy.Outcome
		Fault        flexy.Fault
		Dials, Sends int
	}
	ok, fault := answer(200, "", okBody), answer(503, "", "")
	refuse := func(these ...int) func(int) error {
		return func(dial int) error {
			for _, n := range these {
				if dial == n {
					return &net.OpError{Op: "dial", Err: io.ErrClosedPipe}
				}
			}
			return nil
		}
	}
	tests := map[string]struct {
		fail  func(int) error
		texts []string
		want  want
	}{
		"no dial":                 {refuse(1, 2, 3), []string{ok}, want{flexy.Unavailable, flexy.FaultConnect, 3, 0}},
		"third dial":              {refuse(1, 2), []string{ok}, want{flexy.Accepted, 0, 3, 1}},
		"second dial":             {refuse(1), []string{ok}, want{flexy.Accepted, 0, 2, 1}},
		"third dial, 503":         {refuse(1, 2), []string{fault, ok}, want{flexy.Unavailable, flexy.FaultServer, 3, 1}},
		"second dial, 503, 200":   {refuse(1), []string{fault, ok}, want{flexy.Accepted, 0, 3, 2}},
		"second dial, 503, 503":   {refuse(1), []string{fault, fault, ok}, want{flexy.Unavailable, flexy.FaultServer, 3, 2}},
		"503, no second dial":     {refuse(2), []string{fault, ok}, want{flexy.Unavailable, flexy.FaultConnect, 2, 1}},
		"NXDOMAIN":                {func(int) error { return &net.DNSError{IsNotFound: true} }, nil, want{flexy.Unavailable, flexy.FaultNoSuchHost, 1, 0}},
		"refused, then NXDOMAIN":  {func(n int) error { return map[int]error{1: io.ErrClosedPipe, 2: &net.DNSError{IsNotFound: true}}[n] }, nil, want{flexy.Unavailable, flexy.FaultNoSuchHost, 2, 0}},
		"look-up fails":           {func(int) error { return &net.DNSError{IsTemporary: true} }, nil, want{flexy.Unavailable, flexy.FaultDNS, 3, 0}},
		"look-up takes too long":  {func(int) error { return &net.DNSError{IsTimeout: true} }, nil, want{flexy.Unavailable, flexy.FaultDNS, 3, 0}},
		"plain http off loopback": {func(int) error { return safehttp.ErrNotLoopback }, nil, want{flexy.Unavailable, flexy.FaultPlainHTTP, 1, 0}},
		"refusal of the proxy":    {func(int) error { return safehttp.ErrProxyRefused }, nil, want{flexy.Unavailable, flexy.FaultProxy, 1, 0}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, m := inMemory(t, tt.fail, inTurn(append(tt.texts, ok)...))
				a, _ := validateIn(t, c, time.Minute)
				testkit.Diff(t, tt.want, want{a.Outcome, a.Fault, m.counts().Dials, a.Sends})
				testkit.Diff(t, a.Sends, m.counts().Sends)
			})
		})
	}
}
