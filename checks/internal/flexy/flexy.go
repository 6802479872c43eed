// Package flexy interprets the Flexy API's answers about a key and its account's
// balance. It is pure: [flexy-key-check/checks/internal/flexy/client] sends the
// requests.
//
// An Answer contains nothing unchecked from the response: no body, header or error
// text leaves the package. Its zero value means that nothing in it can be trusted.
package flexy

import (
	"net/netip"
	"slices"
	"time"

	"flexy-key-check/checks/internal/secret"
)

// An Outcome is what an answer means for the key that was sent.
type Outcome int

const (
	Unavailable Outcome = iota // no trustworthy answer
	Accepted                   // 200: the API knows the key and describes it
	Rejected                   // 401: wrong, expired or revoked
	NotAllowed                 // IP_NOT_ALLOWED: this machine's address is not on the key's allowlist
	Blocked                    // IP_BLOCKED: too many failed attempts from this machine's address
	Disabled                   // API_DISABLED: the account's API access is switched off, for every key
)

// HTTP statuses, as in net/http. They are defined here so that checks, which only
// read answers, do not link net/http.
const (
	StatusOK              = 200
	StatusUnauthorized    = 401
	statusForbidden       = 403
	statusNotFound        = 404
	statusTooManyRequests = 429

	statusNetworkAuthenticationRequired = 511
)

// Types and scopes that the API documents.
const (
	Sandbox    = "SANDBOX"
	Production = "PRODUCTION"
	ReadWrite  = "READ-WRITE"
	ReadOnly   = "READ-ONLY"
)

// Error codes of the API. They compare without regard to case, and to "-" or "_":
// see [Answer.Says].
const (
	CodeInvalid    = "INVALID_ACCESS_TOKEN"
	CodeAuth       = "ERR_AUTH" // alias of CodeInvalid
	CodeMissing    = "MISSING_ACCESS_TOKEN"
	CodeNotAllowed = "IP_NOT_ALLOWED"
	CodeBlocked    = "IP_BLOCKED"
	CodeDisabled   = "API_DISABLED"

	codeUnverified = "AUTH_UNAVAILABLE"
)

// Host is where the API is. What another host says of a key is only its word.
const Host = "api.oneclickdz.com"

// BlockTime is how long the API blocks an address after too many failed attempts.
const BlockTime = 15 * time.Minute

// MaxTimeout is the longest time limit that a user can set for all requests.
const MaxTimeout = 10 * time.Minute

// An Answer is the result of a request to validate a key or to get a balance.
type Answer struct {
	Outcome Outcome
	At      time.Time // when the result was known
	Sends   int       // how often the key was sent, 0 to 2
	Status  int       // HTTP status, 0 if none arrived

	Host string // of base-url, if that is not the API's own address

	Key    Key           // with Accepted: the key
	Amount Amount        // with Accepted: the balance
	Fault  Fault         // with Unavailable: why
	Wait   time.Duration // before the next try, if the API asked for one

	// From error answers, each blank if missing or not safe to show.
	Code         string     // with any error, as the API wrote it: letters, digits and "_.:-"
	RequestID    string     // with any answer: like Code
	AttemptsLeft *int       // 0 to MaxAttemptsLeft, nil if missing
	RunnerIP     netip.Addr // with NotAllowed: this machine's address as the API sees it
	Environment  string     // with NotAllowed: Sandbox or Production, the key's environment
}

// Says reports whether the answer has one of these error codes.
func (a Answer) Says(codes ...string) bool { return slices.Contains(codes, canonical(a.Code)) }

// Revoked reports whether the API rejected the key with a code that it documents
// for wrong, expired and revoked keys.
func (a Answer) Revoked() bool { return a.Outcome == Rejected && a.Says(CodeInvalid, CodeAuth) }

// Final reports whether the API's error code forbids to ask again about this key,
// whatever the status.
func (a Answer) Final() bool { return a.Says(Codes...) }

// Held reports whether the lockout guard did not allow the key to be sent.
func (a Answer) Held() bool { return a.Outcome == Unavailable && a.Fault == FaultHeld }

// Aborted reports whether this program gave up: it was interrupted, or failed itself.
func (a Answer) Aborted() bool {
	return a.Outcome == Unavailable && (a.Fault == FaultInterrupted || a.Fault == FaultInternal)
}

// A Key describes a key that the API accepted.
type Key struct {
	Username   secret.Value // the account: a phone number
	Echo       secret.Value // apiKey.key, which may differ from the key that was sent; blank if missing
	Enabled    bool
	Type       string // Sandbox, Production, another safe text, or "" if not safe to show
	Scope      string // ReadWrite, ReadOnly, another safe text, or "" if not safe to show
	AllowedIPs Allowlist
}

// An Allowlist is the set of addresses that may use a key. An empty one allows
// every address. It is not Known if the API sent anything but a list of addresses.
type Allowlist struct {
	Known   bool
	Missing bool         // the API sent none
	Addrs   []netip.Addr // IPv4-mapped addresses as IPv4, in the API's order
}
