package secret_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/secret"
)

func reverse(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// examples are secrets whose base64 has characters of both alphabets, of each
// length modulo three, and of the shortest length that counts.
var examples = []string{
	text, text + "a", text + "ab", "12345678", "k>?m~}q<>", "ea27b376-9f5c-4b09-883f-1b96cd7b541c",
	"sk_live_51H8xQe0000~~~???>>>", "+213665983439",
}

var encodings = []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.RawURLEncoding}

// shapes are all forms of a secret that NewTraces documents, except the digits
// of its hash. In base64 only those characters remain that depend on the secret
// alone, whatever precedes and follows it.
func shapes(s string) []string {
	sum := sha256.Sum256([]byte(s))
	out := []string{s, strings.ToUpper(s), reverse(s), fmt.Sprintf("%x", s), fmt.Sprintf("%X", s)}
	for _, encoding := range encodings {
		out = append(out, encoding.EncodeToString(sum[:]))
		for offset := range 4 {
			encoded := encoding.EncodeToString([]byte(strings.Repeat("\xff", offset) + s + "\xff\xff\xff"))
			out = append(out, encoded[(offset*8+5)/6:(offset+len(s))*8/6])
		}
	}
	return out
}

func TestTraces(t *testing.T) {
	t.Parallel()
	for _, s := range examples {
		traces := secret.NewTraces(secret.New(s))
		for _, shape := range shapes(s) {
			for _, shown := range []string{shape, "before" + shape + "after", "\n" + shape + "\x00"} {
				if !traces.In(shown) {
					t.Errorf("%q in %q not caught", s, shown)
				}
			}
			for i := 0; i+secret.MinLength <= len(shape); i++ {
				if window := shape[i : i+secret.MinLength]; !traces.In("~~" + window + "~~") {
					t.Errorf("%q, a part of %q, not caught", window, shape)
				}
			}
		}
	}
}

// Seven characters are not a trace, nor are they with a character of base64 that
// depends on what surrounds the secret.
func TestTracesTooShort(t *testing.T) {
	t.Parallel()
	for _, s := range examples {
		traces := secret.NewTraces(secret.New(s))
		var windows []string
		for i := 0; i+7 <= len(s); i++ {
			windows = append(windows, s[i:i+7], reverse(s)[i:i+7])
		}
		for offset := range 3 {
			first, last := (offset*8+5)/6, (offset+len(s))*8/6
			for _, encoding := range encodings {
				shape := encoding.EncodeToString([]byte(strings.Repeat("\x00", offset) + s + "\x00\x00\x00"))
				windows = append(windows, shape[max(first-1, 0):first+7], shape[last-7:last+1])
			}
		}
		for _, window := range windows {
			if traces.In("\x01" + window + "\x01") {
				t.Errorf("%q, too little of %q, taken for a leak", window, s)
			}
		}
	}
}

func TestTracesOfShortValues(t *testing.T) {
	t.Parallel()
	long := secret.New(text)
	for _, tc := range []struct {
		name, text string
		want       bool
		values     []secret.Value
	}{
		{"no values", text, false, nil},
		{"blank value", text, false, []secret.Value{{}}},
		{"empty text", "", false, []secret.Value{long}},
		{"other text", "the quick brown fox", false, []secret.Value{long, secret.New("+213665983439")}},
		{"redacted", fmt.Sprint(long), false, []secret.Value{long}},
		{"last of several", "x" + text, true, []secret.Value{secret.New("short"), {}, secret.New("another-secret"), long}},
		{"7 bytes, a part", "123456 234567", false, []secret.Value{secret.New("1234567")}},
		{"7 bytes in hex", "31323334353637", false, []secret.Value{secret.New("1234567")}},
		{"7 bytes inside", "x-1234567", true, []secret.Value{secret.New("1234567")}},
		{"4 bytes inside", "req_abcd", true, []secret.Value{secret.New("ABCD")}},
		{"3 bytes inside", "123 req_123", false, []secret.Value{secret.New("123")}},
		{"3 bytes, the whole", "Abc", true, []secret.Value{secret.New("abC")}},
		{"1 byte, the whole", "k", true, []secret.Value{secret.New("K")}},
	} {
		if got := secret.NewTraces(tc.values...).In(tc.text); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

// A secret shows in no verb, and every window of it is a trace.
func FuzzLeaks(f *testing.F) {
	for _, s := range examples {
		f.Add(s, "before ", " after", uint8(3))
	}
	f.Fuzz(func(t *testing.T, s, before, after string, cut uint8) {
		value := secret.New(s)
		if len(s) < secret.MinLength {
			if s != "" && !secret.NewTraces(value).In(s) {
				t.Errorf("%q not caught", s)
			}
			return
		}
		start := int(cut) % (len(s) - secret.MinLength + 1)
		window := s[start : start+secret.MinLength]
		if ascii(s) && ascii(before) && ascii(after) {
			for _, shown := range []string{before + window + after, before + reverse(window) + after} {
				if !secret.NewTraces(value).In(shown) {
					t.Errorf("%q in %q not caught", s, shown)
				}
			}
		}
		if got := fmt.Sprintf("%v%+v%#v%q%x", value, value, value, value, value); got != strings.Repeat(secret.Redacted, 5) {
			t.Errorf("%q prints %q", s, got)
		}
	})
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > '~' })
}
