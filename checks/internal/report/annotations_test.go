package report_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

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
				r.Keys[0].Findings = append(r.Keys[0].Findings, checks.Finding{Check: "state", Status: s, Notice: mistake.Say(fmt.Sprintf("finding %d", i+1), "")})
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

// More than ten unchecked keys with the same verdict share one annotation.
func TestAnnotationsMerged(t *testing.T) {
	t.Parallel()
	down := func(n int) report.Report {
		var keys []report.Result
		for i := range n {
			keys = append(keys, judged(fmt.Sprintf("key %d", i+1), checks.Input{Answer: unavailable(flexy.FaultServer, 500), Expect: little(), Many: true}))
		}
		return policyOf(keys...)
	}
	merged := func(r report.Report) string {
		commands := annotations(t, r)
		testkit.Diff(t, 1, len(commands))
		return commands[0].Name + " " + commands[0].Properties["title"] + ": " + commands[0].Message
	}
	testkit.Diff(t, 10, len(annotations(t, down(10))))
	eleven := down(11)
	mustContain(t, merged(eleven), "error 11 keys: unavailable: of key 1, key 2, ")
	mustContain(t, merged(eleven), ", key 11: server error from the API (status 500)")
	mustContain(t, actions(t, eleven).summary, "- ❌ **11 keys: unavailable**: of key 1, ")
	eleven.Keys[10].Message = "timeout"
	mustContain(t, merged(eleven), ", key 11, for different reasons, the first: server error")

	many := down(300)
	for i := range many.Keys {
		many.Keys[i].Softened = i < 299
		many.Keys[i].Name = fmt.Sprintf("%064d", i) // the longest name allowed
	}
	text := merged(many)
	mustContain(t, text, "error 300 keys: unavailable: of 0000")
	mustContain(t, text, " more: server error from the API (status 500)")
	if len(text) > 4096 {
		t.Errorf("%d characters, but the runner cuts after 4,096", len(text))
	}
	many.Keys[299].Softened = true
	mustContain(t, merged(many), "warning 300 keys: unavailable: of 0000")
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
	report.NewActions(&stdout, newEnv(t).lookup, true).Mask("", "a%bc\r\nk9\nproduction\n::debug::x", "false", "1234567", "2026-10-01", "SANDBOX", "ubuntu-latest", "https://", "must-allo", "findings", "exit-code", "203.0.113.45", "2001:db8::1", "a%bc", "k9Qz", "12345678")
	testkit.Diff(t, []string{"a%bc", "::debug::x", "k9Qz", "12345678"}, masked(t, stdout.Bytes()))
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
		key.AllowedIPs.Addrs = addrs("2001:db8:9f31:c7aa:1:2:3:4")
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
	report.Text{Stdout: &stdout, Stderr: &stderr}.Mask("a")
	report.JSON{Stdout: &stdout, Stderr: &stderr}.Mask("a")
	testkit.Diff(t, "", stdout.String()+stderr.String())
}

func TestColour(t *testing.T) {
	t.Parallel()
	colour := regexp.MustCompile("\x1b\\[[0-9]+m")
	for name, parts := range map[string][]string{
		"pass":     {"verdict: \x1b[32mpass\x1b[0m: "},
		"mismatch": {"verdict: \x1b[31mmismatch\x1b[0m: "},
		"softened": {"verdict: \x1b[33munavailable\x1b[0m: "},
		"due":      {"verdict: \x1b[33mpass\x1b[0m: "},
		"skipped":  {"verdict: skipped: "},
		"policy": { // each line of a table has a colour of its own, its head has none
			"  key       verdict   worst finding ", "\x1b[31mmismatch\x1b[0m  distinct: ", "\x1b[32mpass\x1b[0m      -", "SANDBOX           \x1b[31mfail\x1b[0m\n",
		},
	} {
		plain, coloured := text(scenarios()[name], false), text(scenarios()[name], true)
		for _, part := range parts {
			mustContain(t, coloured.stdout, part)
		}
		testkit.Diff(t, plain.stdout, colour.ReplaceAllString(coloured.stdout, ""))
		testkit.Diff(t, plain.stderr, coloured.stderr)
	}
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
	shown, summary := text(r, true), actions(t, r).summary
	mustContain(t, shown.stdout, "  down  \x1b[33munavailable\x1b[0m  server error")
	mustContain(t, shown.stdout, "  fork  skipped      "+why+" ")
	mustContain(t, summary, "| down | ⚠️&nbsp;unavailable | server error")
	mustContain(t, summary, "#### ⚠️ down: unavailable\n\n- ⚠️ server error")
	mustContain(t, summary, "| fork | ➖&nbsp;skipped | "+why+" | – |")
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
