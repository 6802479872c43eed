package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"flexy-key-check/checks/internal/plain"
)

// writeLog writes the table of checks of each key, then the verdict in words.
// Of many keys it lists the verdicts, and the checks of those that have
// something to look at. paint may colour a text; every line is harmless to the
// Actions runner.
func writeLog(w io.Writer, r Report, paint func(tone, string) string) {
	if r.Policy && len(r.Keys) > 0 {
		rows := []row{{neutral, []string{"key", "result", "fingerprint", "not asserted"}}}
		for _, k := range r.Keys {
			rows = append(rows, row{k.tone(), []string{dash(k.Name), k.Verdict.String(), dash(k.Fingerprint), dash(strings.Join(k.notAsserted(), ", "))}})
		}
		writeRows(w, rows, paint)
	}
	for _, k := range r.Keys {
		if r.Policy && len(k.findings()) == 0 && !k.PassedOver {
			continue
		}
		writeKey(w, k, paint)
	}
	fmt.Fprintf(w, "verdict: %s: %s (exit code %d)\n", paint(r.tone(), r.Verdict.String()), r.meaning(), r.ExitCode)
}

// writeKey writes what was found of one key.
func writeKey(w io.Writer, k Key, paint func(tone, string) string) {
	if k.PassedOver {
		fmt.Fprintf(w, "key: %s\n  %s\n", plain.Text(k.Name), plain.Text(k.Message))
	}
	if len(k.Findings) == 0 {
		return
	}
	rows := []row{{neutral, []string{"check", "result", "expected", "found"}}}
	for _, f := range k.Findings {
		rows = append(rows, row{toneOf(f.Status), []string{f.Check, f.Status.String(), dash(f.Expected), dash(f.Found)}})
	}
	fmt.Fprintf(w, "key: %s\n", plain.Text(k.Name))
	writeRows(w, rows, paint)
	for _, note := range k.notes() {
		fmt.Fprintf(w, "note: %s\n", plain.Text(note))
	}
	if ids := k.notAsserted(); len(ids) > 0 {
		fmt.Fprintf(w, "not asserted: %s\n", strings.Join(ids, ", "))
	}
	for _, id := range k.ids() {
		fmt.Fprintf(w, "%s: %s\n", id.name, id.value)
	}
}

// An id tells the key, or what was asked about it, from others.
type id struct{ name, value string }

// ids lists what there is of the key's fingerprint and the request's id.
func (k Key) ids() []id {
	all := []id{{"fingerprint", plain.Token(k.Fingerprint)}, {"request id", plain.Token(k.Answer.RequestID)}}
	return slices.DeleteFunc(all, func(i id) bool { return i.value == "" })
}

// A row is a line of a table. Its second cell is the result, in its tone.
type row struct {
	tone  tone
	cells []string
}

// writeRows writes rows in aligned columns.
func writeRows(w io.Writer, rows []row, paint func(tone, string) string) {
	widths := make([]int, len(rows[0].cells))
	for _, r := range rows {
		for i, cell := range r.cells {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, r := range rows {
		var line strings.Builder
		for i, cell := range r.cells {
			if i < len(r.cells)-1 {
				cell += strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2)
			}
			if i == 1 {
				cell = paint(r.tone, cell)
			}
			line.WriteString(cell)
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
