// Package plain makes text from outside harmless: whatever the API, GitHub, a
// file or the environment says is one line of printable characters before
// anything shows it.
package plain

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxLine is the length, in characters, to which Line cuts a text.
const MaxLine = 200

// maxToken is the length, in bytes, of the longest Token.
const maxToken = 64

// replacement stands for a character that must not be shown.
const replacement = '\uFFFD'

// invisible are the letters and marks that take no room: text can hide in them.
var invisible = []*unicode.RangeTable{unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector}

// token matches what may be shown unchanged of a value from the API: people paste
// step outputs into shell lines.
var token = regexp.MustCompile(`\A[A-Za-z0-9_.:-]+\z`)

// Line turns any text into one line of at most MaxLine printable characters
// that no runner takes for a command: see Text.
func Line(s string) string {
	// Cut before and after: cleaning 10 MB to show 200 characters is waste,
	// and cleaning can lengthen.
	return cut(Text(cut(s, 4*MaxLine)), MaxLine)
}

// Text is Line without the cut, for texts of our own making that hold outside
// ones. Every run of white space becomes one space; a control, format (bidi,
// zero-width), unassigned, private or invisible character, or a broken byte,
// becomes U+FFFD; and the two ways in which a line can become a command of the
// Actions runner are broken: "##[" anywhere, and "::" at the start.
func Text(s string) string {
	var b strings.Builder
	space := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			space = b.Len() > 0
			continue
		case !unicode.IsPrint(r) || unicode.In(r, invisible...):
			r = replacement
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	out := strings.ReplaceAll(b.String(), "##[", "# #[")
	if strings.HasPrefix(out, "::") {
		out = ": " + out[1:]
	}
	return out
}

// Token returns s if it is 1 to 64 of letters, digits and "_.:-" (safe in a
// shell line, a table and an output file), else the empty string.
func Token(s string) string {
	if len(s) > maxToken || !token.MatchString(s) {
		return ""
	}
	return s
}

// cut shortens s to at most n characters, the last of them an ellipsis if any
// was dropped.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	end := 0
	for range n - 1 {
		_, size := utf8.DecodeRuneInString(s[end:])
		end += size
	}
	return s[:end] + "…"
}
