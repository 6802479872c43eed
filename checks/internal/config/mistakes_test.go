package config_test

import (
	"slices"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/test/testkit"
)

const (
	noType      = "one of <environment> and <expect-type> is required"
	environment = "<environment>: must be production, staging, development or test, not "
	scope       = "<expect-scope>: must be READ-WRITE or READ-ONLY"
	address     = "<must-allow-ips>: must be an IP address, not "
	days        = "must be a whole number from "
	date        = "<rotated-on>: must be a date as YYYY-MM-DD or RFC 3339, not "
	duration    = "<timeout>: must be a duration from 1s to 10m, not "
	keyName     = "<key-name>: must be a name of 1 to 64 plain characters"
	likeKey     = "<key-name>: looks like a key (not shown)"
	notForToken = "contains a space, a control character or a non-ASCII character (not shown)"
	foundSecret = "contains a key or a token (not shown)"
	hidden      = " (the value is not shown)"
	alone       = "cannot be combined with <rotation-only>"
)

var (
	warnOn = "<warn-on>: must be " + strings.Join(testkit.Names("checks"), ", ") + " or none alone, not "
	twenty = strings.Repeat("x", 20)
)

// wrong are environments with mistakes.
var wrong = []struct {
	name string
	set  given
	want []string
}{
	{"empty", given{}, []string{"<api-key>: the key is blank", noType}},
	{"no type, disabled", good(given{"environment": " ", "expect-type": "\t", "expect-state": "disabled"}), []string{noType}},
	{"unknown environment is not a missing one", good(given{"environment": "prod"}), []string{environment + `"prod"`}},
	{"production with SANDBOX", good(given{"expect-type": "sandbox"}), []string{"<expect-type>: SANDBOX contradicts environment production"}},
	{"boolean in capitals", good(given{"reminder-issue": "True"}), []string{`<reminder-issue>: must be true or false, not "True"`}},
	{"mode among addresses", good(given{"expect-allowed-ips": "restricted, 203.0.113.45"}), []string{`<expect-allowed-ips>: must be an IP address, not "restricted"`}},
	{"not addresses", good(given{"must-allow-ips": "api.example.com 203.0.113.45\n203.0.113.456,fe80::1%eth0 10.0.0.0/8"}), []string{
		address + `"api.example.com"`, address + `"203.0.113.456"`, address + `"fe80::1%eth0"`, address + `"10.0.0.0/8"`}},
	{"list without items", good(given{"must-allow-ips": ", ,"}), []string{`<must-allow-ips>: must be a list separated by commas, spaces or newlines, not ", ,"`}},
	{"not checks", good(given{"warn-on": "none, rotation,scopes"}), []string{warnOn + `"none"`, warnOn + `"scopes"`}},
	{"amount with a comma", good(given{"min-balance": "5,000"}), []string{`<min-balance>: must be an amount in DZD with at most two decimals, not "5,000"`}},
	{"three decimals", good(given{"min-balance": "1.005"}), []string{`<min-balance>: must be an amount in DZD with at most two decimals, not "1.005"`}},
	{"amount too long", good(given{"min-balance": strings.Repeat("9", flexy.MaxAmount+1)}), []string{"<min-balance>: must be an amount in DZD with at most two decimals" + hidden}},
	{"more of a hash than a fingerprint", good(given{"expect-fingerprint": "0e5d2c7b9a410"}), []string{
		"<expect-fingerprint>: must be the 12 hexadecimal digits of a fingerprint" + hidden}},
	{"age too small", good(given{"max-age-days": "0"}), []string{"<max-age-days>: " + days + `1 to 3650, not "0"`}},
	{"age too great", good(given{"max-age-days": "3651"}), []string{"<max-age-days>: " + days + `1 to 3650, not "3651"`}},
	{"age with a unit", good(given{"max-age-days": "90d"}), []string{"<max-age-days>: " + days + `1 to 3650, not "90d"`}},
	{"negative number", good(given{"remind-days": "-1"}), []string{"<remind-days>: " + days + `0 to 3649, not "-1"`}},
	{"number with a sign", good(given{"remind-days": "+1"}), []string{"<remind-days>: " + days + `0 to 3649, not "+1"`}},
	{"reminder as long as the age", good(given{"max-age-days": "30", "remind-days": "30"}), []string{`<remind-days>: must be less than <max-age-days>, which is 30, not "30"`}},
	{"reminder of the default age", good(given{"remind-days": "90"}), []string{`<remind-days>: must be less than <max-age-days>, which is 90, not "90"`}},
	{"reminder longer than the age alone", given{"rotation-only": "true", "rotated-on": "2026-07-01", "max-age-days": "1", "remind-days": "3649"}, []string{
		`<remind-days>: must be less than <max-age-days>, which is 1, not "3649"`}},
	{"wrong age beside a reminder", good(given{"max-age-days": "x", "remind-days": "100"}), []string{"<max-age-days>: " + days + `1 to 3650, not "x"`}},
	{"wrong reminder beside an age", good(given{"max-age-days": "5", "remind-days": "5000"}), []string{"<remind-days>: " + days + `0 to 3649, not "5000"`}},
	{"entries without a policy", good(given{"only": "checkout"}), []string{"<only>: needs <policy>"}},
	{"entries of a policy that is blank", given{"only": "checkout", "require": "account"}, []string{"<only>: needs <policy>"}},
	{"no type follows from an unknown state", given{"api-key": key, "expect-state": "revoke", "require": "account"}, []string{`<expect-state>: must be enabled, disabled or revoked, not "revoke"`}},
	{"no boolean follows from another", given{"rotation-only": "1"}, []string{`<rotation-only>: must be true or false, not "1"`}},
	{"no such day", good(given{"rotated-on": "2026-02-29"}), []string{date + `"2026-02-29"`}},
	{"time without an offset", good(given{"rotated-on": "2026-09-30T12:00:00"}), []string{date + `"2026-09-30T12:00:00"`}},
	{"more than a day ahead", good(given{"rotated-on": "2026-10-02T10:00:01Z"}), []string{`<rotated-on>: must be a day that is not in the future, not "2026-10-02T10:00:01Z"`}},
	{"timeout without a unit", good(given{"timeout": "60"}), []string{duration + `"60"`}},
	{"timeout too short", good(given{"timeout": "999ms"}), []string{duration + `"999ms"`}},
	{"timeout too long", good(given{"timeout": "10m1ns"}), []string{duration + `"10m1ns"`}},
	{"name too long", good(given{"key-name": strings.Repeat("n", 65)}), []string{keyName + hidden}},
	{"name of two lines", good(given{"key-name": "a\n::error::b"}), []string{keyName + `, not "a ::error::b"`}},
	{"UUID as a name", good(given{"key-name": "ea27b376-9f5c-4b09-883f-1b96cd7b541c"}), []string{likeKey}},
	{"name with a key's prefix", good(given{"key-name": "sk_live_9f31c7aa"}), []string{likeKey}},
	{"hostile value", good(given{"expect-scope": "::error::##[x]\x1b[31m\u202e"}), []string{scope + ", not \": :error::# #[x]\ufffd[31m\ufffd\""}},
	{"longest value that is shown", good(given{"expect-scope": twenty}), []string{scope + `, not "` + twenty + `"`}},
	{"longer value", good(given{"expect-scope": twenty + "x"}), []string{scope + hidden}},
	{"key in another input only", given{"environment": "sk_live_W7qZ4tNv9"}, []string{
		"<environment>: must be production, staging, development or test" + hidden, "<api-key>: the key is blank"}},
	{"token of two lines", good(given{"secrets-token": token + "\nx", "secret-name": "K"}), []string{"<secrets-token>: " + notForToken}},
	{"token with another letter", good(given{"github-token": token + "éx", "reminder-issue": "true", "key-name": "mine"}), []string{"<github-token>: " + notForToken}},
	{"rotation only with a key", given{"rotation-only": "true", "rotated-on": "2026-07-01", "api-key": key}, []string{"<api-key>: " + alone + " (not shown)"}},
	{"rotation only without a date", given{"rotation-only": "true", "reminder-issue": "true"}, []string{"<rotated-on>: blank, and <secret-name> too: <rotation-only> needs one of them"}},
	{"rotation only with assertions", given{
		"rotation-only": "true", "rotated-on": "2026-07-01", "environment": "production", "expect-type": "any", "expect-scope": "READ-ONLY", "expect-state": "revoked",
		"expect-allowed-ips": "restricted", "must-allow-ips": "203.0.113.45", "expect-fingerprint": "0e5d2c7b9a41", "min-balance": "0"}, []string{
		"<expect-type>: " + alone, "<expect-scope>: " + alone, "<expect-state>: " + alone,
		"<expect-allowed-ips>: " + alone, "<must-allow-ips>: " + alone, "<expect-fingerprint>: " + alone, "<min-balance>: " + alone}},
	{"no date follows from a missing secret", given{"rotation-only": "true", "secret-environment": "production"}, []string{"<secret-environment>: needs <secret-name>"}},
	{"no rotation follows from a missing secret", good(given{"require": "rotation", "secret-organization": "shop"}), []string{"<secret-organization>: needs <secret-name>"}},
	{"secret without a token", good(given{"secret-name": "FLEXY_KEY"}), []string{"<secret-name>: needs <secrets-token>"}},
	{"secret in two places", good(given{"secret-name": "K", "secrets-token": token, "secret-environment": "prod", "secret-organization": "shop"}), []string{
		"<secret-organization>: cannot be combined with <secret-environment>"}},
	{"environment without a secret", good(given{"secret-environment": "prod"}), []string{"<secret-environment>: needs <secret-name>"}},
	{"secret's name", good(given{"secret-name": "my-key", "secrets-token": token}), []string{`<secret-name>: must be the name of an Actions secret, not "my-key"`}},
	{"organization's login", good(given{"secret-name": "K", "secret-organization": "a/b", "secrets-token": token}), []string{
		`<secret-organization>: must be the login of a GitHub organization, not "a/b"`}},
	{"reminder without a name", good(given{"reminder-issue": "true", "rotated-on": "2026-09-01"}), []string{"<reminder-issue>: needs <key-name> or <secret-name>"}},
	{"login with @", good(given{"reminder-assignees": "amina, @yacine"}), []string{`<reminder-assignees>: must be GitHub logins, not "@yacine"`}},
	{"all mistakes at once", given{
		"api-key": "***", "environment": "prod", "expect-scope": "x", "max-age-days": "x", "timeout": "x", "base-url": "x", "HTTPS_PROXY": "http://"}, []string{
		"<base-url>: the scheme must be https" + hidden, duration + `"x"`, environment + `"prod"`, scope + `, not "x"`, "<max-age-days>: " + days + `1 to 3650, not "x"`,
		"<api-key>: not a Flexy API key: masked, as a log shows a secret (not shown)", "HTTPS_PROXY: must be the address of a proxy" + hidden}},
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	for _, tc := range wrong {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			expectMistakes(t, tc.set, tc.want...)
		})
	}
}

