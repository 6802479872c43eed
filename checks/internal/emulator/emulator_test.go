package emulator_test

import (
	"encoding/json"
	"net/http"
	"sync"
	"testing"
	"time"

	"flexy-key-check/checks/internal/emulator"
	"flexy-key-check/checks/internal/testkit"
)

func TestLockout(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := start(t, emulator.Options{Now: clock.Now, Keys: []emulator.Key{shop()}})

	// Neither a success nor a missing key changes the count.
	testkit.Diff(t, []string{"401 INVALID_ACCESS_TOKEN 4 left", "401 INVALID_ACCESS_TOKEN 3 left"}, s.verdicts(t, "wrong", 2))
	testkit.Diff(t, "200", s.verdict(t, "shop-key"))
	testkit.Diff(t, "400 MISSING_ACCESS_TOKEN", s.verdict(t, ""))
	clock.Advance(24 * time.Hour)
	testkit.Diff(t, []string{
		"401 INVALID_ACCESS_TOKEN 2 left", "401 INVALID_ACCESS_TOKEN 1 left",
		"401 INVALID_ACCESS_TOKEN 0 left", "403 IP_BLOCKED",
	}, s.verdicts(t, "wrong", 4))

	// The block holds for every key and for none, and is not prolonged.
	clock.Advance(emulator.BlockTime - 1)
	testkit.Diff(t, []string{"403 IP_BLOCKED", "403 IP_BLOCKED", "403 IP_BLOCKED"},
		[]string{s.verdict(t, "shop-key"), s.verdict(t, ""), s.verdict(t, "wrong")})
	clock.Advance(1)
	testkit.Diff(t, "200", s.verdict(t, "shop-key"))
	testkit.Diff(t, "401 INVALID_ACCESS_TOKEN 4 left", s.verdict(t, "wrong"))

	testkit.Diff(t, 4, s.Stats().Blocked)
	testkit.Diff(t, map[string]int{loopback: 6}, s.Stats().Failed)
}

func TestLockoutPerAddress(t *testing.T) {
	t.Parallel()
	var caller string // set between requests
	s := start(t, emulator.Options{
		Keys:     []emulator.Key{shop()},
		ClientIP: func(*http.Request) string { return caller },
	})
	s.Fail("::ffff:203.0.113.45", 3)
	s.Fail("198.51.100.23", 9)

	var got []string
	for _, caller = range []string{runner, "::ffff:203.0.113.45", "198.51.100.23", "2001:db8::1", "a proxy"} {
		got = append(got, s.verdict(t, "wrong"))
	}
	testkit.Diff(t, []string{
		"401 INVALID_ACCESS_TOKEN 1 left", "401 INVALID_ACCESS_TOKEN 0 left", "403 IP_BLOCKED",
		"401 INVALID_ACCESS_TOKEN 4 left", "401 INVALID_ACCESS_TOKEN 4 left",
	}, got)
	testkit.Diff(t, map[string]int{runner: 2, "2001:db8::1": 1, "a proxy": 1}, s.Stats().Failed)
}

func TestStats(t *testing.T) {
	t.Parallel()
	const callers = 8
	s := start(t, emulator.Options{Keys: []emulator.Key{shop()}})
	var arrived, all sync.WaitGroup
	arrived.Add(callers)
	s.Always(func(*emulator.API, http.ResponseWriter, *http.Request) bool {
		arrived.Done()
		arrived.Wait() // all of them are under way
		return false
	})
	bodies := make(chan string, callers)
	for i := range callers {
		all.Go(func() {
			got, err := s.send(t, http.MethodGet, emulator.Path, []string{"shop-key", "wrong"}[i%2])
			if err != nil {
				t.Error(err)
			}
			bodies <- got.body
		})
	}
	all.Wait()
	close(bodies)
	testkit.Diff(t, callers, len(requestIDs(t, bodies)))

	want := emulator.Stats{
		Requests: callers, Peak: callers,
		ByKey:  map[string]int{"shop-key": callers / 2, "wrong": callers / 2},
		Failed: map[string]int{loopback: callers / 2},
	}
	got := s.Stats()
	testkit.Diff(t, want, got)
	got.ByKey["shop-key"], got.Failed[loopback] = 99, 99 // a copy
	testkit.Diff(t, want, s.Stats())
}

// requestIDs is the set of the ids of some answers.
func requestIDs(t *testing.T, bodies <-chan string) map[string]bool {
	t.Helper()
	ids := map[string]bool{}
	for body := range bodies {
		var doc struct{ RequestID string }
		if err := json.Unmarshal([]byte(body), &doc); err != nil {
			t.Errorf("body %q: %v", body, err)
		}
		ids[doc.RequestID] = true
	}
	return ids
}
