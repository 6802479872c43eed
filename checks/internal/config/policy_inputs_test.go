package config_test

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/test/testkit"
)

// offered lists valid and invalid values for each field, with those that YAML
// could take for something else.
var offered = map[string][]string{
	"name":                {"Checkout (old) v1.2_a-b", strings.Repeat("n", 65), "a/b", "naïve", "a\tb", "007", "yes", "1e3", "~x", "<b>"},
	"environment":         {"PRODUCTION", "test", "prod", "true"},
	"type":                {"sandbox", "any", "none", "SANDBOX PRODUCTION"},
	"scope":               {"read-only", "READ_ONLY"},
	"state":               {"Disabled", "revoked", "true", "on"},
	"account":             {"+213665983439", "0665983439", "+213 665 98 34 39", "1e9", "0x10", "0o17", "1_000", "me@example.com", "no", ".5"},
	"allowed-ips":         {"Unrestricted", "203.0.113.45 198.51.100.7", ",", "restricted,203.0.113.45", "203.0.113.0/24", "2001:DB8:0:0::1", "fe80::1%eth0", "1", "1.2.3.4;1.2.3.5", ",203.0.113.45,,"},
	"must-allow-ips":      {"203.0.113.45,2001:db8::1", "restricted", "203.0.113.45\n198.51.100.7"},
	"fingerprint":         {"0E5D2C7B9A41", "012345678901", "12345e678901", "123456789012", "0x5d2c7b9a41", "0e:5d:2c:7b:9a:41", "true"},
	"min-balance":         {"0", "1499.50", "007.05", "99999999999999999999999999999.99", ".5", "5,000", "5 000", "-1", "+1", "5e3", "0x10", "1_000", "٣"},
	"require":             {"Account,must-allow-ips", "state TYPE", "type", "none", "scopes", ","},
	"rotated-on":          {"2026-09-01", "2026-09-01T12:00:00+01:00", "2026-10-03", "2026-9-1", "20260901", "2026-09-01 12:00:00", "yesterday", "0001-01-01"},
	"secret-name":         {"FLEXY_API_KEY", "9X", "a b"},
	"secret-environment":  {"Prod / EU", "déploiement", "1"},
	"secret-organization": {"shop-dz", "-shop", "../x", "42"},
	"max-age-days":        {"1", "0", "030", "+5", "-1", "1e3", "0x10", "0b11", "5.0", "9999999999999999999999", "1_0", "٣"},
	"remind-days":         {"0", "007", "-0", "1.5", "0o7", "never"},
	"warn-on":             {"NONE", "Type,SCOPE", "state state", "none,type", "type\nscope", ","},
}

// beside returns the other fields that a field needs.
func beside(field string) map[string]string {
	others := map[string]string{"name": "a", "environment": "production"}
	if field == "type" {
		delete(others, "environment")
	}
	if strings.HasPrefix(field, "secret-") {
		others["secret-name"] = "FLEXY_API_KEY"
	}
	return others
}

// An outcome is the result of some values.
type outcome struct {
	Expect   checks.Expectation
	Name     string
	Secret   config.Secret
	Mistakes []string
}

// fieldOf returns the policy file's field for an input, or the input.
func fieldOf(name string) string {
	for _, input := range config.Inputs() {
		if input.Name == name {
			return input.Policy
		}
	}
	return name
}

// asInputs returns a step's inputs with the values of fields.
func asInputs(fields map[string]string) given {
	set := given{"secrets-token": token}
	for _, input := range config.Inputs() {
		if value, ok := fields[input.Policy]; ok {
			set[input.Name] = value
		}
	}
	return set
}

// blankInput is how a mistake in a policy file names the blank input beside the field.
var blankInput = regexp.MustCompile(`missing, and [a-z-]+ is blank`)

