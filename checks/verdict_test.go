package checks_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/testkit"
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

// good and bad are findings that let a run pass, and that do not.
var (
	good = [][]checks.Finding{
		nil,
		{{Status: checks.Pass}},
		{{Status: checks.Skip}, {Status: checks.Warn}, {Status: checks.Pass}},
	}
	bad = [][]checks.Finding{
		{{Status: checks.Fail}},
		{{Status: checks.Unknown}},
		{{Status: checks.Pass}, {Status: checks.Warn}, {Status: checks.Fail}},
		{{Status: checks.Unknown}, {Status: checks.Skip}},
	}
)

func TestJudge(t *testing.T) {
	t.Parallel()
	const enabled, disabled, revoked = checks.StateEnabled, checks.StateDisabled, checks.StateRevoked
	for _, tc := range []struct {
		name          string
		answer        flexy.Answer
		states        []checks.KeyState
		passed, wrong checks.Verdict // where all checks pass, and where one fails
	}{
		{"accepted", accepted(nil), []checks.KeyState{enabled, disabled, revoked, ""}, checks.Passed, checks.Mismatch},
		{"not allowed", notAllowed(""), []checks.KeyState{enabled, disabled, revoked, ""}, checks.Blocked, checks.Mismatch},
		{"blocked", flexy.Answer{Outcome: flexy.Blocked}, []checks.KeyState{enabled, disabled, revoked, ""}, checks.Blocked, checks.Blocked},
		{"unavailable", flexy.Answer{}, []checks.KeyState{enabled, disabled, revoked, ""}, checks.Unavailable, checks.Unavailable},
		{"held back", flexy.Answer{Fault: flexy.FaultHeld}, []checks.KeyState{enabled, disabled, revoked, ""}, checks.Skipped, checks.Skipped},
		{"invalid", rejected(flexy.CodeInvalid), []checks.KeyState{enabled, disabled, ""}, checks.Invalid, checks.Invalid},
		{"alias", rejected(flexy.CodeAuth), []checks.KeyState{enabled, disabled, ""}, checks.Invalid, checks.Invalid},
		{"other code", rejected("OTHER"), []checks.KeyState{enabled, disabled, ""}, checks.Invalid, checks.Invalid},
		{"code not shown", rejected(""), []checks.KeyState{enabled, disabled, ""}, checks.Invalid, checks.Invalid},
		{"revoked", rejected(flexy.CodeInvalid), []checks.KeyState{revoked}, checks.Passed, checks.Mismatch},
		{"revoked, alias", rejected(flexy.CodeAuth), []checks.KeyState{revoked}, checks.Passed, checks.Mismatch},
		{"revoked, other code", rejected("OTHER"), []checks.KeyState{revoked}, checks.Unavailable, checks.Unavailable},
		{"revoked, code not shown", rejected(""), []checks.KeyState{revoked}, checks.Unavailable, checks.Unavailable},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for _, state := range tc.states {
				expect := checks.Expectation{State: state}
				for _, findings := range good {
					if got := checks.Judge(tc.answer, expect, findings); got != tc.passed {
						t.Errorf("%q, %v: %s, want %s", state, findings, got, tc.passed)
					}
				}
				for _, findings := range bad {
					if got := checks.Judge(tc.answer, expect, findings); got != tc.wrong {
						t.Errorf("%q, %v: %s, want %s", state, findings, got, tc.wrong)
					}
				}
			}
		})
	}
}

func TestJudgeRotation(t *testing.T) {
	t.Parallel()
	for _, findings := range good {
		if got := checks.JudgeRotation(findings); got != checks.Passed {
			t.Errorf("%v: %s, want pass", findings, got)
		}
	}
	for _, findings := range bad {
		if got := checks.JudgeRotation(findings); got != checks.Mismatch {
			t.Errorf("%v: %s, want mismatch", findings, got)
		}
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		answer  flexy.Answer
		verdict checks.Verdict
		failed  string // the check that did
		message string // the beginning; "" if there is nothing to be said
	}{
		{"pass", accepted(nil), checks.Passed, "", ""},
		{"mismatch", accepted(nil), checks.Mismatch, "type", ""},
		{"pass by revocation", rejected(flexy.CodeInvalid), checks.Passed, "", ""},
		{"mismatch without a key", notAllowed(flexy.Sandbox), checks.Mismatch, "type", ""},
		{"mismatch by rotation, without a key", notAllowed(flexy.Sandbox), checks.Mismatch, "rotation", "this runner's address is not on the allowlist of this SANDBOX key"},
		{"mismatch by revocation, without a key", notAllowed(flexy.Sandbox), checks.Mismatch, "state", ""},
		{"no proof of revocation", rejected("OTHER"), checks.Unavailable, "", "the API refused the key for another reason (OTHER), "},
		{"no proof of revocation, code not shown", rejected(""), checks.Unavailable, "", "the API refused the key for another reason, "},
	} {
		findings := []checks.Finding{{Check: "rotation", Status: checks.Pass}, {Check: tc.failed, Status: checks.Fail}}
		message, hint := checks.Explain(tc.answer, tc.verdict, findings)
		if !strings.HasPrefix(message, tc.message) || (message == "") != (tc.message == "") || (hint == "") != (tc.message == "") {
			t.Errorf("%s: %q, hint %q; want %q", tc.name, message, hint, tc.message)
		}
	}
}

// Where no check could be made the answer itself says why.
func TestExplainAnswer(t *testing.T) {
	t.Parallel()
	for _, answer := range unjudged() {
		verdict := checks.Judge(answer, checks.Expectation{State: checks.StateEnabled}, nil)
		message, hint := checks.Explain(answer, verdict, nil)
		wantMessage, wantHint := answer.Explain()
		if diff := cmp.Diff([]string{wantMessage, wantHint}, []string{message, hint}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", verdict, diff)
		}
		if message == "" || hint == "" {
			t.Errorf("%s: %q, hint %q", verdict, message, hint)
		}
	}
}
