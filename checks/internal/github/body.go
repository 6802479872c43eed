package github

import (
	_ "embed"
	"fmt"
	"hash/crc32"
	"net/url"
	"regexp"
	"strings"
	"time"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/plain"
	"flexy-key-check/checks/internal/secret"
)

// runbook is the text of a reminder, with placeholders in braces.
//
//go:embed runbook.md
var runbook string

// These two enclose the marked part of an issue's body. The first identifies the
// key and what the part was written for. The second is the same for all keys.
const (
	beginMarker = `<!-- flexy-key-check:begin key="%s" due="%s" stage="%s" fingerprint="%s" sum="%s" -->`
	endMarker   = `<!-- flexy-key-check:end -->`
)

// begins matches any begin marker, even if its attributes were edited.
var begins = regexp.MustCompile(`<!-- flexy-key-check:begin ([^<>]*)-->`)

// Title returns the title of a reminder's issue.
func Title(r Reminder) string {
	return titleFor(r.KeyName, date(r.DueOn))
}

func titleFor(key, due string) string {
	return fmt.Sprintf(`Rotate the Flexy API key "%s" by %s`, plain.Line(key), due)
}

// retitle returns title with the new due date. It leaves a title that a person
// wrote unchanged.
func retitle(title string, r Reminder) string {
	prefix, suffix, _ := strings.Cut(regexp.QuoteMeta(titleFor(r.KeyName, "\x00")), "\x00")
	ours := regexp.MustCompile(prefix + `\d{4}-\d{2}-\d{2}` + suffix)
	return ours.ReplaceAllLiteralString(title, Title(r))
}

// Body returns the marked part of the body: a runbook in Markdown. The
// key's age and the run in it are those of the run that writes it.
func Body(r Reminder) string {
	content := runbookFor(r)
	return fmt.Sprintf(beginMarker, encode(r.KeyName), date(r.DueOn), r.Stage, r.Fingerprint, sum(content)) + content + endMarker
}

// runbookFor returns the runbook with its placeholders filled in.
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

var (
	secretName = regexp.MustCompile(`\A[A-Za-z_][A-Za-z0-9_]*\z`)
	actionName = regexp.MustCompile(`\A[A-Za-z0-9_.-]+/[A-Za-z0-9_./-]+@[A-Za-z0-9_./-]+\z`) // what a workflow can use
)

// ValidSecretName reports whether GitHub allows a secret of that name.
func ValidSecretName(name string) bool { return secretName.MatchString(name) }

// showable reports whether a runbook can show the secret's name.
func (s Secret) showable() bool { return len(s.Name) <= maxName && ValidSecretName(s.Name) }

// commandsFor returns the name of the secret that contains the key, and gh's
// flags for where it is.
func commandsFor(r Reminder) (name, where string) {
	name = r.Secret.Name
	if !r.Secret.showable() {
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

// noteFor returns what else to do in step 2, in paragraphs of their own.
func noteFor(r Reminder) string {
	var notes []string
	if r.Secret.Organization != "" {
		notes = append(notes, "`gh` also sets who may use an organization secret. Look with `gh secret list --org …` how it is now, and add the same `--visibility` or `--repos` to both commands.")
	}
	if !r.Secret.showable() {
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

// dueText returns the due date, to follow "The key".
func dueText(r Reminder) string {
	if r.Stage == Overdue {
		return "is **overdue**: it was to be rotated by **" + date(r.DueOn) + "**"
	}
	return "must be rotated by **" + date(r.DueOn) + "**"
}

// ageText returns the key's age, to follow "It was".
func ageText(r Reminder) string {
	text := checks.Days(r.AgeDays) + " old"
	if r.AtLeast {
		return "at least " + text
	}
	return text
}

// leftText returns how many days are left.
func leftText(left int) string {
	switch {
	case left > 0:
		return "with " + checks.Days(left) + " left"
	case left == 0:
		return "due on that very day"
	}
	return checks.Days(-left) + " overdue"
}

// date returns the UTC date of t.
func date(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// encode makes a key's name safe in an attribute of an HTML comment, which "--"
// or ">" could end.
func encode(name string) string {
	return strings.ReplaceAll(url.QueryEscape(name), "-", "%2D")
}

// sum returns the checksum that reveals whether the marked part was edited. It
// ignores line ends, because GitHub's editor rewrites them.
func sum(content string) string {
	content = strings.ReplaceAll(content, "\r", "")
	return fmt.Sprintf("%08x", crc32.ChecksumIEEE([]byte(content)))
}

// A part is one key's marked part of a body.
type part struct {
	start, end int // the part is body[start:end]
	due, stage string

	fingerprint string // of the key to rotate, "" if no run has had it yet
	intact      bool   // nobody has edited it since it was written
}

// find returns the key's first part of body, if there is one.
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
				// The runbook is unedited, so trust it more than the marker.
				written := fingerprintIn(content)
				p.intact = p.fingerprint == written
				p.fingerprint = written
			}
		}
		return p, true
	}
	return part{}, false
}

// expected matches the old key's fingerprint in the runbook.
var expected = regexp.MustCompile(`\n +expect-fingerprint: '([0-9a-f]+)'`)

// fingerprintIn returns the fingerprint in a runbook, or "".
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

// writtenText names the run that wrote the issue, to follow "when".
func writtenText(run string) string {
	if website(run) == nil {
		return "this was last written"
	}
	return "[this run](" + run + ") last wrote this"
}

// page matches the URL of a web page that is safe in Markdown and in an output.
var page = regexp.MustCompile(`\Ahttps?://[A-Za-z0-9.:-]+(/[A-Za-z0-9._/-]*)?\z`)

const maxAddress = 500

// website parses the URL of a web page. It returns nil if that is not safe.
func website(address string) *url.URL {
	u, err := url.Parse(address)
	if err != nil || len(address) > maxAddress || !page.MatchString(address) {
		return nil
	}
	return u
}

// inCode makes s safe between two backticks.
func inCode(s string) string { return strings.ReplaceAll(plain.Line(s), "`", "'") }

// shellQuote returns s as one word of a POSIX shell.
func shellQuote(s string) string {
	s = inCode(s)
	if s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:-") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// yamlQuote returns s as a YAML scalar in which a workflow evaluates nothing.
func yamlQuote(s string) string {
	s = strings.ReplaceAll(inCode(s), "${{", "$ {{")
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}
