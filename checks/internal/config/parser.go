package config

import (
	"fmt"
	"unicode/utf8"

	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/plain"
	"flexy-key-check/checks/internal/secret"
)

// A parser parses values and collects mistakes.
type parser struct {
	Names
	traces   secret.Traces // of everything that must not be shown
	ownToken secret.Value  // of the workflow, if it was given
	mistakes []mistake.Mistake

	files     map[string]bool // variables that are given as files
	explained map[string]bool // inputs that are blank, and a mistake about a name says why
}

func newParser(n Names) *parser {
	return &parser{Names: n, files: map[string]bool{}, explained: map[string]bool{}}
}

// place returns the place where the user gives an input, which may be a file.
func (p *parser) place(input string) mistake.Place {
	place := p.Names.place(input)
	if !p.action && p.files[place.Name] {
		place.Name += fileSuffix
	}
	return place
}

// fail reports a mistake. The names of settings are in braces and are expanded before
// args are inserted.
func (p *parser) fail(place mistake.Place, hint, format string, args ...any) {
	p.mistakes = append(p.mistakes, mistake.Mistake{Place: place, Notice: mistake.Say(fmt.Sprintf(p.Expand(format), args...), p.Expand(hint))})
}

// mustBe reports an invalid value, and shows it if that is safe.
func (p *parser) mustBe(f field, hint, format string, args ...any) {
	p.fail(f.place, hint, "must be %s%s", fmt.Sprintf(format, args...), p.show(f))
}

const maxShown = 20 // characters: the accepted words are shorter, keys are longer

// show quotes a value to append to "must be …". It hides a value that could
// reveal a secret, such as more of a hash than a fingerprint, or a phone number.
// From a policy file it shows only words, because a key may have been pasted there.
func (p *parser) show(f field) string {
	const hidden = " (the value is not shown)"
	shown := plain.Line(f.value)
	switch {
	case f.input.Name == "expect-account", f.input.Name == "expect-fingerprint", utf8.RuneCountInString(f.value) > maxShown,
		f.fromPolicy && (len(f.input.Words) == 0 || !isWord(f.value)),
		looksLikeKey(f.value), p.traces.In(f.value), p.traces.In(shown):
		return hidden
	}
	return fmt.Sprintf(", not %q", shown)
}

// isWord reports whether text contains only letters and hyphens.
func isWord(text string) bool {
	for _, r := range text {
		if r != '-' && (r|0x20 < 'a' || r|0x20 > 'z') {
			return false
		}
	}
	return true
}

// drop reports a setting that contains a secret, and resets it.
func (p *parser) drop(f *field) {
	p.misplaced(f.place)
	f.value, f.items, f.reported = f.input.Default, nil, true
}

// misplaced reports a key or a token in the wrong place.
func (p *parser) misplaced(place mistake.Place) {
	p.fail(place, "give a key or a token only in its own input", "contains a key or a token (not shown)")
}

// size formats a number of bytes, which is a multiple of 1 KiB.
func size(n int64) string { return fmt.Sprintf("%d KiB", n>>10) }