// A key or a token in another input is a mistake, and nothing of it is shown.
func TestSecretInAnotherInput(t *testing.T) {
	t.Parallel()
	for _, input := range config.Inputs() {
		if input.Secret || input.Name == "policy" {
			continue
		}
		for _, value := range []string{key, "https://" + key + "@example.com", token, "x " + token} {
			set := good(given{"expect-type": "PRODUCTION", "secrets-token": token}).with(given{input.Name: value})
			expectMistakes(t, set, "<"+input.Name+">: "+foundSecret)
		}
	}
	expectMistakes(t, good(given{"secrets-token": key}), "<secrets-token>: "+foundSecret)
	expectMistakes(t, good(given{"github-token": "x" + key}), "<github-token>: "+foundSecret)
	// One token may serve for both.
	expectMistakes(t, good(given{"secrets-token": token, "github-token": token}))
	// Eight characters of a key are not shown; fewer are not noticed.
	expectMistakes(t, good(given{"expect-scope": key[2:10]}), scope+hidden)
	expectMistakes(t, good(given{"expect-scope": key[2:9]}), scope+`, not "`+key[2:9]+`"`)
	// A short key is part of many values.
	expectMistakes(t, good(given{"api-key": "product"}))
	// Nobody gave a default, and another setting's value in place of the key is in its own place there.
	expectMistakes(t, good(given{"api-key": "https://api.oneclickdz.com"}), "<api-key>: not a Flexy API key: the address of something, or a reference to a secret in a store (not shown)")
	expectMistakes(t, good(given{"api-key": "0665983439", "expect-account": "0665983439", "expect-scope": "0665983439"}), scope+hidden, "<api-key>: not a Flexy API key: a phone number (not shown)")
}

