package app_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks/internal/test/emulator"
)

// clientIP is the address that the tests' requests come from.
const clientIP = "127.0.0.1"

// Keys that must be revoked cost an attempt each, so they go last.
func TestManyRevokedGoLast(t *testing.T) {
	t.Parallel()
	for _, wrong := range []int{0, 3} {
		t.Run(fmt.Sprint(wrong, " wrong keys"), func(t *testing.T) {
			t.Parallel()
			f, l := &fleet{}, &arrivals{}
			f.add(numbered(0), false, "state: revoked")
			f.add(numbered(1), false, "state: revoked")
			for i := 2; i < 14; i++ {
				f.add(numbered(i), i < 14-wrong, "type: PRODUCTION")
			}
			s := f.serve(t)
			s.Always(l.then(byKey(map[int]emulator.Fault{13: emulator.Latency(300 * time.Millisecond)})))
			r := f.action(t, s, nil).run(t)
			verdicts, last := r.result(t).verdicts(t), l.keys[max(len(l.keys)-2, 0):]
			if wrong > 0 {
				if s.Stats().Failed[clientIP] > 3 || r.code != 1 || slices.Contains(last, numbered(0)) || slices.Contains(last, numbered(1)) || verdicts["skipped"] < 2 {
					t.Errorf("exit code %d, %v, %+v", r.code, verdicts, s.Stats())
				}
				return
			}
			slices.Sort(last)
			if diff := cmp.Diff([]string{numbered(0), numbered(1)}, last); diff != "" || r.code != 0 || verdicts["pass"] != 14 {
				t.Errorf("exit code %d, %v, the last keys (-want +got):\n%s", r.code, verdicts, diff)
			}
			if wait := l.times[12].Sub(l.times[slices.Index(l.keys, numbered(13))]); wait < 300*time.Millisecond {
				t.Errorf("the first of them went %v after the slowest, before its answer", wait)
			}
		})
	}
}

// Good and wrong keys in any order, answers out of order and faults in between
// never block an address with at most one earlier failure.
func TestManyInAnyOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 2)) // #nosec G404 -- an order, no secret
			share, before := random.IntN(10), random.IntN(2)
			f := fleetOf(24, func(int) bool { return random.IntN(10) < share })
			s := f.serve(t)
			s.Fail(clientIP, before)
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
			if stats.Failed[clientIP]+before >= emulator.DocumentedLockout.Attempts || stats.Failed[clientIP] > 3 || stats.Blocked > 0 || stats.Peak > 3 {
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
