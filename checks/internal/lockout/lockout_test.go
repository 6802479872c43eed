package lockout

import (
	"testing"

	"flexy-key-check/checks/internal/test/testkit"
)

// A setting is what a search assumes about the API and the address. Whatever it
// leaves open is tried in every way: which keys are good, which sends get no answer.
type setting struct {
	limit    int    // failed attempts that block
	earlier  int    // failures on the address before the run
	numbers  extent // which answers contain the attempts left
	resets   bool   // whether a success resets the count
	complete bool   // no answer is lost
}

// left returns how many attempts the address has left when the run begins.
func (s setting) left() int { return s.limit - s.earlier }

// mayBlock reports whether a run may block the address, as the package comment says.
func (s setting) mayBlock() bool {
	if s.complete && s.numbers == all {
		return s.left() < 2
	}
	return s.left() < 4
}

// An extent says of how many things something is true.
type extent string

const (
	all  extent = "all"
	some extent = "some" // any of them, in every combination
	none extent = "none"
)

func (e extent) options() []bool {
	return map[extent][]bool{all: {true}, some: {true, false}, none: {false}}[e]
}

// settings returns both worlds, each with every number of earlier failures that does
// not block the address already.
func settings() []setting {
	var out []setting
	for _, limit := range []int{5, 20} {
		for earlier := range limit {
			for _, numbers := range []extent{all, some, none} {
				for i := range 4 {
					out = append(out, setting{limit, earlier, numbers, i&1 == 0, i&2 == 0})
				}
			}
		}
	}
	return out
}

// A world is the guard and the truth, which the guard cannot see.
type world struct {
	guard  Guard
	count  int  // failed attempts that the API has counted
	failed int  // those of this run, ...
	told   int  // ... and those of them with an answer
	lost   bool // whether an answer was lost
}

// next returns all worlds after one more send, of any key and to either endpoint.
func (s setting) next(w world) []world {
	var out []world
	end := func(w world, o Outcome) {
		for _, numbered := range s.numbers.options() {
			w, number := w, NoCount
			if numbered {
				number = s.limit - w.count
			}
			w.guard.Ended(o, number)
			out = append(out, w)
		}
	}
	lose := func(w world) {
		if !s.complete {
			w.lost = true
			w.guard.Ended(Lost, NoCount)
			out = append(out, w)
		}
	}
	end(w, NotSent)
	end(w, Other)
	lose(w) // it never arrived
	if w.count >= s.limit {
		end(w, Blocked)
		return out
	}
	good := w
	if s.resets {
		good.count = 0
	}
	end(good, Accepted)
	lose(good)
	w.count, w.failed = w.count+1, w.failed+1
	lose(w)
	w.told++
	end(w, Failed)
	return out
}

// facts are the extremes over all reachable worlds.
type facts struct {
	blocks bool // whether a run can block the address
	failed int  // most failed attempts of a run
	told   int  // most 401s of a run
	held   int  // fewest failed attempts before a key is held back while nothing was lost
	worlds int
}

// search visits every world that a run can reach.
func (s setting) search() facts {
	first := world{guard: *New(), count: s.earlier}
	found, visited := facts{held: s.limit}, map[world]bool{first: true}
	for todo := []world{first}; len(todo) > 0; {
		w := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		found.blocks = found.blocks || w.count >= s.limit
		found.failed, found.told = max(found.failed, w.failed), max(found.told, w.told)
		if !w.guard.MaySend() {
			if !w.lost {
				found.held = min(found.held, w.failed)
			}
			continue
		}
		for _, next := range s.next(w) {
			if !visited[next] {
				visited[next], todo = true, append(todo, next)
			}
		}
	}
	found.worlds = len(visited)
	return found
}

