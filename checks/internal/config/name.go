package config

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"flexy-key-check/checks/internal/nokey"
	"flexy-key-check/checks/internal/plain"
)

const maxKeyName = 64 // characters

// forms are letters and digits that have a plain counterpart and look like it:
// letterlike symbols, jamo that combine to syllables, compatibility ideographs,
// presentation, half-width and full-width forms, and those of mathematics.
var forms = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x1100, Hi: 0x11ff, Stride: 1}, {Lo: 0x2100, Hi: 0x214f, Stride: 1}, {Lo: 0xa960, Hi: 0xa97f, Stride: 1}, {Lo: 0xd7b0, Hi: 0xd7ff, Stride: 1},
		{Lo: 0xf900, Hi: 0xfdff, Stride: 1}, {Lo: 0xfe70, Hi: 0xfeff, Stride: 1}, {Lo: 0xff00, Hi: 0xffef, Stride: 1},
	},
	R32: []unicode.Range32{{Lo: 0x1d400, Hi: 0x1d7ff, Stride: 1}, {Lo: 0x1ee00, Hi: 0x1eeff, Stride: 1}, {Lo: 0x2f800, Hi: 0x2fa1f, Stride: 1}},
}

// inKeyName reports whether a character may be in a key's name. Two names that look
// the same must be the same, so there is only one way to write each letter.
func inKeyName(r rune) bool {
	if strings.ContainsRune(" ._-()", r) {
		return true
	}
	return (unicode.IsLetter(r) || unicode.IsDigit(r)) && !unicode.Is(forms, r) && !plain.Hidden(r)
}

// collapsed returns a name with one space for each run of white space.
func collapsed(name string) string { return strings.Join(strings.Fields(name), " ") }

// validKeyName reports whether name, collapsed, can be the name of a key.
func validKeyName(name string) bool {
	outside := func(r rune) bool { return !inKeyName(r) }
	return name != "" && utf8.ValidString(name) && utf8.RuneCountInString(name) <= maxKeyName && !strings.ContainsFunc(name, outside) && !looksLikeKey(name)
}

// looksLikeKey reports whether name looks like a key: it is a UUID or has the prefix
// of a key or a token.
func looksLikeKey(name string) bool {
	prefix := func(p string) bool { return strings.HasPrefix(name, p) }
	return nokey.IsUUID(name) || nokey.IsGitHubToken(name) || slices.ContainsFunc([]string{"sk_live_", "sk_test_"}, prefix)
}

// nameID returns what names have in common that differ only in letters' case and white
// space.
func nameID(name string) string { return plain.Fold(collapsed(name)) }

// keyName parses the name of a key.
func (p entryParser) keyName(f field) string {
	name := collapsed(f.value)
	switch {
	case looksLikeKey(name):
		p.fail(f.place, "a name is shown in reports: call the key something else", "looks like a key (not shown)")
	case name != "" && !validKeyName(name):
		p.mustBe(f, "use letters, digits, spaces and ._-(); write an accented letter as one character, and no full-width or invisible ones", "a name of 1 to 64 plain characters")
	}
	return name
}
