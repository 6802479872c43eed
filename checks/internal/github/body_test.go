package github

import (
	"cmp"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
	"go.yaml.in/yaml/v4"

	"flexy-key-check/checks/internal/test/testkit"
)

// first returns the body of a record that a run creates.
func first(run Run) string {
	p := decide(record{}, run)
	return p.next.around(p.text(), nil)
}

func changed(run Run, changes ...func(*Run)) Run {
	with(changes...)(&run)
	return run
}

func TestBody(t *testing.T) {
	t.Parallel()
	const action = "an.owner/flexy-key-check@v1" // no real account has a dot in its name
	for name, run := range map[string]Run{
		"young":       seeing(oldKey),
		"repository":  changed(aged(80), key(oldKey)),
		"today":       changed(aged(90), key(oldKey), func(r *Run) { r.By = BySecret }),
		"environment": changed(aged(91), func(r *Run) { r.Secret.Environment, r.By = "it's production", BySecret }),
		"organization": changed(aged(89), func(r *Run) { r.Secret.Organization, r.By = "acme", BySecret }, func(r *Run) {
			r.ServerURL, r.URL = "https://git.acme.example", "https://git.acme.example/acme/shop/actions/runs/42"
		}),
		"unknown": changed(aged(90), func(r *Run) { r.Secret, r.URL, r.Action = Secret{}, "", action+".2.3" }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run.Action = cmp.Or(run.Action, action)
			golden(t, name+".md", first(run)+"\n")
		})
	}
}

