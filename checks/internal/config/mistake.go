package config

import (
	"fmt"

	"flexy-key-check/checks/internal/plain"
	"flexy-key-check/checks/internal/secret"
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
	Name string // of the input or the environment variable; "" for none in particular
}

// String returns the mistake on one line, without its hint.
func (m Mistake) String() string {
	if m.Place.Name == "" {
		return m.Message
	}
	return m.Place.Name + ": " + m.Message
}

// Mistakes is all that is wrong with a configuration.
type Mistakes []Mistake

// A field is a value and where it stands.
type field struct {
	value string
	place Place
}

func (g *Given) fail(place Place, message, hint string) {
	g.mistakes = append(g.mistakes, Mistake{place, message, hint})
}

// failf reports that a field does not hold what was expected.
func (g *Given) failf(f field, hint, expected string, args ...any) {
	g.fail(f.place, "expected "+fmt.Sprintf(expected, args...)+", found "+g.show(f.value), hint)
}

// show quotes a value, unless that would give the key away.
func (g *Given) show(value string) string {
	if secret.Leaks(value, g.Secrets()...) {
		return "something else (not shown)"
	}
	return `"` + plain.Line(value) + `"`
}
