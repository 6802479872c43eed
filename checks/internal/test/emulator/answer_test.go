package emulator_test

import (
	"net/http"
	"testing"

	"flexy-key-check/checks/internal/test/emulator"
	"flexy-key-check/checks/internal/test/testkit"
)

// tail ends the first answer of an API.
const tail = `"meta":{"timestamp":"2025-10-29T00:00:00.005Z"},"requestId":"req_000001"}`

// errorBody returns a first answer with an error.
func errorBody(code, message string) string { return detailedError(code, message, "") }

func detailedError(code, message, details string) string {
	return `{"success":false,"error":{"code":"` + code + `","message":"` + message + `"` + details + `},` + tail
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	const get, path, balance = http.MethodGet, emulator.Path, emulator.BalancePath
	const invalid, left = "The provided access token is invalid", `,"details":{"attemptsLeft":4}`
	keys := []emulator.Key{
		shop(),
		{Text: "weak", Username: "+213665983400", Type: "SANDBOX", Scope: "READ-ONLY", AllowedIPs: []string{"::ffff:203.0.113.45", "not an address"}},
		{Text: "elsewhere", Type: "PRODUCTION", AllowedIPs: []string{"198.51.100.23", "203.0.113.4"}},
	}
	for _, tc := range []struct {
		name, method, path, key string
		opts                    emulator.Options
		status                  int
		want                    string
	}{
		{"enabled", get, path, "shop-key", emulator.Options{}, 200, `{"success":true,"data":{"username":"+213665983439","apiKey":{"key":"ea27b376",` +
			`"isEnabled":true,"type":"PRODUCTION","allowedips":[],"scope":"READ-WRITE"}},` + tail},
		{"disabled, allowed by another form of the address", get, path, "weak", emulator.Options{}, 200,
			`{"success":true,"data":{"username":"+213665983400","apiKey":{"key":"weak",` +
				`"isEnabled":false,"type":"SANDBOX","allowedips":["::ffff:203.0.113.45","not an address"],"scope":"READ-ONLY"}},` + tail},
		{"balance", get, balance, "shop-key", emulator.Options{}, 200, `{"success":true,"data":{"balance":1326.13},` + tail},
		{"balance by default", get, balance, "weak", emulator.Options{}, 200, `{"success":true,"data":{"balance":0},` + tail},
		{"no key", get, path, "", emulator.Options{}, 400, errorBody("MISSING_ACCESS_TOKEN", "Access token is required")},
		{"no key, as on the other page", get, balance, "", emulator.Options{MissingStatus: 401}, 401, errorBody("MISSING_ACCESS_TOKEN", "Access token is required")},
		{"unknown key", get, path, "wrong", emulator.Options{}, 401, detailedError("INVALID_ACCESS_TOKEN", invalid, left)},
		{"unknown key, alias", get, balance, "wrong", emulator.Options{InvalidCode: emulator.CodeInvalidAlias}, 401, detailedError("ERR_AUTH", invalid, left)},
		{"address not on the allowlist", get, path, "elsewhere", emulator.Options{}, 403, errorBody("IP_NOT_ALLOWED",
			"Your IP address 203.0.113.45 is not whitelisted for this PRODUCTION API key. Add your IP to the whitelist at https://oneclickdz.com/#/settings")},
		{"another path", get, "/v3/other", "wrong", emulator.Options{}, 404, errorBody("NOT_FOUND", "Not Found")},
		{"another method", http.MethodPost, path, "wrong", emulator.Options{}, 405, errorBody("METHOD_NOT_ALLOWED", "Method Not Allowed")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.opts.Keys, tc.opts.ClientIP = keys, func(*http.Request) string { return runner }
			got := send(t.Context(), start(tc.opts), tc.method, tc.path, tc.key)
			testkit.Diff(t, tc.status, got.Code)
			testkit.Diff(t, "application/json; charset=utf-8", got.Header().Get("Content-Type"))
			testkit.Diff(t, tc.want, got.Body.String())
			testkit.Diff(t, tc.status == 405, got.Header().Get("Allow") == get)
		})
	}
}

func TestBlocked(t *testing.T) {
	t.Parallel()
	api := start(emulator.Options{Keys: []emulator.Key{shop()}})
	api.Fail(local, emulator.MaxAttempts)
	got := send(t.Context(), api, http.MethodGet, emulator.BalancePath, "shop-key")
	testkit.Diff(t, http.StatusForbidden, got.Code)
	testkit.Diff(t, errorBody("IP_BLOCKED", "Your IP has been temporarily blocked due to too many invalid attempts"), got.Body.String())
}
