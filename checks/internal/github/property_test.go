package github

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"flexy-key-check/checks/internal/secret"
)

// A world is a repository with a few keys, its issues, and what happens to them
// day by day.
type world struct {
	t       *testing.T
	mu      sync.Mutex // of rand, for runs at the same time
	rand    *rand.Rand
	m       *model
	day     int            // since the beginning
	saved   map[string]int // by key: the day on which its secret was last saved
	keys    map[string]int // by key: the number of the key that the secret holds
	noted   map[int]string // by issue: the fingerprint that it notes
	notes   int            // that people have left
	history []string
}

var worldKeys = []string{"checkout", "checkout (old)", "check--out"}

func (w *world) intn(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rand.IntN(n)
}

// TestAnyHistory lets days go by, keys be rotated, runs succeed, fail, crash
// and collide, and people edit, in any order. After each quiet run each key's
// issues are what they must be, and nobody else's have changed.
func TestAnyHistory(t *testing.T) {
	t.Parallel()
	seeds := 24
	if testing.Short() {
		seeds = 10
	}
	for seed := range seeds {
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := &world{t: t, rand: rand.New(rand.NewPCG(uint64(seed), 7)), m: newModel(), saved: map[string]int{}, keys: map[string]int{}, noted: map[int]string{}}
				w.m.perPage = 3
				others := w.settle()
				for range 40 {
					w.step()
				}
				for n, was := range others {
					expect(t, was.Title, was, *w.m.issues[n])
				}
				if t.Failed() {
					t.Log(strings.Join(w.history, "\n"))
				}
			})
		})
	}
}

// settle fills the repository with issues of other people.
func (w *world) settle() []modelIssue {
	for n := range 12 {
		i := modelIssue{Title: fmt.Sprintf("other %d", n), Body: "nothing of ours"}
		label := Label
		switch n % 3 {
		case 1:
			i.Body, label = Body(w.reminder(worldKeys[n%len(worldKeys)])), "bug"
		case 2:
			r := w.reminder("somebody else's")
			i.Body = Body(r)
		}
		w.m.add(i, label)
	}
	var out []modelIssue
	for _, i := range w.m.issues {
		out = append(out, *i)
	}
	return out
}

// reminder is what a run of this day makes of a key.
func (w *world) reminder(key string) Reminder {
	r := reminder(w.day - w.saved[key])
	r.KeyName = key
	r.DueOn = today.AddDate(0, 0, w.saved[key]+90)
	r.RunURL = fmt.Sprintf("%s%d", testRun, w.day)
	r.Proven = w.intn(2) == 0
	if w.intn(3) > 0 { // else the key is not at hand
		r.Fingerprint = fmt.Sprintf("%012x", w.keys[key])
	}
	return r
}

// step lets something happen, and then has a quiet run for one key.
func (w *world) step() {
	key := worldKeys[w.intn(len(worldKeys))]
	happening := w.intn(14)
	switch happening {
	case 0, 1, 2:
		w.day += w.intn(40)
	case 3:
		w.saved[key] = w.day
		w.keys[key]++
	case 10: // the same key again
		w.saved[key] = w.day
	case 11: // back to the key before
		w.saved[key] = w.day
		w.keys[key] = max(w.keys[key]-1, 0)
	case 12: // another key, of which the date does not tell
		w.keys[key]++
	case 13:
		w.tamper(key)
	case 4:
		w.run(key, w.outage())
	case 5:
		w.run(key, w.crash())
	case 6:
		w.collide(key, nil)
	case 7:
		w.collide(key, w.outage())
	default:
		w.edit(key)
	}
	w.history = append(w.history, fmt.Sprintf("day %d: %d, %q", w.day, happening, key))
	w.quiet(key)
}

// around is how a request fares.
type around = func(n int, w http.ResponseWriter, r *http.Request, serve http.HandlerFunc)

// outage fails some of the requests, done or not.
func (w *world) outage() around {
	rate := w.intn(10)
	return func(_ int, rw http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
		fails, way := w.intn(10) < rate, ways[w.intn(len(ways))]
		if r.Method == http.MethodGet && strings.HasPrefix(way.name, "done, ") || !fails {
			serve(rw, r)
			return
		}
		way.handle(rw, r, serve)
	}
}

