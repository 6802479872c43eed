package report_test

import (
	encoding "encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/oracle"
	"flexy-key-check/checks/internal/report"
	"flexy-key-check/checks/internal/testkit"

	"github.com/google/go-cmp/cmp"
)

// documented are the outputs of the contract, in order.
var documented = testkit.Names("outputs")

func TestOutputsRegistry(t *testing.T) {
	t.Parallel()
	var names []string
	for _, o := range report.Outputs {
		names = append(names, o.Name)
		if !regexp.MustCompile(`\A[A-Za-z].*\.\z`).MatchString(o.Doc) || strings.ContainsAny(o.Doc, "|\n") {
			t.Errorf("%s: %q is no sentence for a table", o.Name, o.Doc)
		}
	}
	testkit.Diff(t, documented, names)
}

// outputs reads the outputs of a report as the runner does, and holds them to
// what is true of all: each once, in one line, safe in a shell line.
func outputs(t testing.TB, r report.Report) map[string]string {
	t.Helper()
	names, values, err := oracle.Outputs([]byte(actions(t, r).outputs))
	testkit.NoError(t, err)
	testkit.Diff(t, documented, names)
	for name, value := range values {
		if name != "result" && !safe[name].MatchString(value) {
			t.Errorf("output %s is %q", name, value)
		}
		if strings.ContainsAny(value, "\r\n") {
			t.Errorf("output %s has more than one line: %q", name, value)
		}
	}
	return values
}

// safe is what each output may look like.
var safe = func() map[string]*regexp.Regexp {
	const word, boolean, number, date = `[A-Za-z0-9_.:-]{0,64}`, `(true|false)?`, `(-?[0-9]{1,5})?`, `([0-9-]{10})?`
	forms := map[string]*regexp.Regexp{}
	for name, form := range map[string]string{
		"verdict": `[a-z]+`, "valid": boolean, "enabled": boolean, "type": word, "scope": word, "error-code": word, "request-id": word,
		"allowed-ips": `(\[("[0-9a-f.:]+"(,"[0-9a-f.:]+")*)?\])?`, "attempts-left": `[0-5]?`, "runner-ip": `[0-9a-f.:]*`,
		"key-age-days": number, "days-left": number, "rotation-due": boolean, "rotation-due-on": date,
		"key-fingerprint": `([0-9a-f]{12})?`,
		"reminder-issue":  `(https?://[A-Za-z0-9/._:-]+)?`,
	} {
		forms[name] = regexp.MustCompile(`\A` + form + `\z`)
	}
	return forms
}()

func TestOutputsResult(t *testing.T) {
	t.Parallel()
	for name, r := range scenarios() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			values := outputs(t, r)
			testkit.Diff(t, json(r).stdout, values["result"]+"\n")
			d := decode(t, values["result"])
			testkit.Diff(t, []any{1, r.Verdict.String(), r.ExitCode, false}, []any{d.Version, d.Verdict, d.ExitCode, d.Truncated})
			testkit.Diff(t, values["verdict"], d.Verdict)
		})
	}
}

// A result is as much of the result as tests look at.
type result struct {
	Version   int
	Verdict   string
	ExitCode  int `json:"exit-code"`
	Truncated bool
	Errors    []struct{ Message string }
	Keys      []resultKey
}

type resultKey struct {
	Name, Verdict string
	Type          *string
	Findings      []struct{ Check, Found string }
}

func decode(t testing.TB, text string) result {
	t.Helper()
	var d result
	if err := encoding.Unmarshal([]byte(text), &d); err != nil {
		t.Fatalf("result %.200q: %v", text, err)
	}
	return d
}

// TestOutputsValidOfAnInterruptedRun: what is not trusted must not look like a
// pass.
func TestOutputsValidOfAnInterruptedRun(t *testing.T) {
	t.Parallel()
	r := single(accepted(), expected())
	r.Verdict, r.ExitCode, r.Keys[0].Verdict = checks.Unavailable, checks.ExitUndetermined, checks.Unavailable
	testkit.Diff(t, "", outputs(t, r)["valid"])
}

