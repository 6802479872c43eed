// Package report shows the result of a run: to the Actions runner as masks,
// annotations, outputs and a job summary, to a person as text, and to a program
// as JSON.
//
// The secrets in a Report redact themselves. Text from outside has been made
// harmless already, except what comes from the user's own configuration, so the
// renderers pass every text through package plain.
package report

import (
	"strings"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/plain"
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
	Policy   bool              // whether the keys come from a policy file
	Notes    []Note

	Version  string   // of the program: "1.2.3", "1.2.3+<commit>" or "dev"
	Readme   string   // URL of that version's README, "" if unknown
	Settings []string // names of settings, which the summary shows as code

	Personal []Personal // masked before anything that comes from an answer is shown
	Debug    []string   // lines for debugging
}

// Personal is what an answer says about the account.
type Personal struct{ Echo, Username secret.Value }

// A Note is a warning about the run, not about a check.
type Note struct {
	Title string // see Title
	mistake.Notice
	Fails bool // it is an error: the run fails for it
}

// Title returns the title of an annotation about a key, which names the key if it
// was given a name. An annotation about the run has the title Name + ": " + about.
func Title(key string, policy bool, about string) string {
	return subject(key, policy) + ": " + about
}

func subject(key string, policy bool) string {
	return strings.TrimSuffix("Flexy key "+givenName(key, policy), " ")
}

// givenName returns a key's name, or "" if it was given none. In a policy file each was,
// even if it is the default.
func givenName(key string, policy bool) string {
	if key == checks.DefaultKeyName && !policy {
		return ""
	}
	return key
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
	case k.Verdict == checks.Unavailable && k.unchecked():
		return nil
	case k.Answer.Outcome == flexy.Accepted:
		return new(true)
	case k.Answer.Revoked(), k.Verdict == checks.Invalid:
		return new(false)
	}
	return nil
}

// notes returns the hints of checks that passed, a line each.
func (k Result) notes() []string {
	var notes []string
	for _, f := range k.Findings {
		if f.Status == checks.Pass && f.Hint != "" {
			notes = append(notes, "note: "+f.Check+": "+f.Hint)
		}
	}
	return notes
}

// program returns the program's name and version, as people write it:
// "flexy-key-check v1.2.3".
func (r Report) program() string {
	number, _, _ := strings.Cut(plain.Line(r.Version), "+")
	if number != "" && strings.Trim(number[:1], "0123456789") == "" {
		number = "v" + number
	}
	return strings.TrimSpace(Name + " " + number)
}

// A Reporter shows a run in one format.
type Reporter interface {
	// Mask hides texts in everything shown later.
	Mask(texts ...string)
	// Report shows the report and returns the exit code: the report's own,
	// unless a pass could not be reported.
	Report(Report) int
}
