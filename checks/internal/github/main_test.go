package github

import (
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
	"flexy-key-check/checks/internal/testkit"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	testToken  = "ghp_0123456789abcdefTOKEN"
	testRepo   = "acme/shop"
	testServer = "https://github.com"
	testRun    = "https://github.com/acme/shop/actions/runs/42"

	// The action in the golden files, whosever it comes to be: no account's name
	// has a dot.
	noAccount = "an.owner/flexy-key-check"
)

// today is the day of the tests.
var today = time.Date(2026, time.March, 1, 9, 30, 0, 0, time.UTC)

// overSockets returns a client of the model behind a real server.
func overSockets(t *testing.T, m http.Handler) *Client {
	t.Helper()
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	return New(Options{APIURL: parse(t, server.URL), UserAgent: "test", Now: func() time.Time { return today }})
}

// inMemory returns a client of the model without sockets, so that a synctest
// bubble can fast-forward its waits.
func inMemory(m http.Handler) *Client {
	c := New(Options{APIURL: &url.URL{Scheme: "https", Host: "api.github.com"}, UserAgent: "test", Now: func() time.Time { return today }})
	c.http.Transport = handlerTransport{m}
	return c
}

// handlerTransport answers requests with a handler. A request whose context
// ends gets no answer, whatever the handler has done by then.
type handlerTransport struct{ http.Handler }

func (h handlerTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	return rec.Result(), nil
}

func parse(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	testkit.NoError(t, err)
	return u
}

// reminder returns a Reminder of a key rotated so many days before today.
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

// remind runs a Remind as a run of the program does, with a client of its own.
func remind(t *testing.T, m *model, r Reminder) string {
	t.Helper()
	address, err := inMemory(m).Remind(t.Context(), secret.New(testToken), r)
	if err != nil {
		t.Fatalf("Remind: %v", err)
	}
	return address
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
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
