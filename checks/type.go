package checks

import "flexy-key-check/checks/internal/flexy"

// Type asserts that the key is a SANDBOX or a PRODUCTION key. If the API refuses
// this machine's address, its answer still names the key's type: that can fail
// the check, but never pass it.
var Type = Check{
	ID:  "type",
	Doc: "The key has the expected type; outside production a PRODUCTION key is only a warning, unless `expect-type` is set.",
	Run: func(in Input) Finding {
		want := in.Expect.Type
		if in.Answer.Outcome == flexy.NotAllowed && in.Answer.Environment != "" {
			f := compareType(want, in.Answer.Environment)
			if f.Status == Fail {
				f.Message += ", as the API says while refusing " + in.Answer.Runner() + " (" + flexy.CodeNotAllowed + ")"
				f.Hint = in.Answer.Careful(f.Hint)
				return f
			}
		}
		if !in.judged() {
			return notJudged(want.Want)
		}
		return compareType(want, in.Answer.Key.Type)
	},
}

func compareType(want ExpectedType, found string) Finding {
	f := compareWord("type", want.Want, found, flexy.Sandbox, flexy.Production)
	switch {
	case f.Status != Fail:
	case want.Tolerant && found == flexy.Production:
		f.Status = Warn
		f.Hint = "use a SANDBOX key outside production, or expect the type PRODUCTION to silence this"
	case found == flexy.Sandbox:
		f.Hint = "put a PRODUCTION key into the secret: sales made with a SANDBOX key are only simulated"
	default:
		f.Hint = "put a " + want.Want + " key into the secret"
	}
	return f
}

// compareWord compares a property of the key that has two documented values. An
// undocumented value fails if a value is expected, and is a warning otherwise.
func compareWord(property, want, found, one, other string) Finding {
	f := Finding{Status: Pass, Expected: want, Found: found}
	if f.Found == "" {
		f.Found = "(not shown)"
	}
	documented := found == one || found == other
	switch {
	case want == "" && documented:
		f.Status, f.Message = Skip, property+" "+found
	case want == "":
		f.Status = Warn
		f.Message = "expected the key's " + property + " to be " + one + " or " + other + ", as documented, found " + f.Found
		f.Hint = "look at the key in " + flexy.Dashboard + ": the API may have changed"
	default:
		f.Message = "expected the key's " + property + " to be " + want + ", found " + f.Found
		if found != want {
			f.Status = Fail
		}
	}
	return f
}
