// Package checks holds the assertions about a Flexy API key: what a key is
// expected to be, what the API says that it is, and a finding for each of the
// two put side by side.
//
// A check is pure: no I/O, no environment, no clock. It reports what it found;
// how bad that is for the run is policy, which Run and Judge apply. What could
// not be determined is Unknown, and Unknown counts as a failure.
//
// To add a check: write it in a file of its own, with its test, and add it to
// All. If it expects something that nobody could ask for before, that is a field
// of Expectation, and a setting in package config. Name both in
// testdata/contract.txt: what then fails says what is left, which
// .github/CONTRIBUTING.md lists.
package checks

import (
	"slices"
	"time"

	"flexy-key-check/checks/internal/flexy"
)

// A Check is one assertion about a validated key.
type Check struct {
	ID  string // stable: annotation title, warn-on, README anchor
	Doc string // one sentence; the README's row is held to it
	Run func(Input) Finding

	Revoked bool // it is made of a key that must be revoked, too
	Many    bool // it is made only where there can be several keys
}

// All is every check, in report order.
var All = []Check{Fingerprint, State, Type, Scope, Account, AllowedIPs, MustAllowIPs, Balance, Rotation, Distinct}

// Input is what a check may look at.
type Input struct {
	Answer flexy.Answer
	Expect Expectation
	Today  time.Time // any moment of the day; its UTC date counts

	Fingerprint string // of the key, "" if it has none

	Many    bool     // the key is one of a policy file's
	SameKey []string // names of the other entries that hold the same key
}

// Status is the outcome of one check. Its zero value fails closed.
type Status int

const (
	Unknown Status = iota // could not be determined: counts as Fail
	Pass
	Skip // nothing asked, or no key to ask it of
	Warn
	Fail
)

// String returns the status as outputs and reports spell it.
func (s Status) String() string {
	return [...]string{"unknown", "pass", "skip", "warn", "fail"}[s]
}

// Failed reports whether the status counts as a failure.
func (s Status) Failed() bool { return s == Fail || s == Unknown }

// A Finding is what one check found. Its texts are lower case without a final
// full stop, and hold nothing secret.
type Finding struct {
	Check    string // the check's ID
	Status   Status
	Expected string // "" if nothing was asked
	Found    string // "" if there was nothing to look at
	Message  string // what was expected and what was found
	Hint     string // what to do next; with Pass, what to keep in mind; "" if nothing
}

// Asserted reports whether the check was asked for anything.
func (f Finding) Asserted() bool { return f.Expected != "" }

// IDs lists the ids of all checks that warn-on can name.
func IDs() []string {
	ids := make([]string, 0, len(All))
	for _, c := range All {
		ids = append(ids, c.ID)
	}
	return ids
}

// Run runs every check, in order. Of a key that must be revoked only its state
// counts, and which key it is. The failures of the checks in in.Expect.WarnOn
// become warnings.
func Run(in Input) []Finding {
	findings := make([]Finding, 0, len(All))
	for _, c := range All {
		if c.Many && !in.Many {
			continue
		}
		f := Finding{Status: Skip}
		if in.Expect.State != StateRevoked || c.Revoked {
			f = c.Run(in)
		}
		f.Check = c.ID
		findings = append(findings, in.Expect.soften(f))
	}
	return findings
}

// soften turns a failure into a warning if warn-on names its check.
func (e Expectation) soften(f Finding) Finding {
	if f.Status.Failed() && slices.Contains(e.WarnOn, f.Check) {
		f.Status = Warn
	}
	return f
}

// judged reports whether there is a key to look at. Without one a check that
// needs it returns notJudged.
func (in Input) judged() bool { return in.Answer.Outcome == flexy.Accepted }

// notJudged is the finding of a check that has no key to look at: the verdict
// says why, once for all of them.
func notJudged(expected string) Finding { return Finding{Status: Skip, Expected: expected} }
