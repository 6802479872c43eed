package config

import (
	"fmt"
	"unicode/utf8"

	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/plain"
	"flexy-key-check/checks/internal/secret"
)

// A judge parses values and collects mistakes.
type judge struct {
	Names
	traces   secret.Traces // of all that must not be shown
	mistakes []mistake.Mistake
	reported map[mistake.Mistake]bool
}

// fail reports a mistake, once: many entries can inherit the same one. Names of
// settings stand in braces; they are expanded before the values go in.
func (j *judge) fail(place mistake.Place, hint, format string, args ...any) {
	m := mistake.Mistake{Place: place, Message: fmt.Sprintf(j.Expand(format), args...), Hint: j.Expand(hint)}
	if !j.reported[m] {
		j.reported[m] = true
		j.mistakes = append(j.mistakes, m)
	}
}

// mustBe reports that a field is not what it must be.
func (j *judge) mustBe(f field, hint, format string, args ...any) {
	j.fail(f.place, hint, "must be %s%s", fmt.Sprintf(format, args...), j.show(f))
}

const maxShown = 20 // characters; a value that a setting accepts is shorter, a key in its place longer

// show quotes a value behind "must be …", unless it could give a secret away, as
// more of a hash than a fingerprint would, or is a phone number. Of a policy file only what has the form of a word is
// shown: somebody may have pasted a key there.
func (j *judge) show(f field) string {
	const hidden = " (the value is not shown)"
	shown := plain.Line(f.value)
	switch {
	case f.input.Name == "expect-account", f.input.Name == "expect-fingerprint", utf8.RuneCountInString(f.value) > maxShown,
		f.fromPolicy && (len(f.input.Words) == 0 || !isWord(f.value)),
		j.traces.In(f.value), j.traces.In(shown):
		return hidden
	}
	return fmt.Sprintf(", not %q", shown)
}

// isWord reports whether a text has letters and hyphens only.
func isWord(text string) bool {
	for _, r := range text {
		if r != '-' && (r|0x20 < 'a' || r|0x20 > 'z') {
			return false
		}
	}
	return true
}

// drop empties a setting that holds a secret.
func (j *judge) drop(f *field) {
	j.misplaced(f.place)
	f.value, f.items, f.reported = f.input.Default, nil, true
}

// misplaced reports a key or a token where none belongs.
func (j *judge) misplaced(place mistake.Place) {
	j.fail(place, "give a key or a token to its own input only", "contains a key or a token (not shown)")
}

// size writes a number of bytes that is a whole number of KiB.
func size(n int64) string { return fmt.Sprintf("%d KiB", n>>10) }
