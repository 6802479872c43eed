package client

import (
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/safehttp"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/test/testkit"
)

func TestMain(m *testing.M) {
	testkit.RunTogether(32)
	goleak.VerifyTestMain(m)
}

const (
	testKey  = testkit.Key
	testEcho = testkit.Echo
	testUser = testkit.Username
	okBody   = testkit.OKBody
)

// problem is the body of an error; more follows the code in the object.
func problem(code, more string) string { return testkit.ErrorBody(code, more) }

// accept is the Answer to okBody, from a loopback address.
func accept() flexy.Answer {
	a := flexy.Classify(flexy.Response{Status: 200, Body: []byte(okBody)})
	a.Host = "127.0.0.1"
	return a
}

// newClient returns a client of the API at base.
func newClient(t *testing.T, base string, o safehttp.Options) *Client {
	t.Helper()
	u, err := url.Parse(base)
	testkit.NoError(t, err)
	return New(Options{BaseURL: u, HTTP: o, UserAgent: "flexy-key-check/test", Now: time.Now})
}

// recordDebug collects the client's debug lines. The function that it returns
// joins those so far.
func recordDebug(c *Client) func() string {
	var mu sync.Mutex
	var lines []string
	c.o.Debug = func(line string) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, line)
	}
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return strings.Join(lines, "\n")
	}
}

// noLeak fails the test if text contains a trace of a secret.
func noLeak(t *testing.T, text string) {
	t.Helper()
	if secret.NewTraces(secret.New(testKey), secret.New(testEcho), secret.New(testUser), secret.New(testAmount)).In(text) {
		t.Errorf("leaks:\n%s", text)
	}
}

// summary has the parts of an answer that tables compare.
type summary struct {
	Outcome flexy.Outcome
	Fault   flexy.Fault
	Status  int
	Sends   int
}

func summarize(a flexy.Answer) summary { return summary{a.Outcome, a.Fault, a.Status, a.Sends} }
