package flexy

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"flexy-key-check/checks/internal/plain"
	"flexy-key-check/checks/internal/secret"
)

const (
	MaxBody  = 64 << 10 // largest body in bytes
	maxDepth = 16       // largest depth of nested objects and arrays in a body
)

var errShape = errors.New("not the documented shape")

// Classify turns a complete response into an Answer, by its status and error code.
// A combination that the API does not document is Unavailable. The Answer shows
// nothing that contains one of the traces, which are those of secrets.
func Classify(status int, body []byte, traces ...secret.Traces) Answer {
	return classify(status, body, accepted, traces)
}

// classify is Classify for a request whose 200 is read by read.
func classify(status int, body []byte, read func(object, []secret.Traces) Answer, traces []secret.Traces) Answer {
	a := Answer{Status: status}
	doc, err := parse(body)
	if err != nil {
		a.Fault = BodyFault(status, FaultShape)
		return a
	}
	traces = append(slices.Clone(traces), personal(doc))
	success, ok := doc["success"].(bool)
	switch {
	case !ok:
		a.Fault = BodyFault(status, FaultShape)
	case success && status == StatusOK:
		a = read(doc, traces)
	case !success && status != StatusOK:
		a = failed(status, doc, traces)
	default:
		a.Fault = BodyFault(status, FaultContradiction)
	}
	a.Status = status
	a.RequestID = safe(doc["requestId"], traces)
	return a
}

// personal returns the traces of the account data in a document of any status and
// shape, so that nothing else in the document reveals them.
func personal(doc object) secret.Traces {
	username, _ := at(doc, "data", "username").(string)
	echo, _ := at(doc, "data", "apiKey", "key").(string)
	return secret.NewTraces(secret.New(username), secret.New(Digits(username)), secret.New(echo))
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

// codes are the error codes that the API documents for keys that it does not accept.
var codes = []string{CodeInvalid, CodeAuth, CodeMissing, CodeNotAllowed, CodeBlocked}

// failed reads the document of an error answer.
func failed(status int, doc object, traces []secret.Traces) Answer {
	code, _ := at(doc, "error", "code").(string)
	a := Answer{
		Code:         safe(code, traces, codes...),
		AttemptsLeft: attemptsLeft(at(doc, "error", "details", "attemptsLeft")),
	}
	refused := status == StatusUnauthorized || status == statusForbidden
	switch {
	case code == "":
		a.Fault = BodyFault(status, FaultShape)
	case code == CodeMissing && (refused || status == statusBadRequest):
		a.Fault = FaultHeaderLost
	case code == CodeBlocked && refused:
		a.Outcome = Blocked
	case code == CodeNotAllowed && refused:
		a.Outcome = NotAllowed
		message, _ := at(doc, "error", "message").(string)
		a.RunnerIP, a.Environment = caller(message)
	case status == StatusUnauthorized:
		a.Outcome = Rejected
	case slices.Contains(codes, code):
		a.Fault = FaultStatus // even with 429 or 500: after these codes the API allows no retry
	default:
		a.Fault = StatusFault(status)
	}
	return a
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

// attemptsLeft returns details.attemptsLeft if it is an integer from 0 to
// MaxAttempts, and nil otherwise.
func attemptsLeft(v any) *int {
	number, _ := v.(json.Number)
	n, err := strconv.Atoi(string(number))
	if err != nil || n < 0 || n > MaxAttempts {
		return nil
	}
	return &n
}

// caller extracts this machine's address and the key's environment from the
// message of IP_NOT_ALLOWED: "Your IP address 203.0.113.45 is not whitelisted for
// this PRODUCTION API key. …". Either is blank unless the message contains exactly
// one.
func caller(message string) (netip.Addr, string) {
	var addrs []netip.Addr
	var environments []string
	for _, word := range strings.FieldsFunc(message, notInWord) {
		word = strings.TrimRight(word, ".:") // no address of a machine ends in "::"
		if addr, ok := ParseAddr(word); ok && !slices.Contains(addrs, addr) {
			addrs = append(addrs, addr)
		}
		if (word == Sandbox || word == Production) && !slices.Contains(environments, word) {
			environments = append(environments, word)
		}
	}
	var addr netip.Addr
	var environment string
	if len(addrs) == 1 {
		addr = addrs[0]
	}
	if len(environments) == 1 {
		environment = environments[0]
	}
	return addr, environment
}

// notInWord reports whether r separates the words of a message. A URL, an address
// with a zone, and a network are one word each.
func notInWord(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(".:%/_-", r)
}

// ParseAddr parses an IP address without a zone. It returns an IPv4-mapped IPv6
// address as IPv4.
func ParseAddr(s string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(s)
	return addr.Unmap(), err == nil && addr.Zone() == ""
}

// allowlist reads apiKey.allowedips, which the API documents loosely.
func allowlist(v any) Allowlist {
	entries, ok := v.([]any)
	if !ok {
		return Allowlist{}
	}
	list := Allowlist{Known: true, Addrs: make([]netip.Addr, 0, len(entries))}
	for _, entry := range entries {
		text, _ := entry.(string)
		addr, ok := ParseAddr(text)
		if !ok {
			return Allowlist{}
		}
		list.Addrs = append(list.Addrs, addr)
	}
	return list
}

// object is a JSON object.
type object = map[string]any

// at returns the value at a path of names in nested objects, or nil.
func at(doc object, path ...string) any {
	var v any = doc
	for _, name := range path {
		o, _ := v.(object)
		v = o[name]
	}
	return v
}

// parse parses a body: exactly one JSON object in valid UTF-8, at most maxDepth
// deep, in which no object contains a name twice, even in another case, because
// encoding/json would use the last of them.
func parse(body []byte) (object, error) {
	if !utf8.Valid(body) || !json.Valid(body) {
		return nil, errShape
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	v, err := value(d, maxDepth)
	if err != nil {
		return nil, err
	}
	doc, ok := v.(object)
	if !ok {
		return nil, errShape
	}
	return doc, nil
}

// value reads the next value of a valid JSON document, at most depth deep.
func value(d *json.Decoder, depth int) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('{'):
		o, names := object{}, map[string]bool{}
		err := members(d, depth, func() error {
			t, err := d.Token()
			if err != nil {
				return err
			}
			name, _ := t.(string)
			folded := fold(name)
			if names[folded] {
				return errShape
			}
			names[folded] = true
			o[name], err = value(d, depth-1)
			return err
		})
		return o, err
	case json.Delim('['):
		a := []any{}
		err := members(d, depth, func() error {
			v, err := value(d, depth-1)
			a = append(a, v)
			return err
		})
		return a, err
	}
	return t, nil
}

// members calls read for each member of the object or array whose opening token
// was read last, and reads the closing token.
func members(d *json.Decoder, depth int, read func() error) error {
	if depth == 0 {
		return errShape
	}
	for d.More() {
		if err := read(); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

// fold maps all names that are equal under strings.EqualFold to the same string.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		least := rune(math.MaxInt32)
		for f := unicode.SimpleFold(r); ; f = unicode.SimpleFold(f) {
			least = min(least, f)
			if f == r {
				return least
			}
		}
	}, name)
}
