package config_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/testkit"
)

// facts are the parts of a configuration that can be compared.
type facts struct {
	Name, Key, BaseURL                          string
	Timeout                                     time.Duration
	RotationOnly, Roots, Unavailable, IPAllowed bool
	Skipped, Reminder, Policy                   bool
	Tokens                                      string
	Assignees                                   string
	Secret                                      config.Secret
	State, Type, Scope, Account, IPs, MustAllow string
	Fingerprint                                 string
	MinBalance                                  string
	Tolerant                                    bool
	Rotated                                     string
	MaxAge, Remind                              int
	WarnOn                                      string
}

func join[T any](items []T, text func(T) string) string {
	var out []string
	for _, item := range items {
		out = append(out, text(item))
	}
	return strings.Join(out, " ")
}

func factsOf(c config.Config) facts {
	k := c.Entries[0]
	e := k.Expect
	f := facts{
		Name: k.Name, Key: k.Key.Reveal(), BaseURL: c.BaseURL.String(), Timeout: c.Timeout,
		RotationOnly: c.RotationOnly, Roots: c.Roots != nil, Unavailable: c.WarnUnavailable, IPAllowed: c.WarnIPNotAllowed,
		Skipped: k.Skipped, Reminder: c.Reminder, Policy: c.Policy,
		Tokens: c.SecretsToken.Reveal() + c.GitHubToken.Reveal(), Assignees: strings.Join(c.Assignees, " "), Secret: k.Secret,
		State: string(e.State), Type: e.Type.Want, Tolerant: e.Type.Tolerant, Scope: e.Scope, Account: e.Account.Reveal(),
		IPs: string(e.AllowedIPs.Mode), MaxAge: e.MaxAgeDays, Remind: e.RemindDays, WarnOn: strings.Join(e.WarnOn, " "),
		MustAllow: join(e.MustAllowIPs, netip.Addr.String), Fingerprint: e.Fingerprint, MinBalance: e.MinBalance,
	}
	if e.AllowedIPs.Mode == checks.ExactIPs {
		f.IPs = join(e.AllowedIPs.Addrs, netip.Addr.String)
	}
	if r := e.Rotated; r.Asked {
		f.Rotated = r.On.Format(time.RFC3339)
		if r.AtLeast {
			f.Rotated = "at least " + f.Rotated
		}
	}
	return f
}

// defaults is what good(nil) asks for.
func defaults() facts {
	return facts{
		Name: "api-key", Key: key, BaseURL: "https://api.oneclickdz.com", Timeout: time.Minute,
		State: "enabled", Type: "PRODUCTION", MaxAge: 90, Remind: 14, WarnOn: "rotation",
	}
}

