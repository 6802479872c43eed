// Package lockout keeps a run from locking its own address out of the API.
//
// The API blocks an address for 15 minutes after five failed attempts (its
// documentation, "Errors"), and an address shared with a shop then sells
// nothing. A Guard lets a send of a key start only while at least two attempts
// would be left even if everything that may count against the address does. It
// knows nothing of keys or HTTP: callers ask it before each send, a retry
// included, and tell it what came of it.
//
// # The invariant
//
// The address has at least left - lost - underWay attempts left, minus those
// failures before the run that no answer has told of yet. Here left is five
// less the failed attempts, as far as answers told them, lost the sends without
// a complete answer that no later number includes, and underWay the sends that
// have not ended. No send starts that would take left - lost - underWay below
// two.
//
// # What follows from it
//
// The tests search every state that can be reached, with any number of keys, in
// any order of good and wrong ones, of answers and of lost answers, whether or
// not a 401 tells the attempts left, and whether or not a 200 resets the API's
// count. They find:
//
//   - The API's count stays at three or less from an address without earlier
//     failures, and at four or less from one with one: neither is ever blocked.
//   - With two or three earlier failures the address is not blocked if these and
//     the sends of wrong keys that start before the first 401 with a number are
//     four or less in all. So wrong keys alone, answered with numbers, never
//     block it. But with two earlier failures that no 200 reset, three wrong
//     keys do if they are sent together right after a 200, if their answers are
//     lost, or if these tell no number. Against the first no guard can help that
//     sends three at a time after the first 200.
//   - At most three 401s are ever met, and without lost answers that is all that
//     fails. A wrong key costs one attempt.
//   - While all answers come, good keys are never held back, whatever failed
//     before the run short of a block; and from an address without earlier
//     failures no key is before the third failed attempt, if all 401s tell a
//     number or none does.
//
// This rests on four things: only a 401 counts, the number that it tells is that
// of the address, a send that starts after another one has ended is counted
// after it, and nobody else fails from the address meanwhile.
package lockout

import (
	"context"
	"errors"
	"sync"
	"time"
)

// ErrLocked means that no send may start any more in this run.
var ErrLocked = errors.New("too few attempts left before the API blocks this address")

// A Guard decides when a send may start, for all sends of a run. It is safe
// for concurrent use.
//
//	send, err := guard.Begin(ctx)
//	if err != nil {
//		return err
//	}
//	defer send.End(lockout.Lost, lockout.NoCount) // whatever happens
//	answer := ask(ctx)
//	send.End(answer.outcome, answer.attemptsLeft)
type Guard struct {
	mu      sync.Mutex
	state   state
	pauses  int           // under way
	changed chan struct{} // closed at the next change
	door    chan struct{} // holds whoever is next; the others wait in order
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

// Begin waits until a send may start and takes a place for it; who comes first
// is served first. It returns ErrLocked once none may start in this run any more,
// and ctx's error when ctx ends first.
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

// End gives the place back and says what came of the send. attemptsLeft is the
// number that the answer told, NoCount if there was none. Only the first
// call counts, so a deferred End(Lost, NoCount) covers every way out.
func (s *Send) End(o Outcome, attemptsLeft int) {
	s.once.Do(func() {
		s.guard.change(func(g *Guard) { g.state.end(s.began, o, attemptsLeft) })
	})
}

// Pause makes every send that has not started wait for d from now, because the
// API asked for it; of several pauses the longest lasts. Called before End, it
// leaves no gap in which another send could start.
func (g *Guard) Pause(d time.Duration) {
	g.change(func(g *Guard) { g.pauses++ })
	time.AfterFunc(d, func() { g.change(func(g *Guard) { g.pauses-- }) })
}

// change applies f and wakes whoever waits in Begin.
func (g *Guard) change(f func(*Guard)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f(g)
	close(g.changed)
	g.changed = make(chan struct{})
}
