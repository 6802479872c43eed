package github

import (
	"cmp"
	"slices"
	"time"

	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/plain"
)

// A Run is what one run of the program knows of a key.
type Run struct {
	Name   string // what the key is called
	Named  bool   // somebody gave it that name, so it identifies the key; otherwise the place of the secret does
	Secret Secret // contains the key; zero if unknown

	Fingerprint string    // of the key, if the API knew it in this run; else ""
	Date        time.Time // since when the key is in use, by rotated-on or the secret; zero if not given
	By          Source    // where Date comes from
	Unread      bool      // there is a date, but it could not be read: the age is not known
	MaxAgeDays  int
	RemindDays  int

	RotationOnly bool // the run is for the reminder alone, without a key
	Passed       bool // the run's verdict for the key is pass
	Today        time.Time

	Home               // where the record is
	URL       string   // of this run, for people
	Action    string   // "owner/name@ref", for the runbook; DefaultAction if not valid
	Assignees []string // logins, assigned when the issue is created
}

// A record is a key's issue as it was read. Without a number there is none.
type record struct {
	part
	issue

	joined     bool  // the marker has facts of other records, which are not written yet
	duplicates []int // open issues of the same key
}

// A sight is a record as a run sees it.
type sight struct {
	record

	run    Run
	f      string // the key's fingerprint, "" if the record takes no notice of the key
	dated  day    // the run's date, "" if there is none
	known  day    // since when the record knows f
	base   day    // from which the age counts
	source Source // of base
	next   marker // what the record will know
	remind day    // on which the reminder starts
}

// look applies the first rule: a key is at least as old as the record has known it.
// Without a key the date alone counts. It reports whether the age is known.
func look(r record, run Run) (sight, bool) {
	s := sight{record: r, run: run, f: run.Fingerprint, next: r.marker}
	if !run.Date.IsZero() {
		s.dated = dayOf(run.Date)
	}
	if s.new() && !run.Passed {
		s.f = "" // a key that is not what was expected is not noted
	}
	s.base, s.source = s.dated, run.By
	if s.f != "" {
		s.known = s.knownSince()
		if s.dated == "" || s.known < s.dated {
			s.base, s.source = s.known, ByRecord
		}
	}
	if s.base == "" || run.Unread {
		return s, false
	}
	s.next.due, s.next.stage = s.until(s.base)
	s.remind = s.next.due.add(-run.RemindDays)
	return s, true
}

// until returns the due date and the stage of a key that is in use since a day.
func (s sight) until(since day) (day, Stage) {
	due := since.add(s.run.MaxAgeDays)
	switch left := due.since(dayOf(s.run.Today)); {
	case left <= 0:
		return due, Overdue
	case left <= s.run.RemindDays:
		return due, DueSoon
	}
	return due, Young
}

// young reports whether a key that is in use since a day is young.
func (s sight) young(since day) bool {
	_, stage := s.until(since)
	return stage == Young
}

// knownSince returns since when f is known: the day on which it was first seen, or
// an earlier date that came with it.
func (s sight) knownSince() day {
	known := dayOf(s.run.Today)
	if i := indexOf(s.seen, s.f); i >= 0 {
		known = min(known, s.seen[i].since)
	}
	if s.dated != "" && !s.stood() {
		known = min(known, s.dated)
	}
	return known
}

// stood reports whether the date stood there before, with another key, so that it
// says nothing about f.
func (s sight) stood() bool {
	if slices.ContainsFunc(s.seen, func(other sighting) bool { return other.fingerprint != s.f && other.since == s.dated }) {
		return true
	}
	switch last := s.last(); {
	case last == "" || s.date != s.dated || s.by == ByRecord:
		return false
	case last == s.f:
		return len(s.seen) > 1 // if it came with f, f is known since then already
	default:
		// Only a run without a key has seen a date that is later than the last key's
		// own, if the due date was counted from it.
		return s.dated <= s.since(last) || s.due != s.dated.add(s.run.MaxAgeDays)
	}
}

// new: another key, which the record has never seen.
func (s sight) new() bool {
	return s.f != "" && len(s.seen) > 0 && indexOf(s.seen, s.f) < 0
}

