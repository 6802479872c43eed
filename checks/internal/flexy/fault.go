package flexy

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"

	"flexy-key-check/checks/internal/safehttp"
)

// A Fault says why an answer cannot be trusted. Its zero value is a fault of
// the program itself.
type Fault int

const (
	FaultInternal         Fault = iota
	FaultNoSuchHost             // NXDOMAIN
	FaultDNS                    // the name could not be looked up
	FaultConnect                // refused, unreachable
	FaultUnknownAuthority       // the server's certificate comes from no authority that is trusted
	FaultHostname               // the server's certificate is for another name
	FaultCertificate            // the server's certificate is not valid: expired, for example
	FaultTLS                    // any other fault of the handshake
	FaultProxy                  // the proxy refused to connect
	FaultProxyUnreachable       // no connection to the proxy
	FaultNoSuchProxy            // NXDOMAIN for the proxy's host name
	FaultPlainHTTP              // plain http off loopback
	FaultTimeout                // no whole answer in time
	FaultTruncated              // the connection was reset or closed before the answer was whole
	FaultMalformed              // what came back is not an HTTP answer of bounded size
	FaultTooLarge               // the body is over maxBody
	FaultShape                  // a body that is not the documented one
	FaultContradiction          // success and status contradict each other
	FaultHeaderLost             // MISSING_ACCESS_TOKEN although the key was sent
	FaultRedirect               // 3xx
	FaultRateLimited            // 429
	FaultServer                 // 5xx
	FaultStatus                 // any other status that is not documented
	FaultInterrupted            // the run was ended from outside
	FaultOutOfTime              // all of the time for all requests was used up
	FaultHeld                   // the key was not sent, so that the API does not block this address
	FaultRetryAfter             // the API asks for a longer wait than there is time
)

// again reports whether another try makes sense: once the key has been sent
// only where the API may not have judged it. A refusal whose body is lost is
// a refusal: asking again would cost another of the few attempts.
func (a Answer) again(sent bool) bool {
	if a.Outcome != Unavailable {
		return false
	}
	switch a.Fault {
	case FaultRateLimited, FaultServer:
		return true
	case FaultTruncated, FaultTimeout:
		return a.Status == 0 || a.Status == http.StatusOK
	case FaultDNS, FaultConnect, FaultTLS, FaultProxyUnreachable:
		return !sent
	default:
		return false
	}
}

// statusFault classifies an answer by its status alone.
func statusFault(status int) Fault {
	switch status {
	case http.StatusTooManyRequests:
		return FaultRateLimited
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return FaultServer
	}
	if status/100 == 3 {
		return FaultRedirect
	}
	return FaultStatus
}

// bodyFault classifies an answer whose body is at fault: where the body is
// what tells an answer's meaning, that is the fault, else the status is.
func bodyFault(status int, body Fault) Fault {
	switch status {
	case http.StatusOK, http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
		return body
	}
	return statusFault(status)
}

// stage is how far a try got.
type stage int

const (
	stageDial     stage = iota // looking up the name, connecting
	stageTLS                   // the handshake has begun
	stageSent                  // the key has left the machine
	stageAnswered              // the first byte of an answer has come
)

// errorFault classifies an error of net/http.
func errorFault(err error, reached stage) Fault {
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return FaultInterrupted
	case errors.Is(err, safehttp.ErrNotLoopback):
		return FaultPlainHTTP
	case errors.As(err, &dns) && dns.IsNotFound && failedAt(err, "proxyconnect"):
		return FaultNoSuchProxy
	case errors.As(err, &dns) && dns.IsNotFound:
		return FaultNoSuchHost
	case errors.As(err, &dns):
		return FaultDNS
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return FaultTimeout
	case errors.Is(err, safehttp.ErrProxyRefused), failedAt(err, "socks connect"):
		return FaultProxy
	}
	switch {
	case reached >= stageAnswered && !cutShort(err):
		return FaultMalformed
	case reached >= stageSent && !failedAt(err, "remote error"): // an alert: some servers refuse a handshake late
		return FaultTruncated
	case reached >= stageTLS:
		return handshakeFault(err)
	case failedAt(err, "proxyconnect"):
		return FaultProxyUnreachable
	default:
		return FaultConnect
	}
}

// cutShort reports whether the connection ended before the answer did.
func cutShort(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// failedAt reports whether err is that of the named operation, as net/http and
// crypto/tls name theirs.
func failedAt(err error, operation string) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == operation
}

// handshakeFault classifies an error of a TLS handshake.
func handshakeFault(err error) Fault {
	var noRoots x509.SystemRootsError
	var authority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &noRoots), errors.As(err, &authority):
		return FaultUnknownAuthority
	case errors.As(err, &hostname):
		return FaultHostname
	case errors.As(err, &certificate):
		return FaultCertificate
	default:
		return FaultTLS
	}
}
