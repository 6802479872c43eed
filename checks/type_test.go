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

const (
	hintTolerant   = "use a SANDBOX key outside production, or expect the type PRODUCTION to silence this"
	hintSandbox    = "put a SANDBOX key into the secret"
	hintProduction = "put a PRODUCTION key into the secret"
	hintSimulated  = hintProduction + ": sales made with a SANDBOX key are only simulated"
	hintChanged    = "look at the key in " + dashboard + ": the API may have changed"
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
		{"nothing asked, undocumented", nothing, "TEST", checks.Finding{
			Status: checks.Warn, Found: "TEST", Hint: hintChanged,
			Message: "expected the key's type to be SANDBOX or PRODUCTION, as documented, found TEST"}},
		{"nothing asked, not shown", nothing, "", checks.Finding{
			Status: checks.Warn, Found: "(not shown)", Hint: hintChanged,
			Message: "expected the key's type to be SANDBOX or PRODUCTION, as documented, found (not shown)"}},
		{"production", production, "PRODUCTION", checks.Finding{
			Status: checks.Pass, Expected: "PRODUCTION", Found: "PRODUCTION",
			Message: "expected the key's type to be PRODUCTION, found PRODUCTION"}},
		{"sandbox in production", production, "SANDBOX", checks.Finding{
			Status: checks.Fail, Expected: "PRODUCTION", Found: "SANDBOX", Hint: hintSimulated,
			Message: "expected the key's type to be PRODUCTION, found SANDBOX"}},
		{"undocumented in production", production, "TEST", checks.Finding{
			Status: checks.Fail, Expected: "PRODUCTION", Found: "TEST", Hint: hintProduction,
			Message: "expected the key's type to be PRODUCTION, found TEST"}},
		{"sandbox", sandbox, "SANDBOX", checks.Finding{
			Status: checks.Pass, Expected: "SANDBOX", Found: "SANDBOX",
			Message: "expected the key's type to be SANDBOX, found SANDBOX"}},
		{"production for sandbox", sandbox, "PRODUCTION", checks.Finding{
			Status: checks.Fail, Expected: "SANDBOX", Found: "PRODUCTION", Hint: hintSandbox,
			Message: "expected the key's type to be SANDBOX, found PRODUCTION"}},
		{"not shown for sandbox", sandbox, "", checks.Finding{
			Status: checks.Fail, Expected: "SANDBOX", Found: "(not shown)", Hint: hintSandbox,
			Message: "expected the key's type to be SANDBOX, found (not shown)"}},
		{"tolerant, sandbox", tolerant, "SANDBOX", checks.Finding{
			Status: checks.Pass, Expected: "SANDBOX", Found: "SANDBOX",
			Message: "expected the key's type to be SANDBOX, found SANDBOX"}},
		{"tolerant, production", tolerant, "PRODUCTION", checks.Finding{
			Status: checks.Warn, Expected: "SANDBOX", Found: "PRODUCTION", Hint: hintTolerant,
			Message: "expected the key's type to be SANDBOX, found PRODUCTION"}},
		{"tolerant, undocumented", tolerant, "TEST", checks.Finding{
			Status: checks.Fail, Expected: "SANDBOX", Found: "TEST", Hint: hintSandbox,
			Message: "expected the key's type to be SANDBOX, found TEST"}},
		{"case counts", production, "production", checks.Finding{
			Status: checks.Fail, Expected: "PRODUCTION", Found: "production", Hint: hintProduction,
			Message: "expected the key's type to be PRODUCTION, found production"}},
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
	const says = ", as the API says while it refuses this runner's address (IP_NOT_ALLOWED)"
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
		{"contradicts production", production, "SANDBOX", checks.Finding{
			Status: checks.Fail, Expected: "PRODUCTION", Found: "SANDBOX", Hint: hintSimulated,
			Message: "expected the key's type to be PRODUCTION, found SANDBOX" + says}},
		{"contradicts sandbox", sandbox, "PRODUCTION", checks.Finding{
			Status: checks.Fail, Expected: "SANDBOX", Found: "PRODUCTION", Hint: hintSandbox,
			Message: "expected the key's type to be SANDBOX, found PRODUCTION" + says}},
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
