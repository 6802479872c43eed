package lockout

import (
	"testing"

	"flexy-key-check/checks/internal/testkit"
)

// facts are the extremes over all reachable worlds.
type facts struct {
	Count    int // highest count of failed attempts at the API
	Failed   int // most failed attempts of the run
	Answered int // most of those with an answer
	UnderWay int // most sends at a time
	Locked   int // fewest failed attempts with which a run is locked; open: never locked
}

// open is the value of Locked if no run is ever locked.
const open = -1

// TestEveryReachableWorld searches all worlds that are reachable from the start
// of a run: any number of keys, and any order of sends (including retries), of
// judgements and of answers (including lost ones). It proves what the package
// comment promises, and shows the limits that it names.
func TestEveryReachableWorld(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		in   setting
		want facts
	}{
		// There are at most three failed attempts, or six if good keys in
		// between reset the API's count.
		{"no earlier failure", setting{resets: none}, facts{3, 3, 3, 3, 0}},
		{"no earlier failure, resets", setting{}, facts{3, 6, 3, 3, 0}},
		{"no earlier failure, wrong keys only", setting{good: none}, facts{3, 3, 3, 1, 0}},
		{"one earlier failure", setting{earlier: 1, resets: none}, facts{4, 3, 3, 3, 0}},
		{"one earlier failure, resets", setting{earlier: 1}, facts{4, 6, 3, 3, 0}},
		{"the API sends wrong numbers", setting{complete: true, lies: true, resets: none}, facts{3, 3, 3, 3, 1}},

		// Nothing is held back needlessly.
		{"no answer lost, all have numbers", setting{complete: true, numbers: all}, facts{3, 3, 3, 3, 3}},
		{"no answer lost, none has a number", setting{complete: true, numbers: none}, facts{3, 3, 3, 3, 3}},
		{"no answer lost, some have numbers", setting{complete: true}, facts{3, 3, 3, 3, 2}},
		{"one wrong key", setting{complete: true, wrong: 1}, facts{1, 1, 1, 3, open}},
		{"two wrong keys", setting{complete: true, wrong: 2, numbers: all}, facts{2, 2, 2, 3, open}},
		{"good keys only", setting{complete: true, good: all}, facts{0, 0, 0, 3, open}},
		{"good keys only, four earlier failures", setting{complete: true, good: all, earlier: 4, resets: none}, facts{4, 0, 0, 3, open}},

		// With more earlier failures the address is safe if these, plus the
		// sends of wrong keys before the first number, are at most four.
		{"two earlier failures, two blind", setting{earlier: 2, blind: 2}, facts{4, 5, 3, 3, 0}},
		{"two earlier failures, wrong keys only", setting{earlier: 2, complete: true, numbers: all, good: none}, facts{3, 1, 1, 1, 1}},
		{"two earlier failures, resets", setting{earlier: 2, complete: true, numbers: all, resets: all}, facts{3, 3, 3, 3, 1}},
		{"three earlier failures, one blind", setting{earlier: 3, blind: 1}, facts{4, 4, 3, 3, 0}},
		{"three earlier failures, wrong keys only", setting{earlier: 3, complete: true, numbers: all, good: none}, facts{4, 1, 1, 1, 1}},
		// It is not safe if they are five or more: three at a time, lost
		// answers, answers without a number.
		{"two earlier failures, three at a time", setting{earlier: 2, complete: true, numbers: all, resets: none}, facts{5, 3, 3, 3, 1}},
		{"two earlier failures, lost", setting{earlier: 2, numbers: all, good: none}, facts{5, 3, 1, 1, 0}},
		{"two earlier failures, no numbers", setting{earlier: 2, complete: true, good: none}, facts{5, 3, 3, 1, 1}},
		{"wrong numbers, and answers lost", setting{lies: true, resets: none}, facts{5, 5, 3, 3, 0}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			testkit.Diff(t, tc.want, search(t, tc.in))
		})
	}
}

// search visits every world once and checks what must be true in all of them.
func search(t *testing.T, s setting) facts {
	t.Helper()
	first := world{guard: newState(), count: s.earlier}
	found := facts{Locked: open}
	visited := map[world]bool{first: true}
	for todo := []world{first}; len(todo) > 0; {
		w := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		found.add(w)
		s.check(t, w)
		for _, next := range s.next(w) {
			if w.guard.mayStart() == never && next.guard.mayStart() != never {
				t.Fatalf("locked, then open:\n%+v\n%+v", w, next)
			}
			if next = next.normal(); !visited[next] {
				visited[next] = true
				todo = append(todo, next)
			}
		}
	}
	t.Logf("%d worlds", len(visited))
	return found
}

func (f *facts) add(w world) {
	f.Count = max(f.Count, w.count)
	f.Failed = max(f.Failed, w.failed)
	f.Answered = max(f.Answered, w.guard.seen.failed())
	f.UnderWay = max(f.UnderWay, w.guard.underWay)
	if w.guard.mayStart() == never && (f.Locked == open || w.failed < f.Locked) {
		f.Locked = w.failed
	}
}

// check checks a world against the invariant, and its decision against the rule.
func (s setting) check(t *testing.T, w world) {
	t.Helper()
	g, decision := w.guard, w.guard.mayStart()
	unsure := g.seen.lost - g.settled + g.underWay
	hidden := s.earlier
	if g.seen.numbered > 0 {
		hidden = 0
	}
	limit := 1
	if g.accepted && g.seen.failed() == 0 {
		limit = 3
	}
	onlyGood := s.good == all && s.complete
	for _, rule := range []struct {
		broken string
		holds  bool
	}{
		{"the invariant", s.lies || Attempts-w.count >= g.left-unsure-hidden},
		{"two in reserve", decision != now || g.left-unsure-1 >= 2},
		{"one at a time, or three", decision != now || g.underWay < limit},
		{"a wait ends", decision != later || g.underWay > 0},
		{"good keys are not held back", !onlyGood || decision == now || g.underWay == limit},
	} {
		if !rule.holds {
			t.Fatalf("broken: %s: %+v", rule.broken, w)
		}
	}
}
