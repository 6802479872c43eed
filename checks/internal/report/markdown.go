package report

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"flexy-key-check/checks/internal/plain"
)

// markdown turns any text into one line of Markdown that GitHub renders as that
// text.
func markdown(text string) string { return escape(plain.Text(text)) }

// escape turns characters with a meaning in Markdown, HTML or GitHub's links into
// entities, which are plain text everywhere.
func escape(text string) string {
	var b strings.Builder
	runes := []rune(text)
	for i, r := range runes {
		last := i == len(runes)-1 || runes[i+1] == ' '
		switch {
		case strings.ContainsRune("\\`*_{}[]<>()#!|~@&$/^\"'", r),
			strings.ContainsRune(".:", r) && !last,
			strings.ContainsRune("-+=", r) && i == 0:
			fmt.Fprintf(&b, "&#%d;", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// A page renders a report.
type page struct {
	Report
	settings *regexp.Regexp // matches what is code in a text
}

// newPage returns a page on which names of settings are code: those that are no
// words of English (base-url, FLEXY_TIMEOUT), and others with a value (type: SANDBOX)
// or, if no sentence has them before a colon, with a colon alone (environment:).
func newPage(r Report) page {
	const (
		values    = "inherit|write|read|production|staging|PRODUCTION|SANDBOX|any|enabled|disabled|revoked|none|fail|warn|skip|true|false"
		variables = "(?:FLEXY|GITHUB|INPUT|HTTPS?|SSL|ONECLICK(?:DZ)?)_[A-Z0-9_-]*[A-Z0-9]|NO_(?:PROXY|COLOR)"
	)
	words, names := []string{"secrets", "issues"}, []string{variables}
	for _, name := range r.Settings {
		if strings.Contains(name, "-") {
			names = append(names, regexp.QuoteMeta(name))
		} else {
			words = append(words, regexp.QuoteMeta(name))
		}
	}
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) }) // the longest match
	name := strings.Join(names, "|")
	return page{r, regexp.MustCompile(`(?:^|[ (])((?:` + strings.Join(words, "|") + "|" + name + `): (?:` + values + `)\b|` +
		`(?:with|env|environment|concurrency|permissions):|(?:` + name + `)\b)`)}
}

// phrase renders a text of the program, with a full stop.
func (p page) phrase(text string) string {
	text = plain.Text(text)
	var b strings.Builder
	at := 0
	for _, match := range p.settings.FindAllStringSubmatchIndex(text, -1) {
		from, to := match[2], match[3]
		b.WriteString(escape(text[at:from]) + code(text[from:to]))
		at = to
	}
	b.WriteString(escape(text[at:]))
	if strings.HasSuffix(text, "?") {
		return b.String()
	}
	return b.String() + "."
}

// sentence is a phrase that begins with a capital letter.
func (p page) sentence(text string) string { return capital(p.phrase(text)) }

// code renders a text that contains no backtick.
func code(text string) string { return "`" + text + "`" }

// capital capitalizes the first letter. Digits followed by a full stop would start
// a list, so it escapes the first of them.
func capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if digits := len(text) - len(strings.TrimLeft(text, "0123456789")); digits > 0 && strings.HasPrefix(text[digits:]+".", ".") {
		return fmt.Sprintf("&#%d;", first) + text[1:]
	}
	return strings.ToUpper(text[:size]) + text[size:]
}

// link matches URLs that are safe in Markdown links and in shell lines.
var link = plain.Pattern(`\Ahttps?://[A-Za-z0-9._:-]+(/[A-Za-z0-9._-]+)*\z`)

// check returns a check's ID, as a link to its place in the README if that is known.
func (p page) check(id string) string {
	if !link().MatchString(p.Readme) {
		return markdown(id)
	}
	return fmt.Sprintf("[%s](%s#%s)", markdown(id), p.Readme, id)
}

// cell renders a table cell.
func cell(text string) string {
	if text == "" {
		return "–"
	}
	return markdown(text)
}
