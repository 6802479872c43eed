// Package plain makes text from outside harmless: text from the API, GitHub, a file
// or the environment becomes one line of printable characters before it is shown. It
// also has what several packages need for texts of any kind.
package plain

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// MaxLine is the maximum length, in characters, of a Line.
const MaxLine = 200

// maxToken is the maximum length, in bytes, of a Token.
const maxToken = 64

// TokenCharacters are those of a Token. No shell gives them a meaning: people paste
// step outputs into shell lines.
const TokenCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:-"

// replacement replaces characters that must not be shown.
const replacement = '\uFFFD'

// invisible are letters and marks without a width, in which text can hide.
var invisible = []*unicode.RangeTable{unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector}

// Line is Text, cut to MaxLine characters.
func Line(s string) string {
	// Cut first so as not to clean 10 MB for 200 characters, and again because
	// cleaning can lengthen a text.
	return cut(Text(cut(s, 4*MaxLine)), MaxLine)
}

// Text turns any text into one line of printable characters that the Actions runner
// does not read as a workflow command. Each run of white space becomes one space.
// Control, format (bidi, zero-width), unassigned, private and invisible characters
// and invalid bytes become U+FFFD. A space breaks "##[", and "::" at the start.
func Text(s string) string {
	var b strings.Builder
	space := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			space = b.Len() > 0
			continue
		case Hidden(r):
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

// Hidden reports whether Text replaces r with U+FFFD, because a reader would not see
// it, or not see what it does.
func Hidden(r rune) bool {
	return !unicode.IsSpace(r) && (!unicode.IsPrint(r) || unicode.In(r, invisible...))
}

// Token returns s if it consists of 1 to 64 letters, digits and "_.:-", which are
// safe in a shell line, a table and an output file. Otherwise it returns "".
func Token(s string) string {
	if len(s) > maxToken || strings.Trim(s, TokenCharacters) != "" {
		return ""
	}
	return s
}

// cut shortens s to at most n characters, the last of which is an ellipsis if any
// were dropped.
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

// Count returns a number with what it counts: "1 day", "2 days".
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// List joins up to most texts, and counts the rest.
func List(texts []string, most int) string {
	if more := len(texts) - most; more > 0 {
		texts = append(slices.Clone(texts[:most]), fmt.Sprintf("and %d more", more))
	}
	return strings.Join(texts, ", ")
}

// Fold returns a text that is the same for all that strings.EqualFold takes for equal.
func Fold(s string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		return least
	}, s)
}

// Pattern returns a function for a regular expression, which is compiled when it is
// first needed: most runs need few, and compiling all of them slows down the start.
func Pattern(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