// So is one in a field of a policy file, or in place of a field.
func TestTokenInAField(t *testing.T) {
	t.Parallel()
	const letters = "of-letters-alone" // as a field's name may be
	for _, input := range []string{"secrets-token", "github-token"} {
		for _, field := range config.PolicyFields() {
			_, got := judgePolicy(t, "keys:\n- "+field.Policy+":\n    x "+token+"\n", given{input: token})
			if want := "3:5: " + field.Policy + ": " + foundSecret; !slices.Contains(got, want) {
				t.Errorf("%s in %s: %q, want %q among them", input, field.Policy, got, want)
			}
		}
		_, got := judgePolicy(t, entries("    "+letters+": x\n"), given{input: letters})
		if said := strings.Join(got, "\n"); said == "" || strings.Contains(said, letters) {
			t.Errorf("%s in place of a field: %q", input, said)
		}
	}
}

// An account is personal data: no mistake shows it.
func TestAccountIsNotShown(t *testing.T) {
	t.Parallel()
	const account = "+213 665983439"
	expectMistakes(t, good(given{"expect-account": account, "expect-scope": account}), scope+hidden)
	expectMistakes(t, given{"rotation-only": "true", "rotated-on": "2026-07-01", "expect-account": account}, "<expect-account>: "+alone)
	expectPolicyMistakes(t, entries("    account: '"+account+"'\n"), given{"expect-scope": account}, "expect-scope: must be READ-WRITE or READ-ONLY"+hidden)
}
