package checks_test

import (
	"testing"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
)

func TestMustAllowIPs(t *testing.T) {
	t.Parallel()
	const a, b, c = "203.0.113.45", "198.51.100.7", "2001:db8::1"
	for _, tc := range []struct {
		name  string
		want  []string
		found flexy.Allowlist
		f     checks.Finding
	}{
		{"nothing asked", nil, known(a), checks.Finding{Status: checks.Skip}},
		{"nothing asked, unreadable", nil, flexy.Allowlist{}, checks.Finding{Status: checks.Skip}},
		{"on the list", []string{a}, known(b, a), checks.Finding{Status: checks.Pass, Expected: a, Found: b + ", " + a}},
		{"empty list", []string{a, c}, known(), checks.Finding{Status: checks.Pass, Expected: a + ", " + c, Found: "any address"}},
		{"one missing", []string{a, b}, known(b), checks.Finding{Status: checks.Fail, Expected: a + ", " + b, Found: b}},
		{"all missing", []string{a, b}, known(c), checks.Finding{Status: checks.Fail, Expected: a + ", " + b, Found: c}},
		{"unreadable", []string{a}, flexy.Allowlist{}, unreadable("must-allow-ips", a)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.f.Check = "must-allow-ips"
			answer := accepted(func(k *flexy.Key) { k.AllowedIPs = tc.found })
			expectFinding(t, checks.Input{Answer: answer, Expect: checks.Expectation{MustAllowIPs: addrs(tc.want...)}}, tc.f)
		})
	}
	expectNotJudged(t, "must-allow-ips", checks.Expectation{MustAllowIPs: addrs(a, c)}, a+", "+c)
	expectNotJudged(t, "must-allow-ips", checks.Expectation{}, "")
}