// TestEveryReachableWorld proves what the package comment promises, neither more nor
// less.
func TestEveryReachableWorld(t *testing.T) {
	t.Parallel()
	worlds, most := 0, facts{}
	blocks := map[bool]int{true: Attempts, false: Attempts} // fewest earlier failures, by whether every rejection tells
	for _, s := range settings() {
		found := s.search()
		if tells := s.complete && s.numbers == all; found.blocks && s.limit == Attempts {
			blocks[tells] = min(blocks[tells], s.earlier)
		}
		worlds += found.worlds
		most.failed, most.told = max(most.failed, found.failed), max(most.told, found.told)
		if found.blocks != s.mayBlock() {
			t.Errorf("%+v: %+v", s, found)
		}
		if s.complete && found.failed > 3 {
			t.Errorf("%+v: too many failures: %+v", s, found)
		}
		if s.earlier == 0 && found.held != 3 {
			t.Errorf("%+v: a key was held back after %d failures", s, found.held)
		}
	}
	t.Logf("%d states in %d settings", worlds, len(settings()))
	testkit.Diff(t, []int{3, 6}, []int{most.told, most.failed})
	testkit.Says(t, "README.md", "a run stops after "+testkit.Number(most.told)+" failed attempts")
	testkit.Says(t, ".github/SECURITY.md",
		"at most "+testkit.Number(most.told)+" failed attempts, or "+testkit.Number(most.failed)+" if answers are lost",
		"fewer than "+testkit.Number(blocks[false])+" attempts had failed before it, or fewer than "+testkit.Number(blocks[true])+" where every rejection arrives")
}

// The rule, send by send. A send may start before each of them, but not after the last.
func TestGuard(t *testing.T) {
	t.Parallel()
	type end struct {
		o    Outcome
		left int
	}
	for name, ends := range map[string][]end{
		"blocked":                       {{Blocked, NoCount}},
		"blocked, with a number":        {{Blocked, 20}},
		"two left":                      {{Failed, 2}},
		"none left":                     {{Failed, 0}},
		"two left, without a 401":       {{Other, 2}},
		"three failed":                  {{Failed, NoCount}, {Failed, NoCount}, {Failed, NoCount}},
		"three failed of twenty":        {{Failed, 19}, {Failed, 18}, {Failed, 17}},
		"three failed of hundred":       {{Failed, 99}, {Failed, 98}, {Failed, 97}},
		"three lost":                    {{Lost, NoCount}, {Lost, NoCount}, {Lost, NoCount}},
		"three unknown outcomes":        {{-1, 9}, {0, 9}, {99, 9}},
		"a success resets nothing":      {{Failed, 4}, {Failed, 3}, {Accepted, NoCount}, {Accepted, 20}, {Failed, 4}},
		"what is not sent costs none":   {{NotSent, NoCount}, {NotSent, 0}, {Failed, 2}},
		"an answer without a 401":       {{Other, NoCount}, {Other, 3}, {Other, 20}, {Other, 2}},
		"a number settles what is lost": {{Lost, NoCount}, {Lost, NoCount}, {Failed, 4}, {Failed, 3}, {Lost, NoCount}},
		"so does one above five":        {{Lost, NoCount}, {Lost, NoCount}, {Failed, 17}, {Lost, NoCount}, {Failed, 15}, {Failed, 14}},
		"a lost answer has no number":   {{Lost, 1}, {Lost, 1}, {Failed, 2}},
		"only one of a 401 does":        {{Lost, NoCount}, {Lost, NoCount}, {Other, 5}, {Failed, NoCount}},
		"lost and failed":               {{Lost, NoCount}, {Failed, NoCount}, {Failed, NoCount}},
		"a number that agrees":          {{Lost, NoCount}, {Failed, 3}, {Failed, 2}},
	} {
		g := New()
		for i, e := range ends {
			if !g.MaySend() {
				t.Errorf("%s: send %d may not start: %+v", name, i+1, *g)
			}
			g.Ended(e.o, e.left)
		}
		if g.MaySend() {
			t.Errorf("%s: another may be sent: %+v", name, *g)
		}
	}
}
