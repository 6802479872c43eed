package config_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/testkit"
)

const (
	noType       = "<environment> or <expect-type> is required"
	address      = "must be an IP address, not "
	days         = "must be a whole number from "
	date         = "<rotated-on>: must be a date as YYYY-MM-DD or RFC 3339, not "
	duration     = "<timeout>: must be a duration from 1s to 10m, not "
	aFingerprint = "<expect-fingerprint>: must be the 12 hexadecimal digits of a fingerprint (the value is not shown)"
	aName        = "<key-name>: must be a name of 1 to 64 plain characters, not "
	likeKey      = "<key-name>: looks like a key (not shown)"
	aList        = "must be a list separated by commas, spaces or newlines, not "
)

var softening = "<warn-on>: must be " + strings.Join(testkit.Names("checks"), ", ") + " or none alone, not "

// wrong are good(set) with mistakes; <input> stands for what the user calls it.
var wrong = []struct {
	name string
	set  given
	want []string
}{
	{"no type", given{"environment": ""}, []string{noType}},
	{"no type, disabled", given{"environment": " ", "expect-type": "\t", "expect-state": "disabled"}, []string{noType}},
	{"unknown environment is not a missing one", given{"environment": "prod"}, []string{
		`<environment>: must be production, staging, development or test, not "prod"`}},
	{"production with SANDBOX", given{"expect-type": "sandbox"}, []string{
		"<expect-type>: SANDBOX contradicts environment production"}},
	{"type", given{"expect-type": "SANDBOX,PRODUCTION"}, []string{
		`<expect-type>: must be SANDBOX, PRODUCTION or any, not "SANDBOX,PRODUCTION"`}},
	{"scope", given{"expect-scope": "READWRITE"}, []string{`<expect-scope>: must be READ-WRITE or READ-ONLY, not "READWRITE"`}},
	{"state", given{"expect-state": "active"}, []string{`<expect-state>: must be enabled, disabled or revoked, not "active"`}},
	{"on-unavailable", given{"on-unavailable": "skip"}, []string{`<on-unavailable>: must be fail or warn, not "skip"`}},
	{"on-ip-not-allowed", given{"on-ip-not-allowed": "true"}, []string{`<on-ip-not-allowed>: must be fail or warn, not "true"`}},
	{"on-missing-key", given{"on-missing-key": "warn"}, []string{`<on-missing-key>: must be fail or skip, not "warn"`}},
	{"boolean in capitals", given{"rotation-only": "True"}, []string{`<rotation-only>: must be true or false, not "True"`}},
	{"boolean in YAML", given{"reminder-issue": "yes"}, []string{`<reminder-issue>: must be true or false, not "yes"`}},
	{"network", given{"expect-allowed-ips": "203.0.113.0/24"}, []string{"<expect-allowed-ips>: " + address + `"203.0.113.0/24"`}},
	{"mode among addresses", given{"expect-allowed-ips": "restricted, 203.0.113.45"}, []string{"<expect-allowed-ips>: " + address + `"restricted"`}},
	{"host names, each named", given{"must-allow-ips": "api.example.com 203.0.113.45\n203.0.113.456,fe80::1%eth0"}, []string{
		"<must-allow-ips>: " + address + `"api.example.com"`, "<must-allow-ips>: " + address + `"203.0.113.456"`, "<must-allow-ips>: " + address + `"fe80::1%eth0"`}},
	{"not an amount", given{"min-balance": "5,000"}, []string{`<min-balance>: must be an amount in DZD with at most two decimals, not "5,000"`}},
	{"no address at all", given{"must-allow-ips": ","}, []string{"<must-allow-ips>: " + aList + `","`}},
	{"no expected address at all", given{"expect-allowed-ips": ", ,"}, []string{"<expect-allowed-ips>: " + aList + `", ,"`}},
	{"no check at all", given{"warn-on": ","}, []string{"<warn-on>: " + aList + `","`}},
	{"no assignee at all", given{"reminder-assignees": ","}, []string{"<reminder-assignees>: " + aList + `","`}},
	{"unknown check", given{"warn-on": "rotation,scopes"}, []string{softening + `"scopes"`}},
	{"fingerprint too short", given{"expect-fingerprint": "0e5d2c7b9a4"}, []string{aFingerprint}},
	{"a digit more of the hash", given{"expect-fingerprint": "0e5d2c7b9a410"}, []string{aFingerprint}},
	{"fingerprint of other letters", given{"expect-fingerprint": "0e5d2c7b9a4g"}, []string{aFingerprint}},
	{"two fingerprints", given{"expect-fingerprint": "0e5d2c7b9a41, f00ba4c0ffee"}, []string{aFingerprint}},
	{"none and others", given{"warn-on": "none, rotation"}, []string{softening + `"none"`}},
	{"age 0", given{"max-age-days": "0"}, []string{"<max-age-days>: " + days + `1 to 3650, not "0"`}},
	{"age of more than ten years", given{"max-age-days": "3651"}, []string{"<max-age-days>: " + days + `1 to 3650, not "3651"`}},
	{"age in words", given{"max-age-days": "90d"}, []string{"<max-age-days>: " + days + `1 to 3650, not "90d"`}},
	{"age that overflows", given{"max-age-days": "99999999999999999999"}, []string{"<max-age-days>: " + days + `1 to 3650, not "99999999999999999999"`}},
	{"age with a fraction", given{"remind-days": "1.5"}, []string{"<remind-days>: " + days + `0 to 3650, not "1.5"`}},
	{"negative reminder", given{"remind-days": "-1"}, []string{"<remind-days>: " + days + `0 to 3650, not "-1"`}},
	{"reminder with a sign", given{"remind-days": "+1"}, []string{"<remind-days>: " + days + `0 to 3650, not "+1"`}},
	{"date by the day", given{"rotated-on": "01.10.2026"}, []string{date + `"01.10.2026"`}},
	{"no such day", given{"rotated-on": "2026-02-29"}, []string{date + `"2026-02-29"`}},
	{"time without an offset", given{"rotated-on": "2026-09-30T12:00:00"}, []string{date + `"2026-09-30T12:00:00"`}},
	{"two days ahead", given{"rotated-on": "2026-10-03"}, []string{`<rotated-on>: must be a day that is not in the future, not "2026-10-03"`}},
	{"a day and a second ahead", given{"rotated-on": "2026-10-02T10:00:01Z"}, []string{`<rotated-on>: must be a day that is not in the future, not "2026-10-02T10:00:01Z"`}},
	{"timeout without a unit", given{"timeout": "60"}, []string{duration + `"60"`}},
	{"timeout too short", given{"timeout": "999ms"}, []string{duration + `"999ms"`}},
	{"timeout too long", given{"timeout": "10m1ns"}, []string{duration + `"10m1ns"`}},
	{"negative timeout", given{"timeout": "-5s"}, []string{duration + `"-5s"`}},
	{"name too long", given{"key-name": strings.Repeat("n", 65)}, []string{"<key-name>: must be a name of 1 to 64 plain characters (the value is not shown)"}},
	{"name with a slash", given{"key-name": "a/b"}, []string{aName + `"a/b"`}},
	{"name of other letters", given{"key-name": "clé"}, []string{aName + `"clé"`}},
	{"name of two lines", given{"key-name": "a\n::error::b"}, []string{aName + `"a ::error::b"`}},
	{"hostile value", given{"expect-scope": "::error::##[x]\x1b[31m\u202e"}, []string{
		"<expect-scope>: must be READ-WRITE or READ-ONLY, not \": :error::# #[x]\ufffd[31m\ufffd\""}},
	{"longest value that is shown", given{"expect-scope": strings.Repeat("x", 20)}, []string{"<expect-scope>: must be READ-WRITE or READ-ONLY, not \"" + strings.Repeat("x", 20) + `"`}},
	{"longer value", given{"expect-scope": strings.Repeat("x", 21)}, []string{"<expect-scope>: must be READ-WRITE or READ-ONLY (the value is not shown)"}},
	{"a key in a wrong place only", given{"api-key": "", "environment": "sk_live_W7qZ4tNv9RbXk2Jm"}, []string{
		"<environment>: must be production, staging, development or test (the value is not shown)", "<api-key>: the key is blank"}},
	{"a UUID for a name", given{"key-name": "ea27b376-9f5c-4b09-883f-1b96cd7b541c"}, []string{likeKey}},
	{"a prefix of keys in a name", given{"key-name": "sk_live_9f31c7aa"}, []string{likeKey}},
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	for _, tc := range wrong {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			expectMistakes(t, good(tc.set), tc.want...)
		})
	}
}

