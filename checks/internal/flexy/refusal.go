package flexy

import (
	"encoding/json"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"flexy-key-check/checks/internal/secret"
)

// Codes are the error codes that the API uses for keys that it does not accept.
var Codes = []string{CodeInvalid, CodeAuth, CodeMissing, CodeNotAllowed, CodeBlocked, CodeDisabled}

// canonical returns a code as the API documents it: in upper case, with underscores.
// One recorded answer has hyphens.
func canonical(code string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '-':
			return '_'
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		}
		return r
	}, code)
}

// refused reads the document of an error answer.
func refused(status int, doc object, traces []secret.Traces) Answer {
	written, _ := at(doc, "error", "code").(string)
	message, _ := at(doc, "error", "message").(string)
	code := canonical(written)
	a := Answer{Code: safe(written, traces), AttemptsLeft: attemptsLeft(doc, message)}
	if slices.Contains(Codes, code) {
		a.Code = written // a documented code is not a secret
	}
	unauthorized := status == StatusUnauthorized
	either := unauthorized || status == statusForbidden
	switch {
	case status == StatusOK:
		a.Fault = FaultContradiction
	case code == "":
		a.Fault = StatusFault(status)
	case code == CodeMissing && status/100 == 4 && status != statusTooManyRequests:
		a.Fault = FaultHeaderLost
	case code == CodeBlocked && either:
		a.Outcome = Blocked
	case code == CodeDisabled && either:
		a.Outcome = Disabled
	case code == CodeNotAllowed && either:
		a.Outcome = NotAllowed
		a.RunnerIP, a.Environment = caller(message)
	case unauthorized:
		a.Outcome = Rejected
	default:
		a.Fault = codeFault(status, code)
	}
	return a
}

// codeFault returns the fault for an error of the API that does not say anything
// about the key.
func codeFault(status int, code string) Fault {
	switch {
	case status/100 == 5 && code == codeUnverified:
		return FaultUnverified
	case status/100 == 4 && status != statusTooManyRequests:
		return FaultRefused
	}
	return StatusFault(status)
}

// isRouters reports whether a document is the 404 of the API's router (Fastify), for
// a path that the API does not have:
//
//	{"message":"Route GET:/… not found","error":"Not Found","statusCode":404}
func isRouters(status int, doc object) bool {
	number, _ := doc["statusCode"].(json.Number)
	return status == statusNotFound && number == "404"
}

// MaxAttemptsLeft is the largest number of attempts left that is believed.
const MaxAttemptsLeft = 99

// attemptsLeft returns how many failed attempts the API still allows this address, or
// nil if that is not known. Sources differ on where the API says so: in
// error.details.attemptsLeft, in error.attemptsLeft, or in the message. The lowest
// number counts.
func attemptsLeft(doc object, message string) *int {
	var least *int
	for _, v := range []any{at(doc, "error", "details", "attemptsLeft"), at(doc, "error", "attemptsLeft")} {
		number, _ := v.(json.Number)
		least = lower(least, string(number))
	}
	for _, pattern := range countdowns() {
		for _, found := range pattern.FindAllStringSubmatch(message, -1) {
			least = lower(least, found[1])
		}
	}
	return least
}

// lower returns the lower one of a number, which may be nil, and a text, if that is
// an integer from 0 to MaxAttemptsLeft.
func lower(least *int, text string) *int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > MaxAttemptsLeft || least != nil && *least <= n {
		return least
	}
	return &n
}

// countdowns match the number of attempts left in a message, such as "2 attempts
// left", "you have 1 more attempt" or "attempts remaining: 0". They match no other
// number, such as that of "after 5 failed attempts", and no part of a number. They are
// compiled when they are first needed: a good key needs none.
var countdowns = sync.OnceValue(func() []*regexp.Regexp {
	const (
		before = `(?:^|[\s(\[:=;"'])`
		after  = `(?:[^\w.,%]|[.,](?:\D|$)|$)`
		number = `(\d{1,2})`
		of     = `(?:\s*(?:/|of|out\s+of)\s*\d+)?`
		noun   = `(?:attempt(?:s|\(s\))?|tr(?:y|ies))`
		left   = `(?:left|remain(?:s|ing)?)`
		is     = `(?:\s+(?:is|are))?`
	)
	patterns := []string{
		before + number + of + `(?:\s+[a-z]+){0,2}?\s+` + noun + is + `\s+` + left + `\b`,
		before + number + of + `\s+(?:more|remaining|further)(?:\s+[a-z]+)?\s+` + noun + `\b`,
		before + number + `\s+` + noun + `\s+(?:before|until)\b`,
		`\b` + noun + `\b[^.!?]*` + before + number + `\s+` + left + `\b`,
		`\b(?:` + noun + `[\s_-]*` + left + `|remaining[\s_-]*` + noun + `)` + is + `[\s:=]*` + number + after,
	}
	all := make([]*regexp.Regexp, len(patterns))
	for i, pattern := range patterns {
		all[i] = regexp.MustCompile(`(?i)` + pattern)
	}
	return all
})

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
