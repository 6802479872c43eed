package checks_test

import (
	"testing"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
)

func TestType(t *testing.T) {
	t.Parallel()
	const live, test = "PRODUCTION", "SANDBOX"
	var unset checks.ExpectedType
	sandbox, production := checks.ExpectedType{Want: test}, checks.ExpectedType{Want: live}
	tolerant := checks.ExpectedType{Want: test, Tolerant: true}
	input := func(want checks.ExpectedType, answer flexy.Answer) checks.Input {
		return checks.Input{Answer: answer, Expect: checks.Expectation{Type: want}}
	}
	typed := func(want checks.ExpectedType, found string) checks.Input {
		return input(want, accepted(func(k *flexy.Key) { k.Type = found }))
	}
	expectRows(t, "type", []row{
		{"not asserted", typed(unset, live), skip("", live)},
		{"not asserted, sandbox", typed(unset, test), skip("", test)},
		{"not asserted, undocumented", typed(unset, "TEST"), warn("", "TEST")},
		{"production", typed(production, live), pass(live, live)},
		{"sandbox in production", typed(production, test), fail(live, test)},
		{"undocumented in production", typed(production, "TEST"), fail(live, "TEST")},
		{"sandbox", typed(sandbox, test), pass(test, test)},
		{"production for sandbox", typed(sandbox, live), fail(test, live)},
		{"tolerant, sandbox", typed(tolerant, test), pass(test, test)},
		{"tolerant, production", typed(tolerant, live), warn(test, live)},
		{"tolerant, undocumented", typed(tolerant, "TEST"), fail(test, "TEST")},
		{"case counts", typed(production, "production"), fail(live, "production")},
		// The environment that IP_NOT_ALLOWED names can prove the key wrong, never right.
		{"not allowed, agrees", input(production, notAllowed(live)), skip(live, "")},
		{"not allowed, tolerated", input(tolerant, notAllowed(live)), skip(test, "")},
		{"not allowed, not asserted", input(unset, notAllowed(live)), skip("", "")},
		{"not allowed, no environment", input(production, notAllowed("")), skip(live, "")},
		{"not allowed, contradicts production", input(production, notAllowed(test)), fail(live, test)},
		{"not allowed, contradicts sandbox", input(sandbox, notAllowed(live)), fail(test, live)},
		{"blocked", input(production, flexy.Answer{Outcome: flexy.Blocked, Environment: test}), skip(live, "")},
	})
	for _, want := range []checks.ExpectedType{unset, sandbox, tolerant, production} {
		expectNotJudged(t, "type", checks.Expectation{Type: want}, want.Want)
	}
}
