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

const onePolicy = `keys:
  - name: checkout
    env: FLEXY_CHECKOUT_KEY
    environment: production
`

// A policy takes the place of api-key; the two together are a mistake.
func TestPolicyOrKey(t *testing.T) {
	t.Parallel()
	workspace, name := policyFile(t, onePolicy)
	for title, tt := range map[string]struct {
		given map[string]string
		want  want
	}{
		"policy":                  {map[string]string{"policy": name, "api-key": ""}, want{Sends: 1, Verdict: "pass"}},
		"with a key":              {map[string]string{"policy": name}, want{Code: 2, Verdict: "misconfigured"}},
		"with rotation-only":      {map[string]string{"policy": name, "api-key": "", "rotation-only": "true", "rotated-on": "2026-10-01"}, want{Code: 2, Verdict: "misconfigured"}},
		"is the key":              {map[string]string{"policy": theKey}, want{Code: 2, Verdict: "misconfigured"}},
		"is a path with the key":  {map[string]string{"policy": "./" + theKey + ".yml", "api-key": ""}, want{Code: 2, Verdict: "misconfigured"}},
		"is not there":            {map[string]string{"policy": "none.yml", "api-key": ""}, want{Code: 2, Verdict: "misconfigured"}},
		"does not replace a type": {map[string]string{"policy": name, "api-key": "", "environment": ""}, want{Sends: 1, Verdict: "pass"}},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			p := action(t, s.URL, tt.given)
			p.vars["GITHUB_WORKSPACE"], p.vars["FLEXY_CHECKOUT_KEY"] = workspace, theKey
			p.secrets = []string{theKey}
			got := p.run(t).came(s, tt.want)
			if (len(got.Annotations) > 0) != (tt.want.Code == 2) {
				t.Errorf("annotations %v", got.Annotations)
			}
			got.Annotations = nil
			compare(t, tt.want, got)
		})
	}
}

// A key that the policy names is as secret as one that is given.
func TestPolicyKeyElsewhere(t *testing.T) {
	t.Parallel()
	workspace, name := policyFile(t, onePolicy)
	for _, variable := range []string{
		"FLEXY_FORMAT", "FLEXY_KEY_NAME", "FLEXY_EXPECT_SCOPE", "FLEXY_MUST_ALLOW_IPS", "FLEXY_WARN_ON", "FLEXY_BASE_URL", "FLEXY_TIMEOUT",
	} {
		for _, format := range []string{"text", "json", "github"} {
			t.Run(variable+", "+format, func(t *testing.T) {
				t.Parallel()
				s := serve(t)
				p := shell(t, s.URL, map[string]string{"api-key": "", "policy": filepath.Join(workspace, name), "FLEXY_FORMAT": format})
				p.vars["FLEXY_CHECKOUT_KEY"], p.vars[variable] = theKey, theKey
				p.secrets = []string{theKey}
				if r := p.run(t); r.code != 2 || s.sends() > 0 {
					t.Errorf("exit code %d, %d sends", r.code, s.sends())
				}
			})
		}
	}
}
