package config_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/testkit"
)

// offered is values for each field, good and bad ones.
var offered = map[string][]string{
	"name":                {"checkout", "Checkout (old) v1.2_a-b", "a", strings.Repeat("n", 64), strings.Repeat("n", 65), "a/b", "naïve", "a\tb", "007", "yes", "1e3", "~x", "<b>"},
	"environment":         {"production", "PRODUCTION", "Staging", "development", "test", "prod", "production,test", "live", "true"},
	"type":                {"SANDBOX", "sandbox", "PRODUCTION", "any", "ANY", "none", "SANDBOX PRODUCTION"},
	"scope":               {"READ-WRITE", "read-only", "READ_ONLY", "READ", "any"},
	"state":               {"enabled", "Disabled", "revoked", "REVOKED", "true", "on"},
	"account":             {"+213665983439", "0665983439", "0665 98 34 39", "+213 665 98 34 39", "1e9", "0x10", "0o17", "1_000", "me@example.com", "no", ".5"},
	"allowed-ips":         {"restricted", "Unrestricted", "203.0.113.45", "203.0.113.45,198.51.100.7", "203.0.113.45 198.51.100.7", ",", "restricted,203.0.113.45", "203.0.113.0/24", "host.example.com", "2001:DB8:0:0::1", "::ffff:203.0.113.45", "fe80::1%eth0", "1", "203.0.113.045", "203.0.113.45;198.51.100.7", ",203.0.113.45,,203.0.113.45,"},
	"must-allow-ips":      {"203.0.113.45", "203.0.113.45,2001:db8::1", "restricted", ", ,", "none", "203.0.113.45\n198.51.100.7"},
	"fingerprint":         {"0e5d2c7b9a41", "0E5D2C7B9A41", "012345678901", "12345e678901", "123456789012", "0x5d2c7b9a41", "0e5d2c7b9a4", "0e5d2c7b9a410", "0e5d2c7b9a4g", "0e:5d:2c:7b:9a:41", "0e5d2c7b9a41 0e5d2c7b9a41", "true"},
	"min-balance":         {"0", "5000", "1499.5", "1499.50", "007.05", "99999999999999999999999999999.99", strings.Repeat("9", 257), "1.005", "5.", ".5", "5,000", "5 000", "-1", "+1", "5e3", "0x10", "1_000", "5000 DZD", "٣", "true"},
	"rotated-on":          {"2026-09-01", "2026-09-01T12:00:00Z", "2026-09-01T12:00:00+01:00", "2026-10-02", "2026-10-03", "2026-02-30", "26-09-01", "2026-9-1", "20260901", "2026-09-01 12:00:00", "yesterday", "0001-01-01", "2024-02-29"},
	"secret-name":         {"FLEXY_API_KEY", "_x", "9X", "a-b", "a b", "x/../y", strings.Repeat("X", 257)},
	"secret-environment":  {"production", "Prod / EU", "déploiement", "1"},
	"secret-organization": {"shop-dz", "shop_", "-shop", "a b", "../x", "42"},
	"max-age-days":        {"1", "0", "90", "3650", "3651", "030", "+5", "-1", "1e3", "0x10", "0b11", "5.0", "9999999999999999999999", "ten", "1_0", "٣"},
	"remind-days":         {"0", "14", "3650", "3651", "007", "-0", "+0", "1.5", "0o7", "never"},
	"warn-on":             {"none", "NONE", "rotation", "Type,SCOPE", "distinct", "state state", "all", "none,type", "type\nscope", ",", "must-allow-ips"},
}

// beside is what a value needs beside it, by field.
func beside(field string) map[string]string {
	switch field {
	case "environment", "type":
		return map[string]string{}
	case "secret-name", "secret-environment", "secret-organization":
		return map[string]string{"environment": "production", "secret-name": "FLEXY_API_KEY"}
	}
	return map[string]string{"environment": "production"}
}

// A judged is what came of a value.
type judged struct {
	Expect   checks.Expectation
	Name     string
	Secret   config.Secret
	Mistakes []string
}

var comparing = cmp.Options{
	cmp.Comparer(func(a, b secret.Value) bool { return a.Equal(b) }),
}

