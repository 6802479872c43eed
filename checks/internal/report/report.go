// Package report shows the result of a run: to the Actions runner as masks,
// annotations, outputs and a job summary, to a person as text, and to a program
// as JSON.
//
// The secrets in a Report redact themselves. Text from outside has been made
// harmless already, except what comes from the user's own configuration, so the
// renderers pass every text through package plain.
package report

import (
	"fmt"
	"slices"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/secret"
)

// Name is the name of the program.
const Name = "flexy-key-check"

// A Report is the result of a run.
type Report struct {
	Verdict  checks.Verdict
	ExitCode int
	Keys     []Result
	Mistakes []mistake.Mistake // with checks.Misconfigured
	KeyName  string            // the key's name, for mistakes
	Policy   bool              // whether the keys come from a policy file
	Notes    []Note

	Personal []Personal // masked before anything that comes from an answer is shown
	Debug    []string   // lines for debugging
}

// Personal is what an answer says about the account.
type Personal struct{ Echo, Username secret.Value }

// A Note is a warning about the run, not about a key.
type Note struct {
	Title string
	mistake.Notice
}

// A Result is the part of a report about one key.
type Result struct {
	Name     string
	Verdict  checks.Verdict
	Softened bool // whether the configuration makes the verdict a mere warning
	Answer   flexy.Answer
	Findings []checks.Finding
	Age      *checks.Age              // nil if unknown
	Place    mistake.Place            // of the key in the policy file
	Places   map[string]mistake.Place // of each check's expectation in the policy file

	Fingerprint   string // empty for a short key
	ReminderIssue string // the open issue's URL, if there is one

	mistake.Notice      // why the key could not be checked
	Skipped        bool // whether the key was skipped on purpose, for the reason in Message
}

// valid reports whether the API accepts the key. It returns nil if the API did
// not say, or if the run was interrupted.
func (k Result) valid() *bool {
	switch {
	case k.Verdict == checks.Unavailable && k.unjudged():
		return nil
	case k.Answer.Outcome == flexy.Accepted:
		return new(true)
	case k.Answer.Revoked(), k.Verdict == checks.Invalid:
		return new(false)
	}
	return nil
}

// notes returns the hints of checks that passed.
func (k Result) notes() []string {
	var notes []string
	for _, f := range k.Findings {
		if f.Status == checks.Pass && f.Hint != "" {
			notes = append(notes, f.Check+": "+f.Hint)
		}
	}
	return notes
}

// A Reporter shows a run in one format.
type Reporter interface {
	// Mask hides texts in everything shown later.
	Mask(texts ...string)
	// Report shows the report and returns the exit code: the report's own,
	// unless a pass could not be reported.
	Report(Report) int
}

// level is the level of an annotation.
type level string

const (
	levelError   level = "error"
	levelWarning level = "warning"
)

// A problem needs the user's attention.
type problem struct {
	level level
	title string // "<key name>: <check or verdict>"
	mistake.Notice
	place mistake.Place // in the policy file
}

// maxAlike is how many unjudged keys with the same verdict have a problem each.
// More share one.
const maxAlike = 10

// problems returns all problems, in report order. A clean pass has none.
func (r Report) problems() []problem {
	var out []problem
	for _, m := range r.Mistakes {
		out = append(out, problem{levelError, r.KeyName + ": " + checks.Misconfigured.String(), mistake.Say(m.String(), m.Hint), m.Place})
	}
	alike := r.alike()
	for _, k := range r.Keys {
		if same := alike[k.Verdict]; k.unjudged() && len(same) > maxAlike {
			out = append(out, merged(same))
			alike[k.Verdict] = nil
		} else if k.unjudged() && same != nil {
			out = append(out, k.problem())
		}
		out = append(out, k.findings()...)
	}
	return append(out, r.notes()...)
}

// alike groups the unjudged keys by verdict.
func (r Report) alike() map[checks.Verdict][]Result {
	alike := map[checks.Verdict][]Result{}
	for _, k := range r.Keys {
		if k.unjudged() {
			alike[k.Verdict] = append(alike[k.Verdict], k)
		}
	}
	return alike
}

// notes returns the warnings about the run.
func (r Report) notes() []problem {
	var out []problem
	for _, n := range r.Notes {
		out = append(out, problem{level: levelWarning, title: n.Title, Notice: n.Notice})
	}
	return out
}

// unjudged reports whether the key should have been checked but could not be.
func (k Result) unjudged() bool { return k.Message != "" && !k.Skipped }

// problem returns why the key could not be checked.
func (k Result) problem() problem {
	l := levelError
	if k.Softened {
		l = levelWarning
	}
	return problem{l, k.Name + ": " + k.Verdict.String(), k.Notice, k.Place}
}

// findings returns the problems that the checks found.
func (k Result) findings() []problem {
	var out []problem
	for _, f := range k.Findings {
		l := levelWarning
		switch {
		case f.Status.Failed() && !k.Softened:
			l = levelError
		case !f.Status.Failed() && f.Status != checks.Warn:
			continue
		}
		out = append(out, problem{l, k.Name + ": " + f.Check, f.Notice, k.Places[f.Check]})
	}
	return out
}

// merged returns one problem for keys with the same verdict. It gives the first
// key's reason, and says whether others have a different one.
func merged(keys []Result) problem {
	const maxNames = 2000 // bytes; the runner cuts an annotation at 4,096 characters
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
		names += ", for different reasons, the first"
	}
	p.Message = names + ": " + p.Message
	return p
}
