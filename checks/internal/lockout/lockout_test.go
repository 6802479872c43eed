package lockout

import (
	"testing"

	"flexy-key-check/checks/internal/test/testkit"
)

// A setting is what a search assumes about the API and the keys. Whatever it leaves
// open is tried in every way.
type setting struct {
	earlier  int    // failures on the address before the run
	complete bool   // no answer is lost
	numbers  extent // which 401s contain the attempts left
	resets   extent // which good keys reset the API's count
	good     extent // which keys are good
}

// An extent says of how many things something is true.
type extent int

const (
	some extent = iota // any of them, in every combination
	all
	none
)

func (e extent) options() []bool {
	return map[extent][]bool{some: {true, false}, all: {true}, none: {false}}[e]
}

// A world is the guard and the truth, which the guard cannot see.
type world struct {
	guard         Guard
	count, failed int // failed attempts that the API has counted, and those of this run
	answered      int // those with an answer
}

// next returns all worlds after one more send.
func (s setting) next(w world) []world {
	var out []world
	end := func(w world, o Outcome, number int) {
		w.guard.Ended(o, number)
		out = append(out, w)
	}
	end(w, NotSent, NoCount)
	end(w, Other, NoCount)
	for _, good := range s.good.options() {
		switch {
		case w.count == Attempts:
			end(w, Blocked, NoCount)
		case good:
			for _, reset := range s.resets.options() {
				w := w
				if reset {
					w.count = 0
				}
				end(w, Accepted, NoCount)
				if !s.complete {
					end(w, Lost, NoCount)
				}
			}
		default:
			if !s.complete {
				end(w, Lost, NoCount) // it never arrived
			}
			w := w
			w.count, w.failed = w.count+1, w.failed+1
			if !s.complete {
				end(w, Lost, NoCount)
			}
			w.answered++
			for _, numbered := range s.numbers.options() {
				number := NoCount
				if numbered {
					number = Attempts - w.count
				}
				end(w, Failed, number)
			}
		}
	}
	return out
}

// facts are the extremes over all reachable worlds.
type facts struct {
	Count    int // highest count of failed attempts at the API
	Answered int // most 401s of a run
	Locked   int // fewest failed attempts with which a run is locked; -1: never locked
}

// TestEveryReachableWorld proves what the package comment promises, and shows the
// limits that it names.
func TestEveryReachableWorld(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		in   setting
		want facts
	}{
		"no earlier failure":                      {setting{resets: none}, facts{3, 3, 0}},
		"no earlier failure, resets":              {setting{}, facts{3, 3, 0}},
		"one earlier failure":                     {setting{earlier: 1}, facts{4, 3, 0}},
		"two earlier failures":                    {setting{earlier: 2, complete: true, numbers: all}, facts{3, 3, 1}},
		"three earlier failures":                  {setting{earlier: 3, complete: true, numbers: all}, facts{4, 3, 1}},
		"two earlier failures, lost":              {setting{earlier: 2, numbers: all}, facts{5, 3, 0}},
		"two earlier failures, no numbers":        {setting{earlier: 2, complete: true}, facts{5, 3, 1}},
		"all have numbers":                        {setting{complete: true, numbers: all}, facts{3, 3, 3}},
		"none has a number":                       {setting{complete: true, numbers: none}, facts{3, 3, 3}},
		"good keys only":                          {setting{complete: true, good: all}, facts{0, 0, -1}},
		"good keys only, after four earlier ones": {setting{complete: true, good: all, earlier: 4, resets: none}, facts{4, 0, -1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := world{guard: *New(), count: tt.in.earlier}
			found, visited := facts{Locked: -1}, map[world]bool{first: true}
			for todo := []world{first}; len(todo) > 0; {
				w := todo[len(todo)-1]
				todo = todo[:len(todo)-1]
				found.Count, found.Answered = max(found.Count, w.count), max(found.Answered, w.answered)
				if !w.guard.MaySend() {
					if found.Locked < 0 || w.failed < found.Locked {
						found.Locked = w.failed
					}
					continue
				}
				for _, next := range tt.in.next(w) {
					if !visited[next] {
						visited[next], todo = true, append(todo, next)
					}
				}
			}
			t.Logf("%d worlds", len(visited))
			testkit.Diff(t, tt.want, found)
		})
	}
}

func TestGuard(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		ends []Outcome
		left int
	}{
		"blocked":                {[]Outcome{Blocked}, NoCount},
		"two left":               {[]Outcome{Failed}, 2},
		"two left, without 401":  {[]Outcome{Other}, 2},
		"three left, twice":      {[]Outcome{Failed, Failed}, 3},
		"three failed":           {[]Outcome{Failed, Failed, Failed}, NoCount},
		"three lost":             {[]Outcome{Lost, Lost, Lost}, NoCount},
		"three unknown outcomes": {[]Outcome{-1, 0, 99}, 9},
	} {
		g := New()
		for _, o := range tt.ends {
			testkit.Diff(t, true, g.MaySend())
			g.Ended(o, tt.left)
		}
		if g.MaySend() {
			t.Errorf("%s: another may be sent", name)
		}
	}
}
