// Package lockout keeps a run from getting its own address blocked by the API.
//
// The API blocks an address for 15 minutes after five failed attempts (see
// "Errors" in its documentation). If a shop shares the address, it cannot sell
// anything meanwhile. A Guard allows a send of a key only while at least two
// attempts would be left even if it and all sends without a complete answer failed.
// It does not depend on keys or HTTP. Sends must not overlap: callers ask MaySend
// before each, including retries, and report its outcome with Ended.
//
// The tests search every reachable state: good and wrong keys in any order, lost
// answers, 401s with and without the attempts left, and whether or not a 200 resets
// the API's count. They find:
//
//   - The API's count stays at three or less for an address without earlier failures,
//     and at four or less with one. With two or three it does as well, unless answers
//     are lost or 401s contain no number.
//   - A run receives at most three 401s. While no answer is lost, good keys are never
//     held back before a failed attempt, and no key before the third if all 401s
//     contain a number or none does.
//
// This assumes that only a 401 counts, that its number is the address's, and that
// nobody else fails from the address meanwhile.
package lockout

const (
	// Attempts is the number of failed attempts that blocks an address.
	Attempts = 5
	// NoCount means that an answer does not contain the attempts left.
	NoCount = -1

	reserve = 2 // attempts that must be left if every send that may have failed did
)

// An Outcome is the result of a send. Its zero value fails closed.
type Outcome int

// The outcomes of a send.
const (
	Lost     Outcome = iota // sent without a complete answer: it may have failed
	NotSent                 // the try ended before the key was sent
	Accepted                // a trusted 200
	Failed                  // a 401 with any code except IP_BLOCKED
	Blocked                 // IP_BLOCKED with any status
	Other                   // any other complete answer: not counted, but may contain the attempts left
)

// A Guard decides whether the next send of a run may start.
type Guard struct {
	left int // attempts left, as far as answers reported; never rises
	lost int // sends without a complete answer since the last number
}

// New returns a Guard for a run that has sent nothing yet.
func New() *Guard { return &Guard{left: Attempts} }

// MaySend reports whether a send may start. Once it may not, none may in this run.
func (g *Guard) MaySend() bool { return g.left-g.lost > reserve }

// Ended records the outcome of a send. attemptsLeft is the number in its answer,
// NoCount if there was none.
func (g *Guard) Ended(o Outcome, attemptsLeft int) {
	numbered := 0 <= attemptsLeft && attemptsLeft < Attempts
	switch o {
	case NotSent, Accepted:
	case Blocked:
		g.left = 0
	case Failed:
		g.left--
		if numbered {
			g.left, g.lost = min(g.left, attemptsLeft), 0 // the number includes what was lost before
		}
	case Other:
		if numbered {
			g.left = min(g.left, attemptsLeft)
		}
	default: // Lost, or unknown
		g.lost++
	}
}
