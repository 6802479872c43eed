package client

import (
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/test/testkit"
)

// between fails the test unless least <= got < limit.
func between(t *testing.T, what string, got, least, limit time.Duration) {
	t.Helper()
	if got < least || got >= limit {
		t.Errorf("%s: %v, want %v or more and less than %v", what, got, least, limit)
	}
}

const (
	leastWait = 100 * time.Millisecond
	firstWait = 600 * time.Millisecond // the first wait is shorter than this
)

// The values of Retry-After are proven in safehttp.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	const exactly = time.Nanosecond
	for name, tt := range map[string]struct {
		header string
		from   time.Duration // the wait; 0 if there is none, because the run stops
		within time.Duration
	}{
		"seconds":            {"2", 2 * time.Second, exactly},
		"date":               {time.Date(2000, 1, 1, 0, 0, 5, 0, time.UTC).Format(http.TimeFormat), 5 * time.Second, exactly}, // a bubble starts in 2000
		"the last that fits": {"59", 59 * time.Second, exactly},
		"none":               {"", leastWait, firstWait - leastWait},
		"zero":               {"0", leastWait, firstWait - leastWait},
		"all there is":       {"60", 0, exactly},
		"too long":           {"900", 0, exactly},
	} {
		for _, status := range []int{429, 503} {
			inBubble(t, name, func(t *testing.T) {
				c, s := inMemory(t, fine, inTurn(answer(status, "Retry-After: "+tt.header+"\r\n", ""), answer(200, "", okBody)))
				a, took := s.validate(t, c, time.Minute)
				between(t, "took", took, tt.from, tt.from+tt.within)
				if tt.from > 0 {
					testkit.Diff(t, summary{flexy.Accepted, 0, 200, 2}, summarize(a))
				} else {
					seconds, _ := time.ParseDuration(tt.header + "s")
					testkit.Diff(t, flexy.Answer{Fault: flexy.FaultRetryAfter, Status: status, Sends: 1, At: a.At, Wait: seconds, Host: "127.0.0.1"}, a)
				}
			})
		}
	}
}

// Without a time limit every wait fits.
func TestRetryAfterWithoutLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := inMemory(t, fine, inTurn(answer(429, "Retry-After: 900\r\n", ""), answer(200, "", okBody)))
		began := time.Now()
		testkit.Diff(t, flexy.Accepted, c.Validate(t.Context(), secret.New(testKey)).Outcome)
		testkit.Diff(t, 15*time.Minute, time.Since(began))
	})
}

// A wait that is too long ends the run, whichever try receives it: no other key
// is sent.
func TestRetryAfterEndsTheRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, s := inMemory(t, fine, inTurn(answer(503, "", ""), answer(429, "Retry-After: 900\r\n", "")))
		for range 3 {
			a, took := s.validate(t, c, time.Minute)
			testkit.Diff(t, flexy.FaultRetryAfter, a.Fault)
			testkit.Diff(t, 15*time.Minute, a.Wait)
			between(t, "took", took, 0, firstWait)
		}
		testkit.Diff(t, 2, s.counted().Sends)
	})
}

// Each try has ten seconds, and all of them together the time limit.
func TestTimeLimits(t *testing.T) {
	t.Parallel()
	drip := func(conn net.Conn, _ int) {
		_, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
		for err == nil {
			time.Sleep(time.Second)
			_, err = io.WriteString(conn, " ")
		}
	}
	silent, refused := then("", hang), func(int) error { return io.ErrClosedPipe }
	for name, tt := range map[string]struct {
		fail   func(int) error
		reply  exchange
		limit  time.Duration
		fault  flexy.Fault
		counts counts
		took   time.Duration
		within time.Duration // how much longer because of the waits
	}{
		"no answer":                      {fine, silent, time.Minute, flexy.FaultTimeout, counts{2, 2}, 20*time.Second + leastWait, firstWait - leastWait},
		"body at a byte per second":      {fine, drip, time.Minute, flexy.FaultTimeout, counts{2, 2}, 20*time.Second + leastWait, firstWait - leastWait},
		"no connection":                  {stuck, nil, time.Minute, flexy.FaultTimeout, counts{2, 0}, 15 * time.Second, 1},
		"no answer, less time":           {fine, silent, 15 * time.Second, flexy.FaultOutOfTime, counts{2, 2}, 15 * time.Second, 1},
		"no answer, time for one":        {fine, silent, 10 * time.Second, flexy.FaultOutOfTime, counts{1, 1}, 10 * time.Second, 1},
		"no connection, hardly any time": {stuck, nil, time.Second, flexy.FaultOutOfTime, counts{1, 0}, time.Second, 1},
		"503, no time for a wait":        {fine, say(answer(503, "", "")), leastWait / 2, flexy.FaultServer, counts{1, 1}, leastWait / 2, 1},
		"refused, no time for a wait":    {refused, nil, leastWait / 2, flexy.FaultConnect, counts{1, 0}, leastWait / 2, 1},
	} {
		inBubble(t, name, func(t *testing.T) {
			c, s := inMemory(t, tt.fail, tt.reply)
			a, took := s.validate(t, c, tt.limit)
			between(t, "took", took, tt.took, tt.took+tt.within)
			testkit.Diff(t, tt.fault, a.Fault)
			testkit.Diff(t, tt.counts, s.counted())
			testkit.Diff(t, time.Now(), a.At)
		})
	}
}

