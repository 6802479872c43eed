package report_test

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/report"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/test/oracle"
	"flexy-key-check/checks/internal/test/testkit"
)

// annotations returns the commands that the runner reads from a report.
func annotations(t testing.TB, r report.Report) []oracle.Command {
	t.Helper()
	return oracle.Commands([]byte(actions(t, r).stdout))
}

// The runner keeps ten annotations of a level, so the tenth counts the rest.
func TestAnnotationLimit(t *testing.T) {
	t.Parallel()
	for n, last := range map[int]string{1: "finding 1", 10: "finding 10", 11: "finding 10\nand 1 more: see the job summary"} {
		r := single(other(), little())
		r.Keys[0].Findings = nil
		for i := range n {
			for _, s := range []checks.Status{checks.Fail, checks.Warn} {
				r.Keys[0].Findings = append(r.Keys[0].Findings, checks.Finding{Check: "state", Status: s, Found: strconv.Itoa(i), Notice: mistake.Say(fmt.Sprintf("finding %d", i+1), "")})
			}
		}
		count, lasts := map[string]int{}, map[string]string{}
		for _, c := range annotations(t, r) {
			count[c.Name]++
			lasts[c.Name] = c.Message
		}
		testkit.Diff(t, map[string]int{"error": min(n, 10), "warning": min(n, 10)}, count)
		testkit.Diff(t, map[string]string{"error": last, "warning": last}, lasts)
	}
}

// alike returns a report on keys that have the same problems.
func alike(keys int, a flexy.Answer, e checks.Expectation) report.Report {
	var results []report.Result
	for i := range keys {
		k := judged(fmt.Sprintf("key %d", i+1), checks.Input{Answer: a, Expect: e, Many: true})
		at := mistake.Place{File: "keys.yml", Line: i + 1, Column: 3}
		k.Place, k.Places = at, map[string]mistake.Place{"type": at, "rotation": at}
		results = append(results, k)
	}
	return policyOf(results...)
}

// Equal problems of more than three keys share an annotation, at the place of the
// first.
func TestAnnotationsMerged(t *testing.T) {
	t.Parallel()
	sandbox := accepted()
	sandbox.Key.Type = flexy.Sandbox
	down, overdue := unavailable(flexy.FaultServer, 500), rotated(little(), daysAgo(100))
	overdue.WarnOn = []string{"rotation"}
	for name, tt := range map[string]struct {
		report                report.Report
		level, title, message string
	}{
		"a check":   {alike(4, sandbox, little()), "error", "type", "4 keys (key 1, key 2, key 3, key 4): expected the key's type to be PRODUCTION, found SANDBOX\nhint: "},
		"a warning": {alike(20, accepted(), overdue), "warning", "rotation", "20 keys (key 1, key 2, "},
		"a verdict": {alike(21, down, little()), "error", "unavailable", "key 19, key 20, and 1 more): server error from the API (status 500)\nhint: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			commands := annotations(t, tt.report)
			testkit.Diff(t, 1, len(commands))
			testkit.Diff(t, tt.level, commands[0].Name)
			testkit.Diff(t, map[string]string{"title": "Flexy keys: " + tt.title, "file": "keys.yml", "line": "1", "col": "3"}, commands[0].Properties)
			mustContain(t, commands[0].Message, tt.message)
		})
	}
}

// In a policy file a key may have the name that stands for none elsewhere.
func TestAnnotationsOfTheDefaultName(t *testing.T) {
	t.Parallel()
	for keys, want := range map[int]string{2: "Flexy key api-key: state", 4: "Flexy keys: state"} {
		r := alike(keys, other(), little())
		r.Keys[0].Name = checks.DefaultKeyName
		first := annotations(t, r)[0]
		testkit.Diff(t, want, first.Properties["title"])
		testkit.Diff(t, keys > 3, strings.HasPrefix(first.Message, "4 keys (api-key, key 2, "))
		mustContain(t, text(r).stderr, "api-key")
	}
}

