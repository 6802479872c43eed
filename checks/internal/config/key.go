package config

import (
	"regexp"
	"strings"

	"flexy-key-check/checks/internal/secret"
)

// maxKey is the length, in bytes, of the longest key that is sent.
const maxKey = 256

// placeholder matches what documentation writes where a key belongs, after
// folding to lower case and "_".
var placeholder = regexp.MustCompile(`\A<?(((your|my|the)_)?((flexy|oneclickdz|production|prod|sandbox|test|live|secret)_)?(api_?key|access_token|token|key)(_here)?|x_access_token|` +
	`change_?me|replace_?me|placeholder|example|secret|password|todo|none|null|nil|undefined|x+|\.+|…|sk_(live|test)_(x+|\.+|…|your_key|key)?)>?\z`)

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
	folded := strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(text))
	var found, hint string
	switch {
	case strings.Trim(text, "*") == "":
		found, hint = "only asterisks", "this is how a log shows a masked secret: copy the key itself into the secret"
	case strings.Contains(text, "${{"):
		found, hint = "an expression that was not evaluated", "write the expression in the workflow, not into the secret"
	case strings.HasPrefix(text, "$"):
		found, hint = "a variable that was not expanded", "the value must be the key itself: "+g.pick("use ${{ secrets.NAME }}", "use double quotes in the shell")
	case strings.HasPrefix(folded, "bearer_"), folded == "bearer":
		found, hint = `"Bearer" in front of it`, "leave the word out: the API takes the bare key"
	case placeholder.MatchString(folded):
		found, hint = "a placeholder", "put the real key into the secret; it is generated in the dashboard (Settings, API Configuration)"
	case strings.ContainsAny(text, "\r\n"):
		found, hint = "a line break inside it", "the secret holds more than the key, or the key was wrapped: store it on one line"
	case strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }):
		found, hint = "a blank, a control character or a letter outside ASCII inside it", "copy the key again: something else came with it"
	case len(text) > maxKey:
		found, hint = "more than 256 characters", "the secret holds something else than the key: store the key alone"
	default:
		return
	}
	g.fail(place, "expected a Flexy API key, found "+found+" (not shown)", hint)
}
