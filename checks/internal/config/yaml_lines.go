package config

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// indented reports lines of a text in quotes or of a collection in brackets that are
// not indented more than the collection around it, which begins at a column. YAML 1.2
// refuses them, the parser does not. It returns whether there are none.
func (r policyReader) indented(n *yaml.Node, column int, lines []string) bool {
	const quoted = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle
	flow := n.Style&yaml.FlowStyle != 0
	if !flow && n.Style&quoted == 0 {
		ok := true
		for _, child := range n.Content {
			ok = r.indented(child, n.Column, lines) && ok
		}
		return ok
	}
	last, end := lastOf(n, lines)
	for i := n.Line; i < last; i++ {
		text := strings.TrimLeft(lines[i], " ")
		indent := len(lines[i]) - len(text)
		switch {
		case indent >= column, strings.Trim(text, " \t\r") == "", flow && text[0] == '#':
		case flow && i == last-1 && indent == end-1 && end == column: // the last bracket, as many write it
		default:
			r.fail("", &yaml.Node{Line: i + 1, Column: indent + 1}, "indent this line more than the field or the entry that it belongs to", "a line of a value that is not indented")
			return false
		}
	}
	return true
}

// lastOf returns the line and the column of the end of a text in quotes or of a
// collection in brackets.
func lastOf(n *yaml.Node, lines []string) (line, column int) {
	const blanks, flow = " \t\r", "[]{},"
	var quote rune
	brackets, from := 0, n.Column-1
	plain, json := false, false // in a text without quotes; right behind a quote or a bracket
	for row := n.Line - 1; row < len(lines); row, from = row+1, 0 {
		text := []rune(lines[row] + " ") // a line break is a blank
		for i := from; i < len(text)-1; i++ {
			c, next := text[i], text[i+1]
			ends := strings.ContainsRune(blanks+flow, next)
			switch {
			case quote == '"' && c == '\\', quote == '\'' && c == '\'' && next == '\'':
				i++
			case quote != 0:
				if c == quote {
					quote, json = 0, true
				}
			case c == '#' && (i == 0 || strings.ContainsRune(blanks, text[i-1])):
				i, plain = len(text), false
			case strings.ContainsRune(blanks, c):
			case !plain && (c == '"' || c == '\''):
				quote = c
			case c == '[' || c == '{':
				brackets, plain = brackets+1, false
			case c == ']' || c == '}':
				brackets, plain, json = brackets-1, false, true
			case c == ',', c == ':' && (ends || json), c == '?' && ends && !plain:
				plain, json = false, false
			default:
				plain, json = true, false
			}
			if quote == 0 && brackets == 0 {
				return row + 1, i + 1
			}
		}
	}
	return len(lines), 1
}
