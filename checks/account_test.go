package checks_test

import (
	"testing"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/secret"
)

func TestAccount(t *testing.T) {
	t.Parallel()
	account := func(want, found string) checks.Input {
		answer := accepted(func(k *flexy.Key) { k.Username = secret.New(found) })
		return checks.Input{Answer: answer, Expect: checks.Expectation{Account: secret.New(want)}}
	}
	const shown, hidden = "ending in 39", "(not shown)"
	expectRows(t, "account", []row{
		{"same", account(username, username), pass(shown, shown)},
		{"spaces do not count", account("+213 66 598 34 39", "+213\u00a0665\t983\n439 "), pass(shown, shown)},
		{"different ending", account(username, "+213665983440"), fail(shown, "ending in 40")},
		{"different in the middle", account(username, "+213665000439"), fail(shown, shown+", but different")},
		{"no country prefix", account(username, "0665983439"), fail(shown, shown+", but different")},
		{"a dash is not a space", account(username, "+213-665983439"), fail(shown, shown+", but different")},
		{"six digits", account(username, "+4 41234"), fail(shown, "ending in 34")},
		{"five digits", account(username, "+41234"), fail(shown, hidden)},
		{"no name at all", account(username, ""), fail(shown, "")},
		{"short on both sides", account("12345", "12345"), pass(hidden, hidden)},
		{"not asserted", account("", username), skip("", shown)},
		{"not asserted, five digits", account("", "a1b2c3d4e5"), skip("", hidden)},
	})
	expectNotJudged(t, "account", checks.Expectation{Account: secret.New(username)}, shown)
	expectNotJudged(t, "account", checks.Expectation{}, "")
}
