package github

import (
	"flag"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/test/githubtest"
	"flexy-key-check/checks/internal/test/testkit"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	testToken  = "ghp_0123456789abcdefTOKEN"
	testRepo   = "acme/shop"
	testServer = "https://github.com"
	testRun    = "https://github.com/acme/shop/actions/runs/42"

	oldKey = "0e5d2c7b9a41"
	newKey = "f00ba4c0ffee"

	issue1      = "https://github.com/acme/shop/issues/1"
	issuesPath  = "/repos/acme/shop/issues"
	openIssue   = "POST " + issuesPath
	editFirst   = "PATCH " + issuesPath + "/1"
	commentIt   = "POST " + issuesPath + "/1/comments"
	createLabel = "POST /repos/acme/shop/labels"
)

var today = time.Date(2026, time.March, 1, 9, 30, 0, 0, time.UTC)

func atToday() time.Time { return today }

var apiURL = &url.URL{Scheme: "https", Host: "api.github.com"}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// client returns a client that sends its requests to rt instead of the network,
// so that a synctest bubble can fast-forward its waits.
func client(rt roundTrip) *Client {
	c := New(Options{APIURL: apiURL, UserAgent: "test", Now: atToday})
	c.http.Transport = rt
	return c
}

// inMemory returns a client of a handler. A request whose context is done gets
// no answer, even if the handler has served it.
func inMemory(h http.Handler) *Client {
	return client(func(req *http.Request) (*http.Response, error) {
		if err := req.Context().Err(); err != nil {
			return nil, err
		}
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, req)
		if err := req.Context().Err(); err != nil {
			return nil, err
		}
		return rec.Result(), nil
	})
}

// reminder returns the Reminder for a key rotated age days ago.
func reminder(age int) Reminder {
	r := Reminder{
		Repository: testRepo, ServerURL: testServer, RunURL: testRun, KeyName: "checkout",
		DueOn: today.AddDate(0, 0, 90-age), AgeDays: age, DaysLeft: 90 - age,
		Secret: Secret{Repository: testRepo, Name: "FLEXY_API_KEY"},
	}
	switch {
	case r.DaysLeft <= 0:
		r.Stage = Overdue
	case r.DaysLeft <= 14:
		r.Stage = DueSoon
	}
	return r
}

func proven(r Reminder) Reminder {
	r.Proven = true
	return r
}

// withKey returns the same reminder of a run that has the key.
func withKey(r Reminder, fingerprint string) Reminder {
	r.Fingerprint = fingerprint
	return r
}

// resaved returns the Reminder for a key whose secret was saved age days ago.
func resaved(age int, fingerprint string) Reminder {
	r := proven(withKey(reminder(age), fingerprint))
	r.AtLeast = true
	return r
}

// named returns the same reminder for another key.
func named(r Reminder, key string) Reminder {
	r.KeyName = key
	return r
}

// later returns the same reminder some days later, from another run.
func later(r Reminder, days int) Reminder {
	r.AgeDays += days
	r.DaysLeft -= days
	r.RunURL += "0"
	return r
}

func newModel() *githubtest.API {
	m := githubtest.New(testRepo)
	m.Token = testToken
	return m
}

// openIssues returns the key's open issues.
func openIssues(m *githubtest.API, key string) []*githubtest.Issue {
	return slices.DeleteFunc(m.Open(Label), func(i *githubtest.Issue) bool {
		_, ok := find(i.Body, key)
		return !ok
	})
}

// remind calls Remind as a run of the program does, with a client of its own.
func remind(t *testing.T, m *githubtest.API, r Reminder) string {
	t.Helper()
	address, err := inMemory(m).Remind(t.Context(), secret.New(testToken), r)
	if err != nil {
		t.Fatalf("Remind: %v", err)
	}
	return address
}

func expect[T any](t *testing.T, what string, want, got T, opts ...cmp.Option) {
	t.Helper()
	if diff := cmp.Diff(want, got, opts...); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// golden compares a text with a file under testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		testkit.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	testkit.NoError(t, err)
	expect(t, path, string(want), got)
}