// configurations are good(set), and how they differ from the defaults.
var configurations = []struct {
	name string
	set  given
	want func(*facts)
}{
	{"defaults", nil, func(*facts) {}},
	{"blank is unset", given{"expect-state": "", "timeout": " \n\t", "warn-on": "\u00a0", "key-name": " ", "base-url": " ", "rotated-on": "  "}, func(*facts) {}},
	{"trimmed", given{"api-key": "\t" + key + "\r\n", "environment": " production\n", "expect-scope": " READ-ONLY "}, func(f *facts) { f.Scope = "READ-ONLY" }},
	{"whatever its case", given{"environment": "PRODuction", "expect-scope": "read-Only", "expect-state": "DISABLED", "on-unavailable": "WARN", "on-ip-not-allowed": "Warn", "on-missing-key": "SKIP"},
		func(f *facts) { f.Scope, f.State, f.Unavailable, f.IPAllowed = "READ-ONLY", "disabled", true, true }},
	{"staging", given{"environment": "staging"}, func(f *facts) { f.Type, f.Tolerant = "SANDBOX", true }},
	{"development", given{"environment": "development"}, func(f *facts) { f.Type, f.Tolerant = "SANDBOX", true }},
	{"test", given{"environment": "test"}, func(f *facts) { f.Type, f.Tolerant = "SANDBOX", true }},
	{"type alone", given{"environment": "", "expect-type": "sandbox"}, func(f *facts) { f.Type = "SANDBOX" }},
	{"type wins: strict", given{"environment": "test", "expect-type": "SANDBOX"}, func(f *facts) { f.Type = "SANDBOX" }},
	{"type wins: silenced", given{"environment": "staging", "expect-type": "PRODUCTION"}, func(*facts) {}},
	{"type wins: any", given{"expect-type": "any"}, func(f *facts) { f.Type = "" }},
	{"any alone", given{"environment": "", "expect-type": "ANY"}, func(f *facts) { f.Type = "" }},
	{"revoked needs no type", given{"environment": "", "expect-state": "revoked"}, func(f *facts) { f.Type, f.State = "", "revoked" }},
	{"account", given{"expect-account": "+213 665 98 34 39"}, func(f *facts) { f.Account = "+213 665 98 34 39" }},
	{"restricted", given{"expect-allowed-ips": "Restricted"}, func(f *facts) { f.IPs = "restricted" }},
	{"unrestricted", given{"expect-allowed-ips": "unrestricted"}, func(f *facts) { f.IPs = "unrestricted" }},
	{"addresses", given{"expect-allowed-ips": "203.0.113.45,\n::ffff:198.51.100.7\t2001:0DB8::0:1, 203.0.113.45", "must-allow-ips": ",,2001:db8::1,,"},
		func(f *facts) { f.IPs, f.MustAllow = "203.0.113.45 198.51.100.7 2001:db8::1", "2001:db8::1" }},
	{"balance", given{"min-balance": " 1499.50 "}, func(f *facts) { f.MinBalance = "1499.50" }},
	{"any balance that is not a debt", given{"min-balance": "0"}, func(f *facts) { f.MinBalance = "0" }},
	{"rotated on a day", given{"rotated-on": "2026-07-01"}, func(f *facts) { f.Rotated = "2026-07-01T00:00:00Z" }},
	{"rotated at a moment", given{"rotated-on": "2026-07-01T01:30:00+02:00"}, func(f *facts) { f.Rotated = "2026-06-30T23:30:00Z" }},
	{"rotated tomorrow", given{"rotated-on": "2026-10-02"}, func(f *facts) { f.Rotated = "2026-10-02T00:00:00Z" }},
	{"rotated in exactly a day", given{"rotated-on": "2026-10-02T10:00:00Z"}, func(f *facts) { f.Rotated = "2026-10-02T10:00:00Z" }},
	{"rotated on a leap day", given{"rotated-on": "2024-02-29"}, func(f *facts) { f.Rotated = "2024-02-29T00:00:00Z" }},
	{"ages", given{"max-age-days": "3650", "remind-days": "0"}, func(f *facts) { f.MaxAge, f.Remind = 3650, 0 }},
	{"reminder not longer than the age", given{"max-age-days": "7", "remind-days": "3650"}, func(f *facts) { f.MaxAge, f.Remind = 7, 7 }},
	{"no softening", given{"warn-on": "None"}, func(f *facts) { f.WarnOn = "" }},
	{"fingerprint", given{"expect-fingerprint": " 012345678901\n"}, func(f *facts) { f.Fingerprint = "012345678901" }},
	{"fingerprint in upper case", given{"expect-fingerprint": "0E5D2C7B9A41"}, func(f *facts) { f.Fingerprint = "0e5d2c7b9a41" }},
	{"some softening", given{"warn-on": "Scope, must-allow-ips\nrotation"}, func(f *facts) { f.WarnOn = "scope must-allow-ips rotation" }},
	{"name", given{"key-name": "Checkout (old) v1.2_a-b"}, func(f *facts) { f.Name = "Checkout (old) v1.2_a-b" }},
	{"longest name", given{"key-name": strings.Repeat("n", 64)}, func(f *facts) { f.Name = strings.Repeat("n", 64) }},
	{"loopback", given{"base-url": "http://127.0.0.1:8085"}, func(f *facts) { f.BaseURL = "http://127.0.0.1:8085" }},
	{"localhost with a path", given{"base-url": "http://localhost:8085/api/"}, func(f *facts) { f.BaseURL = "http://localhost:8085/api/" }},
	{"IPv6 loopback", given{"base-url": "http://[::1]:8085"}, func(f *facts) { f.BaseURL = "http://[::1]:8085" }},
	{"another host", given{"base-url": "https://flexy.example.com:8443"}, func(f *facts) { f.BaseURL = "https://flexy.example.com:8443" }},
	{"shortest timeout", given{"timeout": "1s"}, func(f *facts) { f.Timeout = time.Second }},
	{"longest timeout", given{"timeout": "10m"}, func(f *facts) { f.Timeout = 10 * time.Minute }},
	{"odd timeout", given{"timeout": "1m30.5s"}, func(f *facts) { f.Timeout = 90*time.Second + 500*time.Millisecond }},
	{"rotation only", given{"api-key": "", "environment": "", "rotation-only": "true", "rotated-on": "2026-07-01", "expect-state": "ENABLED"},
		func(f *facts) {
			f.Key, f.State, f.Type, f.RotationOnly, f.Rotated = "", "", "", true, "2026-07-01T00:00:00Z"
		}},
	{"rotation only, false", given{"rotation-only": "false"}, func(*facts) {}},
	{"date of a secret", given{"secret-name": "FLEXY_KEY", "secrets-token": token}, func(f *facts) {
		f.Name, f.Secret, f.Tokens, f.Rotated = "FLEXY_KEY", config.Secret{Name: "FLEXY_KEY"}, token, "at least 0001-01-01T00:00:00Z"
	}},
	{"a name wins over the secret's", given{"key-name": "mine", "secret-name": "FLEXY_KEY", "secrets-token": token}, func(f *facts) {
		f.Name, f.Secret, f.Tokens, f.Rotated = "mine", config.Secret{Name: "FLEXY_KEY"}, token, "at least 0001-01-01T00:00:00Z"
	}},
	{"date of an environment's secret", given{"secret-name": "FLEXY_KEY", "secret-environment": "Prod / EU", "secrets-token": token}, func(f *facts) {
		f.Name, f.Secret, f.Tokens, f.Rotated = "FLEXY_KEY", config.Secret{Name: "FLEXY_KEY", Environment: "Prod / EU"}, token, "at least 0001-01-01T00:00:00Z"
	}},
	{"date of an organization's secret", given{"secret-name": "FLEXY_KEY", "secret-organization": "shop-dz", "secrets-token": token}, func(f *facts) {
		f.Name, f.Secret, f.Tokens, f.Rotated = "FLEXY_KEY", config.Secret{Name: "FLEXY_KEY", Organization: "shop-dz"}, token, "at least 0001-01-01T00:00:00Z"
	}},
	{"reminder", given{"reminder-issue": "true", "rotated-on": "2026-07-01", "reminder-assignees": "amina,yacine-dz", "github-token": token}, func(f *facts) {
		f.Reminder, f.Rotated, f.Assignees, f.Tokens = true, "2026-07-01T00:00:00Z", "amina yacine-dz", token
	}},
}

func TestConfig(t *testing.T) {
	t.Parallel()
	for _, tc := range configurations {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			want := defaults()
			tc.want(&want)
			got := factsOf(expectGood(t, good(tc.set)))
			testkit.Diff(t, want, got)
		})
	}
}

// A setting that nobody reads would switch an assertion off: each changes the
// configuration, or is a mistake.
func TestEverySettingIsRead(t *testing.T) {
	t.Parallel()
	untouched := factsOf(expectGood(t, good(nil)))
	for _, input := range config.Inputs() {
		t.Run(input.Name, func(t *testing.T) {
			t.Parallel()
			c, mistakes := judge(t, good(given{input.Name: "?"}), true)
			if len(mistakes) == 0 && factsOf(c) == untouched {
				t.Errorf("nothing comes of %s: read it in Given.key or Given.Config, and compare it in factsOf", input.Name)
			}
		})
	}
}
