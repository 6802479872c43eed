package checks_test

import (
	"testing"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
)

func TestScope(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name        string
		want, found string
		f           checks.Finding
	}{
		{"nothing asked", "", "READ-WRITE", checks.Finding{Status: checks.Skip, Found: "READ-WRITE"}},
		{"nothing asked, read-only", "", "READ-ONLY", checks.Finding{Status: checks.Skip, Found: "READ-ONLY"}},
		{"nothing asked, undocumented", "", "ADMIN", checks.Finding{
			Status: checks.Warn, Found: "ADMIN", Hint: hintChanged,
			Message: "expected the key's scope to be READ-WRITE or READ-ONLY, as documented, found ADMIN"}},
		{"nothing asked, not shown", "", "", checks.Finding{
			Status: checks.Warn, Found: "(not shown)", Hint: hintChanged,
			Message: "expected the key's scope to be READ-WRITE or READ-ONLY, as documented, found (not shown)"}},
		{"exact", "READ-ONLY", "READ-ONLY", checks.Finding{
			Status: checks.Pass, Expected: "READ-ONLY", Found: "READ-ONLY",
			Message: "expected the key's scope to be READ-ONLY, found READ-ONLY"}},
		{"more power", "READ-ONLY", "READ-WRITE", checks.Finding{
			Status: checks.Fail, Expected: "READ-ONLY", Found: "READ-WRITE",
			Message: "expected the key's scope to be READ-ONLY, found READ-WRITE",
			Hint:    "put a READ-ONLY key into the secret, or change the scope that is expected"}},
		{"less power", "READ-WRITE", "READ-ONLY", checks.Finding{
			Status: checks.Fail, Expected: "READ-WRITE", Found: "READ-ONLY",
			Message: "expected the key's scope to be READ-WRITE, found READ-ONLY",
			Hint:    "put a READ-WRITE key into the secret, or change the scope that is expected"}},
		{"undocumented", "READ-WRITE", "ADMIN", checks.Finding{
			Status: checks.Fail, Expected: "READ-WRITE", Found: "ADMIN",
			Message: "expected the key's scope to be READ-WRITE, found ADMIN",
			Hint:    "put a READ-WRITE key into the secret, or change the scope that is expected"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.f.Check = "scope"
			answer := accepted(func(k *flexy.Key) { k.Scope = tc.found })
			expectFinding(t, checks.Input{Answer: answer, Expect: checks.Expectation{Scope: tc.want}}, tc.f)
		})
	}
	expectNotJudged(t, "scope", checks.Expectation{Scope: "READ-ONLY"}, "READ-ONLY")
	expectNotJudged(t, "scope", checks.Expectation{}, "")
}
