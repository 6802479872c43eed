package config_test

import (
	"strings"
	"testing"
)

// plainly is what a value that is no key turns out to be.
const (
	asterisks   = "masked, as a log shows a secret"
	expression  = "an expression that was not evaluated"
	variables   = "a variable that was not expanded"
	bearer      = `begins with "Bearer"`
	placeholder = "a placeholder"
	lineBreak   = "contains a line break"
	character   = "contains a blank, a control character or a letter outside ASCII"
	tooLong     = "longer than 256 characters"
)

func TestNoKey(t *testing.T) {
	t.Parallel()
	for found, values := range map[string][]string{
		asterisks:  {"*", "***", "*************", "[masked]", "[MASKED]"},
		expression: {"${{ secrets.FLEXY_API_KEY }}", "x${{secrets.K}}", "'${{ secrets.K }}'"},
		variables:  {"$FLEXY_API_KEY", "${FLEXY_API_KEY}"},
		bearer:     {"Bearer " + key, "bearer " + key, "BEARER  " + key, "Bearer"},
		placeholder: {
			"YOUR_API_KEY", "your-api-key", "Your API Key", "<your-api-key>", "<API_KEY>", "YOUR_FLEXY_API_KEY", "your_key_here", "MY_TOKEN",
			"api-key", "apikey", "changeme", "CHANGE_ME", "replace-me", "placeholder", "example", "secret", "password", "todo", "none", "null",
			"undefined", "xxxxxxxx", "XXXX", "...", "sk_live_", "sk_live_xxxxxxxx", "sk_test_...", "sk_live_your_key", "YOUR_ACCESS_TOKEN", "x-access-token",
		},
		lineBreak: {key + "\n" + key, key + "\r" + key, key + "\r\nX-Other: 1"},
		character: {
			key + " " + key, key + "\t" + key, key + "\x00", "\x00" + key, key + "\u00a0" + key, "clé-" + key, "\ufeff" + key, key + "\u200b", key + "\x7f",
			"“" + key + "”", key + "\xff", "\x1b[31m" + key,
		},
		"in quotes":          {`"` + key + `"`, "'" + key + "'", "`" + key + "`", `""`},
		"begins with a name": {"FLEXY_API_KEY=" + key, "export FLEXY_API_KEY=" + key, "X-Access-Token: " + key, "x-access-token:" + key, "KEY=" + key},
		tooLong:              {strings.Repeat("k9", 128) + "k", strings.Repeat("k9", 5000)},
	} {
		for _, value := range values {
			want := "<api-key>: not a Flexy API key: " + found + " (not shown)"
			expectMistakes(t, good(given{"api-key": value}), want)
			// Revoked or not: what is no key is not sent.
			expectMistakes(t, good(given{"api-key": value, "expect-state": "revoked"}), want)
		}
	}
}

// The form of a key is not documented: none is refused for its shape.
func TestAnyKey(t *testing.T) {
	t.Parallel()
	for _, value := range []string{
		key, "ea27b376-9f5c-4b09-883f-1b96cd7b541c", "sk_live_51H8xQe", "sk_test_4eC39HqLyjWDarjtT1zdp7dc", "k", "0", "-", "12345678", "key1", "a*b", "**a",
		strings.Repeat("k9", 128), `!"#%&'()*+,-./:;<=>?@[\]^_{|}~` + "`", "a$b", "a$", "$2b$12$KIXz", "a{{b}}", "bearerless", "tokenless", "xxxxy",
		"eyJhbGciOiJIUzI1NiJ9.e30.Xs", "QUJD+/==", "KEY=", "QUJD==", "token:k9", "x-key=k9", "key=k9", "api-key:k9", "[maskedk]", `"a'`, "\"", "monkey-=1", "k=y", "$Hk39Zq71LmPx", "mysecretkey1", "your_api_key_2",
	} {
		if c := expectGood(t, good(given{"api-key": value})); c.Entries[0].Key.Reveal() != value {
			t.Errorf("%q becomes %q", value, c.Entries[0].Key.Reveal())
		}
		if c := expectGood(t, good(given{"api-key": "\r\n\t " + value + " \n"})); c.Entries[0].Key.Reveal() != value {
			t.Errorf("%q in white space becomes %q", value, c.Entries[0].Key.Reveal())
		}
	}
}
