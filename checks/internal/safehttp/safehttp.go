// Package safehttp sends HTTP requests that have a secret in a header. It uses one
// connection per request, HTTP/1.1 and TLS 1.2 or newer, limits the size of response
// headers, and never follows a redirect.
//
// The reasons are in net/http (Go 1.26): a redirect forwards a custom header to any
// host; HTTP/2 and kept-alive connections silently retry; GODEBUG=http2debug=1 prints
// headers.
package safehttp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"unicode"
)

// MaxHeaderBytes limits the size of a response header.
const MaxHeaderBytes = 64 << 10

// ErrProxyRefused means that a proxy did not answer CONNECT with 200. The request
// itself was not sent.
var ErrProxyRefused = errors.New("the proxy refused the connection")

// ErrNotLoopback means that plain HTTP would have left this machine.
var ErrNotLoopback = errors.New("plain http to an address that is not loopback")

// Options are the network settings of a client.
type Options struct {
	Roots *x509.CertPool                        // nil: the system's
	Proxy func(*http.Request) (*url.URL, error) // nil: none
}

// Client returns a client for requests to base with a secret. It returns redirects as
// responses. If base is plain HTTP it connects only to loopback, whatever the host name
// resolves to, and never to a proxy, which would see the headers.
func Client(base *url.URL, o Options) *http.Client {
	dialer := &net.Dialer{KeepAlive: -1}
	if base.Scheme == "http" {
		dialer.Control, o.Proxy = loopbackOnly, nil
	}
	http1 := new(http.Protocols)
	http1.SetHTTP1(true)
	transport := &http.Transport{
		DialContext:            dialer.DialContext,
		DisableCompression:     true, // against decompression bombs
		DisableKeepAlives:      true,
		MaxResponseHeaderBytes: MaxHeaderBytes,
		Protocols:              http1,
		Proxy:                  o.Proxy,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.Roots},
		OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
			if res.StatusCode != http.StatusOK {
				return ErrProxyRefused
			}
			return nil
		},
	}
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// loopbackOnly refuses to connect to an address that is not loopback.
func loopbackOnly(_, address string, _ syscall.RawConn) error {
	addr, err := netip.ParseAddrPort(address)
	if err != nil || !addr.Addr().Unmap().IsLoopback() {
		return ErrNotLoopback
	}
	return nil
}

// Loopback reports whether host, without a port, names this machine:
// "localhost" or a loopback address.
func Loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.Unmap().IsLoopback()
}

// SecretMayGoTo reports whether a secret may be sent to base: over https, or over http
// to this machine.
func SecretMayGoTo(base *url.URL) bool {
	return base.Scheme == "https" || base.Scheme == "http" && Loopback(base.Hostname())
}

// proxySchemes are the proxy schemes that net/http supports.
var proxySchemes = map[string]bool{"http": true, "https": true, "socks5": true, "socks5h": true}

// CheckProxy returns the first of the variables HTTPS_PROXY, HTTP_PROXY and NO_PROXY, or
// their lower-case forms, with an invalid value, or "" if all are valid. net/http
// ignores an invalid value: without a proxy it would connect directly.
func CheckProxy(lookup func(string) (string, bool)) string {
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
		if value, _ := lookup(name); value != "" && !validProxy(value) {
			return name
		}
	}
	for _, name := range []string{"NO_PROXY", "no_proxy"} {
		if value, _ := lookup(name); !validHosts(value) {
			return name
		}
	}
	return ""
}

// validHosts reports whether net/http supports each item of a list of hosts, domains,
// addresses and networks, with or without a port.
func validHosts(list string) bool {
	for item := range strings.SplitSeq(list, ",") {
		item = strings.TrimSpace(item)
		_, err := netip.ParsePrefix(item)
		if err != nil && strings.ContainsFunc(item, func(r rune) bool { return r <= ' ' || strings.ContainsRune("/?#@\\", r) }) {
			return false
		}
	}
	return true
}

// notInHost reports whether r is invalid in a host name or address.
func notInHost(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._:%-", r)
}

// validProxy reports whether net/http accepts the value: a URL with a host, or just
// host and port.
func validProxy(value string) bool {
	u, err := url.Parse(value)
	if err != nil || !proxySchemes[u.Scheme] {
		u, err = url.Parse("http://" + value)
	}
	if err != nil || u.Hostname() == "" || strings.ContainsFunc(u.Hostname(), notInHost) || u.RawQuery != "" || u.Fragment != "" || (u.Path != "" && u.Path != "/") {
		return false
	}
	if u.Port() == "" {
		return true
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && port > 0
}
