package safehttp

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sethvargo/go-retry"
)

const (
	// MinWait is the shortest wait before another try.
	MinWait = 100 * time.Millisecond
	// baseWait is the upper bound of the first wait. It doubles with each wait.
	baseWait = 500 * time.Millisecond
)

// Backoff returns waits that grow exponentially with full jitter, but are never
// shorter than MinWait.
func Backoff() retry.Backoff {
	jittered := retry.WithFullJitter(retry.NewExponential(baseWait))
	return retry.BackoffFunc(func() (time.Duration, bool) {
		wait, stop := jittered.Next()
		return max(wait, MinWait), stop
	})
}

// RetryAfter returns the wait that a Retry-After header requests, in seconds or as
// a date (RFC 9110, section 10.2.3). It returns 0 if the header is missing,
// malformed or in the past, and the longest Duration if the wait is longer.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	const longest = time.Duration(1<<63 - 1)
	value := strings.TrimSpace(h.Get("Retry-After"))
	if value != "" && strings.Trim(value, "0123456789") == "" {
		seconds, err := strconv.ParseUint(value, 10, 64)
		if err != nil || seconds > uint64(longest/time.Second) {
			return longest
		}
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return max(at.Sub(now), 0)
}
