package app_test

import (
	"strings"
	"testing"
)

// keyed is a run with another key, which the API does not know.
func keyed(key string) row {
	return row{given: map[string]string{"api-key": key}, want: misconfigured("")}
}

func TestConfigKeyIsNone(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("k7Qz", 64)
	keys := map[string]string{
		"inner CR":          "W7qZ4tNv9\rRbXk2JmP",
		"inner LF":          "W7qZ4tNv9\nRbXk2JmP",
		"inner CR LF":       "W7qZ4tNv9\r\nRbXk2JmP",
		"inner NUL":         "W7qZ4tNv9\x00RbXk2JmP",
		"inner blank":       "W7qZ4tNv9 RbXk2JmP",
		"inner tab":         "W7qZ4tNv9\tRbXk2JmP",
		"inner NBSP":        "W7qZ4tNv9\u00a0RbXk2JmP",
		"DEL":               "W7qZ4tNv9\x7fRbXk2JmP",
		"escape":            "\x1b[31mW7qZ4tNv9RbXk2JmP",
		"not ASCII":         "W7qZ4tNv9é2RbXk2JmP",
		"zero width space":  "W7qZ4tNv9\u200bRbXk2JmP",
		"BOM":               "\ufeffW7qZ4tNv9RbXk2JmP",
		"broken UTF-8":      "W7qZ4tNv9\xffRbXk2JmP",
		"masked":            "***",
		"masked, longer":    "**********",
		"expression":        "${{ secrets.WONDERLAND }}",
		"expression, tight": "${{secrets.WONDERLAND}}",
		"variable":          "$WONDERLAND_KEY",
		"variable, braces":  "${WONDERLAND_KEY}",
		"bearer":            "Bearer W7qZ4tNv9RbXk2JmP",
		"bearer, lower":     "bearer W7qZ4tNv9RbXk2JmP",
		"bearer alone":      "Bearer",
		"257 characters":    long + "x",
		"a command":         "W7qZ4tNv9\n::debug::RbXk2JmP",
		"10 kB":             strings.Repeat(long, 40),
	}
	rows := table{}
	for name, key := range keys {
		rows[name] = keyed(key)
	}
	// What the vendor's pages and other people's write in a key's place.
	for _, key := range []string{
		"YOUR_API_KEY", "your-api-key", "<YOUR_API_KEY>", "<api-key>", "your_key_here", "YOUR_KEY",
		"YOUR_SANDBOX_KEY", "changeme", "CHANGE_ME", "xxxxxxxxxxxx", "null", "undefined",
	} {
		rows["placeholder "+key] = keyed(key)
	}
	rows.run(t)
}

func TestConfigKeyIsBlank(t *testing.T) {
	t.Parallel()
	const usual = `(?s)secret.*environment:.*secrets: inherit.*[Ff]ork.*Dependabot`
	fork := payload(t, `{"pull_request":{"head":{"repo":{"full_name":"mallory/shop"}},"base":{"repo":{"full_name":"octo/shop"}}}}`)
	blank := func(says string, vars map[string]string) row {
		r := row{given: map[string]string{"api-key": ""}, want: misconfigured(says)}
		for name, value := range vars {
			r.given[name] = value
		}
		return r
	}
	table{
		"empty":       blank(usual, nil),
		"white space": blank(usual, map[string]string{"api-key": " \t\r\n\u00a0"}),
		"on a fork's pull request": blank("fork", map[string]string{
			"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": fork}),
		"by Dependabot": blank("Dependabot secret", map[string]string{
			"GITHUB_EVENT_NAME": "pull_request", "GITHUB_ACTOR": "dependabot[bot]"}),
		"by Dependabot, pushed": blank("Dependabot secret", map[string]string{
			"GITHUB_ACTOR": "dependabot[bot]"}),
	}.run(t)
}

// No key is refused for its shape: the API does not document one.
func TestConfigKeyIsSent(t *testing.T) {
	t.Parallel()
	rejection := want{Code: 1, Sends: 1, Verdict: "invalid", Valid: "false", ErrorCode: "INVALID_ACCESS_TOKEN",
		AttemptsLeft: "4", Annotations: []string{"error: api-key: invalid"}}
	rows := table{
		"outer white space is trimmed": {given: map[string]string{"api-key": " \t" + theKey + "\t "}, want: passes()},
		"a final newline is trimmed":   {given: map[string]string{"api-key": theKey + "\n"}, want: passes()},
		"a final CR LF is trimmed":     {given: map[string]string{"api-key": theKey + "\r\n"}, want: passes()},
	}
	for name, key := range map[string]string{
		"UUID":           "ea27b376-9f5c-4b09-883f-1b96cd7b541c",
		"sk_test":        "sk_test_4tNv9RbXk2JmW7qZ",
		"digits":         "836100274519",
		"short":          "k7",
		"256 characters": strings.Repeat("k7Qz", 64),
		"punctuation":    `%s"q'<>&|;:,.!?#~^=+/\`,
		"a JWT":          "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.Zb8tq-VwXJ5_kQm",
	} {
		rows[name] = row{given: map[string]string{"api-key": key}, want: rejection}
	}
	rows.run(t)
}
