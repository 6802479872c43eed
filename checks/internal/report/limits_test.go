package report_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/report"
	"flexy-key-check/checks/internal/test/testkit"
)

const limit = 64 << 10

// many is a report on keys of a policy file, some of which fail.
func many(good, bad int) report.Report {
	var keys []report.Result
	for i := range good + bad {
		name, answer, expect := "good", accepted(), expected()
		if i >= good {
			name, answer, expect = "bad", other(), rotated(expected(), daysAgo(80))
		}
		keys = append(keys, judged(fmt.Sprintf("%s key %d", name, i+1), checks.Input{Answer: answer, Expect: expect, Fingerprint: fingerprint, Many: true}))
	}
	return policyOf(keys...)
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
		goodFindings, findings  bool // whether keys that passed, and others, have findings
		details, truncated, all bool // whether keys have more than name and verdict, something is left out, all keys are there
	}{
		{"short", many(5, 5), true, true, true, false, true},
		{"findings of good keys left out", many(40, 10), false, true, true, true, true},
		{"all findings left out", many(20, 60), false, false, true, true, true},
		{"only names and verdicts", many(200, 100), false, false, false, true, true},
		{"keys left out", many(1, 1500), false, false, false, true, false},
		{"long allowlist", long, false, false, false, true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			line := outputs(t, actions(t, tt.report))["result"]
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
	one := mistake.Mistake{Notice: mistake.Say(strings.Repeat(`<`, 500), strings.Repeat(`"`, 500))}
	line := outputs(t, actions(t, misconfigured(slices.Repeat([]mistake.Mistake{one}, 300)...)))["result"]
	if d := decode(t, line); len(line) > limit || len(d.Errors) == 0 || len(d.Errors) == 300 || !d.Truncated {
		t.Errorf("%d bytes, %d mistakes, truncated: %v", len(line), len(d.Errors), d.Truncated)
	}
}

// A text that just fits is kept whole.
func TestLimitsReached(t *testing.T) {
	t.Parallel()
	for name, show := range map[string]func(report.Report) string{
		"result":  func(r report.Report) string { return outputs(t, actions(t, r))["result"] },
		"summary": func(r report.Report) string { return actions(t, r).summary },
	} {
		ofLength := func(n int) string {
			return show(misconfigured(mistake.Mistake{Notice: mistake.Say(strings.Repeat("x", n), "")}))
		}
		longest := limit - len(ofLength(1)) + 1
		whole, cut := ofLength(longest), ofLength(longest+2)
		if len(whole) != limit || !strings.Contains(whole, "xx") || strings.Contains(cut, "xx") {
			t.Errorf("%s: %d bytes: %.200q; cut: %.200q", name, len(whole), whole, cut)
		}
	}
}

func TestSummaryLimit(t *testing.T) {
	t.Parallel()
	const last = "\nThe rest is left out.\n\nflexy-key-check v1.2.3\n\n"
	for n := range 30 { // the cut is anywhere in a block
		r := many(130, 1)
		r.Notes = append(r.Notes, report.Note{Notice: mistake.Say(strings.Repeat("x", n*len(last)/2), "")})
		text := actions(t, r).summary
		if len(text) > limit || !strings.HasSuffix(text, last) {
			t.Fatalf("%d bytes, ends in %q", len(text), text[len(text)-100:])
		}
	}
	tags, _ := render(actions(t, many(60, 60)).summary)
	balanced(t, tags)
}

// elements are those that a summary consists of.
var elements = strings.Fields("h3 p strong code table thead tbody tr th td ul li details summary b")

// balanced fails a test unless tags are closed in order and those of elements
// without attributes.
func balanced(t testing.TB, tags []string) {
	t.Helper()
	var open []string
	for _, tag := range tags {
		name := strings.Trim(tag, "</>")
		switch {
		case tag == "<br>":
		case strings.HasPrefix(tag, `<a href="https://github.com/`):
			open = append(open, "a")
		case tag == "</a>" && open[len(open)-1] == "a":
			open = open[:len(open)-1]
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

func TestSummaryLinks(t *testing.T) {
	t.Parallel()
	for address, linked := range map[string]bool{
		"https://github.com/shop/deploy-it/issues/12": true,
		"http://127.0.0.1:8085/shop/a_b.c/issues/12":  true,
		"":                                    false,
		"javascript:alert(1)":                 false,
		"https://a.example/)[b](https://c":    false,
		"https://a.example/<script>":          false,
		"https://a.example/ \"title":          false,
		"https://user:password@a.example/":    false,
		"https://a.example/issues/1?b=c#d":    false,
		"https://a.example/issues/1\n# Title": false,
	} {
		r := single(accepted(), expected())
		r.Keys[0].ReminderIssue, r.Readme = address, ""
		tags, text := render(actions(t, r).summary)
		testkit.Diff(t, linked, slices.Contains(tags, `<a href="`+address+`">`))
		testkit.Diff(t, linked, strings.Contains(text, "Record: "+address) && address != "")
		testkit.Diff(t, linked, slices.Contains(tags, "</a>"))
	}
}
