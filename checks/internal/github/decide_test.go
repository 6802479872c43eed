package github

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/test/githubtest"
)

// A step is one run in the life of a record, some days after the one before, and what
// can be seen afterwards: "open" or "closed", the stage, "+" a comment that was made,
// "!" a warning, "=" that nothing was written.
type step struct {
	later  int
	run    func(*Run)
	before func(*githubtest.API) // what people do before it
	want   string
}

// prepare returns the step's run on a day, after what people do before it.
func (s step) prepare(m *githubtest.API, now time.Time) Run {
	run := seeing("")
	run.Passed, run.Today = false, now
	s.run(&run)
	if s.before != nil {
		s.before(m)
	}
	return run
}

// The changes to a run. Without any it has no key and no date, and is a deploy.
func with(changes ...func(*Run)) func(*Run) {
	return func(r *Run) {
		for _, change := range changes {
			change(r)
		}
	}
}

func key(fingerprint string) func(*Run) {
	return func(r *Run) { r.Fingerprint, r.Passed = fingerprint, true }
}

func failing(r *Run) { r.Passed = false }
func only(r *Run)    { r.RotationOnly = true }

// dated gives a date, in days after the first one of the life.
func dated(by Source, day int) func(*Run) {
	return func(r *Run) { r.Date, r.By = today.AddDate(0, 0, day), by }
}

func stored(environment string) func(*Run) {
	return func(r *Run) { r.Secret.Environment = environment }
}
func nowhere(r *Run) { r.Secret = Secret{} }

func limits(maxAge, remind int) func(*Run) {
	return func(r *Run) { r.MaxAgeDays, r.RemindDays = maxAge, remind }
}

// edited replaces text in the first issue.
func edited(old, text string) func(*githubtest.API) {
	return func(m *githubtest.API) {
		if !strings.Contains(m.Issues[0].Body, old) {
			panic("the body lacks " + old + ":\n" + m.Issues[0].Body)
		}
		m.Issues[0].Body = strings.Replace(m.Issues[0].Body, old, text, 1)
	}
}

func setState(state string) func(*githubtest.API) {
	return func(m *githubtest.API) { m.Issues[0].State = state }
}