// What belongs together, and what excludes each other.
func TestCombinations(t *testing.T) {
	t.Parallel()
	const alone = "cannot be combined with <rotation-only>"
	only := func(changes given) given {
		g := given{"rotation-only": "true", "rotated-on": "2026-07-01"}
		for name, value := range changes {
			g[name] = value
		}
		return g
	}
	for _, tc := range []struct {
		name string
		set  given
		want []string
	}{
		{"nothing at all", given{}, []string{"<api-key>: the key is blank", noType}},
		{"rotation only with a key", only(given{"api-key": key}), []string{"<api-key>: cannot be combined with <rotation-only> (not shown)"}},
		{"rotation only without a date", given{"rotation-only": "true"}, []string{
			"<rotation-only>: needs <rotated-on> or <secret-name>"}},
		{"rotation only with assertions", only(given{
			"expect-type": "any", "expect-scope": "READ-ONLY", "expect-state": "revoked",
			"expect-allowed-ips": "restricted", "must-allow-ips": "203.0.113.45", "expect-fingerprint": "0e5d2c7b9a41", "min-balance": "0", "environment": "production"}), []string{
			"<expect-type>: " + alone, "<expect-scope>: " + alone, "<expect-state>: " + alone,
			"<expect-allowed-ips>: " + alone, "<must-allow-ips>: " + alone, "<expect-fingerprint>: " + alone, "<min-balance>: " + alone}},
		{"secret without a token", good(given{"secret-name": "FLEXY_KEY"}), []string{"<secret-name>: needs <secrets-token>"}},
		{"secret in two places", good(given{"secret-name": "K", "secrets-token": token, "secret-environment": "prod", "secret-organization": "shop"}), []string{
			"<secret-organization>: cannot be combined with <secret-environment>"}},
		{"place without a secret", good(given{"secret-environment": "prod"}), []string{"<secret-environment>: needs <secret-name>"}},
		{"secret's name", good(given{"secret-name": "my-key", "secrets-token": token}), []string{`<secret-name>: must be the name of an Actions secret, not "my-key"`}},
		{"organization's name", good(given{"secret-name": "K", "secret-organization": "a/b", "secrets-token": token}), []string{
			`<secret-organization>: must be the login of a GitHub organization, not "a/b"`}},
		{"reminder without a date", good(given{"reminder-issue": "true"}), []string{"<reminder-issue>: needs <rotated-on> or <secret-name>"}},
		{"login with @", good(given{"reminder-assignees": "amina, @yacine"}), []string{`<reminder-assignees>: must be GitHub logins, not "@yacine"`}},
		{"all mistakes at once", given{
			"api-key": "***", "environment": "prod", "expect-scope": "x", "max-age-days": "x", "timeout": "x", "base-url": "x", "HTTPS_PROXY": "http://"}, []string{
			"<base-url>: the scheme must be https (the value is not shown)",
			duration + `"x"`,
			`<environment>: must be production, staging, development or test, not "prod"`,
			`<expect-scope>: must be READ-WRITE or READ-ONLY, not "x"`,
			"<max-age-days>: " + days + `1 to 3650, not "x"`,
			"<api-key>: not a Flexy API key: masked, as a log shows a secret (not shown)",
			"HTTPS_PROXY: must be the address of a proxy (the value is not shown)"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			expectMistakes(t, tc.set, tc.want...)
		})
	}
}

