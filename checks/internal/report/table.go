package report

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"flexy-key-check/checks/internal/plain"
)

// A row is a row of a table, with its tone.
type row struct {
	tone  tone
	cells []string
}

const (
	margin    = "  " // before each row, and between columns
	narrowest = 8    // characters of a column that wraps
)

// table writes rows in aligned columns and paints one column. If the rows are too
// long, the widest column wraps.
func (c console) table(rows []row, painted int) {
	widths := make([]int, len(rows[0].cells))
	for _, r := range rows {
		for i, cell := range r.cells {
			widths[i] = max(widths[i], cells(cell))
		}
	}
	for c.columns > 0 && total(widths) > c.columns && slices.Max(widths) > narrowest {
		widths[slices.Index(widths, slices.Max(widths))]--
	}
	for _, r := range rows {
		lines := make([][]string, len(r.cells))
		height := 1
		for i, cell := range r.cells {
			lines[i] = strings.Split(Wrap(cell, widths[i], ""), "\n")
			height = max(height, len(lines[i]))
		}
		for at := range height {
			var line strings.Builder
			blank := 0 // not yet written, so that no line ends in blanks
			for i, cell := range lines {
				blank += len(margin)
				if at >= len(cell) {
					blank += widths[i]
					continue
				}
				line.WriteString(strings.Repeat(" ", blank))
				blank = widths[i] - cells(cell[at])
				if i == painted {
					cell[at] = c.paint(r.tone, cell[at])
				}
				line.WriteString(cell[at])
			}
			fmt.Fprintln(c.w, line.String())
		}
	}
}

// total returns the width of a row.
func total(widths []int) int {
	sum := 0
	for _, width := range widths {
		sum += len(margin) + width
	}
	return sum
}

// cells returns how many columns of a terminal a text takes: letters of East Asia take
// two, and marks none.
func cells(text string) int {
	n := 0
	for _, r := range text {
		switch {
		case r < 0x300: // no mark is below
			n++
		case unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana):
			n += 2
		case !unicode.In(r, unicode.Mn, unicode.Me):
			n++
		}
	}
	return n
}

// Wrap breaks a text between words, or in a word that is too long, into lines that take
// at most width columns, unless that is 0. indent is before each but the first.
func Wrap(text string, width int, indent string) string {
	if width < len(indent)+2 || cells(text) <= width { // or no letter may fit
		return text
	}
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && cells(line+" "+word) <= width {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
			word = indent + word
		}
		for cells(word) > width {
			at, n := 0, 0
			for i, r := range word {
				if n += cells(string(r)); n > width {
					at = i
					break
				}
			}
			lines = append(lines, word[:at])
			word = indent + word[at:]
		}
		line = word
	}
	return strings.Join(append(lines, line), "\n")
}

// dash returns the text of a cell, or a dash for an empty one.
func dash(cell string) string {
	if cell = plain.Text(cell); cell == "" {
		return "-"
	}
	return cell
}
