package config_test

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// checkPlain reports what a plain scalar cannot begin with (7.3.3).
func (r *yamlModel) checkPlain(flow bool) {
	rest := r.rest()
	r.check(rest != "" && !strings.ContainsAny(rest[:1], ",[]{}#&*!|>'\"%@`"), "an indicator")
	if strings.ContainsAny(rest[:1], "-?:") {
		r.check(len(rest) > 1 && !strings.ContainsAny(rest[1:2], " \t") && (!flow || !strings.ContainsAny(rest[1:2], ",[]{}")), "an indicator alone")
	}
}

// plainLine reads a line of a plain scalar.
func (r *yamlModel) plainLine(flow bool) string {
	rest := r.rest()
	end := len(rest)
	for i := range len(rest) {
		after := rest[i+1:]
		colon := rest[i] == ':' && (after == "" || strings.ContainsAny(after[:1], " \t") || flow && strings.ContainsAny(after[:1], ",[]{}"))
		comment := rest[i] == '#' && i > 0 && strings.ContainsAny(rest[i-1:i], " \t")
		if colon || comment || flow && strings.ContainsAny(rest[i:i+1], ",[]{}") {
			end = i
			break
		}
	}
	r.col += end
	return strings.TrimRight(rest[:end], " \t")
}

// fold goes to the next line that is not blank, and returns what the line breaks
// before it are in a scalar (6.5).
func (r *yamlModel) fold() string {
	breaks := 0
	for r.newline(); !r.done() && strings.Trim(r.rest(), " \t") == ""; r.newline() {
		breaks++
	}
	if breaks == 0 {
		return " "
	}
	return strings.Repeat("\n", breaks)
}

// plain reads a plain scalar, whose further lines are indented more than parent.
func (r *yamlModel) plain(parent int, flow bool) string {
	text := r.plainLine(flow)
	for r.rest() == "" && !r.done() {
		row, col := r.row, r.col
		folded := r.fold()
		marker := r.marker()
		indent := len(r.rest()) - len(strings.TrimLeft(r.rest(), " "))
		r.white()
		more := ""
		if rest := r.rest(); !marker && rest != "" && rest[0] != '#' && (flow || indent > parent) {
			if flow {
				r.continues(r.depth == 1)
			}
			more = r.plainLine(flow)
		}
		if more == "" {
			r.row, r.col = row, col
			return text
		}
		text += folded + more
	}
	return text
}

// quoted reads a scalar in quotes (7.3.1, 7.3.2).
func (r *yamlModel) quoted() string {
	quote := r.rest()[:1]
	r.col++
	text, kept := "", 0 // bytes of text that folding must not trim
	for {
		rest := r.rest()
		switch {
		case rest == "", quote == `"` && rest == `\`:
			if rest == "" {
				text = text[:kept] + strings.TrimRight(text[kept:], " \t")
			}
			folded := r.fold()
			r.check(!r.done() && !r.marker(), "a quote that is not closed")
			r.continues(false)
			if rest == `\` {
				folded = strings.TrimPrefix(folded, " ")
			}
			r.white()
			text += folded
			kept = len(text)
		case strings.HasPrefix(rest, "''") && quote == "'":
			r.col += 2
			text += "'"
		case rest[:1] == quote:
			r.col++
			return text
		case rest[0] == '\\' && quote == `"`:
			text += r.escape()
			kept = len(text)
		default:
			r.col++
			text += rest[:1]
		}
	}
}

// escape reads an escape sequence (5.7).
func (r *yamlModel) escape() string {
	rest := r.rest()
	const of, to = "0abtnvfre \"/\\N_LP\t", "\x00\a\b\t\n\v\f\r\x1b \"/\\\u0085\u00a0\u2028\u2029\t"
	if i := strings.IndexByte(of, rest[1]); i >= 0 {
		r.col += 2
		return string([]rune(to)[i])
	}
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[rest[1]]
	r.check(digits > 0 && len(rest) >= 2+digits, "an escape")
	code, err := strconv.ParseUint(rest[2:2+digits], 16, 32)
	r.check(err == nil && utf8.ValidRune(rune(code)) && code <= utf8.MaxRune, "an escape")
	r.col += 2 + digits
	return string(rune(code))
}

// blockScalar reads a literal or folded scalar (8.1). White space around it makes no
// difference here, so how it is chomped does not matter.
func (r *yamlModel) blockScalar(parent int) string {
	folded := r.rest()[0] == '>'
	r.col++
	indent := 0
	for i := 0; i < 2 && r.rest() != ""; i++ {
		switch c := r.rest()[0]; {
		case c == '+' || c == '-':
			r.col++
		case '1' <= c && c <= '9':
			indent = max(parent, 0) + int(c-'0')
			r.col++
		}
	}
	r.check(r.atEnd(), "something after the head of a block")
	var lines []string
	longest := 0 // blank line at the begin
	for r.newline(); !r.done() && !r.marker(); r.newline() {
		line := r.rest()
		spaces := len(line) - len(strings.TrimLeft(line, " "))
		if spaces == len(line) && (indent == 0 || spaces <= indent) {
			longest = max(longest, spaces)
			lines = append(lines, "")
			continue
		}
		if indent == 0 {
			if spaces <= parent {
				break
			}
			indent = spaces
			r.check(longest <= indent, "a blank line that is indented more")
		}
		if spaces < indent {
			break
		}
		lines = append(lines, line[indent:])
	}
	if !folded {
		return strings.Join(lines, "\n")
	}
	return foldBlock(lines)
}

// foldBlock folds the lines of a block (8.1.3): a break between two lines of text is
// a space, unless one of them is indented more.
func foldBlock(lines []string) string {
	text, last, breaks := "", "", 0
	for _, line := range lines {
		if line == "" {
			breaks++
			continue
		}
		more := strings.ContainsAny(line[:1], " \t") || last != "" && strings.ContainsAny(last[:1], " \t")
		switch {
		case last == "":
			text += strings.Repeat("\n", breaks)
		case more:
			text += strings.Repeat("\n", breaks+1)
		case breaks == 0:
			text += " "
		default:
			text += strings.Repeat("\n", breaks)
		}
		text, last, breaks = text+line, line, 0
	}
	return text
}
