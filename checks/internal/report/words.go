package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/plain"
)

// meaning describes the verdict in words.
func (r Report) meaning() string {
	switch {
	case r.Policy && len(r.Keys) > 0:
		return r.tally()
	case len(r.Keys) == 1 && r.Verdict == checks.Passed:
		return r.Keys[0].tally()
	case len(r.Keys) == 1 && r.Verdict == checks.Mismatch:
		return r.Verdict.Doc() + ": " + r.Keys[0].tally()
	default:
		return r.Verdict.Doc()
	}
}

// tally counts the keys by verdict: "1 of 7 keys passes: 3 mismatch, 1 invalid, 2
// skipped".
func (r Report) tally() string {
	counts := map[checks.Verdict]int{}
	for _, k := range r.Keys {
		counts[k.Verdict]++
	}
	passed, all := counts[checks.Passed], len(r.Keys)
	var others []string
	for _, v := range []checks.Verdict{checks.Mismatch, checks.Invalid, checks.Misconfigured, checks.Blocked, checks.Unavailable, checks.Skipped} {
		if n := counts[v]; n > 0 {
			others = append(others, fmt.Sprintf("%d %s", n, v))
		}
	}
	if len(others) == 0 {
		return fmt.Sprintf("%s %s", count(all, "key"), verb(all, "pass"))
	}
	return fmt.Sprintf("%d of %s %s: %s", passed, count(all, "key"), verb(passed, "pass"), strings.Join(others, ", "))
}

// tally counts the key's assertions: "2 of 2 assertions hold, 5 not asserted".
func (k Result) tally() string {
	made, held, failed, warned, rest := 0, 0, 0, 0, 0
	for _, f := range k.Findings {
		switch {
		case !f.Asserted():
			rest++
		case f.Status != checks.Skip:
			made++
		}
		switch {
		case f.Status == checks.Pass && f.Asserted():
			held++
		case f.Status.Failed():
			failed++
		case f.Status == checks.Warn:
			warned++
		}
	}
	text := fmt.Sprintf("%d of %s %s", held, count(made, "assertion"), verb(held, "hold"))
	if failed > 0 {
		text = fmt.Sprintf("%d of %s %s", failed, count(made, "assertion"), verb(failed, "fail"))
	}
	if warned > 0 {
		text += ", " + count(warned, "warning")
	}
	if rest > 0 {
		text += fmt.Sprintf(", %d not asserted", rest)
	}
	return text
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// verb conjugates a regular verb for n subjects.
func verb(n int, v string) string {
	switch {
	case n != 1:
		return v
	case strings.HasSuffix(v, "s"):
		return v + "es"
	default:
		return v + "s"
	}
}

// rows returns the findings that a table shows.
func (k Result) rows() []checks.Finding {
	var rows []checks.Finding
	for _, f := range k.Findings {
		if f.Status != checks.Skip {
			rows = append(rows, f)
		}
	}
	return rows
}

// rest lists the checks that no table shows: those that need an answer the API did
// not give, and those that were not asserted, with what was found anyway.
func (k Result) rest() []string {
	var unjudged, unasserted []string
	for _, f := range k.Findings {
		switch {
		case !f.Asserted() && f.Found != "" && f.Status == checks.Skip:
			unasserted = append(unasserted, f.Check+" ("+f.Found+")")
		case !f.Asserted():
			unasserted = append(unasserted, f.Check)
		case f.Status == checks.Skip:
			unjudged = append(unjudged, f.Check)
		}
	}
	var lines []string
	if len(unjudged) > 0 {
		lines = append(lines, "not judged: "+strings.Join(unjudged, ", "))
	}
	if len(unasserted) > 0 {
		lines = append(lines, "not asserted: "+strings.Join(unasserted, ", "))
	}
	return lines
}

// worst returns the key's worst finding, or why it was not checked.
func (k Result) worst() string {
	if k.Message != "" {
		return k.Message
	}
	var worst *checks.Finding
	for i, f := range k.Findings {
		if (f.Status.Failed() || f.Status == checks.Warn) && (worst == nil || f.Status.Failed() && !worst.Status.Failed()) {
			worst = &k.Findings[i]
		}
	}
	if worst == nil {
		return ""
	}
	return worst.Check + ": " + worst.Found
}

// daysLeft returns the number of days until the key must be rotated.
func (k Result) daysLeft() string {
	if k.Age == nil {
		return ""
	}
	return strconv.Itoa(k.Age.Left)
}

// A mark identifies the key or the request. Its value is safe as it is.
type mark struct{ name, value string }

// marks returns the known marks.
func (k Result) marks() []mark {
	all := []mark{{"fingerprint", plain.Token(k.Fingerprint)}, {"request id", plain.Token(k.Answer.RequestID)}}
	return slices.DeleteFunc(all, func(m mark) bool { return m.value == "" })
}

// An advice is a hint with the problems that it solves.
type advice struct {
	problems []problem
	hint     string
}

// advices groups problems by hint and keeps their order.
func advices(problems []problem) []advice {
	var out []advice
	at := map[string]int{}
	for _, p := range problems {
		i, ok := at[p.Hint]
		if !ok {
			i = len(out)
			at[p.Hint] = i
			out = append(out, advice{hint: p.Hint})
		}
		out[i].problems = append(out[i].problems, p)
	}
	return out
}

// name returns the problem's title without the name of the given key. It is empty
// for a mistake, whose message names the setting, and for a bare verdict, which
// the heading shows already.
func (p problem) name(key string) string {
	what := strings.TrimPrefix(p.title, key+": ")
	isVerdict := func(v checks.Verdict) bool { return what == v.String() }
	if slices.ContainsFunc(checks.Verdicts, isVerdict) || strings.HasSuffix(p.title, ": "+checks.Misconfigured.String()) {
		return ""
	}
	return what
}
