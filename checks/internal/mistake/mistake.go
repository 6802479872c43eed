// Package mistake describes what is wrong, what to do next and, in a configuration,
// where. It is separate from package config so that packages can report mistakes
// without importing how they are found.
package mistake

import (
	"cmp"
	"fmt"

	"flexy-key-check/checks/internal/plain"
)

// A Notice is what the program says of one thing: lower case, without a final full
// stop, and without a secret.
type Notice struct {
	Message string // what is the matter: what was expected and what was found, or a fault
	Hint    string // what to do next; "" if there is nothing to do
}

// Say returns the Notice of two texts.
func Say(message, hint string) Notice { return Notice{message, hint} }

// Map returns the Notice with f applied to both texts.
func (n Notice) Map(f func(string) string) Notice { return Notice{f(n.Message), f(n.Hint)} }

// A Mistake is one error in the configuration. Its texts are safe to print.
type Mistake struct {
	Place Place
	Notice
}

// A Place is where the user gave a value.
type Place struct {
	Name         string // of the input, variable or field; "" for none in particular
	File         string // the policy file; "" outside of one
	Line, Column int    // in File, counted from 1
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

// Compare orders mistakes by line and column. Those outside the policy file come
// first and compare as equal.
func (m Mistake) Compare(other Mistake) int {
	return cmp.Or(cmp.Compare(m.Place.Line, other.Place.Line), cmp.Compare(m.Place.Column, other.Place.Column))
}
