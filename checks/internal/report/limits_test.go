package report_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/report"
	"flexy-key-check/checks/internal/testkit"
)

const limit = 64 << 10

// many is a report on keys of a policy file: good ones, and bad ones.
func many(good, bad int) report.Report {
	var keys []report.Result
	for i := range good {
		keys = append(keys, judged(fmt.Sprintf("good key %d", i+1), checks.Input{Answer: accepted(), Expect: expected(), Fingerprint: fingerprint, Many: true}))
	}
	for i := range bad {
		keys = append(keys, judged(fmt.Sprintf("bad key %d", i+1), checks.Input{Answer: other(), Expect: rotated(expected(), daysAgo(80)), Fingerprint: fingerprint, Many: true}))
	}
	r := of(keys...)
	r.Policy = true
	return r
}

func TestResultLimit(t *testing.T) {
	t.Parallel()
	long := single(accepted(), expected())
	for i := range 6000 {
		long.Keys[0].Answer.Key.AllowedIPs.Addrs = append(long.Keys[0].Answer.Key.AllowedIPs.Addrs, netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}))
	}
	tests := []struct {
		name                    string
		report                  report.Report
		goodFindings, findings  bool // are there any, of keys that passed and of the others
		details, truncated, all bool // is more than name and verdict there, is something left out, are all keys there
	}{
		{"short", many(5, 5), true, true, true, false, true},
		{"the findings of good keys go first", many(40, 10), false, true, true, true, true},
		{"then all findings", many(20, 60), false, false, true, true, true},
		{"then all but names and verdicts", many(200, 100), false, false, false, true, true},
		{"then keys", many(1, 1500), false, false, false, true, false},
		{"a long allowlist", long, false, false, false, true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			line := outputs(t, tt.report)["result"]
			if len(line) > limit {
				t.Errorf("%d bytes", len(line))
			}
			d := decode(t, line)
			testkit.Diff(t, []any{tt.report.Verdict.String(), tt.report.ExitCode, tt.truncated}, []any{d.Verdict, d.ExitCode, d.Truncated})
			testkit.Diff(t, tt.all, len(d.Keys) == len(tt.report.Keys))
			for i, k := range d.Keys {
				want := tt.report.Keys[i]
				testkit.Diff(t, []string{want.Name, want.Verdict.String()}, []string{k.Name, k.Verdict})
				findings := tt.findings
				if want.Verdict == checks.Passed {
					findings = tt.goodFindings
				}
				testkit.Diff(t, []bool{findings, tt.details}, []bool{len(k.Findings) > 0, k.Type != nil})
			}
		})
	}
}

func TestResultLimitOfMistakes(t *testing.T) {
	t.Parallel()
	one := mistake.Mistake{Message: strings.Repeat(`<`, 500), Hint: strings.Repeat(`"`, 500)}
	for _, n := range []int{1, 10, 100, 300} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			var mistakes []mistake.Mistake
			for range n {
				mistakes = append(mistakes, one)
			}
			line := outputs(t, misconfigured(mistakes...))["result"]
			d := decode(t, line)
			if len(line) > limit || len(d.Errors) == 0 || d.Truncated != (len(d.Errors) < n) {
				t.Errorf("%d bytes, %d mistakes, truncated: %v", len(line), len(d.Errors), d.Truncated)
			}
		})
	}
}

func TestSummaryLimit(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 10, 60, 300} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			r := many(n, n)
			for i := range 30 {
				k := judged(fmt.Sprintf("key %d", i), checks.Input{Answer: unavailable(flexy.FaultServer, 500), Expect: little(), Many: true})
				k.Findings = append(k.Findings, checks.Finding{Check: "state", Status: checks.Fail, Message: strings.Repeat("é", n)})
				r.Keys = append(r.Keys, k)
			}
			text := actions(t, r).summary
			if len(text) > limit {
				t.Errorf("%d bytes", len(text))
			}
			cut := strings.HasSuffix(text, "\nThe rest is left out.\n\n")
			if n >= 60 != cut {
				t.Errorf("cut: %v, ends in %q", cut, text[len(text)-100:])
			}
			tags, _ := render(text)
			balanced(t, tags)
		})
	}
}

// elements are what a summary is meant to hold.
var elements = strings.Fields("h3 h4 p strong em code table thead tbody tr th td ul li details summary b")

// balanced fails a test unless each tag is closed, in order, and is that of one
// of the elements, without attributes.
func balanced(t testing.TB, tags []string) {
	t.Helper()
	var open []string
	for _, tag := range tags {
		name := strings.Trim(tag, "</>")
		switch {
		case !slices.Contains(elements, name):
			t.Fatalf("element %q", tag)
		case !strings.HasPrefix(tag, "</"):
			open = append(open, name)
		case len(open) == 0 || open[len(open)-1] != name:
			t.Fatalf("%s closes %q", tag, open)
		default:
			open = open[:len(open)-1]
		}
	}
	testkit.Diff(t, 0, len(open))
}

// TestSummaryRenders: all that summaries are made of is what is meant.
func TestSummaryRenders(t *testing.T) {
	t.Parallel()
	for name, r := range scenarios() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i := range r.Keys {
				r.Keys[i].ReminderIssue = "" // a link: see below
			}
			tags, _ := render(actions(t, r).summary)
			balanced(t, tags)
		})
	}
}

func TestSummaryLinks(t *testing.T) {
	t.Parallel()
	for address, link := range map[string]string{
		"https://github.com/shop/deploy-it/issues/12": `<a href="https://github.com/shop/deploy-it/issues/12">`,
		"http://127.0.0.1:8085/shop/a_b.c/issues/12":  `<a href="http://127.0.0.1:8085/shop/a_b.c/issues/12">`,
		"":                                    "",
		"javascript:alert(1)":                 "",
		"https://a.example/)[b](https://c":    "",
		"https://a.example/<script>":          "",
		"https://a.example/ \"title":          "",
		"https://user:password@a.example/":    "",
		"https://a.example/issues/1?b=c#d":    "",
		"https://a.example/issues/1\n# Title": "",
	} {
		t.Run(address, func(t *testing.T) {
			t.Parallel()
			r := single(accepted(), expected())
			r.Keys[0].ReminderIssue = address
			tags, text := render(actions(t, r).summary)
			got := ""
			for _, tag := range tags {
				if strings.HasPrefix(tag, "<a ") {
					got += tag
				}
			}
			testkit.Diff(t, link, got)
			testkit.Diff(t, link != "", strings.Contains(text, "Reminder: "+address))
		})
	}
}
