package app_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks/internal/emulator"
)

const here = "127.0.0.1"

// Wrong keys end a run before the address is blocked, whatever has failed there
// before; the others are passed over, and named at once.
func TestManyWrongKeys(t *testing.T) {
	t.Parallel()
	for before, failures := range []int{3, 2, 1} {
		t.Run(fmt.Sprint(before, " failures before"), func(t *testing.T) {
			t.Parallel()
			f := fleetOf(300, noneGood)
			s := f.serve(t)
			s.Fail(here, before)
			r := f.action(t, s, nil).run(t)
			if stats := s.Stats(); stats.Failed[here] != failures || stats.Requests != failures || stats.Peak != 1 {
				t.Errorf("%+v, want %d failures", stats, failures)
			}
			verdicts := r.result(t).verdicts(t)
			if r.code != 1 || r.outputs()["verdict"] != "invalid" || verdicts["invalid"] != failures || verdicts["skipped"] != 300-failures {
				t.Errorf("exit code %d, verdict %s, %v", r.code, r.outputs()["verdict"], verdicts)
			}
			rejected := 0
			for _, remark := range r.remarkList() {
				held := fmt.Sprintf("%d keys: skipped", 300-failures)
				switch {
				case strings.HasSuffix(remark.Title, ": invalid"):
					rejected++
					if i := slices.Index(f.names(), strings.TrimSuffix(remark.Title, ": invalid")); i < 0 || remark.Place != f.line(i, "env") {
						t.Errorf("%+v", remark)
					}
				case remark.Title != held || remark.Level != "error" || !strings.HasPrefix(remark.Message, "of key 00") || strings.Count(remark.Message, "key ") < 100:
					t.Errorf("%+v", remark)
				}
			}
			if got := len(r.remarkList()); rejected != failures || got != failures+1 {
				t.Errorf("%d remarks, %d of keys that are wrong", got, rejected)
			}
		})
	}
}

// A block that begins while the run is under way ends it.
func TestManyBlockedHalfway(t *testing.T) {
	t.Parallel()
	for _, status := range []int{401, 403} {
		f := fleetOf(40, allGood)
		s := f.serve(t)
		s.Always(emulator.Chain(emulator.Latency(10*time.Millisecond), nth(10, true, emulator.Error(status, emulator.CodeBlocked, "blocked", nil))))
		p := f.action(t, s, map[string]string{"on-unavailable": "warn"})
		r := p.run(t)
		verdicts := r.result(t).verdicts(t)
		if s.sends() > 13 || verdicts["pass"] != 10 || verdicts["blocked"] != s.sends()-10 || verdicts["skipped"] != 40-s.sends() {
			t.Errorf("%d: %d sends, %v", status, s.sends(), verdicts)
		}
		// The block is softened, that keys were held back is not.
		if r.code != 3 || r.outputs()["verdict"] != "blocked" {
			t.Errorf("%d: exit code %d, verdict %s", status, r.code, r.outputs()["verdict"])
		}
	}
}

// Without answers nobody knows what has failed: the guard takes it that all has.
func TestManyWithoutAnswers(t *testing.T) {
	t.Parallel()
	minute := emulator.Latency(time.Minute)
	for title, tt := range map[string]struct {
		fault   emulator.Fault
		given   map[string]string
		sends   int
		skipped int // at least
	}{
		"dropped":                  {emulator.Drop, nil, 3, 27},
		"reset":                    {emulator.Reset, nil, 3, 27},
		"lost, and counted":        {emulator.Lose, nil, 3, 27},
		"dropped after a good one": {nth(1, true, emulator.Drop), nil, 4, 26},
		"lost after a good one":    {nth(1, true, emulator.Lose), nil, 4, 26},
		"no answer in time":        {minute, map[string]string{"timeout": "1s"}, 1, 0},
		"none after a good one":    {nth(1, true, minute), map[string]string{"timeout": "1s"}, 4, 0},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			f := fleetOf(30, func(i int) bool { return i == 0 })
			s := f.serve(t)
			s.Always(tt.fault)
			began := time.Now()
			r := f.action(t, s, tt.given).run(t)
			verdicts := r.result(t).verdicts(t)
			if s.sends() > tt.sends || s.Stats().Failed[here] > 3 || verdicts["skipped"] < tt.skipped || verdicts["pass"] > 1 {
				t.Errorf("%d sends, %v, %+v", s.sends(), verdicts, s.Stats())
			}
			if took := time.Since(began); r.code != 3 || r.outputs()["verdict"] != "unavailable" || took > 20*time.Second {
				t.Errorf("exit code %d, verdict %s, took %v", r.code, r.outputs()["verdict"], took)
			}
		})
	}
}

