package nokey

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

//go:embed words.txt
var wordsFile string

// words has the words of each section of words.txt.
var words = sync.OnceValue(func() map[string]map[string]bool {
	sections := map[string]map[string]bool{}
	var section map[string]bool
	for line := range strings.Lines(wordsFile) {
		line = strings.TrimSpace(line)
		if name, ok := within(line, "[", "]"); ok {
			section = map[string]bool{}
			sections[name] = section
		} else if !strings.HasPrefix(line, "#") {
			for word := range strings.FieldsSeq(line) {
				section[word] = true
			}
		}
	}
	return sections
})

// isListed reports whether a section has a word, in any case.
func isListed(section, word string) bool { return words()[section][strings.ToLower(word)] }

// IsDocumented reports whether a text, in any case, is a value that the documentation
// names.
func IsDocumented(text string) bool { return isListed("documented", text) }

// isMask reports whether a text is what a log shows instead of a secret, such as ***
// on GitHub and [masked] on GitLab.
func isMask(text string) bool {
	inner, found := bracketed(text)
	return strings.HasPrefix(inner, "***") || found && allWords(inner, func(word string) bool { return isListed("mask", word) })
}

// IsPlaceholder reports whether a text is what people write in place of a key: it has
// no digit, and each of its words is one of the list or a repeated "x" or ".".
func IsPlaceholder(text string) bool {
	inner, found := bracketed(text)
	if inner == "" {
		return found
	}
	if IsDocumented(inner) {
		return true
	}
	return utf8.RuneCountInString(inner) > 1 && !strings.ContainsFunc(inner, unicode.IsDigit) && allWords(inner, isWord)
}

// allWords reports whether a text has words, and all of them are of a kind.
func allWords(text string, is func(word string) bool) bool {
	all := strings.FieldsFunc(text, func(r rune) bool { return r == '_' || r == '-' || unicode.IsSpace(r) })
	return len(all) > 0 && !slices.ContainsFunc(all, func(word string) bool { return !is(word) })
}

// isWord reports whether a word belongs in a placeholder. Several may be written as
// one, such as YourApiKey.
func isWord(word string) bool {
	word = strings.ToLower(word)
	if utf8.RuneCountInString(word) > 1 && strings.Trim(word, "x.…") == "" {
		return true
	}
	word = strings.TrimRight(word, ".…!")
	return isListed("placeholder", word) || isJoined(word)
}

// isJoined reports whether a text consists of words of the list that have two letters
// or more, one of which means a key.
func isJoined(text string) bool {
	const longest = 64 // bytes
	keys := []string{"key", "token", "secret", "cle", "jeton"}
	if len(text) > longest || !slices.ContainsFunc(keys, func(word string) bool { return strings.Contains(text, word) }) {
		return false
	}
	reached := make([]bool, len(text)+1) // whether words end there
	reached[0] = true
	for end := 2; end <= len(text); end++ {
		for start := 0; start+2 <= end && !reached[end]; start++ {
			reached[end] = reached[start] && isListed("placeholder", text[start:end])
		}
	}
	return reached[len(text)]
}

// IsCommon reports whether a text is no secret whoever gives it as one, and occurs in
// other outputs of a workflow: it has fewer than 4 characters, or it is a truth value, a
// number of fewer than 8 digits, a date, a value that the documentation names, the
// name of a runner, or the scheme of a URL.
func IsCommon(text string) bool {
	const short, fewDigits = 4, 8
	n := countDigits(text)
	return utf8.RuneCountInString(text) < short || isTruthValue(text) || 0 < n && n < fewDigits || isDate(text) || IsDocumented(text) || isRunner(text) || isScheme(text)
}

// isRunner reports whether a text, in any case, is a label of GitHub's runners, such as
// ubuntu-latest or macos-15-xlarge.
func isRunner(text string) bool {
	system, version, versioned := strings.Cut(strings.ToLower(text), "-")
	known := versioned && slices.Contains([]string{"ubuntu", "windows", "macos"}, system)
	return isListed("runner", text) || known && (hasPrefix(version, "latest", "slim") || version != "" && only(version[:1], digits))
}

// isScheme reports whether a text is the scheme of a URL and nothing more.
func isScheme(text string) bool {
	scheme, found := strings.CutSuffix(text, "://")
	bare := strings.TrimSuffix(strings.ToLower(text), ":")
	return found && only(scheme, letters+digits+"+.-") || bare == "http" || bare == "https"
}
