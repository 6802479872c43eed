package emulator_test

import (
	"net/http"
	"testing"

	"flexy-key-check/checks/internal/emulator"
	"flexy-key-check/checks/internal/testkit"
)

func TestValidKeys(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		key  emulator.Key
		want string
	}{
		"enabled": {
			key: shop(),
			want: `{"success":true,"data":{"username":"+213665983439","apiKey":{"key":"ea27b376",` +
				`"isEnabled":true,"type":"PRODUCTION","allowedips":[],"scope":"READ-WRITE"}},` + tail,
		},
		"disabled, echoed, allowed by another form of the address": {
			key: emulator.Key{
				Text: "shop-key", Username: "+213665983400", Type: "SANDBOX", Scope: "READ-ONLY",
				AllowedIPs: []string{"::ffff:203.0.113.45", "not an address"},
			},
			want: `{"success":true,"data":{"username":"+213665983400","apiKey":{"key":"shop-key",` +
				`"isEnabled":false,"type":"SANDBOX","allowedips":["::ffff:203.0.113.45","not an address"],` +
				`"scope":"READ-ONLY"}},` + tail,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, emulator.Options{Keys: []emulator.Key{tt.key}, ClientIP: pretend(runner)})
			got := s.validate(t, "shop-key")
			testkit.Diff(t, http.StatusOK, got.status)
			testkit.Diff(t, "application/json; charset=utf-8", got.header.Get("Content-Type"))
			testkit.Diff(t, tt.want, got.body)
		})
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	missing := errorBody(`"MISSING_ACCESS_TOKEN","message":"Access token is required"`)
	invalid := `"message":"The provided access token is invalid","details":{"attemptsLeft":4}`
	tests := map[string]struct {
		opts   emulator.Options
		key    string
		status int
		want   string
	}{
		"no key":                       {status: 400, want: missing},
		"no key, as on the other page": {opts: emulator.Options{MissingStatus: 401}, status: 401, want: missing},
		"unknown key": {
			key: "wrong", status: 401, want: errorBody(`"INVALID_ACCESS_TOKEN",` + invalid),
		},
		"unknown key, by the alias": {
			opts: emulator.Options{InvalidCode: emulator.CodeInvalidAlias},
			key:  "wrong", status: 401, want: errorBody(`"ERR_AUTH",` + invalid),
		},
		"address not on the allowlist": {
			opts: emulator.Options{Keys: []emulator.Key{
				{Text: "shop-key", Type: "PRODUCTION", AllowedIPs: []string{"198.51.100.23", "203.0.113.4"}},
			}},
			key: "shop-key", status: 403, want: errorBody(`"IP_NOT_ALLOWED",` +
				`"message":"Your IP address 203.0.113.45 is not whitelisted for this PRODUCTION API key. ` +
				`Add your IP to the whitelist at https://oneclickdz.com/#/settings"`),
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.opts.ClientIP = pretend(runner)
			got := start(t, tt.opts).validate(t, tt.key)
			testkit.Diff(t, tt.status, got.status)
			testkit.Diff(t, "application/json; charset=utf-8", got.header.Get("Content-Type"))
			testkit.Diff(t, tt.want, got.body)
		})
	}
}

func TestBlocked(t *testing.T) {
	t.Parallel()
	s := start(t, emulator.Options{Keys: []emulator.Key{shop()}})
	s.Fail(loopback, emulator.MaxAttempts)
	got := s.validate(t, "shop-key")
	testkit.Diff(t, http.StatusForbidden, got.status)
	testkit.Diff(t, errorBody(`"IP_BLOCKED",`+
		`"message":"Your IP has been temporarily blocked due to too many invalid attempts"`), got.body)
}
