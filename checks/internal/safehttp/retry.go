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
	// baseWait is the upper bound of the first wait's jitter; it doubles.
	baseWait = 500 * time.Millisecond
)

// Backoff returns waits that grow exponentially with full jitter and are never
// under MinWait, which full jitter alone does not promise.
func Backoff() retry.Backoff {
	jittered := retry.WithFullJitter(retry.NewExponential(baseWait))
	return retry.BackoffFunc(func() (time.Duration, bool) {
		wait, stop := jittered.Next()
		return max(wait, MinWait), stop
	})
}

// RetryAfter reads the Retry-After header of an answer, in seconds or as a
// date (RFC 9110, section 10.2.3). It returns 0 if there is none, if it is
// malformed or if it lies in the past, and the longest Duration if it does not
// fit into one.
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
