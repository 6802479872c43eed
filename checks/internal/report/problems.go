package report

import (
	"fmt"
	"slices"
	"strings"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/plain"
)

// level is the level of an annotation.
type level string

const (
	levelError   level = "error"
	levelWarning level = "warning"
)

// A problem needs the user's attention.
type problem struct {
	level level
	title string // of the annotation
	name  string // of the key, if it was given one
	topic string // what it is about, unless the verdict says that
	mistake.Notice
	place mistake.Place // in the policy file
	kind  kind          // of a key's problem
}

// A kind is what equal problems of several keys have in common.
type kind struct {
	about           string // a check's ID, or a verdict
	level           level
	status          checks.Status
	expected, found string // for a verdict, found is the message
}

// maxEqual is how many keys have an equal problem each. More share one.
const maxEqual = 3

// problems returns all problems: the run's own first, then the keys', in report
// order. A clean pass has none.
func (r Report) problems() []problem { return append(r.own(), r.ofKeys()...) }

// own returns the problems of the run: notes and mistakes.
func (r Report) own() []problem {
	var out []problem
	for _, n := range r.Notes {
		l := levelWarning
		if n.Fails {
			l = levelError
		}
		topic := n.Title
		for _, prefix := range []string{Title("", false, ""), "Flexy key ", Name + ": "} {
			topic = strings.TrimPrefix(topic, prefix)
		}
		out = append(out, problem{level: l, title: n.Title, topic: topic, Notice: n.Notice})
	}
	title := Name + ": " + checks.Misconfigured.String()
	for _, m := range r.Mistakes {
		out = append(out, problem{level: levelError, title: title, Notice: mistake.Say(m.String(), m.Hint), place: m.Place})
	}
	return out
}

// ofKeys returns the problems of the keys. If more than maxEqual keys have an equal
// one, they share it, at the place of the first.
func (r Report) ofKeys() []problem {
	var all, out []problem
	for _, k := range r.Keys {
		all = append(all, k.problems(r.Policy)...)
	}
	equal := map[kind][]problem{}
	for _, p := range all {
		equal[p.kind] = append(equal[p.kind], p)
	}
	for _, p := range all {
		switch same := equal[p.kind]; {
		case len(same) <= maxEqual:
			out = append(out, p)
		case same[0].name == p.name:
			out = append(out, merged(same))
		}
	}
	return out
}

// merged returns one problem for equal ones of several keys. Place, message and
// hint are the first one's: the others' may say it in other words.
func merged(same []problem) problem {
	const maxNames = 20
	names := make([]string, len(same))
	for i, one := range same {
		names[i] = one.name
	}
	p := same[0]
	keys := fmt.Sprintf("%d keys (%s)", len(same), plain.List(names, maxNames))
	if slices.ContainsFunc(same, func(one problem) bool { return one.Message != p.Message }) {
		keys += ", of the first"
	}
	p.title, p.name, p.Message = "Flexy keys: "+p.kind.about, "", keys+": "+p.Message
	return p
}

// problems returns why the key could not be checked, and what the checks found.
func (k Result) problems(policy bool) []problem {
	p := problem{name: givenName(k.Name, policy), level: levelError}
	if k.Softened {
		p.level = levelWarning
	}
	var out []problem
	if k.unchecked() {
		p, about := p, k.Verdict.String()
		if k.Verdict == checks.Mismatch { // for another reason than this one
			about = checks.Blocked.String()
		}
		p.title, p.Notice, p.place = Title(k.Name, policy, about), k.Notice, k.Place
		p.kind = kind{about: about, level: p.level, found: k.Message}
		out = append(out, p)
	}
	for _, f := range k.Findings {
		p := p
		switch {
		case f.Status == checks.Warn:
			p.level = levelWarning
		case !f.Status.Failed():
			continue
		}
		p.title, p.topic, p.Notice, p.place = Title(k.Name, policy, f.Check), f.Check, f.Notice, k.Places[f.Check]
		p.kind = kind{f.Check, p.level, f.Status, f.Expected, f.Found}
		out = append(out, p)
	}
	return out
}

// unchecked reports whether the key should have been checked but could not be.
func (k Result) unchecked() bool { return k.Message != "" && !k.Skipped }

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
