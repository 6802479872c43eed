package flexy

import (
	"fmt"
	"math"
	"strings"
	"time"

	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/plain"
)

// Dashboard is where users generate, change and revoke keys.
const Dashboard = "the dashboard (Settings, API Configuration)"

const statusPage = "status.oneclickdz.com"

// Explain says why the answer is not Accepted, and what to do next. It is blank if it
// is Accepted.
func (a Answer) Explain() mistake.Notice {
	var n mistake.Notice
	switch a.Outcome {
	case Accepted:
		return n
	case Rejected:
		n = a.explainRejected()
	case NotAllowed:
		n = a.explainNotAllowed()
	case Disabled:
		n = mistake.Say(SwitchedOff+a.quoteCode()+": "+notChecked, HintSwitchOn)
	case Blocked:
		return mistake.Say("the API blocks this address after too many failed attempts (IP_BLOCKED): "+notChecked, a.hintBlocked())
	default:
		n = a.explainFault()
		if a.Says(CodeBlocked) {
			n.Hint = a.hintBlocked()
		}
	}
	n.Hint = a.Careful(n.Hint)
	return n
}

// Careful returns a hint to a failure that comes with the answer: it begins with a
// warning if another failed attempt may block this address.
func (a Answer) Careful(hint string) string {
	if a.mayBlock() {
		return waitFirst + "; " + hint
	}
	return hint
}

func (a Answer) hintBlocked() string {
	return fmt.Sprintf("run again after %s UTC, not before; another job on the same address may have caused this: give such jobs a common concurrency group",
		a.At.Add(BlockTime).UTC().Format(time.DateTime))
}

// What to say, and to do, about CodeDisabled.
const (
	SwitchedOff  = "the account's API access is switched off"
	HintSwitchOn = "switch the API on in " + Dashboard
)

// quoteCode returns the code in brackets, with a space before it, or the status if
// there is no code.
func (a Answer) quoteCode() string {
	if a.Code == "" {
		return fmt.Sprintf(" (status %d)", a.Status)
	}
	return " (" + a.Code + ")"
}

// According ends a message about a key that the API does not know: it says whose word
// this is, if base-url leads elsewhere than to the API.
func (a Answer) According() string {
	if a.Host == "" {
		return ""
	}
	return ", according to " + a.Host + " ({base-url})"
}

func (a Answer) explainRejected() mistake.Notice {
	n := mistake.Say("the API rejected the key", "check that the secret holds the whole, current key; if it was revoked, generate a new one in "+Dashboard)
	if a.Code != "" {
		n.Message += " (" + a.Code + ")"
	}
	if a.AttemptsLeft != nil {
		n.Message += ": " + a.attempts()
	}
	if a.Host != "" {
		n.Message += a.According()
		n.Hint = "check {base-url}, because any other address than the API's may call every key invalid; then " + n.Hint
	}
	return n
}

// BlockTimeInWords is BlockTime for a text.
var BlockTimeInWords = fmt.Sprintf("%.0f minutes", BlockTime.Minutes())

var waitFirst = "do not re-run this for " + BlockTimeInWords + ": another failed attempt may block this address for as long"

// mayBlock reports whether another failed attempt may block this address: the answer
// was a 401 that may have cost an attempt, and few are left or nobody knows how many.
func (a Answer) mayBlock() bool {
	if a.Status != StatusUnauthorized || a.Says(CodeMissing, CodeBlocked) {
		return false
	}
	return a.AttemptsLeft == nil || *a.AttemptsLeft <= 1
}

// attempts describes AttemptsLeft, which must not be nil.
func (a Answer) attempts() string {
	return plain.Count(*a.AttemptsLeft, "attempt", "attempts") + " left for this address"
}

// Cost describes what an expected 401 cost, or returns "" if there is nothing to say.
func (a Answer) Cost() string {
	var parts []string
	if a.AttemptsLeft != nil {
		parts = append(parts, a.attempts())
	}
	if a.mayBlock() {
		parts = append(parts, waitFirst)
	}
	return strings.Join(parts, ": ")
}