// mayClose reports whether the run has seen enough to close a record.
func (s sight) mayClose() bool { return s.run.RotationOnly || s.f != "" && s.run.Passed }

// closes reports whether the record will be closed because the key is young.
func (s sight) closes() bool {
	return s.open && s.next.stage == Young && s.mayClose() && !s.ignores()
}

// sameDate reports whether the record has taken the run's date into account.
func (s sight) sameDate() bool {
	if s.dated == "" {
		return s.by == ByRecord
	}
	return s.date == s.dated && s.by == s.run.By
}

// sameBase reports whether the age counted from the same day before. Without the key
// that cannot be told, if the record may have counted from the key's own day.
func (s sight) sameBase() bool {
	before := s.date
	last := indexOf(s.seen, s.last())
	switch {
	case before == "" || last < 0:
	case s.f != "":
		before = min(before, s.seen[last].since)
	case s.seen[last].since < before && s.due != s.next.due:
		return false
	}
	return before == s.base
}

// A saying is what a run says, beside the three rules, about a state of the record.
// Of each comment there is one.
type saying struct {
	when    func(sight) bool
	comment func(sight) comment        // nil: none
	warning func(sight) mistake.Notice // nil: none
}

// The table. A record that is closed with a comment has the first that holds.
var sayings = []saying{
	{when: sight.new, comment: changedComment},
	{when: sight.isBack, warning: backWarning},
	{when: sight.savedAgain, comment: againComment, warning: againWarning},
	{when: sight.dateForgotten, warning: forgottenWarning},
	{when: sight.limitsChanged, comment: limitsComment},
	{when: sight.dateLater, comment: laterComment},
	{when: sight.dateMoved, comment: movedComment},
	{when: sight.otherSource, warning: sourceWarning},
	{when: sight.beginsAgain, warning: beginsWarning},
	{when: sight.overdue, comment: overdueComment},
}

// isBack: a key that the record has seen, but not last.
func (s sight) isBack() bool { return indexOf(s.seen, s.f) >= 0 && s.f != s.last() }

// savedAgain: the date would make the key young, but the record has known it for
// longer.
func (s sight) savedAgain() bool {
	return s.f != "" && s.dated != "" && s.young(s.dated) && !s.young(s.known)
}

// dateForgotten: the date makes the key due, although it is a later key that the
// record has known for less long.
func (s sight) dateForgotten() bool {
	earlier := func(other sighting) bool { return other.fingerprint != s.f && other.since <= s.known }
	return s.f != "" && s.dated != "" && s.young(s.known) && !s.young(s.dated) && slices.ContainsFunc(s.seen, earlier)
}

// limitsChanged: not due any more, although neither the key nor the date changed.
func (s sight) limitsChanged() bool {
	return s.closes() && s.sameKey() && s.sameBase() && s.wasDue()
}

// wasDue reports whether the key was due when the record was last written.
func (m marker) wasDue() bool { return m.stage == DueSoon || m.stage == Overdue }

// dateLater: without the key, a later date of the same source.
func (s sight) dateLater() bool {
	return s.closes() && s.f == "" && s.date != "" && !s.limitsChanged() && (s.date < s.dated || s.date == s.dated && s.wasDue())
}

// dateMoved: the same key, and another date or none.
func (s sight) dateMoved() bool {
	return s.closes() && s.sameKey() && s.date != "" && !s.sameDate() && !s.limitsChanged() && !s.dateLater()
}

// sameKey reports whether the run has the current key, or none.
func (s sight) sameKey() bool { return s.f == "" || s.f == s.last() }

// otherSource: without the key, a date of another source would make it young.
func (s sight) otherSource() bool {
	return s.number != 0 && s.open && s.ignores()
}

// ignores reports whether a date without the key says nothing, because the record
// counts from a date of another source.
func (s sight) ignores() bool {
	return s.f == "" && s.next.stage == Young && s.by != s.run.By
}

// beginsAgain: what the record knew of its keys cannot be read, and there is no
// date.
func (s sight) beginsAgain() bool { return s.garbled && s.f != "" && s.dated == "" }

// overdue: on the due date or after it.
func (s sight) overdue() bool { return s.next.stage == Overdue }

