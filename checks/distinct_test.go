package checks_test

import (
	"fmt"
	"testing"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
)

func TestDistinct(t *testing.T) {
	t.Parallel()
	const own = "a key of its own"
	shared := func(names string) checks.Finding {
		return checks.Finding{Check: "distinct", Status: checks.Fail, Expected: own, Found: "the key of " + names}
	}
	pass := checks.Finding{Check: "distinct", Status: checks.Pass, Expected: own, Found: own}
	for _, tc := range []struct {
		name string
		same []string
		want checks.Finding
	}{
		{"alone", nil, pass},
		{"one other", []string{"staging"}, shared(`"staging"`)},
		{"two others", []string{"staging", "checkout (old)"}, shared(`"staging", "checkout (old)"`)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			// It needs no answer, and is made of keys that must be revoked too.
			for _, answer := range append(unjudged(), accepted(nil)) {
				for _, state := range []checks.KeyState{checks.StateEnabled, checks.StateRevoked} {
					in := checks.Input{Answer: answer, Expect: checks.Expectation{State: state}, Many: true, SameKey: tc.same}
					expectFinding(t, in, tc.want)
				}
			}
		})
	}
	var names []string
	for i := range 12 {
		names = append(names, fmt.Sprint(i))
	}
	in := checks.Input{Answer: accepted(nil), Many: true, SameKey: names}
	expectFinding(t, in, shared(`"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", and 2 more`))
}

// A key that two entries hold is a mismatch, unless it is worse.
func TestDistinctIsJudged(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		answer flexy.Answer
		state  checks.KeyState
		warn   []string
		want   checks.Verdict
	}{
		{"accepted", accepted(nil), checks.StateEnabled, nil, checks.Mismatch},
		{"softened", accepted(nil), checks.StateEnabled, []string{"distinct"}, checks.Passed},
		{"revoked", rejected(flexy.CodeInvalid), checks.StateRevoked, nil, checks.Mismatch},
		{"invalid", rejected(flexy.CodeInvalid), checks.StateEnabled, nil, checks.Invalid},
		{"unavailable", flexy.Answer{}, checks.StateEnabled, nil, checks.Unavailable},
	} {
		expect := checks.Expectation{State: tc.state, WarnOn: tc.warn}
		findings := checks.Run(checks.Input{Answer: tc.answer, Expect: expect, Many: true, SameKey: []string{"other"}})
		if got := checks.Judge(tc.answer, expect, findings); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}