// asInputs judges values as a step's inputs.
func asInputs(t *testing.T, values map[string]string) judged {
	t.Helper()
	set := given{"api-key": key, "secrets-token": token}
	for _, input := range config.Inputs() {
		if value, ok := values[input.Policy]; ok {
			set[input.Name] = value
		}
	}
	c, mistakes := judge(t, set, true)
	fieldOf := func(name string) string {
		for _, input := range config.Inputs() {
			if input.Name == name {
				return input.Policy
			}
		}
		return name
	}
	return judgedAs(c, mistakes, fieldOf)
}

// asFields judges values as an entry's fields, which write writes.
func asFields(t *testing.T, values map[string]string, write func(field, value string) string) judged {
	t.Helper()
	text := "keys:\n  - env: FLEXY_A_KEY\n"
	for _, field := range slices.Sorted(maps.Keys(values)) {
		text += "    " + field + ": " + write(field, values[field]) + "\n"
	}
	c, mistakes := judge(t, policyEnv(t, text, given{"secrets-token": token}), true)
	return judgedAs(c, mistakes, func(field string) string { return field })
}

// judgedAs leaves out of mistakes what differs between inputs and fields: where
// they stand, and what they show.
func judgedAs(c config.Config, mistakes []mistake.Mistake, fieldOf func(string) string) judged {
	var j judged
	for _, m := range mistakes {
		message, _, _ := strings.Cut(m.Message, ", not ")
		message = strings.TrimSuffix(message, " (the value is not shown)")
		if said := fieldOf(m.Place.Name) + ": " + message; !slices.Contains(j.Mistakes, said) {
			j.Mistakes = append(j.Mistakes, said)
		}
	}
	slices.Sort(j.Mistakes)
	if len(c.Entries) == 1 && len(j.Mistakes) == 0 {
		k := c.Entries[0]
		j.Expect, j.Name, j.Secret = k.Expect, k.Name, k.Secret
	}
	return j
}

// Fields mean exactly what the inputs mean, however they are written.
func TestPolicyFieldsAreInputs(t *testing.T) {
	t.Parallel()
	quoted := func(_, value string) string { return "'" + strings.ReplaceAll(value, "'", "''") + "'" }
	ways := map[string]func(field, value string) string{
		"quoted": quoted,
		"escaped": func(_, value string) string {
			return `"` + strings.NewReplacer("\n", `\n`, "\t", `\t`, "+", `\x2b`, "2", `\u0032`).Replace(value) + `"`
		},
		"as it is": func(field, value string) string {
			if strings.ContainsAny(value, ",;%<\t\n") || strings.HasPrefix(value, "~") || strings.HasPrefix(value, ":") {
				return quoted(field, value)
			}
			return value
		},
		"a block":       func(_, value string) string { return "|\n      " + strings.ReplaceAll(value, "\n", "\n      ") },
		"a folded one":  func(_, value string) string { return ">-\n      " + strings.ReplaceAll(value, "\n", "\n\n      ") },
		"with blanks":   func(_, value string) string { return "'  " + value + " '" },
		"and a comment": func(field, value string) string { return quoted(field, value) + " # why" },
		"a list": func(field, value string) string {
			if !slices.Contains([]string{"allowed-ips", "must-allow-ips", "warn-on"}, field) || strings.Trim(value, ", ") == "" {
				return quoted(field, value)
			}
			items := strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(", \n", r) })
			return "['" + strings.Join(items, "', '") + "']"
		},
	}
	for _, input := range config.PolicyFields() {
		if input.Policy == "env" {
			continue
		}
		if len(offered[input.Policy]) == 0 {
			t.Errorf("no values for the field %s", input.Policy)
		}
		for _, value := range offered[input.Policy] {
			t.Run(input.Policy+" "+value, func(t *testing.T) {
				t.Parallel()
				values := beside(input.Policy)
				values[input.Policy] = value
				if input.Policy != "name" {
					values["name"] = "a"
				}
				want := asInputs(t, values)
				for way, write := range ways {
					testkit.Diff(t, map[string]judged{way: want}, map[string]judged{way: asFields(t, values, write)}, comparing)
				}
			})
		}
	}
}

