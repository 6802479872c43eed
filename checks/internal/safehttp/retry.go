package safehttp

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// MinWait is the shortest wait before another try.
	MinWait = 100 * time.Millisecond
	// baseWait is the upper bound of the first wait. It doubles with each wait, so
	// that four of them take between 4.5 and 9 seconds.
	baseWait = 600 * time.Millisecond
)

// Backoff returns how long to wait after that many tries: at random between half of a
// bound and the bound, which doubles with each try.
func Backoff(tries int) time.Duration {
	half := baseWait << (tries - 1) / 2
	return half + rand.N(half) //nolint:gosec // no secret
}

// Wait waits, and reports whether ctx was not done before the end.
func Wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
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
