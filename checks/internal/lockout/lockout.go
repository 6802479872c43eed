// Package lockout keeps a run from getting its own address blocked by the API.
//
// The API blocks an address for 15 minutes after failed attempts: after five, says
// its documentation, after twenty in a row, says a client that was checked against
// it. If a shop shares the address, it cannot sell anything meanwhile. A Guard holds
// to five. It does not depend on keys or HTTP. Sends must not overlap: callers ask
// MaySend before each, including retries, and report its outcome with Ended.
//
// The tests search every reachable state of both worlds: a block after 5 or after 20,
// a success that resets the API's count or does not, 401s of which all, some or none
// contain the attempts left, any number of earlier failures, lost answers, good and
// wrong keys, balances and revoked keys in any order. They find:
//
//   - No run blocks an address that has at least four attempts left when it begins
//     (with the block after five, on which fewer than two have failed). Where no answer
//     is lost and each 401 contains the attempts left, two left are enough (fewer than
//     four failed). Any other address can be blocked.
//   - A run receives at most three 401s. It makes at most three failed attempts while no
//     answer is lost, and never more than six.
//   - On an address without earlier failures, no key is held back before the third
//     failed attempt while no answer is lost.
//
// This assumes that only a 401 counts, that its number is the address's, that the API
// has counted a lost send when it answers a later one, and that nobody else fails from
// the address meanwhile: runs do not know of each other.
package lockout

const (
	// Attempts is the number of failed attempts after which an address may be blocked.
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
	Failed                  // a 401, except with MISSING_ACCESS_TOKEN or IP_BLOCKED
	Blocked                 // IP_BLOCKED with any status
	Other                   // any other complete answer: not counted, but may contain the attempts left
)

// A Guard decides whether the next send of a run may start.
type Guard struct {
	left int // attempts left, as far as answers tell; never rises
	lost int // sends without a complete answer since a 401 told the attempts left
}

// New returns a Guard for a run that has sent nothing yet.
func New() *Guard { return &Guard{left: Attempts} }

// MaySend reports whether a send may start: two attempts would be left even if it
// failed as well. Once it may not, none may in this run.
func (g *Guard) MaySend() bool { return g.left-g.lost > reserve }

// Ended records the outcome of a send. attemptsLeft is the number in its answer,
// which can be above Attempts, or NoCount if there was none.
func (g *Guard) Ended(o Outcome, attemptsLeft int) {
	numbered := attemptsLeft >= 0
	switch o {
	case NotSent, Accepted:
		return
	case Blocked:
		g.left = 0
	case Failed:
		g.left--
		if numbered {
			g.lost = 0 // the number includes what was lost before
		}
	case Other:
	default: // Lost, or unknown
		g.lost++
		return
	}
	if numbered {
		g.left = min(g.left, attemptsLeft)
	}
}
