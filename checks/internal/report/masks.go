package report

import (
	"slices"
	"strings"
	"sync"
	"unicode"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/nokey"
	"flexy-key-check/checks/internal/secret"
)

// The runner drops a job output that contains a masked text, whoever wrote it. So a
// text is not masked if it is a common word, or part of a documented word or of what
// this run outputs.

// maskable returns the lines of a text that the runner must mask. It masks each line of
// a text separately. kept are the texts of which none may be a part.
func maskable(text string, kept []string) []string {
	var masks []string
	for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\r' || r == '\n' }) {
		_, isAddress := flexy.ParseAddr(strings.TrimSpace(line))
		isKept := slices.ContainsFunc(kept, func(word string) bool { return strings.Contains(word, line) })
		if !isKept && !isAddress && !nokey.IsCommon(strings.TrimSpace(line)) {
			masks = append(masks, line)
		}
	}
	return masks
}

// kept returns the texts that the runner must show: what this run outputs, and the
// type, the scope and the addresses of each answer.
func kept(r Report, outputs []outputValue) []string {
	kept := slices.Clone(vocabulary())
	for _, o := range outputs {
		kept = append(kept, o.Value)
	}
	for _, k := range r.Keys {
		key := k.Answer.Key
		kept = append(kept, key.Type, key.Scope)
		for _, addr := range append(slices.Clone(key.AllowedIPs.Addrs), k.Answer.RunnerIP) {
			if addr.IsValid() {
				kept = append(kept, addr.String())
			}
		}
	}
	return kept
}

// personal returns what answers say about the account and that the runner must mask:
// the echoed key and the user name, unless they look like something else. The API must
// not choose what is masked.
func personal(r Report, kept []string) []string {
	var masks []string
	for _, p := range r.Personal {
		masks = append(masks, slices.DeleteFunc(maskable(p.Echo.Reveal(), kept), func(line string) bool { return !isKeyLike(line) })...)
		masks = append(masks, slices.DeleteFunc(maskable(p.Username.Reveal(), kept), func(line string) bool { return !isPhoneLike(line) })...)
	}
	return masks
}

// isKeyLike reports whether an echo is no word.
func isKeyLike(echo string) bool {
	const minEcho = 16 // characters
	return len(echo) >= minEcho && strings.ContainsFunc(echo, unicode.IsLetter) && flexy.Digits(echo) != ""
}

// isPhoneLike reports whether a user name has the digits of a phone number.
func isPhoneLike(name string) bool {
	const minDigits = 6
	return len(name) >= secret.MinLength && len(flexy.Digits(name)) >= minDigits
}

// vocabulary has the documented words that outputs may contain, and the names of
// fields in the result.
var vocabulary = sync.OnceValue(func() []string {
	words := append([]string{flexy.Sandbox, flexy.Production, flexy.ReadWrite, flexy.ReadOnly}, flexy.Codes...)
	for _, v := range checks.Verdicts {
		words = append(words, v.String())
	}
	for _, o := range Outputs {
		words = append(words, o.Name)
	}
	for _, o := range outputValues(Report{Keys: []Result{{Findings: []checks.Finding{{}}}}, Mistakes: []mistake.Mistake{{}}, Notes: []Note{{}}}) {
		words = append(words, o.Value)
	}
	return append(words, checks.IDs()...)
})