func (a Answer) explainNotAllowed() mistake.Notice {
	environment := "this key"
	if a.Environment != "" {
		environment = "this " + a.Environment + " key"
	}
	return mistake.Say(fmt.Sprintf("%s is not on the allowlist of %s (IP_NOT_ALLOWED): %s", a.Runner(), environment, notChecked),
		"hosted runners change address: run this on a runner with an allowlisted address, or add the address in "+Dashboard)
}

// Runner describes this machine, with its address if the API reported it.
func (a Answer) Runner() string {
	if !a.RunnerIP.IsValid() {
		return "this runner's address"
	}
	return "this runner's address " + a.RunnerIP.String()
}

// notChecked is used at the end of messages and the beginning of hints.
const notChecked = "the key was not checked"

const (
	hintNetwork = "check the network, the proxy settings and " + statusPage + ", then run again"
	hintServer  = notChecked + ": check " + statusPage + ", then run again"
	hintPath    = "something between here and the API answers in its place: check {base-url}, proxies and firewalls"
	waitAFew    = "wait a few minutes"
)

// faults has the message and hint for each Fault. %d stands for the status.
var faults = [...]mistake.Notice{
	FaultInternal:         mistake.Say("internal error in flexy-key-check", "run again, and report it if it happens again"),
	FaultNoSuchHost:       mistake.Say("cannot resolve the API's host name (NXDOMAIN)", "check {base-url} and the DNS settings of this runner"),
	FaultDNS:              mistake.Say("cannot resolve the API's host name: the DNS lookup failed", "check the DNS settings of this runner, then run again"),
	FaultConnect:          mistake.Say("cannot connect to the API", hintNetwork),
	FaultUnknownAuthority: mistake.Say("the API's TLS certificate is signed by an unknown authority", "behind a proxy that inspects TLS, give its CA in {ca-certificate}; outside a container, on Linux, SSL_CERT_FILE can name a CA bundle"),
	FaultHostname:         mistake.Say("the TLS certificate is not valid for the API's host name", hintPath),
	FaultCertificate:      mistake.Say("the API's TLS certificate is expired, not yet valid or not a server's", "check the clock of this runner; if it is right, "+hintPath),
	FaultTLS:              mistake.Say("the TLS handshake with the API failed (TLS 1.2 or newer is required)", hintPath),
	FaultProxy:            mistake.Say("the proxy refused to connect to the API; the key was not sent", "check HTTPS_PROXY, its user and password, and that the proxy allows the API's host"),
	FaultProxyUnreachable: mistake.Say("cannot connect to the proxy; the key was not sent", "check HTTPS_PROXY and that the proxy is running"),
	FaultNoSuchProxy:      mistake.Say("cannot resolve the proxy's host name (NXDOMAIN); the key was not sent", "check HTTPS_PROXY and the DNS settings of this runner"),
	FaultPlainHTTP:        mistake.Say("refused to send the key over plain http to an address that is not loopback", "use an https {base-url}"),
	FaultRoots:            mistake.Say("cannot read SSL_CERT_FILE or SSL_CERT_DIR in time; the key was not sent", "name a file, not a pipe that nobody writes to, or unset them to use the built-in certificates"),
	FaultTimeout:          mistake.Say("no complete answer from the API within 10s", hintNetwork),
	FaultTruncated:        mistake.Say("the connection closed before the API's answer was complete", hintNetwork),
	FaultMalformed:        mistake.Say("malformed HTTP response", hintPath),
	FaultTooLarge:         mistake.Say("the API's answer is larger than 64 KiB (status %d)", hintPath),
	FaultShape:            mistake.Say("the API's answer is not the documented JSON (status %d)", hintPath+"; if nothing is wrong there, the API may have changed"),
	FaultContradiction:    mistake.Say("the API's answer contradicts its status (status %d)", hintServer),
	FaultHeaderLost:       mistake.Say("the key did not reach the API (MISSING_ACCESS_TOKEN)", "something between here and the API drops the header X-Access-Token: check proxies and firewalls"),
	FaultRefused:          mistake.Say("the API refuses the request", "look the code up in the API's documentation, or give the request id to its support"),
	FaultRoute:            mistake.Say("the API has no such path (status %d)", "correct {base-url}: it is the API's address alone, without a version or an endpoint"),
	FaultCDN:              mistake.Say("the CDN in front of the API refuses this address (status %d)", "run this on another runner, or give the request id (the CDN's ray) to the API's support"),
	FaultUnauthorized:     mistake.Say("unexpected status %d, which is not the API's own: "+notChecked, "check {base-url}, proxies and firewalls: something between here and the API may have answered in its place, or the API has counted a failed attempt"),
	FaultFirewall:         mistake.Say("something between here and the API refuses the request (status %d)", "check the proxies and firewalls on the way, and {base-url}"),
	FaultRedirect:         mistake.Say("the API answered with a redirect (status %d), which is never followed", "check {base-url}: it must be the API's own address"),
	FaultRateLimited:      mistake.Say("the API is rate-limiting this key or address (status %d)", waitAFew+", then run again: other runs with this key or from this address count as well"),
	FaultServer:           mistake.Say("server error from the API (status %d)", hintServer),
	FaultUnverified:       mistake.Say("the API could not verify the key in time (status %d)", "this says nothing about the key: check "+statusPage+", then run again"),
	FaultOrigin:           mistake.Say("server error from the CDN in front of the API (status %d)", hintServer),
	FaultNetwork:          mistake.Say("a network between here and the API wants a sign-in (status %d)", "sign in to that network, or run this elsewhere"),
	FaultStatus:           mistake.Say("unexpected status %d from the API", hintPath),
	FaultInterrupted:      mistake.Say("interrupted before the API answered", "run again"),
	FaultOutOfTime:        mistake.Say("no answer from the API within {timeout}", "raise {timeout}, or "+hintNetwork),
	FaultRetryAfter:       {}, // see explainRetryAfter
	FaultHeld:             mistake.Say("not sent: too few attempts are left before the API blocks this address", "correct the keys that failed, wait "+BlockTimeInWords+", then run again"),
}

