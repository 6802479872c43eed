package github

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
	"go.yaml.in/yaml/v4"

	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/testkit"
)

func TestBody(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*Reminder){
		"repository": func(*Reminder) {},
		"environment": func(r *Reminder) {
			*r = reminder(90)
			r.Secret.Environment, r.AtLeast, r.AgeDays, r.DaysLeft = "it's production", true, 91, -1
		},
		"organization": func(r *Reminder) {
			r.Secret.Organization, r.AtLeast, r.AgeDays, r.DaysLeft = "acme", true, 1, 1
			r.ServerURL, r.RunURL = "https://git.acme.example", "https://git.acme.example/acme/shop/actions/runs/42"
		},
		"fingerprint": func(r *Reminder) { r.Fingerprint = oldKey },
		"unknown secret": func(r *Reminder) {
			*r = reminder(90)
			r.Secret, r.RunURL, r.Action = Secret{}, "", noAccount+"@v1.2.3"
		},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := reminder(80)
			change(&r)
			if r.Action == "" {
				r.Action = noAccount + "@v1"
			}
			golden(t, strings.ReplaceAll(name, " ", "-")+".md", Body(r)+"\n")
		})
	}
}

// hostile holds what no text from outside may do in Markdown, in a shell, in
// YAML or in an HTML comment.
var hostile = []string{
	"a\n```\n# heading\n", "`code` <b>bold</b>", "--><script>alert(1)</script>", "[link](https://evil.example)",
	"![image](https://evil.example/x.png)", "@everyone #1", "$(reboot) ; reboot", "it's '; reboot", "${{ secrets.OTHER }}",
	"\u202etxt.exe\u200b", "##[error]x", "::error::x", "\x00\xff\x1b[31m", "|table|", "{secret} {key}", strings.Repeat("x", 5000),
}

func TestHostileText(t *testing.T) {
	t.Parallel()
	shape := outline(t, reminder(80))
	for _, text := range hostile {
		r := reminder(80)
		r.KeyName, r.Repository, r.ServerURL, r.RunURL, r.Action = text, text, text, text, text
		r.Secret = Secret{Repository: text, Environment: text, Name: text}
		r.RunURL = "https://github.com/" + text
		if noted, _ := find(Body(r), text); noted.fingerprint != "" || !noted.intact {
			t.Errorf("%q is read as %+v", text, noted)
		}
		got := outline(t, r)
		for _, kind := range []string{"Image", "HTMLBlock", "RawHTML", "Heading", "FencedCodeBlock", "AutoLink"} {
			expect(t, text+": "+kind, strings.Count(shape, kind), strings.Count(got, kind))
		}
		expect(t, text+": links", 0, strings.Count(got, " Link"))
		if _, ok := find(Body(r), text); !ok {
			t.Errorf("%q: its own marker is not found", text)
		}
		for _, bad := range []string{"\x00", "\x1b", "\u202e", "\u200b", "##[error]", "reboot\n"} {
			if strings.Contains(Body(r)+Title(r)+overdueComment(r).text, bad) {
				t.Errorf("%q lets %q through", text, bad)
			}
		}
		if strings.ContainsAny(Title(r), "\r\n") {
			t.Errorf("title of more than one line: %q", Title(r))
		}
	}
}

// outline lists the kinds of all nodes of a body, as goldmark reads it.
func outline(t *testing.T, r Reminder) string {
	t.Helper()
	var b strings.Builder
	source := []byte(Body(r))
	err := ast.Walk(goldmark.DefaultParser().Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			b.WriteString(" " + n.Kind().String())
		}
		return ast.WalkContinue, nil
	})
	testkit.NoError(t, err)
	return b.String()
}

