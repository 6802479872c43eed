package github

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"flexy-key-check/checks/internal/test/githubtest"
)

// A world is a repository with a few keys, what happens to them day by day, and a model
// of what their records must say. The model knows the true history; it shares nothing
// with the code but the parser of markers.
type world struct {
	t       *testing.T
	mu      sync.Mutex // guards rand, for runs at the same time
	rand    *rand.Rand
	m       *githubtest.API
	day     int // since the beginning
	keys    map[string]*truth
	notes   int // that people have left
	history []string
}

// A truth is what is true of a named key.
type truth struct {
	key, made int // the number of the key in the secret, and how many there were
	date      int // the day that rotated-on says
	maxAge    int
	tried     map[int]int // by key: the day of the first run that had it, whatever became of it
	noted     map[int]int // by key: the day of the first quiet run that noted it
	raced     bool        // several runs were at work at the same time
	came      map[int]int // by key: the earliest date that stood beside it
}

var worldKeys = []string{"check out", "check+out", "boutique é"}

func (w *world) intn(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rand.IntN(n)
}

// In any order, days go by, keys change, dates move or are forgotten, runs succeed,
// fail, crash and collide, and people edit issues. After each quiet run the key's record
// is right, and nobody else's issue has changed.
func TestAnyHistory(t *testing.T) {
	t.Parallel()
	for seed := range 30 {
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := &world{t: t, rand: rand.New(rand.NewPCG(uint64(seed), 24)), m: newModel(), keys: map[string]*truth{}}
				for _, key := range worldKeys {
					w.keys[key] = &truth{maxAge: 90, tried: map[int]int{}, noted: map[int]int{}, came: map[int]int{}}
				}
				w.m.PerPage, w.m.Cursors, w.m.Unfiltered, w.m.Overlap = 2+seed%2, seed%3 == 0, seed%4 == 0, seed%5 == 0
				others := w.addOthers()
				for range 40 {
					w.step()
				}
				for n, was := range others {
					expect(t, was.Title, was.Body+was.State, w.m.Issues[n].Body+w.m.Issues[n].State)
				}
				if t.Failed() {
					t.Log(strings.Join(w.history, "\n"))
				}
			})
		})
	}
}

// addOthers opens issues that are not the keys' records, but look like it.
func (w *world) addOthers() (others []githubtest.Issue) {
	ours := first(changed(aged(80), called(worldKeys[0])))
	w.m.Add(githubtest.Issue{Title: "no label", Body: ours}, "bug")
	w.m.Add(githubtest.Issue{Title: "no marker", Body: worldKeys[0]}, Label)
	w.m.Add(githubtest.Issue{Title: "half a marker", Body: `<!-- flexy-key-check:begin key="` + encode(worldKeys[0]) + "-->" + endMarker}, Label)
	w.m.Add(githubtest.Issue{Title: "another key", Body: first(changed(aged(80), called("other"))) + ours}, Label)
	w.m.Add(githubtest.Issue{Title: "a pull request", Body: ours, PR: githubtest.Object{"url": "x"}}, Label)
	for _, i := range w.m.Issues {
		others = append(others, *i)
	}
	return others
}

// now is noon of the world's day.
func (w *world) now() time.Time { return today.AddDate(0, 0, w.day) }

// run returns what a run on this day knows of a key: with the key or without, with the
// date or without, passing or not.
func (w *world) run(name string) Run {
	k := w.keys[name]
	r := seeing(fmt.Sprintf("%012x", k.key))
	r.Name, r.Today, r.MaxAgeDays, r.URL = name, w.now(), k.maxAge, fmt.Sprintf("%s%d", testRun, w.day)
	if w.intn(3) > 0 {
		r.Date, r.By = today.AddDate(0, 0, k.date), ByDate
	}
	switch w.intn(6) {
	case 0: // the API did not accept the key
		r.Fingerprint, r.Passed = "", false
	case 1: // it is not what was expected
		r.Passed = false
	case 2:
		if !r.Date.IsZero() {
			r.Fingerprint, r.Passed, r.RotationOnly = "", false, true
		}
	}
	return r
}

// step lets something happen, often has runs that go wrong, and then has a quiet run.
func (w *world) step() {
	name := worldKeys[w.intn(len(worldKeys))]
	event, wrong := w.intn(12), w.intn(8)
	w.history = append(w.history, fmt.Sprintf("day %d: %d, %d, %q %+v", w.day, event, wrong, name, *w.keys[name]))
	switch k := w.keys[name]; event {
	case 0, 1: // rotated
		k.made++
		k.key, k.date = k.made, w.day
	case 2: // rotated, and the date forgotten
		k.made++
		k.key = k.made
	case 3: // saved again
		k.date = w.day
	case 4: // an earlier key comes back
		k.key = max(k.key-1, 0)
	case 5: // other limits
		k.maxAge = []int{60, 90, 180}[w.intn(3)]
	case 6, 7:
		w.edit(name)
	default:
		w.day += w.intn(50)
	}
	switch wrong {
	case 0:
		w.goesWrong(name, w.outage())
	case 1:
		w.goesWrong(name, w.crash())
	case 2:
		w.collide(name, nil)
	case 3:
		w.collide(name, w.outage())
	}
	w.quiet(name)
}

