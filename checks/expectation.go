package checks

import (
	"net/netip"
	"time"

	"flexy-key-check/checks/internal/secret"
)

// An Expectation is what is expected of one key. A blank field asks for
// nothing, but for State and the two numbers, which have defaults.
type Expectation struct {
	State        KeyState
	Type         ExpectedType
	Scope        string       // flexy.ReadWrite or flexy.ReadOnly
	Account      secret.Value // a phone number
	AllowedIPs   ExpectedIPs
	MustAllowIPs []netip.Addr
	Fingerprint  string // 12 hexadecimal digits in lower case
	MinBalance   string // in DZD: digits, and at most two decimals
	Rotated      RotationDate
	MaxAgeDays   int      // 1 to 3650
	RemindDays   int      // 0 to MaxAgeDays
	WarnOn       []string // ids of the checks whose failures are only warnings
}

// KeyState is the state that a key is expected to be in.
type KeyState string

// The values of expect-state.
const (
	StateEnabled  KeyState = "enabled"
	StateDisabled KeyState = "disabled"
	StateRevoked  KeyState = "revoked"
)

// ExpectedType is what a key's type is expected to be.
type ExpectedType struct {
	Want     string // flexy.Sandbox or flexy.Production; "" asks for nothing
	Tolerant bool   // a PRODUCTION key where SANDBOX is wanted is only a warning
}

// ExpectedIPs is what a key's allowlist is expected to be.
type ExpectedIPs struct {
	Mode  IPMode
	Addrs []netip.Addr // with ExactIPs
}

// IPMode tells how an allowlist is compared.
type IPMode string

// The values of expect-allowed-ips; a list of addresses means ExactIPs.
const (
	AnyIPs          IPMode = ""
	RestrictedIPs   IPMode = "restricted"
	UnrestrictedIPs IPMode = "unrestricted"
	ExactIPs        IPMode = "exact"
)

// A RotationDate is when a key was generated, as far as anybody knows.
type RotationDate struct {
	Asked   bool      // somebody wants to know
	Known   bool      // On is the date
	On      time.Time // its UTC date counts
	AtLeast bool      // the key may be older: the date is that of the secret's last update
	Message string    // why the date is not known
	Hint    string
}
