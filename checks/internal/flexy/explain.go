package flexy

import (
	"fmt"
	"strings"
	"time"
)

// Dashboard is where a key is generated, changed and revoked.
const Dashboard = "the dashboard (Settings, API Configuration)"

const statusPage = "status.oneclickdz.com"

// Explain says in words why the answer is not Accepted, and what to do next.
// Both are blank for one that is.
func (a Answer) Explain() (message, hint string) {
	switch a.Outcome {
	case Accepted:
		return "", ""
	case Rejected:
		return a.explainRejected()
	case NotAllowed:
		return a.explainNotAllowed()
	case Blocked:
		return "expected an answer about the key, found that the API blocks this address (IP_BLOCKED) after too many failed attempts: the key was not judged",
			fmt.Sprintf("run again after %s UTC, not before; another job on the same address may have caused this: give such jobs a common concurrency group",
				a.At.Add(BlockTime).UTC().Format(time.DateTime))
	default:
		return a.explainFault()
	}
}

func (a Answer) explainRejected() (message, hint string) {
	message = "expected a key that the API accepts, found that it rejects this one"
	if a.Code != "" {
		message += " (" + a.Code + ")"
	}
	hint = "check that the secret holds the whole, current key; if it was revoked, generate a new one in " + Dashboard
	if a.AttemptsLeft == nil {
		return message, hint
	}
	if a.fewAttempts() {
		hint = waitFirst + "; then " + hint
	}
	return message + ": " + a.attempts(), hint
}

const waitFirst = "do not re-run this for 15 minutes: another failed attempt may block this address for 15 minutes"

// fewAttempts reports whether another failed attempt may block this address.
func (a Answer) fewAttempts() bool { return a.AttemptsLeft != nil && *a.AttemptsLeft <= 1 }

// attempts says how many are left, which must be known.
func (a Answer) attempts() string {
	return fmt.Sprintf("%d of %d attempts left for this address", *a.AttemptsLeft, MaxAttempts)
}

// Cost says what a refusal that was expected has cost, "" if it is not known.
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

func (a Answer) explainNotAllowed() (message, hint string) {
	environment := "this key"
	if a.Environment != "" {
		environment = "this " + a.Environment + " key"
	}
	return fmt.Sprintf("expected an address that may use the key, found that %s is not on the allowlist of %s (IP_NOT_ALLOWED): the key was not judged", a.Runner(), environment),
		"hosted runners change address: run this on a runner with an allowlisted address, or add the address in " + Dashboard
}

// Runner names this machine's address, as far as the API has told it.
func (a Answer) Runner() string {
	if !a.RunnerIP.IsValid() {
		return "this runner's address"
	}
	return "this runner's address " + a.RunnerIP.String()
}

const (
	hintNetwork = "check the network, the proxy settings and " + statusPage + ", then run again"
	hintServer  = "the key was not judged: check " + statusPage + ", then run again"
	hintPath    = "something between here and the API answers in its place: check base-url, proxies and firewalls"
)

// faults has the words for each Fault; %d is the status.
var faults = map[Fault][2]string{
	FaultInternal:         {"expected an answer from the API, found a fault of this program", "run again, and report it if it happens again"},
	FaultNoSuchHost:       {"expected the host name of the API to exist, found that it does not (NXDOMAIN)", "check base-url and the DNS settings of this runner"},
	FaultDNS:              {"expected an address for the API's host name, found that the look-up failed", "check the DNS settings of this runner, then run again"},
	FaultConnect:          {"expected to connect to the API, found that no connection could be made", hintNetwork},
	FaultAuthority:        {"expected a TLS certificate from a trusted authority, found one from an unknown authority", "behind a proxy that inspects TLS give its CA in ca-certificate; outside a container, on Linux, SSL_CERT_FILE can name a CA bundle"},
	FaultHostname:         {"expected a TLS certificate for the API's host name, found one for another name", hintPath},
	FaultCertificate:      {"expected a valid TLS certificate, found one that is expired or not valid for a server", "check the clock of this runner; if it is right, " + hintPath},
	FaultTLS:              {"expected a TLS 1.2 or newer connection to the API, found that the handshake failed", hintPath},
	FaultProxy:            {"expected the proxy to connect to the API, found that it refused; the key was not sent", "check HTTPS_PROXY, its user and password, and that the proxy lets the API's host pass"},
	FaultProxyUnreachable: {"expected to connect to the proxy, found that no connection could be made; the key was not sent", "check HTTPS_PROXY and that the proxy runs"},
	FaultNoSuchProxy:      {"expected the host name of the proxy to exist, found that it does not (NXDOMAIN)", "check HTTPS_PROXY and the DNS settings of this runner"},
	FaultPlainHTTP:        {"expected plain http to stay on this machine, found an address that is not loopback; the key was not sent", "use an https base-url"},
	FaultTimeout:          {"expected a whole answer within 10s a try, found none", hintNetwork},
	FaultCut:              {"expected a whole answer, found that the connection ended before it", hintNetwork},
	FaultHTTP:             {"expected an HTTP answer, found something else", hintPath},
	FaultTooLarge:         {"expected an answer of at most 64 KiB, found a longer one (status %d)", hintPath},
	FaultShape:            {"expected the documented answer, found another body (status %d)", hintPath + "; if there is nothing, the API may have changed"},
	FaultContradiction:    {"expected success and status to agree, found that they contradict each other (status %d)", hintServer},
	FaultHeaderLost:       {"expected the API to receive the key, found that it did not (MISSING_ACCESS_TOKEN)", "something between here and the API drops the header X-Access-Token: check proxies and firewalls"},
	FaultRedirect:         {"expected an answer from the API, found a redirect (status %d), which is never followed", "check base-url: it must be the API's own address"},
	FaultTooMany:          {"expected an answer about the key, found that the API is asked too often (status %d)", "wait some minutes, then run again"},
	FaultServer:           {"expected an answer about the key, found a fault of the API (status %d)", hintServer},
	FaultStatus:           {"expected an answer that the API documents, found status %d", hintPath},
	FaultInterrupted:      {"expected an answer about the key, found that the run was ended from outside before there was one", "run again"},
	FaultOutOfTime:        {"expected an answer within timeout, found none", "raise timeout, or " + hintNetwork},
	FaultHeld:             {"expected enough attempts left to try the key, found too few: it was not sent, so that the API does not block this address", "correct the keys that failed, wait 15 minutes, then run again"},
	FaultRetryAfter:       {"expected an answer within timeout, found that the API asks to wait longer than that (Retry-After)", "wait some minutes, then run again"},
}

func (a Answer) explainFault() (message, hint string) {
	words := faults[a.Fault]
	message = words[0]
	if strings.Contains(message, "%d") {
		message = fmt.Sprintf(message, a.Status)
		if a.Code != "" {
			message += " with code " + a.Code
		}
	}
	return message, words[1]
}
