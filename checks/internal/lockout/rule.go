package lockout

const (
	// Attempts is the number of failed attempts that blocks an address.
	Attempts = 5
	// NoCount stands for the attempts left that an answer did not tell.
	NoCount = -1

	// MaxConcurrent is how many sends are under way at a time, at most.
	MaxConcurrent = 3

	reserve = 2 // attempts that must be left if all that may fail does
)

// An Outcome is what came of a send. Its zero value fails closed.
type Outcome int

// The outcomes of a send.
const (
	Lost     Outcome = iota // sent, but no complete answer came: it may have failed
	NotSent                 // the try ended before the key left
	Accepted                // a trusted 200
	Failed                  // a 401, whatever its code, but for IP_BLOCKED
	Blocked                 // IP_BLOCKED, with whatever status
	Other                   // any other complete answer: not counted, but it may tell the attempts left
)

// A decision says whether a send may start.
type decision int

const (
	never decision = iota // for the rest of the run
	later                 // not now; perhaps once a send under way has ended
	now
)

// state is the rule as a plain value, without locks, waits or a clock.
type state struct {
	left     int  // attempts left, as far as answers told; never rises
	underWay int  // sends that have started and not ended
	settled  int  // how many of the lost sends left includes, oldest first
	accepted bool // a trusted 200 has come
	seen     mark
}

// A mark counts what has come of the sends that have ended. A send keeps the
// one of its start: what ended before that is in the number it is told, what
// ended while it was under way may not be.
type mark struct {
	lost   int // sends without a complete answer
	told   int // failed attempts that told how many are left
	untold int // failed attempts that did not
}

func (m mark) failed() int { return m.told + m.untold }

func newState() state { return state{left: Attempts} }

// mayStart reports whether a send may start. Never is final: left does not
// rise, and lost sends are settled only by a send.
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

// told reports whether an answer told how many attempts are left.
func told(attemptsLeft int) bool { return 0 <= attemptsLeft && attemptsLeft < Attempts }

// start counts a send as under way and returns the mark that end wants back.
func (s *state) start() mark {
	s.underWay++
	return s.seen
}

// end takes in what came of the send that began at the given mark.
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
	default: // Lost, or not known
		s.seen.lost++
	}
}

// fail takes in a 401 and the number it told.
//
// Sends that overlap may be answered in any order. If a number came in while
// this send was under way, the API counted one of the two attempts last and its
// number includes both: the lower one is the truth, and left does not fall once
// more. A failure that came in without a number is in neither for certain.
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
