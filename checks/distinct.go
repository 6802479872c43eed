package checks

import (
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/plain"
)

// Distinct asserts that no other entry in the policy file has the same key:
// a key that two services share cannot be rotated for only one of them.
var Distinct = Check{
	ID:      "distinct",
	Doc:     "No other entry in the policy file has the same key.",
	Revoked: true,
	Many:    true,
	Run: func(in Input) Finding {
		f := Finding{Status: Pass, Expected: "a key of its own", Found: "a key of its own"}
		f.Message = "expected a key of its own, found one"
		if len(in.SameKey) > 0 {
			f.Status = Fail
			f.Found = "the key of " + quoted(in.SameKey)
			f.Message = "expected a key of its own, found " + f.Found
			f.Hint = "use separate keys for separate services and environments: generate another one in " + flexy.Dashboard
		}
		return f
	},
}

// quoted lists up to maxListed names in quotes.
func quoted(names []string) string {
	marked := make([]string, len(names))
	for i, name := range names {
		marked[i] = `"` + name + `"`
	}
	return plain.List(marked, maxListed)
}
