package client

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"

	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/lockout"
	"flexy-key-check/checks/internal/safehttp"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/testkit"
)

// The stages of a run: reach leads to one, and hangs there.
var cancelStages = map[string]struct {
	reach func(t *testing.T, reached func()) *Client // calls reached at that stage, and hangs
	sends int
}{
	"dial": {func(t *testing.T, reached func()) *Client {
		ended := make(chan struct{})
		c := newClient(t, "https://127.0.0.1", safehttp.Options{})
		dialled(t, c, func(context.Context, string, string) (net.Conn, error) {
			reached()
			<-ended
			return nil, net.ErrClosed
		})
		t.Cleanup(func() { close(ended) }) // before dialled's own
		return c
	}, 0},
	"CONNECT": {func(t *testing.T, reached func()) *Client {
		proxy := connectProxy(t, func(conn net.Conn, _ string) { reached(); hang(conn) })
		u, err := url.Parse(proxy.url)
		testkit.NoError(t, err)
		return newClient(t, "https://api.example", safehttp.Options{Proxy: http.ProxyURL(u)})
	}, 0},
	"handshake": {func(t *testing.T, reached func()) *Client {
		return apiClient(t, serve(t, "https", func(_ *server, conn net.Conn) { reached(); hang(conn) }))
	}, 0},
	"request": {func(t *testing.T, reached func()) *Client {
		return apiClient(t, api(t, func(conn net.Conn, _ int) { reached(); hang(conn) }))
	}, 1},
	"header": {func(t *testing.T, reached func()) *Client {
		return apiClient(t, api(t, then("HTTP/1.1 200 OK\r\nX: ", func(conn net.Conn) { reached(); hang(conn) })))
	}, 1},
	"body": {func(t *testing.T, reached func()) *Client {
		return apiClient(t, api(t, then("HTTP/1.1 200 OK\r\n\r\n{", func(conn net.Conn) { reached(); hang(conn) })))
	}, 1},
	"wait for the next try": {func(t *testing.T, reached func()) *Client {
		return apiClient(t, api(t, then(answer(503, "Retry-After: 60\r\n", ""), func(net.Conn) { time.AfterFunc(100*time.Millisecond, reached) })))
	}, 1},
	"wait for the guard": {func(t *testing.T, reached func()) *Client {
		c := apiClient(t, api(t, say(answer(200, "", okBody))))
		c.guard = lockout.New()
		c.guard.Pause(time.Minute)
		time.AfterFunc(100*time.Millisecond, reached)
		return c
	}, 0},
}

// A run that is ended from outside ends at once, at whatever stage it is.
func TestCancel(t *testing.T) {
	t.Parallel()
	for name, tt := range cancelStages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan time.Time, 8)
			c := tt.reach(t, func() { ended <- time.Now(); cancel() })
			a := c.Validate(ctx, secret.New(testKey))
			if late := time.Since(<-ended); late > 2*time.Second {
				t.Errorf("went on for %v", late)
			}
			testkit.Diff(t, flexy.Answer{Fault: flexy.FaultInterrupted, Sends: tt.sends}, flexy.Answer{Outcome: a.Outcome, Fault: a.Fault, Sends: a.Sends})
		})
	}
}

// A run that has ended before it began sends nothing.
func TestEndedBefore(t *testing.T) {
	t.Parallel()
	s := api(t, say(answer(200, "", okBody)))
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	for ctx, fault := range map[context.Context]flexy.Fault{cancelled: flexy.FaultInterrupted, late: flexy.FaultOutOfTime} {
		a := apiClient(t, s).Validate(ctx, secret.New(testKey))
		testkit.Diff(t, flexy.Answer{Fault: fault, At: a.At}, a)
		if time.Since(a.At) > time.Minute {
			t.Errorf("At is %v", a.At)
		}
	}
	testkit.Diff(t, 0, int(s.dials.Load()))
}
