package checks_test

import (
	"strings"
	"testing"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
)

func TestState(t *testing.T) {
	t.Parallel()
	on := accepted(nil)
	off := accepted(func(k *flexy.Key) { k.Enabled = false })
	for _, tc := range []struct {
		name   string
		answer flexy.Answer
		want   checks.Finding // Expected is the state to expect
	}{
		{"enabled", on, checks.Finding{Status: checks.Pass, Expected: "enabled", Found: "enabled"}},
		{"not enabled", off, checks.Finding{Status: checks.Fail, Expected: "enabled", Found: "disabled"}},
		{"disabled", off, checks.Finding{Status: checks.Pass, Expected: "disabled", Found: "disabled"}},
		{"not disabled", on, checks.Finding{Status: checks.Fail, Expected: "disabled", Found: "enabled"}},
		{"revoked", rejected(flexy.CodeInvalid), checks.Finding{Status: checks.Pass, Expected: "revoked", Found: "INVALID_ACCESS_TOKEN"}},
		{"revoked, alias", rejected(flexy.CodeAuth), checks.Finding{Status: checks.Pass, Expected: "revoked", Found: "ERR_AUTH"}},
		{"not revoked", on, checks.Finding{Status: checks.Fail, Expected: "revoked", Found: "accepted"}},
		{"disabled, not revoked", off, checks.Finding{Status: checks.Fail, Expected: "revoked", Found: "accepted"}},
		{"still known", notAllowed(flexy.Production), checks.Finding{Status: checks.Fail, Expected: "revoked", Found: "IP_NOT_ALLOWED"}},
		{"refused otherwise", rejected("OTHER"), checks.Finding{Status: checks.Skip, Expected: "revoked"}},
		{"refused without a word", rejected(""), checks.Finding{Status: checks.Skip, Expected: "revoked"}},
		{"unavailable while revoked", flexy.Answer{}, checks.Finding{Status: checks.Skip, Expected: "revoked"}},
		{"documented code without a rejection", flexy.Answer{Code: flexy.CodeInvalid}, checks.Finding{Status: checks.Skip, Expected: "revoked"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.want.Check = "state"
			expect := checks.Expectation{State: checks.KeyState(tc.want.Expected)}
			expectFinding(t, checks.Input{Answer: tc.answer, Expect: expect}, tc.want)
		})
	}
	cost := run(t, "state", checks.Input{Answer: costing(rejected(flexy.CodeInvalid), 3), Expect: checks.Expectation{State: checks.StateRevoked}})
	if !strings.HasSuffix(cost.Hint, "; 3 of 5 attempts left for this address") {
		t.Errorf("the hint does not tell what it cost: %s", cost.Hint)
	}
	expectNotJudged(t, "state", checks.Expectation{State: checks.StateEnabled}, "enabled")
	expectNotJudged(t, "state", checks.Expectation{State: checks.StateDisabled}, "disabled")
}

// costing is an answer that says how many attempts are left.
func costing(a flexy.Answer, left int) flexy.Answer {
	a.AttemptsLeft = &left
	return a
}
