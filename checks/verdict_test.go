package checks_test

import (
	"slices"
	"strings"
	"testing"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/test/testkit"
)

func TestVerdicts(t *testing.T) {
	t.Parallel()
	var got []string
	for i, v := range checks.Verdicts {
		got = append(got, v.String())
		if own := testkit.Codes()[v.String()][0]; v.ExitCode() != own {
			t.Errorf("%s exits with %d, want %d", v, v.ExitCode(), own)
		}
		if int(v) != i {
			t.Errorf("%s is number %d, not %d: not worst first", v, v, i)
		}
	}
	testkit.Diff(t, testkit.Names("verdicts"), got)
}

func TestJudge(t *testing.T) {
	t.Parallel()
	// Findings with which a run passes, and findings with which it does not.
	good := [][]checks.Finding{nil, {pass("", "")}, {skip("", ""), warn("", ""), pass("", "")}}
	bad := [][]checks.Finding{{fail("", "")}, {unknown("", "")}, {pass("", ""), warn("", ""), fail("", "")}, {unknown("", ""), skip("", "")}}
	notRevoked := []checks.KeyState{checks.StateEnabled, checks.StateDisabled, ""}
	revoked := []checks.KeyState{checks.StateRevoked}
	every := slices.Concat(revoked, notRevoked)
	for _, tc := range []struct {
		name          string
		answer        flexy.Answer
		states        []checks.KeyState
		passed, wrong checks.Verdict // with good findings, and with bad ones
	}{
		{"accepted", accepted(nil), every, checks.Passed, checks.Mismatch},
		{"not allowed", notAllowed(""), every, checks.Blocked, checks.Mismatch},
		{"blocked", flexy.Answer{Outcome: flexy.Blocked}, every, checks.Blocked, checks.Blocked},
		{"unavailable", flexy.Answer{}, every, checks.Unavailable, checks.Unavailable},
		{"not sent", flexy.Answer{Fault: flexy.FaultHeld}, every, checks.Skipped, checks.Skipped},
		{"invalid", rejected(flexy.CodeInvalid), notRevoked, checks.Invalid, checks.Invalid},
		{"code not shown", rejected(""), notRevoked, checks.Invalid, checks.Invalid},
		{"revoked", rejected(flexy.CodeInvalid), revoked, checks.Passed, checks.Mismatch},
		{"revoked, alias", rejected(flexy.CodeAuth), revoked, checks.Passed, checks.Mismatch},
		{"revoked, other code", rejected("OTHER"), revoked, checks.Unavailable, checks.Unavailable},
		{"revoked, code not shown", rejected(""), revoked, checks.Unavailable, checks.Unavailable},
	} {
		for _, state := range tc.states {
			for i, findings := range slices.Concat(good, bad) {
				want := tc.passed
				if i >= len(good) {
					want = tc.wrong
				}
				if got := checks.Judge(tc.answer, checks.Expectation{State: state}, findings); got != want {
					t.Errorf("%s: %q, %v: %s, want %s", tc.name, state, findings, got, want)
				}
			}
		}
	}
	for _, findings := range slices.Concat(good, bad) { // without a key as with a good one
		if got, want := checks.JudgeRotation(findings), checks.Judge(accepted(nil), checks.Expectation{}, findings); got != want {
			t.Errorf("rotation: %v: %s, want %s", findings, got, want)
		}
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		answer  flexy.Answer
		verdict checks.Verdict
		failed  string // the check that failed
		message string // its beginning; "" for no message
	}{
		{"pass", accepted(nil), checks.Passed, "", ""},
		{"mismatch", accepted(nil), checks.Mismatch, "type", ""},
		{"pass by revocation", rejected(flexy.CodeInvalid), checks.Passed, "", ""},
		{"mismatch by type, not judged", notAllowed(flexy.Sandbox), checks.Mismatch, "type", ""},
		{"mismatch by state, not judged", notAllowed(flexy.Sandbox), checks.Mismatch, "state", ""},
		{"mismatch by rotation, not judged", notAllowed(flexy.Sandbox), checks.Mismatch, "rotation", "this runner's address is not on the allowlist of this SANDBOX key"},
		{"no proof of revocation", rejected("OTHER"), checks.Unavailable, "", "the API rejected the key for another reason (OTHER), "},
		{"no proof of revocation, code not shown", rejected(""), checks.Unavailable, "", "the API rejected the key for another reason, "},
	} {
		findings := []checks.Finding{{Check: "rotation", Status: checks.Pass}, {Check: tc.failed, Status: checks.Fail}}
		got := checks.Explain(tc.answer, tc.verdict, findings)
		if !strings.HasPrefix(got.Message, tc.message) || (got.Message == "") != (tc.message == "") || (got.Hint == "") != (tc.message == "") {
			t.Errorf("%s: %+v; want %q", tc.name, got, tc.message)
		}
	}
	// Where no key was judged, the answer itself is the explanation.
	for _, answer := range unjudged() {
		verdict := checks.Judge(answer, checks.Expectation{State: checks.StateEnabled}, nil)
		testkit.Diff(t, answer.Explain(), checks.Explain(answer, verdict, nil))
	}
}