func TestOutputsValues(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		edit func(*report.Result)
		want map[string]string
	}{
		{"no allowlist", func(k *report.Result) { k.Answer.Key.AllowedIPs.Addrs = addrs() }, map[string]string{"allowed-ips": ""}},
		{"empty allowlist", func(k *report.Result) { k.Answer.Key.AllowedIPs.Addrs = addrs("::1")[:0] }, map[string]string{"allowed-ips": "[]"}},
		{"unreadable allowlist", func(k *report.Result) { k.Answer.Key.AllowedIPs = flexy.Allowlist{} }, map[string]string{"allowed-ips": ""}},
		{"undocumented words", func(k *report.Result) { k.Answer.Key.Type, k.Answer.Key.Scope = "BETA_2", "a b" }, map[string]string{"type": "BETA_2", "scope": ""}},
		{"unsafe words", func(k *report.Result) {
			k.Answer.Key.Type, k.Answer.Code, k.Answer.RequestID = "$(id)", "a;b", strings.Repeat("a", 65)
		}, map[string]string{"type": "", "error-code": "", "request-id": ""}},
		{"long word", func(k *report.Result) { k.Answer.RequestID = strings.Repeat("a", 64) }, map[string]string{"request-id": strings.Repeat("a", 64)}},
		{"no attempts left", func(k *report.Result) { k.Answer.AttemptsLeft = new(0) }, map[string]string{"attempts-left": "0"}},
		{"disabled", func(k *report.Result) { k.Answer.Key.Enabled = false }, map[string]string{"enabled": "false"}},
		{"runner", func(k *report.Result) { k.Answer.RunnerIP = addrs("2001:db8::9")[0] }, map[string]string{"runner-ip": "2001:db8::9"}},
		{"overdue", func(k *report.Result) { *k.Age = checks.Age{Days: 95, Left: -5, DueOn: today, Due: true} }, map[string]string{"key-age-days": "95", "days-left": "-5", "rotation-due": "true", "rotation-due-on": "2026-10-20"}},
		{"no age", func(k *report.Result) { k.Age = nil }, map[string]string{"key-age-days": "", "days-left": "", "rotation-due": "", "rotation-due-on": ""}},
		{"issue", func(k *report.Result) { k.ReminderIssue = "https://github.com/a/b/issues/1" }, map[string]string{"reminder-issue": "https://github.com/a/b/issues/1"}},
		{"no fingerprint", func(k *report.Result) { k.Fingerprint = "" }, map[string]string{"key-fingerprint": ""}},
		{"issue of another scheme", func(k *report.Result) { k.ReminderIssue = "javascript:alert" }, map[string]string{"reminder-issue": ""}},
		{"issue unsafe in a shell line", func(k *report.Result) { k.ReminderIssue = "https://github.com/$(id)" }, map[string]string{"reminder-issue": ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := single(accepted(), expected())
			tt.edit(&r.Keys[0])
			got := outputs(t, r)
			for name, want := range tt.want {
				if d := cmp.Diff(want, got[name]); d != "" {
					t.Errorf("%s (-want +got):\n%s", name, d)
				}
			}
		})
	}
}

// TestOutputsOfManyKeys: most outputs are of one key and stay empty.
func TestOutputsOfManyKeys(t *testing.T) {
	t.Parallel()
	aged := func(days int) report.Result {
		return judged(fmt.Sprintf("key %d", days), checks.Input{Answer: accepted(), Expect: rotated(little(), daysAgo(days)), Many: true})
	}
	short := rotated(little(), daysAgo(5))
	short.MaxAgeDays = 7
	ageless := judged("ageless", checks.Input{Answer: accepted(), Expect: little(), Many: true})
	tests := []struct {
		name string
		keys []report.Result
		want map[string]string
	}{
		{"one", []report.Result{aged(10)}, map[string]string{"verdict": "pass", "days-left": "80", "rotation-due": "false", "rotation-due-on": "2027-01-08"}},
		{"the least counts", []report.Result{aged(10), ageless, aged(80), aged(20)}, map[string]string{"verdict": "pass", "days-left": "10", "rotation-due": "true", "rotation-due-on": "2026-10-30"}},
		{"overdue", []report.Result{aged(100), aged(10)}, map[string]string{"verdict": "mismatch", "days-left": "-10", "rotation-due": "true", "rotation-due-on": "2026-10-10"}},
		{"a shorter life", []report.Result{aged(10), judged("short", checks.Input{Answer: accepted(), Expect: short, Many: true})}, map[string]string{"verdict": "pass", "days-left": "2", "rotation-due": "true", "rotation-due-on": "2026-10-22"}},
		{"no age", []report.Result{ageless, ageless}, map[string]string{"verdict": "pass"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := of(tt.keys...)
			r.Policy, r.Keys[0].ReminderIssue = true, "https://github.com/a/b/issues/1"
			got := outputs(t, r)
			delete(got, "result")
			want := map[string]string{}
			for name := range got {
				want[name] = tt.want[name]
			}
			testkit.Diff(t, want, got)
		})
	}
}
