package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

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
	p, meaning := newPage(r), markdown(r.meaning())
	if r.many() {
		p.Keys, meaning = byUrgency(r.Keys), ": "+r.verdicts()
	}
	blocks := []string{fmt.Sprintf("### %s %s\n\nVerdict `%s`%s.\n", r.tone().sign(), markdown(r.headline()), r.Verdict, meaning)}
	marks := []string{r.program()}
	if r.many() {
		blocks = slices.Concat(blocks, p.overview(), p.todo(), p.folded())
	} else {
		blocks = append(blocks, p.todo()...)
		for _, k := range r.Keys {
			blocks = append(blocks, p.details(k))
			marks = append(k.marks(code), marks...)
		}
	}
	return fit(blocks, foot(marks))
}

// overview returns a table with a row for each key.
func (p page) overview() []string {
	blocks := []string{"\n| key | verdict | days&nbsp;left | worst finding |\n| --- | --- | --- | --- |\n"}
	for _, k := range p.Keys {
		blocks = append(blocks, fmt.Sprintf("| %s | %s&nbsp;%s | %s | %s |\n", markdown(k.Name), k.tone().sign(), k.Verdict, cell(k.daysLeft()), cell(plain.Line(k.worst()))))
	}
	return blocks
}

// folded returns the details of each key, to be unfolded.
func (p page) folded() []string {
	var blocks []string
	for _, k := range p.Keys {
		blocks = append(blocks, fmt.Sprintf("\n<details><summary>%s <b>%s</b>: %s</summary>\n%s%s\n</details>\n",
			k.tone().sign(), markdown(k.Name), k.outcome(), p.details(k), foot(k.marks(code))))
	}
	return blocks
}

// todo lists the problems, grouped by hint, with what to do.
func (p page) todo() []string {
	var blocks []string
	for i, a := range advices(p.problems()) {
		var b strings.Builder
		if i == 0 {
			b.WriteString("\n")
		}
		for j, problem := range a.problems {
			if j > 0 {
				b.WriteString("\n")
			}
			b.WriteString("- " + problem.level.tone().sign() + " " + p.problem(problem))
		}
		if a.hint != "" {
			b.WriteString("<br>" + p.sentence(a.hint))
		}
		blocks = append(blocks, b.String()+"\n")
	}
	return blocks
}

// problem renders a problem without its hint.
func (p page) problem(of problem) string {
	topic := markdown(of.topic)
	if slices.Contains(checks.IDs(), of.topic) {
		topic = p.check(of.topic)
	}
	if !p.many() {
		of.name = "" // the heading has it
	}
	switch {
	case of.name != "" && of.topic != "":
		return fmt.Sprintf("**%s**, %s: %s", markdown(of.name), topic, p.phrase(of.Message))
	case of.name != "":
		return fmt.Sprintf("**%s**: %s", markdown(of.name), p.phrase(of.Message))
	case of.topic != "":
		return fmt.Sprintf("%s: %s", topic, p.phrase(of.Message))
	case of.place.Name != "":
		// The message begins with the place in a file, if it is in one, and the name.
		file, message, _ := strings.Cut(of.Message, of.place.Name+": ")
		if file != "" {
			file = markdown(file) + " "
		}
		return file + p.name(of.place.Name) + ": " + p.phrase(message)
	case of.place.File != "":
		return p.phrase(of.Message) // a file's name keeps its letters
	default:
		return p.sentence(of.Message)
	}
}

// name renders where a mistake is: in a setting, or in what somebody took for one.
func (p page) name(text string) string {
	if slices.Contains(p.Settings, text) || p.settings.FindString(text) == text {
		return code(text)
	}
	return markdown(text)
}

// details renders the findings of one key.
func (p page) details(k Result) string {
	var b strings.Builder
	if k.Skipped {
		fmt.Fprintf(&b, "\n%s\n", p.sentence(k.Message))
	}
	if rows := k.rows(); len(rows) > 0 {
		b.WriteString("\n| check | expected | found | result |\n| --- | --- | --- | --- |\n")
		for _, f := range rows {
			fmt.Fprintf(&b, "| %s | %s | %s | %s&nbsp;%s |\n", p.check(f.Check), cell(f.Expected), cell(f.Found), toneOf(f.Status).sign(), f.Status)
		}
	}
	for _, note := range k.notes() {
		fmt.Fprintf(&b, "\n%s\n", p.sentence(note))
	}
	for _, line := range k.rest() {
		fmt.Fprintf(&b, "\n%s\n", p.sentence(line))
	}
	if k.Age != nil {
		atLeast := ""
		if k.Age.AtLeast {
			atLeast = "at least "
		}
		fmt.Fprintf(&b, "\nRotation: `%s` %s%d of %d days old, %s.\n", bar(*k.Age), atLeast, k.Age.Days, k.Age.Days+k.Age.Left, timeLeft(*k.Age))
	}
	if issue := k.issue(); issue != "" {
		fmt.Fprintf(&b, "\nRecord: [%s](%s)\n", markdown(issue), issue)
	}
	return b.String()
}

// foot renders marks as the last line.
func foot(marks []string) string {
	if len(marks) == 0 {
		return ""
	}
	text := strings.Join(marks, ", ")
	if !strings.HasPrefix(text, Name) {
		text = capital(text)
	}
	return "\n" + text + "\n"
}

// issue returns the URL of the key's record, or "" if there is none or it
// is unsafe.
func (k Result) issue() string {
	if !link().MatchString(k.ReminderIssue) {
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

// fit joins as many blocks as fit into a summary, and the last one.
func fit(blocks []string, last string) string {
	const more = "\nThe rest is left out.\n"
	if all := strings.Join(blocks, "") + last; len(all) <= maxSummary {
		return all
	}
	var b strings.Builder
	for _, block := range blocks {
		if b.Len()+len(block)+len(more)+len(last) > maxSummary {
			break
		}
		b.WriteString(block)
	}
	return b.String() + more + last
}
