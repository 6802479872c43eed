package app_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"flexy-key-check/checks/internal/test/emulator"
	"flexy-key-check/checks/internal/test/testkit"
)

// A counter is an address as the API sees it. Its answers to wrong keys replace the
// emulator's, so that a test rests on what it counts itself.
type counter struct {
	limit  int            // failed attempts that block
	resets bool           // by a success
	tells  emulator.Place // where a 401 says how many attempts are left

	mu     sync.Mutex
	count  int      // failed attempts
	failed int      // those of the run
	sends  []string // in order: the last digits of the key, and "balance"
}

// answers returns a fault that answers as the API does to all but good keys.
func (c *counter) answers(good []emulator.Key) emulator.Fault {
	return func(api *emulator.API, w http.ResponseWriter, r *http.Request) bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		key := r.Header.Get(emulator.Header)
		send := key[max(0, len(key)-4):]
		if r.URL.Path == emulator.BalancePath {
			send += " balance"
		}
		c.sends = append(c.sends, send)
		switch {
		case c.count >= c.limit:
			return emulator.Error(403, emulator.CodeBlocked, "Your IP has been temporarily blocked", nil)(api, w, r)
		case slices.ContainsFunc(good, func(k emulator.Key) bool { return k.Text == key }):
			if c.resets {
				c.count = 0
			}
			return false
		}
		c.count++
		c.failed++
		message, details := "The provided access token is invalid", map[string]any{}
		switch c.tells {
		case emulator.InDetails:
			details["attemptsLeft"] = c.limit - c.count
		case emulator.InMessage:
			message += fmt.Sprintf(". %d attempts left", c.limit-c.count)
		}
		return emulator.Error(401, emulator.CodeInvalid, message, details)(api, w, r)
	}
}

// losing returns a fault that sometimes loses a request, or its answer, or fails.
func losing(random *rand.Rand, answers emulator.Fault) emulator.Fault {
	var mu sync.Mutex
	return func(api *emulator.API, w http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		what := random.IntN(16)
		mu.Unlock()
		switch what {
		case 0:
			return emulator.Drop(api, w, r)
		case 1:
			answers(api, httpDiscard{}, r)
			return emulator.Reset(api, w, r)
		case 2:
			return emulator.Status(503)(api, w, r)
		case 3:
			return emulator.Status(429)(api, w, r)
		}
		return answers(api, w, r)
	}
}

// httpDiscard is a ResponseWriter for an answer that nobody gets.
type httpDiscard struct{}

func (httpDiscard) Header() http.Header         { return http.Header{} }
func (httpDiscard) Write(p []byte) (int, error) { return len(p), nil }
func (httpDiscard) WriteHeader(int)             {}

// Good and wrong keys, balances and revoked keys in hundreds of orders, on addresses
// with earlier failures: none is blocked where the package comment of lockout says so.
func TestManyNeverBlock(t *testing.T) {
	t.Parallel()
	for seed := range uint64(240) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 2)) // #nosec G404 -- an order, no secret
			loses := seed%4 == 0
			places := []emulator.Place{emulator.Nowhere, emulator.InDetails, emulator.InMessage}
			c := &counter{limit: 5, resets: random.IntN(2) == 0, tells: places[random.IntN(3)]}
			earlier := random.IntN(2)
			if c.tells != emulator.Nowhere && !loses {
				earlier = random.IntN(4)
			}
			if random.IntN(4) == 0 {
				c.limit = 20
				c.count = 15
			}
			c.count += earlier
			f, share, revoked := &fleet{}, random.IntN(10), 0
			for i := range 12 {
				lines := []string{"type: PRODUCTION"}
				switch what := random.IntN(6); {
				case what == 0 && revoked < 2:
					revoked++
					lines = []string{"state: revoked"}
				case what == 1:
					lines = append(lines, "min-balance: 5000")
				}
				f.add(numbered(i), random.IntN(10) < share, lines...)
			}
			s := f.serve(t)
			answers := c.answers(f.good)
			if loses {
				answers = losing(random, answers)
			}
			s.Always(answers)
			r := f.action(t, s, pairs("timeout", "5s")).run(t)
			stats, verdicts := s.Stats(), r.result(t).verdicts(t)
			if c.count >= c.limit || stats.Peak > 1 || verdicts["blocked"] > 0 {
				t.Errorf("%d earlier failures, %+v: %+v, %v", earlier, c, stats, verdicts)
			}
			if !loses && (c.failed > 3 || c.failed == 0 && verdicts["skipped"] > 0) {
				t.Errorf("%d failed attempts, %v", c.failed, verdicts)
			}
			if verdicts["skipped"]+verdicts["unavailable"] > 0 && r.code == 0 {
				t.Errorf("exit code %d, %v", r.code, verdicts)
			}
			for key, n := range stats.ByKey {
				if n > 4 {
					t.Errorf("%s was sent %d times", key, n)
				}
			}
		})
	}
}

