package client

import (
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/lockout"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/testkit"
)

// between fails the test unless least <= got < limit.
func between(t *testing.T, what string, got, least, limit time.Duration) {
	t.Helper()
	if got < least || got >= limit {
		t.Errorf("%s: %v, want %v or more and less than %v", what, got, least, limit)
	}
}

const (
	leastWait  = 100 * time.Millisecond
	firstWait  = 500 * time.Millisecond // the first wait is shorter than this
	secondWait = time.Second            // and the second than this
)

// What a Retry-After says, package safehttp tests.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	date := func(format string, in time.Duration) func() string {
		return func() string { return time.Now().Add(in).UTC().Format(format) }
	}
	text := func(s string) func() string { return func() string { return s } }
	const exactly = time.Nanosecond
	tests := map[string]struct {
		header func() string
		from   time.Duration // the wait; 0 if there is none, because the run stops
		within time.Duration
	}{
		"seconds":            {text("2"), 2 * time.Second, exactly},
		"date":               {date(http.TimeFormat, 5*time.Second), 5 * time.Second, exactly},
		"the last that fits": {text("59"), 59 * time.Second, exactly},
		"none":               {text(""), leastWait, firstWait - leastWait},
		"nothing":            {text("0"), leastWait, firstWait - leastWait},
		"all there is":       {text("60"), 0, exactly},
		"too long":           {text("900"), 0, exactly},
		"date, too late":     {date(http.TimeFormat, time.Hour), 0, exactly},
	}
	for name, tt := range tests {
		for _, status := range []int{429, 500, 502, 503, 504} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					c, m := inMemory(t, fine, inTurn(answer(status, "Retry-After: "+tt.header()+"\r\n", ""), answer(200, "", okBody)))
					a, took := validateIn(t, c, time.Minute)
					between(t, "took", took, tt.from, tt.from+tt.within)
					if tt.from > 0 {
						testkit.Diff(t, flexy.Accepted, a.Outcome)
						testkit.Diff(t, 2, m.counts().Sends)
						return
					}
					testkit.Diff(t, flexy.Answer{Fault: flexy.FaultRetryAfter, Status: status, Sends: 1, At: a.At}, a)
					testkit.Diff(t, 1, m.counts().Sends)
				})
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
		a := c.Validate(t.Context(), secret.New(testKey))
		testkit.Diff(t, flexy.Accepted, a.Outcome)
		testkit.Diff(t, 15*time.Minute, time.Since(began))
	})
}

// Each try has ten seconds, and all of them have the time limit.
func TestTimeLimits(t *testing.T) {
	t.Parallel()
	drip := func(conn net.Conn, _ int) {
		_, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
		for err == nil {
			time.Sleep(time.Second)
			_, err = io.WriteString(conn, " ")
		}
	}
	silent := func(conn net.Conn, _ int) { hang(conn) }
	stuck := func(int) error { time.Sleep(time.Hour); return io.EOF }
	tests := map[string]struct {
		fail   func(int) error
		reply  exchange
		limit  time.Duration
		fault  flexy.Fault
		dials  int
		sends  int
		took   time.Duration
		within time.Duration // how much longer because of the waits
	}{
		"no answer":                       {fine, silent, time.Minute, flexy.FaultTimeout, 2, 2, 20*time.Second + leastWait, firstWait - leastWait},
		"body at a byte per second":       {fine, drip, time.Minute, flexy.FaultTimeout, 2, 2, 20*time.Second + leastWait, firstWait - leastWait},
		"no connection":                   {stuck, nil, time.Minute, flexy.FaultTimeout, 3, 0, 30*time.Second + 2*leastWait, firstWait + secondWait - 2*leastWait},
		"no answer, less time":            {fine, silent, 15 * time.Second, flexy.FaultOutOfTime, 2, 2, 15 * time.Second, 1},
		"no answer, time for one":         {fine, silent, 10 * time.Second, flexy.FaultOutOfTime, 1, 1, 10 * time.Second, 1},
		"no answer, hardly any time":      {fine, silent, time.Second, flexy.FaultOutOfTime, 1, 1, time.Second, 1},
		"no connection, hardly any time":  {stuck, nil, time.Second, flexy.FaultOutOfTime, 1, 0, time.Second, 1},
		"503, and no time for a wait":     {fine, inTurn(answer(503, "", "")), leastWait / 2, flexy.FaultServer, 1, 1, leastWait / 2, 1},
		"refused, and no time for a wait": {func(int) error { return io.ErrClosedPipe }, nil, leastWait / 2, flexy.FaultConnect, 1, 0, leastWait / 2, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, m := inMemory(t, tt.fail, tt.reply)
				a, took := validateIn(t, c, tt.limit)
				between(t, "took", took, tt.took, tt.took+tt.within)
				testkit.Diff(t, tt.fault, a.Fault)
				testkit.Diff(t, counts{tt.dials, tt.sends}, m.counts())
				testkit.Diff(t, tt.sends, a.Sends)
				testkit.Diff(t, time.Now(), a.At)
			})
		})
	}
}