// The snippets are YAML that says what it seems to say.
func TestSnippets(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"production", "it's: #1", "null", "- x", `"quoted"`} {
		r := reminder(80)
		r.KeyName, r.Secret.Environment, r.Fingerprint = name, name+" ${{ x }}", "012345678901"
		snippets := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(Body(r), -1)
		if len(snippets) != 2 {
			t.Fatalf("%d snippets", len(snippets))
		}
		var steps []struct {
			Uses string
			With map[string]string
		}
		testkit.NoError(t, yaml.Load([]byte(snippets[0][1]), &steps))
		expect(t, "key-name", name, steps[0].With["key-name"])
		expect(t, "api-key", "${{ secrets.FLEXY_API_KEY }}", steps[0].With["api-key"])
		var workflow struct {
			On   string
			Jobs map[string]struct {
				Environment string
				Steps       []struct {
					Uses string
					With map[string]string
				}
			}
		}
		testkit.NoError(t, yaml.Load([]byte(snippets[1][1]), &workflow))
		job := workflow.Jobs["revoked"]
		expect(t, "environment", name+" $ {{ x }}", job.Environment)
		expect(t, "uses", DefaultAction, job.Steps[0].Uses)
		expect(t, "with", map[string]string{"api-key": "${{ secrets.FLEXY_API_KEY_OLD }}", "expect-state": "revoked", "expect-fingerprint": "012345678901"}, job.Steps[0].With)
	}
}

// A marker is one HTML comment whatever the key is called, and tells keys
// apart that differ in a character only.
func TestMarker(t *testing.T) {
	t.Parallel()
	names := []string{"a", "A", "a b", "a  b", "a+b", "a%20b", "--", "-->", "a--b", "a-b", "(old)", "a_b.c", "é", `"`, strings.Repeat("-", 64)}
	for _, name := range names {
		r := reminder(80)
		r.KeyName = name
		body := Body(r)
		inner, _, _ := strings.Cut(strings.TrimPrefix(body, "<!--"), "-->")
		if strings.Contains(inner, "--") || strings.Contains(inner, ">") {
			t.Errorf("%q ends its comment: %s", name, inner)
		}
		for _, other := range names {
			_, found := find(body, other)
			expect(t, name+" for "+other, name == other, found)
		}
	}
}

// What is written depends on the due date and the stage; age and run differ in
// one line of the text, and in the sum.
func TestBodyTellsOnlyOnceOfTheDay(t *testing.T) {
	t.Parallel()
	blank := regexp.MustCompile(`sum="[0-9a-f]{8}"|(?m)^It was .*$`)
	a, b := Body(reminder(80)), Body(later(reminder(80), 3))
	if a == b {
		t.Error("the age is not told")
	}
	expect(t, "the rest", blank.ReplaceAllString(a, ""), blank.ReplaceAllString(b, ""))
}

func TestBodyFitsIntoAnIssue(t *testing.T) {
	t.Parallel()
	r := reminder(80)
	long := strings.Repeat("\U0001F511", 5000)
	r.KeyName, r.Secret = long[:4*64], Secret{Repository: testRepo, Environment: long, Name: long}
	if n := len(Body(r)); n > 60_000 {
		t.Errorf("%d bytes", n)
	}
}

func TestNoTokenInTexts(t *testing.T) {
	t.Parallel()
	texts := bytes.Join([][]byte{[]byte(Body(reminder(80))), []byte(Title(reminder(90))), []byte(overdueComment(reminder(90)).text)}, nil)
	if secret.NewTraces(secret.New(testToken)).In(string(texts)) {
		t.Error("the token is in an issue's text")
	}
}

// Whatever a body holds, putting our part in leaves one part that is ours and
// current, and all that stood around it.
func FuzzFind(f *testing.F) {
	f.Add("mine"+Body(reminder(90))+"too", "checkout")
	f.Add(strings.TrimSuffix(Body(reminder(80)), endMarker), "checkout")
	f.Add(`<!-- flexy-key-check:begin key="" -->`+endMarker+`<!-- flexy-key-check:begin key="-->`, "")
	f.Fuzz(func(t *testing.T, body, key string) {
		r := reminder(80)
		r.KeyName, r.Fingerprint = key, oldKey
		p, ok := find(body, key)
		if !ok {
			return
		}
		next := body[:p.start] + Body(r) + body[p.end:]
		got, _ := find(next, key)
		want := part{p.start, p.start + len(Body(r)), "2026-03-11", "due-soon", oldKey, true}
		expect(t, "part", want, got, cmp.AllowUnexported(part{}))
	})
}
