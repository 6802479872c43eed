package checks_test

import (
	"testing"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/test/testkit"
)

func TestMustAllowIPs(t *testing.T) {
	t.Parallel()
	const a, b, c = "203.0.113.45", "198.51.100.7", "2001:db8::1"
	input := func(found flexy.Allowlist, want ...string) checks.Input {
		return checks.Input{Answer: allowing(found), Expect: checks.Expectation{MustAllowIPs: testkit.Addrs(want...)}}
	}
	expectRows(t, "must-allow-ips", []row{
		{"not asserted, unreadable", input(unreadableList), skip("", "")},
		{"on the list", input(allowlist(b, a), a), pass(a, b+", "+a)},
		{"empty list", input(allowlist(), a, c), pass(a+", "+c, "any address")},
		{"one missing", input(allowlist(b), a, b), fail(a+", "+b, b)},
		{"missing", input(missingList, a), unknown(a, "(none in the answer)")},
		{"unreadable", input(unreadableList, a), unknown(a, notReadable)},
	})
	expectNotJudged(t, "must-allow-ips", checks.Expectation{MustAllowIPs: testkit.Addrs(a, c)}, a+", "+c)
	expectNotJudged(t, "must-allow-ips", checks.Expectation{}, "")
}
