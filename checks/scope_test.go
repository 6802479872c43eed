package checks_test

import (
	"testing"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
)

func TestScope(t *testing.T) {
	t.Parallel()
	const all, read = "READ-WRITE", "READ-ONLY"
	scope := func(want, found string) checks.Input {
		return checks.Input{Answer: accepted(func(k *flexy.Key) { k.Scope = found }), Expect: checks.Expectation{Scope: want}}
	}
	expectRows(t, "scope", []row{
		{"not asserted", scope("", all), skip("", all)},
		{"not asserted, read-only", scope("", read), skip("", read)},
		{"not asserted, undocumented", scope("", "ADMIN"), warn("", "ADMIN")},
		{"not asserted, not shown", scope("", ""), warn("", "(not shown)")},
		{"exact", scope(read, read), pass(read, read)},
		{"more power", scope(read, all), fail(read, all)},
		{"less power", scope(all, read), fail(all, read)},
		{"undocumented", scope(all, "ADMIN"), fail(all, "ADMIN")},
		{"not shown", scope(all, ""), fail(all, "(not shown)")},
	})
	expectNotJudged(t, "scope", checks.Expectation{Scope: read}, read)
	expectNotJudged(t, "scope", checks.Expectation{}, "")
}
