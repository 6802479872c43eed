package github

import (
	"cmp"
	_ "embed"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/plain"
)

// The texts of a record, with placeholders in braces: while the key is due, with the
// workflow in it, and while it is young.
var (
	//go:embed runbook.md
	runbook string
	//go:embed workflow.yml
	workflow string
	//go:embed young.md
	young string
)

// title returns the title of a record.
func title(key string, due day) string {
	return fmt.Sprintf(`Rotate the Flexy API key "%s" by %s`, plain.Line(key), due)
}

// retitle returns a title with the new due date. It leaves a title that a person
// wrote unchanged.
func retitle(was, key string, due day) string {
	prefix, suffix, _ := strings.Cut(regexp.QuoteMeta(title(key, "\x00")), "\x00")
	ours := regexp.MustCompile(`(?i)` + prefix + `\d{4}-\d{2}-\d{2}` + suffix)
	return ours.ReplaceAllLiteralString(was, title(key, due))
}

// text returns the visible text of a record. The age and the run in it are those of
// the run that writes it.
func (p plan) text() string {
	r := p.run
	name, where := r.commands()
	template := strings.Replace(runbook, "{workflow}", workflow, 1)
	if p.next.stage == Young {
		template = young
	}
	fingerprint := p.current()
	return strings.NewReplacer(
		"{key}", inCode(r.Name),
		"{due}", string(p.next.due),
		"{is-due}", p.dueText(),
		"{start}", string(p.remind),
		"{age}", p.ageText(),
		"{left}", p.leftText(),
		"{written}", p.writtenText(),
		"{known}", p.knownText(),
		"{label}", Label,
		"{host}", r.host(),
		"{secret}", name,
		"{old}", name+"_OLD",
		"{where}", where,
		"{repository}", "--repo "+shellQuote(r.Repository),
		"{clicks}", clicksFor(r.Secret),
		"{variable}", p.variable(),
		"{by-clicks}", p.variableByClicks(),
		"{note}", noteFor(r.Secret),
		"{environment}", environmentFor(r.Secret),
		"{fingerprint}", cmp.Or(fingerprint, "<fingerprint>"),
		"{proof}", proofFor(fingerprint),
		"{action}", r.action(),
	).Replace(template)
}

// dueText says until when the key must be rotated, to follow "The key".
func (p plan) dueText() string {
	switch {
	case p.next.stage != Overdue:
		return "must be rotated by **" + string(p.next.due) + "**"
	case p.next.due == dayOf(p.run.Today):
		return "is **due**: it is to be rotated by **" + string(p.next.due) + "**"
	}
	return "is **overdue**: it was to be rotated by **" + string(p.next.due) + "**"
}

// ageText returns the key's age, to follow "It was".
func (p plan) ageText() string {
	days := max(dayOf(p.run.Today).since(p.base), 0)
	switch text := checks.Days(days) + " old"; {
	case p.source == ByDate:
		return text
	case days == 0:
		return "of unknown age"
	default:
		return "at least " + text
	}
}

// leftText returns how many days are left.
func (p plan) leftText() string {
	switch left := p.next.due.since(dayOf(p.run.Today)); {
	case left > 0:
		return "with " + checks.Days(left) + " left"
	case left == 0:
		return "due on that very day"
	default:
		return checks.Days(-left) + " overdue"
	}
}

// writtenText names the run that wrote the record, to follow "when".
func (p plan) writtenText() string {
	if website(p.run.URL) == nil {
		return "this was last written"
	}
	return "[this run](" + p.run.URL + ") last wrote this"
}

// current returns the fingerprint of the key whose age this is, or "". A date later
// than the last key's may be another key's: the run has not seen it.
func (p plan) current() string {
	if last := p.next.last(); p.base <= p.next.since(last) {
		return last
	}
	return ""
}

// knownText says by which fingerprint the record knows the key.
func (p plan) knownText() string {
	last := p.next.last()
	switch {
	case last == "":
		return "No run has had the key itself at hand yet."
	case p.current() == "":
		return fmt.Sprintf("The last key that this record knows, since %s, has the fingerprint `%s`.", p.next.since(last), last)
	}
	return fmt.Sprintf("Its fingerprint is `%s`, known since %s.", last, p.next.since(last))
}

// page matches the URL of a web page that is safe in Markdown and in an output.
var page = plain.Pattern(`\Ahttps?://[A-Za-z0-9.:-]+(/[A-Za-z0-9._/-]*)?\z`)

const maxAddress = 500

// website parses the URL of a web page. It returns nil if that is not safe.
func website(address string) *url.URL {
	u, err := url.Parse(address)
	if err != nil || len(address) > maxAddress || !page().MatchString(address) {
		return nil
	}
	return u
}

// inCode makes s safe between two backticks.
func inCode(s string) string { return strings.ReplaceAll(plain.Line(s), "`", "'") }

// shellQuote returns s as one word of a POSIX shell.
func shellQuote(s string) string {
	s = inCode(s)
	if s != "" && strings.Trim(s, plain.TokenCharacters+"/") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// yamlQuote returns s as a YAML scalar in which a workflow evaluates nothing.
func yamlQuote(s string) string {
	s = strings.ReplaceAll(inCode(s), "${{", "$ {{")
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}
