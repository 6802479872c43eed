// Package checks contains the assertions about a Flexy API key. A check compares
// what is expected of the key with what the API says about it, and returns a
// finding.
//
// Checks are pure: no I/O, no environment, no clock. A finding does not decide
// how bad it is for the run: [Run] and [Judge] do. What could not be determined
// is [Unknown], which counts as a failure.
//
// To add a check, write it in a file of its own, with its test, and add it to
// [All]. A new expectation also needs a field in [Expectation] and a setting in
// package config. Name both in testdata/contract.txt: failing tests then show
// what is missing. See .github/CONTRIBUTING.md for the full list.
package checks

import (
	"slices"
	"time"

	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/mistake"
)

// A Check is one assertion about a validated key.
type Check struct {
	ID  string // stable: used in annotations, warn-on and README anchors
	Doc string // one sentence, for the README's table
	Run func(Input) Finding

	Revoked bool // also runs for a key that is expected to be revoked
	Many    bool // runs only for the keys of a policy file
}

// All lists every check, in report order.
var All = []Check{Fingerprint, State, Type, Scope, Account, AllowedIPs, MustAllowIPs, Balance, Rotation, Distinct}

// Input is what a check can use.
type Input struct {
	Answer  flexy.Answer
	Balance flexy.Answer // to the balance request
	Expect  Expectation
	Today   time.Time // any time of day: only the UTC date matters

	Fingerprint string // the key's, or "" if the key is too short to have one

	Many    bool     // the key comes from a policy file
	SameKey []string // the names of other entries with the same key
}

// DefaultKeyName is the name of a key that was given none.
const DefaultKeyName = "api-key"

// Status is the outcome of one check. Its zero value fails closed.
type Status int

const (
	Unknown Status = iota // could not be determined: counts as a failure
	Pass
	Skip // nothing is asserted, or there is no key to check
	Warn
	Fail
)

// String returns the status as outputs and reports spell it.
func (s Status) String() string {
	switch s {
	case Pass:
		return "pass"
	case Skip:
		return "skip"
	case Warn:
		return "warn"
	case Fail:
		return "fail"
	default:
		return "unknown"
	}
}

// Failed reports whether the status counts as a failure.
func (s Status) Failed() bool { return s != Pass && s != Skip && s != Warn }

// A Finding is what one check found.
type Finding struct {
	Check          string // the check's ID
	Status         Status
	Expected       string // "" if nothing is asserted
	Found          string // "" if there was nothing to check
	mistake.Notice        // what was expected and found; with Pass, the hint says what to keep in mind; if nothing was asserted, what was found
}

// Asserted reports whether the check asserted anything.
func (f Finding) Asserted() bool { return f.Expected != "" }

// IDs returns the IDs of all checks, which warn-on accepts.
func IDs() []string {
	ids := make([]string, 0, len(All))
	for _, c := range All {
		ids = append(ids, c.ID)
	}
	return ids
}

// Run runs every check, in order. If the key is expected to be revoked, only its
// state and its identity are checked. Failures of the checks in in.Expect.WarnOn
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

// judged reports whether the API described the key. If it did not, a check that
// needs the description returns notJudged.
func (in Input) judged() bool { return in.Answer.Outcome == flexy.Accepted }

// notJudged returns the finding of a check that could not see the key. It has no
// message: the verdict explains the reason once for all checks.
func notJudged(expected string) Finding { return Finding{Status: Skip, Expected: expected} }