// The guard is consulted before each send, and told its outcome.
func TestGuard(t *testing.T) {
	t.Parallel()
	held := flexy.Answer{Fault: flexy.FaultHeld}
	for name, tt := range map[string]struct {
		text  string
		keys  int // validated in turn
		sends int
		last  flexy.Answer
	}{
		"wrong keys":          {answer(401, "", problem(flexy.CodeInvalid, "")), 4, 3, held},
		"three attempts left": {answer(401, "", problem(flexy.CodeInvalid, `,"details":{"attemptsLeft":3}`)), 3, 2, held},
		"two, in a 404":       {answer(404, "", problem("X", `,"details":{"attemptsLeft":2}`)), 2, 1, held},
		"blocked":             {answer(403, "", problem(flexy.CodeBlocked, "")), 2, 1, held},
		"blocked, with a 500": {answer(500, "", problem(flexy.CodeBlocked, "")), 2, 1, held},
		"blocked, with a 200": {answer(200, "", problem(flexy.CodeBlocked, "")), 2, 1, held},
		"refusals cut short":  {"HTTP/1.1 401 X\r\nContent-Length: 9\r\n\r\n", 4, 3, held},
		"no answers":          {"", 3, 3, held},
		"none to the last":    {"", 2, 3, flexy.Answer{Fault: flexy.FaultTruncated, Sends: 1}},
		"faults cut short":    {"HTTP/1.1 500 X\r\nContent-Length: 9\r\n\r\n", 3, 3, held},
		"good keys":           {answer(200, "", okBody), 9, 9, flexy.Answer{Outcome: flexy.Accepted, Sends: 1}},
		"faults of the API":   {answer(500, "", ""), 9, 18, flexy.Answer{Fault: flexy.FaultServer, Sends: 2}},
		"other refusals":      {answer(403, "", "{}"), 9, 9, flexy.Answer{Fault: flexy.FaultFirewall, Sends: 1}},
		"of the API, too":     {answer(403, "", problem("KEY_PAUSED", "")), 9, 9, flexy.Answer{Fault: flexy.FaultRefused, Sends: 1}},
		"hyphens":             {answer(403, "", problem("ip-blocked", "")), 2, 1, held},
		"401s of others":      {answer(401, "", "<html>"), 4, 3, held},
		"in the message":      {answer(401, "", problem(flexy.CodeInvalid, `,"message":"2 attempts left"`)), 2, 1, held},
	} {
		inBubble(t, name, func(t *testing.T) {
			c, s := inMemory(t, fine, say(tt.text))
			var a flexy.Answer
			for range tt.keys {
				a, _ = s.validate(t, c, time.Minute)
			}
			testkit.Diff(t, tt.last, flexy.Answer{Outcome: a.Outcome, Fault: a.Fault, Sends: a.Sends})
			testkit.Diff(t, tt.sends, s.counted().Sends)
		})
	}
}

// A 429 makes every key wait, not only the one that got it, even if it names no
// wait.
func TestRateLimitMakesAllWait(t *testing.T) {
	t.Parallel()
	for after, least := range map[string]time.Duration{"": leastWait, "30": 30 * time.Second} {
		inBubble(t, "after "+after, func(t *testing.T) {
			limited := answer(429, "Retry-After: "+after+"\r\n", "")
			c, s := inMemory(t, fine, inTurn(limited, limited, answer(200, "", okBody)))
			s.validate(t, c, 2*time.Minute)
			a, took := s.validate(t, c, 2*time.Minute)
			testkit.Diff(t, flexy.Accepted, a.Outcome)
			between(t, "waited", took, least, least+time.Second)
		})
	}
}

// Where the header is lost on the way, no other key is sent: the API saw none, so no
// attempt is counted, and every key is unavailable for the same reason.
func TestHeaderLostEndsTheRun(t *testing.T) {
	t.Parallel()
	for status, fault := range map[int]flexy.Fault{
		200: flexy.FaultContradiction, 400: flexy.FaultHeaderLost, 401: flexy.FaultHeaderLost, 422: flexy.FaultHeaderLost, 429: flexy.FaultRateLimited, 503: flexy.FaultServer,
	} {
		inBubble(t, http.StatusText(status), func(t *testing.T) {
			c, s := inMemory(t, fine, inTurn(answer(200, "", okBody), answer(status, "", problem("missing-access-token", ""))))
			testkit.Diff(t, flexy.Accepted, c.Validate(t.Context(), secret.New(testKey)).Outcome)
			for i := range 3 {
				a, took := s.validate(t, c, time.Minute)
				want := summary{flexy.Unavailable, fault, status, 1}
				if i > 0 {
					want = summary{flexy.Unavailable, flexy.FaultHeaderLost, 0, 0}
				}
				testkit.Diff(t, want, summarize(a))
				between(t, "took", took, 0, leastWait)
			}
			testkit.Diff(t, 2, s.counted().Sends)
			testkit.Diff(t, flexy.FaultHeaderLost, c.Balance(t.Context(), secret.New(testKey), accept().Key).Fault)
			testkit.Diff(t, true, c.guard.MaySend())
		})
	}
}
