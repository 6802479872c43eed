package config_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/config"
)

// everyCheck lists all checks that one key can have.
const everyCheck = "fingerprint state type scope account allowed-ips must-allow-ips balance rotation"

// runs are good environments of each kind.
func runs(t *testing.T) map[string]given {
	t.Helper()
	fromFork := given{"on-missing-key": "skip", "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": file(t, "event.json", payload(fork, shop))}
	policy := func(text string, step given) given { return policyEnv(t, "keys:\n"+text, step).absolute() }
	everything := given{
		"api-key": key, "key-name": "mine", "environment": "production", "expect-type": "PRODUCTION", "expect-scope": "READ-ONLY", "expect-state": "enabled", "expect-account": "0665983439",
		"expect-allowed-ips": "restricted", "must-allow-ips": "203.0.113.45", "expect-fingerprint": "0e5d2c7b9a41", "min-balance": "5", "require": everyCheck, "warn-on": "none",
		"rotated-on": "2026-09-01", "secret-name": "K", "secret-environment": "live", "secrets-token": token, "max-age-days": "200", "remind-days": "150",
		"reminder-issue": "true", "reminder-assignees": "amina", "github-token": token, "on-unavailable": "warn", "on-ip-not-allowed": "warn", "timeout": "30s",
	}
	return map[string]given{
		"everything":             everything,
		"a type":                 {"api-key": key, "expect-type": "SANDBOX", "require": "type"},
		"an environment":         {"api-key": key, "environment": "test", "require": "type"},
		"revoked":                {"api-key": key, "expect-state": "revoked", "expect-fingerprint": "0e5d2c7b9a41", "require": "fingerprint account"},
		"a secret's date":        {"api-key": key, "environment": "production", "secret-name": "K", "secret-organization": "shop", "secrets-token": token, "require": "rotation", "reminder-issue": "true"},
		"a record":               {"api-key": key, "environment": "production", "key-name": "mine", "reminder-issue": "true", "github-token": token, "require": "rotation"},
		"a date alone":           {"rotation-only": "true", "rotated-on": "2026-09-01", "key-name": "mine", "reminder-issue": "true", "max-age-days": "30", "remind-days": "20"},
		"a secret's date alone":  {"rotation-only": "true", "secret-name": "K", "secret-environment": "live", "secrets-token": token, "reminder-issue": "true"},
		"a fork":                 fromFork.with(given{"environment": "production", "require": "account", "secret-name": "K"}),
		"a fork, a date alone":   fromFork.with(given{"rotation-only": "true", "secret-name": "K", "reminder-issue": "true"}),
		"a policy":               policy("- {name: a, env: FLEXY_A_KEY}\n- {name: b, env: FLEXY_B_KEY, max-age-days: 300, require: [account]}\n", everything.with(given{"api-key": "", "key-name": ""})),
		"a policy's entry":       policy("- {name: a, env: FLEXY_A_KEY}\n- {name: b, env: FLEXY_NO_KEY}\n", given{"only": "a", "environment": "production", "rotated-on": "2026-09-01", "remind-days": "80"}),
		"a policy, revoked":      policy("- {name: a, env: FLEXY_A_KEY}\n- {name: b, env: FLEXY_B_KEY}\n", given{"expect-state": "revoked", "require": "account"}),
		"a policy with a record": policy("- {name: a, env: FLEXY_A_KEY, require: rotation}\n", given{"environment": "production", "reminder-issue": "true"}),
		"a policy, a fork":       policy("- {name: a, env: FLEXY_NO_KEY, secret-name: K, require: account}\n", fromFork),
	}
}

// free are settings that may be anything.
var free = []string{"api-key", "expect-account", "account", "secret-environment", "secrets-token", "github-token"}

