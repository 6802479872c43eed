package app_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/test/emulator"
)

// What is certainly no key is never sent; what may be one is, however near to it.
func TestNoKeyIsSent(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"Bearer k9", "false", "+213 665 98 34 39", "$FLEXY_API_KEY", "{{ key }}", "arn:aws:x", "~/key", `["k9"]`, "********1a2b", "VOTRE_CLE_API", "00000000-0000-0000-0000-000000000000",
		"npm_k9", "(" + theUUID + ")", base64.StdEncoding.EncodeToString([]byte(theUUID)),
	} {
		r, s := scenario{given: pairs("api-key", text)}.run(t)
		if r.code != 2 || s.Stats().Requests > 0 || !r.annotates("error", "not a Flexy API key: ") {
			t.Errorf("%q: exit code %d, %d requests", text, r.code, s.Stats().Requests)
		}
	}
	for _, text := range []string{theUUID, "sk_live_" + theUUID, "pa$Word9xQ", "/9j4AAQSkZJRg", strings.Repeat("7", 32), "a.b*c…k$l", "k7Qp2xZ", "token:k9"} {
		text = strings.ReplaceAll(text, "…", "-")
		key := goodKey()
		key.Text = text
		r, s := scenario{given: pairs("api-key", text), api: func(api *emulator.API) { api.Set(key) }}.run(t)
		if r.code != 0 || s.sends() != 1 {
			t.Errorf("%q: exit code %d, %d sends", text, r.code, s.sends())
		}
	}
}
