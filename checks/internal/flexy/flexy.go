// Package flexy interprets the Flexy API's answers about a key and its account's
// balance. It is pure: [flexy-key-check/checks/internal/flexy/client] sends the
// requests.
//
// An Answer contains nothing unchecked from the response: no body, header or error
// text leaves the package. Its zero value means that nothing in it can be trusted.
package flexy

import (
	"net/netip"
	"time"

	"flexy-key-check/checks/internal/lockout"
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
)

// HTTP statuses, as in net/http. They are defined here so that checks, which only
// read answers, do not link net/http.
const (
	StatusOK                  = 200
	statusBadRequest          = 400
	StatusUnauthorized        = 401
	statusForbidden           = 403
	statusNotFound            = 404
	statusTooManyRequests     = 429
	statusInternalServerError = 500
	statusBadGateway          = 502
	statusServiceUnavailable  = 503
	statusGatewayTimeout      = 504
)

// DocumentedStatus reports whether the API documents this status with a JSON body.
// The body of any other answer is not read.
func DocumentedStatus(status int) bool {
	switch status {
	case StatusOK, statusBadRequest, StatusUnauthorized, statusForbidden,
		statusNotFound, statusTooManyRequests, statusInternalServerError, statusServiceUnavailable:
		return true
	}
	return false
}

// Types and scopes that the API documents.
const (
	Sandbox    = "SANDBOX"
	Production = "PRODUCTION"
	ReadWrite  = "READ-WRITE"
	ReadOnly   = "READ-ONLY"
)

// Error codes that the API documents.
const (
	CodeInvalid    = "INVALID_ACCESS_TOKEN"
	CodeAuth       = "ERR_AUTH" // alias of CodeInvalid
	CodeMissing    = "MISSING_ACCESS_TOKEN"
	CodeNotAllowed = "IP_NOT_ALLOWED"
	CodeBlocked    = "IP_BLOCKED"
)

// The API blocks an address for BlockTime after MaxAttempts failed attempts.
const (
	MaxAttempts = lockout.Attempts
	BlockTime   = 15 * time.Minute
)

// An Answer is the result of a request to validate a key or to get a balance.
type Answer struct {
	Outcome Outcome
	At      time.Time // when the result was known
	Sends   int       // how often the key was sent, 0 to 2
	Status  int       // HTTP status, 0 if none arrived

	Key    Key    // with Accepted: the key
	Amount Amount // with Accepted: the balance
	Fault  Fault  // with Unavailable: why

	// From error answers, each blank if missing or not safe to show.
	Code         string     // with any error: a documented code, or letters, digits and "_.:-"
	RequestID    string     // with any answer: like Code
	AttemptsLeft *int       // 0 to 5, nil if missing
	RunnerIP     netip.Addr // with NotAllowed: this machine's address as the API sees it
	Environment  string     // with NotAllowed: Sandbox or Production, the key's environment
}

// Revoked reports whether the API rejected the key with a code that it documents
// for wrong, expired and revoked keys.
func (a Answer) Revoked() bool {
	return a.Outcome == Rejected && (a.Code == CodeInvalid || a.Code == CodeAuth)
}

// Held reports whether the lockout guard did not allow the key to be sent.
func (a Answer) Held() bool { return a.Outcome == Unavailable && a.Fault == FaultHeld }

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
	Known bool
	Addrs []netip.Addr // IPv4-mapped addresses as IPv4, in the API's order
}
