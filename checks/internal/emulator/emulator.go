// Package emulator answers like the OneClickDz Flexy API at GET /v3/validate and
// GET /v3/account/balance.
// Tests and the demo talk to it over a real socket. It is never linked into
// the shipped binary: a check must not contain a server that says yes.
//
// The vendor documents (docs.oneclickdz.com, the pages on authentication, on
// validation, on the balance, on errors and on the form of responses) the
// endpoints and their header, the shape of the answers, the status, code and message of the four
// errors of authentication, the block of 15 minutes after 5 failed attempts,
// and that an empty allowlist admits every address.
//
// These points are not documented, and assumed:
//   - Failed attempts are counted per address. Only INVALID_ACCESS_TOKEN
//     counts, a success does not reset the count, and time alone does not
//     either. The fifth failure is still answered with a 401 and no attempts
//     left; the block begins with it, is not prolonged by requests that it
//     turns away, and leaves a clean count behind.
//   - A blocked address is turned away before its key is looked at, and a key
//     is looked up before its allowlist is.
//   - A disabled key validates, with isEnabled false, and may ask for the
//     balance.
//   - Both endpoints judge and count alike.
//   - The codes and messages of 404, 405, 429 and 5xx are those of HTTP, and
//     an error has a meta.timestamp too.
//
// Two simplifications: an allowlist belongs to a key, where the vendor keeps
// one per environment of an account; and MISSING_ACCESS_TOKEN, documented as
// a 400 on one page and a 401 on another, is what Options say.
package emulator

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// The request and the lockout, as documented.
const (
	Path        = "/v3/validate"
	BalancePath = "/v3/account/balance"
	Header      = "X-Access-Token" // carries the key

	MaxAttempts = 5                // failed attempts that block an address
	BlockTime   = 15 * time.Minute // how long it stays blocked
)

// Options are the conditions under which an API runs.
type Options struct {
	// Now is the clock of the lockout and of the timestamps. Required.
	Now func() time.Time

	// Keys are the keys that exist from the start.
	Keys []Key

	// ClientIP tells the caller's address, so that a test can pretend one. By
	// default it is the host of the request's RemoteAddr.
	ClientIP func(*http.Request) string

	// MissingStatus is the status of MISSING_ACCESS_TOKEN: 400 by default, 401
	// on the vendor's page about errors.
	MissingStatus int

	// InvalidCode is the code for an unknown key: INVALID_ACCESS_TOKEN by
	// default, or its documented alias ERR_AUTH.
	InvalidCode string
}

// A Key is an API key that exists, with what the API says of it. Nothing is
// checked or made up, so that a test can have a type that is not documented.
type Key struct {
	Text       string   // what the caller sends
	Echo       string   // what apiKey.key says; Text by default
	Username   string   // a phone number
	Enabled    bool     // a disabled key validates, and is said to be disabled
	Type       string   // SANDBOX or PRODUCTION
	Scope      string   // READ-WRITE or READ-ONLY
	AllowedIPs []string // addresses that may use the key; empty admits all

	Balance json.Number // of the account, in DZD; 0 by default
}

// allows reports whether a caller at addr may use the key.
func (k Key) allows(addr string) bool {
	return len(k.AllowedIPs) == 0 || slices.ContainsFunc(k.AllowedIPs, func(ip string) bool {
		return canonical(ip) == addr
	})
}

// An API is the emulator: an http.Handler that is safe for concurrent use,
// its methods too.
type API struct {
	opts Options

	mu        sync.Mutex
	keys      map[string]Key
	addresses map[string]attempts
	queue     []Fault
	always    Fault
	answers   int // sent so far: the source of request ids
	inFlight  int
	stats     Stats
}

// New returns an API. It panics if there is no clock.
func New(opts Options) *API {
	if opts.Now == nil {
		panic("emulator: Options.Now is required")
	}
	if opts.ClientIP == nil {
		opts.ClientIP = remoteHost
	}
	opts.MissingStatus = cmp.Or(opts.MissingStatus, http.StatusBadRequest)
	opts.InvalidCode = cmp.Or(opts.InvalidCode, CodeInvalid)

	a := &API{opts: opts, keys: map[string]Key{}, addresses: map[string]attempts{}}
	a.Set(opts.Keys...)
	a.ResetStats()
	return a
}

// Set adds keys, or changes those that exist already.
func (a *API) Set(keys ...Key) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, key := range keys {
		key.AllowedIPs = slices.Clone(key.AllowedIPs)
		a.keys[key.Text] = key
	}
}

