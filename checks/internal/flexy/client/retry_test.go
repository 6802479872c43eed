package client

import (
	"io"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/test/testkit"
)

// A key is sent again after some answers only, and never a third time. There are
// three dials at most.
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
		"403":                   {fine, []string{status(403), ok}, summary{flexy.Unavailable, flexy.FaultStatus, 403, 1}, 1},
		"204":                   {fine, []string{"HTTP/1.1 204 X\r\n\r\n", ok}, summary{flexy.Unavailable, flexy.FaultStatus, 204, 1}, 1},
		"IP_BLOCKED with 429":   {fine, []string{answer(429, "", problem(flexy.CodeBlocked, "")), ok}, summary{flexy.Unavailable, flexy.FaultStatus, 429, 1}, 1},
		"no dial":               {refuse(1, 2, 3), nil, summary{flexy.Unavailable, flexy.FaultConnect, 0, 0}, 3},
		"third dial":            {refuse(1, 2), []string{ok}, summary{flexy.Accepted, 0, 200, 1}, 3},
		"third dial, 503":       {refuse(1, 2), []string{status(503), ok}, summary{flexy.Unavailable, flexy.FaultServer, 503, 1}, 3},
		"second dial, 503, 503": {refuse(1), []string{status(503), status(503), ok}, summary{flexy.Unavailable, flexy.FaultServer, 503, 2}, 3},
		"503, no second dial":   {refuse(2), []string{status(503), ok}, summary{flexy.Unavailable, flexy.FaultConnect, 0, 1}, 2},
		"NXDOMAIN":              {lookUp(net.DNSError{IsNotFound: true}), nil, summary{flexy.Unavailable, flexy.FaultNoSuchHost, 0, 0}, 1},
		"the DNS lookup fails":  {lookUp(net.DNSError{IsTemporary: true}), nil, summary{flexy.Unavailable, flexy.FaultDNS, 0, 0}, 3},
		"lookup takes too long": {lookUp(net.DNSError{IsTimeout: true}), nil, summary{flexy.Unavailable, flexy.FaultDNS, 0, 0}, 3},
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
		testkit.Diff(t, flexy.Answer{Fault: flexy.FaultServer, Status: 500, Sends: 2, At: a.At}, a)
	})
}
