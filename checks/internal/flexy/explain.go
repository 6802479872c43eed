package flexy

import (
	"fmt"
	"strings"
	"time"

	"flexy-key-check/checks/internal/mistake"
)

// Dashboard is where users generate, change and revoke keys.
const Dashboard = "the dashboard (Settings, API Configuration)"

const statusPage = "status.oneclickdz.com"

// Explain returns a message that says why the answer is not Accepted, and a hint
// that says what to do next. Both are empty if it is Accepted.
func (a Answer) Explain() mistake.Notice {
	switch a.Outcome {
	case Accepted:
		return mistake.Notice{}
	case Rejected:
		return a.explainRejected()
	case NotAllowed:
		return a.explainNotAllowed()
	case Blocked:
		return mistake.Say("the API blocks this address after too many failed attempts (IP_BLOCKED): "+notJudged,
			fmt.Sprintf("run again after %s UTC, not before; another job on the same address may have caused this: give such jobs a common concurrency group",
				a.At.Add(BlockTime).UTC().Format(time.DateTime)))
	default:
		return a.explainFault()
	}
}

func (a Answer) explainRejected() mistake.Notice {
	message := "the API rejected the key"
	if a.Code != "" {
		message += " (" + a.Code + ")"
	}
	hint := "check that the secret holds the whole, current key; if it was revoked, generate a new one in " + Dashboard
	if a.AttemptsLeft == nil {
		return mistake.Say(message, hint)
	}
	if a.fewAttempts() {
		hint = waitFirst + "; then " + hint
	}
	return mistake.Say(message+": "+a.attempts(), hint)
}

const waitFirst = "do not re-run this for 15 minutes: another failed attempt may block this address for 15 minutes"

// fewAttempts reports whether another failed attempt may block this address.
func (a Answer) fewAttempts() bool { return a.AttemptsLeft != nil && *a.AttemptsLeft <= 1 }

// attempts describes AttemptsLeft, which must not be nil.
func (a Answer) attempts() string {
	return fmt.Sprintf("%d of %d attempts left for this address", *a.AttemptsLeft, MaxAttempts)
}

// Cost describes the attempts left after an expected 401, or "" if unknown.
func (a Answer) Cost() string {
	switch {
	case a.AttemptsLeft == nil:
		return ""
	case a.fewAttempts():
		return a.attempts() + ": " + waitFirst
	default:
		return a.attempts()
	}
}

func (a Answer) explainNotAllowed() mistake.Notice {
	environment := "this key"
	if a.Environment != "" {
		environment = "this " + a.Environment + " key"
	}
	return mistake.Say(fmt.Sprintf("%s is not on the allowlist of %s (IP_NOT_ALLOWED): %s", a.Runner(), environment, notJudged),
		"hosted runners change address: run this on a runner with an allowlisted address, or add the address in "+Dashboard)
}

// Runner describes this machine, with its address if the API reported it.
func (a Answer) Runner() string {
	if !a.RunnerIP.IsValid() {
		return "this runner's address"
	}
	return "this runner's address " + a.RunnerIP.String()
}

// notJudged is used at the end of messages and the beginning of hints.
const notJudged = "the key was not judged"

const (
	hintNetwork = "check the network, the proxy settings and " + statusPage + ", then run again"
	hintServer  = notJudged + ": check " + statusPage + ", then run again"
	hintPath    = "something between here and the API answers in its place: check {base-url}, proxies and firewalls"
)

// faults has the Notice of each Fault. %d stands for the status.
var faults = [...]mistake.Notice{
	FaultInternal:         mistake.Say("internal error in flexy-key-check", "run again, and report it if it happens again"),
	FaultNoSuchHost:       mistake.Say("cannot resolve the API's host name (NXDOMAIN)", "check {base-url} and the DNS settings of this runner"),
	FaultDNS:              mistake.Say("cannot resolve the API's host name: the DNS lookup failed", "check the DNS settings of this runner, then run again"),
	FaultConnect:          mistake.Say("cannot connect to the API", hintNetwork),
	FaultUnknownAuthority: mistake.Say("the API's TLS certificate is signed by an unknown authority", "behind a proxy that inspects TLS give its CA in {ca-certificate}; outside a container, on Linux, SSL_CERT_FILE can name a CA bundle"),
	FaultHostname:         mistake.Say("the TLS certificate is not valid for the API's host name", hintPath),
	FaultCertificate:      mistake.Say("the API's TLS certificate is expired, not yet valid or not a server's", "check the clock of this runner; if it is right, "+hintPath),
	FaultTLS:              mistake.Say("the TLS handshake with the API failed (TLS 1.2 or newer is required)", hintPath),
	FaultProxy:            mistake.Say("the proxy refused to connect to the API; the key was not sent", "check HTTPS_PROXY, its user and password, and that the proxy allows the API's host"),
	FaultProxyUnreachable: mistake.Say("cannot connect to the proxy; the key was not sent", "check HTTPS_PROXY and that the proxy is running"),
	FaultNoSuchProxy:      mistake.Say("cannot resolve the proxy's host name (NXDOMAIN); the key was not sent", "check HTTPS_PROXY and the DNS settings of this runner"),
	FaultPlainHTTP:        mistake.Say("refused to send the key over plain http to an address that is not loopback", "use an https {base-url}"),
	FaultTimeout:          mistake.Say("no complete answer from the API within 10s", hintNetwork),
	FaultTruncated:        mistake.Say("the connection closed before the API's answer was complete", hintNetwork),
	FaultMalformed:        mistake.Say("malformed HTTP response", hintPath),
	FaultTooLarge:         mistake.Say("the API's answer is larger than 64 KiB (status %d)", hintPath),
	FaultShape:            mistake.Say("the API's answer is not the documented JSON (status %d)", hintPath+"; if there is nothing, the API may have changed"),
	FaultContradiction:    mistake.Say("the API's answer contradicts its status (status %d)", hintServer),
	FaultHeaderLost:       mistake.Say("the key did not reach the API (MISSING_ACCESS_TOKEN)", "something between here and the API drops the header X-Access-Token: check proxies and firewalls"),
	FaultRedirect:         mistake.Say("the API answered with a redirect (status %d), which is never followed", "check {base-url}: it must be the API's own address"),
	FaultRateLimited:      mistake.Say("the API is rate-limiting this address (status %d)", "wait a few minutes, then run again"),
	FaultServer:           mistake.Say("server error from the API (status %d)", hintServer),
	FaultStatus:           mistake.Say("unexpected status %d from the API", hintPath),
	FaultInterrupted:      mistake.Say("interrupted before the API answered", "run again"),
	FaultOutOfTime:        mistake.Say("no answer from the API within {timeout}", "raise {timeout}, or "+hintNetwork),
	FaultHeld:             mistake.Say("not sent: too few attempts are left before the API blocks this address", "correct the keys that failed, wait 15 minutes, then run again"),
	FaultRetryAfter:       mistake.Say("the API asks to wait longer than {timeout} allows (Retry-After)", "wait a few minutes, then run again"),
}

func (a Answer) explainFault() mistake.Notice {
	if a.Fault < 0 || int(a.Fault) >= len(faults) {
		a.Fault = FaultInternal
	}
	n := faults[a.Fault]
	if strings.Contains(n.Message, "%d") {
		n.Message = fmt.Sprintf(n.Message, a.Status)
		if a.Code != "" {
			n.Message += " with code " + a.Code
		}
	}
	return n
}
