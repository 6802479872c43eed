package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/plain"
)

// A console is where lines for people go.
type console struct {
	w       io.Writer
	columns int // at which lines wrap; 0 for never
	paint   func(tone, string) string
}

// line writes a line. Its lines after the first are indented.
func (c console) line(text string) { fmt.Fprintln(c.w, Wrap(plain.Text(text), c.columns, "  ")) }

// writeLog writes a table of each key's checks, then the verdict. For the keys of
// a policy file it writes a table of verdicts first, and one line for each key
// whose checks found nothing. Every line is harmless to the Actions runner.
func writeLog(c console, r Report) {
	keys := r.Keys
	if r.many() {
		keys = byUrgency(keys)
		rows := []row{{neutral, []string{"key", "verdict", "days left", "worst finding"}}}
		for _, k := range keys {
			rows = append(rows, row{k.tone(), []string{dash(k.Name), k.Verdict.String(), dash(k.daysLeft()), dash(plain.Line(k.worst()))}})
		}
		c.table(rows, 1)
	}
	for _, k := range keys {
		c.key(k, r.many())
	}
	verdict := r.Verdict.String()
	text := fmt.Sprintf("verdict: %s%s (exit code %d)", verdict, r.meaning(), r.ExitCode)
	fmt.Fprintln(c.w, strings.Replace(Wrap(text, c.columns, "  "), verdict, c.paint(r.tone(), verdict), 1))
}

// key writes what was found of one key, or of one of many.
func (c console) key(k Result, many bool) {
	marks := k.marks(func(value string) string { return value })
	if many && k.tone() == good {
		c.line(k.Name + ": " + strings.Join(slices.Concat([]string{k.outcome()}, marks[:min(len(marks), 1)], k.notes()), "; "))
		return
	}
	lines := slices.Concat(k.rest(), []string{strings.Join(marks, ", ")}, k.notes())
	if k.Skipped {
		lines = append(lines, k.Message)
	}
	lines = slices.DeleteFunc(lines, func(line string) bool { return line == "" })
	switch {
	case many && k.made() == k.count(checks.Pass):
		c.line(k.Name + ": " + strings.Join(append([]string{k.outcome()}, lines...), "; "))
		return
	case many:
		c.line(k.Name + ": " + k.outcome())
	case givenName(k.Name, many) != "":
		c.line(subject(k.Name, many))
	}
	if findings := k.rows(); len(findings) > 0 {
		rows := []row{{neutral, []string{"check", "expected", "found", "result"}}}
		for _, f := range findings {
			rows = append(rows, row{toneOf(f.Status), []string{f.Check, dash(f.Expected), dash(f.Found), f.Status.String()}})
		}
		c.table(rows, 3)
	}
	for _, line := range lines {
		c.line(line)
	}
}
