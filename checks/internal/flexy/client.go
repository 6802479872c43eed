package flexy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/sethvargo/go-retry"

	"flexy-key-check/checks/internal/lockout"
	"flexy-key-check/checks/internal/safehttp"
	"flexy-key-check/checks/internal/secret"
)

const (
	tryTimeout = 10 * time.Second // of one try, from dial to the last byte of the body
	maxTries   = 3                // while the key has not left the machine
)

// Options are the parameters of a Client.
type Options struct {
	BaseURL   *url.URL // without the endpoint's path
	HTTP      safehttp.Options
	UserAgent string
	Now       func() time.Time
	Secrets   []secret.Value // besides the keys: nothing that gives one away is taken from an answer
	Debug     func(string)   // nil: nobody wants to know; may be called by many goroutines
}

// A Client validates keys.
type Client struct {
	o      Options
	guard  *lockout.Guard
	traces secret.Traces // of o.Secrets
	http   *http.Client
	url    string
	late   atomic.Bool // the API has asked for a longer wait than there is time
}

// New returns a client of the API at o.BaseURL.
func New(o Options) *Client {
	return &Client{
		o:      o,
		guard:  lockout.New(),
		traces: secret.NewTraces(o.Secrets...),
		http:   safehttp.Client(o.BaseURL, o.HTTP),
		url:    o.BaseURL.JoinPath("v3/validate").String(),
	}
}

// Validate asks the API about a key until there is an answer, trying again has
// no sense or ctx ends. The key leaves the machine at most twice.
func (c *Client) Validate(ctx context.Context, key secret.Value) Answer {
	v := validation{client: c, key: key, growing: safehttp.Backoff()}
	// Do's own error adds nothing: it is errAgain, or why no send may start.
	_ = retry.Do(ctx, retry.BackoffFunc(v.wait), v.attempt)
	return v.conclude(ctx)
}

// A validation is all the tries for one key.
type validation struct {
	client  *Client
	key     secret.Value
	growing retry.Backoff

	answer    Answer // to the last try
	reply     reply
	tries     int
	sends     int
	sinceSent int // tries from the first on that sent the key
}

// errAgain asks for another try.
var errAgain = errors.New("try again")

// attempt makes one try, if the guard lets it start.
func (v *validation) attempt(ctx context.Context) error {
	c := v.client
	send, err := c.guard.Begin(ctx)
	if err != nil {
		if v.tries == 0 && errors.Is(err, lockout.ErrLocked) {
			v.answer.Fault = FaultHeld
		}
		return err
	}
	defer send.End(lockout.Lost, lockout.NoCount)
	if c.late.Load() {
		v.answer.Fault = FaultRetryAfter
		send.End(lockout.NotSent, lockout.NoCount)
		return nil
	}
	v.answer, v.reply = c.try(ctx, v.key)
	v.tries++
	c.debug("try %d: %s, %s", v.tries, v.reply.times, statusText(v.answer.Status))
	sent, after := v.reply.sent, v.reply.after
	if pause := max(after, safehttp.MinWait); v.answer.Fault == FaultRateLimited && fits(ctx, pause) {
		c.guard.Pause(pause)
	}
	came, left := v.answer.attempt(v.reply)
	if after > 0 && v.answer.again(sent) && !fits(ctx, after) {
		// Before the guard lets another send start.
		c.late.Store(true)
		v.answer.Fault = FaultRetryAfter
	}
	send.End(came, left)
	if sent {
		v.sends++
	}
	if v.sends > 0 {
		v.sinceSent++
	}
	if v.answer.again(sent) && v.tries < maxTries && v.sinceSent < 2 {
		return retry.RetryableError(errAgain)
	}
	return nil
}

// wait returns how long to wait before the next try.
func (v *validation) wait() (time.Duration, bool) {
	wait, stop := v.growing.Next()
	wait = max(wait, v.reply.after)
	why, _ := v.answer.Explain()
	v.client.debug("waiting %s after try %d: %s", wait.Round(time.Millisecond), v.tries, why)
	return wait, stop
}

// conclude completes the last answer.
func (v *validation) conclude(ctx context.Context) Answer {
	a := v.answer
	switch {
	case a.Outcome != Unavailable:
	case errors.Is(ctx.Err(), context.Canceled):
		a.Fault = FaultInterrupted
	case a.Fault == FaultHeld, a.Fault == FaultRetryAfter:
	case v.tries == 0, a.Fault == FaultTimeout && ctx.Err() != nil:
		a.Fault = FaultOutOfTime
	}
	a.At = v.client.o.Now()
	a.Sends = v.sends
	return a
}

func (c *Client) debug(format string, args ...any) {
	if c.o.Debug != nil {
		c.o.Debug(fmt.Sprintf(format, args...))
	}
}

// statusText is what a debug line has for a status.
func statusText(status int) string {
	if status == 0 {
		return "no status"
	}
	return fmt.Sprintf("status %d", status)
}

// fits reports whether a wait ends before ctx does.
func fits(ctx context.Context, wait time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return !ok || wait < time.Until(deadline)
}

// A reply is what a try tells besides the answer.
type reply struct {
	sent  bool          // the key has left the machine
	whole bool          // an answer came, and as much of it as was wanted
	after time.Duration // how long the API asks to wait before the next try
	times string        // what took how long
}

// try sends one request.
func (c *Client) try(ctx context.Context, key secret.Value) (a Answer, r reply) {
	ctx, cancel := context.WithTimeout(ctx, tryTimeout)
	defer cancel()
	watch := newStopwatch(ctx)
	defer func() { r.times = watch.String() }()
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, watch.trace()), http.MethodGet, c.url, nil)
	if err != nil {
		return Answer{}, reply{}
	}
	req.Header.Set("X-Access-Token", key.Reveal())
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.o.UserAgent)

	res, err := c.http.Do(req)
	if err != nil {
		at := watch.reached()
		return Answer{Fault: errorFault(err, at)}, reply{sent: at >= stageSent}
	}
	defer res.Body.Close()
	r = reply{sent: true, whole: true, after: safehttp.RetryAfter(res.Header, c.o.Now())}
	if !documentedStatus(res.StatusCode) {
		return Answer{Status: res.StatusCode, Fault: statusFault(res.StatusCode)}, r
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	switch {
	case err != nil:
		r.whole = false
		return Answer{Status: res.StatusCode, Fault: bodyFault(res.StatusCode, errorFault(err, stageAnswered))}, r
	case len(body) > maxBody:
		return Answer{Status: res.StatusCode, Fault: bodyFault(res.StatusCode, FaultTooLarge)}, r
	}
	return classify(res.StatusCode, body, c.traces, secret.NewTraces(key)), r
}

// attempt tells the guard what came of a try.
func (a Answer) attempt(r reply) (lockout.Outcome, int) {
	left := lockout.NoCount
	if a.AttemptsLeft != nil {
		left = *a.AttemptsLeft
	}
	switch {
	case !r.sent:
		return lockout.NotSent, lockout.NoCount
	case a.Outcome == Accepted:
		return lockout.Accepted, lockout.NoCount
	case a.Outcome == Blocked, a.Code == CodeBlocked:
		return lockout.Blocked, lockout.NoCount
	case a.Status == http.StatusUnauthorized:
		return lockout.Failed, left
	case !r.whole:
		return lockout.Lost, lockout.NoCount
	default:
		return lockout.Other, left
	}
}

// documentedStatus reports whether the API answers with this status and a JSON
// body. Of any other answer the body is not even read.
func documentedStatus(status int) bool {
	switch status {
	case http.StatusOK, http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden,
		http.StatusNotFound, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable:
		return true
	}
	return false
}
