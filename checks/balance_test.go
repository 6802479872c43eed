package checks_test

import (
	"testing"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
)

func TestBalance(t *testing.T) {
	t.Parallel()
	const enough = "at least 5000 DZD"
	input := func(balance flexy.Answer) checks.Input {
		return checks.Input{Answer: accepted(nil), Balance: balance, Expect: checks.Expectation{MinBalance: "5000"}}
	}
	answered := func(amount string) checks.Input {
		return input(flexy.ClassifyBalance(flexy.Response{Status: 200, Body: []byte(`{"success":true,"data":{"balance":` + amount + `}}`)}))
	}
	expectRows(t, "balance", []row{
		{"equal", answered("5000"), pass(enough, enough)},
		{"less", answered("4999.99"), fail(enough, "less than 5000 DZD")},
		{"not a number", answered("null"), unknown(enough, notReadable)},
		{"never requested", input(flexy.Answer{}), unknown(enough, notReadable)},
		{"rejected", input(flexy.Answer{Outcome: flexy.Rejected}), unknown(enough, notReadable)},
		{"not asserted", checks.Input{Answer: accepted(nil), Balance: answered("0").Balance}, skip("", "")},
	})
	expectNotJudged(t, "balance", checks.Expectation{MinBalance: "1499.50"}, "at least 1499.50 DZD")
	expectNotJudged(t, "balance", checks.Expectation{}, "")
}
