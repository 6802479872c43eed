package checks_test

import (
	"testing"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
)

func TestFingerprint(t *testing.T) {
	t.Parallel()
	const this, another = "0e5d2c7b9a41", "f00ba4c0ffee"
	for _, tc := range []struct {
		name, holds string
		f           checks.Finding // Expected is the fingerprint to expect
	}{
		{"nothing asked", this, checks.Finding{Status: checks.Skip}},
		{"nothing asked, none there", "", checks.Finding{Status: checks.Skip}},
		{"the same", this, checks.Finding{Status: checks.Pass, Expected: this, Found: this,
			Message: "expected the key with the fingerprint 0e5d2c7b9a41, found it"}},
		{"another", another, checks.Finding{Status: checks.Fail, Expected: this, Found: another,
			Message: "expected the key with the fingerprint 0e5d2c7b9a41, found another key, f00ba4c0ffee",
			Hint:    "put the key that is meant into the secret, or expect the fingerprint of this one"}},
		{"a short key", "", checks.Finding{Status: checks.Unknown, Expected: this, Found: "(none)",
			Message: "expected the key with the fingerprint 0e5d2c7b9a41, found a key of fewer than 32 characters, which has none",
			Hint:    "expect no fingerprint of it: the hash of a short key could confirm a guess"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.f.Check = "fingerprint"
			for _, state := range []checks.KeyState{checks.StateEnabled, checks.StateDisabled, checks.StateRevoked} {
				for _, answer := range append(unjudged(), accepted(nil), notAllowed(flexy.Production)) {
					expect := checks.Expectation{State: state, Fingerprint: tc.f.Expected}
					expectFinding(t, checks.Input{Answer: answer, Expect: expect, Fingerprint: tc.holds}, tc.f)
				}
			}
		})
	}
}

// A revocation is proven of the key whose fingerprint was expected, and of no
// other.
func TestRevocationIsProven(t *testing.T) {
	t.Parallel()
	const this, another = "0e5d2c7b9a41", "f00ba4c0ffee"
	const rejects = "expected the API to reject the key, found that it does (ERR_AUTH)"
	for _, tc := range []struct{ expected, holds, message, hint string }{
		{this, this, ": the key with the fingerprint 0e5d2c7b9a41 is revoked", "3 of 5 attempts left for this address"},
		{this, another, "; " + caveat, caveat + "; 3 of 5 attempts left for this address"},
		{"", this, "; " + caveat, caveat + "; 3 of 5 attempts left for this address"},
		{this, "", "; " + caveat, caveat + "; 3 of 5 attempts left for this address"},
		{"", "", "; " + caveat, caveat + "; 3 of 5 attempts left for this address"},
	} {
		in := checks.Input{
			Answer:      costing(rejected(flexy.CodeAuth), 3),
			Expect:      checks.Expectation{State: checks.StateRevoked, Fingerprint: tc.expected},
			Fingerprint: tc.holds,
		}
		expectFinding(t, in, checks.Finding{
			Check: "state", Status: checks.Pass, Expected: "revoked", Found: "ERR_AUTH", Message: rejects + tc.message, Hint: tc.hint,
		})
		want := checks.Passed
		if tc.expected != "" && tc.expected != tc.holds {
			want = checks.Mismatch
		}
		if got := checks.Judge(in.Answer, in.Expect, checks.Run(in)); got != want {
			t.Errorf("%+v is judged %s, want %s", tc, got, want)
		}
	}
}

const caveat = "this proves revocation only if this very secret passed before"

// What fails without an answer is no verdict of its own, but nothing softens it.
func TestFingerprintWithoutAnswer(t *testing.T) {
	t.Parallel()
	want := []checks.Verdict{checks.Unavailable, checks.Invalid, checks.Mismatch, checks.Blocked, checks.Skipped}
	for i, answer := range unjudged() {
		in := checks.Input{Answer: answer, Expect: checks.Expectation{State: checks.StateEnabled, Fingerprint: "0e5d2c7b9a41"}}
		findings := checks.Run(in)
		if got := checks.Judge(answer, in.Expect, findings); got != want[i] || !checks.AnyFailed(findings) {
			t.Errorf("outcome %v is judged %s, want %s", answer.Outcome, got, want[i])
		}
	}
}

func TestDaysUntil(t *testing.T) {
	t.Parallel()
	for then, want := range map[string]int{
		"2026-10-01T00:00:00Z": 0, "2026-10-01T23:59:59Z": 0, "2026-10-02T00:00:00Z": 1, "2026-10-02T01:00:00+02:00": 0,
		"2026-09-30T23:59:59Z": -1, "2027-10-01T00:00:00Z": 365, "9999-12-31T00:00:00Z": 2912169,
	} {
		if got := checks.DaysUntil(at(t, then), at(t, "2026-10-01T12:00:00Z")); got != want {
			t.Errorf("%d days until %s, want %d", got, then, want)
		}
	}
}
