// Package report shows what a run found: to the Actions runner as masks,
// annotations, outputs and a job summary, to a person as text, to a program as
// JSON.
//
// A Report shows no secret: those that it holds redact themselves. It holds no
// text from outside that has not been made harmless, but for what the user's own
// configuration says; the renderers pass that through package plain as well.
package report

import (
	"fmt"
	"slices"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/secret"
)

// Name is what the program calls itself.
const Name = "flexy-key-check"

// A Report is what a run found.
type Report struct {
	Verdict  checks.Verdict
	ExitCode int
	Keys     []Result
	Mistakes []mistake.Mistake // with checks.Misconfigured
	KeyName  string            // of the one key, for mistakes
	Policy   bool              // the keys are those of a policy file
	Notes    []Note

	Personal []secret.Value // what answers told of the account: masked before anything else is shown
	Debug    []string       // lines for somebody who looks for a fault
}

// A Note is a warning about the run, not about a key.
type Note struct{ Title, Message, Hint string }

// A Result is what a run found of one key.
type Result struct {
	Name     string
	Verdict  checks.Verdict
	Softened bool // the verdict is only a warning, as the configuration says
	Answer   flexy.Answer
	Findings []checks.Finding
	Age      *checks.Age              // nil if it is not known
	Places   map[string]mistake.Place // in the policy file: of expectations, by check, and of the key, by ""

	Fingerprint   string // of the key, "" if it has none
	ReminderIssue string // address of the open issue, "" if there is none

	// Why no check could be made and what to do next, where that is so.
	Message, Hint string
	PassedOver    bool // Message says so: there is nothing to look at
}

// valid tells whether the API accepts the key, or nil where it did not say or
// the run was ended before it could be told.
func (k Result) valid() *bool {
	switch {
	case k.Verdict == checks.Unavailable:
		return nil
	case k.Answer.Outcome == flexy.Accepted:
		return new(true)
	case k.Answer.Revoked(), k.Verdict == checks.Invalid:
		return new(false)
	}
	return nil
}

// notes lists what to keep in mind about checks that passed.
func (k Result) notes() []string {
	var notes []string
	for _, f := range k.Findings {
		if f.Status == checks.Pass && f.Hint != "" {
			notes = append(notes, f.Check+": "+f.Hint)
		}
	}
	return notes
}

// A Reporter shows a run to somebody.
type Reporter interface {
	// Mask keeps texts out of whatever is shown later.
	Mask(texts ...string)
	// Report shows the report and returns the exit code, which is the
	// report's own unless a pass could not be reported.
	Report(Report) int
}

// level is how loudly a problem is shown.
type level string

const (
	levelError   level = "error"
	levelWarning level = "warning"
)

// A problem is one thing that somebody should look at.
type problem struct {
	level         level
	title         string // "<key name>: <check or verdict>"
	message, hint string
	place         mistake.Place // in the policy file
}

// maxAlike is how many keys of the same verdict are each told about; of more
// all are told about at once.
const maxAlike = 10

// problems lists everything to look at, in report order. A clean pass has none.
func (r Report) problems() []problem {
	var out []problem
	for _, m := range r.Mistakes {
		out = append(out, problem{levelError, r.KeyName + ": " + checks.Misconfigured.String(), m.String(), m.Hint, m.Place})
	}
	alike := r.alike()
	for _, k := range r.Keys {
		if same := alike[k.Verdict]; k.unjudged() && len(same) > maxAlike {
			out = append(out, together(same))
			alike[k.Verdict] = nil // all are told about
		} else if k.unjudged() && same != nil {
			out = append(out, k.problem())
		}
		out = append(out, k.findings()...)
	}
	return append(out, r.notes()...)
}

// alike groups the keys of which no check could be made by their verdict.
func (r Report) alike() map[checks.Verdict][]Result {
	alike := map[checks.Verdict][]Result{}
	for _, k := range r.Keys {
		if k.unjudged() {
			alike[k.Verdict] = append(alike[k.Verdict], k)
		}
	}
	return alike
}

// notes lists the warnings about the run.
func (r Report) notes() []problem {
	var out []problem
	for _, n := range r.Notes {
		out = append(out, problem{level: levelWarning, title: n.Title, message: n.Message, hint: n.Hint})
	}
	return out
}

// unjudged reports whether no check of the key could be made, though it was to.
func (k Result) unjudged() bool { return k.Message != "" && !k.PassedOver }

// problem is why no check of the key could be made.
func (k Result) problem() problem {
	l := levelError
	if k.Softened {
		l = levelWarning
	}
	return problem{l, k.Name + ": " + k.Verdict.String(), k.Message, k.Hint, k.Places[""]}
}

// findings lists what the checks of the key found wrong.
func (k Result) findings() []problem {
	var out []problem
	for _, f := range k.Findings {
		l := levelWarning
		switch {
		case f.Status.Failed():
			l = levelError
		case f.Status != checks.Warn:
			continue
		}
		out = append(out, problem{l, k.Name + ": " + f.Check, f.Message, f.Hint, k.Places[f.Check]})
	}
	return out
}

// together is one problem for keys of the same verdict. It says of the first
// why, and whether that holds for all.
func together(keys []Result) problem {
	const maxNames = 2000 // bytes; an annotation is cut at 4,096 characters
	p := keys[0].problem()
	p.title = fmt.Sprintf("%d keys: %s", len(keys), keys[0].Verdict)
	if slices.ContainsFunc(keys, func(k Result) bool { return !k.Softened }) {
		p.level = levelError
	}
	names := "of"
	for i, k := range keys {
		if len(names) > maxNames {
			names += fmt.Sprintf(" and %d more", len(keys)-i)
			break
		}
		if i > 0 {
			names += ","
		}
		names += " " + k.Name
	}
	if slices.ContainsFunc(keys, func(k Result) bool { return k.Message != keys[0].Message }) {
		names += ", each for reasons of its own, the first"
	}
	p.message = names + ": " + p.message
	return p
}
