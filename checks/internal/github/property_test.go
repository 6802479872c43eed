package github

import (
	"cmp"
	"context"
	"errors"
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

	gocmp "github.com/google/go-cmp/cmp"

	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/test/githubtest"
)

// A world is a repository with a few keys and issues, and what happens to them
// day by day.
type world struct {
	t       *testing.T
	mu      sync.Mutex // guards rand, for runs at the same time
	rand    *rand.Rand
	m       *githubtest.API
	day     int            // since the beginning
	saved   map[string]int // by key: the day on which its secret was last saved
	keys    map[string]int // by key: the number of the key that the secret contains
	noted   map[int]string // by issue: the fingerprint that it notes
	notes   int            // that people have left
	history []string
}

var worldKeys = []string{"check out", "check+out", "check--out"}

func (w *world) intn(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rand.IntN(n)
}

// In any order, days go by, keys are rotated, runs succeed, fail, crash and
// collide, and people edit issues. After each quiet run each key's issues are
// right, and nobody else's have changed.
func TestAnyHistory(t *testing.T) {
	t.Parallel()
	for seed := range 24 {
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := &world{t: t, rand: rand.New(rand.NewPCG(uint64(seed), 7)), m: newModel(), saved: map[string]int{}, keys: map[string]int{}, noted: map[int]string{}}
				w.m.PerPage, w.m.Cursors, w.m.Unfiltered = 2+seed%2, seed%3 == 0, seed%4 == 0
				w.m.Overlap, w.m.DropLabels = seed%5 == 0, seed%7 == 0
				others := w.addOthers()
				for range 40 {
					w.step()
				}
				for n, was := range others {
					expect(t, was.Title, was, *w.m.Issues[n])
				}
				if t.Failed() {
					t.Log(strings.Join(w.history, "\n"))
				}
			})
		})
	}
}

// addOthers opens issues that are not the keys', but look like it.
func (w *world) addOthers() (others []githubtest.Issue) {
	for _, key := range worldKeys[:2] {
		begin, _, _ := strings.Cut(Body(w.reminder(key)), "\n")
		ours := begin + endMarker
		w.m.Add(githubtest.Issue{Title: "no label", Body: ours}, "bug")
		w.m.Add(githubtest.Issue{Title: "no marker", Body: key}, Label)
		w.m.Add(githubtest.Issue{Title: "half a marker", Body: `<!-- flexy-key-check:begin key="` + encode(key) + "-->" + endMarker}, Label)
		w.m.Add(githubtest.Issue{Title: "another key", Body: strings.Replace(ours, `key="`, `key="2`, 1)}, Label)
		w.m.Add(githubtest.Issue{Title: "closed", Body: ours, State: "closed"}, Label)
		w.m.Add(githubtest.Issue{Title: "a pull request", Body: ours, PR: githubtest.Object{"url": "x"}}, Label)
	}
	for _, i := range w.m.Issues {
		others = append(others, *i)
	}
	return others
}

// reminder returns what a run on this day makes of a key.
func (w *world) reminder(key string) Reminder {
	r := named(reminder(w.day-w.saved[key]), key)
	r.DueOn = today.AddDate(0, 0, w.saved[key]+90)
	r.RunURL = fmt.Sprintf("%s%d", testRun, w.day)
	r.Proven = w.intn(2) == 0
	if w.intn(3) > 0 { // otherwise the run does not have the key
		r.Fingerprint = fmt.Sprintf("%012x", w.keys[key])
	}
	return r
}

// step lets something happen, often has a run that goes wrong, and then has a
// quiet run.
func (w *world) step() {
	key := worldKeys[w.intn(len(worldKeys))]
	event, run := w.intn(10), w.intn(8)
	w.history = append(w.history, fmt.Sprintf("day %d: %d, %d, %q", w.day, event, run, key))
	if w.day-w.saved[key] < 70 && event < 5 {
		event = 9 // a young key is left alone
	}
	switch event {
	case 0, 1: // another key is saved
		w.saved[key] = w.day
		w.keys[key]++
	case 2: // the same key is saved again
		w.saved[key] = w.day
	case 3: // the previous key is saved again
		w.saved[key] = w.day
		w.keys[key] = max(w.keys[key]-1, 0)
	case 4: // another key is saved under the old date
		w.keys[key]++
	case 5, 6, 7:
		w.edit(key)
	default:
		w.day += w.intn(40)
	}
	switch run {
	case 0:
		w.run(key, w.outage())
	case 1:
		w.run(key, w.crash())
	case 2:
		w.collide(key, nil)
	case 3:
		w.collide(key, w.outage())
	}
	w.quiet(key)
}

// faults are what can become of a request, whether it was served or not.
var faults = []http.HandlerFunc{
	status(403), status(404), status(410), status(422), status(500), hangs, body(201, "<html>"), body(201, ""),
}

