// Package client sends requests to the Flexy API: GET /v3/validate, which
// describes a key, and GET /v3/account/balance.
//
// No request returns an error. Every result is a [flexy.Answer], whose zero value
// means that nothing in it can be trusted.
package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"

	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/lockout"
	"flexy-key-check/checks/internal/safehttp"
	"flexy-key-check/checks/internal/secret"
)

const (
	tryTimeout = 10 * time.Second // for one try, from dial to the last byte of the body

	// Before the key has left, tries cost no attempt, and a network may come up only
	// seconds after the program: a Pod's does.
	maxDials   = 5
	dialWindow = 15 * time.Second // from the first dial
)

// Options are the parameters of a Client.
type Options struct {
	BaseURL   *url.URL // without an endpoint's path
	HTTP      safehttp.Options
	UserAgent string
	Now       func() time.Time
	Secrets   []secret.Value // besides the keys: an answer keeps nothing that reveals one
	Debug     func(string)   // nil: no debug lines
}

// A Client sends requests about keys, one after the other. It is not safe for
// concurrent use.
type Client struct {
	o         Options
	guard     *lockout.Guard
	traces    secret.Traces // of o.Secrets
	http      *http.Client
	host      string       // of the base URL, if that is not the API's own address
	notBefore time.Time    // of the next send: the API limits the rate
	stopped   flexy.Answer // unless its fault is FaultInternal: why nothing more is sent, and about no key
}

// New returns a client of the API at o.BaseURL.
func New(o Options) *Client {
	return &Client{
		o:      o,
		host:   foreign(o.BaseURL),
		guard:  lockout.New(),
		traces: secret.NewTraces(o.Secrets...),
		http:   safehttp.Client(o.BaseURL, o.HTTP),
	}
}

// foreign returns the host of a base URL, or "" for the API's own address, which may
// be written with the root domain's final dot.
func foreign(base *url.URL) string {
	host := strings.ToLower(strings.TrimSuffix(base.Hostname(), "."))
	if host == flexy.Host && base.Scheme == "https" && (base.Port() == "" || base.Port() == "443") && strings.Trim(base.Path, "/") == "" {
		return ""
	}
	return base.Hostname()
}

// A question is a request that the API answers about a key.
type question struct {
	name     string // prefix of debug lines, "" for validate
	path     string
	classify func(r flexy.Response, traces ...secret.Traces) flexy.Answer
}

var (
	validate = question{"", "v3/validate", flexy.Classify}
	balance  = question{"balance: ", "v3/account/balance", flexy.ClassifyBalance}
)

// Validate asks the API about a key, retrying until it gets an answer, a retry
// would be pointless, or ctx is done. It sends the key at most twice.
func (c *Client) Validate(ctx context.Context, key secret.Value) flexy.Answer {
	return c.ask(ctx, validate, key)
}

// Balance asks the API for the balance of a key's account, with the same retries
// as Validate. The key must have been accepted; described is what the API returned
// for it.
func (c *Client) Balance(ctx context.Context, key secret.Value, described flexy.Key) flexy.Answer {
	return c.ask(ctx, balance, key, described.Username, described.Echo)
}

// ask asks a question about a key. It keeps nothing from the answer that reveals
// the key or one of the others.
func (c *Client) ask(ctx context.Context, about question, key secret.Value, others ...secret.Value) flexy.Answer {
	q := inquiry{client: c, question: about, key: key, traces: secret.NewTraces(append(others, key)...)}
	for q.guardedTry(ctx) && safehttp.Wait(ctx, q.wait()) {
	}
	return q.conclude(ctx)
}

// An inquiry makes all tries of one question about one key.
type inquiry struct {
	client   *Client
	question question
	key      secret.Value
	traces   secret.Traces // of the key and of the values that belong to it

	began  time.Time    // the first try
	answer flexy.Answer // from the last try
	reply  reply
	tries  int
	sends  int
	second bool // the last try was the second since the key was first sent
}

// guardedTry makes one try if the guard allows it, and reports whether to make
// another.
func (q *inquiry) guardedTry(ctx context.Context) bool {
	c := q.client
	switch {
	case ctx.Err() != nil:
		return false
	case c.stopped.Fault != flexy.FaultInternal:
		q.answer = c.stopped
		return false
	case !c.guard.MaySend():
		if q.tries == 0 {
			q.answer.Fault = flexy.FaultHeld
		}
		return false
	case !safehttp.Wait(ctx, time.Until(c.notBefore)):
		return false
	}
	outcome, left := lockout.Lost, lockout.NoCount // if anything goes wrong
	defer func() { c.guard.Ended(outcome, left) }()
	q.second = q.sends > 0
	if q.tries == 0 {
		q.began = time.Now() //nolint:forbidigo // measures a duration
	}
	q.answer, q.reply = q.try(ctx)
	outcome, left = lockoutOutcome(q.answer, q.reply)
	q.tries++
	q.debug("try %d: %s, %s", q.tries, q.reply.times, statusText(q.answer.Status))
	if q.reply.sent {
		q.sends++
	}
	q.pause(ctx)
	return q.mayTryAgain()
}