func (a Answer) explainFault() mistake.Notice {
	if a.Fault < 0 || int(a.Fault) >= len(faults) {
		a.Fault = FaultInternal
	}
	n := faults[a.Fault]
	switch {
	case a.Fault == FaultRetryAfter:
		return a.explainRetryAfter()
	case a.Fault == FaultRefused:
		n.Message += a.quoteCode()
	case strings.Contains(n.Message, "%d"):
		n.Message = fmt.Sprintf(n.Message, a.Status)
		if a.Code != "" {
			n.Message += " with code " + a.Code
		}
	}
	if a.Wait > 0 {
		n.Hint = strings.Replace(n.Hint, waitAFew, "wait "+seconds(a.Wait), 1)
	}
	return n
}

// explainRetryAfter explains a wait that is longer than the time left. The answer has
// no status if it was asked for by the answer to an earlier request.
func (a Answer) explainRetryAfter() mistake.Notice {
	who := "the API"
	if a.Status != 0 {
		cause := a
		cause.Fault = StatusFault(a.Status)
		who = cause.explainFault().Message + ": it"
	}
	hint := "wait " + seconds(a.Wait) + ", then run again"
	if a.Wait < MaxTimeout {
		hint += ", or raise {timeout}"
	}
	return mistake.Say(who+" asks to wait "+seconds(a.Wait)+" (Retry-After), longer than {timeout} allows", hint)
}

// seconds describes a wait that the API asks for.
func seconds(d time.Duration) string {
	if d > 24*time.Hour {
		return "more than a day"
	}
	return plain.Count(int(math.Ceil(max(d, 1).Seconds())), "second", "seconds")
}
