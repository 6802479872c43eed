package emulator_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"flexy-key-check/checks/internal/emulator"
	"flexy-key-check/checks/internal/testkit"

	"go.uber.org/goleak"
)

const (
	loopback = "127.0.0.1"
	runner   = "203.0.113.45"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock {
	return &clock{now: time.Date(2025, 10, 29, 1, 0, 0, 5e6, time.FixedZone("", 3600))}
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// shop is the key of the vendor's examples.
func shop() emulator.Key {
	return emulator.Key{
		Text: "shop-key", Echo: "ea27b376", Username: "+213665983439",
		Enabled: true, Type: "PRODUCTION", Scope: "READ-WRITE",
	}
}

// A server is an API behind a socket.
type server struct {
	*emulator.API
	http *httptest.Server
}

func start(t *testing.T, opts emulator.Options) server {
	t.Helper()
	if opts.Now == nil {
		opts.Now = newClock().Now
	}
	s := server{API: emulator.New(opts)}
	s.http = httptest.NewServer(s.API)
	// On a connection that is used again net/http repeats a GET by itself.
	s.http.Client().Transport.(*http.Transport).DisableKeepAlives = true
	t.Cleanup(s.http.Close)
	return s
}

// A reply is what a request got.
type reply struct {
	status int
	header http.Header
	body   string
}

// send makes a request. A blank key is not sent at all.
func (s server) send(t *testing.T, method, path, key string) (reply, error) {
	t.Helper()
	return s.sendContext(t.Context(), method, path, key)
}

func (s server) sendContext(ctx context.Context, method, path, key string) (reply, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.http.URL+path, nil)
	if err != nil {
		return reply{}, err
	}
	if key != "" {
		req.Header.Set(emulator.Header, key)
	}
	resp, err := s.http.Client().Do(req)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, string(body)}, err
}

// validate makes a request that must be answered.
func (s server) validate(t *testing.T, key string) reply {
	t.Helper()
	got, err := s.send(t, http.MethodGet, emulator.Path, key)
	testkit.NoError(t, err)
	return got
}

// verdict is an answer in short: "200", or "401 INVALID_ACCESS_TOKEN 4 left".
func (s server) verdict(t *testing.T, key string) string {
	t.Helper()
	got := s.validate(t, key)
	var doc struct {
		Error struct {
			Code    string
			Details struct{ AttemptsLeft *int }
		}
	}
	if err := json.Unmarshal([]byte(got.body), &doc); err != nil {
		t.Fatalf("body %q: %v", got.body, err)
	}
	words := []string{fmt.Sprint(got.status)}
	if doc.Error.Code != "" {
		words = append(words, doc.Error.Code)
	}
	if left := doc.Error.Details.AttemptsLeft; left != nil {
		words = append(words, fmt.Sprint(*left), "left")
	}
	return strings.Join(words, " ")
}

// verdicts asks n times.
func (s server) verdicts(t *testing.T, key string, n int) []string {
	t.Helper()
	var out []string
	for range n {
		out = append(out, s.verdict(t, key))
	}
	return out
}

func pretend(addr string) func(*http.Request) string {
	return func(*http.Request) string { return addr }
}

// tail ends the first answer of an API.
const tail = `"meta":{"timestamp":"2025-10-29T00:00:00.005Z"},"requestId":"req_000001"}`

// errorBody is a first answer that is an error, from its code on.
func errorBody(code string) string {
	return `{"success":false,"error":{"code":` + code + `},` + tail
}
