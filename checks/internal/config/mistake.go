package config

import (
	"cmp"
	"fmt"
	"unicode/utf8"

	"flexy-key-check/checks/internal/plain"
)

// A Mistake is one thing that is wrong with the configuration. Its texts hold
// nothing secret and are fit to be shown.
type Mistake struct {
	Place   Place
	Message string // what was expected and what was found
	Hint    string // what to do next
}

// A Place is where a value stands, as the user knows it.
type Place struct {
	Name         string // of the input, variable or field; "" for none in particular
	File         string // the policy file, "" elsewhere
	Line, Column int    // from 1, in File
}

// String returns the mistake on one line, without its hint.
func (m Mistake) String() string {
	text := m.Message
	if m.Place.Name != "" {
		text = m.Place.Name + ": " + text
	}
	if m.Place.File != "" {
		text = fmt.Sprintf("%s:%d:%d: %s", plain.Line(m.Place.File), m.Place.Line, m.Place.Column, text)
	}
	return text
}

// compare orders mistakes: those of inputs as they were found, then those of
// the policy file by line.
func (m Mistake) compare(other Mistake) int {
	return cmp.Or(cmp.Compare(m.Place.Line, other.Place.Line), cmp.Compare(m.Place.Column, other.Place.Column))
}

// Mistakes is all that is wrong with a configuration.
type Mistakes []Mistake

// fail reports a mistake, once: many keys can inherit the same one.
func (g *Given) fail(place Place, message, hint string) {
	m := Mistake{place, message, hint}
	if !g.reported[m] {
		g.reported[m] = true
		g.mistakes = append(g.mistakes, m)
	}
}

// failf reports that a field does not hold what was expected.
func (g *Given) failf(f field, hint, expected string, args ...any) {
	g.fail(f.place, "expected "+fmt.Sprintf(expected, args...)+", found "+g.show(f), hint)
}

// maxShown is the length, in characters, of the longest value that is shown: any
// setting's is shorter, and a key in its place longer.
const maxShown = 20

// show quotes a value, unless it could give a secret away or is a phone number:
// nothing of a policy file is shown, because somebody may have pasted a key
// there.
func (g *Given) show(f field) string {
	const hidden = "something else (not shown)"
	if f.place.File != "" || f.input.Name == "expect-account" || utf8.RuneCountInString(f.value) > maxShown {
		return hidden
	}
	shown := plain.Line(f.value)
	if g.traces.In(f.value) || g.traces.In(shown) {
		return hidden
	}
	return `"` + shown + `"`
}
