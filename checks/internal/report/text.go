package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"flexy-key-check/checks/internal/plain"
)

// A Stream is standard output or standard error, which may be a terminal.
type Stream struct {
	io.Writer
	Columns int  // of the terminal; 0 if it is none
	Colour  bool // whether to use colours
}

// Text reports to a person at a terminal or in the log of another CI.
type Text struct{ Stdout, Stderr Stream }

// columns is where a report wraps that does not go to a terminal.
const columns = 80

// Mask does nothing: only a runner reads masks.
func (t Text) Mask(...string) {}

// Report writes the table to standard output and problems to standard error.
func (t Text) Report(r Report) int {
	t.Stderr.debug(r)
	fmt.Fprintln(t.Stdout, r.program())
	writeLog(console{t.Stdout, cmp.Or(t.Stdout.Columns, columns), t.Stdout.paint}, r)
	t.Stderr.problems(r)
	return r.ExitCode
}

func (s Stream) debug(r Report) {
	for _, line := range r.Debug {
		fmt.Fprintf(s, "%s: debug: %s\n", Name, plain.Text(line))
	}
}

// problems writes the problems, grouped by hint, each group with its hint. A line
// wraps only on a terminal: a program reads whole lines.
func (s Stream) problems(r Report) {
	line := func(tone tone, word, text string) {
		lines := Wrap(plain.Text(fmt.Sprintf("%s: %s: %s", Name, word, text)), s.Columns, "  ")
		fmt.Fprintln(s, strings.Replace(lines, word+":", s.paint(tone, word+":"), 1))
	}
	for _, a := range advices(r.problems()) {
		for _, p := range a.problems {
			text := p.Message
			for _, prefix := range []string{p.topic, p.name} {
				if prefix != "" {
					text = prefix + ": " + text
				}
			}
			line(p.level.tone(), string(p.level), text)
		}
		if a.hint != "" {
			line(good, "hint", a.hint)
		}
	}
}

// paint colours a text by its tone.
func (s Stream) paint(tone tone, text string) string {
	const reset = "\x1b[0m"
	colours := [...]string{good: "\x1b[32m", careful: "\x1b[33m", bad: "\x1b[31m"}
	if !s.Colour || tone == neutral {
		return text
	}
	return colours[tone] + text + reset
}

// JSON reports to a program: the result goes to standard output, problems also to
// standard error.
type JSON struct {
	Stdout io.Writer
	Stderr Stream
}

// Mask does nothing: only a runner reads masks.
func (j JSON) Mask(...string) {}

// Report writes the result as one line, and the problems.
func (j JSON) Report(r Report) int {
	j.Stderr.debug(r)
	fmt.Fprintln(j.Stdout, newDocument(r).line())
	j.Stderr.problems(r)
	return r.ExitCode
}
