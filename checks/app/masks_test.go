package app_test

import (
	"slices"
	"testing"

	"flexy-key-check/checks/internal/emulator"
	"flexy-key-check/checks/internal/testkit"
)

// Secrets are masked, and nothing else: GitHub drops job outputs that contain a
// masked word.
func TestMasks(t *testing.T) {
	t.Parallel()
	personal := func(echo, username string) func(*emulator.API) {
		return having(func(k *emulator.Key) { k.Echo, k.Username = echo, username })
	}
	for name, tt := range map[string]struct {
		given map[string]string
		api   func(*emulator.API)
		want  []string // besides the key and the job's own token
	}{
		"echo and username":      {want: []string{theEcho, theAccount}},
		"a token for metadata":   {given: map[string]string{"secrets-token": secretsToken}, want: []string{secretsToken, theEcho, theAccount}},
		"the echo is the key":    {api: personal(theKey, theAccount), want: []string{theAccount}},
		"short ones":             {api: personal("k7", "0665"), want: nil},
		"7 characters":           {api: personal("k7Qz4tN", "0665983"), want: nil},
		"8 characters":           {api: personal("k7Qz4tNv", "06659834"), want: []string{"k7Qz4tNv", "06659834"}},
		"a type":                 {api: personal("PRODUCTION", theAccount), want: []string{theAccount}},
		"a scope":                {api: personal("READ-WRITE", theAccount), want: []string{theAccount}},
		"a code":                 {api: personal(theEcho, "INVALID_ACCESS_TOKEN"), want: []string{theEcho}},
		"a verdict":              {api: personal("mismatch", "unavailable"), want: nil},
		"a check":                {api: personal("must-allow-ips", "allowed-ips"), want: nil},
		"an address":             {api: personal("203.0.113.45", "2001:db8::1"), want: nil},
		"a part of a type":       {api: personal("PRODUCTIO", theAccount), want: []string{theAccount}},
		"a part of an address":   {api: always(emulator.Body(200, "", edited(theEcho, "203.0.113.", `"allowedips":[]`, `"allowedips":["203.0.113.45"]`))), want: []string{theAccount}},
		"an output":              {api: always(emulator.Body(200, "", edited(theEcho, `[\"203.0.113.45\"]`, `"allowedips":[]`, `"allowedips":["203.0.113.45"]`))), want: []string{theAccount}},
		"a rejected key":         {api: revoked, want: nil},
		"no answer":              {api: answering(200, "no"), want: nil},
		"a mistake":              {given: map[string]string{"environment": "x"}, want: nil},
		"the key is no key":      {given: map[string]string{"api-key": "two words, no key"}, want: nil},
		"a command for an echo":  {api: personal("x\n::error::y\r\n::stop-commands::z", theAccount), want: []string{"::error::y", "::stop-commands::z", theAccount}},
		"words on lines of one":  {api: personal("abc\nmismatch", theAccount+"\nPRODUCTION\r1\n203.0.113.45"), want: []string{theAccount}},
		"an escape for an echo":  {api: personal("100%25%0A::error::y", theAccount), want: []string{"100%25%0A::error::y", theAccount}},
		"a token that is blank":  {given: map[string]string{"secrets-token": " \n", "github-token": "\t"}, want: []string{theEcho, theAccount}},
		"a key that is the echo": {api: personal("", theAccount), want: []string{theAccount}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, _ := scenario{given: tt.given, api: tt.api}.run(t)
			masks, _ := r.masks()
			want := append([]string{r.key}, tt.want...)
			if tt.given["github-token"] == "" {
				want = append(want, theToken)
			}
			slices.Sort(masks)
			slices.Sort(want)
			testkit.Diff(t, want, masks)
		})
	}
}