// The guard is asked before each send, and hears what came of it.
func TestGuard(t *testing.T) {
	t.Parallel()
	refusal := answer(401, "", problem(flexy.CodeInvalid, ""))
	tests := map[string]struct {
		text  string
		keys  int // validated in turn
		sends int
		last  flexy.Answer
	}{
		"wrong keys":              {refusal, 4, 3, flexy.Answer{Fault: flexy.FaultHeld}},
		"attempts are few":        {answer(401, "", problem(flexy.CodeInvalid, `,"details":{"attemptsLeft":3}`)), 3, 2, flexy.Answer{Fault: flexy.FaultHeld}},
		"attempts are fewer":      {answer(401, "", problem(flexy.CodeInvalid, `,"details":{"attemptsLeft":2}`)), 2, 1, flexy.Answer{Fault: flexy.FaultHeld}},
		"blocked":                 {answer(403, "", problem(flexy.CodeBlocked, "")), 2, 1, flexy.Answer{Fault: flexy.FaultHeld}},
		"blocked, with a 429":     {answer(429, "", problem(flexy.CodeBlocked, "")), 2, 1, flexy.Answer{Fault: flexy.FaultHeld}},
		"blocked, with a 500":     {answer(500, "", problem(flexy.CodeBlocked, "")), 2, 1, flexy.Answer{Fault: flexy.FaultHeld}},
		"refusals without a code": {answer(401, "", "{}"), 4, 3, flexy.Answer{Fault: flexy.FaultHeld}},
		"refusals cut short":      {"HTTP/1.1 401 X\r\nContent-Length: 9\r\n\r\n", 4, 3, flexy.Answer{Fault: flexy.FaultHeld}},
		"no answers":              {"", 3, 3, flexy.Answer{Fault: flexy.FaultHeld}},
		"faults cut short":        {"HTTP/1.1 500 X\r\nContent-Length: 9\r\n\r\n", 3, 3, flexy.Answer{Fault: flexy.FaultHeld}},
		"404 cut short":           {"HTTP/1.1 404 X\r\nContent-Length: 9\r\n\r\n", 4, 3, flexy.Answer{Fault: flexy.FaultHeld}},
		"good keys":               {answer(200, "", okBody), 9, 9, flexy.Answer{Outcome: flexy.Accepted, Sends: 1}},
		"faults of the API":       {answer(500, "", ""), 9, 18, flexy.Answer{Fault: flexy.FaultServer, Sends: 2}},
		"other refusals":          {answer(403, "", "{}"), 9, 9, flexy.Answer{Fault: flexy.FaultShape, Sends: 1}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, m := inMemory(t, fine, say(tt.text))
				var a flexy.Answer
				for range tt.keys {
					a, _ = validateIn(t, c, time.Minute)
				}
				testkit.Diff(t, tt.last, flexy.Answer{Outcome: a.Outcome, Fault: a.Fault, Sends: a.Sends})
				testkit.Diff(t, tt.sends, m.counts().Sends)
				testkit.Diff(t, a.Fault == flexy.FaultHeld, a.Held())
			})
		})
	}
}

// A 429 makes every key wait, not only the one that got it.
func TestTooManyMakesAllWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := inMemory(t, fine, inTurn(answer(429, "Retry-After: 30\r\n", ""), answer(200, "", okBody)))
		guard := lockout.New()
		c.guard = guard
		began := time.Now()
		go func() { _ = c.Validate(t.Context(), secret.New(testKey)) }()
		time.Sleep(time.Second)
		a, _ := validateIn(t, c, time.Minute)
		testkit.Diff(t, flexy.Accepted, a.Outcome)
		between(t, "waited", time.Since(began), 30*time.Second, 31*time.Second)
	})
}

// A wait that does not fit ends the run: no other key is sent either.
func TestRetryAfterEndsTheRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, m := inMemory(t, fine, inTurn(answer(503, "Retry-After: 900\r\n", "")))
		for range 2 {
			a, took := validateIn(t, c, time.Minute)
			testkit.Diff(t, flexy.FaultRetryAfter, a.Fault)
			testkit.Diff(t, time.Duration(0), took)
		}
		testkit.Diff(t, 1, m.counts().Sends)
	})
}

// A wait that does not fit ends the run, whichever try is told of it: no other
// key is sent either.
func TestRetryAfterOnSecondTry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, m := inMemory(t, fine, inTurn(answer(503, "", ""), answer(429, "Retry-After: 900\r\n", "")))
		for range 3 {
			a, _ := validateIn(t, c, time.Minute)
			testkit.Diff(t, flexy.FaultRetryAfter, a.Fault)
		}
		testkit.Diff(t, 2, m.counts().Sends)
	})
}
