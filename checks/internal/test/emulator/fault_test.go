package emulator_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"flexy-key-check/checks/internal/test/emulator"
	"flexy-key-check/checks/internal/test/testkit"
)

func TestQueue(t *testing.T) {
	t.Parallel()
	api := start(emulator.Options{Keys: []emulator.Key{shop()}})
	api.Always(emulator.Status(503))
	api.Next(emulator.Status(500), nil)
	api.Next(emulator.Error(401, emulator.CodeInvalid, "no", nil))
	testkit.Diff(t, []string{"500 INTERNAL_ERROR", "200", "401 INVALID_ACCESS_TOKEN", "503 SERVICE_UNAVAILABLE", "503 SERVICE_UNAVAILABLE"},
		validate(t, api, "shop-key", "shop-key", "shop-key", "shop-key", "shop-key"))
	api.Always(nil)
	testkit.Diff(t, []string{"200"}, validate(t, api, "shop-key"))
	api.Revoke("shop-key")
	testkit.Diff(t, []string{"401 INVALID_ACCESS_TOKEN 19 left"}, validate(t, api, "shop-key"))
}

// A caller that hangs up has sent its key: the attempt counts.
func TestLatencyCanceled(t *testing.T) {
	t.Parallel()
	api := start(emulator.Options{})
	ctx, hangUp := context.WithCancel(t.Context())
	hangUp()
	api.Next(emulator.Latency(time.Hour))
	send(ctx, api, http.MethodGet, emulator.Path, "wrong")
	testkit.Diff(t, map[string]int{local: 1}, api.Stats().Failed)
}

// What the API, or the CDN before it, answers to any key.
func TestFaults(t *testing.T) {
	t.Parallel()
	api := start(emulator.Options{Keys: []emulator.Key{shop()}})
	for _, tc := range []struct {
		fault      emulator.Fault
		want, wait string // the answer in short, and how long to wait
	}{
		{emulator.SwitchedOff, "403 API_DISABLED", ""},
		{emulator.Unverified, "503 AUTH_UNAVAILABLE", "5"},
		{emulator.RetryAfter(429, "60"), "429 RATE_LIMIT_EXCEEDED", "60"},
	} {
		api.Always(tc.fault)
		testkit.Diff(t, []string{tc.want}, validate(t, api, "shop-key"))
		testkit.Diff(t, tc.wait, send(t.Context(), api, http.MethodGet, emulator.Path, "shop-key").Header().Get("Retry-After"))
	}
	for _, status := range []int{403, 503, 522} {
		api.Next(emulator.CDN(status))
		got := send(t.Context(), api, http.MethodGet, emulator.Path, "shop-key")
		testkit.Diff(t, status, got.Code)
		testkit.Diff(t, true, strings.HasSuffix(got.Header().Get("CF-Ray"), "-MRS"))
		testkit.Diff(t, "text/html; charset=UTF-8", got.Header().Get("Content-Type"))
		testkit.Diff(t, "", got.Header().Get("X-Request-Id"))
	}
}
