package config_test

import (
	"strings"
	"testing"
)

func TestNotAKey(t *testing.T) {
	t.Parallel()
	for found, values := range map[string][]string{
		"masked, as a log shows a secret":      {"*", "***", "[MASKED]"},
		"an expression that was not evaluated": {"x${{secrets.K}}", "'${{ secrets.K }}'"},
		"a variable that was not expanded":     {"$FLEXY_API_KEY", "${FLEXY_API_KEY}"},
		`begins with "Bearer"`:                 {"bearer " + key, "BEARER  " + key, "Bearer"},
		"in quotes":                            {`"` + key + `"`, "'" + key + "'", "`" + key + "`", `""`},
		"begins with a name":                   {"FLEXY_API_KEY=" + key, "export FLEXY_API_KEY=" + key, "X-Access-Token: " + key, "x-access-token :" + key},
		"a placeholder": {
			"Your API Key", "<your-api-key>", "YOUR_FLEXY_API_KEY", "your_key_here", "MY_TOKEN", "{{apikey}}", "CHANGE_ME", "replace-me", "none",
			"XXXX", "...", "sk_live_", "sk_live_xxxxxxxx", "sk_test_your_key",
		},
		"contains a line break": {key + "\n" + key, key + "\r" + key},
		"contains a space, a control character or a non-ASCII character": {
			key + " " + key, "\x00" + key, key + "\u00a0" + key, "clé-" + key, key + "\x7f", key + "\xff", "\x1b[31m" + key,
		},
		"longer than 256 characters": {strings.Repeat("k9", 128) + "k"},
	} {
		for _, value := range values {
			// A revoked key is judged as well.
			for _, state := range []string{"enabled", "revoked"} {
				expectMistakes(t, good(given{"api-key": value, "expect-state": state}), "<api-key>: not a Flexy API key: "+found+" (not shown)")
			}
		}
	}
}

// The form of a key is not documented: none is rejected for its shape.
func TestAnyKey(t *testing.T) {
	t.Parallel()
	for _, value := range []string{
		"ea27b376-9f5c-4b09-883f-1b96cd7b541c", "sk_live_51H8xQe", "k", "0", "-", "12345678", "a*b", "**a", "[maskedk]", strings.Repeat("k9", 128),
		`!"#%&'()*+,-./:;<=>?@[\]^_{|}~` + "`", "a$b", "$2b$12$KIXz", "$Hk39Zq71LmPx", "a{{b}}", "bearerless", "xxxxy", "mysecretkey1", "your_api_key_2",
		"eyJhbGciOiJIUzI1NiJ9.e30.Xs", "KEY=", "QUJD==", "k=y", "key=k9", "token:k9", `"a'`, `"`,
	} {
		for _, given := range []given{{"api-key": value}, {"api-key": "\r\n\t " + value + " \n"}} {
			if got := expectGood(t, good(given)).Entries[0].Key.Reveal(); got != value {
				t.Errorf("%q becomes %q", given, got)
			}
		}
	}
}
