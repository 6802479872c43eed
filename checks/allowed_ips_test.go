package checks_test

import (
	"fmt"
	"strings"
	"testing"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/test/testkit"
)

const notReadable = "(not readable)"

var (
	unreadableList flexy.Allowlist
	missingList    = flexy.Allowlist{Missing: true}
)

func allowlist(texts ...string) flexy.Allowlist {
	return flexy.Allowlist{Known: true, Addrs: testkit.Addrs(texts...)}
}

// allowing returns the answer for a key with an allowlist.
func allowing(list flexy.Allowlist) flexy.Answer {
	return accepted(func(k *flexy.Key) { k.AllowedIPs = list })
}

func TestAllowedIPs(t *testing.T) {
	t.Parallel()
	const a, b, six = "203.0.113.45", "198.51.100.7", "2001:db8::1"
	var anyIPs checks.ExpectedIPs
	restricted := checks.ExpectedIPs{Mode: checks.RestrictedIPs}
	unrestricted := checks.ExpectedIPs{Mode: checks.UnrestrictedIPs}
	exactly := func(texts ...string) checks.ExpectedIPs {
		return checks.ExpectedIPs{Mode: checks.ExactIPs, Addrs: testkit.Addrs(texts...)}
	}
	input := func(want checks.ExpectedIPs, found flexy.Allowlist) checks.Input {
		return checks.Input{Answer: allowing(found), Expect: checks.Expectation{AllowedIPs: want}}
	}
	expectRows(t, "allowed-ips", []row{
		{"not asserted", input(anyIPs, allowlist(a, b)), skip("", a+", "+b)},
		{"not asserted, empty", input(anyIPs, allowlist()), skip("", "any address")},
		{"not asserted, unreadable", input(anyIPs, unreadableList), skip("", notReadable)},
		{"restricted", input(restricted, allowlist(a)), pass("restricted", a)},
		{"not restricted", input(restricted, allowlist()), fail("restricted", "any address")},
		{"unrestricted", input(unrestricted, allowlist()), pass("unrestricted", "any address")},
		{"not unrestricted", input(unrestricted, allowlist(a)), fail("unrestricted", a)},
		{"exact, in another order and twice", input(exactly(a, b), allowlist(b, a, b)), pass(a+", "+b, b+", "+a+", "+b)},
		{"missing", input(exactly(a, b), allowlist(b)), fail(a+", "+b, b)},
		{"extra", input(exactly(a), allowlist(six, a)), fail(a, six+", "+a)},
		{"exact, but empty", input(exactly(six), allowlist()), fail(six, "any address")},
	})
	for expected, want := range map[string]checks.ExpectedIPs{"restricted": restricted, "unrestricted": unrestricted, a: exactly(a)} {
		expectFinding(t, "allowed-ips", input(want, unreadableList), unknown(expected, notReadable))
		expectFinding(t, "allowed-ips", input(want, missingList), unknown(expected, "(none in the answer)"))
		expectNotJudged(t, "allowed-ips", checks.Expectation{AllowedIPs: want}, expected)
	}
	expectNotJudged(t, "allowed-ips", checks.Expectation{}, "")

	if f := run(t, "allowed-ips", input(restricted, missingList)); !strings.HasSuffix(f.Message, "the API's answer has no allowlist") {
		t.Errorf("no allowlist: %s", f.Message)
	}
	f := run(t, "allowed-ips", input(exactly("::3"), allowlist("::1", "::2", "::1")))
	if !strings.HasSuffix(f.Message, "; missing: ::3; extra: ::1, ::2") {
		t.Errorf("each extra address must be named once: %s", f.Message)
	}
}

// A finding must fit into an annotation.
func TestLongAllowlistIsCut(t *testing.T) {
	t.Parallel()
	const ten = "192.0.2.0, 192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4, 192.0.2.5, 192.0.2.6, 192.0.2.7, 192.0.2.8, 192.0.2.9"
	for n, want := range map[int]string{10: ten, 11: ten + ", and 1 more", 300: ten + ", and 290 more"} {
		var texts []string
		for i := range n {
			texts = append(texts, fmt.Sprintf("192.0.%d.%d", 2+i/256, i%256))
		}
		expectFinding(t, "allowed-ips", checks.Input{Answer: allowing(allowlist(texts...))}, skip("", want))
	}
}
