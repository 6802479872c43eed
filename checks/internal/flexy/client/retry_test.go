package client

import (
	"io"
	"net"
	"net/url"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/test/testkit"
)

// A key is sent again after some answers only, and never a third time. Before it has
// left there are five dials at most.
func TestSends(t *testing.T) {
	t.Parallel()
	ok, refusal := answer(200, "", okBody), answer(401, "", problem(flexy.CodeInvalid, ""))
	status := func(n int) string { return answer(n, "", problem("X", "")) }
	refuse := func(these ...int) func(int) error {
		return func(dial int) error {
			if slices.Contains(these, dial) {
				return &net.OpError{Op: "dial", Err: io.ErrClosedPipe}
			}
			return nil
		}
	}
	lookUp := func(err net.DNSError) func(int) error { return func(int) error { return &err } }
	for name, tt := range map[string]struct {
		fail  func(dial int) error
		texts []string
		want  summary
		dials int
	}{
		"200":                   {fine, []string{ok}, summary{flexy.Accepted, 0, 200, 1}, 1},
		"401":                   {fine, []string{refusal, ok}, summary{flexy.Rejected, 0, 401, 1}, 1},
		"500 then 200":          {fine, []string{status(500), ok}, summary{flexy.Accepted, 0, 200, 2}, 2},
		"500 then 401":          {fine, []string{status(500), refusal}, summary{flexy.Rejected, 0, 401, 2}, 2},
		"cut then 200":          {fine, []string{"", ok}, summary{flexy.Accepted, 0, 200, 2}, 2},
		"cut twice":             {fine, []string{"", "", ok}, summary{flexy.Unavailable, flexy.FaultTruncated, 0, 2}, 2},
		"always 429":            {fine, []string{status(429)}, summary{flexy.Unavailable, flexy.FaultRateLimited, 429, 2}, 2},
		"403":                   {fine, []string{status(403), ok}, summary{flexy.Unavailable, flexy.FaultRefused, 403, 1}, 1},
		"204":                   {fine, []string{"HTTP/1.1 204 X\r\n\r\n", ok}, summary{flexy.Unavailable, flexy.FaultStatus, 204, 1}, 1},
		"IP_BLOCKED with 429":   {fine, []string{answer(429, "", problem(flexy.CodeBlocked, "")), ok}, summary{flexy.Unavailable, flexy.FaultRateLimited, 429, 1}, 1},
		"521 then 200":          {fine, []string{answer(521, "", "<html>"), ok}, summary{flexy.Accepted, 0, 200, 2}, 2},
		"530 with a ray":        {fine, []string{answer(530, "CF-Ray: 8f1a-MRS\r\n", "<html>"), ok}, summary{flexy.Accepted, 0, 200, 2}, 2},
		"AUTH_UNAVAILABLE":      {fine, []string{answer(503, "Retry-After: 5\r\n", problem("AUTH_UNAVAILABLE", "")), ok}, summary{flexy.Accepted, 0, 200, 2}, 2},
		"501":                   {fine, []string{status(501), ok}, summary{flexy.Unavailable, flexy.FaultServer, 501, 1}, 1},
		"API_DISABLED":          {fine, []string{answer(403, "", problem(flexy.CodeDisabled, "")), ok}, summary{flexy.Disabled, 0, 403, 1}, 1},
		"no dial":               {refuse(1, 2, 3, 4, 5), nil, summary{flexy.Unavailable, flexy.FaultConnect, 0, 0}, 5},
		"fifth dial":            {refuse(1, 2, 3, 4), []string{ok}, summary{flexy.Accepted, 0, 200, 1}, 5},
		"fifth dial, 503":       {refuse(1, 2, 3, 4), []string{status(503), ok}, summary{flexy.Accepted, 0, 200, 2}, 6},
		"second dial, 503, 503": {refuse(1), []string{status(503), status(503), ok}, summary{flexy.Unavailable, flexy.FaultServer, 503, 2}, 3},
		"503, no second dial":   {refuse(2), []string{status(503), ok}, summary{flexy.Unavailable, flexy.FaultConnect, 0, 1}, 2},
		"NXDOMAIN":              {lookUp(net.DNSError{IsNotFound: true}), nil, summary{flexy.Unavailable, flexy.FaultNoSuchHost, 0, 0}, 1},
		"the DNS lookup fails":  {lookUp(net.DNSError{IsTemporary: true}), nil, summary{flexy.Unavailable, flexy.FaultDNS, 0, 0}, 5},
		"lookup takes too long": {lookUp(net.DNSError{IsTimeout: true}), nil, summary{flexy.Unavailable, flexy.FaultDNS, 0, 0}, 5},
	} {
		inBubble(t, name, func(t *testing.T) {
			c, s := inMemory(t, tt.fail, inTurn(tt.texts...))
			a, _ := s.validate(t, c, time.Minute)
			testkit.Diff(t, tt.want, summarize(a))
			testkit.Diff(t, counts{tt.dials, tt.want.Sends}, s.counted())
		})
	}
}

