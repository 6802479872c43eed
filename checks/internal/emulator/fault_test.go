package emulator_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"flexy-key-check/checks/internal/emulator"
	"flexy-key-check/checks/internal/testkit"
)

func TestFaults(t *testing.T) {
	t.Parallel()
	tooMany := errorBody("TOO_MANY_REQUESTS", "Too Many Requests")
	for name, tc := range map[string]struct {
		fault      emulator.Fault
		status     int
		retryAfter string
		want       string
	}{
		"503":                  {emulator.Status(503), 503, "", errorBody("SERVICE_UNAVAILABLE", "Service Unavailable")},
		"429 with Retry-After": {emulator.RetryAfter(429, "2"), 429, "2", tooMany},
		"error": {emulator.Error(401, "EXPIRED", "old", map[string]any{"attemptsLeft": "3"}), 401, "",
			detailedError("EXPIRED", "old", `,"details":{"attemptsLeft":"3"}`)},
		"details that JSON cannot express": {emulator.Error(401, "EXPIRED", "old", map[string]any{"f": func() {}}), 500, "", "json: unsupported type: func()\n"},
		"body":                             {emulator.Body(200, "text/html", []byte("<h1>")), 200, "", "<h1>"},
		"chain":                            {emulator.Chain(emulator.Latency(time.Millisecond), emulator.Body(202, "text/plain", nil), emulator.Drop), 202, "", ""},
		"none":                             {emulator.Chain(), 400, "", errorBody("MISSING_ACCESS_TOKEN", "Access token is required")},
		"on another path":                  {emulator.On(emulator.BalancePath, emulator.Status(429)), 400, "", errorBody("MISSING_ACCESS_TOKEN", "Access token is required")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := start(emulator.Options{})
			api.Next(tc.fault)
			got := send(t.Context(), api, http.MethodGet, emulator.Path, "")
			testkit.Diff(t, tc.status, got.Code)
			testkit.Diff(t, tc.retryAfter, got.Header().Get("Retry-After"))
			testkit.Diff(t, tc.want, got.Body.String())
		})
	}
}

func TestQueue(t *testing.T) {
	t.Parallel()
	api := start(emulator.Options{Keys: []emulator.Key{shop()}})
	api.Always(emulator.Status(503))
	api.Next(emulator.Status(500), nil)
	api.Next(emulator.Error(401, emulator.CodeInvalid, "no", nil))
	testkit.Diff(t, []string{"500 INTERNAL_SERVER_ERROR", "200", "401 INVALID_ACCESS_TOKEN", "503 SERVICE_UNAVAILABLE", "503 SERVICE_UNAVAILABLE"},
		validate(t, api, "shop-key", "shop-key", "shop-key", "shop-key", "shop-key"))
	api.Always(nil)
	testkit.Diff(t, []string{"200"}, validate(t, api, "shop-key"))
	api.Revoke("shop-key")
	testkit.Diff(t, []string{"401 INVALID_ACCESS_TOKEN 4 left"}, validate(t, api, "shop-key"))
}

// A caller that hangs up has sent its key: the attempt counts.
func TestLatencyEndsWithTheCaller(t *testing.T) {
	t.Parallel()
	api := start(emulator.Options{})
	ctx, hangUp := context.WithCancel(t.Context())
	hangUp()
	api.Next(emulator.Latency(time.Hour))
	send(ctx, api, http.MethodGet, emulator.Path, "wrong")
	testkit.Diff(t, map[string]int{local: 1}, api.Stats().Failed)
}
