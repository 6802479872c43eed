package checks

import (
	"slices"

	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/mistake"
)

// Verdict sums up a key or a run, worst first. Its zero value is the worst.
type Verdict int

const (
	Misconfigured Verdict = iota // the inputs are wrong; nothing was sent
	Invalid                      // the API rejected the key
	Mismatch                     // an assertion failed
	Blocked                      // the API refused this machine's address
	Unavailable                  // no trustworthy answer from the API
	Skipped                      // the key was not checked
	Passed                       // every assertion holds
)

// Verdicts lists every verdict, worst first.
var Verdicts = []Verdict{Misconfigured, Invalid, Mismatch, Blocked, Unavailable, Skipped, Passed}

// words has each verdict as the output "verdict" spells it, and its meaning.
var words = [...]struct{ name, doc string }{
	Misconfigured: {"misconfigured", "the settings are wrong, nothing was sent"},
	Invalid:       {"invalid", "rejected by the API: wrong, expired or revoked"},
	Mismatch:      {"mismatch", "the key is not what was expected"},
	Blocked:       {"blocked", "the API refuses this address"},
	Unavailable:   {"unavailable", "no answer that can be trusted"},
	Skipped:       {"skipped", "the key was not checked"},
	Passed:        {"pass", "every check passed"},
}

// known returns v, or Unavailable for a number that is no verdict.
func (v Verdict) known() Verdict {
	if v < 0 || int(v) >= len(words) {
		return Unavailable
	}
	return v
}

// String returns the verdict as the output "verdict" spells it.
func (v Verdict) String() string { return words[v.known()].name }

// Doc explains the verdict, in lower case without a final full stop.
func (v Verdict) Doc() string { return words[v.known()].doc }

// Exit codes.
const (
	ExitPass          = 0
	ExitFailed        = 1 // the key is not as expected
	ExitMisconfigured = 2 // the inputs are wrong
	ExitUndetermined  = 3 // the key could not be checked
)

// ExitCode returns the exit code of a run with this verdict, unless a setting
// softens it.
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

// Judge returns the verdict for one key.
func Judge(in Input, findings []Finding) Verdict {
	a := in.Answer
	switch {
	case a.Outcome == flexy.Rejected && in.Expect.State != StateRevoked:
		return Invalid
	case a.Outcome == flexy.Rejected && !a.Revoked():
		// Rejection for any other reason does not prove revocation.
		return Unavailable
	case a.Held():
		return Skipped
	case a.Outcome == flexy.Unavailable:
		return Unavailable
	case a.Outcome == flexy.Blocked:
		return Blocked
	case in.lacksBalance(findings):
		return Unavailable
	case AnyFailed(findings):
		return Mismatch
	case a.Outcome == flexy.NotAllowed:
		return Blocked
	case a.Outcome == flexy.Disabled:
		return Unavailable
	default:
		return Passed
	}
}

// lacksBalance reports whether nothing is wrong but that the balance could not be
// had: for a reason that says nothing about the key, or because it was not asked for.
func (in Input) lacksBalance(findings []Finding) bool {
	lacking := false
	for _, f := range findings {
		switch {
		case f.Check != Balance.ID && f.Status.Failed():
			return false
		case f.Check == Balance.ID && f.Asserted():
			lacking = in.Balance.Held() || f.Status == Unknown && (in.Balance.Down() || in.Balance.Aborted())
		}
	}
	return lacking && in.judged()
}

// MayPass reports whether what kept the run from a verdict about the key may pass by
// itself.
func (in Input) MayPass() bool {
	if in.judged() {
		return in.Balance.Down()
	}
	return in.Answer.MayPass()
}

// JudgeRotation returns the verdict of a run without a key.
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

// Explain says why the key could not be judged, and what to do next. It is
// blank if the findings already explain the verdict.
func Explain(a flexy.Answer, v Verdict, findings []Finding) mistake.Notice {
	refused := func(f Finding) bool { return f.Status.Failed() && (f.Check == State.ID || f.Check == Type.ID) }
	switch {
	case v == Mismatch && a.Outcome == flexy.NotAllowed && !slices.ContainsFunc(findings, refused):
		return a.Explain() // the failed checks did not need the key
	case v == Passed || v == Mismatch:
		return mistake.Notice{}
	case v == Unavailable && a.Outcome == flexy.Rejected:
		message := "the API rejected the key for another reason"
		if a.Code != "" {
			message += " (" + a.Code + ")"
		}
		return mistake.Say(message+", which does not prove revocation"+a.According(), a.Careful("look at the key in "+flexy.Dashboard+", then run again"))
	default:
		return a.Explain()
	}
}
