package app_test

import (
	"os"
	"path/filepath"
	"testing"

	"flexy-key-check/checks/internal/testkit"
)

// policyFile writes a policy into a workspace of its own, and returns both.
func policyFile(t *testing.T, text string) (workspace, name string) {
	t.Helper()
	workspace, name = t.TempDir(), "keys.yml"
	testkit.NoError(t, os.WriteFile(filepath.Join(workspace, name), []byte(text), 0o600))
	return workspace, name
}

// A key that a policy names is as secret as one that is given.
func TestPolicyKeyElsewhere(t *testing.T) {
	t.Parallel()
	for _, setting := range []string{"FLEXY_FORMAT", "key-name", "expect-scope", "must-allow-ips", "base-url"} {
		for _, format := range []string{"text", "json", "github"} {
			t.Run(setting+", "+format, func(t *testing.T) {
				t.Parallel()
				workspace, name := policyFile(t, "keys: [{name: checkout, env: FLEXY_CHECKOUT_KEY, environment: production}]")
				given := pairs("api-key", "", "policy", filepath.Join(workspace, name), "FLEXY_CHECKOUT_KEY", theKey, "FLEXY_FORMAT", format, setting, theKey)
				if r, s := (scenario{outside: true, given: given, secrets: []string{theKey}}).run(t); r.code != 2 || s.sends() > 0 {
					t.Errorf("exit code %d, %d sends", r.code, s.sends())
				}
			})
		}
	}
}
