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
// Of many keys it lists the verdicts, and the checks of those that have
// something to look at. paint may colour a status; every line is harmless to
// the Actions runner.
func writeLog(w io.Writer, r Report, paint func(status, text string) string) {
	if r.Policy && len(r.Keys) > 0 {
		rows := [][]string{{"key", "result", "not asserted"}}
		for _, k := range r.Keys {
			rows = append(rows, []string{dash(k.Name), k.Verdict.String(), dash(strings.Join(k.notAsserted(), ", "))})
		}
		writeRows(w, rows, paint)
	}
	for _, k := range r.Keys {
		if r.Policy && len(k.findings()) == 0 && !k.PassedOver {
			continue
		}
		writeKey(w, k, paint)
	}
	fmt.Fprintf(w, "verdict: %s: %s (exit code %d)\n", paint(r.status(), r.Verdict.String()), r.meaning(), r.ExitCode)
}

// writeKey writes what was found of one key.
func writeKey(w io.Writer, k Key, paint func(status, text string) string) {
	if k.PassedOver {
		fmt.Fprintf(w, "key: %s\n  %s\n", plain.Text(k.Name), plain.Text(k.Message))
	}
	if len(k.Findings) == 0 {
		return
	}
	rows := [][]string{{"check", "result", "expected", "found"}}
	for _, f := range k.Findings {
		rows = append(rows, []string{f.Check, f.Status.String(), dash(f.Expected), dash(f.Found)})
	}
	fmt.Fprintf(w, "key: %s\n", plain.Text(k.Name))
	writeRows(w, rows, paint)
	for _, note := range k.notes() {
		fmt.Fprintf(w, "note: %s\n", plain.Text(note))
	}
	if ids := k.notAsserted(); len(ids) > 0 {
		fmt.Fprintf(w, "not asserted: %s\n", strings.Join(ids, ", "))
	}
	if id := plain.Token(k.Answer.RequestID); id != "" {
		fmt.Fprintf(w, "request id: %s\n", id)
	}
}

// writeRows writes rows in aligned columns. The second is the result.
func writeRows(w io.Writer, rows [][]string, paint func(status, text string) string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			padded := cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2)
			if i == len(row)-1 {
				padded = cell
			}
			if i == 1 {
				padded = paint(cell, padded)
			}
			line.WriteString(padded)
		}
		fmt.Fprintln(w, "  "+line.String())
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
