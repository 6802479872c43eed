package checks_test

import (
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
		{"enabled", on, checks.Finding{
			Status: checks.Pass, Expected: "enabled", Found: "enabled",
			Message: "expected the key to be enabled, found it enabled"}},
		{"not enabled", off, checks.Finding{
			Status: checks.Fail, Expected: "enabled", Found: "disabled",
			Message: "expected the key to be enabled, found it disabled",
			Hint:    "enable the key in " + dashboard + ", or use another"}},
		{"disabled", off, checks.Finding{
			Status: checks.Pass, Expected: "disabled", Found: "disabled",
			Message: "expected the key to be disabled, found it disabled"}},
		{"not disabled", on, checks.Finding{
			Status: checks.Fail, Expected: "disabled", Found: "enabled",
			Message: "expected the key to be disabled, found it enabled",
			Hint:    "disable the key in " + dashboard + ", or expect it to be enabled"}},
		{"revoked", rejected(flexy.CodeInvalid), checks.Finding{
			Status: checks.Pass, Expected: "revoked", Found: "INVALID_ACCESS_TOKEN",
			Message: "expected the API to reject the key, found that it does (INVALID_ACCESS_TOKEN); this proves revocation only if this very secret passed before",
			Hint:    "this proves revocation only if this very secret passed before"}},
		{"revoked, alias", rejected(flexy.CodeAuth), checks.Finding{
			Status: checks.Pass, Expected: "revoked", Found: "ERR_AUTH",
			Message: "expected the API to reject the key, found that it does (ERR_AUTH); this proves revocation only if this very secret passed before",
			Hint:    "this proves revocation only if this very secret passed before"}},
		{"revoked, and what that cost", costing(rejected(flexy.CodeInvalid), 3), checks.Finding{
			Status: checks.Pass, Expected: "revoked", Found: "INVALID_ACCESS_TOKEN",
			Message: "expected the API to reject the key, found that it does (INVALID_ACCESS_TOKEN); this proves revocation only if this very secret passed before",
			Hint:    "this proves revocation only if this very secret passed before; 3 of 5 attempts left for this address"}},
		{"not revoked", on, checks.Finding{
			Status: checks.Fail, Expected: "revoked", Found: "accepted",
			Message: "expected the API to reject the key, found that it still accepts it",
			Hint:    "revoke the key in " + dashboard + "; check first that nothing uses it any more"}},
		{"disabled, not revoked", off, checks.Finding{
			Status: checks.Fail, Expected: "revoked", Found: "accepted",
			Message: "expected the API to reject the key, found that it still accepts it",
			Hint:    "revoke the key in " + dashboard + "; check first that nothing uses it any more"}},
		{"still known", notAllowed(flexy.Production), checks.Finding{
			Status: checks.Fail, Expected: "revoked", Found: "IP_NOT_ALLOWED",
			Message: "expected the API to reject the key, found that it still knows it (IP_NOT_ALLOWED)",
			Hint:    "revoke the key in " + dashboard + "; check first that nothing uses it any more"}},
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
	expectNotJudged(t, "state", checks.Expectation{State: checks.StateEnabled}, "enabled")
	expectNotJudged(t, "state", checks.Expectation{State: checks.StateDisabled}, "disabled")
}

// costing is an answer that says how many attempts are left.
func costing(a flexy.Answer, left int) flexy.Answer {
	a.AttemptsLeft = &left
	return a
}
