package config

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/plain"
	"flexy-key-check/checks/internal/secret"
)

// The parsers return the zero value for a blank field. They also return it for an
// invalid one, after reporting it.

// word parses one of the words that the input accepts, in any case.
func (p *parser) word(f field) string {
	word := match(f)
	if word == "" && f.value != "" {
		hint := didYouMean(suggestWord(f.value, f.input.Words), "set "+f.place.Name+" to one of these")
		p.mustBe(f, hint, "%s", alternatives(f.input.Words))
	}
	return word
}

// match returns which of its words a field contains, or "".
func match(f field) string {
	for _, word := range f.input.Words {
		if strings.EqualFold(f.value, word) {
			return word
		}
	}
	return ""
}

// alternatives joins words as "a, b or c".
func alternatives(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// boolean parses true or false.
func (p *parser) boolean(f field) bool {
	if f.value != "" && f.value != "true" && f.value != "false" {
		p.mustBe(f, "set "+f.place.Name+" to one of these, in lower case, or leave it out", "true or false")
	}
	return f.value == "true"
}

// integer parses a whole number in the input's range, written in digits only.
func (p *parser) integer(f field) int {
	if f.value == "" {
		return 0
	}
	n, err := strconv.Atoi(f.value)
	if err != nil || n < f.input.Least || n > f.input.Most || strings.Trim(f.value, "0123456789") != "" {
		p.mustBe(f, "correct "+f.place.Name, "a whole number from %d to %d", f.input.Least, f.input.Most)
		return 0
	}
	return n
}

// duration parses a Go duration from least to most.
func (p *parser) duration(f field, least, most time.Duration) time.Duration {
	d, err := time.ParseDuration(f.value)
	if err != nil || d < least || d > most {
		p.mustBe(f, "give "+f.place.Name+" a number and a unit, such as 90s or 2m", "a duration from %s to %s", short(least), short(most))
		return 0
	}
	return d
}

// short formats a whole number of minutes or seconds, such as 10m.
func short(d time.Duration) string {
	if d%time.Minute == 0 {
		return strconv.Itoa(int(d/time.Minute)) + "m"
	}
	return strconv.Itoa(int(d/time.Second)) + "s"
}

// list splits a list at commas and white space. Each item of a YAML list keeps its
// own place.
func (p *parser) list(f field) []field {
	parts := []field{f}
	if f.items != nil {
		parts = f.items
	}
	var items []field
	for _, part := range parts {
		words := strings.FieldsFunc(part.value, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
		if len(words) == 0 && part.value != "" {
			p.mustBe(part, "name at least one, or leave it out", "a list separated by commas, spaces or newlines")
		}
		for _, word := range words {
			item := part
			item.value = word
			items = append(items, item)
		}
	}
	return items
}

// addresses parses a list of IP addresses, without duplicates.
func (p *parser) addresses(f field) []netip.Addr {
	hint := "the API's allowlists hold single addresses: no ranges, no host names"
	if f.input.Name == "expect-allowed-ips" {
		hint = "write restricted or unrestricted alone, or addresses; " + hint
	}
	var addrs []netip.Addr
	for _, item := range p.list(f) {
		addr, ok := flexy.ParseAddr(item.value)
		if !ok {
			p.mustBe(item, hint, "an IP address")
			continue
		}
		if !slices.Contains(addrs, addr) {
			addrs = append(addrs, addr)
		}
	}
	return addrs
}

// fingerprint parses a key's fingerprint, in any case.
func (p *parser) fingerprint(f field) string {
	digits := strings.ToLower(f.value)
	if f.value != "" && !secret.IsFingerprint(digits) {
		p.mustBe(f, "copy it from the output key-fingerprint of a run with that key, or from flexy-key-check --fingerprint; put it in quotes, because YAML takes some for numbers",
			"the 12 hexadecimal digits of a fingerprint")
		return ""
	}
	return digits
}

var amount = plain.Pattern(`\A[0-9]+(\.[0-9][0-9]?)?\z`)

// amount parses an amount of money, 0 or more.
func (p *parser) amount(f field) string {
	if f.value == "" || amount().MatchString(f.value) && len(f.value) <= flexy.MaxAmount {
		return f.value
	}
	p.mustBe(f, "write digits only, such as 5000 or 1499.50", "an amount in DZD with at most two decimals")
	return ""
}

// day parses a date, or a time in RFC 3339. It may be up to a day ahead of now:
// clocks differ, and in some time zones it is already tomorrow.
func (p *parser) day(f field, now time.Time) time.Time {
	t, err := time.Parse(time.DateOnly, f.value)
	if err != nil {
		t, err = time.Parse(time.RFC3339, strings.ToUpper(f.value)) // which allows t and z
	}
	switch {
	case err != nil:
		p.mustBe(f, "write the day on which the key was generated, such as 2026-10-01", "a date as YYYY-MM-DD or RFC 3339")
	case t.After(now.Add(24 * time.Hour)):
		p.mustBe(f, "write the day on which the key was generated, not the day of the next rotation", "a day that is not in the future")
	default:
		return t.UTC()
	}
	return time.Time{}
}
