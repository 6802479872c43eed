package report

import (
	"slices"
	"strings"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/secret"
)

// maskable returns the account's data that the runner must mask besides keys and
// tokens. The runner drops a job output that contains a masked text, so a text is
// not masked if it is short, an address, or part of a documented word or of an
// output of this run.
func maskable(personal []secret.Value, outputs []outputValue) []string {
	kept := vocabulary()
	for _, o := range outputs {
		kept = append(kept, o.Value)
	}
	var texts []string
	for _, v := range personal {
		// The runner masks each line of a text separately.
		for text := range strings.FieldsFuncSeq(v.Reveal(), func(r rune) bool { return r == '\r' || r == '\n' }) {
			_, isAddress := flexy.ParseAddr(text)
			isKept := slices.ContainsFunc(kept, func(word string) bool { return strings.Contains(word, text) })
			if len(text) >= secret.MinLength && !isAddress && !isKept {
				texts = append(texts, text)
			}
		}
	}
	return texts
}

// vocabulary returns the documented words that outputs may contain.
func vocabulary() []string {
	words := []string{flexy.Sandbox, flexy.Production, flexy.ReadWrite, flexy.ReadOnly,
		flexy.CodeInvalid, flexy.CodeAuth, flexy.CodeMissing, flexy.CodeNotAllowed, flexy.CodeBlocked}
	for _, v := range checks.Verdicts {
		words = append(words, v.String())
	}
	for _, o := range Outputs {
		words = append(words, o.Name)
	}
	return append(words, checks.IDs()...)
}
