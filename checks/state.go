package checks

import (
	"strings"

	"flexy-key-check/checks/internal/flexy"
)

// State asserts that the key is enabled, disabled or revoked.
var State = Check{
	ID:      "state",
	Doc:     "The key is enabled, or what `expect-state` says: disabled, or revoked, which the API must reject.",
	Revoked: true,
	Run: func(in Input) Finding {
		want := in.Expect.State
		if want == StateRevoked {
			return revoked(in)
		}
		if in.Answer.Outcome == flexy.Disabled {
			return switchedOff(in.Answer, want)
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

// switchedOff returns the finding for an account whose API access is switched off:
// no key of it works, but what the API thinks of this key is not known.
func switchedOff(a flexy.Answer, want KeyState) Finding {
	f := Finding{Status: Fail, Expected: string(want), Found: a.Code}
	f.Message = "expected the key to be " + f.Expected + ", found that " + flexy.SwitchedOff + " (" + a.Code + ")"
	f.Hint = a.Careful(flexy.HintSwitchOn)
	if want != StateEnabled {
		f.Status = Unknown
		f.Message += ", which says nothing about this key"
	}
	return f
}

const hintRevoke = "revoke the key in " + flexy.Dashboard + "; check first that nothing uses it any more"

// revoked asserts that the API no longer accepts the key.
func revoked(in Input) Finding {
	a := in.Answer
	f := Finding{Expected: string(StateRevoked)}
	switch {
	case a.Revoked():
		return in.rejected()
	case a.Outcome == flexy.Disabled:
		return switchedOff(a, StateRevoked)
	case a.Outcome == flexy.Accepted:
		f.Status = Fail
		f.Found = "accepted"
		f.Message = "expected the API to reject the key, found that it still accepts it"
		f.Hint = hintRevoke
	case a.Outcome == flexy.NotAllowed:
		f.Status = Fail
		f.Found = a.Code
		f.Message = "expected the API to reject the key, found that it still recognizes it (" + a.Code + ")"
		f.Hint = a.Careful(hintRevoke)
	default:
		f.Status = Skip
	}
	return f
}

// rejected returns the finding for a key that the API rejects, as it should. Without
// the fingerprint of a key that once passed, or through another address than the API's,
// this is not a whole proof of revocation.
func (in Input) rejected() Finding {
	a := in.Answer
	f := Finding{Status: Pass, Expected: string(StateRevoked), Found: a.Code}
	f.Message = "expected the API to reject the key, found that it does (" + a.Code + ")"
	var caveats []string
	if in.isExpectedKey() {
		f.Message += ": the key with the fingerprint " + in.Fingerprint + " is revoked"
	} else {
		const caveat = "this proves revocation only if this very secret passed before"
		f.Message += "; " + caveat
		caveats = append(caveats, caveat)
	}
	if a.Host != "" {
		f.Message += a.According()
		caveats = append(caveats, "this is so"+strings.TrimPrefix(a.According(), ",")+", which is not the API's own address")
	}
	if cost := a.Cost(); cost != "" {
		caveats = append(caveats, cost)
	}
	f.Hint = strings.Join(caveats, "; ")
	return f
}
