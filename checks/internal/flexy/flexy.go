// Package flexy is what the Flexy API answers about a key and its account's
// balance, and what an answer means. It is pure:
// [flexy-key-check/checks/internal/flexy/client] asks.
//
// An Answer holds nothing of the response that has not been checked: no body,
// header or error text leaves the package. Its zero value says that nothing can
// be trusted.
package flexy

import (
	"net/netip"
	"time"

	"flexy-key-check/checks/internal/lockout"
	"flexy-key-check/checks/internal/secret"
)

// Outcome is what an answer says of the key that was sent.
type Outcome int

const (
	Unavailable Outcome = iota // no trustworthy answer
	Accepted                   // 200: the API knows the key and told its properties
	Rejected                   // 401: wrong, expired or revoked
	NotAllowed                 // IP_NOT_ALLOWED: this machine's address is not on the key's allowlist
	Blocked                    // IP_BLOCKED: too many failed attempts from this machine's address
)

// HTTP statuses, as net/http has them: a check that reads answers links none of
// what talks.
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

// DocumentedStatus reports whether the API answers with this status and a JSON
// body. The body of any other answer is not even read.
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

// An Answer is all that is known after a question: Validate's, or Balance's.
type Answer struct {
	Outcome Outcome
	At      time.Time // when it was known
	Sends   int       // how often the key left the machine, 0 to 2
	Status  int       // HTTP status, 0 if none arrived

	Key    Key    // with Accepted, of the key
	Amount Amount // with Accepted, of the balance
	Fault  Fault  // with Unavailable: why

	Balance *Answer // to the question for the account's balance; nil if it was not asked

	// What an error answer tells, each blank if it is not said or not safe to show.
	Code         string     // with any error: documented, or letters, digits and "_.:-"
	RequestID    string     // with any answer: as Code
	AttemptsLeft *int       // 0 to 5, nil if not said
	RunnerIP     netip.Addr // with NotAllowed: this machine's address as the API sees it
	Environment  string     // with NotAllowed: Sandbox or Production, the key's environment
}

// Revoked reports whether the API rejected the key with a code that it documents
// for wrong, expired and revoked keys.
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

// An Allowlist is the set of addresses that may use a key; empty means any. It
// is not Known if the API sent something else than a list of addresses.
type Allowlist struct {
	Known bool
	Addrs []netip.Addr // IPv4-mapped addresses as IPv4, in the API's order
}
