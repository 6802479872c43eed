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
		{"nothing asked, undocumented", "", "ADMIN", checks.Finding{Status: checks.Warn, Found: "ADMIN"}},
		{"nothing asked, not shown", "", "", checks.Finding{Status: checks.Warn, Found: "(not shown)"}},
		{"exact", "READ-ONLY", "READ-ONLY", checks.Finding{Status: checks.Pass, Expected: "READ-ONLY", Found: "READ-ONLY"}},
		{"more power", "READ-ONLY", "READ-WRITE", checks.Finding{Status: checks.Fail, Expected: "READ-ONLY", Found: "READ-WRITE"}},
		{"less power", "READ-WRITE", "READ-ONLY", checks.Finding{Status: checks.Fail, Expected: "READ-WRITE", Found: "READ-ONLY"}},
		{"undocumented", "READ-WRITE", "ADMIN", checks.Finding{Status: checks.Fail, Expected: "READ-WRITE", Found: "ADMIN"}},
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
