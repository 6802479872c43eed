package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"syscall"

	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/safehttp"
)

// again reports whether to try again. Once the key has been sent, that is only
// if the API may not have looked at it, and no error code forbids it.
func again(a flexy.Answer, sent bool) bool {
	if a.Outcome != flexy.Unavailable {
		return false
	}
	switch a.Fault {
	case flexy.FaultRateLimited, flexy.FaultServer, flexy.FaultUnverified, flexy.FaultOrigin:
		final := []int{http.StatusNotImplemented, http.StatusHTTPVersionNotSupported, http.StatusNetworkAuthenticationRequired}
		return !a.Final() && !slices.Contains(final, a.Status)
	case flexy.FaultTruncated, flexy.FaultTimeout:
		return true
	case flexy.FaultDNS, flexy.FaultConnect, flexy.FaultTLS, flexy.FaultProxyUnreachable:
		return !sent
	default:
		return false
	}
}

// A stage is how far a try got.
type stage int

const (
	stageDial     stage = iota // DNS lookup, connecting
	stageTLS                   // the TLS handshake has begun
	stageSent                  // the key has left the machine
	stageAnswered              // the first byte of an answer has arrived
)

// errorFault classifies an error from net/http.
func errorFault(err error, reached stage) flexy.Fault {
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return flexy.FaultInterrupted
	case errors.Is(err, safehttp.ErrRoots):
		return flexy.FaultRoots
	case errors.Is(err, safehttp.ErrNotLoopback):
		return flexy.FaultPlainHTTP
	case errors.As(err, &dns) && dns.IsNotFound && failedAt(err, "proxyconnect"):
		return flexy.FaultNoSuchProxy
	case errors.As(err, &dns) && dns.IsNotFound:
		return flexy.FaultNoSuchHost
	case errors.As(err, &dns) && failedAt(err, "proxyconnect"):
		return flexy.FaultProxyUnreachable
	case errors.As(err, &dns):
		return flexy.FaultDNS
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return flexy.FaultTimeout
	case errors.Is(err, safehttp.ErrProxyRefused), failedAt(err, "socks connect"):
		return flexy.FaultProxy
	}
	switch {
	case reached >= stageAnswered && !cutShort(err):
		return flexy.FaultMalformed
	case reached >= stageSent && !failedAt(err, "remote error"): // a TLS alert: some servers reject a handshake late
		return flexy.FaultTruncated
	case reached >= stageTLS:
		return handshakeFault(err)
	case failedAt(err, "proxyconnect"):
		return flexy.FaultProxyUnreachable
	default:
		return flexy.FaultConnect
	}
}

// cutShort reports whether the connection closed before the end of the answer.
func cutShort(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// failedAt reports whether the operation that failed has this name in net/http or
// crypto/tls.
func failedAt(err error, operation string) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == operation
}

// handshakeFault classifies a TLS handshake error.
func handshakeFault(err error) flexy.Fault {
	var noRoots x509.SystemRootsError
	var authority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &noRoots), errors.As(err, &authority):
		return flexy.FaultUnknownAuthority
	case errors.As(err, &hostname):
		return flexy.FaultHostname
	case errors.As(err, &certificate):
		return flexy.FaultCertificate
	case failedAt(err, "proxyconnect"): // https in place of http in its address, for example
		return flexy.FaultProxyUnreachable
	default:
		return flexy.FaultTLS
	}
}