// A plan is what a run does to a record.
type plan struct {
	sight

	create   bool
	write    bool   // the marked part is out of date
	state    string // "open" or "closed" if that changes, else ""
	say      []comment
	close    []int // duplicates
	warnings []mistake.Notice
}

// idle reports whether the plan writes nothing.
func (p plan) idle() bool {
	return !p.create && !p.write && p.state == "" && len(p.say)+len(p.close) == 0
}

// decide returns what a run does to a record. It is pure. Rule 2: the record is open
// if and only if the key is due, and is closed only by a run that may close it.
func decide(r record, run Run) plan {
	s, known := look(r, run)
	p := plan{sight: s}
	if !known || r.number == 0 && s.f == "" && s.next.stage == Young {
		return p
	}
	p.learn()
	p.create = r.number == 0
	due := p.next.stage != Young
	switch {
	case p.create && !due, p.closes():
		p.state = "closed"
	case !p.create && due && !r.open:
		p.state = "open"
	}
	p.close = r.duplicates
	p.write = !p.create && !p.ignores() && p.outdated()
	for _, row := range sayings {
		if !row.when(s) {
			continue
		}
		if row.comment != nil {
			p.say = append(p.say, row.comment(p.sight))
		}
		if row.warning != nil {
			p.warnings = append(p.warnings, row.warning(p.sight))
		}
	}
	if !p.create && !p.write && p.state == "" && r.comments > 0 {
		p.say = nil // it has been said
	}
	for _, c := range r.unsaid {
		if !slices.Contains(p.say, c) {
			p.say = append(p.say, c)
		}
	}
	return p
}

// learn puts what the run has seen into the next marker. While a young key's record
// stays open, its date is kept, so that the run that closes it can say what changed.
func (p *plan) learn() {
	p.next.key = p.run.Name
	p.next.place = cmp.Or(p.place, p.run.Secret.place())
	if p.f != "" {
		p.next.seen = note(p.seen, sighting{p.f, p.known})
	}
	switch {
	case p.number != 0 && p.open && p.next.stage == Young && !p.mayClose() && p.date != "":
	case p.dated != "":
		p.next.date, p.next.by = p.dated, p.run.By
	default:
		p.next.date, p.next.by = p.known, ByRecord
	}
}

// outdated reports whether the record must be written: its due date or stage
// changed, it was edited, or there is a key, a place or a date to note.
func (p *plan) outdated() bool {
	same := func(a, b sighting) bool { return a.fingerprint == b.fingerprint }
	return !p.intact || p.joined || p.next.due != p.due || p.next.stage != p.stage || p.next.place != p.place ||
		!slices.EqualFunc(p.next.seen, p.seen, same) || p.savedAgain() && p.next.date != p.date
}

// place returns the whole place of a secret, or "" if it has no name. GitHub ignores
// the case of all its parts.
func (s Secret) place() string {
	switch {
	case s.Name == "":
		return ""
	case s.Organization != "":
		return s.Name + "/organization/" + plain.Line(s.Organization)
	case s.Environment != "":
		return s.Name + "/environment/" + plain.Line(s.Environment)
	}
	return s.Name
}

// joinAll returns the record of several of the same key: the oldest, with the facts
// of all. Records are in the order of their numbers.
func joinAll(found []record) record {
	if len(found) == 0 {
		return record{}
	}
	all := found[0]
	for _, other := range found[1:] {
		if other.open {
			all.duplicates = append(all.duplicates, other.number)
		}
		for _, s := range slices.Backward(other.seen) {
			if all.join(s, other.open) {
				all.joined = true
			}
		}
		all.place = cmp.Or(all.place, other.place)
	}
	all.garbled = all.garbled && len(all.seen) == 0
	return all
}

// join adds a sighting from a younger record, and reports whether to write that. A key
// that this one lacks is put before its own, because its last key is the current one.
// An earlier day is written only while the other one is open: it is read again.
func (r *record) join(s sighting, open bool) (write bool) {
	switch i := indexOf(r.seen, s.fingerprint); {
	case i < 0 && len(r.seen) < maxSeen:
		r.seen = append([]sighting{s}, r.seen...)
		return true
	case i >= 0 && s.since < r.seen[i].since:
		r.seen = slices.Clone(r.seen)
		r.seen[i].since = s.since
		return open
	}
	return false
}
