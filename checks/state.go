package checks

import (
	"strings"

	"flexy-key-check/checks/internal/flexy"
)

// State asserts that the key is enabled, disabled or revoked.
var State = Check{
	ID:      "state",
	Doc:     "The key is enabled; or disabled, or rejected by the API as revoked, if `expect-state` says so.",
	Revoked: true,
	Run: func(in Input) Finding {
		want := in.Expect.State
		if want == StateRevoked {
			return revoked(in)
		}
		if !in.judged() {
			return notJudged(string(want))
		}
		f := Finding{Expected: string(want), Found: string(StateDisabled)}
		if in.Answer.Key.Enabled {
			f.Found = string(StateEnabled)
		}
		f.Message = "expected the key to be " + f.Expected + ", found it " + f.Found
		f.Status = Pass
		if f.Found != f.Expected {
			f.Status = Fail
			f.Hint = "enable the key in " + flexy.Dashboard + ", or use another"
			if want == StateDisabled {
				f.Hint = "disable the key in " + flexy.Dashboard + ", or expect it to be enabled"
			}
		}
		return f
	},
}

// revoked asserts that the API no longer accepts the key.
func revoked(in Input) Finding {
	a := in.Answer
	f := Finding{Expected: string(StateRevoked)}
	switch {
	case a.Revoked():
		f.Status = Pass
		f.Found = a.Code
		f.Message = "expected the API to reject the key, found that it does (" + a.Code + ")"
		f.Hint = a.Cost()
		if in.isExpectedKey() {
			f.Message += ": the key with the fingerprint " + in.Fingerprint + " is revoked"
		} else {
			const caveat = "this proves revocation only if this very secret passed before"
			f.Message += "; " + caveat
			f.Hint = strings.TrimSuffix(caveat+"; "+a.Cost(), "; ")
		}
	case a.Outcome == flexy.Accepted:
		f.Status = Fail
		f.Found = "accepted"
		f.Message = "expected the API to reject the key, found that it still accepts it"
		f.Hint = "revoke the key in " + flexy.Dashboard + "; check first that nothing uses it any more"
	case a.Outcome == flexy.NotAllowed:
		f.Status = Fail
		f.Found = a.Code
		f.Message = "expected the API to reject the key, found that it still recognizes it (" + a.Code + ")"
		f.Hint = "revoke the key in " + flexy.Dashboard + "; check first that nothing uses it any more"
	default:
		f.Status = Skip
	}
	return f
}
