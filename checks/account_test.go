package checks_test

import (
	"strings"
	"testing"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/secret"
)

// account returns an answer with an account, and the expectation of another.
func account(want, found string) checks.Input {
	answer := accepted(func(k *flexy.Key) { k.Username = secret.New(found) })
	return checks.Input{Answer: answer, Expect: checks.Expectation{Account: secret.New(want)}}
}

func TestAccount(t *testing.T) {
	t.Parallel()
	const shown, hidden = "ending in 39", "(not shown)"
	expectRows(t, "account", []row{
		{"same", account(username, username), pass(shown, shown)},
		{"different ending", account(username, "+213665983440"), fail(shown, "ending in 40")},
		{"different in the middle", account(username, "+213665000439"), fail(shown, "another one "+shown)},
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

// An Algerian number is the same in all its forms; anything else is compared as it is.
func TestAccountForms(t *testing.T) {
	t.Parallel()
	forms := []string{
		"+213665983439", "00213665983439", "213665983439", "0665983439", "665983439", "+213 665 98 34 39", "(+213) 665-98-34-39", "06.65.98.34.39", "0665 983 439", "\u202a+213665983439\u202c",
		"+213\u00a0665\u2009983\u200b439", "\ufeff0665983439", " 0665983439\n", "+213-665983439", "(0)665983439", "+ 213 665983439",
	}
	same := map[string][]string{
		username:       forms,
		"0665983439":   forms,
		"213665983":    {"+213213665983", "0213665983"}, // nine digits
		"+33612345678": {"+33612345678", " +33612345678 "},
		"shop-dz":      {"shop-dz", " shop-dz\t"},
	}
	other := map[string][]string{
		username: {
			"+2130665983439", "+0665983439", "+665983439", "+00213665983439", "++213665983439", "213+665983439", "065983439", "+213065983439", "000213665983439", "0213665983439", "66598343", "6659834399", "+213665983439x", "+213,665983439", "+213665983438",
			"٠٦٦٥٩٨٣٤٣٩", "shop665983439",
		},
		"+33612345678": {"33612345678", "0033612345678", "+33 612345678", "0612345678"},
		"shop-dz":      {"shopdz", "Shop-dz", "shop.dz"},
		"065983439":    {"+21365983439", "65983439"},
	}
	for pass, accounts := range map[bool]map[string][]string{true: same, false: other} {
		for name, texts := range accounts {
			for _, text := range texts {
				for _, in := range []checks.Input{account(text, name), account(name, text)} {
					if got := checks.Account.Run(in); (got.Status == checks.Pass) != pass {
						t.Errorf("%q and %q: %v", name, text, got.Status)
					}
				}
			}
		}
	}
}

// A message says how two accounts differ, and nothing more of them.
func TestAccountDifferences(t *testing.T) {
	t.Parallel()
	for said, in := range map[string]checks.Input{
		"an account of 13 characters with a country prefix, ending in 38, found one of 13 characters with a country prefix, ending in 39":                                                      account("0665983438", username),
		"of 13 characters with a country prefix, ending in 39; they differ in the middle":                                                                                                      account("0665000439", username),
		"an account of 11 characters without a country prefix, ending in 78, found one of 12 characters with a country prefix, ending in 78; they differ only in a leading + or leading zeros": account("33612345678", "+33612345678"),
		"an account of 8 characters without a country prefix, ending in 78, found one of 10 characters with a country prefix, ending in 78; they differ only in a leading + or leading zeros":  account("12345678", "0012345678"),
		"of 12 characters with a country prefix, ending in 78; they differ only in what stands between the digits":                                                                             account("+33 6 12-34 56.78", "+33612345678"),
	} {
		if got := checks.Account.Run(in); !strings.Contains(got.Message, said) || !strings.Contains(got.Hint, "in quotes") {
			t.Errorf("%q does not contain %q", got.Message, said)
		}
	}
}
