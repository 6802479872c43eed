package report_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/oracle"
	"flexy-key-check/checks/internal/plain"
	"flexy-key-check/checks/internal/report"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/testkit"
)

// payloads are what somebody could send or write who means ill.
var payloads = map[string]string{
	"digits":                  "0",
	"a numbered list":         "12. x",
	"command after LF":        "a\n::error::x",
	"command after CR":        "a\r::add-mask::x",
	"command after CR LF":     "a\r\n::set-output name=verdict::pass",
	"command at the start":    "::error::x",
	"command after NBSP":      "\u00a0::stop-commands::x",
	"command after spaces":    " \t\u2003\u3000::add-mask::x",
	"command after NEL":       "a\u0085::error::x",
	"command after LS and PS": "a\u2028::error::x\u2029::error::y",
	"three colons":            ":::error::x",
	"properties":              "x,file=/etc/passwd,line=1::y",
	"legacy":                  "##[error]x",
	"legacy in mid-line":      "a ##[add-mask]x",
	"legacy, more hashes":     "####[error]x",
	"legacy after LF":         "#\n#[error]x",
	"legacy with zero width":  "#\u200b#\u200d[error]x ##\ufe0f[error]y",
	"escaped":                 "a%0A::error::x%0D%25%3A%2C",
	"library's delimiter":     "a\n_GitHubActionsFileCommandDelimeter_\nverdict=pass",
	"heredoc":                 "a<<EOF\nb\nEOF",
	"heredoc at the start":    "<<EOF",
	"output":                  "a\nverdict=pass\n",
	"output after CR":         "a\rvalid=true\r",
	"table":                   "a | b | c\n| --- | --- |",
	"pipe with backslash":     `a \| b \\| c`,
	"code":                    "`a` ``b`` ```c```",
	"code fence":              "```\na\n```",
	"tilde fence":             "~~~\na",
	"emphasis":                "*a* **b** _c_ __d__ ~~e~~ ***",
	"heading":                 "# a\n## b\n===",
	"list":                    "- a\n* b\n+ c\n1. d\n- [ ] e",
	"quote":                   "> a\n> [!WARNING]\n> b",
	"rule":                    "---\n***\n___",
	"link":                    "[a](https://evil.example) [b][c] [c]: d",
	"image":                   "![a](https://evil.example/a.png)",
	"bare links":              "https://evil.example www.evil.example a@evil.example mailto:a@evil.example",
	"only a link":             "www.evil.example",
	"autolink":                "<https://evil.example> <a@evil.example>",
	"footnote":                "a[^1]\n\n[^1]: b",
	"mentions":                "@a/b #1 GH-1 a/b#1 :tada: $a$ $$b$$",
	"script":                  "<script>alert(1)</script>",
	"image tag":               `<img src=x onerror="alert(1)">`,
	"tag that is not closed":  "<div onclick=x",
	"closing tags":            "</summary></details></td></table></b>",
	"comment":                 "<!-- a --> <!-- b",
	"other HTML":              "<?php a ?> <![CDATA[b]]> <!DOCTYPE c>",
	"entities":                "&lt;b&gt; &#60;i&#62; &amp;amp; &copy; &#0;",
	"backslashes":             `\*a\* \\ \# \`,
	"quotes":                  `"a" 'b' $(id) ${HOME} ; & | > <`,
	"ANSI":                    "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b31m",
	"bidi":                    "\u202eevil\u202c \u2066a\u2069 \u200f",
	"zero width":              "a\u200bb\u200cc\u200dd\ufeffe\u00adf\u2060g\u180eh",
	"invisible letters":       "a\u3164b\u115fc\u1160d\uffa0e\u034ff\ufe0fg",
	"tags of Unicode":         "a\U000e0041\U000e007f",
	"combining":               "a\u0301\u0301\u0301\u0301\u0301",
	"control":                 "a\x00b\x01\x08\x0b\x0c\x7f\u009f",
	"broken UTF-8":            "a\xff\xfe\xc3(\xed\xa0\x80",
	"private and unassigned":  "\ue000\U000f0000\u0378",
	"5 KB":                    strings.Repeat("all work and no play ", 250),
	"5 KB without a blank":    strings.Repeat("#", 5000),
}

// infected is a report with texts in every field that can hold one. There is
// no more to it than that: it could not come from a run.
func infected(many bool, texts ...string) report.Report {
	i := 0
	next := func() string { i++; return texts[i%len(texts)] }
	finding := func(s checks.Status) checks.Finding {
		return checks.Finding{Check: "type", Status: s, Expected: next(), Found: next(), Message: next(), Hint: next()}
	}
	answer := accepted()
	answer.Code, answer.RequestID, answer.Environment = next(), next(), next()
	answer.Key = flexy.Key{Username: secret.New(next()), Echo: secret.New(next()), Type: next(), Scope: next(), AllowedIPs: answer.Key.AllowedIPs}
	return report.Report{
		Verdict: checks.Mismatch, ExitCode: checks.ExitFailed, KeyName: next(), Policy: many,
		Mistakes: []mistake.Mistake{
			{Place: mistake.Place{Name: next()}, Message: next(), Hint: next()},
			{Place: mistake.Place{Name: next(), File: next(), Line: 3, Column: 4}, Message: next(), Hint: next()},
		},
		Keys: []report.Result{{
			Name: next(), Verdict: checks.Mismatch, Message: next(), Hint: next(), Answer: answer, ReminderIssue: next(),
			Findings: []checks.Finding{finding(checks.Fail), finding(checks.Warn), finding(checks.Pass), finding(checks.Skip)},
			Places:   map[string]mistake.Place{"": {File: next(), Line: 1, Column: 2}},
		}},
		Notes: []report.Note{{Title: next(), Message: next(), Hint: next()}},
	}
}

// checkOutputs fails a test unless the runner reads every output, each once,
// and nothing else.
func checkOutputs(t testing.TB, many bool, texts ...string) {
	t.Helper()
	decode(t, outputs(t, infected(many, texts...))["result"])
}

// checkAnnotations fails a test unless the runner sees exactly the commands
// that are meant, whatever the format.
func checkAnnotations(t testing.TB, many bool, texts ...string) {
	t.Helper()
	r := infected(many, texts...)
	github, person, program := actions(t, r), text(r, false), json(r)
	var names []string
	for _, c := range oracle.Commands([]byte(github.stdout)) {
		names = append(names, c.Name)
		title, file := c.Properties["title"], c.Properties["file"]
		if strings.Contains(title+file, "\n") || strings.Count(c.Message, "\n") != 1 || !strings.Contains(c.Message, "\nhint: ") {
			t.Errorf("a line too many in %q", c)
		}
		harmless(t, title+"\n"+file+"\n"+c.Message)
	}
	testkit.Diff(t, []string{"error", "error", "error", "error", "warning", "warning"}, names)
	harmless(t, github.stdout)
	for _, stream := range []string{person.stdout, person.stderr, program.stdout, program.stderr} {
		testkit.Diff(t, []oracle.Command(nil), oracle.Commands([]byte(stream)))
		harmless(t, stream)
	}
}

// harmless fails a test if a text could show something else than it is, or be
// read as a legacy command.
func harmless(t testing.TB, text string) {
	t.Helper()
	for _, r := range text {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Errorf("%U in %.200q", r, text)
		}
	}
	if strings.Contains(text, "##[") {
		t.Errorf("##[ in %.200q", text)
	}
}

// checkSummary fails a test unless a summary with texts in it is rendered just
// as one with plain words, with the texts in their place.
func checkSummary(t testing.TB, many bool, texts ...string) {
	t.Helper()
	marks := make([]string, len(texts))
	var pairs []string
	for i, text := range texts {
		marks[i] = "q" + string(rune('a'+slices.Index(texts, text))) + "q" // the same remedies are merged
		if ownWord(text, texts) {
			return
		}
		if !token.MatchString(text) {
			marks[i] += "+q" // nor is this a safe request id
		}
		pairs = append(pairs, folded(marks[i]), folded(plain.Text(text)))
	}
	gotTags, gotText := render(summary(t, infected(many, texts...)))
	balanced(t, gotTags)
	if strings.Contains(gotText, "The rest is left out.") {
		return
	}
	wantTags, wantText := render(summary(t, infected(many, marks...)))
	testkit.Diff(t, wantTags, gotTags)
	testkit.Diff(t, strings.NewReplacer(pairs...).Replace(folded(wantText)), folded(gotText))
}

// ownWord reports whether a summary leaves a text out, because it says it already.
func ownWord(text string, all []string) bool {
	isVerdict := slices.ContainsFunc(checks.Verdicts, func(v checks.Verdict) bool {
		return text == v.String() || strings.HasSuffix(text, ": "+v.String())
	})
	return isVerdict || text == "api-key" || slices.ContainsFunc(all, func(key string) bool { return strings.HasPrefix(text, key+": ") })
}

var token = regexp.MustCompile(`\A[A-Za-z0-9_.:-]{1,64}\z`)

// summary is that of a report whose texts are shown whole, and not as links.
func summary(t testing.TB, r report.Report) string {
	t.Helper()
	r.Keys[0].ReminderIssue = ""
	r.Mistakes[1].Place.File = "policy.yml"
	return actions(t, r).summary
}

// folded takes from a text what rendering may change: case, at the start of a
// sentence, and blanks, which make commands harmless.
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

// TestHostileDebug: a line for debugging is one, whatever it holds.
func TestHostileDebug(t *testing.T) {
	t.Parallel()
	for name, line := range payloads {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := single(accepted(), expected())
			r.Debug = []string{line}
			testkit.Diff(t, []oracle.Command{{Name: "debug", Properties: map[string]string{}, Message: plain.Text(line)}}, oracle.Commands([]byte(actions(t, r).stdout)))
			for _, s := range []shown{text(r, false), json(r)} {
				testkit.Diff(t, []oracle.Command(nil), oracle.Commands([]byte(s.stderr)))
				testkit.Diff(t, 1, strings.Count(s.stderr, "\n"))
				harmless(t, s.stderr)
			}
		})
	}
}

func FuzzOutputs(f *testing.F) { fuzz(f, checkOutputs) }

func FuzzAnnotations(f *testing.F) { fuzz(f, checkAnnotations) }

func FuzzMarkdown(f *testing.F) { fuzz(f, checkSummary) }

// fuzz tries pairs of texts, of which nothing is known but that there is
// something to show: what has a name is never without one.
func fuzz(f *testing.F, check func(testing.TB, bool, ...string)) {
	for _, text := range payloads {
		if len(text) > 1000 {
			continue // what grows from it takes too long
		}
		f.Add(false, text, "word")
		f.Add(true, "word", text)
	}
	f.Fuzz(func(t *testing.T, many bool, one, other string) {
		if plain.Text(one) == "" || plain.Text(other) == "" {
			t.Skip()
		}
		check(t, many, one, other)
	})
}
