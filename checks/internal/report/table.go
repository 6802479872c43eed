package report

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

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
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for c.columns > 0 && total(widths) > c.columns && slices.Max(widths) > narrowest {
		widths[slices.Index(widths, slices.Max(widths))]--
	}
	for _, r := range rows {
		lines := make([][]string, len(r.cells))
		height := 1
		for i, cell := range r.cells {
			lines[i] = strings.Split(wrap(cell, widths[i], ""), "\n")
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
				blank = widths[i] - utf8.RuneCountInString(cell[at])
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

// wrap breaks a text between words, or in a word that is too long, into lines of at
// most width characters, unless that is 0. indent is before each but the first.
func wrap(text string, width int, indent string) string {
	if width <= len(indent) || utf8.RuneCountInString(text) <= width {
		return text
	}
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && utf8.RuneCountInString(line+" "+word) <= width {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
			word = indent + word
		}
		for runes := []rune(word); len(runes) > width; runes = []rune(word) {
			lines = append(lines, string(runes[:width]))
			word = indent + string(runes[width:])
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
