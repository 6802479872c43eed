package report

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/plain"
)

// maxSummary is the size of the largest summary, in bytes, without its last line
// feed; the runner loses one of over 1 MiB, which all of a job's steps share.
const maxSummary = 64<<10 - 1

// summary renders the report as Markdown for the job summary. It is put
// together from blocks, so that one that is too long ends between two.
func summary(r Report) string {
	blocks := []string{fmt.Sprintf("### %s %s: %s\n\n%s.\n", r.tone().sign(), Name, r.Verdict, sentence(markdown(r.meaning())))}
	if r.Policy && len(r.Keys) > 0 {
		blocks = append(blocks, overview(r.Keys)...)
	}
	for _, k := range r.Keys {
		switch {
		case !r.Policy:
			blocks = append(blocks, fmt.Sprintf("\n**%s**\n", markdown(k.Name))+details(k))
		case len(k.findings()) > 0 || k.Message != "":
			blocks = append(blocks, fmt.Sprintf("\n<details><summary>%s <b>%s</b>: %s</summary>\n\n%s\n</details>\n",
				k.tone().sign(), markdown(k.Name), k.Verdict, details(k)))
		}
	}
	if problems := r.problems(); len(problems) > 0 {
		blocks = append(blocks, "\n#### What to do\n\n")
		for _, p := range problems {
			blocks = append(blocks, advice(p))
		}
	}
	return fit(blocks)
}

// overview is a table with a line for each key.
func overview(keys []Key) []string {
	blocks := []string{"\n| key | result | rotation | fingerprint | not asserted |\n| --- | --- | --- | --- | --- |\n"}
	for _, k := range keys {
		rotation := "–"
		if k.Age != nil {
			rotation = timeLeft(*k.Age)
		}
		blocks = append(blocks, fmt.Sprintf("| %s | %s&nbsp;%s | %s | %s | %s |\n", markdown(k.Name), k.tone().sign(), k.Verdict, rotation, cell(k.Fingerprint), cell(strings.Join(k.notAsserted(), ", "))))
	}
	return blocks
}

// details is what was found of one key.
func details(k Key) string {
	var b strings.Builder
	if k.PassedOver {
		fmt.Fprintf(&b, "\n%s.\n", sentence(markdown(k.Message)))
	}
	if len(k.Findings) > 0 {
		b.WriteString("\n| check | expected | found | result |\n| --- | --- | --- | --- |\n")
		for _, f := range k.Findings {
			fmt.Fprintf(&b, "| %s | %s | %s | %s %s |\n", f.Check, cell(f.Expected), cell(f.Found), toneOf(f.Status).sign(), f.Status)
		}
		for _, note := range k.notes() {
			fmt.Fprintf(&b, "\nNote: %s.\n", markdown(note))
		}
		if ids := k.notAsserted(); len(ids) > 0 {
			fmt.Fprintf(&b, "\nNot asserted: %s.\n", strings.Join(ids, ", "))
		}
	}
	if k.Age != nil {
		atLeast := ""
		if k.Age.AtLeast {
			atLeast = "at least "
		}
		fmt.Fprintf(&b, "\nRotation: `%s` %s%d of %d days old, %s.\n", bar(*k.Age), atLeast, k.Age.Days, k.Age.Days+k.Age.Left, timeLeft(*k.Age))
	}
	if issue := k.issue(); issue != "" {
		fmt.Fprintf(&b, "\nReminder: [%s](%s)\n", markdown(issue), issue)
	}
	var ids []string
	for _, id := range k.ids() {
		ids = append(ids, id.name+" `"+id.value+"`")
	}
	if len(ids) > 0 {
		fmt.Fprintf(&b, "\n%s\n", sentence(strings.Join(ids, ", ")))
	}
	return b.String()
}

// link matches the address of an issue that is safe as it is, in a link and in
// a shell line.
var link = regexp.MustCompile(`\Ahttps?://[A-Za-z0-9._:-]+(/[A-Za-z0-9._-]+)*\z`)

// issue is the address of the open reminder issue, "" if there is none or it is
// not safe.
func (k Key) issue() string {
	if !link.MatchString(k.ReminderIssue) {
		return ""
	}
	return k.ReminderIssue
}

// timeLeft says when a rotation is due.
func timeLeft(age checks.Age) string {
	due := age.DueOn.Format(time.DateOnly)
	switch {
	case age.Left < 0:
		return fmt.Sprintf("was due on %s, %s ago", due, checks.Days(-age.Left))
	case age.Left == 0:
		return "due today, " + due
	default:
		return fmt.Sprintf("due on %s, %s left", due, checks.Days(age.Left))
	}
}

// bar shows how far a key is on its way to the next rotation.
func bar(age checks.Age) string {
	const width = 20
	full := min(width*age.Days/max(age.Days+age.Left, 1), width)
	return strings.Repeat("█", full) + strings.Repeat("░", width-full)
}

// advice is what to do about a problem, as an item of a list.
func advice(p problem) string {
	text := fmt.Sprintf("- **%s**: %s.", markdown(p.title), markdown(p.message))
	if p.hint != "" {
		stop := "."
		if strings.HasSuffix(p.hint, "?") {
			stop = ""
		}
		text += fmt.Sprintf(" *%s%s*", sentence(markdown(p.hint)), stop)
	}
	return text + "\n"
}

// cell renders a table cell.
func cell(text string) string {
	if text == "" {
		return "–"
	}
	return markdown(text)
}

// sentence starts a text with a capital letter.
func sentence(text string) string {
	_, size := utf8.DecodeRuneInString(text)
	return strings.ToUpper(text[:size]) + text[size:]
}

// markdown makes any text one line that GitHub renders as that text: whatever
// means something to Markdown, HTML or GitHub's links becomes an entity, which
// is text wherever it stands.
func markdown(text string) string {
	var b strings.Builder
	runes := []rune(plain.Text(text))
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

// fit joins as many blocks as a summary may hold.
func fit(blocks []string) string {
	const more = "\nThe rest is left out.\n"
	var b strings.Builder
	for i, block := range blocks {
		room := maxSummary - b.Len()
		if i < len(blocks)-1 {
			room -= len(more)
		}
		if len(block) > room {
			return b.String() + more
		}
		b.WriteString(block)
	}
	return b.String()
}
