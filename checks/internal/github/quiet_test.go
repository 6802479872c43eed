package github

import (
	"fmt"
	"slices"
	"strings"

	"flexy-key-check/checks/internal/test/githubtest"
)

// quiet is a run in which nothing goes wrong. It must leave the key's record right,
// whatever went wrong before, and another run must then write nothing.
func (w *world) quiet(name string) {
	t, k, run, notes := w.t, w.keys[name], w.run(name), w.countNotes()
	before, was := w.mine(name), part{}
	wasOpen, comments := false, 0
	if len(before) > 0 {
		was, _ = parse(before[0].Body, dayOf(w.now()))
		wasOpen, comments = before[0].State == "open", len(before[0].Comments)
	}
	w.tries(run)
	kept, err := w.keeping(t.Context(), run)
	if err != nil || kept.Failed != nil {
		t.Fatal(err, kept.Failed)
	}
	after := w.mine(name)
	w.checkMemory(name, run, after)
	if len(after) == 0 {
		if run.Fingerprint != "" {
			t.Errorf("there is no record of %q", name)
		}
		return
	}
	p, _ := parse(after[0].Body, dayOf(w.now()))
	if len(before) > 0 {
		expect(t, "the oldest stays", before[0].Number, after[0].Number)
	}
	w.checkState(k, run, p, after[0].State == "open", wasOpen)
	w.checkComments(run, was, p, after[0], comments)
	w.m.TakeWrites()
	if again, err := w.keeping(t.Context(), run); err != nil || again.Failed != nil {
		t.Fatal(err, again.Failed)
	}
	expect(t, "writes when nothing changed", "", w.m.TakeWrites())
	expect(t, "address", fmt.Sprintf("%s/%s/issues/%d", testServer, testRepo, after[0].Number), kept.Address)
	expect(t, "notes", notes, w.countNotes())
	expect(t, "labels", true, len(w.m.Labels) <= 1)
}

// base returns the day from which the model counts the age, and whether it is known:
// the record's own memory of the key is checked apart.
func (w *world) base(run Run, p part) (day, bool) {
	base, known := day(""), false
	if !run.Date.IsZero() {
		base, known = dayOf(run.Date), true
	}
	for _, s := range p.seen {
		if s.fingerprint == run.Fingerprint && run.Fingerprint != "" && (!known || s.since < base) {
			base, known = s.since, true
		}
	}
	return base, known
}

// checkState checks rules 1 and 2: the record is open if the key is due, and closed if
// it is young and the run may close it.
func (w *world) checkState(k *truth, run Run, p part, open, wasOpen bool) {
	base, known := w.base(run, p)
	if !known {
		return
	}
	left := k.maxAge - dayOf(w.now()).since(base)
	seen := run.Fingerprint != "" && indexOf(p.seen, run.Fingerprint) >= 0
	switch {
	case left <= 14:
		expect(w.t, fmt.Sprintf("open with %d days left", left), true, open)
		expect(w.t, "due", dayOf(w.now()).add(left), p.due)
		expect(w.t, "stage", left <= 0, p.stage == Overdue)
	case run.RotationOnly && (p.by != ByRecord || !wasOpen), seen && run.Passed:
		expect(w.t, fmt.Sprintf("open with %d days left, and may be closed", left), false, open)
	default:
		expect(w.t, fmt.Sprintf("open with %d days left, and must stay", left), wasOpen, open)
	}
}

// checkMemory checks what the record knows of each key, against the true history: not
// earlier than the first run that had it or a date that came with it, and not later than
// the first quiet run that noted it.
func (w *world) checkMemory(name string, run Run, after []*githubtest.Issue) {
	k := w.keys[name]
	if len(after) == 0 {
		return
	}
	p, _ := parse(after[0].Body, dayOf(w.now()))
	for n := range k.made + 1 {
		at := indexOf(p.seen, fmt.Sprintf("%012x", n))
		if _, noted := k.noted[n]; at < 0 {
			if noted && len(p.seen) < maxSeen {
				w.t.Errorf("the record of %q has forgotten key %d", name, n)
			}
			continue
		}
		since := p.seen[at].since.since(dayOf(today))
		if _, noted := k.noted[n]; !noted {
			k.noted[n] = max(since, 0)
		}
		if since > k.noted[n] {
			w.t.Errorf("the record of %q knows key %d since day %d, and before since day %d", name, n, since, k.noted[n])
		}
		came, dated := k.came[n]
		if tried, had := k.tried[n]; !had || since < tried && (!dated || since < came) {
			w.t.Errorf("the record of %q knows key %d since day %d, which no run had before day %d", name, n, since, tried)
		}
	}
	if run.Fingerprint != "" && run.Passed {
		expect(w.t, "the current key", run.Fingerprint, p.last())
	}
}

// checkComments checks rule 3: of each comment there is one, a key that is overdue has
// one, and a change is said if and only if another key was seen.
func (w *world) checkComments(run Run, was, p part, i *githubtest.Issue, before int) {
	count := map[string]int{}
	for _, c := range i.Comments {
		marker, _, _ := strings.Cut(c.Body, "\n")
		// Runs at the same time can leave a copy. The next run that makes a comment
		// deletes it.
		if count[marker]++; count[marker] > 1 && (len(i.Comments) > before || !w.keys[run.Name].raced) {
			w.t.Errorf("twice: %s", marker)
		}
	}
	if _, known := w.base(run, p); known && p.stage == Overdue {
		expect(w.t, "says that it is overdue", true, count[comment{"overdue", string(p.due), ""}.marker()] >= 1)
	}
	change := comment{"changed", was.last(), p.last()}.marker()
	if was.last() != "" && was.last() != p.last() {
		newcomer := indexOf(was.seen, p.last()) < 0
		if said := count[change] == 1; newcomer && !said {
			w.t.Errorf("does not say %s", change)
		}
	}
	for _, c := range i.Comments[min(before, len(i.Comments)):] {
		late := slices.ContainsFunc(was.unsaid, func(u comment) bool { return strings.HasPrefix(c.Body, u.marker()) })
		if strings.Contains(c.Body, "flexy-key-check:changed") && !strings.HasPrefix(c.Body, change) && !late {
			w.t.Errorf("says %s, but saw %s", c.Body, change)
		}
	}
}
