package lockout

import "slices"

// A setting is what a search assumes about the API and the keys. Whatever it
// leaves open is tried in every way.
type setting struct {
	earlier  int    // failures on the address before the run
	complete bool   // no answer is lost
	lies     bool   // a 401 may contain any number
	numbers  extent // which 401s contain the attempts left
	resets   extent // which good keys reset the API's count
	good     extent // which keys are good
	wrong    int    // number of sends of wrong keys; 0: unlimited
	blind    int    // number of them that start before the first 401 with a number; 0: unlimited
}

// An extent says of how many things something is true.
type extent int

const (
	some extent = iota // any of them, in every combination
	all
	none
)

// A world is the guard's state plus the truth, which the guard cannot see. It is
// comparable, so that a search can visit each world once.
type world struct {
	guard  state
	flying [MaxConcurrent]flight // the first guard.underWay of them
	late   [Attempts]bool        // lost sends, from guard.settled on, that the API may still count
	count  int                   // failed attempts that the API has counted; at Attempts it blocks
	failed int                   // those of this run, regardless of resets
	wrong  int                   // sends of wrong keys so far, if they are limited
	blind  int                   // sends of wrong keys before the first number, if they are limited
}

// A flight is a send under way.
type flight struct {
	began  mark
	wrong  bool
	judged bool // by the API
	number int  // of attempts left after a judged wrong key; turnedAway
}

// turnedAway is the number of a send that was blocked.
const turnedAway = -1

// next returns all worlds that may follow w.
func (s setting) next(w world) []world {
	var out []world
	if w.guard.mayStart() == now {
		if s.good != none {
			out = append(out, w.launch(false))
		}
		if w, ok := s.spend(w); ok && s.good != all {
			out = append(out, w.launch(true))
		}
	}
	for i := range w.late {
		if w.late[i] {
			w := w
			w.late[i] = false
			out = append(out, w, w.fail())
		}
	}
	for i := range w.guard.underWay {
		if w.flying[i].judged {
			out = append(out, s.answers(w, i)...)
		} else {
			out = append(out, s.fates(w, i)...)
		}
	}
	return out
}

// spend counts one more send of a wrong key if the setting limits them, and
// reports whether it is within the limit.
func (s setting) spend(w world) (world, bool) {
	if s.wrong > 0 {
		w.wrong++
	}
	if s.blind > 0 && w.guard.seen.numbered == 0 {
		w.blind++
	}
	return w, w.wrong <= s.wrong && w.blind <= s.blind
}

// launch starts a send. To the guard, a retry is a send like any other.
func (w world) launch(wrong bool) world {
	began := w.guard.start()
	w.flying[w.guard.underWay-1] = flight{began: began, wrong: wrong}
	return w
}

// fail lets the API count a failed attempt, unless it blocks the address.
func (w world) fail() world {
	if w.count < Attempts {
		w.count++
		w.failed++
	}
	return w
}

// fates returns the worlds that may follow for flight i before the API has judged it.
func (s setting) fates(w world, i int) []world {
	f := w.flying[i]
	out := []world{w.land(i, NotSent, NoCount), w.land(i, Other, NoCount)}
	if !s.complete {
		lost := w.land(i, Lost, NoCount)
		lost.late[lost.guard.seen.lost-lost.guard.settled-1] = f.wrong
		out = append(out, lost)
	}
	before := max(0, f.began.lost-w.guard.settled)
	if slices.Contains(w.late[:before], true) {
		return out // the API first counts what ended before this send began
	}
	switch {
	case w.count == Attempts:
		out = append(out, w.judge(i, turnedAway))
	case f.wrong:
		w = w.fail()
		out = append(out, w.judge(i, Attempts-w.count))
	default:
		if s.resets != all {
			out = append(out, w.judge(i, 0))
		}
		if s.resets != none {
			w.count = 0
			out = append(out, w.judge(i, 0))
		}
	}
	return out
}

func (w world) judge(i, number int) world {
	w.flying[i].judged, w.flying[i].number = true, number
	return w
}

// answers returns the worlds that may follow for flight i once the API has judged it.
func (s setting) answers(w world, i int) []world {
	var out []world
	f := w.flying[i]
	switch {
	case f.number == turnedAway:
		out = append(out, w.land(i, Blocked, NoCount))
	case !f.wrong:
		out = append(out, w.land(i, Accepted, NoCount), w.land(i, Other, NoCount))
	case s.lies:
		for number := NoCount; number <= Attempts; number++ {
			out = append(out, w.land(i, Failed, number))
		}
	default:
		if s.numbers != none {
			out = append(out, w.land(i, Failed, f.number))
		}
		if s.numbers != all {
			out = append(out, w.land(i, Failed, NoCount))
		}
	}
	if !s.complete {
		out = append(out, w.land(i, Lost, NoCount))
	}
	return out
}

// land ends flight i.
func (w world) land(i int, o Outcome, attemptsLeft int) world {
	began, settled, last := w.flying[i].began, w.guard.settled, w.guard.underWay-1
	w.flying[i], w.flying[last] = w.flying[last], flight{}
	w.guard.end(began, o, attemptsLeft)
	late := w.late[w.guard.settled-settled:]
	w.late = [Attempts]bool{}
	copy(w.late[:], late)
	return w
}

// normal returns the same world for all worlds that differ only in the order of
// flights and the number of settled lost sends.
func (w world) normal() world {
	settled := w.guard.settled
	w.guard.settled -= settled
	w.guard.seen.lost -= settled
	flights := w.flying[:w.guard.underWay]
	for i := range flights {
		flights[i].began.lost = max(0, flights[i].began.lost-settled)
	}
	slices.SortFunc(flights, func(a, b flight) int { return slices.Compare(a.order(), b.order()) })
	return w
}

func (f flight) order() []int {
	flags := map[bool]int{true: 1}
	return []int{flags[f.wrong], flags[f.judged], f.number, f.began.lost, f.began.numbered, f.began.unnumbered}
}
