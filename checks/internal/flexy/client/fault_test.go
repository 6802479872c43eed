package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"syscall"
	"testing"

	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/safehttp"
	"flexy-key-check/checks/internal/test/testkit"
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

func TestErrorFault(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		err     error
		reached stage
		want    flexy.Fault
	}{
		{"NXDOMAIN", opError("dial", &net.DNSError{IsNotFound: true}), stageDial, flexy.FaultNoSuchHost},
		{"DNS time-out", opError("dial", &net.DNSError{IsTimeout: true}), stageDial, flexy.FaultDNS},
		{"DNS of the proxy", opError("proxyconnect", opError("dial", &net.DNSError{IsNotFound: true})), stageDial, flexy.FaultNoSuchProxy},
		{"DNS time-out of the proxy", opError("proxyconnect", opError("dial", &net.DNSError{IsTimeout: true})), stageDial, flexy.FaultProxyUnreachable},
		{"refused", refusedDial, stageDial, flexy.FaultConnect},
		{"proxy refused", opError("proxyconnect", refusedDial), stageDial, flexy.FaultProxyUnreachable},
		{"connect timed out", opError("dial", os.NewSyscallError("connect", syscall.ETIMEDOUT)), stageDial, flexy.FaultTimeout},
		{"deadline", context.DeadlineExceeded, stageDial, flexy.FaultTimeout},
		{"roots not read", fmt.Errorf("%w: %w", safehttp.ErrRoots, context.DeadlineExceeded), stageDial, flexy.FaultRoots},
		{"interrupted before they were read", fmt.Errorf("%w: %w", safehttp.ErrRoots, context.Canceled), stageDial, flexy.FaultInterrupted},
		{"deadline of the socket", opError("read", os.ErrDeadlineExceeded), stageAnswered, flexy.FaultTimeout},
		{"cancelled", fmt.Errorf("dial: %w", context.Canceled), stageDial, flexy.FaultInterrupted},
		{"plain http off loopback", opError("dial", safehttp.ErrNotLoopback), stageDial, flexy.FaultPlainHTTP},
		{"CONNECT refused", safehttp.ErrProxyRefused, stageDial, flexy.FaultProxy},
		{"SOCKS refused", opError("socks connect", errors.New("unknown error not allowed")), stageDial, flexy.FaultProxy},
		{"SOCKS timed out", opError("socks connect", os.ErrDeadlineExceeded), stageDial, flexy.FaultTimeout},

		{"no roots", badCertificate(x509.SystemRootsError{}), stageTLS, flexy.FaultUnknownAuthority},
		{"unknown authority", badCertificate(x509.UnknownAuthorityError{}), stageTLS, flexy.FaultUnknownAuthority},
		{"wrong host", badCertificate(x509.HostnameError{Certificate: &x509.Certificate{}}), stageTLS, flexy.FaultHostname},
		{"expired", badCertificate(x509.CertificateInvalidError{Reason: x509.Expired}), stageTLS, flexy.FaultCertificate},
		{"plain text", tls.RecordHeaderError{}, stageTLS, flexy.FaultTLS},
		{"alert after the handshake", opError("remote error", tls.AlertError(116)), stageSent, flexy.FaultTLS},

		{"closed", io.EOF, stageSent, flexy.FaultTruncated},
		{"closed, in net/http's words", errors.New("http: server closed idle connection"), stageSent, flexy.FaultTruncated},
		{"broken pipe", opError("write", os.NewSyscallError("write", syscall.EPIPE)), stageSent, flexy.FaultTruncated},
		{"closed in the answer", io.ErrUnexpectedEOF, stageAnswered, flexy.FaultTruncated},
		{"closed by this side", net.ErrClosed, stageAnswered, flexy.FaultTruncated},
		{"reset in the answer", opError("read", syscall.ECONNRESET), stageAnswered, flexy.FaultTruncated},
		{"broken pipe after the answer", opError("write", syscall.EPIPE), stageAnswered, flexy.FaultTruncated},
		{"garbage", errors.New("malformed HTTP response"), stageAnswered, flexy.FaultMalformed},
		{"anything", errors.New("?"), stageDial, flexy.FaultConnect},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			testkit.Diff(t, tt.want, errorFault(wrapped(tt.err), tt.reached))
		})
	}
}

// Only after these faults may a key be sent or a connection be made again.
func TestAgain(t *testing.T) {
	t.Parallel()
	unsent := map[flexy.Fault]bool{flexy.FaultDNS: true, flexy.FaultConnect: true, flexy.FaultProxyUnreachable: true, flexy.FaultTLS: true}
	sent := map[flexy.Fault]bool{flexy.FaultTimeout: true, flexy.FaultTruncated: true, flexy.FaultRateLimited: true, flexy.FaultServer: true, flexy.FaultUnverified: true, flexy.FaultOrigin: true}
	name := func(f flexy.Fault) string { return flexy.Answer{Fault: f}.Explain().Message }
	for fault := flexy.FaultInternal; fault == flexy.FaultInternal || name(fault) != name(flexy.FaultInternal); fault++ { // beyond the last, it is that again
		if got := again(flexy.Answer{Fault: fault}, false); got != unsent[fault] && !sent[fault] {
			t.Errorf("%s before the key was sent: again = %t", name(fault), got)
		}
		if got := again(flexy.Answer{Fault: fault}, true); got != sent[fault] {
			t.Errorf("%s after the key was sent: again = %t", name(fault), got)
		}
	}
	for status := 500; status < 600; status++ {
		for _, code := range []string{"X", "AUTH_UNAVAILABLE"} {
			a := flexy.Classify(flexy.Response{Status: status, Body: []byte(problem(code, ""))})
			testkit.Diff(t, status != 501 && status != 505 && status != 511, again(a, true))
		}
	}
	// After these codes the API allows no other try, whatever the status.
	for _, code := range []string{flexy.CodeInvalid, "err-auth", flexy.CodeMissing, flexy.CodeNotAllowed, "Ip-Blocked", flexy.CodeDisabled} {
		for _, fault := range []flexy.Fault{flexy.FaultRateLimited, flexy.FaultServer} {
			testkit.Diff(t, false, again(flexy.Answer{Status: 500, Fault: fault, Code: code}, true))
		}
	}
	for _, outcome := range []flexy.Outcome{flexy.Accepted, flexy.Rejected, flexy.NotAllowed, flexy.Blocked, flexy.Disabled} {
		if again(flexy.Answer{Outcome: outcome, Fault: flexy.FaultServer}, true) {
			t.Errorf("outcome %d: asks again", outcome)
		}
	}
}
