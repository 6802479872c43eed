package emulator_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"flexy-key-check/checks/internal/emulator"
	"flexy-key-check/checks/internal/testkit"
)

func TestFaults(t *testing.T) {
	t.Parallel()
	tooMany := errorBody(`"TOO_MANY_REQUESTS","message":"Too Many Requests"`)
	tests := map[string]struct {
		fault      emulator.Fault
		status     int
		retryAfter string
		want       string
	}{
		"500": {
			fault: emulator.Status(500), status: 500,
			want: errorBody(`"INTERNAL_SERVER_ERROR","message":"Internal Server Error"`),
		},
		"503": {
			fault: emulator.Status(503), status: 503,
			want: errorBody(`"SERVICE_UNAVAILABLE","message":"Service Unavailable"`),
		},
		"unknown status": {
			fault: emulator.Status(599), status: 599, want: errorBody(`"ERROR","message":"Error"`),
		},
		"429":                  {fault: emulator.Status(429), status: 429, want: tooMany},
		"429 with Retry-After": {fault: emulator.RetryAfter(429, "2"), status: 429, retryAfter: "2", want: tooMany},
		"error": {
			fault: emulator.Error(401, "EXPIRED", "old", map[string]any{"attemptsLeft": "3"}), status: 401,
			want: errorBody(`"EXPIRED","message":"old","details":{"attemptsLeft":"3"}`),
		},
		"error with details that are no JSON": {
			fault: emulator.Error(401, "EXPIRED", "old", map[string]any{"f": func() {}}), status: 500,
			want: "json: unsupported type: func()\n",
		},
		"body": {fault: emulator.Body(200, "text/html", []byte("<h1>")), status: 200, want: "<h1>"},
		"func": {fault: emulator.Func(http.NotFound), status: 404, want: "404 page not found\n"},
		"chain": {
			fault:  emulator.Chain(emulator.Latency(time.Millisecond), emulator.Body(202, "text/plain", nil), emulator.Drop),
			status: 202,
		},
		"none": {
			fault: emulator.Chain(), status: 400,
			want: errorBody(`"MISSING_ACCESS_TOKEN","message":"Access token is required"`),
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, emulator.Options{})
			s.Next(tt.fault)
			got := s.validate(t, "")
			testkit.Diff(t, tt.status, got.status)
			testkit.Diff(t, tt.retryAfter, got.header.Get("Retry-After"))
			testkit.Diff(t, tt.want, got.body)
		})
	}
}

func TestQueue(t *testing.T) {
	t.Parallel()
	s := start(t, emulator.Options{Keys: []emulator.Key{shop()}})
	s.Always(emulator.Status(503))
	s.Next(emulator.Status(500), nil)
	s.Next(emulator.Error(401, emulator.CodeInvalid, "no", nil))
	testkit.Diff(t, []string{
		"500 INTERNAL_SERVER_ERROR", "200", "401 INVALID_ACCESS_TOKEN",
		"503 SERVICE_UNAVAILABLE", "503 SERVICE_UNAVAILABLE",
	}, s.verdicts(t, "shop-key", 5))
	s.Always(nil)
	testkit.Diff(t, "200", s.verdict(t, "shop-key"))
}

// A caller that gives up has sent its key: the attempt counts.
func TestLatencyEndsWithTheCaller(t *testing.T) {
	t.Parallel()
	s := start(t, emulator.Options{})
	ctx, hangUp := context.WithCancel(t.Context())
	s.Next(emulator.Chain(func(*emulator.API, http.ResponseWriter, *http.Request) bool {
		hangUp()
		return false
	}, emulator.Latency(time.Hour)))
	if _, err := s.sendContext(ctx, http.MethodGet, emulator.Path, "wrong"); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want %v", err, context.Canceled)
	}
	s.http.Close() // waits for the handler
	testkit.Diff(t, map[string]int{loopback: 1}, s.Stats().Failed)
}
