package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/plain"
)

// many reports whether the report is on several keys.
func (r Report) many() bool { return r.Policy && len(r.Keys) > 0 }

// headline says what the run found, for the heading of the summary.
func (r Report) headline() string {
	switch {
	case r.many():
		return r.tally()
	case len(r.Keys) == 1:
		return subject(r.Keys[0].Name, r.Policy) + ": " + r.Keys[0].headline()
	default:
		return Name + ": " + r.Verdict.String()
	}
}

// meaning explains the verdict. It follows the verdict itself: ", with 1 warning",
// ": 1 of 3 checks failed".
func (r Report) meaning() string {
	switch {
	case r.many() && r.Verdict == checks.Passed:
		return ": " + r.tally()
	case r.many():
		return ": " + r.tally() + "; " + r.verdicts()
	case len(r.Keys) == 1 && r.Keys[0].rests():
		return r.Keys[0].meaning()
	default:
		return ": " + r.Verdict.Doc()
	}
}

// tally counts the keys that pass: "3 of 10 Flexy keys pass", "2 of 2 Flexy keys
// pass, with 1 warning".
func (r Report) tally() string {
	passed, warnings := 0, 0
	for _, k := range r.Keys {
		warnings += k.count(checks.Warn)
		if k.Verdict == checks.Passed {
			passed++
		}
	}
	verb := "pass"
	if passed == 1 || len(r.Keys) == 1 {
		verb = "passes"
	}
	text := fmt.Sprintf("%d of %s %s", passed, plain.Count(len(r.Keys), "Flexy key", "Flexy keys"), verb)
	if passed == len(r.Keys) {
		text += with(warnings)
	}
	return text
}

// verdicts counts the keys by verdict, worst first: "1 invalid, 3 pass".
func (r Report) verdicts() string {
	counts := map[checks.Verdict]int{}
	for _, k := range r.Keys {
		counts[k.Verdict]++
	}
	var texts []string
	for _, v := range checks.Verdicts {
		if n := counts[v]; n > 0 {
			texts = append(texts, fmt.Sprintf("%d %s", n, v))
		}
	}
	return strings.Join(texts, ", ")
}

// headline says what was found of the key: the only failure, or else the only
// warning, or else the verdict.
func (k Result) headline() string {
	failed, warned := k.findings(checks.Fail, checks.Unknown), k.findings(checks.Warn)
	switch {
	case !k.rests():
		return k.Verdict.String()
	case len(failed) == 1:
		return k.headlineOf(failed[0])
	case len(failed) > 1:
		return fmt.Sprintf("%d of %s failed", len(failed), plain.Count(k.made(), "check", "checks"))
	case len(warned) == 1:
		return k.headlineOf(warned[0])
	default:
		return k.Verdict.String() + with(len(warned))
	}
}

// headlineOf says what a check found. The words of a type, a scope and a state need
// no name.
func (k Result) headlineOf(f checks.Finding) string {
	if f.Status != checks.Unknown && slices.Contains([]string{checks.State.ID, checks.Type.ID, checks.Scope.ID}, f.Check) {
		return difference(f)
	}
	return k.named(f)
}

// named says in a few words what a check found, and which check.
func (k Result) named(f checks.Finding) string {
	switch {
	case f.Status == checks.Unknown:
		return f.Check + ": could not be determined"
	case f.Check != checks.Rotation.ID || k.Age == nil:
		return f.Check + ": " + difference(f)
	case k.Age.Left > 0:
		return "rotate by " + k.Age.DueOn.Format(time.DateOnly)
	case k.Age.Left == 0:
		return "rotation due today"
	default:
		return "rotation overdue since " + k.Age.DueOn.Format(time.DateOnly)
	}
}

// worst returns the key's worst finding, or why it was not checked: the API's code,
// if there is one.
func (k Result) worst() string {
	if k.Message != "" {
		return cmp.Or(plain.Token(k.Answer.Code), k.Message)
	}
	bad := append(k.findings(checks.Fail, checks.Unknown), k.findings(checks.Warn)...)
	if len(bad) == 0 {
		return ""
	}
	return k.named(bad[0])
}

