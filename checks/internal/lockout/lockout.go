// Package lockout keeps a run from locking its own address out of the API.
//
// The API blocks an address for 15 minutes after five failed attempts (its
// documentation, "Errors"), and an address shared with a shop then sells
// nothing. A Guard lets a send of a key start only if at least two attempts would be
// left even if everything that may count against the address does. It knows neither
// keys nor HTTP: callers call Begin before each send, including retries, and End with
// its outcome.
//
// # The invariant
//
// The address has at least left - lost - underWay attempts left, minus the failures
// before the run that no answer has reported yet. Here left is five minus the failed
// attempts that answers have reported, lost the sends without a complete answer that no
// later number includes, and underWay the sends that have not ended. A send does not
// start if it would take left - lost - underWay below two.
//
// # What follows from it
//
// The tests search every reachable state, with any number of keys, any order of good
// and wrong keys, answers and lost answers, with and without the attempts left in a
// 401, and with and without a 200 that resets the API's count. They prove:
//
//   - The API's count stays at three or less from an address without earlier
//     failures, and at four or less from one with one: neither is ever blocked.
//   - With two or three earlier failures the address is not blocked if these and
//     the sends of wrong keys that start before the first 401 with a number are
//     four or less in total. So wrong keys alone, answered with numbers, never
//     block it. But with two earlier failures that no 200 has reset, three wrong
//     keys do if they are sent together right after a 200, if their answers are
//     lost, or if these have no number. No guard that sends three at a time after
//     the first 200 can prevent the first case.
//   - A run gets at most three 401s, and without lost answers there are no other
//     failures. A wrong key costs one attempt.
//   - If no answer is lost, good keys are never held back, whatever failed before
//     the run short of a block; and from an address without earlier failures no
//     key is held back before the third failed attempt, if all 401s have a number
//     or none does.
//
// This assumes that only a 401 counts, that its number is that of the address, that
// the API counts a send that starts after another has ended after it, and that nothing
// else fails from the address during the run.
package lockout

import (
	"context"
	"errors"
	"sync"
	"time"
)

// ErrLocked means that no further send may start in this run.
var ErrLocked = errors.New("too few attempts left before the API blocks this address")

// A Guard decides when a send may start, for all sends of a run. It is safe
// for concurrent use.
//
//	send, err := guard.Begin(ctx)
//	if err != nil {
//		return err
//	}
//	defer send.End(lockout.Lost, lockout.NoCount) // if nothing else ends it
//	answer := ask(ctx)
//	send.End(answer.outcome, answer.attemptsLeft)
type Guard struct {
	mu      sync.Mutex
	state   state
	pauses  int           // in effect
	changed chan struct{} // closed at the next change
	door    chan struct{} // admits one Begin at a time, in order
}

// New returns a Guard for a run that has not sent anything yet.
func New() *Guard {
	return &Guard{state: newState(), changed: make(chan struct{}), door: make(chan struct{}, 1)}
}

// A Send is a place among the sends under way. Its End must be called.
type Send struct {
	guard *Guard
	began mark
	once  sync.Once
}

// Begin waits until a send may start, in the order of the calls, and takes a place for
// it. It returns ErrLocked once no further send may start in this run, and ctx's error
// if ctx is done first.
func (g *Guard) Begin(ctx context.Context) (*Send, error) {
	select {
	case g.door <- struct{}{}:
		defer func() { <-g.door }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		send, changed, err := g.try()
		if send != nil || err != nil {
			return send, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// try starts a send, or returns what to wait for, or ErrLocked.
func (g *Guard) try() (*Send, <-chan struct{}, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch v := g.state.mayStart(); {
	case v == never:
		return nil, nil, ErrLocked
	case v == later || g.pauses > 0:
		return nil, g.changed, nil
	}
	return &Send{guard: g, began: g.state.start()}, nil, nil
}

// End gives the place back and records the outcome of the send. attemptsLeft is the
// number in the answer, or NoCount. Only the first call counts, so a deferred
// End(Lost, NoCount) covers every return.
func (s *Send) End(o Outcome, attemptsLeft int) {
	s.once.Do(func() {
		s.guard.change(func(g *Guard) { g.state.end(s.began, o, attemptsLeft) })
	})
}

// Pause delays all sends that have not started for d, as requested by the API. Of
// several pauses the last to end counts. Call it before End, so that no other send can
// start in between.
func (g *Guard) Pause(d time.Duration) {
	g.change(func(g *Guard) { g.pauses++ })
	time.AfterFunc(d, func() { g.change(func(g *Guard) { g.pauses-- }) })
}

// change applies f and wakes the waiting Begins.
func (g *Guard) change(f func(*Guard)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f(g)
	close(g.changed)
	g.changed = make(chan struct{})
}
