package checks_test

import (
	"strings"
	"testing"

	"flexy-key-check/checks"
)

func TestDistinct(t *testing.T) {
	t.Parallel()
	const own = "a key of its own"
	expect := func(want checks.Finding, same ...string) {
		t.Helper()
		// It needs no answer, and revoked keys are checked as well.
		for _, answer := range append(unjudged(), accepted(nil)) {
			for _, state := range []checks.KeyState{checks.StateEnabled, checks.StateRevoked} {
				in := checks.Input{Answer: answer, Expect: checks.Expectation{State: state}, Many: true, SameKey: same}
				expectFinding(t, "distinct", in, want)
			}
		}
	}
	expect(pass(own, own))
	expect(fail(own, `the key of "staging", "checkout (old)"`), "staging", "checkout (old)")
	expect(fail(own, `the key of "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", and 2 more`), strings.Split("abcdefghijkl", "")...)
}
