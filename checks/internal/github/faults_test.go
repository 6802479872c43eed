package github

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"flexy-key-check/checks/internal/secret"
)

func TestRemindFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range faults {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tries := 0
				c := inMemory(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					tries++
					tt.handler(w, r)
				}))
				address, err := c.Remind(t.Context(), secret.New(testToken), reminder(80))
				got := checkError(t, err, tt.message, "issues: write")
				expect(t, "address", "", address)
				expect(t, "status", tt.status, got)
				expect(t, "tries", tt.tries, tries)
			})
		})
	}
}

// Every call of a life fails in every way, once or for good: the error is one
// of ours, and the next run mends what was left.
func TestFaultsHalfWay(t *testing.T) {
	t.Parallel()
	calls := []struct {
		call   string
		before []Reminder // runs that go well
		r      Reminder   // the run in which the call fails
	}{
		{"GET /repos/acme/shop/labels/" + Label, nil, reminder(80)},
		{createLabel, nil, reminder(80)},
		{openIssue, nil, reminder(80)},
		{"GET " + issuesPath + "/1/comments", []Reminder{reminder(80)}, reminder(90)},
		{commentIt, []Reminder{reminder(80)}, reminder(90)},
		{editFirst, []Reminder{reminder(80)}, reminder(90)},
		{commentIt, []Reminder{reminder(80)}, proven(reminder(0))},
		{editFirst, []Reminder{reminder(80)}, proven(reminder(0))},
	}
	for _, call := range calls {
		for _, way := range ways {
			t.Run(strings.ReplaceAll(call.call, "/", "_")+" "+way.name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					m := newModel()
					for _, r := range call.before {
						remind(t, m, r)
					}
					m.around = func(_ int, w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
						if r.Method+" "+r.URL.Path == call.call {
							way.handle(w, r, serve)
							return
						}
						serve(w, r)
					}
					_, err := inMemory(m).Remind(t.Context(), secret.New(testToken), call.r)
					if err != nil {
						checkError(t, err, "cannot ", "issues: write")
					}
					m.around = nil
					checkMended(t, m, call.r)
				})
			})
		}
	}
}

// ways in which a call fails: not done, or done and the answer is lost.
var ways = []struct {
	name   string
	handle func(http.ResponseWriter, *http.Request, http.HandlerFunc)
}{
	{"403", func(w http.ResponseWriter, r *http.Request, _ http.HandlerFunc) { status(403)(w, r) }},
	{"404", func(w http.ResponseWriter, r *http.Request, _ http.HandlerFunc) { status(404)(w, r) }},
	{"410", func(w http.ResponseWriter, r *http.Request, _ http.HandlerFunc) { status(410)(w, r) }},
	{"422", func(w http.ResponseWriter, r *http.Request, _ http.HandlerFunc) { status(422)(w, r) }},
	{"500", func(w http.ResponseWriter, r *http.Request, _ http.HandlerFunc) { status(500)(w, r) }},
	{"hangs", func(_ http.ResponseWriter, r *http.Request, _ http.HandlerFunc) { <-r.Context().Done() }},
	{"done, 500", func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
		serve(&discarded{}, r)
		status(500)(w, r)
	}},
	{"done, hangs", func(_ http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
		serve(&discarded{}, r)
		<-r.Context().Done()
	}},
	{"done, HTML", func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
		serve(&discarded{}, r)
		body(201, "<html>")(w, r)
	}},
	{"done, empty", func(_ http.ResponseWriter, r *http.Request, serve http.HandlerFunc) { serve(&discarded{}, r) }},
}

// discarded is an answer that nobody gets.
type discarded struct{ header http.Header }

func (d *discarded) Header() http.Header {
	if d.header == nil {
		d.header = http.Header{}
	}
	return d.header
}
func (d *discarded) Write(p []byte) (int, error) { return len(p), nil }
func (d *discarded) WriteHeader(int)             {}

