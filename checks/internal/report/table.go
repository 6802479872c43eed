package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/plain"
)

// writeLog writes the table of checks of each key, then the verdict in words.
// paint may colour a status; every line is harmless to the Actions runner.
func writeLog(w io.Writer, r Report, paint func(status, text string) string) {
	for _, k := range r.Keys {
		if len(k.Findings) > 0 {
			writeTable(w, k, paint)
		}
		if ids := k.notAsserted(); len(ids) > 0 && len(k.Findings) > 0 {
			fmt.Fprintf(w, "not asserted: %s\n", strings.Join(ids, ", "))
		}
		if k.Answer.RequestID != "" {
			fmt.Fprintf(w, "request id: %s\n", plain.Text(k.Answer.RequestID))
		}
	}
	verdict := r.Verdict.String()
	fmt.Fprintf(w, "verdict: %s: %s (exit code %d)\n", paint(verdict, verdict), r.Verdict.Doc(), r.ExitCode)
}

// writeTable writes one key's findings in aligned columns.
func writeTable(w io.Writer, k Key, paint func(status, text string) string) {
	rows := [][]string{{"check", "result", "expected", "found"}}
	for _, f := range k.Findings {
		rows = append(rows, []string{f.Check, f.Status.String(), dash(f.Expected), dash(f.Found)})
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	fmt.Fprintf(w, "key: %s\n", plain.Text(k.Name))
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			padded := cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2)
			if i == 1 {
				padded = paint(cell, padded)
			}
			line.WriteString(padded)
		}
		fmt.Fprintln(w, "  "+strings.TrimRight(line.String(), " "))
	}
}

// dash stands for a cell with nothing in it.
func dash(cell string) string {
	if cell = plain.Text(cell); cell == "" {
		return "-"
	}
	return cell
}

// failed and passed sort verdicts and statuses for colours and signs.
func failed(status string) bool {
	return !passed(status) && !slices.Contains([]string{checks.Warn.String(), checks.Skip.String(), checks.Skipped.String(), "result"}, status)
}

func passed(status string) bool { return status == checks.Pass.String() }
