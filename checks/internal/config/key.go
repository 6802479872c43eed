package config

import (
	"regexp"
	"slices"
	"strings"

	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/secret"
)

// maxKey is the greatest length of a key, in bytes.
const maxKey = 256

// placeholders are texts that documentation shows instead of a key, in lower case
// and with "_" for "-".
var placeholders = []string{
	"key", "apikey", "api_key", "token", "access_token", "x_access_token", "flexy_key", "flexy_api_key",
	"oneclickdz_key", "oneclickdz_api_key", "production_key", "production_api_key", "prod_key", "live_key",
	"sandbox_key", "sandbox_api_key", "test_key", "secret_key", "secret_api_key", "secret", "password",
	"changeme", "change_me", "replaceme", "replace_me", "placeholder", "example", "todo", "none", "null", "nil", "undefined",
}

// keyPrefixes are the prefixes that some keys have.
var keyPrefixes = []string{"sk_live_", "sk_test_"}

// isPlaceholder reports whether text is a placeholder for a key.
func isPlaceholder(text string) bool {
	word := strings.Trim(strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(text)), "<>[]{}")
	for _, prefix := range slices.Concat(keyPrefixes, []string{"insert_", "enter_", "paste_", "put_", "add_", "your_", "my_", "the_"}) {
		word = strings.TrimPrefix(word, prefix)
	}
	word = strings.TrimSuffix(word, "_here")
	letters := strings.ReplaceAll(word, "_", "")
	return word == "" || letters != "" && strings.Trim(letters, "x.…") == "" || slices.Contains(placeholders, word)
}

// isMasked reports whether text is what a log shows instead of a secret: *** on
// GitHub, [masked] on GitLab.
func isMasked(text string) bool {
	return strings.Trim(text, "*") == "" || strings.EqualFold(text, "[masked]")
}

// invalidInHeader reports whether r cannot be part of a key or a token, because an
// HTTP header carries both.
func invalidInHeader(r rune) bool { return r <= ' ' || r > '~' }

// shellVariable matches the use of a shell variable, such as $FLEXY_API_KEY or
// ${FLEXY_API_KEY}.
var shellVariable = regexp.MustCompile(`\A\$(\{[A-Z_][A-Z0-9_]*\}|[A-Z_][A-Z0-9_]*)\z`)

// isQuoted reports whether text is in quotes.
func isQuoted(text string) bool {
	last := len(text) - 1
	return last > 0 && text[0] == text[last] && strings.ContainsAny(text[:1], "\"'`")
}

// assignment matches a key that was copied with its name, such as FLEXY_API_KEY=…
// or X-Access-Token: …. It must not match a key in base64, which can end in "=".
var assignment = regexp.MustCompile(`\A((export )?[A-Z_][A-Z0-9_]*=[^=]|(?i:x-access-token) *:)`)

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
		p.key(key.Reveal(), place)
	case p.blank.skip:
		return true
	case variable != "" && p.failedAt(variable+fileSuffix):
	default:
		p.fail(place, p.blank.hint, "%s", p.blank.of(variable, name))
	}
	return false
}

// failedAt reports whether a mistake about a variable was reported.
func (p *parser) failedAt(name string) bool {
	return slices.ContainsFunc(p.mistakes, func(m mistake.Mistake) bool { return m.Place.Name == name })
}

// key reports text that cannot be a key, without showing any of it. The form of a
// key is not documented. So it reports only what an HTTP header cannot carry, and
// what is certainly not a key.
func (p *parser) key(text string, place mistake.Place) {
	first, _, _ := strings.Cut(strings.ToLower(text), " ")
	var fault, hint string
	switch {
	case isMasked(text):
		fault, hint = "masked, as a log shows a secret", "copy the key itself into the secret"
	case strings.Contains(text, "${{"):
		fault, hint = "an expression that was not evaluated", "write the expression in the workflow, not into the secret"
	case shellVariable.MatchString(text):
		fault, hint = "a variable that was not expanded", "the value must be the key itself: use double quotes in the shell"
		if p.action {
			hint = "the value must be the key itself: use ${{ secrets.NAME }}"
		}
	case first == "bearer":
		fault, hint = `begins with "Bearer"`, "remove the word: the API expects the key alone"
	case isQuoted(text):
		fault, hint = "in quotes", "store the key without them"
	case assignment.MatchString(text):
		fault, hint = "begins with a name", "store the key alone"
	case isPlaceholder(text):
		fault, hint = "a placeholder", "put the real key into the secret; it is generated in "+flexy.Dashboard
	case strings.ContainsAny(text, "\r\n"):
		fault, hint = "contains a line break", "the secret holds more than the key, or the key was wrapped: store it on one line"
	case strings.ContainsFunc(text, invalidInHeader):
		fault, hint = "contains a space, a control character or a non-ASCII character", "copy the key again: something else was copied with it"
	case len(text) > maxKey:
		fault, hint = "longer than 256 characters", "the secret contains something other than the key: store the key alone"
	default:
		return
	}
	p.fail(place, hint, "not a Flexy API key: %s (not shown)", fault)
}

// tokens reports tokens that an HTTP header cannot carry.
func (p *parser) tokens(s settings) {
	for name, token := range map[string]secret.Value{"secrets-token": s.SecretsToken, "github-token": s.GitHubToken} {
		if strings.ContainsFunc(token.Reveal(), invalidInHeader) {
			p.fail(p.place(name), "copy the token again: something else was copied with it", "contains a space, a control character or a non-ASCII character (not shown)")
		}
	}
}
