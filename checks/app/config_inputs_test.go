package app_test

import (
	"strings"
	"testing"
)

// with returns a row whose inputs are names and values in turn.
func with(w want, given ...string) row { return row{given: pairs(given...), want: w} }

// mistaken is a row whose inputs are wrong in one place, which the annotation
// names.
func mistaken(pairs ...string) row { return with(misconfigured("(?i)"+pairs[0]), pairs...) }

func TestConfigValues(t *testing.T) {
	t.Parallel()
	bad := map[string][]string{
		"environment":        {"prod", "production,staging", "PRODUCTION KEY", "1"},
		"expect-type":        {"LIVE", "SANDBOX,PRODUCTION", "none"},
		"expect-scope":       {"READ", "READ_WRITE", "any", "READ-WRITE, READ-ONLY"},
		"expect-state":       {"active", "true", "any"},
		"expect-allowed-ips": {",", " , ", "open", "10.0.0.0/8", "shop.example", "300.1.1.1", "fe80::1%eth0", "restricted, 203.0.113.45"},
		"must-allow-ips":     {",", "\n,\n", "restricted", "203.0.113", "203.0.113.45:443", "203.0.113.045"},
		"rotated-on":         {"yesterday", "2026-13-01", "2026-02-29", "01/10/2026", "2026-10-1", "20261001", "2026-10-01T00:00:00"},
		"max-age-days":       {"0", "-1", "3651", "9.5", "ninety", "1e2", "0x10", "90d"},
		"remind-days":        {"-1", "3651", "a week"},
		"rotation-only":      {"yes", "1", "True", "FALSE", "true false"},
		"warn-on":            {",", "expiry", "rotation, states", "none, rotation", "all", "rotation;type"},
		"on-unavailable":     {"ignore", "true", "skip"},
		"on-ip-not-allowed":  {"ignore", "pass"},
		"on-missing-key":     {"warn", "ignore"},
		"timeout":            {"60", "0s", "999ms", "10m1s", "1h", "-5s", "soon", "9223372037s"},
		"key-name":           {strings.Repeat("k", 65), "a/b", "a:b", "<b>", "caf\u00e9", "a\nb", "`x`"},
		"ca-certificate":     {"not PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"},
	}
	rows := table{}
	for input, values := range bad {
		for _, value := range values {
			rows[input+" "+value] = mistaken(input, value)
		}
	}
	rows.run(t)
}

func TestConfigBaseURL(t *testing.T) {
	t.Parallel()
	rows := table{}
	for _, value := range []string{
		"http://api.oneclickdz.com", "http://192.0.2.7", "http://0.0.0.0", "http://localhost.example", "http://127.0.0.1.example",
		"http://[2001:db8::1]", "https://user@api.oneclickdz.com", "https://user:hunter2hunter2@api.oneclickdz.com",
		"https://api.oneclickdz.com?x=1", "https://api.oneclickdz.com?", "https://api.oneclickdz.com#top", "https://api.oneclickdz.com#",
		"ftp://api.oneclickdz.com", "file:///etc/passwd", "api.oneclickdz.com", "//api.oneclickdz.com", "https://", "https:///v3",
		"https:api.oneclickdz.com", "https://api.oneclickdz.com:0x1", "https://api.oneclickdz.com:99999", "https://:443", "://", "https://%zz",
		"https://api.oneclickdz.com\n.example",
	} {
		rows[value] = mistaken("base-url", value)
	}
	rows.run(t)
}

func TestConfigContradictions(t *testing.T) {
	t.Parallel()
	table{
		"neither environment nor expect-type":     with(misconfigured("environment.*expect-type"), "environment", ""),
		"production with SANDBOX":                 mistaken("expect-type", "SANDBOX"),
		"rotated two days ahead":                  mistaken("rotated-on", "2026-10-12"),
		"rotated more than 24 hours ahead":        mistaken("rotated-on", "2026-10-11T12:00:01Z"),
		"rotation-only with a key":                mistaken("api-key", theKey, "rotation-only", "true", "rotated-on", "2026-10-01"),
		"rotation-only without a date":            mistaken("rotation-only", "true", "api-key", ""),
		"rotation-only with an assertion":         mistaken("expect-scope", "READ-ONLY", "rotation-only", "true", "api-key", "", "rotated-on", "2026-10-01"),
		"rotation-only with another state":        mistaken("expect-state", "disabled", "rotation-only", "true", "api-key", "", "rotated-on", "2026-10-01"),
		"rotation-only with must-allow-ips":       mistaken("must-allow-ips", "203.0.113.45", "rotation-only", "true", "api-key", "", "rotated-on", "2026-10-01"),
		"reminder-issue without a date":           mistaken("reminder-issue", "true"),
		"reminder-issue neither true nor false":   mistaken("reminder-issue", "maybe", "rotated-on", "2026-10-01"),
		"reminder-assignees without an element":   mistaken("reminder-assignees", ",", "reminder-issue", "true", "rotated-on", "2026-10-01"),
		"secret-name without a token":             mistaken("secret-name", "FLEXY_KEY", "key-name", "api-key"),
		"two secret locations":                    with(misconfigured("secret-environment|secret-organization"), "key-name", "api-key", "secret-name", "FLEXY_KEY", "secrets-token", "ghp_Xo4Lw8Pn2Qs6", "secret-environment", "prod", "secret-organization", "octo"),
		"a blank key and no type":                 with(mistakes(2), "api-key", "", "environment", ""),
		"production and SANDBOX, other case":      mistaken("expect-type", "sandbox", "environment", "Production"),
		"an argument":                             {args: []string{"--help"}, want: misconfigured("argument")},
		"an argument that is a key":               {args: []string{theKey}, want: misconfigured("argument")},
		"two arguments":                           {args: []string{"--key", theKey}, want: misconfigured("argument")},
		"the version is asked for in action mode": {args: []string{"--version"}, want: misconfigured("argument")},
		"an empty argument is one":                {args: []string{""}, want: misconfigured("argument")},
	}.run(t)
}

