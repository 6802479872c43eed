// Package safehttp makes HTTP clients for requests with a secret in a header. They
// use one connection per request, HTTP/1.1 and TLS 1.2 or newer, limit the size of
// response headers, and never follow a redirect.
//
// The reasons are properties of net/http (Go 1.26): it forwards custom headers on
// a redirect to any host; on HTTP/2 and kept-alive connections it silently sends a
// request again; GODEBUG=http2debug=1 prints headers.
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

// ErrProxyRefused means that a proxy answered CONNECT with a status other than
// 200. The request itself was never sent.
var ErrProxyRefused = errors.New("the proxy refused the connection")

// ErrNotLoopback means that plain HTTP would have left this machine.
var ErrNotLoopback = errors.New("plain http to an address that is not loopback")

// Options configure how to reach a server.
type Options struct {
	Roots func(context.Context) (*x509.CertPool, error) // called before the first request over https; nil: the system's
	Proxy func(*http.Request) (*url.URL, error)         // nil: none
}

// Client returns a client for requests to base that contain a secret. It returns
// redirects as responses. If base is plain HTTP, it dials only loopback addresses,
// whatever the host name resolves to, and uses no proxy, which would see the
// headers in clear text.
func Client(base *url.URL, o Options) *http.Client {
	dialer := &net.Dialer{KeepAlive: -1}
	if base.Scheme == "http" {
		dialer.Control, o.Proxy = loopbackOnly, nil
	}
	if isLocalhost(base.Hostname()) { // net/http exempts it only in lower case
		o.Proxy = nil
	}
	http1 := new(http.Protocols)
	http1.SetHTTP1(true)
	transport := &http.Transport{
		DialContext:            dialer.DialContext,
		DisableCompression:     true, // no gzip bomb: net/http unpacks gzip only if it requested gzip
		DisableKeepAlives:      true,
		MaxResponseHeaderBytes: MaxHeaderBytes,
		Protocols:              http1,
		Proxy:                  o.Proxy,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
			if res.StatusCode != http.StatusOK {
				return ErrProxyRefused
			}
			return nil
		},
	}
	if base.Scheme == "https" && o.Roots != nil {
		withRoots(transport, o.Roots)
	}
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// loopbackOnly is a dialer's Control that rejects addresses other than loopback.
func loopbackOnly(_, address string, _ syscall.RawConn) error {
	addr, err := netip.ParseAddrPort(address)
	if err != nil || !addr.Addr().IsLoopback() {
		return ErrNotLoopback
	}
	return nil
}

// Loopback reports whether host, without a port, names this machine:
// "localhost" or a loopback address.
func Loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return isLocalhost(host) || err == nil && addr.IsLoopback()
}

func isLocalhost(host string) bool {
	return strings.EqualFold(strings.TrimSuffix(host, "."), "localhost")
}

// SecretMayGoTo reports whether a secret may be sent to base: over https, or over
// http to this machine.
func SecretMayGoTo(base *url.URL) bool {
	return base.Scheme == "https" || base.Scheme == "http" && Loopback(base.Hostname())
}

// proxySchemes are the schemes of proxies that net/http supports.
var proxySchemes = map[string]bool{"http": true, "https": true, "socks5": true, "socks5h": true}

// CheckProxy returns the first of the variables HTTPS_PROXY, HTTP_PROXY, NO_PROXY
// and their lower-case forms whose value is not valid, or "". A value of NO_PROXY
// is a list of hosts, the others are a proxy's address. net/http ignores invalid
// values: without a valid proxy address it connects directly.
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

// validHosts reports whether net/http understands each item of a list of hosts,
// domains, addresses and networks, with or without a port.
func validHosts(list string) bool {
	for item := range strings.SplitSeq(list, ",") {
		item = strings.TrimSpace(item)
		_, err := netip.ParsePrefix(item)
		if err != nil && strings.ContainsFunc(item, func(r rune) bool { return notInHost(r) && !strings.ContainsRune("*[]", r) }) {
			return false
		}
	}
	return true
}

// notInHost reports whether r cannot occur in a host name or an IP address.
func notInHost(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._:%-", r)
}

// validProxy reports whether net/http will use the value: a URL with a host, or
// only a host and an optional port.
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