// crash ends the run at some request, done or not.
func (w *world) crash() around {
	at, done, n := w.intn(10), w.intn(2) == 0, 0
	return func(_ int, rw http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
		if n++; n < at {
			serve(rw, r)
			return
		}
		if done && n == at {
			serve(&discarded{}, r)
		}
		<-r.Context().Done()
	}
}

// run is a run of the program that may go wrong in any way.
func (w *world) run(key string, a around) {
	w.m.around = a
	defer func() { w.m.around = nil }()
	_, err := inMemory(w.m).Remind(w.t.Context(), secret.New(testToken), w.reminder(key))
	if err != nil && !isSameKey(err) {
		checkError(w.t, err, "", "issues: write")
	}
}

// collide has several runs at the same time, whose requests mix at random.
func (w *world) collide(key string, a around) {
	w.m.around = func(n int, rw http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
		time.Sleep(time.Duration(w.intn(200)) * time.Millisecond)
		if a != nil {
			a(n, rw, r, serve)
		} else {
			serve(rw, r)
		}
		time.Sleep(time.Duration(w.intn(200)) * time.Millisecond)
	}
	defer func() { w.m.around = nil }()
	var wg sync.WaitGroup
	for range 2 + w.intn(2) {
		r, c := w.reminder(key), inMemory(w.m)
		ctx, cancel := context.WithTimeout(w.t.Context(), time.Duration(1+w.intn(60))*time.Second)
		wg.Go(func() {
			defer cancel()
			if _, err := c.Remind(ctx, secret.New(testToken), r); err != nil && a == nil && ctx.Err() == nil && !isSameKey(err) {
				w.t.Error(err)
			}
		})
	}
	wg.Wait()
}

// edit is what people do to an issue.
func (w *world) edit(key string) {
	open := w.m.of(key)
	if len(open) == 0 {
		return
	}
	i := open[0]
	switch w.intn(5) {
	case 0:
		w.notes++
		i.Body = fmt.Sprintf("note %d\r\n", w.notes) + i.Body
	case 1:
		w.notes++
		i.Body += fmt.Sprintf("\r\nnote %d", w.notes)
	case 2:
		i.Body = strings.Replace(i.Body, "Four steps", "Some steps", 1)
	case 3:
		i.Body = strings.ReplaceAll(strings.ReplaceAll(i.Body, "\r", ""), "\n", "\r\n")
	case 4:
		i.State = "closed"
	}
}

// tamper is what people do to the marker of an issue that the next run writes.
func (w *world) tamper(key string) {
	for _, i := range w.m.of(key) {
		if p, _ := find(i.Body, key); p.intact && w.reminder(key).Stage != Young {
			with := []string{`fingerprint=""`, `fingerprint="ffffffffffff"`, `fingerprint="FFFFFFFFFFFF"`, `fingerprint=x`, ``}[w.intn(5)]
			i.Body = strings.Replace(i.Body, `fingerprint="`+p.fingerprint+`"`, with, 1)
		}
	}
}

// checkNoted holds that an issue notes one fingerprint as long as it is open.
func (w *world) checkNoted(key string) {
	for _, i := range w.m.of(key) {
		p, _ := find(i.Body, key)
		if was := w.noted[i.Number]; was != "" {
			expect(w.t, "noted fingerprint", was, p.fingerprint)
		}
		w.noted[i.Number] = p.fingerprint
	}
}

// quiet is a run in which nothing goes wrong, and what must be true after it.
func (w *world) quiet(key string) {
	r := w.reminder(key)
	stages := map[int]string{}
	for _, i := range w.m.of(key) {
		p, _ := find(i.Body, key)
		stages[i.Number] = p.stage
	}
	notes := w.countNotes()
	w.checkNoted(key)
	checkMended(w.t, w.m, r)
	w.checkNoted(key)
	expect(w.t, "notes", notes, w.countNotes())
	for _, i := range w.m.of(key) {
		if r.Stage == Overdue && stages[i.Number] == DueSoon.String() {
			expect(w.t, "overdue comments", 1, count(i, overdueComment(r)))
		}
	}
	expect(w.t, "labels", true, len(w.m.labels) <= 1)
}

// countNotes counts what people have left in the issues.
func (w *world) countNotes() int {
	n := 0
	for _, i := range w.m.issues {
		n += strings.Count(i.Body, "note ")
	}
	return n
}
