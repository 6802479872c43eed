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

// maxSummary is the largest size of a summary, in bytes, without its last line
// feed. The runner drops summaries of more than 1 MiB, which all steps of a job
// share.
const maxSummary = 64<<10 - 1

// summary renders the report as Markdown for the job summary. It consists of
// blocks, between which a long one can be cut.
func summary(r Report) string {
	key, meaning := checks.DefaultKeyName, markdown(r.meaning())
	if !r.Policy && len(r.Keys) == 1 && r.Keys[0].Name != key {
		key = r.Keys[0].Name
		meaning = fmt.Sprintf("**%s**: %s", markdown(key), meaning)
	} else {
		meaning = sentence(meaning)
	}
	blocks := []string{fmt.Sprintf("### %s %s: %s\n\n%s.\n", r.tone().sign(), Name, r.Verdict, meaning)}
	if !r.Policy || len(r.Keys) == 0 {
		blocks = append(blocks, todo(r.problems(), key)...)
		for _, k := range r.Keys {
			blocks = append(blocks, details(k))
		}
		return fit(blocks)
	}
	blocks = append(blocks, overview(r.Keys)...)
	return fit(append(blocks, sections(r)...))
}

// sections returns a section for each key of a policy file: problems first, then
// keys that passed, collapsed.
func sections(r Report) []string {
	var blocks, folded []string
	general := r.notes()
	alike := r.alike()
	for _, v := range checks.Verdicts {
		if same := alike[v]; len(same) > maxAlike {
			general = append(general, merged(same))
		}
	}
	blocks = append(blocks, todo(general, "")...)
	for _, k := range r.Keys {
		problems := k.findings()
		if k.unjudged() && len(alike[k.Verdict]) <= maxAlike {
			problems = append([]problem{k.problem()}, problems...)
		}
		switch {
		case len(problems) > 0:
			blocks = append(blocks, fmt.Sprintf("\n#### %s %s: %s\n", k.tone().sign(), markdown(k.Name), k.Verdict))
			blocks = append(blocks, todo(problems, k.Name)...)
			blocks = append(blocks, details(k))
		case k.Verdict == checks.Passed:
			folded = append(folded, fmt.Sprintf("\n<details><summary>%s <b>%s</b>: %s</summary>\n%s\n</details>\n",
				k.tone().sign(), markdown(k.Name), k.tally(), details(k)))
		}
	}
	return append(blocks, folded...)
}

// overview returns a table with a row for each key.
func overview(keys []Result) []string {
	blocks := []string{"\n| key | verdict | worst finding | days left |\n| --- | --- | --- | --- |\n"}
	for _, k := range keys {
		blocks = append(blocks, fmt.Sprintf("| %s | %s&nbsp;%s | %s | %s |\n", markdown(k.Name), k.tone().sign(), k.Verdict, cell(plain.Line(k.worst())), cell(k.daysLeft())))
	}
	return blocks
}

// todo lists problems, grouped by hint. It omits the name of the given key.
func todo(problems []problem, key string) []string {
	if len(problems) == 0 {
		return nil
	}
	blocks := []string{"\n"}
	for _, a := range advices(problems) {
		var b strings.Builder
		for _, p := range a.problems {
			sign := bad
			if p.level == levelWarning {
				sign = careful
			}
			b.WriteString("- " + sign.sign() + " ")
			if name := p.name(key); name != "" {
				fmt.Fprintf(&b, "**%s**: ", markdown(name))
			}
			b.WriteString(markdown(p.Message) + ".\n")
		}
		if a.hint != "" {
			stop := "."
			if strings.HasSuffix(a.hint, "?") {
				stop = ""
			}
			fmt.Fprintf(&b, "\n  %s%s\n", sentence(markdown(a.hint)), stop)
		}
		blocks = append(blocks, b.String())
	}
	return blocks
}

// details renders the findings of one key.
func details(k Result) string {
	var b strings.Builder
	if k.Skipped {
		fmt.Fprintf(&b, "\n%s.\n", sentence(markdown(k.Message)))
	}
	if rows := k.rows(); len(rows) > 0 {
		b.WriteString("\n| check | expected | found | result |\n| --- | --- | --- | --- |\n")
		for _, f := range rows {
			fmt.Fprintf(&b, "| %s | %s | %s | %s&nbsp;%s |\n", f.Check, cell(f.Expected), cell(f.Found), toneOf(f.Status).sign(), f.Status)
		}
	}
	for _, note := range k.notes() {
		fmt.Fprintf(&b, "\nNote: %s.\n", markdown(note))
	}
	for _, line := range k.rest() {
		fmt.Fprintf(&b, "\n%s.\n", sentence(markdown(line)))
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
	var marks []string
	for _, m := range k.marks() {
		marks = append(marks, m.name+": `"+m.value+"`")
	}
	if len(marks) > 0 {
		fmt.Fprintf(&b, "\n%s\n", sentence(strings.Join(marks, ", ")))
	}
	return b.String()
}

// link matches URLs that are safe in Markdown links and in shell lines.
var link = regexp.MustCompile(`\Ahttps?://[A-Za-z0-9._:-]+(/[A-Za-z0-9._-]+)*\z`)

// issue returns the URL of the open reminder issue, or "" if there is none or it
// is unsafe.
func (k Result) issue() string {
	if !link.MatchString(k.ReminderIssue) {
		return ""
	}
	return k.ReminderIssue
}

// timeLeft describes when the rotation is due.
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

// bar draws a key's age as a progress bar.
func bar(age checks.Age) string {
	const width = 20
	full := min(width*age.Days/max(age.Days+age.Left, 1), width)
	return strings.Repeat("█", full) + strings.Repeat("░", width-full)
}

// cell renders a table cell.
func cell(text string) string {
	if text == "" {
		return "–"
	}
	return markdown(text)
}

// sentence capitalizes the first letter. Digits followed by a full stop would
// start a list, so it escapes the first of them.
func sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if digits := len(text) - len(strings.TrimLeft(text, "0123456789")); digits > 0 && strings.HasPrefix(text[digits:]+".", ".") {
		return fmt.Sprintf("&#%d;", first) + text[1:]
	}
	return strings.ToUpper(text[:size]) + text[size:]
}

// markdown turns any text into one line of Markdown that GitHub renders as that
// text. Characters with a meaning in Markdown, HTML or GitHub's links become
// entities, which are plain text everywhere.
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

// fit joins as many blocks as fit into a summary.
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
