package github

import (
	_ "embed"
	"fmt"
	"hash/crc32"
	"net/url"
	"regexp"
	"strings"
	"time"

	"flexy-key-check/checks/internal/plain"
	"flexy-key-check/checks/internal/secret"
)

// runbook is what a reminder says, with names in braces for what differs.
//
//go:embed runbook.md
var runbook string

// The marked part of an issue's body stands between these two. The first tells
// which key it is for, which key that was and what it was written for, the last is
// the same for all.
const (
	beginMarker = `<!-- flexy-key-check:begin key="%s" due="%s" stage="%s" fingerprint="%s" sum="%s" -->`
	endMarker   = `<!-- flexy-key-check:end -->`
)

// begins finds any begin marker, however its attributes were edited.
var begins = regexp.MustCompile(`<!-- flexy-key-check:begin ([^<>]*)-->`)

// Title returns the title of the reminder's issue.
func Title(r Reminder) string {
	return titleFor(r.KeyName, date(r.DueOn))
}

func titleFor(key, due string) string {
	return fmt.Sprintf(`Rotate the Flexy API key "%s" by %s`, plain.Line(key), due)
}

// retitle returns title with the new due date. A title that a person wrote
// stays.
func retitle(title string, r Reminder) string {
	prefix, suffix, _ := strings.Cut(regexp.QuoteMeta(titleFor(r.KeyName, "\x00")), "\x00")
	ours := regexp.MustCompile(prefix + `\d{4}-\d{2}-\d{2}` + suffix)
	return ours.ReplaceAllLiteralString(title, Title(r))
}

// Body returns the marked part of the body of the reminder's issue: a runbook,
// in Markdown. Its age and run are those of the run that writes it.
func Body(r Reminder) string {
	content := runbookFor(r)
	return fmt.Sprintf(beginMarker, encode(r.KeyName), date(r.DueOn), r.Stage, r.Fingerprint, sum(content)) + content + endMarker
}

// runbookFor fills in the runbook.
func runbookFor(r Reminder) string {
	name, where := commandsFor(r)
	environment := ""
	if r.Secret.Environment != "" && r.Secret.Organization == "" {
		environment = "\n    environment: " + yamlQuote(r.Secret.Environment)
	}
	host := ""
	if site := website(r.ServerURL); site != nil && site.Host != "github.com" {
		host = "export GH_HOST=" + shellQuote(site.Host) + "\n"
	}
	expect, one, another := "", "", ""
	if r.Fingerprint != "" {
		expect = "\n          expect-fingerprint: '" + r.Fingerprint + "'"
		one, another = ", the one with the fingerprint `"+r.Fingerprint+"`", ", with another fingerprint,"
	}
	action := r.Action
	if !actionName.MatchString(action) {
		action = DefaultAction
	}
	return strings.NewReplacer(
		"{key}", inCode(r.KeyName),
		"{yaml-key}", yamlQuote(r.KeyName),
		"{due}", dueText(r),
		"{age}", ageText(r),
		"{left}", leftText(r.DaysLeft),
		"{written}", writtenText(r.RunURL),
		"{host}", host,
		"{secret}", name,
		"{old}", name+"_OLD",
		"{where}", where,
		"{note}", noteFor(r),
		"{environment}", environment,
		"{expect-fingerprint}", expect,
		"{one}", one,
		"{another}", another,
		"{action}", action,
		"{repository}", shellQuote(r.Repository),
	).Replace(runbook)
}

const maxName = 100

// secretName is what GitHub takes for the name of a secret, and actionName what
// a workflow can use.
var (
	secretName = regexp.MustCompile(`\A[A-Za-z_][A-Za-z0-9_]*\z`)
	actionName = regexp.MustCompile(`\A[A-Za-z0-9_.-]+/[A-Za-z0-9_./-]+@[A-Za-z0-9_./-]+\z`)
)

// commandsFor returns the name of the secret that holds the key, and gh's flags
// for where it lives.
func commandsFor(r Reminder) (name, where string) {
	name = r.Secret.Name
	if len(name) > maxName || !secretName.MatchString(name) {
		name = "FLEXY_API_KEY"
	}
	repository := r.Secret.Repository
	if repository == "" {
		repository = r.Repository
	}
	switch {
	case r.Secret.Organization != "":
		where = "--org " + shellQuote(r.Secret.Organization)
	case r.Secret.Environment != "":
		where = "--repo " + shellQuote(repository) + " --env " + shellQuote(r.Secret.Environment)
	default:
		where = "--repo " + shellQuote(repository)
	}
	return name, where
}

