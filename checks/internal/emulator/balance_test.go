package emulator_test

import (
	"flexy-key-check/checks/internal/testkit"
	"net/http"
	"testing"

	"flexy-key-check/checks/internal/emulator"
)

// The second endpoint tells the balance, and judges and counts as the first does.
func TestBalance(t *testing.T) {
	t.Parallel()
	rich := shop()
	rich.Balance = "1326.13"
	s := start(t, emulator.Options{Keys: []emulator.Key{rich, {Text: "poor-key"}}})
	ask := func(key string) reply {
		got, err := s.send(t, http.MethodGet, emulator.BalancePath, key)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	testkit.Diff(t, `{"success":true,"data":{"balance":1326.13},"meta":{"timestamp":"2025-10-29T00:00:00.005Z"},"requestId":"req_000001"}`, ask(rich.Text).body)
	testkit.Diff(t, `{"success":true,"data":{"balance":0},"meta":{"timestamp":"2025-10-29T00:00:00.005Z"},"requestId":"req_000002"}`, ask("poor-key").body)
	testkit.Diff(t, []int{400, 401}, []int{ask("").status, ask("wrong").status})
	testkit.Diff(t, "401 INVALID_ACCESS_TOKEN 3 left", s.verdict(t, "wrong"))
	testkit.Diff(t, map[string]int{loopback: 2}, s.Stats().Failed)

	// A fault of one endpoint leaves the other alone.
	s.Always(emulator.On(emulator.BalancePath, emulator.Status(503)))
	testkit.Diff(t, []int{503, 200}, []int{ask(rich.Text).status, s.validate(t, rich.Text).status})
}
