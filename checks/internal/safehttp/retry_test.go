package safehttp_test

import (
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"flexy-key-check/checks/internal/safehttp"
)

const longest = time.Duration(math.MaxInt64)

// now is when the answers arrive.
var now = time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]time.Duration{
		"":                                 0,
		"2":                                2 * time.Second,
		"007":                              7 * time.Second,
		" 900\t":                           15 * time.Minute,
		"Thu, 01 Oct 2026 12:00:30 GMT":    30 * time.Second,
		"Thursday, 01-Oct-26 12:01:00 GMT": time.Minute,
		"Thu Oct  1 13:00:00 2026":         time.Hour,
		"Thu, 01 Oct 2026 11:59:59 GMT":    0,
		"Mon, 01 Jan 0001 00:00:00 GMT":    0,
		"Fri, 31 Dec 9999 23:59:59 GMT":    longest,
		"-5":                               0,
		"+5":                               0,
		"1.5":                              0,
		"0x10":                             0,
		"5s":                               0,
		"1 2":                              0,
		"٣":                                0, // a digit of another script
		"Thu, 01 Oct 2026 12:00:30 +0200":  0,
		"2026-10-01T12:00:30Z":             0,
		"9223372036":                       9223372036 * time.Second,
		"9223372037":                       longest,
		"18446744073709551616":             longest,
		strings.Repeat("9", 5000):          longest,
		"5\r\nX-Y: z":                      0,
	} {
		if got := safehttp.RetryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "2", "-1", "1.5", "9223372037", "soon", "Thu, 01 Oct 2026 12:00:30 GMT", "Thursday, 01-Oct-26 12:01:00 GMT", "Thu Oct  1 13:00:00 2026"} {
		f.Add(seed, now.Unix())
	}
	f.Fuzz(func(t *testing.T, value string, seconds int64) {
		at := time.Unix(seconds%(1<<35), 0)
		wait := safehttp.RetryAfter(http.Header{"Retry-After": {value}}, at)
		if wait < 0 {
			t.Fatalf("%q at %s: %s", value, at, wait)
		}
		value = strings.TrimSpace(value)
		switch digits := strings.Trim(value, "0123456789") == "" && value != ""; {
		case digits && wait%time.Second != 0 && wait != longest:
			t.Errorf("%q: %s is not a whole number of seconds", value, wait)
		case !digits && wait > 0:
			if date, err := http.ParseTime(value); err != nil || !date.After(at) {
				t.Errorf("%q at %s: %s", value, at, wait)
			}
		}
	})
}

// Waits grow, with full jitter and a minimum, until go-retry caps them.
func TestBackoff(t *testing.T) {
	t.Parallel()
	const runs, tries = 500, 6
	var most, least [tries]time.Duration
	for range runs {
		waits := safehttp.Backoff()
		for i := range tries {
			wait, stop := waits.Next()
			if stop {
				t.Fatalf("stops before try %d", i+2)
			}
			if wait < safehttp.MinWait || safehttp.MinWait < 100*time.Millisecond {
				t.Fatalf("wait %d is %s", i+1, wait)
			}
			if limit := 500 * time.Millisecond << i; wait > limit {
				t.Errorf("wait %d is %s, over %s", i+1, wait, limit)
			}
			most[i] = max(most[i], wait)
			if least[i] == 0 || wait < least[i] {
				least[i] = wait
			}
		}
	}
	for i := 1; i < tries; i++ {
		if most[i] <= most[i-1] {
			t.Errorf("the longest wait %d of %d runs is %s, and the one before it %s", i+1, runs, most[i], most[i-1])
		}
		if least[i] == most[i] {
			t.Errorf("wait %d is always %s: no jitter", i+1, most[i])
		}
	}
}
