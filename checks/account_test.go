package checks_test

import (
	"testing"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/secret"
)

func TestAccount(t *testing.T) {
	t.Parallel()
	finding := func(status checks.Status, found string) checks.Finding {
		return checks.Finding{Status: status, Expected: "ending in 39", Found: found}
	}
	pass, fail := finding(checks.Pass, "ending in 39"), finding(checks.Fail, "ending in 39, but different")
	for _, tc := range []struct {
		name, want, found string
		f                 checks.Finding
	}{
		{"same", username, username, pass},
		{"spaces do not count", "+213 66 598 34 39", username, pass},
		{"nor do those of the API", username, "+213\u00a0665\t983\n439 ", pass},
		{"other ending", username, "+213665983440", finding(checks.Fail, "ending in 40")},
		{"other in between", username, "+213665000439", fail},
		{"no country prefix", username, "0665983439", fail},
		{"country prefix by zeroes", username, "00213665983439", fail},
		{"a dash is not a space", username, "+213-665983439", fail},
		{"too short to show", username, "+4 41234", checks.Finding{Status: checks.Fail, Expected: "ending in 39", Found: "ending in 34"}},
		{"five digits", username, "+41234", finding(checks.Fail, "(not shown)")},
		{"no digits", username, "été-compte", finding(checks.Fail, "(not shown)")},
		{"no name at all", username, "", finding(checks.Fail, "")},
		{"short on both sides", "12345", "12345", checks.Finding{Status: checks.Pass, Expected: "(not shown)", Found: "(not shown)"}},
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
