package checks_test

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp/cmpopts"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/testkit"
)

// username is the account of every key here.
const username = "+213665983439"

// key is what the API tells of a good key.
func key() flexy.Key {
	return flexy.Key{
		Username:   secret.New(username),
		Echo:       secret.New("ea27b376-9f5c-4b09-883f-1b96cd7b541c"),
		Enabled:    true,
		Type:       flexy.Production,
		Scope:      flexy.ReadWrite,
		AllowedIPs: flexy.Allowlist{Known: true},
	}
}

// accepted is the answer about a good key with a change.
func accepted(change func(*flexy.Key)) flexy.Answer {
	k := key()
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

// unjudged is every answer that brings no key and says nothing of its type.
func unjudged() []flexy.Answer {
	return []flexy.Answer{
		{}, rejected(flexy.CodeInvalid), notAllowed(""),
		{Outcome: flexy.Blocked, Status: 403, Code: flexy.CodeBlocked}, {Fault: flexy.FaultHeld},
	}
}

func addrs(texts ...string) []netip.Addr {
	var out []netip.Addr
	for _, text := range texts {
		out = append(out, netip.MustParseAddr(text))
	}
	return out
}

// run runs all checks and returns the finding of one.
func run(t *testing.T, id string, in checks.Input) checks.Finding {
	t.Helper()
	if in.Expect.State == "" {
		in.Expect.State = checks.StateEnabled
	}
	findings := checks.Run(in)
	i := slices.IndexFunc(findings, func(f checks.Finding) bool { return f.Check == id })
	if i < 0 {
		t.Fatalf("no finding of %s among %v", id, findings)
	}
	return findings[i]
}

// expectFinding runs all checks and compares the finding of want.Check but for
// its words, which the golden files list.
func expectFinding(t *testing.T, in checks.Input, want checks.Finding) {
	t.Helper()
	testkit.Diff(t, want, run(t, want.Check, in), cmpopts.IgnoreFields(want, "Message", "Hint"))
}

// expectNotJudged holds a check to looking at nothing where there is no key.
func expectNotJudged(t *testing.T, id string, expect checks.Expectation, expected string) {
	t.Helper()
	for _, answer := range unjudged() {
		expectFinding(t, checks.Input{Answer: answer, Expect: expect},
			checks.Finding{Check: id, Status: checks.Skip, Expected: expected})
	}
}
