package report

import (
	"fmt"
	"io"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/plain"
)

// Text reports to a person at a terminal or in the log of another CI.
type Text struct {
	Stdout, Stderr io.Writer
	Colour         bool
}

// Mask does nothing: only a runner reads masks.
func (t Text) Mask(...string) {}

// Report writes the table to standard output and problems to standard error.
func (t Text) Report(r Report) int {
	writeDebug(t.Stderr, r)
	writeLog(t.Stdout, r, t.paint)
	writeProblems(t.Stderr, r)
	return r.ExitCode
}

func writeDebug(w io.Writer, r Report) {
	for _, line := range r.Debug {
		fmt.Fprintf(w, "%s: debug: %s\n", Name, plain.Text(line))
	}
}

// writeProblems writes the problems, grouped by hint, each group with its hint.
func writeProblems(w io.Writer, r Report) {
	for _, a := range advices(r.problems()) {
		for _, p := range a.problems {
			text := plain.Text(p.Message)
			if name := p.name(checks.DefaultKeyName); name != "" {
				text = plain.Text(name) + ": " + text
			}
			fmt.Fprintf(w, "%s: %s: %s\n", Name, p.level, text)
		}
		if a.hint != "" {
			fmt.Fprintf(w, "%s: hint: %s\n", Name, plain.Text(a.hint))
		}
	}
}

// paint colours a text by its tone.
func (t Text) paint(tone tone, text string) string {
	const reset = "\x1b[0m"
	colours := [...]string{good: "\x1b[32m", careful: "\x1b[33m", bad: "\x1b[31m"}
	if !t.Colour || tone == neutral {
		return text
	}
	return colours[tone] + text + reset
}

// JSON reports to a program: the result goes to standard output, problems also to
// standard error.
type JSON struct{ Stdout, Stderr io.Writer }

// Mask does nothing: only a runner reads masks.
func (j JSON) Mask(...string) {}

// Report writes the result as one line, and the problems.
func (j JSON) Report(r Report) int {
	writeDebug(j.Stderr, r)
	fmt.Fprintln(j.Stdout, newDocument(r).line())
	writeProblems(j.Stderr, r)
	return r.ExitCode
}