// A key or a token in another input is a mistake, and nothing of it is shown.
func TestSecretInAnotherInput(t *testing.T) {
	t.Parallel()
	const found = "contains a key or a token (not shown)"
	for _, input := range testkit.Names("inputs") {
		if slices.Contains([]string{"api-key", "policy", "secrets-token", "github-token"}, input) {
			continue
		}
		for _, value := range []string{key, "x" + key + "y", "https://" + key + "@example.com", key + "," + key, token, "x " + token} {
			set := good(given{"expect-type": "PRODUCTION", "secrets-token": token})
			set[input] = value
			expectMistakes(t, set, "<"+input+">: "+found)
		}
	}
	expectMistakes(t, good(given{"secrets-token": key}), "<secrets-token>: "+found)
	expectMistakes(t, good(given{"github-token": "x" + key}), "<github-token>: "+found)
	// The same token may serve for both.
	expectMistakes(t, good(given{"secrets-token": token, "github-token": token}))
	// A part of a key is not one, but is not shown either; less is not caught.
	expectMistakes(t, good(given{"expect-scope": key[2:12]}), "<expect-scope>: must be READ-WRITE or READ-ONLY (the value is not shown)")
	expectMistakes(t, good(given{"expect-scope": key[2:9]}), `<expect-scope>: must be READ-WRITE or READ-ONLY, not "`+key[2:9]+`"`)
	// A short key is in everything.
	expectMistakes(t, good(given{"api-key": "product"}))
}

