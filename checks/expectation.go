package checks

import (
	"net/netip"
	"time"

	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/secret"
)

// An Expectation is what is expected of one key. A zero field asserts nothing,
// except for State, MaxAgeDays and RemindDays, which are always set.
type Expectation struct {
	State        KeyState
	Type         ExpectedType
	Scope        string       // flexy.ReadWrite or flexy.ReadOnly
	Account      secret.Value // a phone number
	AllowedIPs   ExpectedIPs
	MustAllowIPs []netip.Addr
	Fingerprint  string // 12 lower-case hexadecimal digits
	MinBalance   string // in DZD, with at most two decimals
	Rotated      RotationDate
	MaxAgeDays   int      // 1 to 3650
	RemindDays   int      // 0 to MaxAgeDays
	WarnOn       []string // IDs of the checks whose failures are only warnings
}

// KeyState is the expected state of a key.
type KeyState string

// The values of expect-state.
const (
	StateEnabled  KeyState = "enabled"
	StateDisabled KeyState = "disabled"
	StateRevoked  KeyState = "revoked"
)

// ExpectedType is the expected type of a key.
type ExpectedType struct {
	Want     string // flexy.Sandbox or flexy.Production; "" asserts nothing
	Tolerant bool   // a PRODUCTION key instead of a SANDBOX key is only a warning
}

// ExpectedIPs is the expected allowlist of a key.
type ExpectedIPs struct {
	Mode  IPMode
	Addrs []netip.Addr // only for ExactIPs
}

// IPMode is how an allowlist is compared.
type IPMode string

// The values of expect-allowed-ips. ExactIPs stands for a list of addresses.
const (
	AnyIPs          IPMode = ""
	RestrictedIPs   IPMode = "restricted"
	UnrestrictedIPs IPMode = "unrestricted"
	ExactIPs        IPMode = "exact"
)

// A RotationDate is the date on which a key was generated, if it is known.
type RotationDate struct {
	Asked          bool      // whether rotation is checked
	Known          bool      // whether On is set
	On             time.Time // only the UTC date matters
	AtLeast        bool      // the key may be older than On says
	NotYet         bool      // there is nothing to check until the API accepts the key, as the notice says
	mistake.Notice           // why the date is not known
}
