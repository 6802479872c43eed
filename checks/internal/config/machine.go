package config

import (
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"

	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/safehttp"
)

// machine checks the proxy variables.
func (p *parser) machine(lookup Lookup) {
	switch name := safehttp.CheckProxy(lookup); {
	case name == "":
	case strings.EqualFold(name, "NO_PROXY"):
		p.fail(mistake.Place{Name: name}, "correct the list, such as localhost,.example.com,10.0.0.0/8, or unset it", "must be hosts, domains, addresses or networks separated by commas (the value is not shown)")
	default:
		p.fail(mistake.Place{Name: name}, "write it as http://HOST:PORT, or unset it to connect directly; in a user or password percent-encode each of # % / ? [ ] \\", "must be the address of a proxy (the value is not shown)")
	}
}

// baseURL parses the API's URL. The value is never shown: it may contain a
// password.
func (p *parser) baseURL(f field) *url.URL {
	u, err := url.Parse(f.value)
	var fault string
	correct := "write it as https://HOST, or "
	switch {
	case err != nil:
		fault = "not a URL"
	case u.User != nil:
		fault, correct = "user info is not allowed", "remove what stands before the @, or "
	case strings.ContainsAny(f.value, "?#"):
		fault, correct = "a query or fragment is not allowed", "remove it, or "
	case u.Scheme != "https" && u.Scheme != "http":
		fault = "the scheme must be https"
	case u.Hostname() == "" || !validPort(u):
		fault = "no host, or an invalid port"
	case strings.ContainsFunc(u.Host, func(r rune) bool { return r > '~' }):
		fault, correct = "a host name must be in ASCII", "write the name that begins with xn--, or "
	case isOtherVendorHost(u.Hostname()):
		fault, correct = "not a host of the Flexy API, whatever it answers", ""
	case isVersioned(u.Path):
		fault, correct = "must not end in /v2, /v3 or /v3/validate: the version and the endpoint are added to it", "remove that end, or "
	case !safehttp.SecretMayGoTo(u):
		fault, correct = "plain http is for loopback addresses only", "write https, or "
	default:
		return u
	}
	p.fail(f.place, correct+"leave "+f.place.Name+" out to use "+f.input.Default, "%s (the value is not shown)", fault)
	return nil
}

// isOtherVendorHost reports whether a host is the vendor's, but not the API's. One of
// them answers that every key is wrong; the others are web sites, or an older API.
func isOtherVendorHost(host string) bool {
	const vendor = "oneclickdz.com"
	host = strings.ToLower(strings.TrimRight(host, "."))
	return host != "api."+vendor && (host == vendor || strings.HasSuffix(host, "."+vendor))
}

// isVersioned reports whether a URL's path has what the program adds to it.
func isVersioned(p string) bool {
	p = strings.ToLower(path.Clean("/" + p))
	return slices.ContainsFunc([]string{"/v2", "/v3", "/v3/validate"}, func(end string) bool { return strings.HasSuffix(p, end) })
}

// validPort reports whether a URL has no port or a valid one.
func validPort(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	at, err := netip.ParseAddrPort("127.0.0.1:" + u.Port())
	return err == nil && at.Port() > 0
}
