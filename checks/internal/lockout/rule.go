package lockout

const (
	// Attempts is the number of failed attempts that blocks an address.
	Attempts = 5
	// NoCount means that an answer does not contain the attempts left.
	NoCount = -1

	// MaxConcurrent is the largest number of sends under way at a time.
	MaxConcurrent = 3

	reserve = 2 // attempts that must be left if every send that may fail does
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

// A decision is whether a send may start.
type decision int

const (
	never decision = iota // for the rest of the run
	later                 // perhaps, once a send under way has ended
	now
)

// state implements the rule as a plain value, without locks, waits or a clock.
type state struct {
	left     int  // attempts left, as far as answers reported; never rises
	underWay int  // sends that have started but not ended
	settled  int  // number of lost sends that left accounts for, oldest first
	accepted bool // a trusted 200 has arrived
	seen     mark
}

// A mark counts the sends that have ended, by outcome. A send keeps the mark from
// its start: the number in its answer includes what ended before that, but may
// not include what ended while it was under way.
type mark struct {
	lost       int // sends without a complete answer
	numbered   int // failed attempts whose answer had a number
	unnumbered int // failed attempts whose answer had none
}

func (m mark) failed() int { return m.numbered + m.unnumbered }

func newState() state { return state{left: Attempts} }

// mayStart decides whether a send may start. The decision never is final: left
// does not rise, and only a send can settle lost sends.
func (s *state) mayStart() decision {
	limit := 1
	if s.accepted && s.seen.failed() == 0 {
		limit = MaxConcurrent
	}
	spare := s.left - reserve
	unsettled := s.seen.lost - s.settled
	switch {
	case spare < 1, s.underWay == 0 && spare-unsettled < 1:
		return never
	case s.underWay >= limit, spare-unsettled-s.underWay < 1:
		return later
	}
	return now
}

// isNumber reports whether attemptsLeft is a number that an answer may contain.
func isNumber(attemptsLeft int) bool { return 0 <= attemptsLeft && attemptsLeft < Attempts }

// start counts a send as under way and returns the mark to pass to end.
func (s *state) start() mark {
	s.underWay++
	return s.seen
}

// end records the outcome of the send that began at the given mark.
func (s *state) end(began mark, o Outcome, attemptsLeft int) {
	s.underWay--
	switch o {
	case NotSent:
	case Other:
		if isNumber(attemptsLeft) {
			s.left = min(s.left, attemptsLeft)
		}
	case Accepted:
		s.accepted = true
	case Blocked:
		s.left = 0
	case Failed:
		s.fail(began, attemptsLeft)
	default: // Lost, or unknown
		s.seen.lost++
	}
}

// fail records a 401 and its number.
//
// Overlapping sends may be answered in any order. If another number arrived while
// this send was under way, the API counted one of the two attempts last, and that
// number includes both. So the lower number is right, and left is not decremented
// again. A failure without a number may be missing from both.
func (s *state) fail(began mark, attemptsLeft int) {
	if !isNumber(attemptsLeft) {
		s.left--
		s.seen.unnumbered++
		return
	}
	if s.seen.numbered == began.numbered {
		s.left--
	}
	s.seen.numbered++
	missing := s.seen.unnumbered - began.unnumbered
	s.left = min(s.left, attemptsLeft-missing, Attempts-s.seen.failed())
	s.settled = max(s.settled, began.lost)
}