// The order of sends: keys, their balances, and the keys that must be revoked, unless
// another entry wants them alive.
func TestManyOrder(t *testing.T) {
	t.Parallel()
	f := &fleet{}
	f.add(numbered(0), false, "state: revoked")
	f.add(numbered(1), true, "state: revoked")
	f.add(numbered(2), true, "type: PRODUCTION", "min-balance: 5000")
	f.add(numbered(3), true, "type: PRODUCTION")
	f.add(numbered(1), false, "type: PRODUCTION", "min-balance: 5000")
	f.add(numbered(4), false, "type: PRODUCTION")
	c, s := &counter{limit: 5, tells: emulator.InDetails}, f.serve(t)
	s.Always(c.answers(f.good))
	f.action(t, s, nil).run(t)
	testkit.Diff(t, []string{"0001", "0002", "0003", "0004", "0001 balance", "0002 balance", "0000"}, c.sends)
}

// What wrong keys cost, and what they leave of others.
func TestManyWrongKeys(t *testing.T) {
	t.Parallel()
	type entry struct {
		good  bool
		lines string
	}
	const alive, dead = "type: PRODUCTION", "state: revoked"
	good, wrong, revoked := entry{true, alive}, entry{false, alive}, entry{false, dead}
	for name, tt := range map[string]struct {
		earlier  int
		entries  []entry
		failed   int
		code     int
		verdicts map[string]int
	}{
		"one":                              {0, []entry{wrong}, 1, 1, map[string]int{"invalid": 1}},
		"300":                              {0, slices.Repeat([]entry{wrong}, 300), 3, 1, map[string]int{"invalid": 3, "skipped": 297}},
		"300, one earlier failure":         {1, slices.Repeat([]entry{wrong}, 300), 2, 1, map[string]int{"invalid": 2, "skipped": 298}},
		"300, two earlier failures":        {2, slices.Repeat([]entry{wrong}, 300), 1, 1, map[string]int{"invalid": 1, "skipped": 299}},
		"a good one, two earlier failures": {2, []entry{good, wrong, wrong, wrong, wrong}, 1, 1, map[string]int{"pass": 1, "invalid": 1, "skipped": 3}},
		"revoked":                          {0, []entry{revoked, good, revoked}, 2, 0, map[string]int{"pass": 3}},
		"revoked, three earlier failures":  {3, []entry{good, revoked, revoked}, 1, 3, map[string]int{"pass": 2, "skipped": 1}},
		"revoked after wrong ones":         {0, []entry{revoked, revoked, wrong, wrong, wrong}, 3, 1, map[string]int{"invalid": 3, "skipped": 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &fleet{}
			for i, e := range tt.entries {
				f.add(numbered(i), e.good, e.lines)
			}
			c, s := &counter{limit: 5, count: tt.earlier, tells: emulator.InDetails}, f.serve(t)
			s.Always(c.answers(f.good))
			r := f.action(t, s, pairs("on-unavailable", "warn")).run(t)
			verdicts := r.result(t).verdicts(t)
			testkit.Diff(t, tt.verdicts, verdicts)
			if c.failed != tt.failed || r.code != tt.code {
				t.Errorf("%d failed attempts, exit code %d", c.failed, r.code)
			}
			// The address still works, for this key or another.
			next := &fleet{}
			next.add(numbered(9), true, alive)
			s.Set(next.good...)
			s.Always(c.answers(next.good))
			if r := next.action(t, s, nil).run(t); r.code != 0 {
				t.Errorf("the next run: exit code %d, %v", r.code, r.result(t).verdicts(t))
			}
		})
	}
}

// If something on the way drops the header, nothing more is sent, because each key
// would be lost in the same way.
func TestManyHeaderLost(t *testing.T) {
	t.Parallel()
	f := &fleet{}
	f.add(numbered(0), true, "type: PRODUCTION", "min-balance: 5000")
	f.add(numbered(1), true, "type: PRODUCTION")
	f.add(numbered(2), true, "type: PRODUCTION")
	f.add(numbered(3), false, "state: revoked")
	s := f.serve(t)
	missing := emulator.Error(401, emulator.CodeMissing, "Access token is required", nil)
	s.Always(byKey(map[int]emulator.Fault{1: missing, 2: missing, 3: missing}))
	r := f.action(t, s, pairs("on-unavailable", "warn")).run(t)
	keys := r.result(t).Keys
	if s.Stats().Requests != 2 || r.code == 0 {
		t.Errorf("%d requests, exit code %d", s.Stats().Requests, r.code)
	}
	for _, k := range keys[1:] {
		if k.Verdict != "unavailable" || k.Message != keys[1].Message || !strings.Contains(k.Message, "MISSING_ACCESS_TOKEN") {
			t.Errorf("%s: %s, %q", k.Name, k.Verdict, k.Message)
		}
	}
}