// So is one in a field of a policy file, and in place of a field.
func TestTokenInAField(t *testing.T) {
	t.Parallel()
	const letters = "of-letters-alone" // as a field's name may be
	for _, input := range []string{"secrets-token", "github-token"} {
		for _, field := range config.PolicyFields() {
			_, got := judgePolicy(t, "keys:\n  - "+field.Policy+": x "+token+"\n", given{input: token})
			if want := fmt.Sprintf("2:%d: %s%s", len(field.Policy)+7, field.Policy, setting); !slices.Contains(got, want) {
				t.Errorf("%s in %s: %q, want %q among them", input, field.Policy, got, want)
			}
		}
		_, got := judgePolicy(t, entries("    "+letters+": x\n"), given{input: letters})
		if said := strings.Join(got, "\n"); said == "" || strings.Contains(said, letters) {
			t.Errorf("%s in place of a field: %q", input, said)
		}
	}
}

// A token that no header can carry would fail where nobody can tell why.
func TestTokenWithMore(t *testing.T) {
	t.Parallel()
	for _, more := range []string{"\n", " ", "\x00", "é", "\u200b"} {
		for _, input := range []string{"secrets-token", "github-token"} {
			expectMistakes(t, good(given{input: token + more + "x"}),
				"<"+input+">: contains a blank, a control character or a letter outside ASCII (not shown)")
		}
	}
}

// An account is personal data: wherever it is wrong, it is not shown.
func TestAccountIsNotShown(t *testing.T) {
	t.Parallel()
	const account = "+213 665983439"
	expectMistakes(t, good(given{"expect-account": account, "expect-scope": account}), "<expect-scope>: must be READ-WRITE or READ-ONLY (the value is not shown)")
	for _, action := range []bool{true, false} {
		_, mistakes := judge(t, given{"rotation-only": "true", "rotated-on": "2026-07-01", "expect-account": account}, action)
		if len(mistakes) != 1 {
			t.Errorf("mistakes %v", mistakes)
		}
		for _, m := range mistakes {
			if secret.NewTraces(secret.New(account)).In(m.String() + m.Hint) {
				t.Errorf("shows the account: %v", m)
			}
		}
	}
}
