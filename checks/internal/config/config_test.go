package config_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/test/testkit"
)

// wanted is a configuration of one key, with all its fields at hand.
type wanted struct {
	*config.Config
	*config.Entry
	*checks.Expectation
}

// defaults is the configuration that good(nil) gives.
func defaults() wanted {
	c := &config.Config{BaseURL: &url.URL{Scheme: "https", Host: "api.oneclickdz.com"}, Timeout: time.Minute}
	c.Entries = []config.Entry{{Name: "api-key", Key: secret.New(key), Expect: checks.Expectation{
		State: "enabled", Type: checks.ExpectedType{Want: "PRODUCTION"}, MaxAgeDays: 90, RemindDays: 14, WarnOn: []string{"rotation"},
	}}}
	return wanted{c, &c.Entries[0], &c.Entries[0].Expect}
}

func rotated(on time.Time) checks.RotationDate {
	return checks.RotationDate{Asked: true, Known: true, On: on}
}

var (
	july     = rotated(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC))
	atLeast  = checks.RotationDate{Asked: true, AtLeast: true} // the date is the secret's
	longName = "Checkout (old) v1.2_a-b" + strings.Repeat("n", 41)
)

// configurations are good(set), and how they differ from the defaults.
var configurations = []struct {
	name string
	set  given
	want func(wanted)
}{
	{"defaults", nil, func(wanted) {}},
	{"blank is unset", given{"expect-state": "", "timeout": " \n\t", "warn-on": "\u00a0", "key-name": " ", "base-url": " ", "rotated-on": "  "}, func(wanted) {}},
	{"trimmed", given{"api-key": "\t" + key + "\r\n", "environment": " production\n", "expect-scope": " READ-ONLY "}, func(w wanted) { w.Scope = "READ-ONLY" }},
	{"any case", given{"environment": "PRODuction", "expect-scope": "read-Only", "expect-state": "DISABLED", "on-unavailable": "WARN", "on-ip-not-allowed": "Warn", "on-missing-key": "SKIP"},
		func(w wanted) {
			w.Scope, w.State, w.WarnUnavailable, w.WarnIPNotAllowed = "READ-ONLY", "disabled", true, true
		}},
	{"staging", given{"environment": "staging"}, func(w wanted) { w.Type = checks.ExpectedType{Want: "SANDBOX", Tolerant: true} }},
	{"type alone", given{"environment": "", "expect-type": "sandbox"}, func(w wanted) { w.Type.Want = "SANDBOX" }},
	{"type wins: strict", given{"environment": "test", "expect-type": "SANDBOX"}, func(w wanted) { w.Type.Want = "SANDBOX" }},
	{"type wins: any", given{"expect-type": "ANY"}, func(w wanted) { w.Type.Want = "" }},
	{"revoked needs no type", given{"environment": "", "expect-state": "revoked"}, func(w wanted) { w.Type.Want, w.State = "", "revoked" }},
	{"account", given{"expect-account": "+213 665 98 34 39"}, func(w wanted) { w.Account = secret.New("+213 665 98 34 39") }},
	{"restricted", given{"expect-allowed-ips": "Restricted"}, func(w wanted) { w.AllowedIPs.Mode = checks.RestrictedIPs }},
	{"restricted, as a list", given{"expect-allowed-ips": "RESTRICTED,\n"}, func(w wanted) { w.AllowedIPs.Mode = checks.RestrictedIPs }},
	{"unrestricted", given{"expect-allowed-ips": "unrestricted"}, func(w wanted) { w.AllowedIPs.Mode = checks.UnrestrictedIPs }},
	{"addresses", given{"expect-allowed-ips": "203.0.113.45,\n::ffff:198.51.100.7\t2001:0DB8::0:1, 203.0.113.45", "must-allow-ips": ",,2001:db8::1,,"}, func(w wanted) {
		w.AllowedIPs, w.MustAllowIPs = checks.ExpectedIPs{Mode: checks.ExactIPs, Addrs: testkit.Addrs("203.0.113.45", "198.51.100.7", "2001:db8::1")}, testkit.Addrs("2001:db8::1")
	}},
	{"balance", given{"min-balance": " 1499.50 "}, func(w wanted) { w.MinBalance = "1499.50" }},
	{"longest balance", given{"min-balance": strings.Repeat("9", flexy.MaxAmount)}, func(w wanted) { w.MinBalance = strings.Repeat("9", flexy.MaxAmount) }},
	{"rotated on a day", given{"rotated-on": "2026-07-01"}, func(w wanted) { w.Rotated = july }},
	{"rotated at a time", given{"rotated-on": "2026-07-01T01:30:00+02:00"}, func(w wanted) { w.Rotated = rotated(time.Date(2026, 6, 30, 23, 30, 0, 0, time.UTC)) }},
	{"rotated at a time, in lower case", given{"rotated-on": "2026-07-01t00:00:00z"}, func(w wanted) { w.Rotated = july }},
	{"rotated in exactly a day", given{"rotated-on": "2026-10-02T10:00:00Z"}, func(w wanted) { w.Rotated = rotated(now.AddDate(0, 0, 1)) }},
	{"ages", given{"max-age-days": "3650", "remind-days": "0"}, func(w wanted) { w.MaxAgeDays, w.RemindDays = 3650, 0 }},
	{"reminder of a short age", given{"max-age-days": "27"}, func(w wanted) { w.MaxAgeDays, w.RemindDays = 27, 13 }},
	{"reminder of a longer age", given{"max-age-days": "29"}, func(w wanted) { w.MaxAgeDays, w.RemindDays = 29, 14 }},
	{"reminder of the shortest age", given{"max-age-days": "1"}, func(w wanted) { w.MaxAgeDays, w.RemindDays = 1, 0 }},
	{"longest reminder", given{"max-age-days": "3650", "remind-days": "3649"}, func(w wanted) { w.MaxAgeDays, w.RemindDays = 3650, 3649 }},
	{"warn on none", given{"warn-on": "None"}, func(w wanted) { w.WarnOn = nil }},
	{"warn on several", given{"warn-on": "Scope, must-allow-ips\nrotation"}, func(w wanted) { w.WarnOn = []string{"scope", "must-allow-ips", "rotation"} }},
	{"fingerprint", given{"expect-fingerprint": "0E5D2C7B9A41"}, func(w wanted) { w.Fingerprint = "0e5d2c7b9a41" }},
	{"longest name", given{"key-name": longName}, func(w wanted) { w.Name, w.Named = longName, true }},
	{"localhost with a path", given{"base-url": "http://localhost:8085/api/"}, func(w wanted) { w.BaseURL = &url.URL{Scheme: "http", Host: "localhost:8085", Path: "/api/"} }},
	{"highest port", given{"base-url": "https://flexy.example.com:65535"}, func(w wanted) { w.BaseURL.Host = "flexy.example.com:65535" }},
	{"shortest timeout", given{"timeout": "1s"}, func(w wanted) { w.Timeout = time.Second }},
	{"longest timeout", given{"timeout": "10m"}, func(w wanted) { w.Timeout = 10 * time.Minute }},
	{"rotation only", given{"api-key": "", "environment": "", "rotation-only": "true", "rotated-on": "2026-07-01", "expect-state": "ENABLED"}, func(w wanted) {
		w.RotationOnly, w.Key = true, secret.Value{}
		*w.Expectation = checks.Expectation{Rotated: july, MaxAgeDays: 90, RemindDays: 14, WarnOn: w.WarnOn}
	}},
	{"date of a secret", given{"secret-name": "FLEXY_KEY", "secrets-token": token}, func(w wanted) {
		w.Name, w.Secret, w.SecretsToken, w.Rotated = "FLEXY_KEY", config.Secret{Name: "FLEXY_KEY"}, secret.New(token), atLeast
	}},
	{"date of an environment's secret", given{"key-name": "mine", "secret-name": "FLEXY_KEY", "secret-environment": "Prod / EU", "secrets-token": token}, func(w wanted) {
		w.Name, w.Named, w.Secret, w.SecretsToken, w.Rotated = "mine", true, config.Secret{Name: "FLEXY_KEY", Environment: "Prod / EU"}, secret.New(token), atLeast
	}},
	{"date of an organization's secret", given{"secret-name": "FLEXY_KEY", "secret-organization": "shop-dz", "secrets-token": token}, func(w wanted) {
		w.Name, w.Secret, w.SecretsToken, w.Rotated = "FLEXY_KEY", config.Secret{Name: "FLEXY_KEY", Organization: "shop-dz"}, secret.New(token), atLeast
	}},
	{"reminder", given{"reminder-issue": "true", "key-name": "mine", "rotated-on": "2026-07-01", "reminder-assignees": "amina,yacine-dz", "github-token": token}, func(w wanted) {
		w.Name, w.Named, w.Reminder, w.Rotated, w.Assignees, w.GitHubToken = "mine", true, true, july, []string{"amina", "yacine-dz"}, secret.New(token)
	}},
}

func TestConfig(t *testing.T) {
	t.Parallel()
	for _, tc := range configurations {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			want := defaults()
			tc.want(want)
			testkit.Diff(t, *want.Config, expectGood(t, good(tc.set)))
		})
	}
}

// A setting that is never read would switch an assertion off: each changes the
// configuration or is a mistake.
func TestEverySettingIsRead(t *testing.T) {
	t.Parallel()
	for _, input := range config.Inputs() {
		c, mistakes := judge(t, good(given{input.Name: "?"}), true)
		if len(mistakes) == 0 && cmp.Equal(*defaults().Config, c) {
			t.Errorf("%s has no effect", input.Name)
		}
	}
}
