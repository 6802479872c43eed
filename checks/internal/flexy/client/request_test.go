package client

import (
	"context"
	"net"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/safehttp"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/test/emulator"
	"flexy-key-check/checks/internal/test/testkit"
)

// wantRequest compares all bytes of the one request that ask sends with what
// may leave the machine.
func wantRequest(t *testing.T, basePath, wantPath, body string, ask func(context.Context, *Client) flexy.Answer) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c, s := serve(t, "http://127.0.0.1:80"+basePath, safehttp.Options{}, fine, func(s *server, conn net.Conn) {
			s.exchange(conn, say(answer(200, "", body)))
		})
		testkit.Diff(t, flexy.Accepted, ask(t.Context(), c).Outcome)
		testkit.Diff(t, "GET "+wantPath+" HTTP/1.1\r\nHost: 127.0.0.1:80\r\nUser-Agent: flexy-key-check/test\r\n"+
			"Accept: application/json\r\nX-Access-Token: "+testKey+"\r\nConnection: close\r\n\r\n", s.arrived())
	})
}

func TestRequest(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{"": "/v3/validate", "/a/b/": "/a/b/v3/validate", "/a%2fb/../c": "/c/v3/validate"} {
		wantRequest(t, path, want, okBody, func(ctx context.Context, c *Client) flexy.Answer { return c.Validate(ctx, secret.New(testKey)) })
	}
}

func TestBalanceRequest(t *testing.T) {
	t.Parallel()
	wantRequest(t, "/a", "/a/v3/account/balance", balanceBody, func(ctx context.Context, c *Client) flexy.Answer {
		return c.Balance(ctx, secret.New(testKey), accept().Key)
	})
}

// The client agrees with the emulator of the documented API.
func TestEmulator(t *testing.T) {
	t.Parallel()
	today := time.Date(2026, time.March, 1, 9, 30, 0, 0, time.UTC)
	api := emulator.New(emulator.Options{
		Now: func() time.Time { return today },
		Keys: []emulator.Key{
			{Text: testKey, Echo: testEcho, Username: testUser, Enabled: true, Type: flexy.Production, Scope: flexy.ReadWrite},
			{Text: "restricted", Type: flexy.Sandbox, AllowedIPs: []string{"203.0.113.45"}},
		},
	})
	web := httptest.NewServer(api)
	t.Cleanup(web.Close)
	for _, tt := range []struct {
		key   string
		fault emulator.Fault
		want  flexy.Answer
	}{
		{testKey, emulator.Status(500), flexy.Answer{Outcome: flexy.Accepted, Status: 200, Sends: 2, Key: accept().Key}},
		{"restricted", nil, flexy.Answer{Outcome: flexy.NotAllowed, Status: 403, Sends: 1, Code: flexy.CodeNotAllowed, Environment: flexy.Sandbox}},
		{"wrong", emulator.Lose, flexy.Answer{Outcome: flexy.Rejected, Status: 401, Sends: 2, Code: flexy.CodeInvalid, AttemptsLeft: new(18)}},
		{"", nil, flexy.Answer{Fault: flexy.FaultHeaderLost, Status: 401, Sends: 1, Code: flexy.CodeMissing}},
	} {
		api.Next(tt.fault)
		c := newClient(t, web.URL, safehttp.Options{})
		c.o.Now = func() time.Time { return today }
		a := c.Validate(t.Context(), secret.New(tt.key))
		testkit.Diff(t, true, strings.HasPrefix(a.RequestID, "req-"))
		testkit.Diff(t, tt.want.Outcome == flexy.NotAllowed, a.RunnerIP.IsLoopback())
		testkit.Diff(t, today, a.At)
		a.RequestID, a.At, a.RunnerIP, a.Host = "", time.Time{}, tt.want.RunnerIP, ""
		testkit.Diff(t, tt.want, a)
	}
}

// Debug lines give steps, times and waits, and nothing of what was exchanged.
func TestDebugIsSilent(t *testing.T) {
	t.Parallel()
	overheard := answer(503, "X-Echo: "+testKey+"\r\n", problem("C_"+testEcho, `,"message":"`+testKey+`"`))
	for name, handle := range map[string]handler{
		"answers": secured(goodTLS(), inTurn(overheard, answer(200, "", okBody))),
		"closes":  func(*server, net.Conn) {},
	} {
		inBubble(t, name, func(t *testing.T) {
			c, s := overTLS(t, handle)
			c.traces = secret.NewTraces(secret.New(testEcho))
			lines := recordDebug(c)
			_, _ = s.validate(t, c, time.Minute)
			dials := s.counted().Dials
			testkit.Diff(t, dials, strings.Count("\n"+lines(), "\ntry "))
			testkit.Diff(t, dials-1, strings.Count(lines(), "waiting "))
			testkit.Diff(t, name == "closes", strings.Contains(lines(), "no status"))
			testkit.Diff(t, name == "answers", strings.Contains(lines(), ", first byte "))
			noLeak(t, lines())
		})
	}
}

func TestStopwatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		w := newStopwatch(ctx)
		testkit.Diff(t, "no stage was completed", w.String())
		time.Sleep(time.Second)
		w.trace().DNSDone(httptrace.DNSDoneInfo{})
		testkit.Diff(t, stageDial, w.reached())
		w.trace().TLSHandshakeStart()
		testkit.Diff(t, stageTLS, w.reached())
		time.Sleep(2 * time.Second)
		w.trace().GotFirstResponseByte()
		testkit.Diff(t, stageAnswered, w.reached())
		testkit.Diff(t, "DNS 1s, first byte 2s", w.String())
	})
}

// Cancellation ends a run at once, at whatever stage it is.
func TestCancel(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fail  func(int) error
		reply exchange
		pause time.Duration
		sends int
	}{
		"dial":                  {stuck, nil, 0, 0},
		"request":               {fine, then("", hang), 0, 1},
		"header":                {fine, then("HTTP/1.1 200 OK\r\nX: ", hang), 0, 1},
		"body":                  {fine, then("HTTP/1.1 200 OK\r\n\r\n{", hang), 0, 1},
		"wait for the next try": {fine, say(answer(503, "Retry-After: 60\r\n", "")), 0, 1},
		"wait for the rate":     {fine, say(answer(200, "", okBody)), time.Minute, 0},
	} {
		inBubble(t, name, func(t *testing.T) {
			c, _ := inMemory(t, tt.fail, tt.reply)
			c.notBefore = time.Now().Add(tt.pause)
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			began := time.Now()
			a := c.Validate(ctx, secret.New(testKey))
			testkit.Diff(t, time.Second, time.Since(began))
			testkit.Diff(t, summary{Fault: flexy.FaultInterrupted, Sends: tt.sends}, summary{a.Outcome, a.Fault, 0, a.Sends})
		})
	}
}

// A run whose context is done before it starts sends nothing.
func TestDoneBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
		defer cancel()
		for ctx, fault := range map[context.Context]flexy.Fault{cancelled: flexy.FaultInterrupted, late: flexy.FaultOutOfTime} {
			c, s := inMemory(t, fine, say(answer(200, "", okBody)))
			testkit.Diff(t, flexy.Answer{Fault: fault, At: time.Now(), Host: "127.0.0.1"}, c.Validate(ctx, secret.New(testKey)))
			testkit.Diff(t, counts{}, s.counted())
		}
	})
}