// lives are the rows of the table, and what follows from the three rules.
var lives = map[string][]step{
	"the place differs": {
		{run: with(key(oldKey), stored("production")), want: "closed young"},
		{run: with(key(newKey), stored("staging")), want: "closed young = !two keys are called"},
		{later: 80, run: with(key(newKey), stored("staging")), want: "closed young = !two keys are called"},
		{run: with(key(oldKey), stored("production")), want: "open due-soon"},
	},
	"the place is noted once it is known": {
		{run: with(key(oldKey), nowhere), want: "closed young"},
		{run: with(key(oldKey), stored("production")), want: "closed young"},
		{run: with(key(oldKey), nowhere), want: "closed young ="},
		{run: with(key(oldKey), stored("staging")), want: "closed young = !two keys are called"},
	},
	"first seen, young": {
		{run: key(oldKey), want: "closed young"},
		{later: 75, run: key(oldKey), want: "closed young ="},
		{later: 1, run: key(oldKey), want: "open due-soon"},
		{later: 1, run: key(oldKey), want: "open due-soon ="},
		{later: 13, run: key(oldKey), want: "open overdue +overdue"},
		{later: 9, run: key(oldKey), want: "open overdue ="},
		{run: key(newKey), want: "closed young +changed"},
		{later: 75, run: key(newKey), want: "closed young ="},
		{later: 1, run: key(newKey), want: "open due-soon"},
	},
	"first seen, due by its date":     {{run: with(key(oldKey), dated(ByDate, -80)), want: "open due-soon"}},
	"first seen, overdue by its date": {{run: with(key(oldKey), dated(ByDate, -95)), want: "open overdue +overdue"}},
	"first seen, but not as expected": {
		{run: with(key(oldKey), failing), want: "closed young"},
		{later: 80, run: with(key(oldKey), failing), want: "open due-soon"},
		{run: with(key(oldKey), failing, limits(900, 14)), want: "open young"},
		{run: with(key(oldKey), limits(900, 14)), want: "closed young"},
	},
	"no record and no key": {
		{run: with(only, dated(ByDate, 0)), want: "none"},
		{run: with(dated(ByDate, 0)), want: "none"},
		{later: 80, run: with(dated(ByDate, 0)), want: "open due-soon"},
		{run: with(key(oldKey), dated(ByDate, 0)), want: "open due-soon"},
		{run: with(key(oldKey), dated(ByDate, 0)), want: "open due-soon ="},
		{run: with(key(newKey), dated(ByDate, 80)), want: "closed young +changed"},
		{before: setState("open"), run: with(key(newKey), dated(ByDate, 80)), want: "closed young"},
	},
	"neither record, key nor date": {{run: with(), want: "none"}},
	"a key that is never accepted, without a date": {
		{run: key(oldKey), want: "closed young"},
		{later: 80, run: with(), want: "closed young ="},
	},
	"a new key that is not as expected": {
		{run: key(oldKey), want: "closed young"},
		{later: 80, run: key(oldKey), want: "open due-soon"},
		{run: with(key(newKey), failing), want: "open due-soon ="},
		{run: key(oldKey), want: "open due-soon ="},
		{run: key(newKey), want: "closed young +changed"},
	},
	"an earlier key is back": {
		{run: key(oldKey), want: "closed young"},
		{later: 40, run: key(newKey), want: "closed young +changed"},
		{run: key(oldKey), want: "closed young !an earlier key is back"},
		{later: 36, run: key(oldKey), want: "open due-soon"},
		{run: key(newKey), want: "closed young !an earlier key is back"},
		{run: key(oldKey), want: "open due-soon !an earlier key is back"},
	},
	"saved again": {
		{run: with(key(oldKey), dated(BySecret, 0)), want: "closed young"},
		{later: 80, run: with(key(oldKey), dated(BySecret, 0)), want: "open due-soon"},
		{run: with(key(oldKey), dated(BySecret, 80)), want: "open due-soon +saved-again !saved again"},
		{later: 1, run: with(key(oldKey), dated(BySecret, 80)), want: "open due-soon = !saved again"},
		{later: 1, run: with(key(oldKey), dated(BySecret, 82)), want: "open due-soon +saved-again !saved again"},
		{later: 8, run: with(key(oldKey), dated(BySecret, 82)), want: "open overdue +overdue !saved again"},
		{run: with(key(newKey), dated(BySecret, 82)), want: "closed young +changed"},
		{later: 75, run: with(key(third), dated(BySecret, 82)), want: "open due-soon +changed !its secret was last saved on"},
		{run: with(key(newKey), dated(BySecret, 90)), want: "closed young !an earlier key is back"},
	},
	"saved again while it was young": {
		{run: with(key(oldKey), dated(ByDate, 0)), want: "closed young"},
		{later: 60, run: with(key(oldKey), dated(ByDate, 60)), want: "closed young ="},
		{later: 16, run: with(key(oldKey), dated(ByDate, 60)), want: "open due-soon +saved-again !saved again"},
	},
	"the date was forgotten": {
		{run: with(key(oldKey), dated(ByDate, 0)), want: "closed young"},
		{later: 80, run: with(key(oldKey), dated(ByDate, 0)), want: "open due-soon"},
		{run: with(key(newKey), dated(ByDate, 0)), want: "open due-soon +changed !the key changed on 2026-05-20, but {rotated-on} still says 2026-03-01"},
		{later: 1, run: with(key(newKey), dated(ByDate, 0)), want: "open due-soon = !the key changed on 2026-05-20"},
		{run: with(key(newKey), dated(ByDate, 80)), want: "closed young +moved"},
	},
	"the key is not the one in the secret": {
		{run: with(key(oldKey), dated(BySecret, 0)), want: "closed young"},
		{later: 80, run: with(key(newKey), dated(BySecret, 0)), want: "open due-soon +changed !its secret was last saved on 2026-03-01"},
	},
	"the limits changed": {
		{run: with(key(oldKey), dated(ByDate, 0)), want: "closed young"},
		{later: 80, run: with(key(oldKey), dated(ByDate, 0)), want: "open due-soon"},
		{run: with(key(oldKey), dated(ByDate, 0), limits(90, 5)), want: "closed young +limits"},
		{run: with(key(oldKey), dated(ByDate, 0), limits(90, 14)), want: "open due-soon"},
		{run: with(key(oldKey), dated(ByDate, 0), limits(90, 5)), want: "closed young"},
		{run: with(key(oldKey), dated(ByDate, 0), limits(60, 5)), want: "open overdue +overdue"},
		{run: with(only, dated(ByDate, 0), limits(180, 14)), want: "closed young +limits"},
	},
	"the date moved back and forth": {
		{run: with(key(oldKey), dated(ByDate, 0)), want: "closed young"},
		{later: 80, run: with(key(newKey), dated(ByDate, 80)), want: "closed young +changed"},
		{run: with(key(newKey), dated(ByDate, 0)), want: "open due-soon !the key changed on 2026-05-20"},
		{run: with(key(newKey), dated(ByDate, 80)), want: "closed young +moved"},
	},
	"an earlier date that was wrong": {
		{run: with(key(oldKey), dated(ByDate, 0)), want: "closed young"},
		{run: with(key(oldKey), dated(ByDate, -80)), want: "open due-soon"},
		{run: with(key(oldKey), dated(ByDate, 0)), want: "open due-soon +saved-again !take the label flexy-key-rotation off issue #1"},
	},
	"without the key, the date is later": {
		{run: with(only, dated(BySecret, -80)), want: "open due-soon"},
		{later: 10, run: with(only, dated(BySecret, 10)), want: "closed young +later"},
		{later: 76, run: with(only, dated(BySecret, 10)), want: "open due-soon"},
	},
	"without the key, a date of another source": {
		{run: key(oldKey), want: "closed young"},
		{later: 80, run: key(oldKey), want: "open due-soon"},
		{run: with(only, dated(ByDate, 79)), want: "open due-soon = !the age now comes from {rotated-on}"},
		{run: with(dated(BySecret, 79)), want: "open due-soon = !the day on which the secret was last saved"},
		{before: setState("closed"), run: with(only, dated(ByDate, 79)), want: "closed due-soon ="},
	},
	"without the key, in a deploy": {
		{run: with(key(oldKey), dated(ByDate, 0)), want: "closed young"},
		{later: 80, run: with(dated(ByDate, 0)), want: "open due-soon"},
		{later: 10, run: with(dated(ByDate, 0)), want: "open overdue +overdue"},
		{run: with(dated(ByDate, 90)), want: "open young"},
		{run: with(dated(ByDate, 90)), want: "open young ="},
		{run: with(only, dated(ByDate, 90)), want: "closed young +later"},
	},
	"saved again, and then without the key": {
		{run: with(key(oldKey), dated(BySecret, 0)), want: "closed young"},
		{later: 80, run: with(key(oldKey), dated(BySecret, 79)), want: "open due-soon +saved-again !saved again"},
		{run: with(only, dated(BySecret, 79)), want: "closed young +later"},
		{run: with(only, dated(BySecret, 79), limits(90, 89)), want: "open due-soon"},
		{run: with(only, dated(BySecret, 79)), want: "closed young +limits"},
		{run: with(key(oldKey), dated(BySecret, 79)), want: "open due-soon !saved again"},
	},
	"open although young": {
		{run: key(oldKey), want: "closed young"},
		{before: setState("open"), run: with(key(oldKey), failing), want: "open young ="},
		{run: key(oldKey), want: "closed young"},
	},
	"closed although due": {
		{run: with(key(oldKey), dated(ByDate, -80)), want: "open due-soon"},
		{before: setState("closed"), run: with(dated(ByDate, -80)), want: "open due-soon"},
	},
	"a rotation that a person closed": {
		{run: with(key(oldKey), dated(ByDate, -80)), want: "open due-soon"},
		{before: setState("closed"), run: with(key(newKey), dated(ByDate, 0)), want: "closed young +changed"},
	},
	"a first day in the future": {
		{run: key(oldKey), want: "closed young"},
		{later: 80, before: edited(oldKey+":2026-03-01", oldKey+":2026-05-22"), run: key(oldKey), want: "closed young !its age begins again"},
		{later: 1, run: key(oldKey), want: "closed young ="},
	},
	"a first day that was removed": {
		{run: key(oldKey), want: "closed young"},
		{later: 80, before: edited(oldKey+":2026-03-01", ""), run: key(oldKey), want: "closed young !its age begins again"},
	},
	"a first day in other quotes": {
		{run: with(key(oldKey), dated(ByDate, 0)), want: "closed young"},
		{later: 80, before: edited(`seen="`+oldKey+`:2026-03-01"`, "seen='"+oldKey+":2026-03-01'"), run: key(oldKey), want: "closed young !its age begins again"},
	},
	"fields in another order and on other lines": {
		{run: key(oldKey), want: "closed young"},
		{later: 80, before: edited(`begin key="checkout" place="FLEXY_API_KEY" `, "begin place=\"FLEXY_API_KEY\"\r\nkey=\"checkout\"\t"), run: key(oldKey), want: "open due-soon"},
	},
	"a first day tomorrow": {
		{before: nil, run: key(oldKey), want: "closed young"},
		{before: edited(oldKey+":2026-03-01", oldKey+":2026-03-02"), run: key(oldKey), want: "closed young ="},
	},
	"a garbled first day, with a date": {
		{run: with(key(oldKey), dated(ByDate, 0)), want: "closed young"},
		{later: 80, before: edited(oldKey+":2026-03-01", "x:2026-03-01"), run: with(key(oldKey), dated(ByDate, 0)), want: "open due-soon"},
	},
	"a date in the future": {
		{run: with(only, dated(ByDate, -80)), want: "open due-soon"},
		{before: edited(`date="2025-12-11"`, `date="2026-03-03"`), run: with(only, dated(ByDate, 0)), want: "closed young"},
	},
	"a garbled source": {
		{run: with(only, dated(ByDate, -80)), want: "open due-soon"},
		{before: edited(`by="rotated-on"`, `by="mallory"`), run: with(only, dated(ByDate, 0)), want: "open due-soon = !the age now comes from"},
	},
	"a garbled due date and stage": {
		{run: with(key(oldKey), dated(ByDate, -80)), want: "open due-soon"},
		{before: edited(`due="2026-03-11"`, `due="soon"`), run: with(key(oldKey), dated(ByDate, -80)), want: "open due-soon"},
		{before: edited(`stage="due-soon"`, `stage="young"`), run: with(key(oldKey), dated(ByDate, -80)), want: "open due-soon"},
		{before: edited("Four steps", "Five steps"), run: with(key(oldKey), dated(ByDate, -80)), want: "open due-soon"},
		{run: with(key(oldKey), dated(ByDate, -80)), want: "open due-soon ="},
		{before: edited(`stage="due-soon"`, `stage="x"`), run: with(key(oldKey), dated(ByDate, -80), limits(90, 5)), want: "closed young"},
	},
}

