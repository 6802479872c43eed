package report

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/sethvargo/go-githubactions"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/nokey"
	"flexy-key-check/checks/internal/plain"
)

// maxAnnotations is how many errors, and how many warnings, the runner keeps of
// a step.
const maxAnnotations = 10

// Actions reports to the Actions runner. Everything goes to standard output,
// because the runner may show standard error before a mask takes effect.
type Actions struct {
	stdout  io.Writer
	getenv  func(string) string
	actions *githubactions.Action
	step    bool // whether this is an action's step, for which the runner has made its files
	masks   bool // whether a runner reads masks: elsewhere they would show the secret
	written bool // whether the outputs were written
	masked  map[string]bool
	words   []string // to mask unless the report has them
}

// NewActions returns a reporter that writes commands to stdout, and outputs and
// summary to the files that the environment names. It writes masks only if a
// runner reads them.
func NewActions(stdout io.Writer, lookup func(string) (string, bool), masks bool) *Actions {
	getenv := func(name string) string { value, _ := lookup(name); return value }
	_, step := lookup("INPUT_API-KEY") // the runner sets every input of an action
	return &Actions{
		step:    step,
		stdout:  stdout,
		getenv:  getenv,
		masks:   masks,
		actions: githubactions.New(githubactions.WithWriter(stdout), githubactions.WithGetenv(getenv)),
		masked:  map[string]bool{},
	}
}

// Mask makes the runner replace texts in everything shown from now on, except common
// words. A placeholder waits for the report, which shows the same words.
func (a *Actions) Mask(texts ...string) {
	for _, text := range texts {
		if nokey.IsPlaceholder(text) {
			a.words = append(a.words, text)
			continue
		}
		a.mask(maskable(text, vocabulary()))
	}
}

func (a *Actions) mask(masks []string) {
	for _, mask := range masks {
		if a.masks && !a.masked[mask] {
			a.masked[mask] = true
			a.actions.AddMask(mask)
		}
	}
}

// Report writes masks, debug lines, outputs, job summary, log and annotations. If
// it cannot write the outputs, exit code 0 becomes 3, because later steps could
// take missing outputs for a pass.
func (a *Actions) Report(r Report) int {
	outputs := outputValues(r)
	kept := kept(r, outputs)
	for _, word := range a.words {
		a.mask(maskable(word, kept))
	}
	a.mask(personal(r, kept))
	fmt.Fprintln(a.stdout, r.program())
	for _, line := range r.Debug {
		a.actions.Debugf("%s", plain.Text(line))
	}
	if !a.written {
		if err := a.writeOutputs(outputs); err != nil {
			if r.ExitCode == checks.ExitPass {
				r.ExitCode = checks.ExitUndetermined
			}
			r.Notes = append([]Note{{
				Title: Name + ": outputs", Fails: true,
				Notice: unwritten("the step's outputs", err),
			}}, r.Notes...)
		}
		a.written = true
	}
	if err := a.appendTo("GITHUB_STEP_SUMMARY", "step-summary", summary(r)); err != nil {
		r.Notes = append([]Note{{
			Title: Name + ": summary", Notice: unwritten("the job summary", err),
		}}, r.Notes...)
	}
	writeLog(console{w: a.stdout, paint: func(_ tone, text string) string { return text }}, r)
	a.annotate(r.problems())
	return r.ExitCode
}

// writeOutputs appends all outputs to the file in GITHUB_OUTPUT, one a line.
func (a *Actions) writeOutputs(outputs []outputValue) error {
	var lines []string
	for _, o := range outputs {
		// The library's SetOutput uses a fixed delimiter, which a value could
		// contain. A single line needs none.
		if strings.ContainsAny(o.Name+o.Value, "\r\n") || strings.ContainsAny(o.Name, "=<") {
			return errors.New("the output " + plain.Line(o.Name) + " is not one line")
		}
		lines = append(lines, o.Name+"="+o.Value)
	}
	return a.appendTo("GITHUB_OUTPUT", "output", strings.Join(lines, "\n"))
}

// annotate writes a command for each problem. The last one of a level that the
// runner keeps counts the rest.
func (a *Actions) annotate(problems []problem) {
	for _, l := range []level{levelError, levelWarning} {
		var of []problem
		for _, p := range problems {
			if p.level == l {
				of = append(of, p)
			}
		}
		for i, p := range of[:min(len(of), maxAnnotations)] {
			message := plain.Text(p.Message)
			if p.Hint != "" {
				message += "\nhint: " + plain.Text(p.Hint)
			}
			if more := len(of) - maxAnnotations; more > 0 && i == maxAnnotations-1 {
				message += fmt.Sprintf("\nand %d more: see the job summary", more)
			}
			properties := githubactions.CommandProperties{"title": plain.Text(p.title)}
			if p.place.File != "" {
				properties["file"] = plain.Line(p.place.File)
				properties["line"] = strconv.Itoa(p.place.Line)
				properties["col"] = strconv.Itoa(p.place.Column)
			}
			a.actions.IssueCommand(&githubactions.Command{Name: string(p.level), Properties: properties, Message: message})
		}
	}
}
