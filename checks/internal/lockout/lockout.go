// Package lockout keeps a run from getting its own address blocked by the API.
//
// The API blocks an address for 15 minutes after five failed attempts (see
// "Errors" in its documentation). If a shop shares the address, it cannot sell
// anything meanwhile. A Guard allows a send of a key only while at least two
// attempts would be left even if everything that may count against the address
// did. It does not depend on keys or HTTP: callers call Begin before each send,
// including retries, and End with its outcome.
//
// # The invariant
//
// The address has at least left - lost - underWay attempts left, minus those
// failures before the run that no answer has reported yet. Here left is five
// minus the failed attempts that answers have reported; lost counts the sends
// without a complete answer that no later number includes; and underWay counts
// the sends that have not ended. No send starts that would make
// left - lost - underWay less than two.
//
// # What follows from it
//
// The tests search every reachable state: any number of keys, good and wrong keys
// in any order, answers and lost answers in any order, whether or not a 401
// contains the attempts left, and whether or not a 200 resets the API's count.
// They find:
//
//   - The API's count stays at three or less for an address without earlier
//     failures, and at four or less with one. Neither address is ever blocked.
//   - With two or three earlier failures the address is not blocked if these,
//     plus the sends of wrong keys that start before the first 401 with a number,
//     are at most four. So wrong keys alone never block it if the 401s contain
//     numbers. But with two earlier failures that no 200 reset, three wrong keys
//     do block it if they are sent at the same time right after a 200, if their
//     answers are lost, or if the answers contain no number. No guard that sends
//     three at a time after the first 200 can prevent the first case.
//   - A run receives at most three 401s. Without lost answers these are its only
//     failed attempts. A wrong key costs one attempt.
//   - While no answer is lost, good keys are never held back unless the address
//     was blocked before the run. From an address without earlier failures no key
//     is held back before the third failed attempt, if all 401s contain a number
//     or none does.
//
// This assumes that only a 401 counts, that its number is the address's, that a
// send that starts after another one has ended is counted after it, and that
// nobody else fails from the address meanwhile.
package lockout

import (
	"context"
	"errors"
	"sync"
	"time"
)

// ErrLocked means that no further send may start in this run.
var ErrLocked = errors.New("too few attempts left before the API blocks this address")

// A Guard decides when each send of a run may start. It is safe for concurrent
// use.
//
//	send, err := guard.Begin(ctx)
//	if err != nil {
//		return err
//	}
//	defer send.End(lockout.Lost, lockout.NoCount) // if anything goes wrong
//	answer := ask(ctx)
//	send.End(answer.outcome, answer.attemptsLeft)
type Guard struct {
	mu      sync.Mutex
	state   state
	pauses  int           // that are under way
	changed chan struct{} // closed at the next change
	door    chan struct{} // held by the next Begin; the others queue in order
}

// New returns a Guard for a run that has sent nothing yet.
func New() *Guard {
	return &Guard{state: newState(), changed: make(chan struct{}), door: make(chan struct{}, 1)}
}

// A Send is a send under way. Its End must be called.
type Send struct {
	guard *Guard
	began mark
	once  sync.Once
}

// Begin waits until a send may start and counts it as under way. Callers are
// served in the order in which they call. Begin returns ErrLocked if no further
// send may start in this run, and ctx's error if ctx is done first.
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

// try starts a send, or returns a channel to wait for, or ErrLocked.
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

// End reports the outcome of the send. attemptsLeft is the number in the answer,
// NoCount if there was none. Only the first call counts, so a deferred
// End(Lost, NoCount) covers every return.
func (s *Send) End(o Outcome, attemptsLeft int) {
	s.once.Do(func() {
		s.guard.change(func(g *Guard) { g.state.end(s.began, o, attemptsLeft) })
	})
}

// Pause lets no send start for the duration d, because the API asked for it.
// Overlapping pauses last until the latest one ends. If Pause is called before
// End, no other send can start in between.
func (g *Guard) Pause(d time.Duration) {
	g.change(func(g *Guard) { g.pauses++ })
	time.AfterFunc(d, func() { g.change(func(g *Guard) { g.pauses-- }) })
}

// change applies f and wakes all waiting Begins.
func (g *Guard) change(f func(*Guard)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f(g)
	close(g.changed)
	g.changed = make(chan struct{})
}
