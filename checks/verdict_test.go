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
		{"switched off", switchedOff(403), every, checks.Unavailable, checks.Mismatch},
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
				if got := checks.Judge(checks.Input{Answer: tc.answer, Expect: checks.Expectation{State: state}}, findings); got != want {
					t.Errorf("%s: %q, %v: %s, want %s", tc.name, state, findings, got, want)
				}
			}
		}
	}
	for _, findings := range slices.Concat(good, bad) { // without a key as with a good one
		if got, want := checks.JudgeRotation(findings), checks.Judge(checks.Input{Answer: accepted(nil)}, findings); got != want {
			t.Errorf("rotation: %v: %s, want %s", findings, got, want)
		}
	}
}

// A balance that could not be had is no failure of the key, if nothing else is wrong
// and the reason says nothing about the key.
func TestJudgeBalance(t *testing.T) {
	t.Parallel()
	fault := func(f flexy.Fault) flexy.Answer { return flexy.Answer{Fault: f} }
	down := []flexy.Answer{
		fault(flexy.FaultTimeout), fault(flexy.FaultTruncated), fault(flexy.FaultConnect), fault(flexy.FaultTLS), fault(flexy.FaultProxy), fault(flexy.FaultOutOfTime),
		fault(flexy.FaultRateLimited), fault(flexy.FaultServer), fault(flexy.FaultOrigin), fault(flexy.FaultRetryAfter),
	}
	aborted := []flexy.Answer{fault(flexy.FaultInterrupted), {}}
	held := []flexy.Answer{fault(flexy.FaultHeld)}
	others := []flexy.Answer{
		fault(flexy.FaultShape), fault(flexy.FaultRefused), fault(flexy.FaultCDN), fault(flexy.FaultFirewall), fault(flexy.FaultRedirect), fault(flexy.FaultMalformed),
		fault(flexy.FaultHeaderLost), rejected(flexy.CodeInvalid), {Outcome: flexy.Blocked}, notAllowed(""), switchedOff(403),
	}
	for _, tc := range []struct {
		name     string
		balances []flexy.Answer
		other    checks.Status // of another check
		warnOn   string
		want     checks.Verdict
		mayPass  bool
	}{
		{"down", down, checks.Warn, "rotation", checks.Unavailable, true},
		{"down, another failure", down, checks.Fail, "rotation", checks.Mismatch, true},
		{"down, another unknown", down, checks.Unknown, "rotation", checks.Mismatch, true},
		{"down, only a warning", down, checks.Pass, "balance", checks.Passed, true},
		{"aborted", aborted, checks.Pass, "rotation", checks.Unavailable, false},
		{"held", held, checks.Pass, "rotation", checks.Unavailable, false},
		{"held, which no warning softens", held, checks.Pass, "balance", checks.Unavailable, false},
		{"held, another failure", held, checks.Fail, "rotation", checks.Mismatch, false},
		{"another answer", others, checks.Pass, "rotation", checks.Mismatch, false},
		{"another answer, only a warning", others, checks.Pass, "balance", checks.Passed, false},
	} {
		for _, balance := range tc.balances {
			in := checks.Input{Answer: accepted(nil), Balance: balance, Expect: checks.Expectation{State: checks.StateEnabled, MinBalance: "5000", WarnOn: []string{tc.warnOn}}}
			findings := append(checks.Run(in), checks.Finding{Check: "type", Status: tc.other})
			if got := checks.Judge(in, findings); got != tc.want || in.MayPass() != tc.mayPass {
				t.Errorf("%s: %+v: %s, may pass %t", tc.name, balance, got, in.MayPass())
			}
		}
	}
	notAsked := checks.Input{Answer: accepted(nil), Balance: fault(flexy.FaultHeld), Expect: checks.Expectation{State: checks.StateEnabled}}
	testkit.Diff(t, checks.Passed, checks.Judge(notAsked, checks.Run(notAsked)))
	testkit.Diff(t, true, checks.Input{Answer: flexy.Answer{Outcome: flexy.Blocked}, Balance: fault(flexy.FaultHeld)}.MayPass())
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
		{"switched off, only a warning", switchedOff(403), checks.Unavailable, "", "the account's API access is switched off (API_DISABLED)"},
		{"mismatch, switched off", switchedOff(403), checks.Mismatch, "state", ""},
	} {
		findings := []checks.Finding{{Check: "rotation", Status: checks.Pass}, {Check: tc.failed, Status: checks.Fail}}
		got := checks.Explain(tc.answer, tc.verdict, findings)
		if !strings.HasPrefix(got.Message, tc.message) || (got.Message == "") != (tc.message == "") || (got.Hint == "") != (tc.message == "") {
			t.Errorf("%s: %+v; want %q", tc.name, got, tc.message)
		}
	}
	// Where no key was judged, the answer itself is the explanation.
	for _, answer := range unjudged() {
		verdict := checks.Judge(checks.Input{Answer: answer, Expect: checks.Expectation{State: checks.StateEnabled}}, nil)
		testkit.Diff(t, answer.Explain(), checks.Explain(answer, verdict, nil))
	}
}

// Whatever a 401 says, and whatever is expected, somebody who reads what failed is told
// what another attempt may cost.
func TestAny401Warns(t *testing.T) {
	t.Parallel()
	two := 2
	for _, answer := range []flexy.Answer{
		rejected(flexy.CodeInvalid), rejected("OTHER"), rejected(""), switchedOff(401), notAllowed(flexy.Sandbox), {Fault: flexy.FaultUnauthorized},
	} {
		for _, state := range []checks.KeyState{checks.StateEnabled, checks.StateDisabled, checks.StateRevoked} {
			for _, left := range []*int{nil, &two} {
				answer.Status, answer.AttemptsLeft = 401, left
				in := checks.Input{Answer: answer, Expect: checks.Expectation{State: state, Type: checks.ExpectedType{Want: flexy.Production}}}
				findings := checks.Run(in)
				hints := checks.Explain(answer, checks.Judge(in, findings), findings).Hint
				for _, f := range findings {
					hints += f.Hint
				}
				if strings.Contains(hints, "do not re-run this for 15 minutes") != (left == nil) {
					t.Errorf("%+v, %s: %q", answer, state, hints)
				}
			}
		}
	}
}
