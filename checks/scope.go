package checks

import "flexy-key-check/checks/internal/flexy"

// Scope asserts that the key can do exactly what it needs to, and no more.
var Scope = Check{
	ID:  "scope",
	Doc: "The key has exactly the expected scope: more power than expected is also a mismatch.",
	Run: func(in Input) Finding {
		want := in.Expect.Scope
		if !in.judged() {
			return notJudged(want)
		}
		f := compareWord("scope", want, in.Answer.Key.Scope, flexy.ReadWrite, flexy.ReadOnly)
		if f.Status == Fail {
			f.Hint = "put a " + want + " key into the secret, or change the expected scope"
		}
		return f
	},
}