// Nothing of the first try's answer reaches the second's.
func TestAnswerIsFromTheLastTry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, s := inMemory(t, fine, inTurn(answer(503, "", problem("MAINTENANCE", `,"details":{"attemptsLeft":4}`)), answer(500, "", "")))
		a, _ := s.validate(t, c, time.Minute)
		testkit.Diff(t, flexy.Answer{Fault: flexy.FaultServer, Status: 500, Sends: 2, At: a.At, Host: "127.0.0.1"}, a)
	})
}

// A network that comes up only after some seconds is waited for, but not for ever.
func TestNetworkComesUp(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		after, each time.Duration // until it is up; until a dial fails
		want        flexy.Outcome
		limit       time.Duration // of the whole
	}{
		"after 2 s":           {2 * time.Second, 0, flexy.Accepted, 6 * time.Second},
		"after 4 s":           {4 * time.Second, 0, flexy.Accepted, 9 * time.Second},
		"after 14 s":          {14 * time.Second, 0, flexy.Unavailable, 9 * time.Second},
		"slow dials":          {11 * time.Second, 3 * time.Second, flexy.Accepted, 15 * time.Second},
		"dials that time out": {time.Hour, time.Hour, flexy.Unavailable, 15*time.Second + 1},
	} {
		inBubble(t, name, func(t *testing.T) {
			began := time.Now()
			c, s := inMemory(t, func(int) error {
				if time.Since(began) >= tt.after {
					return nil
				}
				time.Sleep(tt.each)
				return io.ErrClosedPipe
			}, say(answer(200, "", okBody)))
			a, took := s.validate(t, c, time.Minute)
			testkit.Diff(t, tt.want, a.Outcome)
			between(t, "took", took, 0, tt.limit)
		})
	}
}

// A key that has left has all its time, even if it left late.
func TestWindowIsForDialsOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, s := inMemory(t, func(dial int) error {
			time.Sleep(6 * time.Second)
			if dial == 1 {
				return io.ErrClosedPipe
			}
			return nil
		}, func(conn net.Conn, send int) {
			time.Sleep(3 * time.Second)
			say(answer(200, "", okBody))(conn, send)
		})
		a, took := s.validate(t, c, time.Minute)
		testkit.Diff(t, flexy.Accepted, a.Outcome)
		between(t, "took", took, 15*time.Second, 16*time.Second)
	})
}

// What an answer says about the key is only the word of the host that gave it.
func TestHost(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"https://api.oneclickdz.com": "", "https://api.oneclickdz.com/": "", "https://api.oneclickdz.com.": "", "https://API.OneClickDz.com:443": "",
		"https://api.oneclickdz.com:8443": "api.oneclickdz.com", "https://api.oneclickdz.com/flexy": "api.oneclickdz.com",
		"http://127.0.0.1:8085": "127.0.0.1", "http://[::1]:80/v": "::1", "https://api.oneclickdz.com..": "api.oneclickdz.com..",
	} {
		u, err := url.Parse(base)
		testkit.NoError(t, err)
		testkit.Diff(t, want, foreign(u))
	}
}

// A server that drops every second connection gets what the answers say it got.
func TestEverySecondConnectionIsDropped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, s := inMemory(t, fine, func(conn net.Conn, send int) {
			text := answer(200, "", okBody)
			if send%2 == 0 {
				text = ""
			}
			say(text)(conn, send)
		})
		for _, sends := range []int{1, 2, 2, 1} { // the fourth is dropped, and the guard allows no other
			a, _ := s.validate(t, c, time.Minute)
			testkit.Diff(t, sends, a.Sends)
		}
	})
}