// Three are not many, and keys that differ are not equal.
func TestAnnotationsNotMerged(t *testing.T) {
	t.Parallel()
	down := unavailable(flexy.FaultServer, 500)
	sandbox := accepted()
	sandbox.Key.Type = flexy.Sandbox
	three, verdicts, levels := alike(3, down, little()), alike(6, down, little()), alike(6, down, little())
	findings, softened := alike(6, sandbox, little()), alike(6, sandbox, little())
	for i := range 3 {
		verdicts.Keys[i].Message = "timeout"
		levels.Keys[i].Softened, softened.Keys[i].Softened = true, true
		findings.Keys[i].Findings[2].Expected = "another type"
	}
	for _, r := range []report.Report{three, verdicts, levels, findings, softened} {
		testkit.Diff(t, len(r.Keys), len(annotations(t, r)))
	}
	words := alike(4, other(), little())
	for i := range words.Keys {
		words.Keys[i].Findings = []checks.Finding{{Check: "account", Status: checks.Fail, Expected: "ending in 39", Found: "ending in 33", Notice: mistake.Say(fmt.Sprintf("an account of %d characters", i), "")}}
	}
	testkit.Diff(t, "4 keys (key 1, key 2, key 3, key 4), of the first: an account of 0 characters", annotations(t, words)[0].Message)
}

// The longest names, and no more than the runner shows.
func TestAnnotationsOfManyKeys(t *testing.T) {
	t.Parallel()
	r := alike(300, unavailable(flexy.FaultServer, 500), little())
	for i := range r.Keys {
		r.Keys[i].Name = fmt.Sprintf("%064d", i)
	}
	if text := annotations(t, r)[0].Message; len(text) > 4096 {
		t.Errorf("%d characters, but the runner cuts after 4,096", len(text))
	}
}

// What concerns the run comes before what concerns keys, so that the limit never
// hides it. Mistakes are never merged.
func TestAnnotationsOfTheRun(t *testing.T) {
	t.Parallel()
	r := single(accepted(), little())
	for range 12 {
		r.Keys[0].Findings = append(r.Keys[0].Findings, checks.Finding{Check: "rotation", Status: checks.Warn, Found: strconv.Itoa(len(r.Keys[0].Findings))})
	}
	r.Notes = []report.Note{{Title: "flexy-key-check: secrets-token", Notice: mistake.Say("expires", "")}, {Title: "flexy-key-check: reminder", Notice: mistake.Say("failed", ""), Fails: true}}
	var first []string
	for _, c := range annotations(t, r)[:2] {
		first = append(first, c.Name+" "+c.Properties["title"])
	}
	testkit.Diff(t, []string{"error flexy-key-check: reminder", "warning flexy-key-check: secrets-token"}, first)
	testkit.Diff(t, 5, len(annotations(t, misconfigured(slices.Repeat([]mistake.Mistake{{Notice: mistake.Say("blank", "")}}, 5)...))))
}

// A title names the key only if it was given a name.
func TestAnnotationTitles(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"checkout": "Flexy key checkout: type", checks.DefaultKeyName: "Flexy key: type"} {
		e := expected()
		e.Type.Want = flexy.Sandbox
		testkit.Diff(t, want, annotations(t, of(judged(name, checks.Input{Answer: accepted(), Expect: e, Fingerprint: fingerprint})))[0].Properties["title"])
	}
}

// masked returns the commands that mask something.
func masked(t *testing.T, stdout []byte) []string {
	t.Helper()
	var masks []string
	for _, c := range oracle.Commands(stdout) {
		if c.Name == "add-mask" {
			masks = append(masks, c.Message)
		}
	}
	testkit.Diff(t, true, oracle.MasksLead(stdout))
	return masks
}

// The runner masks each line of a text. A common word is not masked: GitHub drops
// each job output that contains one.
func TestMasks(t *testing.T) {
	t.Parallel()
	var stdout bytes.Buffer
	report.NewActions(&stdout, newEnv(t).lookup, true).Mask("", "a%bc\r\nk9\nproduction\n::debug::x", "false", "1234567", "2026-10-01", "SANDBOX", "API_DISABLED", "ubuntu-latest", "https://", "must-allo", "findings", "exit-code", "203.0.113.45", "2001:db8::1", "a%bc", "k9Qz", "12345678")
	testkit.Diff(t, []string{"a%bc", "::debug::x", "k9Qz", "12345678"}, masked(t, stdout.Bytes()))
}

// A placeholder is masked unless the report has the same words.
func TestMasksOfPlaceholders(t *testing.T) {
	t.Parallel()
	var stdout bytes.Buffer
	reporter := report.NewActions(&stdout, newEnv(t).lookup, true)
	reporter.Mask("secret", "YOUR_FLEXY_KEY", "k9Qz1fLm", "CHANGEME")
	r := single(rejected(3), expected())
	r.Keys[0].Hint = "put the whole key into the secret"
	reporter.Report(r)
	testkit.Diff(t, []string{"k9Qz1fLm", "YOUR_FLEXY_KEY", "CHANGEME"}, masked(t, stdout.Bytes()))
}

