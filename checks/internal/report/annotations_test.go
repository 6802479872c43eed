package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/oracle"
	"flexy-key-check/checks/internal/report"
	"flexy-key-check/checks/internal/testkit"
)

// annotated shows a report to the runner and returns the commands that it sees.
func annotated(t testing.TB, r report.Report) []oracle.Command {
	t.Helper()
	return oracle.Commands([]byte(actions(t, r).stdout))
}

// headings are "<command> <title>" of commands.
func headings(commands []oracle.Command) []string {
	var out []string
	for _, c := range commands {
		out = append(out, c.Name+" "+c.Properties["title"])
	}
	return out
}

// TestAnnotationsAreCounted: the runner takes ten of a kind, the last of which
// counts the others.
func TestAnnotationsAreCounted(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 9, 10, 11, 60} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			r := single(other(), little())
			r.Keys[0].Findings = nil
			for i := range n {
				for _, s := range []checks.Status{checks.Fail, checks.Warn} {
					r.Keys[0].Findings = append(r.Keys[0].Findings, checks.Finding{Check: "state", Status: s, Message: fmt.Sprintf("finding %d", i+1)})
				}
			}
			last := map[string]string{}
			count := map[string]int{}
			for _, c := range annotated(t, r) {
				last[c.Name] = c.Message
				count[c.Name]++
			}
			want := fmt.Sprintf("finding %d", min(n, 10))
			if n > 10 {
				want += fmt.Sprintf("\nand %d more: see the job summary", n-10)
			}
			testkit.Diff(t, map[string]int{"error": min(n, 10), "warning": min(n, 10)}, count)
			testkit.Diff(t, map[string]string{"error": want, "warning": want}, last)
		})
	}
}

func TestAnnotationsOfManyMistakes(t *testing.T) {
	t.Parallel()
	commands := annotated(t, misconfigured(make([]mistake.Mistake, 60)...))
	testkit.Diff(t, 10, len(commands))
	mustContain(t, commands[9].Message, "and 50 more")
}

// TestAnnotationsTogether: more than ten keys of the same verdict share one.
func TestAnnotationsTogether(t *testing.T) {
	t.Parallel()
	down := func(n int) report.Report {
		var keys []report.Result
		for i := range n {
			keys = append(keys, judged(fmt.Sprintf("key %d", i+1), checks.Input{Answer: unavailable(flexy.FaultServer, 500), Expect: little(), Many: true}))
		}
		r := of(keys...)
		r.Policy = true
		return r
	}
	testkit.Diff(t, 10, len(annotated(t, down(10))))
	testkit.Diff(t, []string{"error 11 keys: unavailable"}, headings(annotated(t, down(11))))
	mustContain(t, annotated(t, down(11))[0].Message, "key 1, key 2, ")

	many := down(300)
	for i := range many.Keys {
		many.Keys[i].Softened = i < 299
		many.Keys[i].Name = fmt.Sprintf("%064d", i) // as long as one may be
	}
	commands := annotated(t, many)
	testkit.Diff(t, []string{"error 300 keys: unavailable"}, headings(commands))
	if n := len(commands[0].Message); n > 4096 {
		t.Errorf("the runner cuts a message of %d characters", n)
	}
	mustContain(t, commands[0].Message, " more: server error from the API (status 500)")
}

func TestMasks(t *testing.T) {
	t.Parallel()
	var stdout bytes.Buffer
	reporter := report.NewActions(&stdout, newEnv(t).lookup, true)
	reporter.Mask("", "a%b\r\nc", "::debug::x", "a%b\r\nc")
	reporter.Report(single(accepted(), expected()))
	var masked []string
	for _, c := range oracle.Commands(stdout.Bytes()) {
		if c.Name != "add-mask" {
			t.Errorf("command %s", c.Name)
		}
		masked = append(masked, c.Message)
	}
	testkit.Diff(t, []string{"a%b\r\nc", "::debug::x"}, masked)
	testkit.Diff(t, true, oracle.MasksLead(stdout.Bytes()))
}

// TestMasksOutsideActions: there is nobody to tell, and a mask would show what
// it hides.
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
	for name, want := range map[string]string{"pass": "\x1b[32mpass\x1b[0m", "mismatch": "\x1b[31mmismatch\x1b[0m", "softened": "\x1b[33munavailable\x1b[0m"} {
		r := scenarios()[name]
		plain, coloured := text(r, false), text(r, true)
		mustContain(t, coloured.stdout, "verdict: "+want+": ")
		testkit.Diff(t, plain.stdout, ansi.Replace(coloured.stdout))
		testkit.Diff(t, plain.stderr, coloured.stderr)
		if strings.Contains(plain.stdout, "\x1b") {
			t.Errorf("colour in %q", plain.stdout)
		}
	}
	// In a table each line has its own, the head none.
	shown := text(scenarios()["policy"], true).stdout
	mustContain(t, shown, "  key       verdict   worst finding ")
	mustContain(t, shown, "\x1b[31mmismatch\x1b[0m  distinct: ")
	mustContain(t, shown, "\x1b[32mpass\x1b[0m      -")
	mustContain(t, shown, "SANDBOX           \x1b[31mfail\x1b[0m\n")
	due := text(scenarios()["due"], true).stdout
	mustContain(t, due, "verdict: \x1b[33mpass\x1b[0m: 8 of 9 assertions hold, 1 warning")
}

var ansi = strings.NewReplacer("\x1b[31m", "", "\x1b[32m", "", "\x1b[33m", "", "\x1b[0m", "")

// TestPolicyWarnings: what only warns is shown so, and what was passed over says
// why.
func TestPolicyWarnings(t *testing.T) {
	t.Parallel()
	const why = "GitHub gives this pull request no secrets"
	r := softened(of(
		judged("down", checks.Input{Answer: unavailable(flexy.FaultServer, 500), Expect: little(), Many: true}),
		report.Result{Name: "fork", Verdict: checks.Skipped, PassedOver: true, Message: why},
	))
	r.Policy = true
	shown, summary := text(r, true), actions(t, r).summary
	mustContain(t, shown.stdout, "  down  \x1b[33munavailable\x1b[0m  server error")
	mustContain(t, shown.stdout, "  fork  skipped      "+why+" ")
	mustContain(t, summary, "| down | ⚠️&nbsp;unavailable | server error")
	mustContain(t, summary, "#### ⚠️ down: unavailable\n\n- ⚠️ server error")
	mustContain(t, summary, "| fork | ➖&nbsp;skipped | "+why+" | – |")
}

// TestAgeAtLeast: the age of a secret is the least that the key's can be.
func TestAgeAtLeast(t *testing.T) {
	t.Parallel()
	date := daysAgo(30)
	mustContain(t, actions(t, single(accepted(), rotated(little(), date))).summary, "` 30 of 90 days old")
	date.AtLeast = true
	mustContain(t, actions(t, single(accepted(), rotated(little(), date))).summary, "` at least 30 of 90 days old")
}

// TestNothingPersonal: of an account only the last two digits are shown.
func TestNothingPersonal(t *testing.T) {
	t.Parallel()
	for name, r := range scenarios() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			github, person, program := actions(t, r), text(r, true), json(r)
			oracle.NoLeak(t, map[string][]byte{
				oracle.Stdout: []byte(github.stdout), "outputs": []byte(github.outputs), "summary": []byte(github.summary),
				"text": []byte(person.stdout + person.stderr), "json": []byte(program.stdout + program.stderr),
			}, username, "0665112233", "ea27b376-echoed-key", "7392651", "1326.139")
		})
	}
}
