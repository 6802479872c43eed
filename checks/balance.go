package checks

import "flexy-key-check/checks/internal/flexy"

// Balance asserts that the key's account has enough money. The amount is
// private: a report shows only whether it is enough.
var Balance = Check{
	ID:  "balance",
	Doc: "The key's account holds at least `min-balance`; the amount is never shown.",
	Run: func(in Input) Finding {
		least := in.Expect.MinBalance
		if least == "" {
			return Finding{Status: Skip}
		}
		least += " DZD"
		expected := "at least " + least
		if !in.judged() {
			return notJudged(expected)
		}
		f := Finding{Status: Pass, Expected: expected, Found: expected}
		f.Message = "expected the account to hold " + expected + ", found "
		switch {
		case in.Balance.Outcome != flexy.Accepted:
			why := in.Balance.ExplainBalance()
			f.Status, f.Found, f.Hint = Unknown, "(not readable)", why.Hint
			f.Message += "no balance: " + why.Message
			return f
		case !in.Balance.Amount.AtLeast(in.Expect.MinBalance):
			f.Status, f.Found = Fail, "less than "+least
			f.Hint = "top up the account, because a sale without money fails (NO_BALANCE)"
		}
		f.Message += f.Found
		return f
	},
}
