package emulator

import (
	"net/netip"
	"time"
)

// A Lockout is when the API blocks an address, and where a 401 says how many attempts
// are left.
type Lockout struct {
	Attempts int   // failed attempts that block an address
	Count    Place // of the number of attempts left
	Resets   bool  // a success starts the count again
}

// The two accounts of the lockout: the vendor's, and that of the published client that
// is nearest to the API.
var (
	DocumentedLockout = Lockout{Attempts: 5, Count: InDetails}
	SeenLockout       = Lockout{Attempts: 20, Count: InMessage, Resets: true}
)

// A Place is where a 401 says how many attempts are left.
type Place int

// The places of the number.
const (
	Nowhere   Place = iota
	InDetails       // error.details.attemptsLeft
	InError         // error.attemptsLeft
	InMessage       // error.message
)

// attempts is what the API remembers about an address.
type attempts struct {
	failed int
	until  time.Time // the end of the block, if there is one
}

// blocked reports whether an address is blocked.
func (a *API) blocked(addr string) bool {
	t := a.addresses[addr]
	return t.failed >= a.opts.Lockout.Attempts && a.opts.Now().Before(t.until)
}

// Fail records n earlier failed attempts from an address, such as those of other
// users of a shared runner. Once there are too many, the block begins.
func (a *API) Fail(addr string, n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fail(canonical(addr), n)
}

// Block blocks an address.
func (a *API) Block(addr string) { a.Fail(addr, a.opts.Lockout.Attempts) }

// fail counts n failed attempts and returns how many are left.
func (a *API) fail(addr string, n int) (left int) {
	most, t := a.opts.Lockout.Attempts, a.addresses[addr]
	if t.failed >= most && !a.blocked(addr) {
		t = attempts{} // the block is over
	}
	t.failed = min(t.failed+n, most)
	if t.failed == most {
		t.until = a.opts.Now().Add(BlockTime)
	}
	a.addresses[addr] = t
	return most - t.failed
}

// canonical returns an address in its canonical form, and anything else
// unchanged.
func canonical(addr string) string {
	ip, err := netip.ParseAddr(addr)
	if err != nil {
		return addr
	}
	return ip.Unmap().String()
}
