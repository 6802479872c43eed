package github

import (
	"cmp"
	"regexp"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
	"go.yaml.in/yaml/v4"

	"flexy-key-check/checks/internal/test/testkit"
)

func TestBody(t *testing.T) {
	t.Parallel()
	const action = "an.owner/flexy-key-check@v1" // no real account has a dot in its name
	for name, change := range map[string]func(*Reminder){
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
		"unknown-secret": func(r *Reminder) {
			*r = reminder(90)
			r.Secret, r.RunURL, r.Action = Secret{}, "", action+".2.3"
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := reminder(80)
			change(&r)
			r.Action = cmp.Or(r.Action, action)
			golden(t, name+".md", Body(r)+"\n")
		})
	}
}

// hostile texts try to have an effect in Markdown, a shell, YAML or an HTML comment.
var hostile = []string{
	"a\n```\n# heading\n", "`code` <b>bold</b>", "--><script>alert(1)</script>", `a--b "c"`, "[link](https://evil.example)",
	"![image](https://evil.example/x.png)", "@everyone #1", "$(reboot) ; reboot", "it's '; reboot", "${{ secrets.OTHER }}",
	"\u202etxt.exe\u200b", "##[error]x", "::error::x", "\x00\xff\x1b[31m", "|table|", "{secret} {key}", strings.Repeat("x", 5000),
}

func TestHostileText(t *testing.T) {
	t.Parallel()
	shape := outline(t, Body(reminder(80)))
	for _, text := range hostile {
		r := named(reminder(80), text)
		r.Repository, r.ServerURL, r.RunURL, r.Action = text, text, "https://github.com/"+text, text
		r.Secret = Secret{Repository: text, Environment: text, Name: text}
		body := Body(r)
		if noted, ok := find(body, text); !ok || noted.fingerprint != "" || !noted.intact {
			t.Errorf("%q is read as %+v", text, noted)
		}
		marker, _, _ := strings.Cut(strings.TrimPrefix(body, "<!--"), "-->")
		if strings.Contains(marker, "--") || strings.Contains(marker, ">") {
			t.Errorf("%q ends its marker: %s", text, marker)
		}
		got := outline(t, body)
		for _, kind := range []string{"Image", "HTMLBlock", "RawHTML", "Heading", "FencedCodeBlock", "AutoLink"} {
			expect(t, text+": "+kind, strings.Count(shape, kind), strings.Count(got, kind))
		}
		expect(t, text+": links", 0, strings.Count(got, " Link"))
		for _, bad := range []string{"\x00", "\x1b", "\u202e", "\u200b", "##[error]", "reboot\n"} {
			if strings.Contains(body+Title(r)+overdueComment(r).text, bad) {
				t.Errorf("%q lets %q through", text, bad)
			}
		}
		if strings.ContainsAny(Title(r), "\r\n") {
			t.Errorf("title of more than one line: %q", Title(r))
		}
	}
}

// outline lists the kinds of a text's nodes, as goldmark reads it.
func outline(t *testing.T, source string) string {
	t.Helper()
	var b strings.Builder
	parsed := goldmark.DefaultParser().Parse(text.NewReader([]byte(source)))
	testkit.NoError(t, ast.Walk(parsed, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			b.WriteString(" " + n.Kind().String())
		}
		return ast.WalkContinue, nil
	}))
	return b.String()
}

func TestSnippets(t *testing.T) {
	t.Parallel()
	type fields = map[string]any
	longest := strings.Repeat("K", 100)
	for _, name := range []string{"production", "it's: #1", "null", "- x", `"quoted"`} {
		r := withKey(named(reminder(80), name), oldKey)
		r.Secret.Name, r.Secret.Environment = longest, name+" ${{ x }}"
		var got []any
		for _, snippet := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(Body(r), -1) {
			var parsed any
			testkit.NoError(t, yaml.Load([]byte(snippet[1]), &parsed))
			got = append(got, parsed)
		}
		verify := fields{"api-key": "${{ secrets." + longest + " }}", "key-name": name, "expect-type": "PRODUCTION"}
		revoked := fields{"api-key": "${{ secrets." + longest + "_OLD }}", "expect-state": "revoked", "expect-fingerprint": oldKey}
		expect(t, name, []any{
			[]any{fields{"uses": DefaultAction, "with": verify}},
			fields{
				"name": "the old Flexy API key is revoked", "on": "workflow_dispatch", "permissions": fields{},
				"jobs": fields{"revoked": fields{
					"runs-on": "ubuntu-latest", "environment": name + " $ {{ x }}",
					"steps": []any{fields{"uses": DefaultAction, "with": revoked}},
				}},
			},
		}, got)
	}
}

func TestBodyFitsIntoAnIssue(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("\U0001F511", 5000)
	r := named(reminder(80), long[:4*64])
	r.Secret = Secret{Repository: testRepo, Environment: long, Name: strings.Repeat("A", 20_000)}
	if n := len(Body(r)); n > 60_000 {
		t.Errorf("%d bytes", n)
	}
}

// Putting our part into any body gives one part that is ours and current, with
// the text around it unchanged.
func FuzzFind(f *testing.F) {
	f.Add("mine"+Body(reminder(90))+"too", "checkout")
	f.Add(strings.TrimSuffix(Body(reminder(80)), endMarker), "checkout")
	f.Add(`<!-- flexy-key-check:begin key="" -->`+endMarker+`<!-- flexy-key-check:begin key="-->`, "")
	f.Fuzz(func(t *testing.T, body, key string) {
		p, ok := find(body, key)
		if !ok {
			return
		}
		ours := Body(withKey(named(reminder(80), key), oldKey))
		got, _ := find(body[:p.start]+ours+body[p.end:], key)
		want := part{p.start, p.start + len(ours), "2026-03-11", "due-soon", oldKey, true}
		expect(t, "part", want, got, gocmp.AllowUnexported(part{}))
	})
}