// Revoke makes a key unknown, as a revoked key is to the vendor.
func (a *API) Revoke(text string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.keys, text)
}

// ServeHTTP lets the fault whose turn it is answer, else answers as the API
// would.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault := a.enter(r)
	defer a.leave()
	if fault != nil && fault(a, w, r) {
		return
	}
	a.send(w, a.judge(r))
}

// judge decides on a request, and counts the attempt if it failed.
func (a *API) judge(r *http.Request) answer {
	switch {
	case r.URL.Path != Path && r.URL.Path != BalancePath:
		return plainError(http.StatusNotFound)
	case r.Method != http.MethodGet:
		return plainError(http.StatusMethodNotAllowed)
	}
	addr, text := canonical(a.opts.ClientIP(r)), r.Header.Get(Header)

	a.mu.Lock()
	defer a.mu.Unlock()
	if a.addresses[addr].blocked(a.opts.Now()) {
		a.stats.Blocked++
		return failure(http.StatusForbidden, CodeBlocked,
			"Your IP has been temporarily blocked due to too many invalid attempts", nil)
	}
	if text == "" {
		return failure(a.opts.MissingStatus, CodeMissing, "Access token is required", nil)
	}
	key, known := a.keys[text]
	if !known {
		a.stats.Failed[addr]++
		return failure(http.StatusUnauthorized, a.opts.InvalidCode,
			"The provided access token is invalid", map[string]any{"attemptsLeft": a.fail(addr, 1)})
	}
	if !key.allows(addr) {
		return failure(http.StatusForbidden, CodeNotAllowed, fmt.Sprintf(
			"Your IP address %s is not whitelisted for this %s API key. "+
				"Add your IP to the whitelist at https://oneclickdz.com/#/settings", addr, key.Type), nil)
	}
	if r.URL.Path == BalancePath {
		return balance(key)
	}
	return success(key)
}

// attempts is what the API remembers of an address.
type attempts struct {
	failed int
	until  time.Time // the end of the block, once failed is MaxAttempts
}

// blocked reports whether the address is turned away at the time now.
func (t attempts) blocked(now time.Time) bool {
	return t.failed >= MaxAttempts && now.Before(t.until)
}

// Fail records n failed attempts of an address that happened before: somebody
// else's, on a shared runner. With MaxAttempts in all the block begins now.
func (a *API) Fail(addr string, n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fail(canonical(addr), n)
}

// fail counts n failed attempts and returns how many are left.
func (a *API) fail(addr string, n int) (left int) {
	now, t := a.opts.Now(), a.addresses[addr]
	if t.failed >= MaxAttempts && !t.blocked(now) {
		t = attempts{} // the block is over
	}
	t.failed = min(t.failed+n, MaxAttempts)
	if t.failed == MaxAttempts {
		t.until = now.Add(BlockTime)
	}
	a.addresses[addr] = t
	return MaxAttempts - t.failed
}

// Stats is what was seen at the server since New or the last ResetStats.
// Addresses are written as net/netip writes them, IPv4-mapped ones as IPv4.
type Stats struct {
	Requests int            // requests in all
	ByKey    map[string]int // requests by the text of the key they carried
	Failed   map[string]int // failed attempts by address, without those of Fail
	Blocked  int            // requests turned away with IP_BLOCKED
	Peak     int            // most requests under way at a time
}

// Stats returns the counters as they stand.
func (a *API) Stats() Stats {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.stats
	s.ByKey, s.Failed = maps.Clone(s.ByKey), maps.Clone(s.Failed)
	return s
}

// ResetStats sets the counters to zero. It leaves the lockout as it is.
func (a *API) ResetStats() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stats = Stats{ByKey: map[string]int{}, Failed: map[string]int{}, Peak: a.inFlight}
}

// enter counts a request in and returns the fault it gets, nil for none.
func (a *API) enter(r *http.Request) Fault {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.inFlight++
	a.stats.Peak = max(a.stats.Peak, a.inFlight)
	a.stats.Requests++
	if text := r.Header.Get(Header); text != "" {
		a.stats.ByKey[text]++
	}
	if len(a.queue) == 0 {
		return a.always
	}
	fault := a.queue[0]
	a.queue = a.queue[1:]
	return fault
}

// leave counts a request out.
func (a *API) leave() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.inFlight--
}

// remoteHost is the address of the other end of the connection.
func remoteHost(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// canonical writes an address in one way only. What is no address stays as it
// is.
func canonical(addr string) string {
	ip, err := netip.ParseAddr(addr)
	if err != nil {
		return addr
	}
	return ip.Unmap().String()
}