// So the API cannot choose what is masked.
func TestMasksOfAnswers(t *testing.T) {
	t.Parallel()
	answers := map[string]struct{ echo, name string }{
		"0123456789abcdef": {"0123456789abcdef", "sixteen"}, "shop-665983": {"fifteen-chars-9", "shop-665983"}, "+213 66598": {"no-digits-at-all-here", "+213 66598"},
		username: {"1234567890123456", username}, "sk_live_9f31c7aa": {"sk_live_9f31c7aa\nproduction\nubuntu-latest", "shop-66598"},
		"": {"2001:db8:1234:5678::9", "2001:db8::1234:5678"},
	}
	for want, answer := range answers {
		r := single(accepted(), expected())
		r.Personal = []report.Personal{{Echo: secret.New(answer.echo), Username: secret.New(answer.name)}}
		if got := strings.Join(masked(t, []byte(actions(t, r).stdout)), ","); got != want {
			t.Errorf("%q: masked %q, want %q", answer, got, want)
		}
	}
	// What is part of an output, of the type, the scope or an address of the answer, or a common word is not masked.
	for _, text := range []string{"req_01HZY3-9f31c7aa", "TRIAL-2026-10-9f31", "READ-9f31c7aa-2026", "2001:db8:9f31:c7aa:1", "2026-10-01T10:00:00Z", "ubuntu-24.04-arm-16-cores"} {
		r := single(accepted(), expected())
		key := &r.Keys[0].Answer.Key
		r.Keys[0].Answer.RequestID, key.Type, key.Scope = "x-req_01HZY3-9f31c7aa", "TRIAL-2026-10-9f31c7aa", "READ-9f31c7aa-2026"
		key.AllowedIPs.Addrs = testkit.Addrs("2001:db8:9f31:c7aa:1:2:3:4")
		r.Personal = []report.Personal{{Echo: secret.New(text), Username: secret.New(text)}}
		if got := masked(t, []byte(actions(t, r).stdout)); len(got) > 0 {
			t.Errorf("%q is masked", got)
		}
	}
}

// Outside Actions nothing reads a mask, so it would show what it should hide.
func TestMasksOutsideActions(t *testing.T) {
	t.Parallel()
	var stdout, stderr strings.Builder
	report.NewActions(&stdout, env{}.lookup, false).Mask("a")
	report.Text{Stdout: report.Stream{Writer: &stdout}, Stderr: report.Stream{Writer: &stderr}}.Mask("a")
	report.JSON{Stdout: &stdout, Stderr: report.Stream{Writer: &stderr}}.Mask("a")
	testkit.Diff(t, "", stdout.String()+stderr.String())
}

func TestColour(t *testing.T) {
	t.Parallel()
	colour := regexp.MustCompile("\x1b\\[[0-9]+m")
	for name, parts := range map[string][]string{
		"pass":     {"verdict: \x1b[32mpass\x1b[0m: "},
		"mismatch": {"verdict: \x1b[31mmismatch\x1b[0m: ", "\nflexy-key-check: \x1b[31merror:\x1b[0m checkout: type: ", "\nflexy-key-check: \x1b[32mhint:\x1b[0m put"},
		"softened": {"verdict: \x1b[33munavailable\x1b[0m: ", "flexy-key-check: \x1b[33mwarning:\x1b[0m checkout: no "},
		"due":      {"verdict: \x1b[33mpass\x1b[0m, with 1 warning"},
		"skipped":  {"verdict: skipped: "},
		"policy": { // each line of a table has a colour of its own, its head has none
			"  key       verdict   days left  worst finding\n", "\x1b[31mmismatch\x1b[0m  60         distinct: ", "\x1b[32mpass\x1b[0m      -", "SANDBOX           \x1b[31mfail\x1b[0m\n",
		},
	} {
		plain, coloured := terminal(scenarios()[name], 1000, false), terminal(scenarios()[name], 1000, true)
		for _, part := range parts {
			mustContain(t, coloured.stdout+coloured.stderr, part)
		}
		testkit.Diff(t, plain.stdout, colour.ReplaceAllString(coloured.stdout, ""))
		testkit.Diff(t, plain.stderr, colour.ReplaceAllString(coloured.stderr, ""))
	}
}

