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

func TestMasks(t *testing.T) {
	t.Parallel()
	var stdout bytes.Buffer
	reporter := report.NewActions(&stdout, newEnv(t).lookup, true)
	reporter.Mask("", "a%b\r\nc", "::debug::x", "a%b\r\nc")
	r := single(accepted(), expected())
	for _, text := range []string{
		username, "k7Qz4tNv", // 8 characters
		"k7Qz4tN",                             // too short
		"PRODUCTION", "mismatch", "must-allo", // words of outputs, or a part of one
		"203.0.113.45", "203.0.113.", `["203.0.113.45"`, // addresses and outputs
		"::error::y\r\nmismatch\n+213550000000\r2001:db8::2", // each line is a text
	} {
		r.Personal = append(r.Personal, secret.New(text))
	}
	reporter.Report(r)
	var masked []string
	for _, c := range oracle.Commands(stdout.Bytes()) {
		masked = append(masked, c.Name+" "+c.Message)
	}
	testkit.Diff(t, []string{"add-mask a%b\r\nc", "add-mask ::debug::x", "add-mask " + username, "add-mask k7Qz4tNv", "add-mask ::error::y", "add-mask +213550000000"}, masked)
	testkit.Diff(t, true, oracle.MasksLead(stdout.Bytes()))
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
