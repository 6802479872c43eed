// Package flexy interprets the Flexy API's answers about a key and its account's
// balance. It does no I/O: [flexy-key-check/checks/internal/flexy/client] sends the
// requests.
//
// An Answer contains only validated parts of the response: no body, header or error
// text leaves the package. Its zero value means that there is no trustworthy answer.
package flexy

import (
	"net/netip"
	"time"

	"flexy-key-check/checks/internal/lockout"
	"flexy-key-check/checks/internal/secret"
)

// Outcome is what an answer says about the key.
type Outcome int

const (
	Unavailable Outcome = iota // no trustworthy answer
	Accepted                   // 200: the API knows the key and described it
	Rejected                   // 401: wrong, expired or revoked
	NotAllowed                 // IP_NOT_ALLOWED: this machine's address is not on the key's allowlist
	Blocked                    // IP_BLOCKED: too many failed attempts from this machine's address
)

// HTTP statuses as in net/http, which this package must not import.
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

// DocumentedStatus reports whether the API documents this status with a JSON body. The
// body of any other answer is not read.
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

// An Answer is the result of a request: of a key, or of its account's balance.
type Answer struct {
	Outcome Outcome
	At      time.Time // when the answer was complete
	Sends   int       // how often the key was sent, 0 to 2
	Status  int       // HTTP status, 0 if none arrived

	Key    Key    // with Accepted, for a key
	Amount Amount // with Accepted, for a balance
	Fault  Fault  // with Unavailable: why

	Balance *Answer // for the account's balance; nil if it was not requested

	// Blank where the answer lacks them or they are not safe to show.
	Code         string     // of any error: documented, or letters, digits and "_.:-"
	RequestID    string     // of any answer, in the form of Code
	AttemptsLeft *int       // 0 to 5, nil if unknown
	RunnerIP     netip.Addr // with NotAllowed: this machine's address as the API sees it
	Environment  string     // with NotAllowed: Sandbox or Production, the key's environment
}

// Revoked reports whether the API rejected the key with a documented code, which it
// uses for wrong, expired and revoked keys.
func (a Answer) Revoked() bool {
	return a.Outcome == Rejected && (a.Code == CodeInvalid || a.Code == CodeAuth)
}

// Held reports whether the lockout guard held the key back.
func (a Answer) Held() bool { return a.Outcome == Unavailable && a.Fault == FaultHeld }

// A Key describes a key that the API accepted.
type Key struct {
	Username   secret.Value // the account: a phone number
	Echo       secret.Value // apiKey.key, which may or may not be the key that was sent; blank if missing
	Enabled    bool
	Type       string // Sandbox, Production, another safe text, or "" if not safe to show
	Scope      string // ReadWrite, ReadOnly, another safe text, or "" if not safe to show
	AllowedIPs Allowlist
}

// An Allowlist is the set of addresses that may use a key. An empty one allows any
// address. Known is false if the API did not send a list of addresses.
type Allowlist struct {
	Known bool
	Addrs []netip.Addr // IPv4-mapped addresses as IPv4, in the API's order
}
