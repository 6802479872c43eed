package config

import (
	"maps"
	"slices"
	"strings"
)

// suggest returns what the known name that name probably misspells stands for,
// or "". known maps names to what they stand for; a name's first skip bytes are
// the same for all. One edit is a slip, or two in a name that is not short, but
// FLEXY_API_KEY_2 is another name.
func suggest(name string, known map[string]string, skip int) string {
	const short = 8 // letters of a name's own part
	slip := 2
	if len(name)-skip < short {
		slip = 1
	}
	best, least := "", slip+1
	for _, k := range slices.Sorted(maps.Keys(known)) {
		if d := distance(name, k); d < least && !strings.HasPrefix(name, k+"_") {
			best, least = known[k], d
		}
	}
	return best
}

// suggestWord returns the word that text probably misspells, or "": one that is
// near, or the only one that it begins, as prod begins production.
func suggestWord(text string, words []string) string {
	text = strings.ToLower(text)
	known := map[string]string{}
	var begin []string
	for _, word := range words {
		known[strings.ToLower(word)] = word
		if len(text) > 1 && strings.HasPrefix(strings.ToLower(word), text) {
			begin = append(begin, word)
		}
	}
	if near := suggest(text, known, 0); near != "" {
		return near
	}
	if len(begin) == 1 {
		return begin[0]
	}
	return ""
}

// distance is the number of letters to insert, delete, replace or swap with
// their neighbour (optimal string alignment).
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