// Nothing is wider than the terminal, or than 80 columns on standard output where
// there is none. No text is lost, and no line ends in blanks.
func TestWidth(t *testing.T) {
	t.Parallel()
	words := func(text string) []string { return strings.Fields(strings.ReplaceAll(text, "\n", "")) }
	for name, r := range scenarios() {
		for _, columns := range []int{0, 40, 80, 132, 1000} {
			got, whole := terminal(r, columns, false), terminal(r, 1000, false)
			for line := range strings.Lines(got.stdout) {
				line = strings.TrimSuffix(line, "\n")
				if most := cmp.Or(columns, 80); utf8.RuneCountInString(line) > most || strings.TrimRight(line, " ") != line {
					t.Errorf("%s, %d columns: %q", name, columns, line)
				}
			}
			if columns == 0 {
				testkit.Diff(t, whole.stderr, got.stderr)
				continue
			}
			testkit.Diff(t, strings.Join(words(whole.stderr), ""), strings.Join(words(got.stderr), ""))
			letters := func(text string) []string {
				return slices.Sorted(slices.Values(strings.Split(strings.Join(words(text), ""), "")))
			}
			testkit.Diff(t, letters(whole.stdout), letters(got.stdout))
		}
	}
}

// Letters of East Asia take two columns of a terminal.
func TestWidthOfWideLetters(t *testing.T) {
	t.Parallel()
	r := alike(3, accepted(), little())
	r.Keys[0].Name, r.Keys[1].Name, r.Keys[2].Name = "\u7d50\u5e33 1", "\u0645\u062a\u062c\u0631", "cafe\u0301" // two letters of two columns, four of one, and a mark of none
	mustContain(t, text(r).stdout, "\n  \u7d50\u5e33 1  pass     -          -\n  \u0645\u062a\u062c\u0631    pass     -          -\n  cafe\u0301    pass     -          -\n")
	r.Keys[0].Name = strings.Repeat("\u7d50", 64)
	for line := range strings.Lines(terminal(r, 40, false).stdout) {
		if n := utf8.RuneCountInString(line) + strings.Count(line, "\u7d50") - len("\n"); n > 40 {
			t.Errorf("%d columns: %q", n, line)
		}
	}
}

// Only the widest column wraps.
func TestWidestColumn(t *testing.T) {
	t.Parallel()
	r := single(accepted(), expected())
	r.Keys[0].Answer.Key.AllowedIPs.Addrs = testkit.Addrs("203.0.113.45", "203.0.113.46", "203.0.113.47", "203.0.113.48", "203.0.113.49", "203.0.113.50")
	r = single(r.Keys[0].Answer, expected())
	mustContain(t, text(r).stdout, `
  allowed-ips     restricted            203.0.113.45, 203.0.113.46,       pass
                                        203.0.113.47, 203.0.113.48,
                                        203.0.113.49, 203.0.113.50
`)
}

// A key that fails with a warning only is shown as a warning, and a skipped one
// with its reason.
func TestPolicyWarnings(t *testing.T) {
	t.Parallel()
	const why = "GitHub gives this pull request no secrets"
	r := softened(policyOf(
		judged("down", checks.Input{Answer: unavailable(flexy.FaultServer, 500), Expect: little(), Many: true}),
		report.Result{Name: "fork", Verdict: checks.Skipped, Skipped: true, Notice: mistake.Say(why, "")},
	))
	shown, summary := terminal(r, 1000, true), actions(t, r).summary
	mustContain(t, shown.stdout, "  down  \x1b[33munavailable\x1b[0m  -          server error")
	mustContain(t, shown.stdout, "  fork  skipped      -          "+why+"\n")
	mustContain(t, summary, "| down | ⚠️&nbsp;unavailable | – | server error")
	mustContain(t, summary, "\n- ⚠️ **down**: server error")
	mustContain(t, summary, "| fork | ➖&nbsp;skipped | – | "+why+" |")
}

// The verdict on many keys counts them by verdict, unless all of them pass.
func TestVerdictOfManyKeys(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]report.Report{
		"verdict: pass: 2 of 2 Flexy keys pass (exit code 0)\n":                         many(2, 0),
		"verdict: mismatch: 2 of 3 Flexy keys pass; 1 mismatch, 2 pass (exit code 1)\n": many(2, 1),
	} {
		if got := text(r).stdout; !strings.HasSuffix(got, want) {
			t.Errorf("want %q at the end of:\n%s", want, got)
		}
	}
}

func TestSummaryRotation(t *testing.T) {
	t.Parallel()
	for days, line := range map[int]string{
		30: "`██████░░░░░░░░░░░░░░` at least 30 of 90 days old, due on 2026-12-19, 60 days left.\n",
		90: "`████████████████████` at least 90 of 90 days old, due today, 2026-10-20.\n",
		91: "`████████████████████` at least 91 of 90 days old, was due on 2026-10-19, 1 day ago.\n",
	} {
		date := daysAgo(days)
		date.AtLeast = true
		mustContain(t, actions(t, single(accepted(), rotated(little(), date))).summary, "Rotation: "+line)
	}
}