// meaning explains a verdict that rests on the checks: ": 2 of 2 checks passed".
func (k Result) meaning() string {
	failed, warned := k.count(checks.Fail, checks.Unknown), k.count(checks.Warn)
	switch {
	case failed > 0:
		return fmt.Sprintf(": %d of %s failed%s", failed, plain.Count(k.made(), "check", "checks"), with(warned))
	case warned > 0:
		return with(warned)
	default:
		return fmt.Sprintf(": %d of %s passed", k.count(checks.Pass), plain.Count(k.made(), "check", "checks"))
	}
}

// outcome says how a key of a policy file fared: "pass, 3 of 3 checks", "mismatch,
// 1 of 3 checks failed".
func (k Result) outcome() string {
	if !k.rests() {
		return k.Verdict.String()
	}
	meaning := strings.TrimSuffix(k.meaning(), " passed")
	return k.Verdict.String() + ", " + strings.TrimLeft(meaning, ":, ")
}

// rests reports whether the verdict rests on the checks.
func (k Result) rests() bool {
	return k.Verdict == checks.Passed || k.Verdict == checks.Mismatch || k.Verdict == checks.Unavailable && !k.unchecked()
}

// findings returns the findings with one of the statuses.
func (k Result) findings(of ...checks.Status) []checks.Finding {
	return slices.DeleteFunc(slices.Clone(k.Findings), func(f checks.Finding) bool { return !slices.Contains(of, f.Status) })
}

// count returns how many checks ended with one of the statuses.
func (k Result) count(of ...checks.Status) int { return len(k.findings(of...)) }

// made returns how many checks were made.
func (k Result) made() int { return len(k.Findings) - k.count(checks.Skip) }

// rows returns the findings of the checks that were made.
func (k Result) rows() []checks.Finding {
	return slices.DeleteFunc(slices.Clone(k.Findings), func(f checks.Finding) bool { return f.Status == checks.Skip })
}

// rest returns a line each about the checks that were asked for but need an answer
// that the API did not give, and about what was found although nothing asked for it.
func (k Result) rest() []string {
	var unchecked, found []string
	for _, f := range k.Findings {
		switch {
		case f.Status != checks.Skip:
		case f.Asserted():
			unchecked = append(unchecked, f.Check)
		case f.Message != "":
			found = append(found, f.Message)
		}
	}
	var lines []string
	if len(unchecked) > 0 {
		lines = append(lines, "not checked: "+strings.Join(unchecked, ", "))
	}
	if len(found) > 0 {
		lines = append(lines, "also found: "+strings.Join(found, ", "))
	}
	return lines
}

// daysLeft returns the number of days until the key must be rotated.
func (k Result) daysLeft() string {
	if k.Age == nil {
		return ""
	}
	return strconv.Itoa(k.Age.Left)
}

// marks identify the key and the request: "fingerprint 1b3fd4f00324", "request id
// req_1". quote quotes a value, which is safe as it is.
func (k Result) marks(quote func(string) string) []string {
	var all []string
	for _, mark := range []struct{ name, value string }{{"fingerprint", k.Fingerprint}, {"request id", k.Answer.RequestID}} {
		if value := plain.Token(mark.value); value != "" {
			all = append(all, mark.name+" "+quote(value))
		}
	}
	return all
}

// with counts warnings: "", ", with 1 warning".
func with(warnings int) string {
	if warnings == 0 {
		return ""
	}
	return ", with " + plain.Count(warnings, "warning", "warnings")
}

// byUrgency orders keys, worst first.
func byUrgency(keys []Result) []Result {
	return slices.SortedStableFunc(slices.Values(keys), func(a, b Result) int {
		if a.tone() != b.tone() {
			return int(b.tone() - a.tone())
		}
		return int(a.Verdict - b.Verdict)
	})
}

// difference says what was found and what was expected, if anything was.
func difference(f checks.Finding) string {
	if f.Expected == "" {
		return f.Found
	}
	return f.Found + ", expected " + f.Expected
}