// checkMended runs once more and holds the issues of the key to what they must
// be after any quiet run; and once again, which must not write.
func checkMended(t *testing.T, m *model, r Reminder) {
	t.Helper()
	noted := notedBy(m, r.KeyName)
	if r.Stage == Young && noted != "" && noted == r.Fingerprint {
		checkSameKey(t, m, r)
		return
	}
	address := remind(t, m, r)
	open := m.of(r.KeyName)
	switch {
	case r.Stage == Young && r.Proven:
		expect(t, "open", 0, len(open))
	case r.Stage == Young:
		if len(open) > 1 {
			t.Errorf("%d open issues", len(open))
		}
	default:
		expect(t, "open", 1, len(open))
	}
	if len(open) == 1 {
		expect(t, "address", fmt.Sprintf("%s/%s/issues/%d", testServer, testRepo, open[0].Number), address)
	}
	if len(open) == 1 && r.Stage != Young {
		p, _ := find(open[0].Body, r.KeyName)
		if noted == "" {
			noted = r.Fingerprint
		}
		expect(t, "part", part{p.start, p.end, date(r.DueOn), r.Stage.String(), noted, true}, p, cmp.AllowUnexported(part{}))
		expect(t, "overdue comments", true, count(open[0], overdueComment(r)) <= 1)
	}
	m.takeWrites()
	remind(t, m, later(r, 0))
	expect(t, "writes when nothing changed", nil, m.takeWrites())
}

// count returns how many comments of an issue are c.
func count(i *modelIssue, c comment) int {
	n := 0
	for _, found := range i.Comments {
		if strings.HasPrefix(found.Body, c.marker) {
			n++
		}
	}
	return n
}

// A body of just the limit is whole, and one of a byte more is too large.
func TestBodyLimit(t *testing.T) {
	t.Parallel()
	const body = "0123456789"
	for limit, want := range map[int64]error{int64(len(body)): nil, int64(len(body)) - 1: errTooLarge} {
		for name, r := range map[string]io.Reader{"at once": strings.NewReader(body), "byte by byte": iotest.OneByteReader(strings.NewReader(body)), "with its end": iotest.DataErrReader(strings.NewReader(body))} {
			got, err := io.ReadAll(&capped{ReadCloser: io.NopCloser(r), left: limit})
			expect(t, name+": error", want, err, cmpopts.EquateErrors())
			expect(t, name+": body", body, string(got))
		}
	}
}

// A call that is not done is done by another try.
func TestTriesAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newModel()
		last := map[string]int{}
		m.around = func(_ int, w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
			call := r.Method + " " + r.URL.Path
			if last[call]++; r.Method != http.MethodGet && last[call]%3 != 0 {
				serve = status([]int{500, 429}[last[call]%2])
			}
			serve(w, r)
		}
		remind(t, m, reminder(80))
		remind(t, m, reminder(90))
		remind(t, m, proven(reminder(0)))
		expect(t, "writes", []string{createLabel, openIssue, commentIt, editFirst, commentIt, editFirst}, m.takeWrites())
	})
}

// If it cannot be told whether a lost issue is there, it is not sent again.
func TestNoBlindSecondTry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newModel()
		m.labels[Label] = true
		calls := map[string]int{}
		m.around = func(_ int, w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
			calls[r.Method+" "+r.URL.Path]++
			if calls[openIssue] > 0 {
				serve = status(502)
			}
			serve(w, r)
		}
		_, err := inMemory(m).Remind(t.Context(), secret.New(testToken), reminder(80))
		checkError(t, err, "cannot open the reminder issue: server error from GitHub (502)", "issues: write")
		expect(t, "POST", 1, calls[openIssue])
		expect(t, "GET", 1+maxTries, calls["GET "+issuesPath])
	})
}

// Whatever hangs, a Remind ends within its Budget, or with its caller.
func TestBudget(t *testing.T) {
	t.Parallel()
	hangs := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, err := inMemory(hangs).Remind(t.Context(), secret.New(testToken), reminder(80))
		checkError(t, err, "did not answer in time", "issues: write")
		expect(t, "took", Budget, time.Since(start))
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		start := time.Now()
		_, err := inMemory(hangs).Remind(ctx, secret.New(testToken), reminder(80))
		checkError(t, err, "the run was interrupted", "issues: write")
		expect(t, "took", time.Second, time.Since(start))
		_, err = inMemory(hangs).Remind(ctx, secret.New(testToken), reminder(80))
		checkError(t, err, "the run was interrupted", "issues: write")
	})
	synctest.Test(t, func(t *testing.T) { // a wait is cut short as well, and the error is the last real one
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := inMemory(status(429, "Retry-After", "5")).Remind(ctx, secret.New(testToken), reminder(80))
		checkError(t, err, "rate limit", "issues: write")
		expect(t, "ended", context.DeadlineExceeded, ctx.Err(), cmpopts.EquateErrors())
	})
}