// Whatever is wrong with one setting is one mistake: its name, its value, a token in
// it, or that it is a variable beside an action. Nothing that follows is another.
func TestOneMistake(t *testing.T) {
	t.Parallel()
	const pasted = "ghp_Qx9Qx9Qx9Qx9"
	for name, good := range runs(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one := func(what string, set given, action bool, environ ...string) {
				t.Helper()
				if _, mistakes := read(nil, set.as(action), environ...).Config(now); len(mistakes) != 1 {
					t.Errorf("%s, action %v: %q", what, action, texts(mistakes))
				}
			}
			expectMistakes(t, good)
			for _, input := range config.Inputs() {
				value := good[input.Name]
				if value == "" {
					continue
				}
				blank := maps.Clone(good)
				delete(blank, input.Name)
				// A run that is good without it has a warning instead.
				if _, mistakes := judge(t, blank.with(given{input.Variable(): value}), true); len(mistakes) > 1 {
					t.Errorf("%s beside an action: %q", input.Variable(), texts(mistakes))
				}
				for _, more := range []string{"x", "-more"} {
					if misspelled := input.Name + more; misspelled != "api-key-more" { // another key
						one(misspelled, blank, true, "INPUT_"+strings.ToUpper(misspelled)+"="+value)
						one(misspelled, blank, false, variable(misspelled)+"="+value)
					}
				}
				for _, action := range []bool{true, false} {
					if !slices.Contains(free, input.Name) {
						one(input.Name, good.with(given{input.Name: "?"}), action)
					}
					if !input.Secret && good["secrets-token"] == "" {
						one("a token in "+input.Name, good.with(given{input.Name: "x" + pasted, "secrets-token": pasted}), action)
					}
				}
			}
		})
	}
}

// entryFields are the fields of a good entry, in order.
type entryFields [][2]string

// text is a policy file with the entry, in which a field is replaced by another.
func (e entryFields) text(at int, name, value string) string {
	var fields []string
	for i, f := range e {
		if i == at {
			f = [2]string{name, value}
		}
		fields = append(fields, f[0]+": "+f[1])
	}
	return "keys:\n- {" + strings.Join(fields, ", ") + "}\n"
}

// So is whatever is wrong with one field of an entry.
func TestOneMistakeInAnEntry(t *testing.T) {
	t.Parallel()
	named := entryFields{{"name", "a"}, {"env", "FLEXY_A_KEY"}}
	for name, tt := range map[string]struct {
		fields entryFields
		step   given
	}{
		"everything": {entryFields{
			{"environment", "production"}, {"type", "PRODUCTION"}, {"scope", "READ-ONLY"}, {"state", "enabled"}, {"account", "0665983439"}, {"allowed-ips", "restricted"}, {"must-allow-ips", "203.0.113.45"},
			{"fingerprint", "0e5d2c7b9a41"}, {"min-balance", "5"}, {"require", everyCheck}, {"warn-on", "none"}, {"rotated-on", "2026-09-01"}, {"secret-name", "K"}, {"secret-environment", "live"},
			{"max-age-days", "200"}, {"remind-days", "150"},
		}, given{"secrets-token": token}},
		"the step's type":        {nil, given{"environment": "production", "only": "a"}},
		"a type":                 {entryFields{{"type", "any"}}, given{"only": "a"}},
		"an environment":         {entryFields{{"environment", "production"}}, given{"expect-type": "SANDBOX", "require": "type"}},
		"revoked":                {entryFields{{"state", "revoked"}, {"fingerprint", "0e5d2c7b9a41"}}, given{"require": "account fingerprint"}},
		"the step's reminder":    {entryFields{{"type", "any"}, {"max-age-days", "200"}}, given{"remind-days": "150"}},
		"the step's age":         {entryFields{{"type", "any"}, {"remind-days", "3"}}, given{"max-age-days": "14", "remind-days": "50"}},
		"a secret's date":        {entryFields{{"type", "any"}, {"secret-name", "K"}, {"secret-organization", "shop"}, {"require", "rotation"}}, given{"secrets-token": token}},
		"in place of a secret's": {entryFields{{"type", "any"}, {"rotated-on", "2026-09-01"}, {"require", "rotation"}}, given{"secrets-token": token, "secret-name": "K"}},
		"a record":               {entryFields{{"type", "any"}, {"require", "rotation"}}, given{"reminder-issue": "true"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fields := append(slices.Clone(named), tt.fields...)
			env := policyEnv(t, fields.text(-1, "", ""), tt.step)
			expectMistakes(t, env.absolute())
			one := func(text string) {
				t.Helper()
				setPolicy(t, env, text)
				if _, mistakes := judge(t, env, true); len(mistakes) != 1 {
					t.Errorf("%s: %q", text, texts(mistakes))
				}
			}
			for i, f := range fields {
				one(fields.text(i, f[0]+"x", f[1]))
				for _, value := range []string{"''", "~", "{a: b}", "&a " + f[1], "*a", "! " + f[1], `"x\u200b"`, "x" + key} {
					one(fields.text(i, f[0], value))
				}
				if !slices.Contains(free, f[0]) {
					one(fields.text(i, f[0], "'?'"))
				}
			}
		})
	}
}
