package flexy

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"

	"flexy-key-check/checks/internal/plain"
	"flexy-key-check/checks/internal/secret"
)

// MaxBody is the size of the largest body that is read, in bytes.
const MaxBody = 64 << 10

// A Response is what an HTTP server answered, the API or something before it. The
// request IDs are used only if they are safe to show.
type Response struct {
	Status    int
	Body      []byte
	Lost      Fault  // why the body is not whole; FaultInternal if it is
	RequestID string // the header X-Request-Id
	Ray       string // the header CF-Ray, which the CDN before the API sets
}

// HasBody reports whether the body of an answer with this status has a meaning. The
// body of any other answer is not read.
func HasBody(status int) bool { return status == StatusOK || status >= 400 }

// Classify turns a complete response into an Answer, by who answered, the status and
// the error code. A combination that the API does not document is Unavailable. The
// Answer shows nothing that contains one of the traces, which are those of secrets.
func Classify(r Response, traces ...secret.Traces) Answer {
	return r.classify(accepted, traces)
}

// classify is Classify for a request whose 200 is read by read.
func (r Response) classify(read func(object, []secret.Traces) Answer, traces []secret.Traces) Answer {
	doc, _ := parse(r.Body)
	traces = append(slices.Clone(traces), personal(doc))
	success, known := doc["success"].(bool)
	var a Answer
	switch {
	case r.Lost != FaultInternal && r.Status == StatusOK:
		a.Fault = r.Lost
	case r.Lost != FaultInternal && r.Lost != FaultTooLarge: // what is too large is no JSON of the API's
		a.Fault = StatusFault(r.Status)
	case r.Ray != "" && !json.Valid(r.Body): // what passes through the CDN has its header as well
		a.Fault = cdnFault(r.Status)
	case known && success && r.Status == StatusOK:
		a = read(doc, traces)
	case known && !success:
		a = refused(r.Status, doc, traces)
	case !known && isRouters(r.Status, doc):
		a.Fault = FaultRoute
	default:
		a.Fault = StatusFault(r.Status)
	}
	a.Status, a.RequestID = r.Status, r.id(doc, traces)
	return a
}

// id returns the first request ID that is safe to show: the body's, that of its meta
// object, and those of the headers. doc is nil if there is no document.
func (r Response) id(doc object, traces []secret.Traces) string {
	for _, v := range []any{doc["requestId"], at(doc, "meta", "requestId"), r.RequestID, r.Ray} {
		if id := safe(v, traces); id != "" {
			return id
		}
	}
	return ""
}

// personal returns the traces of the account data in a document of any status and
// shape, so that nothing else in the document reveals them.
func personal(doc object) secret.Traces {
	username, echo := text(at(doc, "data", "username")), text(at(doc, "data", "apiKey", "key"))
	return secret.NewTraces(secret.New(username), secret.New(Digits(username)), secret.New(echo))
}

// text returns a string or a number as it was written, and "" for any other value.
func text(v any) string {
	if number, ok := v.(json.Number); ok {
		return number.String()
	}
	s, _ := v.(string)
	return s
}

// Digits returns the digits of a username, which is a phone number, without
// separators.
func Digits(username string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, username)
}

// accepted reads the document of a 200.
func accepted(doc object, traces []secret.Traces) Answer {
	apiKey, _ := at(doc, "data", "apiKey").(object)
	username, hasUsername := at(doc, "data", "username").(string)
	enabled, hasEnabled := apiKey["isEnabled"].(bool)
	_, hasType := apiKey["type"].(string)
	_, hasScope := apiKey["scope"].(string)
	if !hasUsername || !hasEnabled || !hasType || !hasScope {
		return Answer{Fault: FaultShape}
	}
	echo, _ := apiKey["key"].(string)
	return Answer{Outcome: Accepted, Key: Key{
		Username:   secret.New(username),
		Echo:       secret.New(echo),
		Enabled:    enabled,
		Type:       safe(apiKey["type"], traces, Sandbox, Production),
		Scope:      safe(apiKey["scope"], traces, ReadWrite, ReadOnly),
		AllowedIPs: allowlist(apiKey["allowedips"]),
	}}
}

// safe returns v if it is one of the documented words or a plain token without any
// of the traces, and "" otherwise.
func safe(v any, traces []secret.Traces, documented ...string) string {
	s, _ := v.(string)
	if slices.Contains(documented, s) {
		return s
	}
	s = plain.Token(s)
	if slices.ContainsFunc(traces, func(t secret.Traces) bool { return t.In(s) }) {
		return ""
	}
	return s
}

// ParseAddr parses an IP address without a zone. It returns an IPv4-mapped IPv6
// address as IPv4.
func ParseAddr(s string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(s)
	return addr.Unmap(), err == nil && addr.Zone() == ""
}

// allowlist reads apiKey.allowedips, which the API documents loosely. The dashboard
// takes one address a line, so entries may be blank or have blanks around them. A
// list of blank entries only is not an empty one, which would allow every address.
func allowlist(v any) Allowlist {
	entries, ok := v.([]any)
	if !ok {
		return Allowlist{Missing: v == nil}
	}
	list := Allowlist{Known: true, Addrs: make([]netip.Addr, 0, len(entries))}
	for _, entry := range entries {
		text, isText := entry.(string)
		text = strings.TrimSpace(text)
		if isText && text == "" {
			continue
		}
		addr, ok := ParseAddr(text)
		if !ok {
			return Allowlist{}
		}
		list.Addrs = append(list.Addrs, addr)
	}
	if len(list.Addrs) == 0 && len(entries) > 0 {
		return Allowlist{}
	}
	return list
}
