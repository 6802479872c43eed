package config

import (
	"slices"
	"strings"
)

// judgeNames reports environment variables, given as NAME=value, whose names are
// almost, but not quite, those of settings: outside Actions nothing else points
// out a slip that switches an assertion off. Variables that a policy file names
// are fine, and so are names that are like no setting: other programs may use the
// prefix.
func (g *Given) judgeNames(environ []string) {
	if g.Action {
		return
	}
	for _, assignment := range environ {
		name, _, _ := strings.Cut(assignment, "=")
		named := func(e entry) bool { return e.fields[policyEnv].value == name }
		if !strings.HasPrefix(name, "FLEXY_") || isSetting(name) || slices.ContainsFunc(g.policy, named) {
			continue
		}
		if setting := meant(name); setting != "" {
			g.fail(Place{Name: name}, "expected the name of a setting, found one much like "+setting, "write "+setting+", or unset it")
		}
	}
}

// meant returns the variable that somebody who wrote another name meant, or "".
// A field of the policy file, such as FLEXY_SCOPE, means FLEXY_EXPECT_SCOPE.
func meant(name string) string {
	known := []string{formatVariable}
	for _, input := range Inputs() {
		if input.Policy != "" && variable(input.Policy) == name {
			return input.Variable()
		}
		known = append(known, input.Variable())
	}
	return nearest(name, known)
}

// isSetting reports whether a variable is one of the program's own.
func isSetting(name string) bool {
	return name == formatVariable || slices.ContainsFunc(Inputs(), func(input Input) bool { return input.Variable() == name })
}

// nearest returns the known name that takes the fewest edits, or "" if none is
// near: one edit, or two in a name that is not short. FLEXY_API_KEY_2 is another
// name, not a slip.
func nearest(name string, known []string) string {
	const short = 8 // letters of a name's own part
	slip := 2
	if len(strings.TrimPrefix(name, "FLEXY_")) < short {
		slip = 1
	}
	best, least := "", slip+1
	for _, k := range known {
		if d := distance(name, k); d < least && !strings.HasPrefix(name, k+"_") {
			best, least = k, d
		}
	}
	return best
}

// nearestWord returns the word that somebody who wrote another meant, or "": one
// that is near, or the only one that begins so, as production does with prod.
func nearestWord(text string, words []string) string {
	text = strings.ToLower(text)
	var begin []string
	for _, word := range words {
		if nearest(text, []string{strings.ToLower(word)}) != "" {
			return word
		}
		if len(text) > 1 && strings.HasPrefix(strings.ToLower(word), text) {
			begin = append(begin, word)
		}
	}
	if len(begin) == 1 {
		return begin[0]
	}
	return ""
}

// distance is the number of letters to insert, delete or replace (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
