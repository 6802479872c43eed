package github

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	gh "github.com/google/go-github/v89/github"
	"github.com/sethvargo/go-retry"

	"flexy-key-check/checks/internal/safehttp"
)

const (
	maxTries   = 3               // of one call
	tryTimeout = 4 * time.Second // of one try, so that one that hangs leaves time for another
)

// errShape is the cause of a failure where an answer is not what GitHub
// documents, although go-github takes it.
var errShape = errors.New("not the documented shape")

// A failure is a call without an answer that is of use. It stays within the
// package, for its cause may hold GitHub's words: explain turns it into a
// message.
type failure struct {
	status  int // of the answer, 0 if there was none
	cause   error
	limited bool          // a rate limit is used up
	after   time.Duration // how long GitHub asks to wait
	again   bool          // another try makes sense
}

// Error implements error, for go-retry.
func (f *failure) Error() string { return "call failed" }

// a sender sends one request of go-github's.
type sender[T any] func(context.Context) (T, *gh.Response, error)

// call sends an idempotent request, retrying until it gets an answer, a retry
// would be pointless, or ctx is done.
func call[T any](ctx context.Context, c *Client, send sender[T]) (T, *failure) {
	return retrying(ctx, func(ctx context.Context) (T, *failure) { return once(ctx, c, send) })
}

// createOnce sends a request that makes something new, which an answer lost on the
// way does not undo. So before another try it looks whether the thing is there.
func createOnce[T any](ctx context.Context, c *Client, look func(context.Context) (T, bool, *failure), send sender[T]) (T, *failure) {
	sent := false
	return retrying(ctx, func(ctx context.Context) (T, *failure) {
		if sent {
			v, there, f := look(ctx)
			if f != nil {
				f.again = false // it has had its tries
			}
			if f != nil || there {
				return v, f
			}
		}
		sent = true
		v, f := once(ctx, c, send)
		if f != nil && f.status/100 == 2 {
			return v, nil // made, but the answer cannot be read
		}
		return v, f
	})
}

// retrying repeats try, at most maxTries times in all.
func retrying[T any](ctx context.Context, try func(context.Context) (T, *failure)) (T, *failure) {
	var last *failure
	growing := safehttp.Backoff()
	waits := retry.WithMaxRetries(maxTries-1, retry.BackoffFunc(func() (time.Duration, bool) {
		wait, stop := growing.Next()
		return max(wait, last.after), stop || last.after > Budget
	}))
	v, err := retry.DoValue(ctx, waits, func(ctx context.Context) (T, error) {
		v, f := try(ctx)
		last = f
		switch {
		case f == nil:
			return v, nil
		case f.again:
			return v, retry.RetryableError(f)
		}
		return v, f
	})
	if err == nil {
		return v, nil
	}
	if last == nil { // ctx had ended before the first try
		last = &failure{cause: err}
	}
	return v, last
}

// once sends a request once.
func once[T any](ctx context.Context, c *Client, send sender[T]) (T, *failure) {
	ctx, cancel := context.WithTimeout(ctx, tryTimeout)
	defer cancel()
	v, res, err := send(ctx)
	if err == nil {
		return v, nil
	}
	f := &failure{cause: err}
	if res == nil || res.Response == nil {
		f.again = transient(err)
		return v, f
	}
	f.status = res.StatusCode
	f.limited = limited(res.Response, err)
	f.after = safehttp.RetryAfter(res.Header, c.o.Now())
	if f.limited && f.after == 0 && res.Header.Get(gh.HeaderRateRemaining) == "0" {
		f.after = untilReset(res.Header, c.o.Now())
	}
	f.again = f.limited || f.status >= http.StatusInternalServerError || f.status/100 == 2 && transient(err)
	return v, f
}

// limited reports whether an answer says that a rate limit is used up. GitHub
// says so with 429 or 403, and then in several ways:
// https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
func limited(res *http.Response, err error) bool {
	if res.StatusCode != http.StatusForbidden {
		return res.StatusCode == http.StatusTooManyRequests
	}
	var secondary *gh.AbuseRateLimitError
	var plain *gh.ErrorResponse
	return res.Header.Get("Retry-After") != "" || res.Header.Get(gh.HeaderRateRemaining) == "0" ||
		errors.As(err, &secondary) ||
		errors.As(err, &plain) && strings.Contains(strings.ToLower(plain.Message), "rate limit")
}

// untilReset reads when the rate limit is full again.
func untilReset(h http.Header, now time.Time) time.Duration {
	seconds, err := strconv.ParseInt(h.Get(gh.HeaderRateReset), 10, 64)
	if err != nil {
		return 0
	}
	return max(time.Unix(seconds, 0).Sub(now), 0)
}

// transient reports whether an error of the network may be gone in a moment.
func transient(err error) bool {
	var certificate *tls.CertificateVerificationError
	var dns *net.DNSError
	var timeout net.Error
	var network *net.OpError
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, safehttp.ErrNotLoopback), errors.Is(err, safehttp.ErrProxyRefused),
		errors.As(err, &certificate), errors.As(err, &dns) && dns.IsNotFound:
		return false
	}
	return errors.As(err, &network) || errors.As(err, &timeout) && timeout.Timeout() || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}
