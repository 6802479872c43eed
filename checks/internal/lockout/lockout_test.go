package lockout

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"flexy-key-check/checks/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A begun is the result of a Begin in its own goroutine.
type begun struct {
	send *Send
	err  error
}

// begin calls Begin n times concurrently and returns a channel of the results.
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

// wantStarted waits until all goroutines are blocked, and returns the sends that have
// started since the last call. It fails the test unless there are want of them.
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

// wantErrors waits until all goroutines are blocked, and asserts that n Begins have
// failed with want.
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

// inBubble runs a test in a synctest bubble.
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
		{"none left", []Outcome{Failed}, 0},
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

func TestLockedWhileUnderWay(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, g *Guard) {
		results := begin(t.Context(), g, 8)
		wantStarted(t, results, 1)[0].End(Accepted, NoCount)
		three := wantStarted(t, results, 3)
		three[0].End(Blocked, NoCount)
		wantErrors(t, results, 4, ErrLocked)
		three[1].End(Failed, 0)
		three[2].End(Accepted, NoCount)
		wantErrors(t, begin(t.Context(), g, 1), 1, ErrLocked)
	})
}

func TestBeginEndsWithItsContext(t *testing.T) {
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

func TestEndCountsOnce(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, g *Guard) {
		for range 10 {
			send := wantStarted(t, begin(t.Context(), g, 1), 1)[0]
			send.End(Accepted, NoCount)
			send.End(Lost, NoCount)
			send.End(Blocked, NoCount)
		}
		wantStarted(t, begin(t.Context(), g, 4), 3)[0].End(Accepted, NoCount)
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
		{"no time", []time.Duration{0, -second}, second},
		{"once", []time.Duration{2 * second}, 2 * second},
		{"longer, then shorter", []time.Duration{5 * second, second}, 5 * second},
		{"shorter, then longer", []time.Duration{second, 5 * second}, 5*second + second/2},
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

func TestPauseHoldsAll(t *testing.T) {
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

		// A lock takes effect at once, however long the pause.
		g.Pause(time.Hour)
		three[0].End(Blocked, NoCount)
		wantErrors(t, results, 1, ErrLocked)
	})
}

// An ending is the end of a send, with the state after it.
type ending struct {
	Outcome  Outcome
	Number   int
	Left     int
	Unsure   int // unsettled lost sends
	MayStart decision
}

func TestRuleInSequence(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		want []ending
	}{
		{"wrong keys", []ending{{Failed, 4, 4, 0, now}, {Failed, 3, 3, 0, now}, {Failed, 2, 2, 0, never}}},
		{"meaningless numbers", []ending{{Failed, 5, 4, 0, now}, {Failed, 1e9, 3, 0, now}, {Failed, -7, 2, 0, never}}},
		{"a number that rises", []ending{{Failed, 3, 3, 0, now}, {Failed, 4, 2, 0, never}}},
		{"lost, then told", []ending{{Lost, 0, 5, 1, now}, {Lost, 0, 5, 2, now}, {Failed, 4, 4, 0, now}, {Lost, 0, 4, 1, now}, {Failed, 2, 2, 0, never}}},
		{"lost, then untold", []ending{{Lost, 0, 5, 1, now}, {Failed, NoCount, 4, 1, now}, {Lost, 0, 4, 2, never}}},
		{"lost, then accepted", []ending{{Lost, 0, 5, 1, now}, {Accepted, 0, 5, 1, now}, {Other, NoCount, 5, 1, now}, {NotSent, 0, 5, 1, now}}},
		{"a number without a 401", []ending{{Other, 4, 4, 0, now}, {Failed, NoCount, 3, 0, now}, {Other, 2, 2, 0, never}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newState()
			var got []ending
			for _, e := range tc.want {
				s.end(s.start(), e.Outcome, e.Number)
				got = append(got, ending{e.Outcome, e.Number, s.left, s.seen.lost - s.settled, s.mayStart()})
			}
			testkit.Diff(t, tc.want, got)
		})
	}
}
