package lockout

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"flexy-key-check/checks/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A begun is what a Begin returned.
type begun struct {
	send *Send
	err  error
}

// begin calls Begin in n goroutines and returns a channel of the results.
func begin(ctx context.Context, g *Guard, n int) chan begun {
	results := make(chan begun, n)
	for range n {
		go func() {
			send, err := g.Begin(ctx)
			results <- begun{send, err}
		}()
	}
	return results
}

// wantStarted waits until all goroutines block, ends the test unless want sends
// have started since the last call, and returns them.
func wantStarted(t *testing.T, results chan begun, want int) []*Send {
	t.Helper()
	synctest.Wait()
	var sends []*Send
	for range len(results) {
		r := <-results
		if r.err != nil {
			t.Fatalf("Begin: %v", r.err)
		}
		sends = append(sends, r.send)
	}
	if len(sends) != want {
		t.Fatalf("%d sends have started, want %d", len(sends), want)
	}
	return sends
}

// wantErrors waits until all goroutines block and expects n Begins to have failed
// with want.
func wantErrors(t *testing.T, results chan begun, n int, want error) {
	t.Helper()
	synctest.Wait()
	if len(results) != n {
		t.Fatalf("%d Begins have returned, want %d", len(results), n)
	}
	for range n {
		if r := <-results; !errors.Is(r.err, want) || r.send != nil {
			t.Errorf("Begin = %v, %v, want no send and %v", r.send, r.err, want)
		}
	}
}

// inBubble runs a test of a new Guard in a synctest bubble.
func inBubble(t *testing.T, test func(t *testing.T, g *Guard)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, New()) })
}

func TestOneThenThreeThenOne(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, g *Guard) {
		results := begin(t.Context(), g, 8)
		first := wantStarted(t, results, 1)
		first[0].End(Other, NoCount)
		second := wantStarted(t, results, 1)
		second[0].End(Accepted, NoCount)
		three := wantStarted(t, results, 3)
		three[0].End(Accepted, NoCount)
		three[0] = wantStarted(t, results, 1)[0]
		three[1].End(Failed, 4)
		wantStarted(t, results, 0)
		three[0].End(Accepted, NoCount)
		wantStarted(t, results, 0)
		three[2].End(Accepted, NoCount)
		last := wantStarted(t, results, 1)
		last[0].End(Accepted, NoCount)
		wantStarted(t, results, 1)[0].End(NotSent, NoCount)
	})
}

func TestLockedWakesAll(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		ends []Outcome
		left int
	}{
		{"blocked", []Outcome{Blocked}, NoCount},
		{"two left", []Outcome{Failed}, 2},
		{"three left, twice", []Outcome{Failed, Failed}, 3},
		{"three failed", []Outcome{Failed, Failed, Failed}, NoCount},
		{"three lost", []Outcome{Lost, Lost, Lost}, NoCount},
		{"three unknown outcomes", []Outcome{-1, 0, 99}, NoCount},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, g *Guard) {
				results := begin(t.Context(), g, 8)
				for _, o := range tc.ends {
					wantStarted(t, results, 1)[0].End(o, tc.left)
				}
				wantErrors(t, results, 8-len(tc.ends), ErrLocked)
				wantErrors(t, begin(t.Context(), g, 1), 1, ErrLocked)
			})
		})
	}
}

func TestBeginCanceled(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, g *Guard) {
		ctx, cancel := context.WithCancel(t.Context())
		place := wantStarted(t, begin(ctx, g, 1), 1)[0]
		results := begin(ctx, g, 4)
		wantStarted(t, results, 0)
		cancel()
		wantErrors(t, results, 4, context.Canceled)

		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		results = begin(short, g, 4)
		time.Sleep(time.Second)
		wantErrors(t, results, 4, context.DeadlineExceeded)

		place.End(NotSent, NoCount)
		wantErrors(t, begin(ctx, g, 1), 1, context.Canceled)
		wantStarted(t, begin(t.Context(), g, 1), 1)
	})
}

func TestPause(t *testing.T) {
	t.Parallel()
	const second = time.Second
	for _, tc := range []struct {
		name   string
		pauses []time.Duration // half a second apart
		want   time.Duration   // from the first pause to the next send
	}{
		{"zero and negative", []time.Duration{0, -second}, second},
		{"longer, then shorter", []time.Duration{5 * second, second}, 5 * second},
		{"shorter, then longer", []time.Duration{second, 5 * second}, 5*second + second/2},
		{"again when over", []time.Duration{second / 4, second}, second + second/2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, g *Guard) {
				send, start := wantStarted(t, begin(t.Context(), g, 1), 1)[0], time.Now()
				for _, d := range tc.pauses {
					g.Pause(d)
					time.Sleep(second / 2)
				}
				send.End(Other, NoCount)
				if _, err := g.Begin(t.Context()); err != nil {
					t.Fatalf("Begin: %v", err)
				}
				if got := time.Since(start); got != tc.want {
					t.Errorf("the next send started after %v, want %v", got, tc.want)
				}
			})
		})
	}
}

func TestPauseDelaysAll(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, g *Guard) {
		results := begin(t.Context(), g, 8)
		wantStarted(t, results, 1)[0].End(Accepted, NoCount)
		three := wantStarted(t, results, 3)
		g.Pause(time.Hour)
		for _, send := range three {
			send.End(Accepted, NoCount)
		}
		wantStarted(t, results, 0)
		time.Sleep(time.Hour)
		three = wantStarted(t, results, 3)

		// A lock is reported at once, however long the pause.
		g.Pause(time.Hour)
		three[0].End(Blocked, NoCount)
		wantErrors(t, results, 1, ErrLocked)
	})
}

// A number counts whatever the status of its answer.
func TestNumberWithout401(t *testing.T) {
	t.Parallel()
	s := newState()
	s.end(s.start(), Other, 2)
	testkit.Diff(t, never, s.mayStart())
}

// Whoever waits first is served first.
func TestFirstComeFirstServed(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, g *Guard) {
		var served, want []int
		var group sync.WaitGroup
		for i := range 20 {
			want = append(want, i)
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
		testkit.Diff(t, want, served)
	})
}

// Many goroutines contend outside a bubble, for the race detector and goleak.
func TestContention(t *testing.T) {
	t.Parallel()
	g := New()
	var underWay atomic.Int32
	var group sync.WaitGroup
	for range 300 {
		group.Go(func() {
			send, err := g.Begin(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			if n := underWay.Add(1); n > MaxConcurrent {
				t.Errorf("%d sends at a time", n)
			}
			time.Sleep(time.Millisecond / 10)
			underWay.Add(-1)
			send.End(Accepted, NoCount)
			send.End(Blocked, NoCount) // only the first call counts
		})
	}
	group.Wait()
}