// The step's inputs are the defaults, each by itself, but for those that say
// together what is meant.
func TestPolicyInputsAreDefaults(t *testing.T) {
	t.Parallel()
	step := map[string]string{
		"scope": "READ-ONLY", "state": "disabled", "account": "0665983439", "allowed-ips": "restricted", "must-allow-ips": "203.0.113.45", "fingerprint": "012345678901", "min-balance": "5000",
		"max-age-days": "30", "remind-days": "3", "warn-on": "type", "environment": "staging", "type": "PRODUCTION",
		"rotated-on": "2026-08-01",
	}
	own := map[string]string{
		"scope": "READ-WRITE", "state": "enabled", "account": "+213665983439", "allowed-ips": "unrestricted", "must-allow-ips": "203.0.113.46", "fingerprint": "0e5d2c7b9a41", "min-balance": "0",
		"max-age-days": "60", "remind-days": "6", "warn-on": "none", "environment": "production", "type": "any",
		"rotated-on": "2026-09-01", "secret-name": "OWN",
	}
	replaces := map[string][]string{
		"environment": {"type"}, "type": {"environment"}, "secret-name": {"rotated-on"},
	}
	inputs := given{"secrets-token": token}
	for _, input := range config.Inputs() {
		if value, ok := step[input.Policy]; ok {
			inputs[input.Name] = value
		}
	}
	for _, field := range append(slices.Sorted(maps.Keys(own)), "") {
		t.Run("own "+field, func(t *testing.T) {
			t.Parallel()
			text, want := "keys:\n  - name: a\n    env: FLEXY_A_KEY\n", maps.Clone(step)
			want["name"] = "a"
			if field != "" {
				text += "    " + field + ": '" + own[field] + "'\n"
				want[field] = own[field]
			}
			for _, other := range replaces[field] {
				delete(want, other)
			}
			c, mistakes := judge(t, policyEnv(t, text, inputs), true)
			got := judgedAs(c, mistakes, func(name string) string { return name })
			testkit.Diff(t, asInputs(t, want), got, comparing)
		})
	}
}

// Where an entry says whence its date comes, nothing of what the step says of
// that is left.
func TestPolicyDateIsTheEntrysOwn(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		step given
		own  string
		want config.Secret
	}{
		"another secret":     {given{"secret-name": "STEP", "secret-organization": "shop"}, "secret-name: OWN", config.Secret{Name: "OWN"}},
		"of an environment":  {given{"secret-name": "STEP", "secret-organization": "shop"}, "secret-name: OWN\n    secret-environment: live", config.Secret{Name: "OWN", Environment: "live"}},
		"of an organization": {given{"secret-name": "STEP", "secret-environment": "live"}, "secret-name: OWN\n    secret-organization: shop", config.Secret{Name: "OWN", Organization: "shop"}},
		"a date":             {given{"secret-name": "STEP", "secret-organization": "shop"}, "rotated-on: 2026-09-01", config.Secret{}},
		"nothing":            {given{"secret-name": "STEP", "secret-organization": "shop"}, "scope: READ-ONLY", config.Secret{Name: "STEP", Organization: "shop"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.step["secrets-token"] = token
			c, mistakes := judgePolicy(t, entries("    "+tt.own+"\n"), tt.step)
			if len(mistakes) > 0 {
				t.Fatal(mistakes)
			}
			testkit.Diff(t, tt.want, c.Entries[0].Secret)
		})
	}
}

// What is wrong with an input is said once, not for each entry, and that of one
// that no entry needs too.
func TestPolicyBadInputs(t *testing.T) {
	t.Parallel()
	text := "keys:\n" + strings.Repeat("  - {name: N, env: FLEXY_A_KEY, type: any, scope: READ-ONLY, rotated-on: 2026-09-01, max-age-days: 5}\n", 3)
	for _, name := range []string{"a", "b", "c"} {
		text = strings.Replace(text, "name: N", "name: "+name, 1)
	}
	for input, value := range map[string]string{
		"environment": "prod", "expect-type": "x", "expect-scope": "x", "expect-state": "x", "expect-allowed-ips": "x", "must-allow-ips": "x", "expect-fingerprint": "x", "min-balance": "x",
		"rotated-on": "x", "max-age-days": "x", "remind-days": "x", "warn-on": "x", "secret-name": "-", "key-name": "a/b", "on-missing-key": "x",
		"secret-environment": "production", "timeout": "0s", "base-url": "x", "reminder-issue": "yes",
	} {
		_, got := judgePolicy(t, text, given{input: value, "secrets-token": token})
		if len(got) != 1 || !strings.HasPrefix(got[0], input+": ") {
			t.Errorf("%s %q: %q", input, value, got)
		}
	}
}
