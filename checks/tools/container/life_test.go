package container_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"flexy-key-check/checks/internal/test/emulator"
	"flexy-key-check/checks/internal/test/githubtest"
)

const (
	weekly = "weekly-reminder.yml"
	chat   = "tell-a-chat.yml"
)

// A life is what stays from one run to the next.
type life struct {
	*testing.T
	world

	hub     *githubtest.API
	secrets map[string]string
	rotate  string // the runbook's workflow, as the user has saved it
}

// A key's whole life: the weekly reminder says what to do, and doing just that, command
// by command, works each time. Days go by in the record's marker, because the program
// reads the real clock.
func TestKeysLife(t *testing.T) {
	built(t, plainImage)
	l := life{T: t, secrets: pairs("FLEXY_API_KEY", shop.Text, "FLEXY_ACCOUNT", account, "GITHUB_TOKEN", githubToken, "CHAT_URL", chatAddress)}
	l.hub, l.github = startGitHub(t, job{secrets: l.secrets})
	l.api = startAPI(t, shop)

	l.remind("closed", daysAgo(-90), "output key-age-days=0\n", "There is nothing to do before **"+daysAgo(-76)+"**", "`"+fingerprint(shop.Text)+"`, known since "+daysAgo(0))
	l.later(80)
	l.remind("open", daysAgo(-10), "output days-left=10\n", "must be rotated by **"+daysAgo(-10)+"**")
	l.play(chat, readWorkflow(t, chat), job{sends: 2, says: []string{"chat -42 got \"Flexy key: pass, rotate it by " + daysAgo(-10) + ". https://"}})
	l.obey(shop, renewed)
	l.remind("closed", daysAgo(-90), "output days-left=90\n", "There is nothing to do before **"+daysAgo(-76)+"**", "**Changed** from `"+fingerprint(shop.Text)+"` to `"+fingerprint(renewed.Text)+"`")
	l.later(95)
	l.remind("open", daysAgo(5), "output days-left=-5\n", "is **overdue**: it was to be rotated by **"+daysAgo(5)+"**", "**Overdue.**")
	l.obey(renewed, again)
	l.remind("closed", daysAgo(-90), "output key-age-days=0\n", "`"+fingerprint(again.Text)+"`, known since "+daysAgo(0), "**Changed** from `"+fingerprint(renewed.Text)+"` to `"+fingerprint(again.Text)+"`")
	if n := len(l.hub.Issues[0].Comments); n != 3 || len(l.hub.Issues) != 1 {
		t.Errorf("%d issues, %d comments", len(l.hub.Issues), n)
	}
}

// remind runs the weekly reminder, and compares what it and the record then say.
func (l *life) remind(state, due, output string, says ...string) {
	l.Helper()
	l.play(weekly, readWorkflow(l.T, weekly), job{sends: 1, says: []string{"output verdict=pass\n", firstIssue, output}, never: []string{"error["}})
	i := l.hub.Issues[0]
	text := i.Body
	if n := len(i.Comments); n > 0 {
		text += i.Comments[n-1].Body
	}
	if title := `Rotate the Flexy API key "checkout" by ` + due; i.State != state || i.Title != title {
		l.Errorf("the record is %s, %q, want %s, %q", i.State, i.Title, state, title)
	}
	for _, want := range says {
		if !strings.Contains(text, want) {
			l.Errorf("the record lacks %q:\n%s", want, text)
		}
	}
}

// play runs a workflow and compares its transcript.
func (l *life) play(file, workflow string, j job) {
	l.Helper()
	j.event, j.secrets, j.vars = manual, l.secrets, pairs("CHAT_ID", "-42")
	transcript, _ := l.run(l.T, file, workflow, j)
	j.compare(l.T, transcript)
}

// The marker of a record, and a date in it.
var (
	beginMarker = regexp.MustCompile(`<!-- flexy-key-check:begin .*?-->`)
	day         = regexp.MustCompile(`\d{4}-\d\d-\d\d`)
)

// later lets days go by.
func (l *life) later(days int) {
	i := l.hub.Issues[0]
	i.Body = beginMarker.ReplaceAllStringFunc(i.Body, func(marker string) string {
		return day.ReplaceAllStringFunc(marker, func(date string) string {
			t, _ := time.Parse(time.DateOnly, date)
			return t.AddDate(0, 0, -days).Format(time.DateOnly)
		})
	})
}

var (
	fence    = regexp.MustCompile("(?s)```(?:sh|yaml)\n(.*?)```")
	command  = regexp.MustCompile(`\Agh (secret set|secret delete|workflow run) (\S+) --repo ` + repository + `(?: -f step=(\w+))?\n\z`)
	lastLine = regexp.MustCompile(`(?m)^ *expect-fingerprint: '.*\n`)
)

// obey does what the record says, from top to bottom.
func (l *life) obey(old, renewed emulator.Key) {
	l.Helper()
	l.api.Set(renewed)
	paste := []string{renewed.Text, old.Text}
	for _, block := range fence.FindAllStringSubmatch(l.hub.Issues[0].Body, -1) {
		switch text := block[1]; {
		case strings.Contains(text, "jobs:"):
			if l.rotate == "" {
				l.rotate = text
			}
		case lastLine.MatchString(text):
			l.api.Revoke(old.Text)
			l.rotate = lastLine.ReplaceAllLiteralString(l.rotate, text)
		default:
			for line := range strings.Lines(text) {
				switch c := command.FindStringSubmatch(line); {
				case c == nil:
					l.Fatalf("the runbook has the command %q", line)
				case c[1] == "secret set":
					l.secrets[c[2]], paste = paste[0], paste[1:]
				case c[1] == "secret delete":
					delete(l.secrets, c[2])
				default:
					l.step(c[2], c[3], old, renewed)
				}
			}
		}
	}
	if _, left := l.secrets["FLEXY_API_KEY_OLD"]; left || len(paste) > 0 {
		l.Errorf("the secrets are %q", slices.Sorted(maps.Keys(l.secrets)))
	}
}

// step runs a step of the runbook's workflow.
func (l *life) step(file, step string, old, renewed emulator.Key) {
	l.Helper()
	j := map[string]job{
		"compare": {sends: 2, says: []string{"old key: " + fingerprint(old.Text) + "\n", "new key: " + fingerprint(renewed.Text) + "\n"}},
		"verify":  {sends: 1, says: []string{"output key-fingerprint=" + fingerprint(renewed.Text) + "\n"}},
		"revoked": {sends: 1, says: []string{"output valid=false\n", "the key with the fingerprint " + fingerprint(old.Text) + " is revoked"}, never: []string{"only if this very secret passed before"}},
	}[step]
	j.payload = `{"inputs": {"step": "` + step + `"}}`
	j.says = append(j.says, "output verdict=pass\n", "job "+step+": success\n")
	l.play(file, l.rotate, j)
}
