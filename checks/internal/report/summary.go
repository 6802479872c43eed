package report

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/plain"
)

// maxSummary is how many bytes of a summary are written; the runner loses one
// of over 1 MiB, which all of a job's steps share.
const maxSummary = 64 << 10

// summary renders the report as Markdown for the job summary.
func summary(r Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s %s: %s\n\n%s.\n", sign(r.Verdict.String()), Name, r.Verdict, sentence(r.Verdict.Doc()))
	for _, k := range r.Keys {
		summariseKey(&b, k)
	}
	if problems := r.problems(); len(problems) > 0 {
		b.WriteString("\n#### What to do\n\n")
		for _, p := range problems {
			fmt.Fprintf(&b, "- **%s** %s.", markdown(p.title), sentence(markdown(p.message)))
			if p.hint != "" {
				fmt.Fprintf(&b, " *%s.*", sentence(markdown(p.hint)))
			}
			b.WriteByte('\n')
		}
	}
	return trim(b.String())
}

func summariseKey(b *strings.Builder, k Key) {
	fmt.Fprintf(b, "\n**%s**\n", markdown(k.Name))
	if len(k.Findings) > 0 {
		b.WriteString("\n| check | expected | found | result |\n| --- | --- | --- | --- |\n")
		for _, f := range k.Findings {
			fmt.Fprintf(b, "| %s | %s | %s | %s %s |\n", f.Check, cell(f.Expected), cell(f.Found), sign(f.Status.String()), f.Status)
		}
	}
	if ids := k.notAsserted(); len(ids) > 0 && len(k.Findings) > 0 {
		fmt.Fprintf(b, "\nNot asserted: %s.\n", strings.Join(ids, ", "))
	}
	if k.Age != nil {
		fmt.Fprintf(b, "\nRotation: %d days old, due on %s, %d days left.\n", k.Age.Days, k.Age.DueOn.Format(time.DateOnly), k.Age.Left)
	}
	if k.Answer.RequestID != "" {
		fmt.Fprintf(b, "\nRequest id: `%s`\n", plain.Token(k.Answer.RequestID))
	}
}

// sign is the picture of a status or verdict.
func sign(status string) string {
	switch {
	case passed(status):
		return "✅"
	case failed(status):
		return "❌"
	case status == checks.Warn.String():
		return "⚠️"
	default:
		return "➖"
	}
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
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
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

// trim cuts a summary that is too long at the end of a line.
func trim(text string) string {
	const more = "\nThe rest is left out.\n"
	if len(text) <= maxSummary {
		return text
	}
	text = text[:maxSummary-len(more)]
	return text[:strings.LastIndexByte(text, '\n')+1] + more
}
