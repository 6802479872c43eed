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

// now is the time at which answers arrive.
var now = time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, value string
		want        time.Duration
	}{
		{"empty", "", 0},
		{"seconds", "2", 2 * time.Second},
		{"in white space", " 900\t", 15 * time.Minute},
		{"IMF date", "Thu, 01 Oct 2026 12:00:30 GMT", 30 * time.Second},
		{"RFC 850 date", "Thursday, 01-Oct-26 12:01:00 GMT", time.Minute},
		{"asctime date", "Thu Oct  1 13:00:00 2026", time.Hour},
		{"date in the past", "Thu, 01 Oct 2026 11:59:59 GMT", 0},
		{"date now", "Thu, 01 Oct 2026 12:00:00 GMT", 0},
		{"date far ahead", "Fri, 31 Dec 9999 23:59:59 GMT", longest},
		{"fraction", "1.5", 0},
		{"two values", "5, 6", 0},
		{"digits of another script", "٣", 0},
		{"date with an offset", "Thu, 01 Oct 2026 12:00:30 +0200", 0},
		{"most seconds that fit", "9223372036", 9223372036 * time.Second},
		{"one more", "9223372037", longest},
		{"more than 64 bits", "18446744073709551616", longest},
	} {
		if got := safehttp.RetryAfter(http.Header{"Retry-After": {tc.value}}, now); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "2", "-1", "1.5", "9223372037", "soon", "Thu, 01 Oct 2026 12:00:30 GMT", "Thu Oct  1 13:00:00 2026"} {
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

// Waits have jitter and a minimum, and their limit doubles.
func TestBackoff(t *testing.T) {
	t.Parallel()
	const runs, tries = 500, 6
	most, least := [tries]time.Duration{}, [tries]time.Duration{longest, longest, longest, longest, longest, longest}
	for range runs {
		for i := range tries {
			wait := safehttp.Backoff(i + 1)
			if wait < safehttp.MinWait || safehttp.MinWait < 100*time.Millisecond {
				t.Fatalf("wait %d is %s", i+1, wait)
			}
			if limit := 600 * time.Millisecond << i; wait > limit || wait < limit/2 {
				t.Errorf("wait %d is %s, not from %s to %s", i+1, wait, limit/2, limit)
			}
			most[i], least[i] = max(most[i], wait), min(least[i], wait)
		}
	}
	for i := 1; i < tries; i++ {
		if most[i] <= most[i-1] {
			t.Errorf("of %d runs the longest wait %d is %s, no longer than the one before it, %s", runs, i+1, most[i], most[i-1])
		}
		if least[i] == most[i] {
			t.Errorf("wait %d is always %s: no jitter", i+1, most[i])
		}
	}
}
