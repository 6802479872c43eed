// Package report shows what a run found: to the Actions runner as masks,
// annotations, outputs and a job summary, to a person as text, to a program as
// JSON.
//
// A Report holds no secret and no text from outside that has not been made
// harmless, but for what the user's own configuration says; the renderers pass
// that through package plain as well.
package report

import (
	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/flexy"
)

// Name is what the program calls itself.
const Name = "flexy-key-check"

// A Report is what a run found.
type Report struct {
	Verdict  checks.Verdict
	ExitCode int
	Keys     []Key
	Mistakes config.Mistakes // with checks.Misconfigured
	KeyName  string          // of the one key, for mistakes
}

// A Key is what a run found of one key.
type Key struct {
	Name     string
	Verdict  checks.Verdict
	Softened bool // the verdict is only a warning, as the configuration says
	Answer   flexy.Answer
	Findings []checks.Finding
	Age      *checks.Age // nil if it is not known

	// Why no check could be made and what to do next, where that is so.
	Message, Hint string
}

// valid tells whether the API accepts the key, or nil where it did not say.
func (k Key) valid() *bool {
	switch {
	case k.Answer.Outcome == flexy.Accepted:
		return new(true)
	case k.Answer.Revoked(), k.Verdict == checks.Invalid:
		return new(false)
	}
	return nil
}

// notAsserted lists the checks that were asked for nothing.
func (k Key) notAsserted() []string {
	var ids []string
	for _, f := range k.Findings {
		if !f.Asserted() {
			ids = append(ids, f.Check)
		}
	}
	return ids
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
}

// problems lists everything to look at, in report order. A clean pass has none.
func (r Report) problems() []problem {
	var out []problem
	for _, m := range r.Mistakes {
		out = append(out, problem{levelError, r.KeyName + ": " + checks.Misconfigured.String(), m.String(), m.Hint})
	}
	for _, k := range r.Keys {
		if k.Message != "" {
			l := levelError
			if k.Softened {
				l = levelWarning
			}
			out = append(out, problem{l, k.Name + ": " + k.Verdict.String(), k.Message, k.Hint})
		}
		for _, f := range k.Findings {
			switch {
			case f.Status.Failed():
				out = append(out, problem{levelError, k.Name + ": " + f.Check, f.Message, f.Hint})
			case f.Status == checks.Warn:
				out = append(out, problem{levelWarning, k.Name + ": " + f.Check, f.Message, f.Hint})
			}
		}
	}
	return out
}
