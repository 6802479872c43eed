package config_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/secret"
)

const (
	noType    = "expected <environment> or <expect-type> to be given, found neither"
	address   = "expected an IP address, found "
	days      = "expected a whole number from "
	date      = "<rotated-on>: expected a date as YYYY-MM-DD or RFC 3339, found "
	duration  = "<timeout>: expected a duration from 1s to 10m, found "
	softening = "<warn-on>: expected state, type, scope, account, allowed-ips, must-allow-ips, rotation, distinct or none alone, found "
	aName     = "<key-name>: expected a name of 1 to 64 plain characters, found "
	likeKey   = "<key-name>: expected a name, found what looks like a key (not shown)"
	aList     = "expected a list separated by commas, spaces or newlines, found "
)

// wrong are good(set) with mistakes; <input> stands for what the user calls it.
var wrong = []struct {
	name string
	set  given
	want []string
}{
	{"no type", given{"environment": ""}, []string{noType}},
	{"no type, disabled", given{"environment": " ", "expect-type": "\t", "expect-state": "disabled"}, []string{noType}},
	{"unknown environment is not a missing one", given{"environment": "prod"}, []string{
		`<environment>: expected production, staging, development or test, found "prod"`}},
	{"production with SANDBOX", given{"expect-type": "sandbox"}, []string{
		"<expect-type>: expected PRODUCTION or any in environment production, found SANDBOX"}},
	{"type", given{"expect-type": "SANDBOX,PRODUCTION"}, []string{
		`<expect-type>: expected SANDBOX, PRODUCTION or any, found "SANDBOX,PRODUCTION"`}},
	{"scope", given{"expect-scope": "READWRITE"}, []string{`<expect-scope>: expected READ-WRITE or READ-ONLY, found "READWRITE"`}},
	{"state", given{"expect-state": "active"}, []string{`<expect-state>: expected enabled, disabled or revoked, found "active"`}},
	{"on-unavailable", given{"on-unavailable": "skip"}, []string{`<on-unavailable>: expected fail or warn, found "skip"`}},
	{"on-ip-not-allowed", given{"on-ip-not-allowed": "true"}, []string{`<on-ip-not-allowed>: expected fail or warn, found "true"`}},
	{"on-missing-key", given{"on-missing-key": "warn"}, []string{`<on-missing-key>: expected fail or skip, found "warn"`}},
	{"boolean in capitals", given{"rotation-only": "True"}, []string{`<rotation-only>: expected true or false, found "True"`}},
	{"boolean in YAML", given{"reminder-issue": "yes"}, []string{`<reminder-issue>: expected true or false, found "yes"`}},
	{"network", given{"expect-allowed-ips": "203.0.113.0/24"}, []string{"<expect-allowed-ips>: " + address + `"203.0.113.0/24"`}},
	{"mode among addresses", given{"expect-allowed-ips": "restricted, 203.0.113.45"}, []string{"<expect-allowed-ips>: " + address + `"restricted"`}},
	{"host names, each named", given{"must-allow-ips": "api.example.com 203.0.113.45\n203.0.113.456,fe80::1%eth0"}, []string{
		"<must-allow-ips>: " + address + `"api.example.com"`, "<must-allow-ips>: " + address + `"203.0.113.456"`, "<must-allow-ips>: " + address + `"fe80::1%eth0"`}},
	{"no address at all", given{"must-allow-ips": ","}, []string{"<must-allow-ips>: " + aList + `","`}},
	{"no expected address at all", given{"expect-allowed-ips": ", ,"}, []string{"<expect-allowed-ips>: " + aList + `", ,"`}},
	{"no check at all", given{"warn-on": ","}, []string{"<warn-on>: " + aList + `","`}},
	{"no assignee at all", given{"reminder-assignees": ","}, []string{"<reminder-assignees>: " + aList + `","`}},
	{"unknown check", given{"warn-on": "rotation,scopes"}, []string{softening + `"scopes"`}},
	{"none and others", given{"warn-on": "none, rotation"}, []string{softening + `"none"`}},
	{"age 0", given{"max-age-days": "0"}, []string{"<max-age-days>: " + days + `1 to 3650, found "0"`}},
	{"age of more than ten years", given{"max-age-days": "3651"}, []string{"<max-age-days>: " + days + `1 to 3650, found "3651"`}},
	{"age in words", given{"max-age-days": "90d"}, []string{"<max-age-days>: " + days + `1 to 3650, found "90d"`}},
	{"age that overflows", given{"max-age-days": "99999999999999999999"}, []string{"<max-age-days>: " + days + `1 to 3650, found "99999999999999999999"`}},
	{"age with a fraction", given{"remind-days": "1.5"}, []string{"<remind-days>: " + days + `0 to 3650, found "1.5"`}},
	{"negative reminder", given{"remind-days": "-1"}, []string{"<remind-days>: " + days + `0 to 3650, found "-1"`}},
	{"reminder with a sign", given{"remind-days": "+1"}, []string{"<remind-days>: " + days + `0 to 3650, found "+1"`}},
	{"date by the day", given{"rotated-on": "01.10.2026"}, []string{date + `"01.10.2026"`}},
	{"no such day", given{"rotated-on": "2026-02-29"}, []string{date + `"2026-02-29"`}},
	{"time without an offset", given{"rotated-on": "2026-09-30T12:00:00"}, []string{date + `"2026-09-30T12:00:00"`}},
	{"two days ahead", given{"rotated-on": "2026-10-03"}, []string{`<rotated-on>: expected a day that is not in the future, found "2026-10-03"`}},
	{"a day and a second ahead", given{"rotated-on": "2026-10-02T10:00:01Z"}, []string{`<rotated-on>: expected a day that is not in the future, found "2026-10-02T10:00:01Z"`}},
	{"timeout without a unit", given{"timeout": "60"}, []string{duration + `"60"`}},
	{"timeout too short", given{"timeout": "999ms"}, []string{duration + `"999ms"`}},
	{"timeout too long", given{"timeout": "10m1ns"}, []string{duration + `"10m1ns"`}},
	{"negative timeout", given{"timeout": "-5s"}, []string{duration + `"-5s"`}},
	{"name too long", given{"key-name": strings.Repeat("n", 65)}, []string{aName + "something else (not shown)"}},
	{"name with a slash", given{"key-name": "a/b"}, []string{aName + `"a/b"`}},
	{"name of other letters", given{"key-name": "clé"}, []string{aName + `"clé"`}},
	{"name of two lines", given{"key-name": "a\n::error::b"}, []string{aName + `"a ::error::b"`}},
	{"hostile value", given{"expect-scope": "::error::##[x]\x1b[31m\u202e"}, []string{
		"<expect-scope>: expected READ-WRITE or READ-ONLY, found \": :error::# #[x]\ufffd[31m\ufffd\""}},
	{"longest value that is shown", given{"expect-scope": strings.Repeat("x", 20)}, []string{"<expect-scope>: expected READ-WRITE or READ-ONLY, found \"" + strings.Repeat("x", 20) + `"`}},
	{"longer value", given{"expect-scope": strings.Repeat("x", 21)}, []string{"<expect-scope>: expected READ-WRITE or READ-ONLY, found something else (not shown)"}},
	{"a key in a wrong place only", given{"api-key": "", "environment": "sk_live_W7qZ4tNv9RbXk2Jm"}, []string{
		"<environment>: expected production, staging, development or test, found something else (not shown)", "<api-key>: expected a key, found it blank"}},
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
	const alone = "expected nothing with <rotation-only>, found "
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
		{"nothing at all", given{}, []string{"<api-key>: expected a key, found it blank", noType}},
		{"rotation only with a key", only(given{"api-key": key}), []string{"<api-key>: expected no key with <rotation-only>, found one (not shown)"}},
		{"rotation only without a date", given{"rotation-only": "true"}, []string{
			"<rotation-only>: expected <rotated-on> or <secret-name> with it, found neither"}},
		{"rotation only with assertions", only(given{
			"expect-type": "any", "expect-scope": "READ-ONLY", "expect-state": "revoked",
			"expect-allowed-ips": "restricted", "must-allow-ips": "203.0.113.45", "environment": "production"}), []string{
			"<expect-type>: " + alone + `"any"`, "<expect-scope>: " + alone + `"READ-ONLY"`, "<expect-state>: " + alone + `"revoked"`,
			"<expect-allowed-ips>: " + alone + `"restricted"`, "<must-allow-ips>: " + alone + `"203.0.113.45"`}},
		{"secret without a token", good(given{"secret-name": "FLEXY_KEY"}), []string{"<secret-name>: expected <secrets-token> with it, found none"}},
		{"secret in two places", good(given{"secret-name": "K", "secrets-token": token, "secret-environment": "prod", "secret-organization": "shop"}), []string{
			"<secret-organization>: expected one place of the secret at most, found <secret-environment> as well"}},
		{"place without a secret", good(given{"secret-environment": "prod"}), []string{"<secret-environment>: expected <secret-name> with it, found none"}},
		{"secret's name", good(given{"secret-name": "my-key", "secrets-token": token}), []string{`<secret-name>: expected the name of an Actions secret, found "my-key"`}},
		{"organization's name", good(given{"secret-name": "K", "secret-organization": "a/b", "secrets-token": token}), []string{
			`<secret-organization>: expected the name of a GitHub organization, found "a/b"`}},
		{"reminder without a date", good(given{"reminder-issue": "true"}), []string{"<reminder-issue>: expected <rotated-on> or <secret-name> with it, found neither"}},
		{"login with @", good(given{"reminder-assignees": "amina, @yacine"}), []string{`<reminder-assignees>: expected GitHub logins, found "@yacine"`}},
		{"all mistakes at once", given{
			"api-key": "***", "environment": "prod", "expect-scope": "x", "max-age-days": "x", "timeout": "x", "base-url": "x", "HTTPS_PROXY": "http://"}, []string{
			"<base-url>: expected the https address of the API, found another scheme or none",
			duration + `"x"`,
			`<environment>: expected production, staging, development or test, found "prod"`,
			`<expect-scope>: expected READ-WRITE or READ-ONLY, found "x"`,
			"<max-age-days>: " + days + `1 to 3650, found "x"`,
			"<api-key>: expected a Flexy API key, found only asterisks (not shown)",
			"HTTPS_PROXY: expected the address of a proxy, found something else (not shown)"}},
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
	const found = "expected a setting, found a value that contains a key or a token (not shown)"
	for _, input := range []string{
		"key-name", "environment", "expect-type", "expect-scope", "expect-state", "expect-account", "expect-allowed-ips", "must-allow-ips",
		"rotated-on", "secret-name", "secret-environment", "secret-organization", "max-age-days", "remind-days", "rotation-only",
		"reminder-issue", "reminder-assignees", "warn-on", "on-unavailable", "on-ip-not-allowed", "on-missing-key", "base-url", "ca-certificate", "timeout",
	} {
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
	expectMistakes(t, good(given{"expect-scope": key[2:12]}), "<expect-scope>: expected READ-WRITE or READ-ONLY, found something else (not shown)")
	expectMistakes(t, good(given{"expect-scope": key[2:9]}), `<expect-scope>: expected READ-WRITE or READ-ONLY, found "`+key[2:9]+`"`)
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
				"<"+input+">: expected a token, found a blank, a control character or a letter outside ASCII inside it (not shown)")
		}
	}
}

// An account is personal data: wherever it is wrong, it is not shown.
func TestAccountIsNotShown(t *testing.T) {
	t.Parallel()
	const account = "+213 665983439"
	expectMistakes(t, good(given{"expect-account": account, "expect-scope": account}), "<expect-scope>: expected READ-WRITE or READ-ONLY, found something else (not shown)")
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