// judged judges an environment. It leaves out what differs between the mistakes
// of inputs and fields: their places, and the values that they show.
func judged(t *testing.T, env given, nameOf func(string) string) outcome {
	t.Helper()
	c, mistakes := judge(t, env, true)
	var j outcome
	for _, m := range mistakes {
		message, _, _ := strings.Cut(m.Message, ", not ")
		message = blankInput.ReplaceAllString(strings.TrimSuffix(message, hidden), "blank")
		if text := nameOf(m.Place.Name) + ": " + message; !slices.Contains(j.Mistakes, text) {
			j.Mistakes = append(j.Mistakes, text)
		}
	}
	slices.Sort(j.Mistakes)
	if len(c.Entries) == 1 && len(mistakes) == 0 {
		e := c.Entries[0]
		j.Expect, j.Name, j.Secret = e.Expect, e.Name, e.Secret
	}
	return j
}

// A field means exactly what its input means, however it is written.
func TestPolicyFieldsAreInputs(t *testing.T) {
	t.Parallel()
	indented := func(value string) string { return strings.ReplaceAll(value, "\n", "\n      ") }
	quoted := func(value string) string { return "'" + strings.ReplaceAll(indented(value), "'", "''") + "'" }
	ways := map[string]func(value string) string{
		"quoted": quoted,
		"escaped": func(value string) string {
			return `"` + strings.NewReplacer("\n", `\n`, "\t", `\t`, "+", `\x2b`, "2", `\u0032`).Replace(value) + `"`
		},
		"plain": func(value string) string {
			if strings.ContainsAny(value, ",;%<\t\n") || strings.HasPrefix(value, "~") || strings.HasPrefix(value, ":") {
				return quoted(value)
			}
			return value
		},
		"block":         func(value string) string { return "|\n      " + indented(value) },
		"folded block":  func(value string) string { return ">-\n      " + strings.ReplaceAll(value, "\n", "\n\n      ") },
		"blanks around": func(value string) string { return "'  " + indented(value) + " ' # why" },
	}
	for _, input := range config.PolicyFields()[1:] { // without env
		t.Run(input.Policy, func(t *testing.T) {
			t.Parallel()
			if len(offered[input.Policy]) == 0 {
				t.Error("no values")
			}
			env := policyEnv(t, "", given{"secrets-token": token})
			for _, value := range offered[input.Policy] {
				values := beside(input.Policy)
				values[input.Policy] = value
				want := judged(t, asInputs(values).with(given{"api-key": key}), fieldOf)
				forms := map[string]string{}
				for way, write := range ways {
					forms[way] = write(value)
				}
				if items := strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(", \n", r) }); input.List && len(items) > 0 {
					forms["list"] = "['" + strings.Join(items, "', '") + "']"
				}
				for way, form := range forms {
					text := "keys:\n  - env: FLEXY_A_KEY\n    " + input.Policy + ": " + form + "\n"
					delete(values, input.Policy)
					for field, other := range values {
						text += "    " + field + ": " + other + "\n"
					}
					setPolicy(t, env, text)
					name := value + ", " + way
					testkit.Diff(t, map[string]outcome{name: want}, map[string]outcome{name: judged(t, env, strings.Clone)})
				}
			}
		})
	}
}

