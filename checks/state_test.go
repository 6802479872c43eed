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
		{"switched off", state("enabled", switchedOff(403)), fail("enabled", "API_DISABLED")},
		{"switched off, 401", state("enabled", switchedOff(401)), fail("enabled", "API_DISABLED")},
		{"switched off, not known whether disabled", state("disabled", switchedOff(403)), unknown("disabled", "API_DISABLED")},
		{"switched off, not known whether revoked", state("revoked", switchedOff(403)), unknown("revoked", "API_DISABLED")},
		{"revoked, code in another form", state("revoked", rejected("err-auth")), pass("revoked", "err-auth")},
		{"no answer", state("revoked", flexy.Answer{}), skip("revoked", "")},
		{"documented code without a rejection", state("revoked", flexy.Answer{Code: flexy.CodeInvalid}), skip("revoked", "")},
	})
	expectNotJudged(t, "state", checks.Expectation{State: checks.StateEnabled}, "enabled")
	expectNotJudged(t, "state", checks.Expectation{State: checks.StateDisabled}, "disabled")
}

// A proof of revocation says what it rests on: the key, and the host that says so.
func TestRevokedIsAProof(t *testing.T) {
	t.Parallel()
	const caveat = "this proves revocation only if this very secret passed before"
	for _, tc := range []struct {
		host, expected     string // the fingerprint
		message, hint, not string
	}{
		{"", "", "(ERR_AUTH); " + caveat, caveat, "according to"},
		{"", another, "(ERR_AUTH): the key with the fingerprint " + another + " is revoked", "", caveat},
		{"127.0.0.1", "", "(ERR_AUTH); " + caveat + ", according to 127.0.0.1 ({base-url})", "this is so according to 127.0.0.1 ({base-url}), which is not", "?"},
		{"127.0.0.1", another, "(ERR_AUTH): the key with the fingerprint " + another + " is revoked, according to 127.0.0.1 ({base-url})", "this is so according to 127.0.0.1 ({base-url}), which is not", caveat},
	} {
		answer, left := rejected(flexy.CodeAuth), 4
		answer.Host, answer.AttemptsLeft = tc.host, &left
		f := run(t, "state", checks.Input{Answer: answer, Fingerprint: another, Expect: checks.Expectation{State: checks.StateRevoked, Fingerprint: tc.expected}})
		if f.Status != checks.Pass || !strings.HasSuffix(f.Message, tc.message) || !strings.Contains(f.Hint, tc.hint) || strings.Contains(f.Message+f.Hint, tc.not) {
			t.Errorf("%+v: %+v", tc, f)
		}
	}
}
