package checks_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp/cmpopts"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/test/testkit"
)

const username = "+213665983439"

// accepted returns the answer for a good key, after a change to it.
func accepted(change func(*flexy.Key)) flexy.Answer {
	k := flexy.Key{
		Username: secret.New(username), Echo: secret.New("ea27b376-9f5c-4b09-883f-1b96cd7b541c"),
		Enabled: true, Type: flexy.Production, Scope: flexy.ReadWrite, AllowedIPs: flexy.Allowlist{Known: true},
	}
	if change != nil {
		change(&k)
	}
	return flexy.Answer{Outcome: flexy.Accepted, Status: 200, Key: k}
}

func rejected(code string) flexy.Answer {
	return flexy.Answer{Outcome: flexy.Rejected, Status: 401, Code: code}
}

func notAllowed(environment string) flexy.Answer {
	return flexy.Answer{Outcome: flexy.NotAllowed, Status: 403, Code: flexy.CodeNotAllowed, Environment: environment}
}

// switchedOff returns the answer for an account whose API access is off.
func switchedOff(status int) flexy.Answer {
	return flexy.Answer{Outcome: flexy.Disabled, Status: status, Code: flexy.CodeDisabled}
}

// unjudged returns an answer of each kind that describes no key.
func unjudged() []flexy.Answer {
	return []flexy.Answer{
		{}, rejected(flexy.CodeInvalid), notAllowed(""),
		{Outcome: flexy.Blocked, Status: 403, Code: flexy.CodeBlocked}, {Fault: flexy.FaultHeld},
	}
}

func finding(status checks.Status, expected, found string) checks.Finding {
	return checks.Finding{Status: status, Expected: expected, Found: found}
}

func unknown(expected, found string) checks.Finding { return finding(checks.Unknown, expected, found) }
func pass(expected, found string) checks.Finding    { return finding(checks.Pass, expected, found) }
func skip(expected, found string) checks.Finding    { return finding(checks.Skip, expected, found) }
func warn(expected, found string) checks.Finding    { return finding(checks.Warn, expected, found) }
func fail(expected, found string) checks.Finding    { return finding(checks.Fail, expected, found) }

// A row is one run and what a check must find in it.
type row struct {
	name string
	in   checks.Input
	want checks.Finding
}

func expectRows(t *testing.T, id string, rows []row) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			expectFinding(t, id, row.in, row.want)
		})
	}
}

// expectFinding runs all checks and compares the finding of one, except for its
// wording, which the golden files contain.
func expectFinding(t *testing.T, id string, in checks.Input, want checks.Finding) {
	t.Helper()
	want.Check = id
	testkit.Diff(t, want, run(t, id, in), cmpopts.IgnoreFields(want, "Notice"))
}

// expectNotJudged requires that a check skips every answer that describes no key.
func expectNotJudged(t *testing.T, id string, expect checks.Expectation, expected string) {
	t.Helper()
	for _, answer := range unjudged() {
		expectFinding(t, id, checks.Input{Answer: answer, Expect: expect}, skip(expected, ""))
	}
}

// run runs all checks and returns the finding of one.
func run(t *testing.T, id string, in checks.Input) checks.Finding {
	t.Helper()
	if in.Expect.State == "" {
		in.Expect.State = checks.StateEnabled
	}
	findings := checks.Run(in)
	for _, f := range findings {
		expectGoodText(t, in, f)
	}
	i := slices.IndexFunc(findings, func(f checks.Finding) bool { return f.Check == id })
	if i < 0 {
		t.Fatalf("no finding of %s among %v", id, findings)
	}
	return findings[i]
}

// expectGoodText requires lower case without a final full stop, no secret, and
// from a finding that neither passes nor skips what was expected, what was found
// and what to do.
func expectGoodText(t *testing.T, in checks.Input, f checks.Finding) {
	t.Helper()
	bad := f.Status != checks.Pass && f.Status != checks.Skip
	says := strings.HasPrefix(f.Message, "expected ") && strings.Contains(f.Message, "found ")
	if f.Check == checks.Rotation.ID && f.Status != checks.Unknown { // an expectation that holds can be a warning
		says = strings.Contains(f.Message, "rotate") && strings.Contains(f.Message, "(it is "+f.Found+", the limit is ")
	}
	if bad && (!says || f.Hint == "") {
		t.Errorf("incomplete: %+v", f)
	}
	for _, text := range []string{f.Message, f.Hint} {
		if strings.HasSuffix(text, ".") || text != "" && strings.ToLower(text[:1]) != text[:1] {
			t.Errorf("%s: %q", f.Check, text)
		}
		if secret.NewTraces(in.Answer.Key.Username, in.Answer.Key.Echo, in.Expect.Account).In(text) {
			t.Errorf("%s shows a secret: %q", f.Check, text)
		}
	}
}
