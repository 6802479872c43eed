package checks_test

import (
	"testing"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
)

var (
	nothing    checks.ExpectedType
	sandbox    = checks.ExpectedType{Want: flexy.Sandbox}
	tolerant   = checks.ExpectedType{Want: flexy.Sandbox, Tolerant: true}
	production = checks.ExpectedType{Want: flexy.Production}
)

func TestType(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		want  checks.ExpectedType
		found string
		f     checks.Finding
	}{
		{"nothing asked", nothing, "PRODUCTION", checks.Finding{Status: checks.Skip, Found: "PRODUCTION"}},
		{"nothing asked, sandbox", nothing, "SANDBOX", checks.Finding{Status: checks.Skip, Found: "SANDBOX"}},
		{"nothing asked, undocumented", nothing, "TEST", checks.Finding{Status: checks.Warn, Found: "TEST"}},
		{"nothing asked, not shown", nothing, "", checks.Finding{Status: checks.Warn, Found: "(not shown)"}},
		{"production", production, "PRODUCTION", checks.Finding{Status: checks.Pass, Expected: "PRODUCTION", Found: "PRODUCTION"}},
		{"sandbox in production", production, "SANDBOX", checks.Finding{Status: checks.Fail, Expected: "PRODUCTION", Found: "SANDBOX"}},
		{"undocumented in production", production, "TEST", checks.Finding{Status: checks.Fail, Expected: "PRODUCTION", Found: "TEST"}},
		{"sandbox", sandbox, "SANDBOX", checks.Finding{Status: checks.Pass, Expected: "SANDBOX", Found: "SANDBOX"}},
		{"production for sandbox", sandbox, "PRODUCTION", checks.Finding{Status: checks.Fail, Expected: "SANDBOX", Found: "PRODUCTION"}},
		{"not shown for sandbox", sandbox, "", checks.Finding{Status: checks.Fail, Expected: "SANDBOX", Found: "(not shown)"}},
		{"tolerant, sandbox", tolerant, "SANDBOX", checks.Finding{Status: checks.Pass, Expected: "SANDBOX", Found: "SANDBOX"}},
		{"tolerant, production", tolerant, "PRODUCTION", checks.Finding{Status: checks.Warn, Expected: "SANDBOX", Found: "PRODUCTION"}},
		{"tolerant, undocumented", tolerant, "TEST", checks.Finding{Status: checks.Fail, Expected: "SANDBOX", Found: "TEST"}},
		{"case counts", production, "production", checks.Finding{Status: checks.Fail, Expected: "PRODUCTION", Found: "production"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.f.Check = "type"
			answer := accepted(func(k *flexy.Key) { k.Type = tc.found })
			expectFinding(t, checks.Input{Answer: answer, Expect: checks.Expectation{Type: tc.want}}, tc.f)
		})
	}
	for _, want := range []checks.ExpectedType{nothing, sandbox, tolerant, production} {
		expectNotJudged(t, "type", checks.Expectation{Type: want}, want.Want)
	}
}

// What IP_NOT_ALLOWED says of the environment can prove a key wrong, never
// right.
func TestTypeOfNotAllowed(t *testing.T) {
	t.Parallel()
	skip := func(expected string) checks.Finding { return checks.Finding{Status: checks.Skip, Expected: expected} }
	for _, tc := range []struct {
		name string
		want checks.ExpectedType
		says string
		f    checks.Finding
	}{
		{"agrees", production, "PRODUCTION", skip("PRODUCTION")},
		{"sandbox agrees", sandbox, "SANDBOX", skip("SANDBOX")},
		{"tolerated", tolerant, "PRODUCTION", skip("SANDBOX")},
		{"nothing asked", nothing, "PRODUCTION", skip("")},
		{"says nothing", production, "", skip("PRODUCTION")},
		{"contradicts production", production, "SANDBOX", checks.Finding{Status: checks.Fail, Expected: "PRODUCTION", Found: "SANDBOX"}},
		{"contradicts sandbox", sandbox, "PRODUCTION", checks.Finding{Status: checks.Fail, Expected: "SANDBOX", Found: "PRODUCTION"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.f.Check = "type"
			expectFinding(t, checks.Input{Answer: notAllowed(tc.says), Expect: checks.Expectation{Type: tc.want}}, tc.f)
		})
	}
	// No other answer says anything of the environment.
	other := flexy.Answer{Outcome: flexy.Blocked, Environment: "SANDBOX"}
	expectFinding(t, checks.Input{Answer: other, Expect: checks.Expectation{Type: production}},
		checks.Finding{Check: "type", Status: checks.Skip, Expected: "PRODUCTION"})
}
