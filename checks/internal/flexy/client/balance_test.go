package client

import (
	"strings"
	"testing"
	"testing/synctest"

	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/test/testkit"
)

const testAmount = "7392651.84"

const balanceBody = `{"success":true,"data":{"balance":` + testAmount + `},"requestId":"req_3"}`

// both asks both questions, as the program does, and returns both answers.
func (c *Client) both(t *testing.T) (key, balance flexy.Answer) {
	t.Helper()
	key = c.Validate(t.Context(), secret.New(testKey))
	return key, c.Balance(t.Context(), secret.New(testKey), key.Key)
}

// The second question has two sends of its own at most, and its outcome does not
// change the answer to the first.
func TestBalanceSends(t *testing.T) {
	t.Parallel()
	ok, down := answer(200, "", balanceBody), answer(503, "", problem("X", ""))
	for name, tt := range map[string]struct {
		texts []string
		want  summary
	}{
		"200":                    {[]string{ok}, summary{flexy.Accepted, 0, 200, 1}},
		"503 then 200":           {[]string{down, ok}, summary{flexy.Accepted, 0, 200, 2}},
		"always 503":             {[]string{down}, summary{flexy.Unavailable, flexy.FaultServer, 503, 2}},
		"the first one's answer": {[]string{answer(200, "", okBody), ok}, summary{flexy.Unavailable, flexy.FaultShape, 200, 1}},
	} {
		inBubble(t, name, func(t *testing.T) {
			c, s := inMemory(t, fine, inTurn(append([]string{"", answer(200, "", okBody)}, tt.texts...)...))
			key, balance := c.both(t)
			want := accept()
			want.Sends, want.At = 2, key.At
			testkit.Diff(t, want, key)
			testkit.Diff(t, tt.want, summarize(balance))
			testkit.Diff(t, key.Sends+balance.Sends, s.counted().Sends)
			testkit.Diff(t, tt.want.Outcome == flexy.Accepted, balance.Amount.AtLeast(testAmount))
		})
	}
}

// The two questions share one guard, in both directions.
func TestBalanceCountsForTheGuard(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		refusal := answer(401, "", problem(flexy.CodeInvalid, `,"details":{"attemptsLeft":2}`))
		c, s := inMemory(t, fine, inTurn(answer(200, "", okBody), refusal))
		_, _ = c.both(t)
		key, balance := c.both(t)
		testkit.Diff(t, flexy.Answer{Fault: flexy.FaultHeld, At: key.At, Host: "127.0.0.1"}, key)
		testkit.Diff(t, flexy.Answer{Fault: flexy.FaultHeld, At: balance.At, Host: "127.0.0.1"}, balance)
		testkit.Diff(t, 2, s.counted().Sends)
	})
}

// Debug lines name the question they belong to, and show nothing of what was
// exchanged. The answer shows nothing that the first answer disclosed.
func TestBalanceIsSilent(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"C_" + testEcho, "C_" + testUser, "C_" + testKey, testAmount} {
		synctest.Test(t, func(t *testing.T) {
			faults := []string{answer(503, "", problem(code, "")), answer(500, "X-Balance: "+testAmount+"\r\n", problem(code, ""))}
			c, _ := inMemory(t, fine, inTurn(answer(200, "", okBody), faults[0], faults[1]))
			lines := recordDebug(c)
			_, balance := c.both(t)
			testkit.Diff(t, flexy.Answer{Fault: flexy.FaultServer, Status: 500, Sends: 2, At: balance.At, Host: "127.0.0.1"}, balance)
			testkit.Diff(t, 2, strings.Count(lines(), "balance: try "))
			testkit.Diff(t, 1, strings.Count(lines(), "balance: waiting "))
			noLeak(t, lines())
		})
	}
}

// An answer shows nothing of the key, of what the first answer disclosed, or of
// another secret. The codes have no digits, which would hide them anyway.
func TestBalanceCode(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"C_sentkeyalpha": "", "C_echoedbravo": "", "C_usercharlie": "", "C_tokendelta": "", "C_HARMLESS": "C_HARMLESS",
	} {
		inBubble(t, code, func(t *testing.T) {
			c, _ := inMemory(t, fine, say(answer(404, "", problem(code, ""))))
			c.traces = secret.NewTraces(secret.New("tokendelta"))
			described := flexy.Key{Echo: secret.New("echoedbravo"), Username: secret.New("usercharlie")}
			testkit.Diff(t, want, c.Balance(t.Context(), secret.New("sentkeyalpha"), described).Code)
		})
	}
}