// mistakes is n mistakes in the configuration.
func mistakes(n int) want {
	w := misconfigured("")
	for len(w.Annotations) < n {
		w.Annotations = append(w.Annotations, w.Annotations[0])
	}
	return w
}

func TestConfigAllMistakesAtOnce(t *testing.T) {
	t.Parallel()
	table{
		"three":                         with(mistakes(3), "environment", "prod", "expect-scope", "RW", "timeout", "1"),
		"each of three items of a list": with(mistakes(3), "must-allow-ips", "a, b, c"),
		"more than the runner takes": with(mistakes(10).with("and 3 more"), "environment", "x", "expect-type", "x", "expect-scope", "x",
			"expect-state", "x", "expect-allowed-ips", "x", "must-allow-ips", "x", "rotated-on", "x", "max-age-days", "x",
			"remind-days", "x", "rotation-only", "x", "on-unavailable", "x", "on-ip-not-allowed", "x", "timeout", "x"),
	}.run(t)
}

// A key in the wrong line of with: is a classic slip.
func TestConfigKeyInAnotherInput(t *testing.T) {
	t.Parallel()
	rows := table{}
	for _, input := range declared[1:] {
		given := []string{input, theKey, "expect-type", "any"}
		switch input {
		case "policy":
			continue // its mistakes are told elsewhere
		case "expect-type":
			given = given[:2]
		}
		rows[input] = with(misconfigured(input), given...)
	}
	rows["in the middle"] = with(misconfigured("expect-account"), "expect-account", "the key is "+theKey+"!")
	rows["in a URL"] = with(misconfigured("base-url"), "base-url", "https://api.oneclickdz.com/"+theKey)
	rows["in two inputs"] = with(mistakes(2), "expect-account", theKey, "key-name", theKey)
	rows.run(t)
}

// A token in the wrong line is as bad; the inputs for tokens may share one.
func TestConfigTokenInAnotherInput(t *testing.T) {
	t.Parallel()
	const token = "ghp_Xo4Lw8Pn2Qs6Vt0Yb"
	rows := table{}
	for _, input := range []string{"key-name", "expect-scope", "expect-account", "secret-name", "warn-on", "reminder-assignees", "timeout"} {
		given := map[string]string{"secrets-token": token, input: token}
		rows[input] = row{given: given, want: misconfigured(input), secrets: []string{token}}
		given = map[string]string{input: theToken}
		rows[input+", of the job"] = row{given: given, want: misconfigured(input)}
	}
	rows.run(t)
}

func TestConfigForgiven(t *testing.T) {
	t.Parallel()
	table{
		"enums in any case": with(passes(), "environment", "Production", "expect-type", "production", "expect-scope", "read-write",
			"expect-state", "Enabled", "expect-allowed-ips", "UNRESTRICTED", "warn-on", "Rotation", "on-unavailable", "WARN",
			"on-ip-not-allowed", "Fail", "on-missing-key", "Skip"),
		"values are trimmed": with(passes(), "environment", " production\n", "expect-scope", "\tREAD-WRITE ", "max-age-days", " 90 ",
			"timeout", "\u00a060s\u00a0", "rotation-only", " false\r\n"),
		"a blank is not given": with(passes(), "expect-scope", " ", "expect-type", "\n", "timeout", "\t", "expect-state", " "),
		"the defaults, as the runner hands them over": with(passes(), "expect-state", "enabled", "max-age-days", "90", "remind-days", "14",
			"rotation-only", "false", "reminder-issue", "false", "warn-on", "rotation", "on-unavailable", "fail", "on-ip-not-allowed", "fail",
			"on-missing-key", "fail", "timeout", "60s"),
		"lists by comma, space and newline": with(passes(), "must-allow-ips", "203.0.113.45,203.0.113.46 203.0.113.47\n203.0.113.48, 2001:db8::1\n"),
		"the bounds of numbers":             with(passes(), "max-age-days", "3650", "remind-days", "0", "timeout", "10m"),
		"the longest key name":              {given: map[string]string{"key-name": strings.Repeat("k", 64)}, want: passes()},
		"rotated just within a day ahead":   with(passes(), "rotated-on", "2026-10-11T12:00:00Z"),
		"the SSL_CERT_FILE is readable":     with(passes(), "SSL_CERT_FILE", "config_inputs_test.go"),
	}.run(t)
}