// noteFor returns what else step 2 takes, on lines of its own.
func noteFor(r Reminder) string {
	var notes []string
	if r.Secret.Organization != "" {
		notes = append(notes, "`gh` also sets who may use an organization secret. Look with `gh secret list --org …` how it is now, and add the same `--visibility` or `--repos` to both commands.")
	}
	if len(r.Secret.Name) > maxName || !secretName.MatchString(r.Secret.Name) {
		notes = append(notes, "`FLEXY_API_KEY` stands for the name of your secret, and add `--env` or `--org` if it is not the repository's.")
	}
	if !r.AtLeast {
		notes = append(notes, "Set `rotated-on` to the day on which you generated the new key.")
	}
	if len(notes) == 0 {
		return ""
	}
	return "\n" + strings.Join(notes, "\n\n") + "\n"
}

// dueText says by when, after "The key".
func dueText(r Reminder) string {
	if r.Stage == Overdue {
		return "is **overdue**: it was to be rotated by **" + date(r.DueOn) + "**"
	}
	return "must be rotated by **" + date(r.DueOn) + "**"
}

// ageText says how old the key is, after "It was".
func ageText(r Reminder) string {
	text := days(r.AgeDays) + " old"
	if r.AtLeast {
		return "at least " + text
	}
	return text
}

// leftText says how many days are left.
func leftText(left int) string {
	switch {
	case left > 0:
		return "with " + days(left) + " left"
	case left == 0:
		return "due on that very day"
	}
	return days(-left) + " overdue"
}

func days(n int) string {
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}

// date writes the UTC date of a moment.
func date(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// encode makes a key's name safe inside an attribute of an HTML comment, which
// "--" or ">" could end.
func encode(name string) string {
	return strings.ReplaceAll(url.QueryEscape(name), "-", "%2D")
}

// sum is the checksum by which an edit of the marked part is noticed. GitHub's
// editor rewrites line ends, which does not count as an edit.
func sum(content string) string {
	content = strings.ReplaceAll(content, "\r", "")
	return fmt.Sprintf("%08x", crc32.ChecksumIEEE([]byte(content)))
}

// A part is the marked part of a body that is for one key.
type part struct {
	start, end int // where it stands: body[start:end]
	due, stage string

	fingerprint string // of the key that is to be rotated, "" if it was not at hand yet
	intact      bool   // nobody has edited it since it was written
}

// find returns the first part of body that is for the key.
func find(body, key string) (part, bool) {
	all := begins.FindAllStringSubmatchIndex(body, -1)
	for i, m := range all {
		attributes := body[m[2]:m[3]]
		if attribute(attributes, "key") != encode(key) {
			continue
		}
		p := part{start: m[0], end: m[1], due: attribute(attributes, "due"), stage: attribute(attributes, "stage")}
		if noted := attribute(attributes, "fingerprint"); secret.IsFingerprint(noted) {
			p.fingerprint = noted
		}
		limit := len(body)
		if i+1 < len(all) {
			limit = all[i+1][0]
		}
		// Without an end marker we own only the begin marker.
		if at := strings.Index(body[m[1]:limit], endMarker); at >= 0 {
			p.end = m[1] + at + len(endMarker)
			if content := body[m[1] : m[1]+at]; sum(content) == attribute(attributes, "sum") {
				// The runbook is as it was written, whatever has become of the marker.
				written := fingerprintIn(content)
				p.intact = p.fingerprint == written
				p.fingerprint = written
			}
		}
		return p, true
	}
	return part{}, false
}

// expected matches where the runbook names the old key's fingerprint.
var expected = regexp.MustCompile(`\n +expect-fingerprint: '([0-9a-f]+)'`)

// fingerprintIn returns the fingerprint that a runbook names, or "".
func fingerprintIn(content string) string {
	if m := expected.FindStringSubmatch(content); len(m) == 2 && secret.IsFingerprint(m[1]) {
		return m[1]
	}
	return ""
}

// attribute returns the value of a named attribute, or "".
func attribute(attributes, name string) string {
	_, rest, _ := strings.Cut(" "+attributes, " "+name+`="`)
	value, _, closed := strings.Cut(rest, `"`)
	if !closed {
		return ""
	}
	return value
}

// writtenText says which run wrote, after "when".
func writtenText(run string) string {
	if website(run) == nil {
		return "this was last written"
	}
	return "[this run](" + run + ") last wrote this"
}

// page is an address of a page that is safe in Markdown and in an output.
var page = regexp.MustCompile(`\Ahttps?://[A-Za-z0-9.:-]+(/[A-Za-z0-9._/-]*)?\z`)

const maxAddress = 500

// website returns an address of a page as a URL, or nil if it is none.
func website(address string) *url.URL {
	u, err := url.Parse(address)
	if err != nil || len(address) > maxAddress || !page.MatchString(address) {
		return nil
	}
	return u
}

// inCode makes a text safe between two backticks.
func inCode(s string) string { return strings.ReplaceAll(plain.Line(s), "`", "'") }

// shellQuote makes a text one word of a POSIX shell.
func shellQuote(s string) string {
	s = inCode(s)
	if s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:-") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// yamlQuote makes a text a YAML scalar in which a workflow evaluates nothing.
func yamlQuote(s string) string {
	s = strings.ReplaceAll(inCode(s), "${{", "$ {{")
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}