// The comments, each as the run posts it that makes it.
func TestComments(t *testing.T) {
	t.Parallel()
	said := map[string]string{}
	for _, steps := range lives {
		m, now := newModel(), today
		for _, s := range steps {
			now = now.AddDate(0, 0, s.later)
			run := s.prepare(m, now)
			keep(t, m, run)
		}
		for _, i := range m.Issues {
			for _, c := range i.Comments {
				kind, _, _ := strings.Cut(strings.TrimPrefix(c.Body, "<!-- flexy-key-check:"), " ")
				if said[kind] == "" || c.Body < said[kind] {
					said[kind] = c.Body
				}
			}
		}
	}
	for kind := range kinds {
		golden(t, "comment-"+kind+".md", said[kind]+"\n")
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
	shape := outline(t, first(aged(80)))
	for _, text := range hostile {
		run := changed(aged(80), func(r *Run) {
			r.Name, r.Repository, r.ServerURL, r.URL, r.Action = text, text, text, "https://github.com/"+text, text
			r.Secret = Secret{Repository: text, Environment: text, Name: text}
		})
		body := first(run)
		if p, ok := parse(body, dayOf(today)); !ok || p.key != text || !p.intact {
			t.Errorf("%q is read as %+v", text, p)
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
		p := decide(record{}, changed(run, key(oldKey)))
		all := body + title(run.Name, p.next.due)
		for name, k := range kinds {
			all += k.text(comment{name, "2026-01-01", "2026-01-01"}, p)
		}
		for _, bad := range []string{"\x00", "\x1b", "\u202e", "\u200b", "##[error]", "reboot\n"} {
			if strings.Contains(all, bad) {
				t.Errorf("%q lets %q through", text, bad)
			}
		}
		if strings.ContainsAny(title(run.Name, "2026-01-01"), "\r\n") {
			t.Errorf("title of more than one line: %q", text)
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

var snippet = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// The runbook's workflow is the one of the recipes.
func TestRunbookIsTheRecipe(t *testing.T) {
	t.Parallel()
	recipe, err := os.ReadFile("../../../testdata/workflows/rotation.yml")
	testkit.NoError(t, err)
	expect(t, "workflow", string(recipe), snippet.FindStringSubmatch(first(aged(80)))[1])
}

// In the workflow every job has the environment, and the last step the fingerprint. The
// line for it is shown again where the runbook speaks of it.
func TestSnippets(t *testing.T) {
	t.Parallel()
	longest := strings.Repeat("K", 100)
	for _, name := range []string{"production", "it's: #1", "null", "- x", `"quoted"`} {
		run := changed(aged(80), key(oldKey), func(r *Run) {
			r.Secret.Name, r.Secret.Environment, r.Action = longest, name+" ${{ x }}", "o/flexy-key-check/.github/actions/native@0123abc"
		})
		snippets := snippet.FindAllStringSubmatch(first(run), -1)
		var parsed struct {
			Jobs map[string]struct {
				Environment string
				Steps       []struct {
					Uses string
					With map[string]string
				}
			}
		}
		testkit.NoError(t, yaml.Load([]byte(snippets[0][1]), &parsed))
		for id, job := range parsed.Jobs {
			expect(t, id+": environment", name+" $ {{ x }}", job.Environment)
			expect(t, id+": uses", run.Action, job.Steps[0].Uses)
		}
		expect(t, "revoked", map[string]string{
			"api-key": "${{ secrets." + longest + "_OLD }}", "key-name": "old key", "expect-state": "revoked", "expect-fingerprint": oldKey,
		}, parsed.Jobs["revoked"].Steps[0].With)
		if line := strings.TrimSuffix(snippets[1][1], "\n"); !strings.Contains(snippets[0][1], line) || !strings.Contains(line, "expect-fingerprint: '"+oldKey+"'") {
			t.Errorf("the workflow lacks the line %q", line)
		}
	}
}

// Without the key, a date that is later than the last key may be another key's: the
// record then names no fingerprint as the key's own, nor as that of the one to revoke.
func TestUnseenKey(t *testing.T) {
	t.Parallel()
	const line = "          expect-fingerprint: '"
	m := newModel()
	later := func(days int, keys ...func(*Run)) string {
		run := changed(aged(0), append(keys, dated(ByDate, 80))...)
		run.Today = today.AddDate(0, 0, days)
		keep(t, m, run)
		return m.Issues[0].Body
	}
	keep(t, m, changed(aged(0), key(oldKey)))
	golden(t, "unseen.md", later(80, only)+"\n")
	expect(t, "unseen", 2, strings.Count(later(160, only), line+"<fingerprint>'"))
	expect(t, "seen", 2, strings.Count(later(160, key(newKey)), line+newKey+"'"))
}

func TestBodyFitsIntoAnIssue(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("\U0001F511", 5000)
	run := changed(aged(80), func(r *Run) {
		r.Name, r.Secret = long[:4*64], Secret{Repository: testRepo, Environment: long, Name: strings.Repeat("A", 20_000)}
	})
	if n := len([]rune(first(run))); n > 40_000 {
		t.Errorf("%d characters", n)
	}
}

func TestRetitle(t *testing.T) {
	t.Parallel()
	const ours, now = `Rotate the Flexy API key "a.b (c)" by 2025-01-01`, `Rotate the Flexy API key "a.b (c)" by 2026-03-11`
	for was, want := range map[string]string{
		ours:                   now,
		"[ops] " + ours + " !": "[ops] " + now + " !",
		"our own title":        "our own title",
		`Rotate the Flexy API key "A.B (C)" by 2025-01-01`: now,
		`Rotate the Flexy API key "aXb (c)" by 2025-01-01`: `Rotate the Flexy API key "aXb (c)" by 2025-01-01`,
	} {
		expect(t, was, want, retitle(was, "a.b (c)", "2026-03-11"))
	}
}

// Putting a record's part into any body gives one that is intact, with the text around
// it unchanged, whatever was noted, seen or edited there before.
func FuzzParse(f *testing.F) {
	f.Add("mine"+first(aged(90))+"too", "checkout", "production")
	f.Add(strings.TrimSuffix(first(seeing(oldKey)), endMarker), "checkout", "")
	f.Add(`<!-- flexy-key-check:begin key="a" seen="x" -->`+comment{"overdue", "2026-01-01", ""}.note()+endMarker+`<!-- flexy-key-check:begin key="-->`, "", "")
	f.Fuzz(func(t *testing.T, body, name, environment string) {
		p, ok := parse(body, dayOf(today))
		if !ok {
			return
		}
		if len(p.seen) > maxSeen || p.garbled && len(p.seen) > 0 || p.date > dayOf(today).add(1) || p.start > p.end || p.end > len(body) {
			t.Fatalf("read as %+v", p)
		}
		run := seeing(oldKey)
		run.Name, run.Secret.Environment = p.key, environment
		planned := decide(record{part: p, issue: issue{number: 1, body: body, title: name}}, run)
		ours := planned.next.around(planned.text(), p.unsaid)
		got, _ := parse(body[:p.start]+ours+body[p.end:], dayOf(today))
		want := part{marker: planned.next, start: p.start, end: p.start + len(ours), intact: true, unsaid: p.unsaid}
		want.garbled = false
		expect(t, "part", want, got, gocmp.AllowUnexported(part{}, marker{}, sighting{}, comment{}), gocmp.Comparer(slices.Equal[[]comment]))
	})
}
