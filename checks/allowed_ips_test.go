package checks_test

import (
	"fmt"
	"strings"
	"testing"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
)

// known is an allowlist of addresses.
func known(texts ...string) flexy.Allowlist {
	return flexy.Allowlist{Known: true, Addrs: addrs(texts...)}
}

func exactly(texts ...string) checks.ExpectedIPs {
	return checks.ExpectedIPs{Mode: checks.ExactIPs, Addrs: addrs(texts...)}
}

// unreadable is the finding about an allowlist that holds something else.
func unreadable(id, expected string) checks.Finding {
	return checks.Finding{Check: id, Status: checks.Unknown, Expected: expected, Found: "(not readable)"}
}

var (
	restricted   = checks.ExpectedIPs{Mode: checks.RestrictedIPs}
	unrestricted = checks.ExpectedIPs{Mode: checks.UnrestrictedIPs}
)

func TestAllowedIPs(t *testing.T) {
	t.Parallel()
	const a, b, six = "203.0.113.45", "198.51.100.7", "2001:db8::1"
	for _, tc := range []struct {
		name  string
		want  checks.ExpectedIPs
		found flexy.Allowlist
		f     checks.Finding
	}{
		{"nothing asked", checks.ExpectedIPs{}, known(a, b), checks.Finding{Status: checks.Skip, Found: a + ", " + b}},
		{"nothing asked, empty", checks.ExpectedIPs{}, known(), checks.Finding{Status: checks.Skip, Found: "any address"}},
		{"nothing asked, unreadable", checks.ExpectedIPs{}, flexy.Allowlist{}, checks.Finding{Status: checks.Skip, Found: "(not readable)"}},
		{"restricted", restricted, known(a), checks.Finding{Status: checks.Pass, Expected: "restricted", Found: a}},
		{"not restricted", restricted, known(), checks.Finding{Status: checks.Fail, Expected: "restricted", Found: "any address"}},
		{"unrestricted", unrestricted, known(), checks.Finding{Status: checks.Pass, Expected: "unrestricted", Found: "any address"}},
		{"not unrestricted", unrestricted, known(a), checks.Finding{Status: checks.Fail, Expected: "unrestricted", Found: a}},
		{"exact, in another order and twice", exactly(a, b), known(b, a, b), checks.Finding{Status: checks.Pass, Expected: a + ", " + b, Found: b + ", " + a + ", " + b}},
		{"missing", exactly(a, b), known(b), checks.Finding{Status: checks.Fail, Expected: a + ", " + b, Found: b}},
		{"extra, named once", exactly(a), known(six, a, six), checks.Finding{Status: checks.Fail, Expected: a, Found: six + ", " + a + ", " + six}},
		{"missing and extra", exactly(a), known(b), checks.Finding{Status: checks.Fail, Expected: a, Found: b}},
		{"exact, but empty", exactly(six), known(), checks.Finding{Status: checks.Fail, Expected: six, Found: "any address"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.f.Check = "allowed-ips"
			answer := accepted(func(k *flexy.Key) { k.AllowedIPs = tc.found })
			expectFinding(t, checks.Input{Answer: answer, Expect: checks.Expectation{AllowedIPs: tc.want}}, tc.f)
		})
	}
}

func TestAllowedIPsNamesAnExtraOnce(t *testing.T) {
	t.Parallel()
	answer := accepted(func(k *flexy.Key) { k.AllowedIPs = known("::1", "::2", "::1") })
	f := run(t, "allowed-ips", checks.Input{Answer: answer, Expect: checks.Expectation{AllowedIPs: exactly("::3")}})
	if !strings.HasSuffix(f.Message, "; missing: ::3; extra: ::1, ::2") {
		t.Error(f.Message)
	}
}

func TestAllowedIPsNotCompared(t *testing.T) {
	t.Parallel()
	garbage := accepted(func(k *flexy.Key) { k.AllowedIPs = flexy.Allowlist{} })
	for expected, want := range map[string]checks.ExpectedIPs{"restricted": restricted, "unrestricted": unrestricted, "203.0.113.45": exactly("203.0.113.45")} {
		expectFinding(t, checks.Input{Answer: garbage, Expect: checks.Expectation{AllowedIPs: want}}, unreadable("allowed-ips", expected))
		expectNotJudged(t, "allowed-ips", checks.Expectation{AllowedIPs: want}, expected)
	}
	expectNotJudged(t, "allowed-ips", checks.Expectation{}, "")
}

// A long list is cut: a finding must fit into an annotation.
func TestLongAllowlist(t *testing.T) {
	t.Parallel()
	const ten = "192.0.2.0, 192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4, 192.0.2.5, 192.0.2.6, 192.0.2.7, 192.0.2.8, 192.0.2.9"
	for n, want := range map[int]string{10: ten, 11: ten + ", and 1 more", 300: ten + ", and 290 more"} {
		list := flexy.Allowlist{Known: true}
		for i := range n {
			list.Addrs = append(list.Addrs, addrs(fmt.Sprintf("192.0.%d.%d", 2+i/256, i%256))...)
		}
		answer := accepted(func(k *flexy.Key) { k.AllowedIPs = list })
		expectFinding(t, checks.Input{Answer: answer}, checks.Finding{Check: "allowed-ips", Status: checks.Skip, Found: want})
	}
}
