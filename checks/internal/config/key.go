package config

import (
	"regexp"
	"slices"
	"strings"

	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/secret"
)

// maxKey is the length, in bytes, of the longest key that is sent.
const maxKey = 256

// placeholders is what documentation writes where a key belongs, in lower case
// with "_" for "-".
var placeholders = []string{
	"key", "apikey", "api_key", "token", "access_token", "x_access_token", "flexy_key", "flexy_api_key",
	"oneclickdz_key", "oneclickdz_api_key", "production_key", "production_api_key", "prod_key", "live_key",
	"sandbox_key", "sandbox_api_key", "test_key", "secret_key", "secret_api_key", "secret", "password",
	"changeme", "change_me", "replaceme", "replace_me", "placeholder", "example", "todo", "none", "null", "nil", "undefined",
}

// keyPrefixes is how some keys begin.
var keyPrefixes = []string{"sk_live_", "sk_test_"}

// isPlaceholder reports whether a text stands where a key belongs.
func isPlaceholder(text string) bool {
	word := strings.Trim(strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(text)), "<>[]{}")
	for _, prefix := range slices.Concat(keyPrefixes, []string{"insert_", "enter_", "paste_", "put_", "add_", "your_", "my_", "the_"}) {
		word = strings.TrimPrefix(word, prefix)
	}
	word = strings.TrimSuffix(word, "_here")
	letters := strings.ReplaceAll(word, "_", "")
	return word == "" || letters != "" && strings.Trim(letters, "x.…") == "" || slices.Contains(placeholders, word)
}

// notInHeader reports whether r cannot stand in a key or token that an HTTP header
// carries.
func notInHeader(r rune) bool { return r <= ' ' || r > '~' }

// shellVariable matches the use of a shell variable, such as $FLEXY_API_KEY or
// ${FLEXY_API_KEY}.
var shellVariable = regexp.MustCompile(`\A\$(\{[A-Z_][A-Z0-9_]*\}|[A-Z_][A-Z0-9_]*)\z`)

// isQuoted reports whether a text stands in quotes.
func isQuoted(text string) bool {
	last := len(text) - 1
	return last > 0 && text[0] == text[last] && strings.ContainsAny(text[:1], "\"'`")
}

// assignment matches what was copied with its name, such as FLEXY_API_KEY=… or
// X-Access-Token: ….
var assignment = regexp.MustCompile(`(?i)\A(export )?[a-z_-]*(key|token) *[=:].`)

// present judges a key's value, and reports whether it may be passed over
// because it is blank.
func (g *Given) present(key secret.Value, place Place, missing missing) (skipped bool) {
	switch {
	case !key.Blank():
		g.judgeKey(key, place)
	case missing.skip:
		return true
	default:
		g.fail(place, missing.message, missing.hint)
	}
	return false
}

// judgeKey reports why a key cannot be one, without showing anything of it.
// The form of a key is not documented, so no key is refused for its shape: only
// for what no HTTP header can carry, and for what is plainly not a key.
func (g *Given) judgeKey(key secret.Value, place Place) {
	text := key.Reveal()
	first, _, _ := strings.Cut(strings.ToLower(text), " ")
	var found, hint string
	switch {
	case strings.Trim(text, "*") == "":
		found, hint = "only asterisks", "this is how a log shows a masked secret: copy the key itself into the secret"
	case strings.Contains(text, "${{"):
		found, hint = "an expression that was not evaluated", "write the expression in the workflow, not into the secret"
	case shellVariable.MatchString(text):
		found, hint = "a variable that was not expanded", "the value must be the key itself: "+g.pick("use ${{ secrets.NAME }}", "use double quotes in the shell")
	case first == "bearer":
		found, hint = `"Bearer" in front of it`, "leave the word out: the API takes the bare key"
	case isQuoted(text):
		found, hint = "quotes round it", "store the key without them"
	case assignment.MatchString(text):
		found, hint = "a name in front of it", "store the key alone"
	case isPlaceholder(text):
		found, hint = "a placeholder", "put the real key into the secret; it is generated in "+flexy.Dashboard
	case strings.ContainsAny(text, "\r\n"):
		found, hint = "a line break inside it", "the secret holds more than the key, or the key was wrapped: store it on one line"
	case strings.ContainsFunc(text, notInHeader):
		found, hint = "a blank, a control character or a letter outside ASCII inside it", "copy the key again: something else came with it"
	case len(text) > maxKey:
		found, hint = "more than 256 characters", "the secret holds something else than the key: store the key alone"
	default:
		return
	}
	g.fail(place, "expected a Flexy API key, found "+found+" (not shown)", hint)
}
