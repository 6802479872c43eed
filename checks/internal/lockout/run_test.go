package lockout

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"flexy-key-check/checks/internal/testkit"
)

// A fake is an API with a lockout. A key is good or wrong.
type fake struct {
	silent  bool                           // its 401s have no number
	latency func(send int) time.Duration   // of the answer
	fault   func(send int) (Outcome, bool) // replaces the answer

	mu       sync.Mutex
	sends    int
	count    int // failed attempts on the address
	failed   int // in this run
	underWay int
	peak     int // of underWay
}

// validate judges a key.
func (f *fake) validate(good bool) (Outcome, int) {
	f.mu.Lock()
	send := f.sends
	f.sends++
	f.underWay++
	f.peak = max(f.peak, f.underWay)
	blocked := f.count >= Attempts
	if !good && !blocked {
		f.count++
		f.failed++
	}
	left := Attempts - f.count
	f.mu.Unlock()

	time.Sleep(f.latency(send))

	f.mu.Lock()
	defer f.mu.Unlock()
	f.underWay--
	if f.fault != nil {
		if o, ok := f.fault(send); ok {
			return o, NoCount
		}
	}
	switch {
	case blocked:
		return Blocked, NoCount
	case good:
		return Accepted, NoCount
	case f.silent:
		return Failed, NoCount
	}
	return Failed, left
}

// A run is the result of sending keys to a fake.
type run struct {
	Sends, Failed, Peak int
	Passed, Unjudged    int // keys
	Took                time.Duration
}

// validateAll sends keys with more workers than may send at a time, and each key at
// most twice, like the program.
func validateAll(t *testing.T, keys []bool, f *fake) run {
	g, start := New(), time.Now()
	var (
		mu     sync.Mutex
		result run
		group  sync.WaitGroup
	)
	queue := make(chan bool)
	for range 8 {
		group.Go(func() {
			for good := range queue {
				o := validateOne(t, g, f, good)
				mu.Lock()
				switch o {
				case Accepted:
					result.Passed++
				case Failed:
				default:
					result.Unjudged++
				}
				mu.Unlock()
			}
		})
	}
	for _, good := range keys {
		queue <- good
	}
	close(queue)
	group.Wait()
	result.Sends, result.Failed, result.Peak, result.Took = f.sends, f.failed, f.peak, time.Since(start)
	return result
}

// validateOne returns the last outcome of a key, NotSent if it was held back.
func validateOne(t *testing.T, g *Guard, f *fake, good bool) Outcome {
	last := NotSent
	for range 2 {
		send, err := g.Begin(t.Context())
		if err != nil {
			break
		}
		o, left := f.validate(good)
		if o == Other { // a 429
			g.Pause(2 * time.Second)
		}
		send.End(o, left)
		if last = o; o != Lost && o != Other {
			break
		}
	}
	return last
}

func steady(d time.Duration) func(int) time.Duration {
	return func(int) time.Duration { return d }
}

// keys returns n keys, which are good or not.
func keys(n int, good func(i int) bool) []bool {
	out := make([]bool, n)
	for i := range out {
		out[i] = good(i)
	}
	return out
}

func TestRuns(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	good := keys(300, func(int) bool { return true })
	wrong := keys(300, func(int) bool { return false })
	lose := func(lost func(send int) bool) func(int) (Outcome, bool) {
		return func(send int) (Outcome, bool) { return Lost, lost(send) }
	}
	for _, tc := range []struct {
		name string
		keys []bool
		api  *fake
		want run
	}{
		{"good", good, &fake{}, run{300, 0, 3, 300, 0, 10100 * ms}},
		{"wrong", wrong, &fake{}, run{3, 3, 1, 0, 297, 300 * ms}},
		{"wrong, one earlier failure", wrong, &fake{count: 1}, run{2, 2, 1, 0, 298, 200 * ms}},
		{"wrong, blocked already", wrong, &fake{count: 5}, run{1, 0, 1, 0, 300, 100 * ms}},
		{
			"nothing answered", good,
			&fake{fault: lose(func(int) bool { return true })},
			run{3, 0, 1, 0, 300, 300 * ms},
		},
		{
			"one answer lost", good,
			&fake{fault: lose(func(send int) bool { return send == 0 })},
			run{301, 0, 2, 300, 0, 15200 * ms},
		},
		{
			"a 429 makes all wait", good[:7],
			&fake{fault: func(send int) (Outcome, bool) { return Other, send == 0 }},
			run{8, 0, 3, 7, 0, 2400 * ms},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.api.latency = steady(100 * ms)
			synctest.Test(t, func(t *testing.T) {
				testkit.Diff(t, tc.want, validateAll(t, tc.keys, tc.api))
			})
		})
	}
}

// TestRealClock runs many goroutines without a bubble, for the race detector and
// goleak.
func TestRealClock(t *testing.T) {
	t.Parallel()
	f := &fake{latency: steady(time.Millisecond)}
	got := validateAll(t, keys(300, func(i int) bool { return i%100 != 50 }), f)
	if f.count >= Attempts || got.Failed > 3 || got.Peak > 3 {
		t.Errorf("%d failures on the address: %+v", f.count, got)
	}
}

// Sends start in the order of their Begins.
func TestOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := New()
		var served []int
		var group sync.WaitGroup
		for i := range 20 {
			group.Go(func() {
				send, err := g.Begin(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				served = append(served, i) // one at a time: nothing has been accepted
				time.Sleep(time.Second)
				send.End(Other, NoCount)
			})
			synctest.Wait()
		}
		group.Wait()
		for i, got := range served {
			if i != got {
				t.Fatalf("the order is %v", served)
			}
		}
	})
}
