package config

import (
	"slices"

	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/nokey"
	"flexy-key-check/checks/internal/secret"
)

// checkKey judges a key, and reports whether it is skipped because it is blank. In a
// policy file, variable holds the key of the entry with that name.
func (p entryParser) checkKey(key secret.Value, place mistake.Place, variable, name string) (skipped bool) {
	switch {
	case !key.Blank():
		if p.files[variable] {
			variable += fileSuffix
		}
		if variable != "" {
			place.Name += ": " + shownVariable(variable)
		}
		p.key(key, place)
	case p.blank.skip:
		return true
	case variable != "" && p.failedAt(variable+fileSuffix):
	default:
		p.fail(place, p.blank.hint, "%s", p.blank.of(variable, name))
	}
	return false
}

// Fingerprint returns the fingerprint of the key that the variable or its file holds,
// or the reasons why there is none. It needs no other setting.
func Fingerprint(lookup Lookup) (digits string, mistakes []mistake.Mistake) {
	s := New(lookup)
	key := secret.New(s.readSecret(variable("api-key")))
	p := entryParser{parser: s.parser, blank: s.blankKeyPolicy("fail")}
	place := p.place("api-key")
	if len(p.mistakes) == 0 {
		p.checkKey(key, place, "", "")
	}
	if digits = key.Fingerprint(); digits == "" && len(p.mistakes) == 0 {
		p.fail(place, "compare such a key by hand: the hash of a short one could confirm a guess", "the key has fewer than 32 characters, and so no fingerprint")
	}
	return digits, p.mistakes
}

// failedAt reports whether a mistake about a variable was reported.
func (p *parser) failedAt(name string) bool {
	return slices.ContainsFunc(p.mistakes, func(m mistake.Mistake) bool { return m.Place.Name == name })
}

// key reports text that is certainly no key, without showing any of it.
func (p entryParser) key(key secret.Value, place mistake.Place) {
	reason, refused := nokey.Of(key.Reveal())
	switch {
	case refused && key.Equal(p.ownToken):
		p.fail(place, "put the Flexy key's own secret here; nothing was sent", "the workflow's own token, not a Flexy API key (not shown)")
	case refused:
		p.fail(place, reason.Hint, "not a Flexy API key: %s (not shown)", reason.Found)
	}
}

// tokens reports tokens that the run would use, although they are certainly none or
// an HTTP header cannot carry them.
func (p *parser) tokens(s settings, c Config) {
	for _, token := range []struct {
		input string
		value secret.Value
		used  bool
	}{
		{"secrets-token", s.SecretsToken, slices.ContainsFunc(c.Entries, Entry.NeedsSecretDate)},
		{"github-token", s.GitHubToken, c.Reminder},
	} {
		reason, refused := nokey.OfToken(token.value.Reveal())
		switch {
		case !token.used:
		case refused:
			p.fail(p.place(token.input), reason.Hint, "not a token for GitHub: %s (not shown)", reason.Found)
		case nokey.Unprintable(token.value.Reveal()):
			p.fail(p.place(token.input), "copy the token again: something else was copied with it", "contains a space, a control character or a non-ASCII character (not shown)")
		}
	}
}
