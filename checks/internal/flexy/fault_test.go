package flexy

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"syscall"
	"testing"

	"flexy-key-check/checks/internal/safehttp"
)

// wrapped is an error as http.Client returns it.
func wrapped(err error) error {
	return &url.Error{Op: "Get", URL: "https://api.example/v3/validate", Err: err}
}

func opError(operation string, err error) error {
	return &net.OpError{Op: operation, Net: "tcp", Err: err}
}

func badCertificate(err error) error { return &tls.CertificateVerificationError{Err: err} }

var refusedDial = opError("dial", os.NewSyscallError("connect", syscall.ECONNREFUSED))

var errorCases = []struct {
	name    string
	err     error
	reached stage
	want    Fault
}{
	{"NXDOMAIN", opError("dial", &net.DNSError{IsNotFound: true}), stageDial, FaultNoSuchHost},
	{"DNS time-out", opError("dial", &net.DNSError{IsTimeout: true}), stageDial, FaultDNS},
	{"DNS fails", opError("dial", &net.DNSError{IsTemporary: true}), stageDial, FaultDNS},
	{"DNS of the proxy", opError("proxyconnect", opError("dial", &net.DNSError{IsNotFound: true})), stageDial, FaultNoSuchProxy},
	{"refused", refusedDial, stageDial, FaultConnect},
	{"proxy refused", opError("proxyconnect", refusedDial), stageDial, FaultProxyUnreachable},
	{"unreachable", opError("dial", os.NewSyscallError("connect", syscall.EHOSTUNREACH)), stageDial, FaultConnect},
	{"no route", opError("dial", os.NewSyscallError("connect", syscall.ENETUNREACH)), stageDial, FaultConnect},
	{"connect timed out", opError("dial", os.NewSyscallError("connect", syscall.ETIMEDOUT)), stageDial, FaultTimeout},
	{"deadline", context.DeadlineExceeded, stageDial, FaultTimeout},
	{"deadline of the socket", opError("read", os.ErrDeadlineExceeded), stageAnswered, FaultTimeout},
	{"deadline in the handshake", context.DeadlineExceeded, stageTLS, FaultTimeout},
	{"cancelled", fmt.Errorf("dial: %w", context.Canceled), stageDial, FaultInterrupted},
	{"cancelled, the body", context.Canceled, stageAnswered, FaultInterrupted},
	{"plain http off loopback", opError("dial", safehttp.ErrNotLoopback), stageDial, FaultPlainHTTP},
	{"CONNECT refused", safehttp.ErrProxyRefused, stageDial, FaultProxy},
	{"CONNECT refused by an https proxy", safehttp.ErrProxyRefused, stageTLS, FaultProxy},
	{"SOCKS refused", opError("socks connect", errors.New("unknown error not allowed")), stageDial, FaultProxy},
	{"SOCKS timed out", opError("socks connect", os.ErrDeadlineExceeded), stageDial, FaultTimeout},

	{"no roots", badCertificate(x509.SystemRootsError{}), stageTLS, FaultUnknownAuthority},
	{"unknown authority", badCertificate(x509.UnknownAuthorityError{}), stageTLS, FaultUnknownAuthority},
	{"unknown authority of the proxy", opError("proxyconnect", badCertificate(x509.UnknownAuthorityError{})), stageTLS, FaultUnknownAuthority},
	{"wrong host", badCertificate(x509.HostnameError{Certificate: &x509.Certificate{}}), stageTLS, FaultHostname},
	{"expired", badCertificate(x509.CertificateInvalidError{Reason: x509.Expired}), stageTLS, FaultCertificate},
	{"not for a server", badCertificate(x509.CertificateInvalidError{Reason: x509.IncompatibleUsage}), stageTLS, FaultCertificate},
	{"plain text", tls.RecordHeaderError{}, stageTLS, FaultTLS},
	{"plain HTTP", http.ErrSchemeMismatch, stageTLS, FaultTLS},
	{"alert", opError("remote error", tls.AlertError(40)), stageTLS, FaultTLS},
	{"alert after the handshake", opError("remote error", tls.AlertError(116)), stageSent, FaultTLS},
	{"closed in the handshake", io.EOF, stageTLS, FaultTLS},

	{"closed", io.EOF, stageSent, FaultTruncated},
	{"closed, as net/http has it", errors.New("http: server closed idle connection"), stageSent, FaultTruncated},
	{"reset", opError("read", os.NewSyscallError("read", syscall.ECONNRESET)), stageSent, FaultTruncated},
	{"broken pipe", opError("write", os.NewSyscallError("write", syscall.EPIPE)), stageSent, FaultTruncated},
	{"closed in the answer", io.ErrUnexpectedEOF, stageAnswered, FaultTruncated},
	{"closed after the header's first line", io.EOF, stageAnswered, FaultTruncated},
	{"closed by this side", net.ErrClosed, stageAnswered, FaultTruncated},
	{"reset in the answer", opError("read", syscall.ECONNRESET), stageAnswered, FaultTruncated},
	{"broken pipe after the answer", opError("write", syscall.EPIPE), stageAnswered, FaultTruncated},
	{"garbage", errors.New("malformed HTTP response"), stageAnswered, FaultMalformed},
	{"garbage before the request was sent", errors.New("malformed HTTP response"), stageAnswered, FaultMalformed},
	{"anything", errors.New("?"), stageDial, FaultConnect},
}

func TestErrorFault(t *testing.T) {
	t.Parallel()
	for _, tt := range errorCases {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			diff(t, tt.want, errorFault(wrapped(tt.err), tt.reached))
		})
	}
}

// After these, and only these, a key may be sent or a connection made again.
func TestAgain(t *testing.T) {
	t.Parallel()
	unsent := map[Fault]bool{FaultDNS: true, FaultConnect: true, FaultProxyUnreachable: true, FaultTLS: true, FaultTimeout: true, FaultTruncated: true}
	sent := map[Fault]bool{FaultTimeout: true, FaultTruncated: true, FaultRateLimited: true, FaultServer: true}
	for name, fault := range declaredFaults(t) {
		if got := (Answer{Fault: fault}).again(false); got != unsent[fault] && !sent[fault] {
			t.Errorf("%s before the key was sent: again = %t", name, got)
		}
		if got := (Answer{Fault: fault}).again(true); got != sent[fault] {
			t.Errorf("%s after the key was sent: again = %t", name, got)
		}
	}
	// A lost body: the header has told what became of the key.
	for status, want := range map[int]bool{200: true, 400: false, 401: false, 403: false} {
		for _, fault := range []Fault{FaultTruncated, FaultTimeout} {
			if got := (Answer{Status: status, Fault: fault}).again(true); got != want {
				t.Errorf("fault %d in the body of a %d: again = %t", fault, status, got)
			}
		}
	}
	for _, outcome := range []Outcome{Accepted, Rejected, NotAllowed, Blocked} {
		if (Answer{Outcome: outcome, Fault: FaultServer}).again(true) {
			t.Errorf("outcome %d: asks again", outcome)
		}
	}
}
