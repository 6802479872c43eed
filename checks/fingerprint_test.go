package checks_test

import (
	"strings"
	"testing"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
)

const this, another = "0e5d2c7b9a41", "f00ba4c0ffee"

func TestFingerprint(t *testing.T) {
	t.Parallel()
	for found, want := range map[string]checks.Finding{this: pass(this, this), another: fail(this, another), "": unknown(this, "(none)")} {
		for _, state := range []checks.KeyState{checks.StateEnabled, checks.StateDisabled, checks.StateRevoked} {
			for _, answer := range append(unjudged(), accepted(nil), notAllowed(flexy.Production)) {
				in := checks.Input{Answer: answer, Expect: checks.Expectation{State: state, Fingerprint: this}, Fingerprint: found}
				expectFinding(t, "fingerprint", in, want)
				in.Expect.Fingerprint = ""
				expectFinding(t, "fingerprint", in, skip("", ""))
			}
		}
	}
}

// Only the expected fingerprint proves that the key was revoked rather than
// mistyped.
func TestProofOfRevocation(t *testing.T) {
	t.Parallel()
	const caveat = "this proves revocation only if"
	for _, tc := range []struct {
		expected, found string
		proven          bool
	}{
		{this, this, true}, {this, another, false}, {"", this, false}, {this, "", false}, {"", "", false},
	} {
		expect := checks.Expectation{State: checks.StateRevoked, Fingerprint: tc.expected}
		in := checks.Input{Answer: costing(rejected(flexy.CodeAuth), 3), Expect: expect, Fingerprint: tc.found}
		expectFinding(t, "state", in, pass("revoked", "ERR_AUTH"))
		f := run(t, "state", in)
		if strings.Contains(f.Message, caveat) == tc.proven || strings.Contains(f.Hint, caveat) == tc.proven {
			t.Errorf("%+v: %q, hint %q", tc, f.Message, f.Hint)
		}
		if !strings.HasSuffix(f.Hint, "3 attempts left for this address") {
			t.Errorf("%+v: the hint lacks the cost: %q", tc, f.Hint)
		}
	}
}

// costing returns an answer that says how many attempts are left.
func costing(a flexy.Answer, left int) flexy.Answer {
	a.AttemptsLeft = &left
	return a
}
