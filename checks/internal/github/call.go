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

	"flexy-key-check/checks/internal/safehttp"
)

const (
	maxTries   = 3                       // of one call
	tryTimeout = 3200 * time.Millisecond // leaves time for two other tries if one hangs; three outlast the Budget
)

// errShape means that go-github accepted an answer that does not have the
// documented shape.
var errShape = errors.New("not the documented shape")

// A fault is why a call got no usable answer. It stays within the package,
// because its cause may contain GitHub's words: explain turns it into a message.
type fault struct {
	status    int // of the answer, 0 if there was none
	cause     error
	limited   bool          // a rate limit was exceeded
	ours      bool          // the Budget was over
	after     time.Duration // how long GitHub asks to wait
	retryable bool

	singleSignOn bool // the organization wants the token to be authorized for it
}

// A sender sends one request through go-github.
type sender[T any] func(context.Context) (T, *gh.Response, error)

// call sends an idempotent request, retrying until it gets an answer, a retry
// would be pointless, or ctx is done.
func call[T any](ctx context.Context, c *Client, send sender[T]) (T, *fault) {
	return retrying(ctx, func(ctx context.Context) (T, *fault) { return once(ctx, c, send) })
}

// createOnce sends a request that creates something. If the answer is lost, the
// request may still have succeeded, so before a retry look checks for the result.
func createOnce[T any](ctx context.Context, c *Client, look func(context.Context) (T, bool, *fault), send sender[T]) (T, *fault) {
	sent := false
	return retrying(ctx, func(ctx context.Context) (T, *fault) {
		if sent {
			v, there, f := look(ctx)
			if f != nil {
				f.retryable = false // look has already retried
			}
			if f != nil || there {
				return v, f
			}
		}
		sent = true
		v, f := once(ctx, c, send)
		if f != nil && f.status/100 == 2 {
			return v, nil // created, but the answer is unreadable
		}
		return v, f
	})
}

// retrying calls try until it succeeds or must not be retried, at most maxTries
// times.
func retrying[T any](ctx context.Context, try func(context.Context) (T, *fault)) (T, *fault) {
	if err := ctx.Err(); err != nil {
		return *new(T), &fault{cause: err, ours: errors.Is(err, context.DeadlineExceeded)}
	}
	for tries := 1; ; tries++ {
		v, f := try(ctx)
		if f == nil || !f.retryable || f.after > Budget || tries == maxTries {
			return v, f
		}
		if !safehttp.Wait(ctx, max(safehttp.Backoff(tries), f.after)) {
			f.ours = f.status == 0 && errors.Is(ctx.Err(), context.DeadlineExceeded)
			return v, f
		}
	}
}

// once makes one try.
func once[T any](ctx context.Context, c *Client, send sender[T]) (T, *fault) {
	try, cancel := context.WithTimeout(ctx, tryTimeout)
	defer cancel()
	v, res, err := send(try)
	if err == nil {
		return v, nil
	}
	f := &fault{cause: err}
	if res == nil || res.Response == nil {
		f.retryable = transient(err)
		f.ours = errors.Is(ctx.Err(), context.DeadlineExceeded)
		return v, f
	}
	f.status = res.StatusCode
	f.singleSignOn = res.Header.Get("X-GitHub-SSO") != ""
	f.limited = limited(res.Response, err)
	f.after = safehttp.RetryAfter(res.Header, c.o.Now())
	if f.limited && f.after == 0 && res.Header.Get(gh.HeaderRateRemaining) == "0" {
		f.after = untilReset(res.Header, c.o.Now())
	}
	f.retryable = f.limited || f.status >= http.StatusInternalServerError || f.status/100 == 2 && transient(err)
	return v, f
}

// limited reports whether an answer means that a rate limit was exceeded. GitHub
// sends 429, or 403 with one of several signs:
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

// untilReset returns how long it takes until the rate limit resets, or 0 if
// GitHub does not say.
func untilReset(h http.Header, now time.Time) time.Duration {
	seconds, err := strconv.ParseInt(h.Get(gh.HeaderRateReset), 10, 64)
	if err != nil {
		return 0
	}
	return max(time.Unix(seconds, 0).Sub(now), 0)
}

// transient reports whether a network error may go away by itself.
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
