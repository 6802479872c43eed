package client

import (
	"context"
	"flexy-key-check/checks/internal/testkit"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/safehttp"
	"flexy-key-check/checks/internal/secret"
)

const testAmount = "7392651.84"

const balanceBody = `{"success":true,"data":{"balance":` + testAmount + `},"requestId":"req_3"}`

// both asks both questions, as the program does, and returns both answers.
func (c *Client) both(t *testing.T) (key, balance flexy.Answer) {
	t.Helper()
	key = c.Validate(t.Context(), secret.New(testKey))
	return key, c.Balance(t.Context(), secret.New(testKey), key.Key)
}

// This, to the byte, is what leaves the machine for the second question.
func TestBalanceRequest(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{"": "/v3/account/balance", "/a/b/": "/a/b/v3/account/balance"} {
		s := serve(t, "http", func(s *server, conn net.Conn) { s.exchange(conn, say(answer(200, "", balanceBody))) })
		a := newClient(t, s.url+path, safehttp.Options{}).Balance(t.Context(), secret.New(testKey), okKey())
		testkit.Diff(t, flexy.Accepted, a.Outcome)
		testkit.Diff(t, true, a.Amount.AtLeast(testAmount))
		testkit.Diff(t, "GET "+want+" HTTP/1.1\r\nHost: "+strings.TrimPrefix(s.url, "http://")+
			"\r\nUser-Agent: flexy-key-check/test\r\nAccept: application/json\r\nX-Access-Token: "+testKey+
			"\r\nConnection: close\r\n\r\n", string(s.arrived()))
	}
}

// The second question has tries of its own, two sends at most, and whatever comes
// of it changes nothing of the answer to the first.
func TestBalanceSends(t *testing.T) {
	t.Parallel()
	ok, refusal := answer(200, "", balanceBody), answer(401, "", problem(flexy.CodeInvalid, ""))
	status := func(n int) string { return answer(n, "", problem("X", "")) }
	type want struct {
		Outcome flexy.Outcome
		Fault   flexy.Fault
		Sends   int
	}
	for name, tt := range map[string]struct {
		texts []string
		want  want
	}{
		"200":          {[]string{ok}, want{flexy.Accepted, 0, 1}},
		"500 then 200": {[]string{status(500), ok}, want{flexy.Accepted, 0, 2}},
		"429 then 200": {[]string{status(429), ok}, want{flexy.Accepted, 0, 2}},
		"cut then 200": {[]string{"", ok}, want{flexy.Accepted, 0, 2}},
		"503 for ever": {[]string{status(503)}, want{flexy.Unavailable, flexy.FaultServer, 2}},
		"cut for ever": {[]string{""}, want{flexy.Unavailable, flexy.FaultTruncated, 2}},
		"401":          {[]string{refusal, ok}, want{flexy.Rejected, 0, 1}},
		"404":          {[]string{status(404), ok}, want{flexy.Unavailable, flexy.FaultStatus, 1}},
		"204":          {[]string{"HTTP/1.1 204 X\r\n\r\n", ok}, want{flexy.Unavailable, flexy.FaultStatus, 1}},
		"a redirect":   {[]string{answer(302, "Location: http://127.0.0.1:1/\r\n", ""), ok}, want{flexy.Unavailable, flexy.FaultRedirect, 1}},
		"a text":       {[]string{answer(200, "", strings.Replace(balanceBody, testAmount, `"5000"`, 1)), ok}, want{flexy.Unavailable, flexy.FaultShape, 1}},
		"a megabyte":   {[]string{answer(200, "", strings.Replace(balanceBody, testAmount, strings.Repeat("9", 1<<20), 1)), ok}, want{flexy.Unavailable, flexy.FaultTooLarge, 1}},
		"the first's":  {[]string{answer(200, "", okBody), ok}, want{flexy.Unavailable, flexy.FaultShape, 1}},
		"hangs":        {[]string{"HTTP/1.1 200 X\r\nContent-Length: 99\r\n\r\n{"}, want{flexy.Unavailable, flexy.FaultTruncated, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, m := inMemory(t, fine, inTurn(append([]string{"", answer(200, "", okBody)}, tt.texts...)...))
				key, balance := c.both(t)
				testkit.Diff(t, flexy.Answer{Outcome: flexy.Accepted, Status: 200, Sends: 2, Key: okKey(), RequestID: "req_1", At: key.At}, key)
				testkit.Diff(t, tt.want, want{balance.Outcome, balance.Fault, balance.Sends})
				testkit.Diff(t, key.Sends+balance.Sends, m.counts().Sends)
				testkit.Diff(t, tt.want.Outcome == flexy.Accepted, balance.Amount.AtLeast(testAmount))
			})
		})
	}
}

