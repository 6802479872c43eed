// Package emulator imitates the OneClickDz Flexy API at GET /v3/validate and
// GET /v3/account/balance, for tests and the demo. It must never be linked into
// the shipped binary: a checker must not contain a server that approves keys.
//
// Sources differ. By default it speaks as published clients have seen the API: a 200
// has no meta and no requestId, the request ID is in the header X-Request-Id, a missing
// key is a 401, and the router (Fastify) has a 404 of its own. With
// Options.Documented it speaks as the vendor documents (docs.oneclickdz.com, the pages
// on authentication, validation, balance, errors and response format). Lockout has
// the two accounts of when the API blocks an address.
//
// Nobody has written down the following, so it is assumed:
//   - Failed attempts are counted per address. Only INVALID_ACCESS_TOKEN
//     counts: no 403, no 429 and no missing key does. Time alone does not reset
//     the count. The last failure is still answered with a 401 and no attempts
//     left. It starts the block, which further requests do not prolong, and after
//     which the count starts again.
//   - A blocked address is refused before its key is looked up, and a key is
//     looked up before its allowlist is.
//   - A disabled key validates, with isEnabled false, and can request the
//     balance. An account whose API access is switched off answers as the fault
//     SwitchedOff does.
//   - Both endpoints judge keys and count attempts in the same way.
//   - A documented 404 or 405, and statuses without a code of the API's, have
//     HTTP's own codes and messages.
//
// There is one simplification: an allowlist belongs to a key, while the vendor
// keeps one per environment of an account.
package emulator

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// The request, and how long an address is blocked.
const (
	Path        = "/v3/validate"
	BalancePath = "/v3/account/balance"
	Header      = "X-Access-Token" // carries the key
	BlockTime   = 15 * time.Minute
)

// Options configure an API.
type Options struct {
	// Now is the clock of the lockout and of the timestamps. Required.
	Now func() time.Time

	// Keys are the keys that exist from the start.
	Keys []Key

	// ClientIP returns the caller's address. By default that is the host in the
	// request's RemoteAddr.
	ClientIP func(*http.Request) string

	// Documented makes the API answer as the vendor documents.
	Documented bool

	// Lockout is when the API blocks an address. By default it is SeenLockout, or
	// with Documented the DocumentedLockout.
	Lockout Lockout

	// CDN puts a CDN (Cloudflare) before the API: every answer has a header CF-Ray.
	CDN bool

	// MissingStatus is the status of MISSING_ACCESS_TOKEN: 401 by default. With
	// Documented it is 400, as on one of the vendor's pages; on another it is 401.
	MissingStatus int

	// InvalidCode is the code for an unknown key: INVALID_ACCESS_TOKEN by
	// default, or its documented alias ERR_AUTH.
	InvalidCode string
}

// A Key is an API key, with what the API says about it. Values are used as they
// are, so that a test can have an undocumented type.
type Key struct {
	Text       string   // the key itself
	Echo       string   // apiKey.key in the answer; Text by default
	Username   string   // a phone number
	Enabled    bool     // a disabled key also validates
	Type       string   // SANDBOX or PRODUCTION
	Scope      string   // READ-WRITE or READ-ONLY
	AllowedIPs []string // addresses that may use the key; empty admits all

	Balance json.Number // the account's, in DZD; 0 by default
}

// allows reports whether a caller at addr may use the key.
func (k Key) allows(addr string) bool {
	return len(k.AllowedIPs) == 0 || slices.ContainsFunc(k.AllowedIPs, func(ip string) bool {
		return canonical(ip) == addr
	})
}

// An API is the emulator. It is an http.Handler, and safe for concurrent use.
type API struct {
	opts Options

	mu        sync.Mutex
	keys      map[string]Key
	addresses map[string]attempts
	queue     []Fault
	always    Fault
	answers   int // sent so far, from which request IDs are made
	inFlight  int
	stats     Stats
}

// New returns an API. It panics if Options.Now is nil.
func New(opts Options) *API {
	if opts.Now == nil {
		panic("emulator: Options.Now is required")
	}
	if opts.ClientIP == nil {
		opts.ClientIP = remoteHost
	}
	missing, lockout := http.StatusUnauthorized, SeenLockout
	if opts.Documented {
		missing, lockout = http.StatusBadRequest, DocumentedLockout
	}
	opts.MissingStatus = cmp.Or(opts.MissingStatus, missing)
	opts.Lockout = cmp.Or(opts.Lockout, lockout)
	opts.InvalidCode = cmp.Or(opts.InvalidCode, CodeInvalid)

	a := &API{opts: opts, keys: map[string]Key{}, addresses: map[string]attempts{}}
	a.Set(opts.Keys...)
	a.ResetStats()
	return a
}

// Set adds keys, or replaces those that already exist.
func (a *API) Set(keys ...Key) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, key := range keys {
		key.AllowedIPs = slices.Clone(key.AllowedIPs)
		a.keys[key.Text] = key
	}
}

// Revoke removes a key: the API does not know a revoked key.
func (a *API) Revoke(text string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.keys, text)
}

// ServeHTTP applies the next fault, if any, and otherwise answers as the API
// would.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault := a.enter(r)
	defer a.leave()
	if fault != nil && fault(a, w, r) {
		return
	}
	a.send(w, a.judge(r))
}

// judge returns the answer to a request, and counts a failed attempt.
func (a *API) judge(r *http.Request) answer {
	known := r.URL.Path == Path || r.URL.Path == BalancePath
	switch {
	case !a.opts.Documented && (!known || r.Method != http.MethodGet):
		return noRoute(r)
	case !known:
		return plainError(http.StatusNotFound)
	case r.Method != http.MethodGet:
		return plainError(http.StatusMethodNotAllowed)
	}
	addr, text := canonical(a.opts.ClientIP(r)), r.Header.Get(Header)

	a.mu.Lock()
	defer a.mu.Unlock()
	if a.blocked(addr) {
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
		return rejection(a.opts.InvalidCode, a.opts.Lockout.Count, a.fail(addr, 1))
	}
	if !key.allows(addr) {
		return failure(http.StatusForbidden, CodeNotAllowed, fmt.Sprintf(
			"Your IP address %s is not whitelisted for this %s API key. "+
				"Add your IP to the whitelist at https://oneclickdz.com/#/settings", addr, key.Type), nil)
	}
	if a.opts.Lockout.Resets {
		delete(a.addresses, addr)
	}
	if r.URL.Path == BalancePath {
		return balance(key)
	}
	return success(key)
}

// Stats counts what the API received since New or the last ResetStats. Addresses
// are in the form of net/netip, and IPv4-mapped ones are IPv4.
type Stats struct {
	Requests int            // all requests
	ByKey    map[string]int // requests by the key that they carried
	Failed   map[string]int // failed attempts by address, except those from Fail
	Blocked  int            // requests answered with IP_BLOCKED
	Peak     int            // the most requests in flight at any time
}

// Stats returns a copy of the counters.
func (a *API) Stats() Stats {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.stats
	s.ByKey, s.Failed = maps.Clone(s.ByKey), maps.Clone(s.Failed)
	return s
}

// ResetStats sets the counters to zero, but does not end a block.
func (a *API) ResetStats() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stats = Stats{ByKey: map[string]int{}, Failed: map[string]int{}, Peak: a.inFlight}
}

// enter counts a new request and returns its fault, or nil for none.
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

// leave ends a request.
func (a *API) leave() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.inFlight--
}

// remoteHost returns the address of the other end of the connection.
func remoteHost(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