// faults are what can become of a request, whether it was served or not.
var faults = []http.HandlerFunc{
	status(403), status(404), status(410), status(422), status(500), hangs, body(201, "<html>"), body(201, ""),
}

// outage fails some of the requests.
func (w *world) outage() githubtest.Around {
	rate := w.intn(10)
	return func(rw http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
		if w.intn(10) >= rate {
			serve(rw, r)
			return
		}
		fault := w.intn(len(faults))
		if w.intn(2) == 0 || fault >= len(faults)-2 { // a 201 does not lie, even if it is unreadable
			serve(httptest.NewRecorder(), r)
		}
		faults[fault](rw, r)
	}
}

// crash ends the run at some request, done or not.
func (w *world) crash() githubtest.Around {
	at, done, n := w.intn(10), w.intn(2) == 0, 0
	return func(rw http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
		if n++; n < at {
			serve(rw, r)
			return
		}
		if done && n == at {
			serve(httptest.NewRecorder(), r)
		}
		hangs(rw, r)
	}
}

// keeping does what a run of the program does for one key.
func (w *world) keeping(ctx context.Context, run Run) (Kept, error) {
	kept, err := keeping(ctx, w.m, run)
	if err != nil {
		return Kept{}, err
	}
	return kept[0], nil
}

// tries remembers that a run has had a key, and a date beside it.
func (w *world) tries(run Run) {
	k := w.keys[run.Name]
	if _, before := k.tried[k.key]; run.Fingerprint != "" && !before {
		k.tried[k.key] = w.day
	}
	if run.Fingerprint != "" && !run.Date.IsZero() {
		if date, before := k.came[k.key]; !before || k.date < date {
			k.came[k.key] = k.date
		}
	}
}

// goesWrong is a run that may go wrong in any way.
func (w *world) goesWrong(name string, a githubtest.Around) {
	w.m.Around = a
	defer func() { w.m.Around = nil }()
	run := w.run(name)
	w.tries(run)
	kept, err := w.keeping(w.t.Context(), run)
	if err != nil {
		checkError(w.t, err, "", "")
	}
	if kept.Failed != nil {
		checkError(w.t, kept.Failed, "", "")
	}
}

// collide has several runs at the same time, whose requests mix at random.
func (w *world) collide(name string, a githubtest.Around) {
	w.keys[name].raced = true
	w.m.Around = func(rw http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
		time.Sleep(time.Duration(w.intn(200)) * time.Millisecond)
		if a != nil {
			a(rw, r, serve)
		} else {
			serve(rw, r)
		}
		time.Sleep(time.Duration(w.intn(200)) * time.Millisecond)
	}
	defer func() { w.m.Around = nil }()
	var wg sync.WaitGroup
	for range 2 + w.intn(2) {
		run := w.run(name)
		w.tries(run)
		ctx, cancel := context.WithTimeout(w.t.Context(), time.Duration(1+w.intn(60))*time.Second)
		wg.Go(func() {
			defer cancel()
			if kept, err := w.keeping(ctx, run); a == nil && ctx.Err() == nil && (err != nil || kept.Failed != nil && !kept.Failed.Ours) {
				w.t.Error(err, kept.Failed)
			}
		})
	}
	wg.Wait()
}

// mine returns the key's records, oldest first.
func (w *world) mine(name string) (found []*githubtest.Issue) {
	for _, i := range w.m.Issues[5:] {
		if p, ok := parse(i.Body, dayOf(w.now())); ok && p.key == name {
			found = append(found, i)
		}
	}
	return found
}

// edit is what people do to a record.
func (w *world) edit(name string) {
	found := w.mine(name)
	if len(found) == 0 {
		return
	}
	i := found[0]
	switch w.intn(6) {
	case 0:
		w.notes++
		i.Body = fmt.Sprintf("note %d\r\n", w.notes) + i.Body
	case 1:
		w.notes++
		i.Body += fmt.Sprintf("\r\nnote %d", w.notes)
	case 2:
		i.Body = strings.Replace(i.Body, "The Flexy", "A Flexy", 1)
	case 3:
		i.Body = strings.ReplaceAll(strings.ReplaceAll(i.Body, "\r", ""), "\n", "\r\n")
	case 4:
		i.State = "closed"
	case 5:
		i.State = "open"
	}
}

// countNotes counts what people have written in the issues.
func (w *world) countNotes() int {
	n := 0
	for _, i := range w.m.Issues {
		n += strings.Count(i.Body, "note ")
	}
	return n
}