// A 401 and a block there count for the guard: they hold back what comes next.
func TestBalanceCountsForTheGuard(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		text string
		held bool
	}{
		"401 with few attempts left": {answer(401, "", problem(flexy.CodeInvalid, `,"details":{"attemptsLeft":2}`)), true},
		"401 with many":              {answer(401, "", problem(flexy.CodeInvalid, `,"details":{"attemptsLeft":4}`)), false},
		"IP_BLOCKED":                 {answer(403, "", problem(flexy.CodeBlocked, "")), true},
		"404":                        {answer(404, "", problem("X", "")), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, m := inMemory(t, fine, inTurn(answer(200, "", okBody), tt.text, answer(200, "", okBody)))
				_, _ = c.both(t)
				next := c.Validate(t.Context(), secret.New(testKey))
				testkit.Diff(t, tt.held, next.Held())
				testkit.Diff(t, map[bool]int{true: 2, false: 3}[tt.held], m.counts().Sends)
			})
		})
	}
}

// Where a key has cost the attempts, the second question is not asked.
func TestBalanceIsHeldBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, m := inMemory(t, fine, inTurn(answer(401, "", problem(flexy.CodeInvalid, `,"details":{"attemptsLeft":1}`)), answer(200, "", balanceBody)))
		_, balance := c.both(t)
		testkit.Diff(t, flexy.Answer{Fault: flexy.FaultHeld, At: balance.At}, balance)
		testkit.Diff(t, 1, m.counts().Sends)
	})
}

// Both questions share one budget of time.
func TestBalanceOutOfTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, m := inMemory(t, fine, func(conn net.Conn, send int) {
			if send > 1 {
				hang(conn)
				return
			}
			say(answer(200, "", okBody))(conn, send)
		})
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		began := time.Now()
		key := c.Validate(ctx, secret.New(testKey))
		balance := c.Balance(ctx, secret.New(testKey), key.Key)
		testkit.Diff(t, flexy.Accepted, key.Outcome)
		testkit.Diff(t, flexy.FaultOutOfTime, balance.Fault)
		testkit.Diff(t, 3, m.counts().Sends)
		between(t, "both", time.Since(began), 15*time.Second, 16*time.Second)
	})
}

// Debug lines say which question they tell of, and nothing of what was said. The
// answer shows nothing of what the first one told.
func TestBalanceIsSilent(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"C_" + testEcho, "C_" + testUser, "C_" + testKey, testAmount} {
		s := api(t, inTurn(answer(200, "", okBody), answer(503, "", problem(code, "")), answer(500, "X-Balance: "+testAmount+"\r\n", problem(code, ""))))
		c := apiClient(t, s)
		var mu sync.Mutex
		var lines []string
		c.o.Debug = func(line string) {
			mu.Lock()
			defer mu.Unlock()
			lines = append(lines, line)
		}
		_, balance := c.both(t)
		testkit.Diff(t, flexy.Answer{Fault: flexy.FaultServer, Status: 500, Sends: 2, At: balance.At}, balance)
		mu.Lock()
		said := strings.Join(lines, "\n")
		mu.Unlock()
		testkit.Diff(t, 2, strings.Count(said, "balance: try "))
		testkit.Diff(t, 1, strings.Count(said, "balance: waiting "))
		if secret.NewTraces(secret.New(testKey), secret.New(testEcho), secret.New(testUser), secret.New(testAmount)).In(said) {
			t.Errorf("leaks:\n%s", said)
		}
	}
}
