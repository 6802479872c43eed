package report_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/plain"
	"flexy-key-check/checks/internal/report"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/test/oracle"
	"flexy-key-check/checks/internal/test/testkit"
)

// payloads are texts that an attacker could send or write. What plain.Text does
// to each kind of character is tested there.
var payloads = map[string]string{
	"digits":                 "0",
	"numbered list":          "12. x",
	"command":                "::error::x",
	"command after LF":       "a\n::error::x",
	"command after CR":       "a\r::add-mask::x",
	"properties":             "x,file=/etc/passwd,line=1::y",
	"legacy command":         "a ##[add-mask]x",
	"legacy command, split":  "#\n#[error]x #\u200b#[error]y",
	"escapes":                "a%0A::error::x%0D%25%3A%2C",
	"delimiter of library":   "a\n_GitHubActionsFileCommandDelimeter_\nverdict=pass",
	"heredoc":                "a<<EOF\nb\nEOF",
	"heredoc at the start":   "<<EOF",
	"output":                 "a\nverdict=pass\n",
	"table":                  "a | b | c\n| --- | --- |",
	"pipe with backslash":    `a \| b \\| c`,
	"code":                   "`a` ``b`` ```c```",
	"emphasis":               "*a* **b** _c_ __d__ ~~e~~ ***",
	"heading":                "# a\n## b\n===",
	"list":                   "- a\n* b\n+ c\n1. d\n- [ ] e",
	"plus":                   "+ a",
	"quote":                  "> a\n> [!WARNING]\n> b",
	"rule":                   "---\n***\n___",
	"link":                   "[a](https://evil.example) [b][c] [c]: d",
	"bare links":             "https://evil.example www.evil.example a@evil.example mailto:a@evil.example",
	"only a link":            "www.evil.example",
	"autolink":               "<https://evil.example> <a@evil.example>",
	"footnote":               "a[^1]\n\n[^1]: b",
	"mentions":               "@a/b #1 GH-1 a/b#1 :tada: $a$ $$b$$",
	"script":                 "<script>alert(1)</script>",
	"unclosed tag":           "<div onclick=x",
	"closing tags":           "</summary></details></td></table></b>",
	"comment":                "<!-- a --> <!-- b",
	"entities":               "&lt;b&gt; &#60;i&#62; &amp;amp; &copy; &#0;",
	"backslashes":            `\*a\* \\ \# \`,
	"quotes":                 `"a" 'b' $(id) ${HOME} ; & | > <`,
	"unprintable characters": "\x1b[31m \x9b31m \u202ea\u2066b\u200bc\u3164d\U000e0041e\x00f\xff\u0378g\u0301",
	"5 KB without a blank":   strings.Repeat("#", 5000),
}

// infected returns a report, which no run could produce, with texts in every
// field of that type.
func infected(many bool, texts ...string) report.Report {
	i := 0
	next := func() string { i++; return texts[i%len(texts)] }
	finding := func(s checks.Status) checks.Finding {
		return checks.Finding{Check: "type", Status: s, Expected: next(), Found: next(), Notice: mistake.Say(next(), next())}
	}
	answer := accepted()
	answer.Code, answer.RequestID, answer.Environment = next(), next(), next()
	answer.Key = flexy.Key{Username: secret.New(next()), Echo: secret.New(next()), Type: next(), Scope: next(), AllowedIPs: answer.Key.AllowedIPs}
	return report.Report{
		Verdict: checks.Mismatch, ExitCode: checks.ExitFailed, Policy: many,
		Mistakes: []mistake.Mistake{
			{Place: mistake.Place{Name: next()}, Notice: mistake.Say(next(), next())},
			{Place: mistake.Place{Name: next(), File: next(), Line: 3, Column: 4}, Notice: mistake.Say(next(), next())},
		},
		Keys: []report.Result{{
			Name: next(), Verdict: checks.Mismatch, Notice: mistake.Say(next(), next()), Answer: answer, ReminderIssue: next(),
			Findings: []checks.Finding{finding(checks.Fail), finding(checks.Warn), finding(checks.Pass), finding(checks.Skip)},
			Place:    mistake.Place{File: next(), Line: 1, Column: 2},
		}},
		Notes: []report.Note{{Title: next(), Notice: mistake.Say(next(), next())}},
		Debug: []string{next()},
	}
}

// checkOutputs fails a test unless the runner reads each output once, and
// nothing else.
func checkOutputs(t testing.TB, many bool, texts ...string) {
	t.Helper()
	decode(t, outputs(t, actions(t, infected(many, texts...)))["result"])
}

// checkAnnotations fails a test unless the runner reads exactly the intended
// commands, and none in the other formats.
func checkAnnotations(t testing.TB, many bool, texts ...string) {
	t.Helper()
	r := infected(many, texts...)
	github, person, program := actions(t, r), text(r), json(r)
	var names []string
	for _, c := range oracle.Commands([]byte(github.stdout)) {
		names = append(names, c.Name)
		title, file := c.Properties["title"], c.Properties["file"]
		hints := strings.Count(c.Message, "\nhint: ")
		if strings.Contains(title+file, "\n") || strings.Count(c.Message, "\n") != hints || hints == 1 != (c.Name != "debug") {
			t.Errorf("line break in %q", c)
		}
		harmless(t, title+"\n"+file+"\n"+c.Message)
	}
	testkit.Diff(t, []string{"debug", "error", "error", "error", "error", "warning", "warning"}, names)
	harmless(t, github.stdout)
	for _, stream := range []string{person.stdout, person.stderr, program.stdout, program.stderr} {
		testkit.Diff(t, []oracle.Command(nil), oracle.Commands([]byte(stream)))
		harmless(t, stream)
	}
	debug := "flexy-key-check: debug: " + plain.Text(r.Debug[0]) + "\n"
	testkit.Diff(t, []bool{true, true}, []bool{strings.HasPrefix(person.stderr, debug), strings.HasPrefix(program.stderr, debug)})
}

// harmless fails a test if a text contains unprintable characters or a legacy
// command.
func harmless(t testing.TB, text string) {
	t.Helper()
	if i := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); i >= 0 {
		t.Errorf("unprintable: %.200q", text[i:])
	}
	if strings.Contains(text, "##[") {
		t.Errorf("##[ in %.200q", text)
	}
}

// checkSummary fails a test unless a summary with texts in it renders like one
// with plain words, with the texts in their place.
func checkSummary(t testing.TB, many bool, texts ...string) {
	t.Helper()
	marks := make([]string, len(texts))
	var pairs []string
	for i, text := range texts {
		marks[i] = "q" + string(rune('a'+slices.Index(texts, text))) + "q" // equal hints are merged
		if omitted(text, texts) {
			return
		}
		if plain.Token(text) == "" {
			marks[i] += "+q" // which is no token either, as request ids must be
		}
		pairs = append(pairs, folded(marks[i]), folded(plain.Text(text)))
	}
	got := summary(t, infected(many, texts...))
	if strings.ContainsAny(got, "@$") { // mentions and mathematics, which render does not know
		t.Errorf("a character with a meaning on GitHub: %q", got)
	}
	gotTags, gotText := render(got)
	balanced(t, gotTags)
	if strings.Contains(gotText, "The rest is left out.") {
		return
	}
	wantTags, wantText := render(summary(t, infected(many, marks...)))
	testkit.Diff(t, wantTags, gotTags)
	testkit.Diff(t, strings.NewReplacer(pairs...).Replace(folded(wantText)), folded(gotText))
}

// omitted reports whether a summary omits a text that repeats one of its own
// words or a key's name.
func omitted(text string, all []string) bool {
	isVerdict := slices.ContainsFunc(checks.Verdicts, func(v checks.Verdict) bool {
		return text == v.String() || strings.HasSuffix(text, ": "+v.String())
	})
	return isVerdict || text == "api-key" || slices.ContainsFunc(all, func(key string) bool { return strings.HasPrefix(text, key+": ") })
}

// summary returns that of a report without links, which are tested apart.
func summary(t testing.TB, r report.Report) string {
	t.Helper()
	r.Keys[0].ReminderIssue = ""
	r.Mistakes[1].Place.File = "policy.yml"
	return actions(t, r).summary
}

// folded removes what rendering may change: the case of a sentence's first
// letter, and blanks.
func folded(text string) string {
	return strings.ToLower(strings.ToUpper(strings.Join(strings.Fields(text), "")))
}

func TestHostileText(t *testing.T) {
	t.Parallel()
	for name, text := range payloads {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, many := range []bool{false, true} {
				checkOutputs(t, many, text)
				checkAnnotations(t, many, text)
				checkSummary(t, many, text)
			}
		})
	}
}

func FuzzOutputs(f *testing.F) { fuzz(f, checkOutputs) }

func FuzzAnnotations(f *testing.F) { fuzz(f, checkAnnotations) }

func FuzzMarkdown(f *testing.F) { fuzz(f, checkSummary) }

// fuzz tries pairs of texts that are not blank: what has a name always has one.
func fuzz(f *testing.F, check func(testing.TB, bool, ...string)) {
	short := slices.DeleteFunc(slices.Sorted(maps.Values(payloads)), func(text string) bool { return len(text) > 1000 })
	many := false
	for pair := range slices.Chunk(short, 2) { // TestHostileText tries each by itself
		f.Add(many, pair[0], pair[len(pair)-1])
		many = !many
	}
	f.Fuzz(func(t *testing.T, many bool, one, other string) {
		if plain.Text(one) == "" || plain.Text(other) == "" {
			t.Skip()
		}
		check(t, many, one, other)
	})
}
