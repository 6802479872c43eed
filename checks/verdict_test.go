package checks_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/contract"
	"flexy-key-check/checks/internal/flexy"
)

func TestVerdicts(t *testing.T) {
	t.Parallel()
	var got []string
	for i, v := range checks.Verdicts {
		got = append(got, v.String())
		if own := contract.Codes()[v.String()][0]; v.ExitCode() != own {
			t.Errorf("%s exits with %d, want %d", v, v.ExitCode(), own)
		}
		if int(v) != i {
			t.Errorf("%s is number %d, not %d: not worst first", v, v, i)
		}
	}
	if diff := cmp.Diff(contract.Names("verdicts"), got); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
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

// The whole way from an answer to its verdict, for what the contract names.
func TestRunAndJudge(t *testing.T) {
	t.Parallel()
	enabled := checks.Expectation{State: checks.StateEnabled, Type: checks.ExpectedType{Want: flexy.Production}}
	sandbox := checks.Expectation{State: checks.StateEnabled, Type: checks.ExpectedType{Want: flexy.Sandbox}}
	tolerant := checks.Expectation{State: checks.StateEnabled, Type: checks.ExpectedType{Want: flexy.Sandbox, Tolerant: true}}
	revoked := checks.Expectation{State: checks.StateRevoked}
	off := accepted(func(k *flexy.Key) { k.Enabled = false })
	for _, tc := range []struct {
		name   string
		answer flexy.Answer
		expect checks.Expectation
		want   checks.Verdict
	}{
		{"good key", accepted(nil), enabled, checks.Passed},
		{"wrong type", accepted(nil), sandbox, checks.Mismatch},
		{"production outside production", accepted(nil), tolerant, checks.Passed},
		{"disabled key", off, enabled, checks.Mismatch},
		{"IP_NOT_ALLOWED says nothing", notAllowed(""), enabled, checks.Blocked},
		{"IP_NOT_ALLOWED agrees", notAllowed(flexy.Production), enabled, checks.Blocked},
		{"IP_NOT_ALLOWED contradicts", notAllowed(flexy.Sandbox), enabled, checks.Mismatch},
		{"IP_NOT_ALLOWED contradicts, tolerated", notAllowed(flexy.Production), tolerant, checks.Blocked},
		{"revoked key", rejected(flexy.CodeInvalid), revoked, checks.Passed},
		{"key that still works", accepted(nil), revoked, checks.Mismatch},
		{"disabled key is not revoked", off, revoked, checks.Mismatch},
		{"key that is still known", notAllowed(flexy.Production), revoked, checks.Mismatch},
		{"address blocked", flexy.Answer{Outcome: flexy.Blocked}, revoked, checks.Blocked},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			findings := checks.Run(checks.Input{Answer: tc.answer, Expect: tc.expect})
			if got := checks.Judge(tc.answer, tc.expect, findings); got != tc.want {
				t.Errorf("%s, want %s; findings %+v", got, tc.want, findings)
			}
		})
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	const proves = "the API refused the key for another reason"
	for _, tc := range []struct {
		name          string
		answer        flexy.Answer
		verdict       checks.Verdict
		message, hint string
		failed        string // the check that did
	}{
		{"pass", accepted(nil), checks.Passed, "", "", ""},
		{"mismatch", accepted(nil), checks.Mismatch, "", "", "type"},
		{"pass by revocation", rejected(flexy.CodeInvalid), checks.Passed, "", "", ""},
		{"mismatch without a key", notAllowed(flexy.Sandbox), checks.Mismatch, "", "", "type"},
		{"mismatch by rotation, without a key", notAllowed(flexy.Sandbox), checks.Mismatch,
			"this runner's address is not on the allowlist of this SANDBOX key (IP_NOT_ALLOWED): the key was not judged",
			"hosted runners change address: run this on a runner with an allowlisted address, or add the address in " + dashboard, "rotation"},
		{"mismatch by revocation, without a key", notAllowed(flexy.Sandbox), checks.Mismatch, "", "", "state"},
		{"no proof of revocation", rejected("OTHER"), checks.Unavailable,
			proves + " (OTHER), which does not prove revocation", "look at the key in " + dashboard + ", then run again", ""},
		{"no proof of revocation, code not shown", rejected(""), checks.Unavailable,
			proves + ", which does not prove revocation", "look at the key in " + dashboard + ", then run again", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			findings := []checks.Finding{{Check: "rotation", Status: checks.Pass}, {Check: tc.failed, Status: checks.Fail}}
			message, hint := checks.Explain(tc.answer, tc.verdict, findings)
			if diff := cmp.Diff([]string{tc.message, tc.hint}, []string{message, hint}); diff != "" {
				t.Errorf("explanation (-want +got):\n%s", diff)
			}
		})
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
