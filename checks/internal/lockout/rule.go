package lockout

const (
	// Attempts is the number of failed attempts that blocks an address.
	Attempts = 5
	// NoCount means that an answer has no number of attempts left.
	NoCount = -1

	// MaxConcurrent is the maximum number of sends under way.
	MaxConcurrent = 3

	reserve = 2 // attempts that must be left if everything under way fails
)

// An Outcome is the outcome of a send. Its zero value fails closed.
type Outcome int

// The outcomes of a send.
const (
	Lost     Outcome = iota // sent without a complete answer: it may have failed
	NotSent                 // the try ended before the key was sent
	Accepted                // a trusted 200
	Failed                  // a 401 with any code except IP_BLOCKED
	Blocked                 // IP_BLOCKED with any status
	Other                   // any other complete answer: not counted, but it may have the attempts left
)

// A decision says whether a send may start.
type decision int

const (
	never decision = iota // in this run
	later                 // perhaps after a send under way has ended
	now
)

// state is the rule as a value, without locks, waits or a clock.
type state struct {
	left     int  // attempts left according to answers; never rises
	underWay int  // sends that have started and not ended
	settled  int  // lost sends that left includes, oldest first
	accepted bool // there was a trusted 200
	seen     mark
}

// A mark counts the ended sends by outcome. A send keeps the mark of its start: its
// number includes what ended before that, but perhaps not what ended while it was under
// way.
type mark struct {
	lost   int // sends without a complete answer
	told   int // failed attempts with a number of attempts left
	untold int // failed attempts without one
}

func (m mark) failed() int { return m.told + m.untold }

func newState() state { return state{left: Attempts} }

// mayStart decides whether a send may start. Never is final: left does not rise, and
// only a send settles lost sends.
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

// told reports whether an answer has a number of attempts left.
func told(attemptsLeft int) bool { return 0 <= attemptsLeft && attemptsLeft < Attempts }

// start counts a send as under way and returns the mark for end.
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
		if told(attemptsLeft) {
			s.left = min(s.left, attemptsLeft)
		}
	case Accepted:
		s.accepted = true
	case Blocked:
		s.left = 0
	case Failed:
		s.fail(began, attemptsLeft)
	default: // Lost or unknown
		s.seen.lost++
	}
}

// fail records a 401 and its number.
//
// The answers of concurrent sends may arrive in any order. If another number arrived
// while this send was under way, the API counted one of the two attempts last, and its
// number includes both. So the lower number is right, and left does not fall again. A
// failure without a number is certainly included in neither.
func (s *state) fail(began mark, attemptsLeft int) {
	if !told(attemptsLeft) {
		s.left--
		s.seen.untold++
		return
	}
	if s.seen.told == began.told {
		s.left--
	}
	s.seen.told++
	missing := s.seen.untold - began.untold
	s.left = min(s.left, attemptsLeft-missing, Attempts-s.seen.failed())
	s.settled = max(s.settled, began.lost)
}
