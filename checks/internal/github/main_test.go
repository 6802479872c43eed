package github

import (
	"context"
	"flag"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
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
	third  = "333333333333"

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

// on returns a client that takes now for today.
func on(h http.Handler, now time.Time) *Client {
	c := inMemory(h)
	c.o.Now = func() time.Time { return now }
	return c
}

// aged returns a run without the key, which is in use since age days ago.
func aged(age int) Run {
	return Run{
		Name: "checkout", Named: true, Secret: Secret{Repository: testRepo, Name: "FLEXY_API_KEY"},
		Date: today.AddDate(0, 0, -age), By: ByDate, MaxAgeDays: 90, RemindDays: 14, Today: today,
		Home: Home{testRepo, testServer}, URL: testRun,
	}
}

// seeing returns a passing run of a key without a date.
func seeing(fingerprint string) Run {
	r := aged(0)
	r.Date, r.By, r.Fingerprint, r.Passed = time.Time{}, "", fingerprint, true
	return r
}

func newModel() *githubtest.API {
	m := githubtest.New(testRepo)
	m.Token = testToken
	return m
}

// keeping does what a run of the program does for its keys, with a client of its own.
func keeping(ctx context.Context, h http.Handler, runs ...Run) ([]Kept, error) {
	ctx, cancel := context.WithTimeout(ctx, Budget)
	defer cancel()
	records, err := on(h, runs[0].Today).Records(ctx, secret.New(testToken), runs[0].Home)
	if err != nil {
		return nil, err
	}
	return records.Keep(ctx, runs), nil
}

// keepAll does that where nothing goes wrong with the reading.
func keepAll(t *testing.T, h http.Handler, runs ...Run) []Kept {
	t.Helper()
	kept, err := keeping(t.Context(), h, runs...)
	testkit.NoError(t, err)
	return kept
}

// keep does that for one key.
func keep(t *testing.T, h http.Handler, run Run) Kept {
	t.Helper()
	return keepAll(t, h, run)[0]
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
