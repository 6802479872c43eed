package app_test

import (
	"slices"
	"testing"

	"flexy-key-check/checks/internal/test/emulator"
	"flexy-key-check/checks/internal/test/testkit"
)

// The secrets of the settings and of the answer are masked, and nothing else: GitHub
// drops job outputs that contain a masked word.
func TestMasks(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		given  map[string]string
		policy string
		api    func(*emulator.API)
		want   []string
	}{
		"an answer":      {want: []string{theKey, theToken, theEcho, theAccount}},
		"a token":        {given: pairs("secrets-token", secretsToken), want: []string{theKey, secretsToken, theToken, theEcho, theAccount}},
		"blank tokens":   {given: pairs("secrets-token", " \n", "github-token", "\t"), want: []string{theKey, theEcho, theAccount}},
		"an echoed word": {api: having(func(k *emulator.Key) { k.Echo = "PRODUCTION" }), want: []string{theKey, theToken, theAccount}},
		"a policy":       {policy: "keys: [{name: a, env: FLEXY_A_KEY, type: any}]", want: []string{theToken, theKey, theEcho, theAccount}},
		"a mistake":      {policy: "keys: [{name: a, env: FLEXY_A_KEY, type: any, scope: no}]", want: []string{theToken, theKey}},
		"a rejected key": {api: revoked, want: []string{theKey, theToken}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, _ := scenario{given: tt.given, policy: tt.policy, api: tt.api}.run(t)
			masks, _ := r.masks()
			testkit.Diff(t, tt.want, masks)
		})
	}
}

// Masks are for a runner that reads them. The output of a run: step may be redirected,
// unless this format was asked for.
func TestMasksOfRunSteps(t *testing.T) {
	t.Parallel()
	all := []string{theKey, theEcho, theAccount}
	for name, tt := range map[string]struct {
		given map[string]string
		want  []string
	}{
		"a run: step":                {pairs("GITHUB_ACTIONS", "true"), nil},
		"the same, in this format":   {pairs("GITHUB_ACTIONS", "true", "FLEXY_FORMAT", "GitHub"), all},
		"this format, off Actions":   {pairs("FLEXY_FORMAT", "github"), nil},
		"another one in a run: step": {pairs("GITHUB_ACTIONS", "true", "FLEXY_FORMAT", "text"), nil},
	} {
		masks, _ := shell(t, serve(t).URL, tt.given).run(t).masks()
		if !slices.Equal(masks, tt.want) {
			t.Errorf("%s: %q", name, masks)
		}
	}
}
