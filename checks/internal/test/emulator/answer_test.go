package emulator_test

import (
	"net/http"
	"testing"

	"flexy-key-check/checks/internal/test/emulator"
	"flexy-key-check/checks/internal/test/testkit"
)

// documentedTail ends the first answer of the documented API.
const documentedTail = `,"meta":{"timestamp":"2025-10-29T00:00:00.005Z"},"requestId":"req_000001"}`

// seenTail ends the first error of the API as it was seen.
const seenTail = `,"requestId":"req-ffl"}`

// errorBody returns an error without its end; more follows the message.
func errorBody(code, message, more string) string {
	return `{"success":false,"error":{"code":"` + code + `","message":"` + message + `"` + more + `}`
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	const get, path, balance = http.MethodGet, emulator.Path, emulator.BalancePath
	const invalid = "The provided access token is invalid"
	documented := emulator.Options{Documented: true}
	keys := []emulator.Key{
		shop(),
		{Text: "weak", Username: "+213665983400", Type: "SANDBOX", Scope: "READ-ONLY", AllowedIPs: []string{"::ffff:203.0.113.45", "not an address"}},
		{Text: "elsewhere", Type: "PRODUCTION", AllowedIPs: []string{"198.51.100.23", "203.0.113.4"}},
	}
	const good = `{"success":true,"data":{"username":"+213665983439","apiKey":{"key":"ea27b376",` +
		`"isEnabled":true,"type":"PRODUCTION","allowedips":[],"scope":"READ-WRITE"}}`
	missing := errorBody("MISSING_ACCESS_TOKEN", "Access token is required", "")
	notAllowed := errorBody("IP_NOT_ALLOWED",
		"Your IP address 203.0.113.45 is not whitelisted for this PRODUCTION API key. Add your IP to the whitelist at https://oneclickdz.com/#/settings", "")
	for _, tc := range []struct {
		name, method, path, key string
		opts                    emulator.Options
		status                  int
		want                    string
	}{
		{"enabled", get, path, "shop-key", emulator.Options{}, 200, good + "}"},
		{"enabled, as documented", get, path, "shop-key", documented, 200, good + documentedTail},
		{"disabled, allowed by another form of the address", get, path, "weak", emulator.Options{}, 200,
			`{"success":true,"data":{"username":"+213665983400","apiKey":{"key":"weak",` +
				`"isEnabled":false,"type":"SANDBOX","allowedips":["::ffff:203.0.113.45","not an address"],"scope":"READ-ONLY"}}}`},
		{"balance", get, balance, "shop-key", emulator.Options{}, 200, `{"success":true,"data":{"balance":1326.13}}`},
		{"balance by default", get, balance, "weak", documented, 200, `{"success":true,"data":{"balance":0}` + documentedTail},
		{"no key", get, path, "", emulator.Options{}, 401, missing + seenTail},
		{"no key, as documented", get, path, "", documented, 400, missing + documentedTail},
		{"no key, as on the other page", get, balance, "", emulator.Options{Documented: true, MissingStatus: 401}, 401, missing + documentedTail},
		{"unknown key", get, path, "wrong", emulator.Options{}, 401, errorBody("INVALID_ACCESS_TOKEN", invalid+". 19 attempts left before your IP is blocked for 15 minutes", "") + seenTail},
		{"unknown key, as documented", get, path, "wrong", documented, 401, errorBody("INVALID_ACCESS_TOKEN", invalid, `,"details":{"attemptsLeft":4}`) + documentedTail},
		{"unknown key, alias, number elsewhere", get, balance, "wrong",
			emulator.Options{InvalidCode: emulator.CodeInvalidAlias, Lockout: emulator.Lockout{Attempts: 7, Count: emulator.InError}}, 401,
			errorBody("ERR_AUTH", invalid, `,"attemptsLeft":6`) + seenTail},
		{"unknown key, no number", get, path, "wrong", emulator.Options{Lockout: emulator.Lockout{Attempts: 7}}, 401, errorBody("INVALID_ACCESS_TOKEN", invalid, "") + seenTail},
		{"address not on the allowlist", get, path, "elsewhere", emulator.Options{}, 403, notAllowed + seenTail},
		{"another path", get, "/v3/v3/validate", "wrong", emulator.Options{}, 404, `{"message":"Route GET:/v3/v3/validate not found","error":"Not Found","statusCode":404}`},
		{"another method", http.MethodPost, path, "wrong", emulator.Options{}, 404, `{"message":"Route POST:/v3/validate not found","error":"Not Found","statusCode":404}`},
		{"another path, as documented", get, "/v3/other", "wrong", documented, 404, errorBody("NOT_FOUND", "Not Found", "") + documentedTail},
		{"another method, as documented", http.MethodPost, path, "wrong", documented, 405, errorBody("METHOD_NOT_ALLOWED", "Method Not Allowed", "") + documentedTail},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.opts.Keys, tc.opts.ClientIP = keys, func(*http.Request) string { return runner }
			got := send(t.Context(), start(tc.opts), tc.method, tc.path, tc.key)
			testkit.Diff(t, tc.status, got.Code)
			testkit.Diff(t, "application/json; charset=utf-8", got.Header().Get("Content-Type"))
			testkit.Diff(t, tc.want, got.Body.String())
			testkit.Diff(t, tc.status == 405, got.Header().Get("Allow") == get)
			testkit.Diff(t, map[bool]string{false: "req-ffl"}[tc.opts.Documented], got.Header().Get("X-Request-Id"))
			testkit.Diff(t, "", got.Header().Get("CF-Ray"))
		})
	}
}

func TestBlocked(t *testing.T) {
	t.Parallel()
	api := start(emulator.Options{CDN: true, Keys: []emulator.Key{shop()}})
	api.Block(local)
	got := send(t.Context(), api, http.MethodGet, emulator.BalancePath, "shop-key")
	testkit.Diff(t, http.StatusForbidden, got.Code)
	testkit.Diff(t, errorBody("IP_BLOCKED", "Your IP has been temporarily blocked due to too many invalid attempts", "")+seenTail, got.Body.String())
	testkit.Diff(t, "8f1a2b3c00000001-MRS", got.Header().Get("CF-Ray"))
}
