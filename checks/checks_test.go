package checks_test

import (
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/test/testkit"
)

// specified lists the checks in the contract's order; the last is for several
// keys only.
var specified = testkit.Names("checks")

func TestRegistry(t *testing.T) {
	t.Parallel()
	kebab := regexp.MustCompile(`\A[a-z]+(-[a-z]+)*\z`)
	sentence := regexp.MustCompile(`\A[A-Z][^\n]*[^.]\.\z`)
	var ids []string
	for _, c := range checks.All {
		ids = append(ids, c.ID)
		if !kebab.MatchString(c.ID) || c.Run == nil {
			t.Errorf("id %q is not in kebab case, or Run is nil", c.ID)
		}
		if !sentence.MatchString(c.Doc) || strings.Contains(c.Doc, ". ") {
			t.Errorf("doc of %s is not one sentence: %q", c.ID, c.Doc)
		}
	}
	testkit.Diff(t, specified, ids)
	testkit.Diff(t, specified, checks.IDs())
}

func TestStatus(t *testing.T) {
	t.Parallel()
	names := []string{"unknown", "pass", "skip", "warn", "fail"} // in the order of the constants
	for s := checks.Unknown; s <= checks.Fail; s++ {
		if s.String() != names[s] || s.Failed() != (names[s] == "fail" || names[s] == "unknown") {
			t.Errorf("status %d is %s, failed %v", s, s, s.Failed())
		}
	}
}

// A value that was never filled in must not look like a pass.
func TestZeroValuesFailClosed(t *testing.T) {
	t.Parallel()
	var verdict checks.Verdict
	if verdict.ExitCode() == checks.ExitPass {
		t.Errorf("the zero Verdict is %s, which exits with 0", verdict)
	}
	if !checks.AnyFailed([]checks.Finding{{}}) {
		t.Error("the zero Finding does not fail")
	}
	if got := checks.Judge(checks.Input{}, nil); got != checks.Unavailable {
		t.Errorf("the zero Answer is judged %s, want unavailable", got)
	}
	findings := checks.Run(checks.Input{Answer: accepted(nil)})
	if got := checks.Judge(checks.Input{Answer: accepted(nil)}, findings); got != checks.Mismatch {
		t.Errorf("the zero Expectation is judged %s, want mismatch", got)
	}
}

// everything returns an expectation that makes every check fail.
func everything() checks.Expectation {
	return checks.Expectation{
		State:        checks.StateDisabled,
		Type:         checks.ExpectedType{Want: flexy.Sandbox},
		Scope:        flexy.ReadOnly,
		Account:      secret.New("+213555000111"),
		AllowedIPs:   checks.ExpectedIPs{Mode: checks.ExactIPs, Addrs: testkit.Addrs("203.0.113.45")},
		MustAllowIPs: testkit.Addrs("203.0.113.45"),
		Fingerprint:  "0123456789ab",
		MinBalance:   "5000",
		Rotated:      checks.RotationDate{Asked: true, Notice: mistake.Say("no date", "")},
		MaxAgeDays:   90,
		RemindDays:   14,
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	answer, unreadable := allowing(allowlist("198.51.100.7")), allowing(unreadableList)
	type statuses map[string]checks.Status
	for _, tc := range []struct {
		name   string
		answer flexy.Answer
		change func(*checks.Expectation)
		most   checks.Status // the status of all checks
		except statuses
	}{
		{"all fail", answer, nil, checks.Fail, statuses{"balance": checks.Unknown, "rotation": checks.Unknown}},
		{"failures and unknowns softened", unreadable, func(e *checks.Expectation) { e.WarnOn = []string{"scope", "rotation", "allowed-ips", "balance"} }, checks.Fail,
			statuses{"scope": checks.Warn, "allowed-ips": checks.Warn, "must-allow-ips": checks.Unknown, "balance": checks.Warn, "rotation": checks.Warn}},
		{"no key", flexy.Answer{}, nil, checks.Skip, statuses{"fingerprint": checks.Fail, "rotation": checks.Unknown}},
		{"revoked", answer, func(e *checks.Expectation) { e.State = checks.StateRevoked }, checks.Skip, statuses{"fingerprint": checks.Fail, "state": checks.Fail}},
		{"nothing asserted", answer, func(e *checks.Expectation) { *e = checks.Expectation{State: checks.StateEnabled} }, checks.Skip, statuses{"state": checks.Pass}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			expect := everything()
			if tc.change != nil {
				tc.change(&expect)
			}
			in := checks.Input{Answer: tc.answer, Expect: expect, Fingerprint: another, Today: time.Now()}
			one := checks.Run(in)
			in.Many = true
			many := checks.Run(in)
			testkit.Diff(t, one, many[:len(many)-1])
			want, got, order := statuses{}, statuses{}, []string(nil)
			for i, f := range many {
				want[specified[i]], got[f.Check] = tc.most, f.Status
				order = append(order, f.Check)
			}
			maps.Copy(want, tc.except)
			want["distinct"] = checks.Pass
			testkit.Diff(t, want, got)
			testkit.Diff(t, specified, order)
		})
	}
}

// Softening changes only failures, and only their status.
func TestSoftening(t *testing.T) {
	t.Parallel()
	for _, expect := range []checks.Expectation{everything(), {State: checks.StateEnabled}} {
		in := checks.Input{Answer: accepted(nil), Expect: expect, Many: true, SameKey: []string{"other"}}
		hard := checks.Run(in)
		in.Expect.WarnOn = checks.IDs()
		for i, soft := range checks.Run(in) {
			want := hard[i]
			if want.Status.Failed() {
				want.Status = checks.Warn
			}
			testkit.Diff(t, want, soft)
		}
	}
}
