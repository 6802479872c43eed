package checks_test

import (
	"testing"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/secret"
)

func TestAccount(t *testing.T) {
	t.Parallel()
	const (
		hint  = "put a key of the right account into the secret, or write the expected account as the API does, country prefix included"
		whole = "expected the key of an account of 13 characters with a country prefix, ending in 39, found one "
	)
	fail := func(found, message string) checks.Finding {
		return checks.Finding{Status: checks.Fail, Expected: "ending in 39", Found: found, Message: whole + message, Hint: hint}
	}
	pass := checks.Finding{
		Status: checks.Pass, Expected: "ending in 39", Found: "ending in 39",
		Message: whole + "of 13 characters with a country prefix, ending in 39"}
	for _, tc := range []struct {
		name, want, found string
		f                 checks.Finding
	}{
		{"same", username, username, pass},
		{"spaces do not count", "+213 66 598 34 39", username, pass},
		{"nor do those of the API", username, "+213\u00a0665\t983\n439 ", pass},
		{"other ending", username, "+213665983440",
			fail("ending in 40", "of 13 characters with a country prefix, ending in 40")},
		{"other in between", username, "+213665000439",
			fail("ending in 39, but different", "of 13 characters with a country prefix, ending in 39, they differ in the middle")},
		{"no country prefix", username, "0665983439",
			fail("ending in 39, but different", "of 10 characters without a country prefix, ending in 39")},
		{"country prefix by zeroes", username, "00213665983439",
			fail("ending in 39, but different", "of 14 characters with a country prefix, ending in 39")},
		{"a dash is not a space", username, "+213-665983439",
			fail("ending in 39, but different", "of 14 characters with a country prefix, ending in 39")},
		{"too short to show", username, "+4 41234",
			checks.Finding{Status: checks.Fail, Expected: "ending in 39", Found: "ending in 34", Hint: hint,
				Message: whole + "of 7 characters with a country prefix, ending in 34"}},
		{"five digits", username, "+41234", fail("(not shown)", "of 6 characters with a country prefix")},
		{"no digits", username, "été-compte", fail("(not shown)", "of 10 characters without a country prefix")},
		{"no name at all", username, "", fail("", "of 0 characters without a country prefix")},
		{"short on both sides", "12345", "12345", checks.Finding{
			Status: checks.Pass, Expected: "(not shown)", Found: "(not shown)",
			Message: "expected the key of an account of 5 characters without a country prefix, found one of 5 characters without a country prefix"}},
		{"nothing asked", "", username, checks.Finding{Status: checks.Skip, Found: "ending in 39"}},
		{"nothing asked, six digits", "", "123456", checks.Finding{Status: checks.Skip, Found: "ending in 56"}},
		{"nothing asked, five digits", "", "a1b2c3d4e5", checks.Finding{Status: checks.Skip, Found: "(not shown)"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.f.Check = "account"
			answer := accepted(func(k *flexy.Key) { k.Username = secret.New(tc.found) })
			expectFinding(t, checks.Input{Answer: answer, Expect: checks.Expectation{Account: secret.New(tc.want)}}, tc.f)
		})
	}
	expectNotJudged(t, "account", checks.Expectation{Account: secret.New(username)}, "ending in 39")
	expectNotJudged(t, "account", checks.Expectation{}, "")
}
