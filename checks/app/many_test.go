package app_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"flexy-key-check/checks/internal/emulator"
)

// A many is a policy of n keys, made by the number of each.
type many struct {
	n     int
	value func(i int) string // of the key
	entry string             // further lines of each entry
}

// program is a run with that policy, against an API where the good keys exist.
func (m many) program(t *testing.T, s *server) program {
	t.Helper()
	var b strings.Builder
	b.WriteString("keys:\n")
	vars := map[string]string{}
	for i := range m.n {
		fmt.Fprintf(&b, "  - name: key %d\n    env: FLEXY_KEY_%d\n    type: PRODUCTION\n%s", i, i, m.entry)
		vars[fmt.Sprintf("FLEXY_KEY_%d", i)] = m.value(i)
	}
	workspace, name := policyFile(t, b.String())
	p := action(t, s.URL, map[string]string{"api-key": "", "environment": "", "policy": name})
	p.vars["GITHUB_WORKSPACE"] = workspace
	maps.Copy(p.vars, vars)
	p.secrets = slices.Compact(slices.Sorted(maps.Values(vars)))
	p.secrets = p.secrets[:min(len(p.secrets), 4)] // looking for 300 takes a while
	return p
}

// fresh is a key that no other is like, and goodFresh one that the API knows.
func fresh(i int) string { return fmt.Sprintf("sk_live_%08xQz%08x", i*2654435761, i*40503+7) }

func goodFresh(n int) []emulator.Key {
	var keys []emulator.Key
	for i := range n {
		key := goodKey()
		key.Text, key.Echo = fresh(i), ""
		keys = append(keys, key)
	}
	return keys
}

// However many keys are wrong, the address is not blocked.
func TestManyWrong(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		n, before int // failed attempts of somebody else
		most      int // failed attempts that are allowed
	}{
		"one key":               {1, 0, 1},
		"300 keys":              {300, 0, 3},
		"one failure before":    {30, 1, 3},
		"two failures before":   {30, 2, 3},
		"three failures before": {30, 3, 1},
		"four failures before":  {30, 4, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			s.Fail("127.0.0.1", tt.before)
			r := many{n: tt.n, value: fresh}.program(t, s).run(t)
			stats := s.Stats()
			if stats.Failed["127.0.0.1"] > tt.most || stats.Blocked > 0 || stats.Requests > tt.most {
				t.Errorf("%d failed attempts, %d requests, %d of them blocked", stats.Failed["127.0.0.1"], stats.Requests, stats.Blocked)
			}
			if r.code != 1 || r.outputs()["verdict"] != "invalid" {
				t.Errorf("exit code %d, verdict %s", r.code, r.outputs()["verdict"])
			}
		})
	}
}

// Good keys are asked about three at a time once one is known to be good.
func TestManyGood(t *testing.T) {
	t.Parallel()
	const n = 60
	s := serve(t, goodFresh(n)...)
	s.Always(emulator.Latency(20 * time.Millisecond))
	r := many{n: n, value: fresh}.program(t, s).run(t)
	if stats := s.Stats(); r.code != 0 || stats.Requests != n || stats.Peak > 3 {
		t.Errorf("exit code %d, %d requests, %d at a time", r.code, stats.Requests, stats.Peak)
	}
}

func TestManyMixed(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("order ", seed), func(t *testing.T) {
			t.Parallel()
			const n = 24
			s := serve(t, goodFresh(n/2)...)
			random := rand.New(rand.NewPCG(seed, 1)) // #nosec G404 -- an order, no secret
			s.Fail("127.0.0.1", int(seed%3))
			for range n {
				s.Next(emulator.Latency(time.Duration(random.IntN(20)) * time.Millisecond))
			}
			order := random.Perm(n)
			r := many{n: n, value: func(i int) string { return fresh(order[i]) }}.program(t, s).run(t)
			if stats := s.Stats(); r.code != 1 || stats.Blocked > 0 || stats.Failed["127.0.0.1"] > 3 || stats.Peak > 3 {
				t.Errorf("exit code %d, %+v", r.code, stats)
			}
		})
	}
}

// The guard ends a run as soon as the API says that little is left, and nobody
// can tell of the keys that it kept back.
func TestManyGuarded(t *testing.T) {
	t.Parallel()
	unknown := emulator.Drop
	for name, tt := range map[string]struct {
		api     func(*emulator.API)
		most    int // sends
		code    int
		verdict string
	}{
		"one attempt left":   {rejected("INVALID_ACCESS_TOKEN", 1), 1, 1, "invalid"},
		"blocked":            {blocked, 1, 3, "blocked"},
		"no answer for ever": {always(unknown), 4, 3, "unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			tt.api(s.API)
			p := many{n: 20, value: fresh}.program(t, s)
			p.vars["INPUT_ON-UNAVAILABLE"] = "warn" // never softens the guard
			r := p.run(t)
			if r.code != tt.code || s.sends() > tt.most || r.outputs()["verdict"] != tt.verdict {
				t.Errorf("exit code %d, verdict %s, %d sends", r.code, r.outputs()["verdict"], s.sends())
			}
		})
	}
}

// Equal keys are sent once, and each of them is told.
func TestManyEqual(t *testing.T) {
	t.Parallel()
	s := serve(t)
	r := many{n: 10, value: func(int) string { return theKey }}.program(t, s).run(t)
	if got := len(r.annotations()); r.code != 1 || s.sends() != 1 || got != most || r.outputs()["verdict"] != "mismatch" {
		t.Errorf("exit code %d, %d sends, %d annotations", r.code, s.sends(), got)
	}
}

// A panic in one of many is a fault of that key, and no pass of the run.
func TestManyPanics(t *testing.T) {
	t.Parallel()
	for n := range 8 {
		t.Run(fmt.Sprint("after call ", n), func(t *testing.T) {
			t.Parallel()
			s := serve(t, goodFresh(4)...)
			p := many{n: 4, value: fresh}.program(t, s)
			calls := make(chan struct{}, n)
			p.now = func() time.Time {
				select {
				case calls <- struct{}{}:
					return today
				default:
					panic("the clock holds " + fresh(1))
				}
			}
			r := p.run(t)
			if r.code != 3 || r.outputs()["verdict"] != "unavailable" {
				t.Errorf("exit code %d, verdict %s", r.code, r.outputs()["verdict"])
			}
		})
	}
}
