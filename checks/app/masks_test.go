package app_test

import (
	"testing"

	"flexy-key-check/checks/internal/test/emulator"
	"flexy-key-check/checks/internal/test/testkit"
)

// The secrets of the settings and of the answer are masked, and nothing else: GitHub
// drops job outputs that contain a masked word.
func TestMasks(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		given map[string]string
		api   func(*emulator.API)
		want  []string
	}{
		"an answer":      {want: []string{theKey, theToken, theEcho, theAccount}},
		"a token":        {given: pairs("secrets-token", secretsToken), want: []string{theKey, secretsToken, theToken, theEcho, theAccount}},
		"blank tokens":   {given: pairs("secrets-token", " \n", "github-token", "\t"), want: []string{theKey, theEcho, theAccount}},
		"an echoed word": {api: having(func(k *emulator.Key) { k.Echo = "PRODUCTION" }), want: []string{theKey, theToken, theAccount}},
		"a rejected key": {api: revoked, want: []string{theKey, theToken}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, _ := scenario{given: tt.given, api: tt.api}.run(t)
			masks, _ := r.masks()
			testkit.Diff(t, tt.want, masks)
		})
	}
}
