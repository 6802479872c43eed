package report_test

import (
	encoding "encoding/json"
	"fmt"
	"regexp"
	"testing"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/report"
	"flexy-key-check/checks/internal/test/oracle"
	"flexy-key-check/checks/internal/test/testkit"
)

// documented lists the outputs of the contract, in order.
var documented = testkit.Names("outputs")

func TestOutputsRegistry(t *testing.T) {
	t.Parallel()
	for _, o := range report.Outputs {
		if !regexp.MustCompile(`\A[A-Za-z][^|\n]*\.\z`).MatchString(o.Doc) {
			t.Errorf("%s: %q is not a sentence for a table", o.Name, o.Doc)
		}
	}
}

// outputs reads outputs as the runner does. Each must be documented, set once,
// one line and safe in a shell line.
func outputs(t testing.TB, s shown) map[string]string {
	t.Helper()
	names, values, err := oracle.Outputs([]byte(s.outputs))
	testkit.NoError(t, err)
	testkit.Diff(t, documented, names)
	for name, value := range values {
		if safe[name] == nil {
			t.Fatalf("no syntax for the output %s: add it to safe", name)
		}
		if !safe[name].MatchString(value) {
			t.Errorf("output %s is %q", name, value)
		}
	}
	return values
}

// safe matches the values of each output.
var safe = func() map[string]*regexp.Regexp {
	const word, boolean, number, date = `[A-Za-z0-9_.:-]{0,64}`, `(true|false)?`, `(-?[0-9]{1,5})?`, `([0-9-]{10})?`
	forms := map[string]*regexp.Regexp{}
	for name, form := range map[string]string{
		"verdict": `[a-z]+`, "valid": boolean, "enabled": boolean, "type": word, "scope": word, "error-code": word, "request-id": word,
		"allowed-ips": `(\[("[0-9a-f.:]+"(,"[0-9a-f.:]+")*)?\])?`, "attempts-left": `([0-9]{1,2})?`, "runner-ip": `[0-9a-f.:]*`,
		"key-age-days": number, "days-left": number, "rotation-due": boolean, "rotation-due-on": date, "key-fingerprint": `([0-9a-f]{12})?`,
		"reminder-issue": `(https?://[A-Za-z0-9/._:-]+)?`, "result": `[^\r\n']+`,
	} {
		forms[name] = regexp.MustCompile(`\A` + form + `\z`)
	}
	return forms
}()

// A result is the part of the output of that name that tests look at.
type result struct {
	Verdict   string
	ExitCode  int `json:"exit-code"`
	Truncated bool
	Errors    []struct{ Message string }
	Keys      []struct {
		Name, Verdict string
		Type          *string
		Findings      []struct{ Check string }
	}
}

func decode(t testing.TB, text string) result {
	t.Helper()
	var d result
	testkit.NoError(t, encoding.Unmarshal([]byte(text), &d))
	return d
}

func TestOutputsValues(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name         string
		edit         func(*report.Result)
		output, want string
	}{
		{"unreadable allowlist", func(k *report.Result) { k.Answer.Key.AllowedIPs.Addrs = nil }, "allowed-ips", ""},
		{"empty allowlist", func(k *report.Result) { k.Answer.Key.AllowedIPs.Addrs = testkit.Addrs("::1")[:0] }, "allowed-ips", "[]"},
		{"undocumented type", func(k *report.Result) { k.Answer.Key.Type = "BETA_2" }, "type", "BETA_2"},
		{"unsafe scope", func(k *report.Result) { k.Answer.Key.Scope = "a b" }, "scope", ""},
		{"no attempts left", func(k *report.Result) { k.Answer.AttemptsLeft = new(0) }, "attempts-left", "0"},
		{"IPv6 runner", func(k *report.Result) { k.Answer.RunnerIP = testkit.Addrs("2001:db8::9")[0] }, "runner-ip", "2001:db8::9"},
		{"interrupted run", func(k *report.Result) { k.Verdict, k.Message = checks.Unavailable, "interrupted" }, "valid", ""},
		{"only the balance is missing", func(k *report.Result) { k.Verdict = checks.Unavailable }, "valid", "true"},
		{"many attempts left", func(k *report.Result) { k.Answer.AttemptsLeft = new(99) }, "attempts-left", "99"},
		{"issue", func(k *report.Result) { k.ReminderIssue = "https://github.com/a/b/issues/1" }, "reminder-issue", "https://github.com/a/b/issues/1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := single(accepted(), expected())
			tt.edit(&r.Keys[0])
			testkit.Diff(t, tt.want, outputs(t, actions(t, r))[tt.output])
		})
	}
}

// Outputs about one key stay empty for several; the others describe the rotation
// that is due first.
func TestOutputsOfManyKeys(t *testing.T) {
	t.Parallel()
	key := func(days, life int) report.Result {
		e := rotated(little(), daysAgo(days))
		e.MaxAgeDays = life
		return judged(fmt.Sprintf("key %d", days), checks.Input{Answer: accepted(), Expect: e, Many: true})
	}
	ageless := judged("ageless", checks.Input{Answer: accepted(), Expect: little(), Many: true})
	for _, tt := range []struct {
		name             string
		keys             []report.Result
		left, due, dueOn string
	}{
		{"one", []report.Result{key(10, 90)}, "80", "false", "2027-01-08"},
		{"first in the middle", []report.Result{key(10, 90), ageless, key(80, 90), key(20, 90)}, "10", "true", "2026-10-30"},
		{"shorter life", []report.Result{key(10, 90), key(5, 7)}, "2", "true", "2026-10-22"},
		{"no age", []report.Result{ageless, ageless}, "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := policyOf(tt.keys...)
			r.Keys[0].ReminderIssue = "https://github.com/a/b/issues/1"
			got, want := outputs(t, actions(t, r)), map[string]string{}
			delete(got, "result")
			for name := range got {
				want[name] = ""
			}
			want["verdict"], want["days-left"], want["rotation-due"], want["rotation-due-on"] = "pass", tt.left, tt.due, tt.dueOn
			testkit.Diff(t, want, got)
		})
	}
}