// seenOf returns what can be seen of the first issue.
func seenOf(m *githubtest.API) string {
	if len(m.Issues) == 0 {
		return "none"
	}
	p, _ := parse(m.Issues[0].Body, dayOf(today.AddDate(2, 0, 0)))
	return m.Issues[0].State + " " + string(p.stage)
}

func TestLives(t *testing.T) {
	t.Parallel()
	for name, steps := range lives {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, now, comments := newModel(), today, 0
			for n, s := range steps {
				now = now.AddDate(0, 0, s.later)
				run := s.prepare(m, now)
				m.TakeWrites()
				kept := keep(t, m, run)
				got := seenOf(m)
				if len(m.Issues) > 0 {
					for _, c := range m.Issues[0].Comments[comments:] {
						kind, _, _ := strings.Cut(strings.TrimPrefix(c.Body, "<!-- flexy-key-check:"), " ")
						got += " +" + kind
					}
					comments = len(m.Issues[0].Comments)
				}
				if m.TakeWrites() == "" && got != "none" {
					got += " ="
				}
				want, warning, warned := strings.Cut(s.want, " !")
				expect(t, fmt.Sprintf("step %d", n+1), want, got)
				expect(t, fmt.Sprintf("step %d: warnings", n+1), warned, slices.ContainsFunc(kept.Warnings, func(w mistake.Notice) bool {
					return strings.Contains(w.Message+"; "+w.Hint, warning)
				}))
				if len(kept.Warnings) > 1 || kept.Failed != nil || len(m.Issues) > 1 {
					t.Errorf("step %d: %d warnings, %d issues, failed %v", n+1, len(kept.Warnings), len(m.Issues), kept.Failed)
				}
			}
		})
	}
}