// The step's inputs are the defaults of an entry. Each is overridden alone,
// except those of a group.
func TestPolicyInputsAreDefaults(t *testing.T) {
	t.Parallel()
	step := map[string]string{
		"scope": "READ-ONLY", "state": "disabled", "account": "0665983439", "allowed-ips": "restricted", "must-allow-ips": "203.0.113.45", "fingerprint": "012345678901", "min-balance": "5000",
		"max-age-days": "30", "remind-days": "3", "warn-on": "type", "environment": "staging", "type": "PRODUCTION", "rotated-on": "2026-08-01",
	}
	own := map[string]string{
		"scope": "READ-WRITE", "state": "enabled", "account": "+213665983439", "allowed-ips": "unrestricted", "must-allow-ips": "203.0.113.46", "fingerprint": "0e5d2c7b9a41", "min-balance": "0",
		"max-age-days": "60", "remind-days": "6", "warn-on": "none", "environment": "production", "type": "any", "rotated-on": "2026-09-01", "secret-name": "OWN",
	}
	replaces := map[string]string{"environment": "type", "type": "environment", "secret-name": "rotated-on"}
	for _, field := range append(slices.Sorted(maps.Keys(own)), "") {
		t.Run("own "+field, func(t *testing.T) {
			t.Parallel()
			text, want := "keys:\n  - name: a\n    env: FLEXY_A_KEY\n", maps.Clone(step)
			want["name"] = "a"
			if field != "" {
				text += "    " + field + ": '" + own[field] + "'\n"
				want[field] = own[field]
			}
			delete(want, replaces[field])
			got := judged(t, policyEnv(t, text, asInputs(step)), strings.Clone)
			testkit.Diff(t, judged(t, asInputs(want).with(given{"api-key": key}), fieldOf), got)
		})
	}
}

// An entry that says where its date comes from inherits nothing of that.
func TestPolicyDateIsTheEntrysOwn(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		place, own string
		want       config.Secret
	}{
		{"secret-organization", "secret-name: OWN", config.Secret{Name: "OWN"}},
		{"secret-organization", "secret-name: OWN\n    secret-environment: live", config.Secret{Name: "OWN", Environment: "live"}},
		{"secret-environment", "secret-name: OWN\n    secret-organization: shop", config.Secret{Name: "OWN", Organization: "shop"}},
		{"secret-organization", "secret-name: OWN\n    rotated-on: 2026-09-01", config.Secret{Name: "OWN"}},
		{"secret-organization", "rotated-on: 2026-09-01", config.Secret{}},
		{"secret-organization", "scope: READ-ONLY", config.Secret{Name: "STEP", Organization: "shop"}},
	} {
		c, mistakes := judgePolicy(t, entries("    "+tt.own+"\n"), given{"secrets-token": token, "secret-name": "STEP", tt.place: "shop"})
		if len(mistakes) > 0 {
			t.Fatal(mistakes)
		}
		testkit.Diff(t, tt.want, c.Entries[0].Secret)
	}
}

// A mistake in an input is reported once, not for each entry, and even if every
// entry overrides the input.
func TestPolicyBadInputs(t *testing.T) {
	t.Parallel()
	own := manyEntries(3, "type: any, scope: READ-ONLY, rotated-on: 2026-09-01, max-age-days: 5")
	env := policyEnv(t, own, given{"secrets-token": token})
	env["policy"] = filepath.Join(env["GITHUB_WORKSPACE"], env["policy"])
	for _, text := range []string{own, manyEntries(2, "type: any")} {
		setPolicy(t, env, text)
		for input, value := range map[string]string{
			"environment": "prod", "expect-type": "x", "expect-scope": "x", "expect-state": "x", "expect-allowed-ips": "x", "must-allow-ips": "x", "expect-fingerprint": "x", "min-balance": "x",
			"rotated-on": "x", "max-age-days": "x", "remind-days": "x", "warn-on": "x", "secret-name": "-", "key-name": "a/b", "on-missing-key": "x",
			"secret-environment": "production", "timeout": "0s", "base-url": "x",
		} {
			for place, action := range map[string]bool{input: true, variable(input): false} {
				_, mistakes := judge(t, env.with(given{input: value}), action)
				if len(mistakes) != 1 || mistakes[0].Place != (mistake.Place{Name: place}) {
					t.Errorf("%s %q: %q", place, value, texts(mistakes))
				}
			}
		}
	}
	_, mistakes := judge(t, env.with(given{"secret-name": "X", "secrets-token": ""}), false)
	testkit.Diff(t, []string{"FLEXY_SECRET_NAME: needs FLEXY_SECRETS_TOKEN"}, texts(mistakes))
}
