package config

import (
	"maps"
	"slices"
	"strings"
)

// suggest returns what name was probably meant to be, or "". known maps correct
// names to what to suggest for them. The first skip bytes, which all names share,
// do not count as length. A typo is one edit, or up to two if the name is not
// short.
func suggest(name string, known map[string]string, skip int) string {
	const short = 8 // bytes
	edits := 2
	if len(name)-skip < short {
		edits = 1
	}
	return nearest(name, known, edits)
}

// nearest returns what the known name with the fewest edits maps to, or "" if none
// is within that many edits of name.
func nearest(name string, known map[string]string, edits int) string {
	best, least := "", edits+1
	for _, k := range slices.Sorted(maps.Keys(known)) {
		if d := distance(name, k); d < least {
			best, least = known[k], d
		}
	}
	return best
}

// suggestWord returns the word that text was probably meant to be, or "": the
// nearest one, or the only one that text is a prefix of, such as production for
// prod.
func suggestWord(text string, words []string) string {
	text = strings.ToLower(text)
	known := map[string]string{}
	var longer []string
	for _, word := range words {
		known[strings.ToLower(word)] = word
		if len(text) > 1 && strings.HasPrefix(strings.ToLower(word), text) {
			longer = append(longer, word)
		}
	}
	if near := suggest(text, known, 0); near != "" {
		return near
	}
	if len(longer) == 1 {
		return longer[0]
	}
	return ""
}

// didYouMean returns the hint to what was probably meant, or another if that is "".
func didYouMean(meant, otherwise string) string {
	if meant == "" {
		return otherwise
	}
	return "did you mean " + meant + "?"
}

// distance returns the number of edits that turn a into b: an insertion, deletion
// or replacement of a byte, or a swap of neighbours (optimal string alignment).
func distance(a, b string) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(row[j]+1, last[j+1]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
