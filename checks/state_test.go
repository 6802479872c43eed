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
	state := func(want checks.KeyState, answer flexy.Answer) checks.Input {
		return checks.Input{Answer: answer, Expect: checks.Expectation{State: want}}
	}
	expectRows(t, "state", []row{
		{"enabled", state("enabled", on), pass("enabled", "enabled")},
		{"not enabled", state("enabled", off), fail("enabled", "disabled")},
		{"disabled", state("disabled", off), pass("disabled", "disabled")},
		{"not disabled", state("disabled", on), fail("disabled", "enabled")},
		{"revoked", state("revoked", rejected(flexy.CodeInvalid)), pass("revoked", "INVALID_ACCESS_TOKEN")},
		{"not revoked", state("revoked", on), fail("revoked", "accepted")},
		{"disabled, not revoked", state("revoked", off), fail("revoked", "accepted")},
		{"refused for its address", state("revoked", notAllowed("")), fail("revoked", "IP_NOT_ALLOWED")},
		{"undocumented code", state("revoked", rejected("OTHER")), skip("revoked", "")},
		{"no answer", state("revoked", flexy.Answer{}), skip("revoked", "")},
		{"documented code without a rejection", state("revoked", flexy.Answer{Code: flexy.CodeInvalid}), skip("revoked", "")},
	})
	expectNotJudged(t, "state", checks.Expectation{State: checks.StateEnabled}, "enabled")
	expectNotJudged(t, "state", checks.Expectation{State: checks.StateDisabled}, "disabled")
}
