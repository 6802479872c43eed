// Package mistake describes what is wrong with a configuration, and where. It
// is a leaf, so that whoever reports mistakes need not know how they are found.
package mistake

import (
	"cmp"
	"fmt"

	"flexy-key-check/checks/internal/plain"
)

// A Mistake is one thing that is wrong with the configuration. Its texts hold
// nothing secret and are fit to be shown.
type Mistake struct {
	Place   Place
	Message string
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

// Compare orders mistakes by line and column: those outside of files come
// first and are equal.
func (m Mistake) Compare(other Mistake) int {
	return cmp.Or(cmp.Compare(m.Place.Line, other.Place.Line), cmp.Compare(m.Place.Column, other.Place.Column))
}