func hangs(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// outage fails some of the requests.
func (w *world) outage() githubtest.Around {
	rate := w.intn(10)
	return func(rw http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
		if w.intn(10) >= rate {
			serve(rw, r)
			return
		}
		if w.intn(2) == 0 {
			serve(httptest.NewRecorder(), r)
		}
		faults[w.intn(len(faults))](rw, r)
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

// run is a run of the program that may go wrong in any way, or only once it has
// listed the issues.
func (w *world) run(key string, a githubtest.Around) {
	lists := w.intn(2) == 0
	w.m.Around = func(rw http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
		if lists && r.Method+" "+r.URL.Path == "GET "+issuesPath {
			serve(rw, r)
			return
		}
		a(rw, r, serve)
	}
	defer func() { w.m.Around = nil }()
	_, err := inMemory(w.m).Remind(w.t.Context(), secret.New(testToken), w.reminder(key))
	if err != nil && !isSameKey(err) {
		checkError(w.t, err, "", "issues: write")
	}
}

// collide has several runs at the same time, whose requests mix at random.
func (w *world) collide(key string, a githubtest.Around) {
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

// edit is what people do to an issue. They only tamper with a marker that the
// next run rewrites.
func (w *world) edit(key string) {
	open := openIssues(w.m, key)
	if len(open) == 0 {
		return
	}
	i := open[0]
	switch w.intn(8) {
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
	default:
		if p, _ := find(i.Body, key); p.intact && w.reminder(key).Stage != Young {
			with := []string{`fingerprint=""`, `fingerprint="ffffffffffff"`, `fingerprint="FFFFFFFFFFFF"`, `fingerprint=x`, ``}[w.intn(5)]
			i.Body = strings.Replace(i.Body, `fingerprint="`+p.fingerprint+`"`, with, 1)
		}
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

// checkNoted checks that an issue notes one fingerprint as long as it is open.
func (w *world) checkNoted(key string) {
	for _, i := range openIssues(w.m, key) {
		p, _ := find(i.Body, key)
		if was := w.noted[i.Number]; was != "" {
			expect(w.t, "noted fingerprint", was, p.fingerprint)
		}
		w.noted[i.Number] = p.fingerprint
	}
}

// quiet is a run in which nothing goes wrong. It must leave the key's issues
// right, whatever went wrong before, and another run must then write nothing.
func (w *world) quiet(key string) {
	t, r, before, notes := w.t, w.reminder(key), openIssues(w.m, key), w.countNotes()
	w.checkNoted(key)
	defer w.checkNoted(key)
	var was part
	if len(before) > 0 {
		was, _ = find(before[0].Body, key)
	}
	if r.Stage == Young && was.fingerprint != "" && was.fingerprint == r.Fingerprint {
		checkSameKey(t, w.m, r)
		return
	}
	address := remind(t, w.m, r)
	open := openIssues(w.m, key)
	switch {
	case r.Stage == Young && r.Proven:
		expect(t, "open", 0, len(open))
	case r.Stage == Young:
		expect(t, "open", min(1, len(before)), len(open))
	default:
		expect(t, "open", 1, len(open))
	}
	for _, i := range open {
		expect(t, "address", fmt.Sprintf("%s/%s/issues/%d", testServer, testRepo, i.Number), address)
		if len(before) > 0 {
			expect(t, "the oldest stays", before[0].Number, i.Number)
		}
		if r.Stage == Young {
			continue
		}
		p, _ := find(i.Body, key)
		noted := cmp.Or(was.fingerprint, r.Fingerprint)
		expect(t, "part", part{p.start, p.end, date(r.DueOn), r.Stage.String(), noted, true}, p, gocmp.AllowUnexported(part{}))
		comments := count(i, overdueComment(r))
		expect(t, "overdue comments", true, comments <= 1)
		if r.Stage == Overdue && was.stage == DueSoon.String() {
			expect(t, "overdue comments", 1, comments)
		}
	}
	w.m.TakeWrites()
	remind(t, w.m, later(r, 0))
	expect(t, "writes when nothing changed", "", w.m.TakeWrites())
	expect(t, "notes", notes, w.countNotes())
	expect(t, "labels", true, len(w.m.Labels) <= 1)
}

func isSameKey(err error) bool {
	var e *Error
	return errors.As(err, &e) && strings.Contains(e.Message, "holds the same key")
}

// checkSameKey calls Remind twice for a key that looks young but is the old one:
// its one issue stays open and gets one comment.
func checkSameKey(t *testing.T, m *githubtest.API, r Reminder) {
	t.Helper()
	for _, writes := range []bool{true, false} {
		before := *openIssues(m, r.KeyName)[0]
		was, _ := find(before.Body, r.KeyName)
		m.TakeWrites()
		address, err := inMemory(m).Remind(t.Context(), secret.New(testToken), r)
		open := openIssues(m, r.KeyName)
		if !isSameKey(err) || len(open) != 1 || open[0].Number != before.Number || open[0].Body != before.Body || address == "" {
			t.Fatalf("%d issues are open, the address is %q, the error %v", len(open), address, err)
		}
		expect(t, "comments", 1, count(open[0], sameKeyComment(r, was)))
		if got := m.TakeWrites(); !writes {
			expect(t, "writes when nothing changed", "", got)
		}
	}
}

// count returns how many of an issue's comments are c.
func count(i *githubtest.Issue, c comment) int {
	n := 0
	for _, found := range i.Comments {
		if strings.HasPrefix(found.Body, c.marker) {
			n++
		}
	}
	return n
}