// pause notes what the answer asks of the requests that follow, about any key.
func (q *inquiry) pause(ctx context.Context) {
	c, after := q.client, q.reply.after
	if wait := max(after, safehttp.MinWait); q.answer.Fault == flexy.FaultRateLimited && fits(ctx, wait) {
		c.notBefore = time.Now().Add(wait) //nolint:forbidigo // a wait, not a date
	}
	if q.answer.Says(flexy.CodeMissing) { // whatever the status
		c.stopped.Fault = flexy.FaultHeaderLost
	}
	if !again(q.answer, q.reply.sent) || after == 0 {
		return
	}
	q.answer.Wait = after
	if !fits(ctx, after) {
		q.answer.Fault = flexy.FaultRetryAfter
		c.stopped = flexy.Answer{Fault: flexy.FaultRetryAfter, Wait: after}
	}
}

// mayTryAgain reports whether another try may follow the last one.
func (q *inquiry) mayTryAgain() bool {
	switch {
	case !again(q.answer, q.reply.sent), q.second:
		return false
	case q.sends > 0:
		return true
	default:
		return q.tries < maxDials && time.Since(q.began) < dialWindow
	}
}

// wait returns how long to wait before the next try.
func (q *inquiry) wait() time.Duration {
	wait := max(safehttp.Backoff(q.tries), q.reply.after)
	q.debug("waiting %s after try %d: %s", wait.Round(time.Millisecond), q.tries, q.answer.Explain().Message)
	return wait
}

// conclude completes the last answer.
func (q *inquiry) conclude(ctx context.Context) flexy.Answer {
	a := q.answer
	switch {
	case a.Outcome != flexy.Unavailable:
	case errors.Is(ctx.Err(), context.Canceled):
		a.Fault = flexy.FaultInterrupted
	case q.tries == 0 && a.Fault == flexy.FaultInternal, a.Fault == flexy.FaultTimeout && ctx.Err() != nil:
		a.Fault = flexy.FaultOutOfTime
	}
	a.At = q.client.o.Now()
	a.Sends = q.sends
	a.Host = q.client.host
	return a
}

func (q *inquiry) debug(format string, args ...any) {
	if debug := q.client.o.Debug; debug != nil {
		debug(q.question.name + fmt.Sprintf(format, args...))
	}
}

// statusText formats a status for a debug line.
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

// A reply is what a try returns in addition to the answer.
type reply struct {
	sent  bool          // the key left the machine
	whole bool          // all that was needed of an answer arrived
	after time.Duration // how long the API asked to wait before the next try
	times string        // duration of each stage
}

// try sends one request.
func (q *inquiry) try(parent context.Context) (a flexy.Answer, r reply) {
	c := q.client
	ctx, cancel := context.WithTimeout(parent, tryTimeout)
	defer cancel()
	watch := newStopwatch(ctx)
	defer func() { r.times = watch.String() }()
	if q.sends == 0 {
		end := time.AfterFunc(dialWindow-time.Since(q.began), func() {
			if watch.reached() < stageSent {
				cancel()
			}
		})
		defer end.Stop()
	}
	address := c.o.BaseURL.JoinPath(q.question.path).String()
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, watch.trace()), http.MethodGet, address, nil)
	if err != nil {
		return flexy.Answer{}, reply{}
	}
	req.Header.Set("X-Access-Token", q.key.Reveal())
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.o.UserAgent)

	res, err := c.http.Do(req)
	if err != nil {
		fault, at := errorFault(err, watch.reached()), watch.reached()
		if fault == flexy.FaultInterrupted && parent.Err() == nil {
			fault = flexy.FaultTimeout // the window
		}
		return flexy.Answer{Fault: fault}, reply{sent: at >= stageSent}
	}
	defer res.Body.Close()
	return q.read(res)
}

// read reads an answer.
func (q *inquiry) read(res *http.Response) (flexy.Answer, reply) {
	r := reply{sent: true, whole: true, after: safehttp.RetryAfter(res.Header, q.client.o.Now())}
	response := flexy.Response{Status: res.StatusCode, RequestID: res.Header.Get("X-Request-Id"), Ray: res.Header.Get("CF-Ray")}
	if flexy.HasBody(res.StatusCode) {
		body, err := io.ReadAll(io.LimitReader(res.Body, flexy.MaxBody+1))
		switch {
		case err != nil:
			r.whole, response.Lost = false, errorFault(err, stageAnswered)
			if response.Lost == flexy.FaultMalformed {
				response.Lost = flexy.FaultShape
			}
		case len(body) > flexy.MaxBody:
			response.Lost = flexy.FaultTooLarge
		default:
			response.Body = body
		}
	}
	return q.question.classify(response, q.client.traces, q.traces), r
}

// lockoutOutcome returns the outcome of a try and the attempts left, for the guard.
func lockoutOutcome(a flexy.Answer, r reply) (lockout.Outcome, int) {
	left := lockout.NoCount
	if a.AttemptsLeft != nil {
		left = *a.AttemptsLeft
	}
	switch {
	case !r.sent:
		return lockout.NotSent, lockout.NoCount
	case a.Outcome == flexy.Accepted:
		return lockout.Accepted, lockout.NoCount
	case a.Says(flexy.CodeBlocked):
		return lockout.Blocked, lockout.NoCount
	case a.Status == http.StatusUnauthorized && !a.Says(flexy.CodeMissing):
		return lockout.Failed, left
	case !r.whole:
		return lockout.Lost, lockout.NoCount
	default:
		return lockout.Other, left
	}
}
