package emulator_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"flexy-key-check/checks/internal/test/emulator"
	"flexy-key-check/checks/internal/test/testkit"
)

const (
	local  = "192.0.2.1" // the caller's address in requests of net/http/httptest
	runner = "203.0.113.45"
)

var epoch = time.Date(2025, 10, 29, 1, 0, 0, 5e6, time.FixedZone("", 3600))

// shop returns the key of the vendor's examples.
func shop() emulator.Key {
	return emulator.Key{
		Text: "shop-key", Echo: "ea27b376", Username: "+213665983439",
		Enabled: true, Type: "PRODUCTION", Scope: "READ-WRITE", Balance: "1326.13",
	}
}

func start(opts emulator.Options) *emulator.API {
	if opts.Now == nil {
		opts.Now = func() time.Time { return epoch }
	}
	return emulator.New(opts)
}

// send makes a request, without the header if the key is blank.
func send(ctx context.Context, api *emulator.API, method, path, key string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, method, path, nil)
	if key != "" {
		r.Header.Set(emulator.Header, key)
	}
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	return w
}

// validate sends keys in turn and returns the answers in short, such as
// "401 INVALID_ACCESS_TOKEN 4 left", wherever that number is.
func validate(t *testing.T, api *emulator.API, keys ...string) []string {
	t.Helper()
	var out []string
	for _, key := range keys {
		w := send(t.Context(), api, http.MethodGet, emulator.Path, key)
		var doc struct {
			Error struct {
				Code, Message string
				AttemptsLeft  *int
				Details       struct{ AttemptsLeft *int }
			}
		}
		testkit.NoError(t, json.Unmarshal(w.Body.Bytes(), &doc))
		short := strings.TrimSpace(fmt.Sprint(w.Code, " ", doc.Error.Code))
		var inMessage *int
		if at := regexp.MustCompile(`\. (\d+) attempts left`).FindStringSubmatch(doc.Error.Message); at != nil {
			n, err := strconv.Atoi(at[1])
			testkit.NoError(t, err)
			inMessage = &n
		}
		for _, left := range []*int{doc.Error.Details.AttemptsLeft, doc.Error.AttemptsLeft, inMessage} {
			if left != nil {
				short += fmt.Sprintf(" %d left", *left)
			}
		}
		out = append(out, short)
	}
	return out
}

func TestLockout(t *testing.T) {
	t.Parallel()
	for _, place := range []emulator.Place{emulator.InDetails, emulator.InError, emulator.InMessage, emulator.Nowhere} {
		for _, resets := range []bool{false, true} {
			t.Run(fmt.Sprint(place, resets), func(t *testing.T) {
				t.Parallel()
				testLockout(t, emulator.Lockout{Attempts: 5, Count: place, Resets: resets})
			})
		}
	}
}

func testLockout(t *testing.T, lockout emulator.Lockout) {
	t.Helper()
	now := epoch
	api := start(emulator.Options{Now: func() time.Time { return now }, Lockout: lockout, Keys: []emulator.Key{shop()}})
	const missing, blocked = "401 MISSING_ACCESS_TOKEN", "403 IP_BLOCKED"
	refused := func(left int) string {
		if lockout.Count == emulator.Nowhere {
			return "401 INVALID_ACCESS_TOKEN"
		}
		return fmt.Sprintf("401 INVALID_ACCESS_TOKEN %d left", left)
	}

	// A missing key and time change nothing, and a success may.
	testkit.Diff(t, []string{refused(4), refused(3), missing}, validate(t, api, "wrong", "wrong", ""))
	now = now.Add(24 * time.Hour)
	testkit.Diff(t, []string{refused(2), "200"}, validate(t, api, "wrong", "shop-key"))
	if lockout.Resets {
		testkit.Diff(t, []string{refused(4), refused(3), refused(2)}, validate(t, api, "wrong", "wrong", "wrong"))
	}
	testkit.Diff(t, []string{refused(1), refused(0), blocked}, validate(t, api, "wrong", "wrong", "wrong"))

	// The block applies to every key and to none, and is not prolonged.
	now = now.Add(emulator.BlockTime - 1)
	testkit.Diff(t, []string{blocked, blocked, blocked}, validate(t, api, "shop-key", "", "wrong"))
	now = now.Add(1)
	testkit.Diff(t, []string{"200", refused(4)}, validate(t, api, "shop-key", "wrong"))
	testkit.Diff(t, 4, api.Stats().Blocked)
	testkit.Diff(t, map[string]int{local: map[bool]int{false: 6, true: 9}[lockout.Resets]}, api.Stats().Failed)
}

// The two accounts of the lockout.
func TestDefaultLockout(t *testing.T) {
	t.Parallel()
	for documented, want := range map[bool]emulator.Lockout{true: emulator.DocumentedLockout, false: emulator.SeenLockout} {
		api := start(emulator.Options{Documented: documented})
		for left := want.Attempts - 1; left >= 0; left-- {
			testkit.Diff(t, []string{fmt.Sprintf("401 INVALID_ACCESS_TOKEN %d left", left)}, validate(t, api, "wrong"))
		}
		testkit.Diff(t, []string{"403 IP_BLOCKED"}, validate(t, api, "wrong"))
	}
}

func TestLockoutPerAddress(t *testing.T) {
	t.Parallel()
	var caller string
	api := start(emulator.Options{Documented: true, ClientIP: func(*http.Request) string { return caller }})
	api.Fail("::ffff:203.0.113.45", 3)
	api.Fail("198.51.100.23", 9)

	var got []string
	for _, caller = range []string{runner, "::ffff:203.0.113.45", "198.51.100.23", "2001:db8::1", "a proxy"} {
		got = append(got, validate(t, api, "wrong")...)
	}
	testkit.Diff(t, []string{
		"401 INVALID_ACCESS_TOKEN 1 left", "401 INVALID_ACCESS_TOKEN 0 left", "403 IP_BLOCKED",
		"401 INVALID_ACCESS_TOKEN 4 left", "401 INVALID_ACCESS_TOKEN 4 left",
	}, got)
	testkit.Diff(t, map[string]int{runner: 2, "2001:db8::1": 1, "a proxy": 1}, api.Stats().Failed)
}

func TestStats(t *testing.T) {
	t.Parallel()
	const callers = 8
	api := start(emulator.Options{Keys: []emulator.Key{shop()}})
	var arrived, all sync.WaitGroup
	arrived.Add(callers)
	api.Always(func(*emulator.API, http.ResponseWriter, *http.Request) bool {
		arrived.Done()
		arrived.Wait() // until all of them are under way
		return false
	})
	var ids sync.Map
	for i := range callers {
		all.Go(func() {
			id := send(t.Context(), api, http.MethodGet, emulator.Path, []string{"shop-key", "wrong"}[i%2]).Header().Get("X-Request-Id")
			if _, seen := ids.Swap(id, true); seen || id == "" {
				t.Errorf("the request ID is missing or not unique: %s", id)
			}
		})
	}
	all.Wait()

	want := emulator.Stats{
		Requests: callers, Peak: callers,
		ByKey:  map[string]int{"shop-key": callers / 2, "wrong": callers / 2},
		Failed: map[string]int{local: callers / 2},
	}
	got := api.Stats()
	testkit.Diff(t, want, got)
	got.ByKey["shop-key"], got.Failed[local] = 99, 99 // a copy
	testkit.Diff(t, want, api.Stats())
}
