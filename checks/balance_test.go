package checks_test

import (
	"testing"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
)

// balance is the answer to the question for it: a good one with an amount, as
// JSON writes a number.
func balance(amount string) *flexy.Answer {
	a := flexy.ClassifyBalance(200, []byte(`{"success":true,"data":{"balance":`+amount+`}}`))
	return &a
}

func TestBalance(t *testing.T) {
	t.Parallel()
	const hold, none = "expected the account to hold at least 5000 DZD, found ", "(not readable)"
	good := checks.Finding{Status: checks.Pass, Expected: "at least 5000 DZD", Found: "at least 5000 DZD", Message: hold + "at least 5000 DZD"}
	low := checks.Finding{Status: checks.Fail, Expected: "at least 5000 DZD", Found: "less than 5000 DZD", Message: hold + "less than 5000 DZD",
		Hint: "top up the account: a sale without money fails (NO_BALANCE)"}
	unknown := func(why, hint string) checks.Finding {
		return checks.Finding{Status: checks.Unknown, Expected: "at least 5000 DZD", Found: none, Message: hold + "no balance: " + why, Hint: hint}
	}
	left := 1
	for _, tc := range []struct {
		name   string
		answer *flexy.Answer
		want   checks.Finding
	}{
		{"equal", balance("5000"), good},
		{"equal, written otherwise", balance("5.000e3"), good},
		{"more", balance("7392651.84"), good},
		{"a hair more", balance("5000.0000000000000000000000001"), good},
		{"less", balance("4999.99"), low},
		{"a hair less", balance("4999.9999999999999999999999999"), low},
		{"nothing", balance("0"), low},
		{"a debt", balance("-7392651.84"), low},
		{"no number", balance("null"), unknown("the API's answer is not the documented JSON (status 200)",
			"something between here and the API answers in its place: check {base-url}, proxies and firewalls; if there is nothing, the API may have changed")},
		{"never asked", nil, unknown("internal error in flexy-key-check", "run again, and report it if it happens again")},
		{"server error", &flexy.Answer{Status: 503, Fault: flexy.FaultServer}, unknown("server error from the API (status 503)", "check status.oneclickdz.com, then run again")},
		{"held back", &flexy.Answer{Fault: flexy.FaultHeld}, unknown("not sent: too few attempts are left before the API blocks this address",
			"correct the keys that failed, wait 15 minutes, then run again")},
		{"kept off", &flexy.Answer{Outcome: flexy.NotAllowed, Status: 403}, unknown("this runner's address is not on the allowlist of this key (IP_NOT_ALLOWED)",
			"hosted runners change address: run this on a runner with an allowlisted address, or add the address in "+flexy.Dashboard)},
		{"rejected", &flexy.Answer{Outcome: flexy.Rejected, Status: 401, Code: flexy.CodeInvalid, AttemptsLeft: &left},
			unknown("the API rejected the key (INVALID_ACCESS_TOKEN): 1 of 5 attempts left for this address",
				"do not re-run this for 15 minutes: another failed attempt may block this address for 15 minutes; then check that the secret holds the whole, current key; "+
					"if it was revoked, generate a new one in "+flexy.Dashboard)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			answer := accepted(nil)
			answer.Balance = tc.answer
			expect := checks.Expectation{MinBalance: "5000"}
			tc.want.Check = "balance"
			expectFinding(t, checks.Input{Answer: answer, Expect: expect}, tc.want)
			// Whatever came of it, it is no warning unless somebody says so, and the
			// state of the key is what it was.
			if got := run(t, "state", checks.Input{Answer: answer, Expect: expect}); got.Status != checks.Pass {
				t.Errorf("state: %+v", got)
			}
			expectFinding(t, checks.Input{Answer: answer}, checks.Finding{Check: "balance", Status: checks.Skip})
			expect.State = checks.StateRevoked
			expectFinding(t, checks.Input{Answer: answer, Expect: expect}, checks.Finding{Check: "balance", Status: checks.Skip})
		})
	}
	expectNotJudged(t, "balance", checks.Expectation{MinBalance: "1499.50"}, "at least 1499.50 DZD")
	expectNotJudged(t, "balance", checks.Expectation{}, "")
}
