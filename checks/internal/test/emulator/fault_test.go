package emulator_test

import (
	"context"
	"net/http"
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
	testkit.Diff(t, []string{"500 INTERNAL_SERVER_ERROR", "200", "401 INVALID_ACCESS_TOKEN", "503 SERVICE_UNAVAILABLE", "503 SERVICE_UNAVAILABLE"},
		validate(t, api, "shop-key", "shop-key", "shop-key", "shop-key", "shop-key"))
	api.Always(nil)
	testkit.Diff(t, []string{"200"}, validate(t, api, "shop-key"))
	api.Revoke("shop-key")
	testkit.Diff(t, []string{"401 INVALID_ACCESS_TOKEN 4 left"}, validate(t, api, "shop-key"))
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
