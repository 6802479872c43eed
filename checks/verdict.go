package checks

import (
	"slices"

	"flexy-key-check/checks/internal/flexy"
)

// Verdict sums up what a run found, worst first. Its zero value is the worst.
type Verdict int

const (
	Misconfigured Verdict = iota // the inputs are wrong; nothing was sent
	Invalid                      // the API rejects the key
	Mismatch                     // an assertion fails
	Blocked                      // the API refuses this machine's address: the key was not judged
	Unavailable                  // no trustworthy answer
	Skipped                      // the key was skipped
	Passed                       // every assertion holds
)

// Verdicts is every verdict, worst first.
var Verdicts = []Verdict{Misconfigured, Invalid, Mismatch, Blocked, Unavailable, Skipped, Passed}

// String returns the verdict as the output of that name spells it.
func (v Verdict) String() string {
	return [...]string{"misconfigured", "invalid", "mismatch", "blocked", "unavailable", "skipped", "pass"}[v]
}

// Doc says what the verdict means, in lower case without a full stop.
func (v Verdict) Doc() string {
	return [...]string{
		"the inputs are wrong, nothing was sent",
		"the API rejects the key: it is wrong, expired or revoked",
		"the key is not what was expected",
		"the API refuses this address, the key was not judged",
		"no trustworthy answer from the API",
		"the key was skipped",
		"every assertion holds",
	}[v]
}

// Exit codes.
const (
	ExitPass          = 0
	ExitFailed        = 1 // the key is not what was expected
	ExitMisconfigured = 2 // the inputs are not what they must be
	ExitUndetermined  = 3 // nobody can tell
)

// ExitCode returns the exit code of a run with this verdict that nothing
// softens.
func (v Verdict) ExitCode() int {
	switch v {
	case Passed, Skipped:
		return ExitPass
	case Invalid, Mismatch:
		return ExitFailed
	case Misconfigured:
		return ExitMisconfigured
	default:
		return ExitUndetermined
	}
}

// Judge returns the verdict on one key.
func Judge(a flexy.Answer, e Expectation, findings []Finding) Verdict {
	failed := AnyFailed(findings)
	switch {
	case a.Outcome == flexy.Rejected && e.State != StateRevoked:
		return Invalid
	case a.Outcome == flexy.Rejected && !a.Revoked():
		// Any other refusal does not prove revocation.
		return Unavailable
	case a.Held():
		return Skipped
	case a.Outcome == flexy.Unavailable:
		return Unavailable
	case a.Outcome == flexy.Blocked:
		return Blocked
	case failed:
		return Mismatch
	case a.Outcome == flexy.NotAllowed:
		return Blocked
	default:
		return Passed
	}
}

// JudgeRotation returns the verdict where no key was asked for.
func JudgeRotation(findings []Finding) Verdict {
	if AnyFailed(findings) {
		return Mismatch
	}
	return Passed
}

// AnyFailed reports whether one of the findings counts as a failure.
func AnyFailed(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Status.Failed() })
}

// Explain says why a verdict was reached without looking at the key, and what
// to do next. Both are blank where the findings say it.
func Explain(a flexy.Answer, v Verdict, findings []Finding) (message, hint string) {
	refused := func(f Finding) bool { return f.Status.Failed() && (f.Check == State.ID || f.Check == Type.ID) }
	switch {
	case v == Mismatch && a.Outcome == flexy.NotAllowed && !slices.ContainsFunc(findings, refused):
		return a.Explain() // what failed could be judged without the key
	case v == Passed || v == Mismatch:
		return "", ""
	case v == Unavailable && a.Outcome == flexy.Rejected:
		message = "the API refused the key for another reason"
		if a.Code != "" {
			message += " (" + a.Code + ")"
		}
		return message + ", which does not prove revocation", "look at the key in " + flexy.Dashboard + ", then run again"
	default:
		return a.Explain()
	}
}
