// Package mistake describes what is wrong in a configuration, and where. It is
// separate from package config so that packages can report mistakes without
// importing how they are found.
package mistake

import (
	"cmp"
	"fmt"

	"flexy-key-check/checks/internal/plain"
)

// A Mistake is one error in the configuration. Its texts contain no secret and
// are safe to print.
type Mistake struct {
	Place   Place
	Message string
	Hint    string // what to do next
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