// Keys that must be revoked cost an attempt each, and go last.
func TestManyRevokedGoLast(t *testing.T) {
	t.Parallel()
	for _, wrong := range []int{0, 1, 3} {
		t.Run(fmt.Sprint(wrong, " wrong keys"), func(t *testing.T) {
			t.Parallel()
			f, l := &fleet{}, &arrivals{}
			f.add(numbered(0), false, "state: revoked")
			f.add(numbered(1), false, "state: revoked")
			for i := 2; i < 14; i++ {
				f.add(numbered(i), i < 14-wrong, "type: PRODUCTION")
			}
			s := f.serve(t)
			slow := byKey(map[int]emulator.Fault{13: emulator.Latency(300 * time.Millisecond)})
			s.Always(l.then(emulator.Chain(slow, emulator.Latency(5*time.Millisecond))))
			r := f.action(t, s, nil).run(t)
			verdicts, last := r.result(t).verdicts(t), l.keys[max(len(l.keys)-2, 0):]
			switch wrong {
			case 0:
				slices.Sort(last)
				if diff := cmp.Diff([]string{numbered(0), numbered(1)}, last); diff != "" || r.code != 0 || verdicts["pass"] != 14 {
					t.Errorf("exit code %d, %v, the last keys (-want +got):\n%s", r.code, verdicts, diff)
				}
				if wait := l.times[12].Sub(l.times[slices.Index(l.keys, numbered(13))]); wait < 300*time.Millisecond {
					t.Errorf("the first of them went %v after the slowest, before its answer", wait)
				}
			case 1: // one of the two goes
				if s.Stats().Failed[here] > 3 || r.code != 1 || verdicts["invalid"] != 1 {
					t.Errorf("exit code %d, %v, %+v", r.code, verdicts, s.Stats())
				}
			case 3:
				if s.Stats().Failed[here] > 3 || r.code != 1 || slices.Contains(l.keys, numbered(0)) || slices.Contains(l.keys, numbered(1)) || verdicts["skipped"] < 2 {
					t.Errorf("exit code %d, %v, %+v", r.code, verdicts, s.Stats())
				}
			}
		})
	}
}

// Good and wrong keys in any order, answers out of order, and faults between:
// from an address with at most one failure before, it is never blocked.
func TestManyInAnyOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 2)) // #nosec G404 -- an order, no secret
			share, before := random.IntN(10), random.IntN(2)
			f := fleetOf(24, func(int) bool { return random.IntN(10) < share })
			s := f.serve(t)
			s.Fail(here, before)
			for range 80 {
				fault := emulator.Latency(time.Duration(random.IntN(25)) * time.Millisecond)
				if seed >= 20 && random.IntN(10) == 0 {
					further := []emulator.Fault{emulator.Drop, emulator.Lose, emulator.Status(500), emulator.Status(429), emulator.Reset}
					fault = emulator.Chain(fault, further[random.IntN(len(further))])
				}
				s.Next(fault)
			}
			r := f.action(t, s, nil).run(t)
			stats, verdicts := s.Stats(), r.result(t).verdicts(t)
			if stats.Failed[here]+before >= emulator.MaxAttempts || stats.Failed[here] > 3 || stats.Blocked > 0 || stats.Peak > 3 {
				t.Errorf("with %d failures before: %+v", before, stats)
			}
			for key, n := range stats.ByKey {
				if n > 2 {
					t.Errorf("%s was sent %d times", key, n)
				}
			}
			if verdicts["invalid"] > 3 || verdicts["invalid"] > 0 && r.code != 1 || verdicts["pass"] == 24 != (r.code == 0) || verdicts["mismatch"]+verdicts["blocked"] > 0 {
				t.Errorf("exit code %d, %v", r.code, verdicts)
			}
			if seed < 20 && verdicts["invalid"] == 0 && verdicts["pass"] < 24 {
				t.Errorf("a good key was held back: %v", verdicts)
			}
		})
	}
}
