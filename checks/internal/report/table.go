package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/plain"
)

// writeLog writes a table of each key's checks, then the verdict. For the keys of
// a policy file it writes a table of verdicts first, and no checks for those that
// need no attention. Every line is harmless to the Actions runner; paint may
// colour texts.
func writeLog(w io.Writer, r Report, paint func(tone, string) string) {
	if r.Policy && len(r.Keys) > 0 {
		rows := []row{{neutral, []string{"key", "verdict", "worst finding", "days left"}}}
		for _, k := range r.Keys {
			rows = append(rows, row{k.tone(), []string{dash(k.Name), k.Verdict.String(), dash(plain.Line(k.worst())), dash(k.daysLeft())}})
		}
		writeRows(w, rows, 1, paint)
	}
	for _, k := range r.Keys {
		if r.Policy && len(k.findings()) == 0 {
			lines := k.rest()
			for _, m := range k.marks() {
				lines = append(lines, m.name+": "+m.value)
			}
			if len(lines) > 0 {
				fmt.Fprintln(w, plain.Text(k.Name+": "+strings.Join(lines, "; ")))
			}
			continue
		}
		writeKey(w, k, paint)
	}
	fmt.Fprintf(w, "verdict: %s: %s (exit code %d)\n", paint(r.tone(), r.Verdict.String()), r.meaning(), r.ExitCode)
}

// writeKey writes the findings of one key.
func writeKey(w io.Writer, k Result, paint func(tone, string) string) {
	if k.Name != checks.DefaultKeyName {
		fmt.Fprintf(w, "key: %s\n", plain.Text(k.Name))
	}
	if k.Skipped {
		fmt.Fprintf(w, "  %s\n", plain.Text(k.Message))
	}
	if findings := k.rows(); len(findings) > 0 {
		rows := []row{{neutral, []string{"check", "expected", "found", "result"}}}
		for _, f := range findings {
			rows = append(rows, row{toneOf(f.Status), []string{f.Check, dash(f.Expected), dash(f.Found), f.Status.String()}})
		}
		writeRows(w, rows, 3, paint)
	}
	for _, note := range k.notes() {
		fmt.Fprintf(w, "note: %s\n", plain.Text(note))
	}
	for _, line := range k.rest() {
		fmt.Fprintln(w, plain.Text(line))
	}
	for _, m := range k.marks() {
		fmt.Fprintf(w, "%s: %s\n", m.name, m.value)
	}
}

// A row is a row of a table, with its tone.
type row struct {
	tone  tone
	cells []string
}

// writeRows writes rows in aligned columns and paints one column.
func writeRows(w io.Writer, rows []row, painted int, paint func(tone, string) string) {
	widths := make([]int, len(rows[0].cells))
	for _, r := range rows {
		for i, cell := range r.cells {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, r := range rows {
		var line strings.Builder
		for i, cell := range r.cells {
			padding := ""
			if i < len(r.cells)-1 {
				padding = strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2)
			}
			if i == painted {
				cell = paint(r.tone, cell)
			}
			line.WriteString(cell + padding)
		}
		fmt.Fprintln(w, "  "+line.String())
	}
}

// dash returns the text of a cell, or a dash for an empty one.
func dash(cell string) string {
	if cell = plain.Text(cell); cell == "" {
		return "-"
	}
	return cell
}
