package secret_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
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

// shapes writes a secret out in each form that Leaks documents.
func shapes(s string) map[string]string {
	sum := sha256.Sum256([]byte(s))
	out := map[string]string{
		"itself": s, "upper case": strings.ToUpper(s), "reversed": reverse(s),
		"hex": fmt.Sprintf("%x", s), "HEX": fmt.Sprintf("%X", s),
		"SHA-256": hex.EncodeToString(sum[:]), "SHA-256 in base64": base64.StdEncoding.EncodeToString(sum[:]),
		"SHA-256 in URL base64": base64.RawURLEncoding.EncodeToString(sum[:]),
	}
	for offset := range 4 {
		around := strings.Repeat("#", offset) + s + "#!"
		for name, encoding := range map[string]*base64.Encoding{
			"standard": base64.StdEncoding, "URL": base64.URLEncoding, "raw": base64.RawStdEncoding, "raw URL": base64.RawURLEncoding,
		} {
			out[fmt.Sprintf("%s base64 at %d", name, offset)] = encoding.EncodeToString([]byte(around))
			out[fmt.Sprintf("%s base64 at the end, at %d", name, offset)] = encoding.EncodeToString([]byte(around[:offset+len(s)]))
		}
	}
	return out
}

// examples are secrets whose base64 has characters of both alphabets, of the
// lengths that differ in base64, and of the shortest length that counts.
var examples = []string{
	text, text + "a", text + "ab", "12345678", "k>?m~}q<>", "ea27b376-9f5c-4b09-883f-1b96cd7b541c",
	"sk_live_51H8xQe0000~~~???>>>", "+213665983439",
}

func TestLeaks(t *testing.T) {
	t.Parallel()
	for _, s := range examples {
		value := secret.New(s)
		for name, shape := range shapes(s) {
			for _, shown := range []string{shape, "before" + shape + "after", "\n" + shape + "\x00"} {
				if !secret.NewTraces(value).In(shown) {
					t.Errorf("%s of %q not caught: %q", name, s, shown)
				}
			}
		}
	}
}

// Every window of eight characters is a leak, but within a fingerprint, and none of
// seven is.
func TestLeaksWindows(t *testing.T) {
	t.Parallel()
	for _, s := range examples {
		value := secret.New(s)
		plainShapes := []string{s, reverse(s), hex.EncodeToString([]byte(s))}
		sum := sha256.Sum256([]byte(s))
		digest := hex.EncodeToString(sum[:])
		if value.Fingerprint() != "" {
			digest = digest[5:]
		}
		plainShapes = append(plainShapes, digest, base64.StdEncoding.EncodeToString(sum[:]), base64.URLEncoding.EncodeToString(sum[:]))
		for _, shape := range plainShapes {
			for i := 0; i+secret.MinLength <= len(shape); i++ {
				if window := shape[i : i+secret.MinLength]; !secret.NewTraces(value).In("~~" + window + "~~") {
					t.Errorf("%q, a part of %q, not caught", window, shape)
				}
			}
		}
		for i := 0; i+7 <= len(s); i++ {
			for _, window := range []string{s[i : i+7], reverse(s)[i : i+7]} {
				if secret.NewTraces(value).In("\x01" + window + "\x01") {
					t.Errorf("%q, only seven characters of %q, taken for a leak", window, s)
				}
			}
		}
	}
}

// Any eight characters of base64 that stand for the secret alone are a leak,
// whatever stands before and after it.
func TestLeaksBase64Windows(t *testing.T) {
	t.Parallel()
	for _, s := range examples {
		value := secret.New(s)
		for offset := range 3 {
			for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
				shape := encoding.EncodeToString([]byte(strings.Repeat("\xff", offset) + s + "\xff\xff\xff"))
				first := (offset*8 + 5) / 6       // all earlier characters hold bits of what stands before
				last := (offset + len(s)) * 8 / 6 // from here on they hold bits of what stands after
				for i := first; i+secret.MinLength <= last; i++ {
					if window := shape[i : i+secret.MinLength]; !secret.NewTraces(value).In("~~" + window + "~~") {
						t.Errorf("%q, a part of %q at offset %d, not caught", window, s, offset)
					}
				}
				// With one character less of its own it is none.
				shape = encoding.EncodeToString([]byte(strings.Repeat("\x00", offset) + s + "\x00\x00\x00"))
				for _, window := range []string{"~~" + shape[max(first-1, 0):first+7] + "~~", "~~" + shape[last-7:last+1] + "~~"} {
					if secret.NewTraces(value).In(window) {
						t.Errorf("%q, too little of %q at offset %d, taken for a leak", window, s, offset)
					}
				}
			}
		}
	}
}

func TestLeaksNot(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		text   string
		values []secret.Value
	}{
		{"no secrets", text, nil},
		{"blank secret", text, []secret.Value{{}}},
		{"a part of a short secret", "123456 234567", []secret.Value{secret.New("1234567")}},
		{"a very short secret in a text", "123 req_123", []secret.Value{secret.New("123")}},
		{"short secret in hex", "31323334353637", []secret.Value{secret.New("1234567")}},
		{"empty text", "", []secret.Value{secret.New(text)}},
		{"other text", "the quick brown fox", []secret.Value{secret.New(text), secret.New("+213665983439")}},
		{"redacted", fmt.Sprint(secret.New(text)), []secret.Value{secret.New(text)}},
	} {
		if secret.NewTraces(tc.values...).In(tc.text) {
			t.Errorf("%s: %q taken for a leak", tc.name, tc.text)
		}
	}
	// A short one is looked for as a whole.
	for text, value := range map[string]string{"k": "K", "Abc": "abC", "req_abcd": "ABCD", "x-1234567": "1234567"} {
		if !secret.NewTraces(secret.New(value)).In(text) {
			t.Errorf("%q in %q not caught", value, text)
		}
	}
	// One of several is enough.
	if !secret.NewTraces(secret.New("short"), secret.Value{}, secret.New("another-secret"), secret.New(text)).In("x" + text) {
		t.Error("the last of several secrets is not caught")
	}
}

// A secret shows in no verb, and Leaks catches it however it is written out.
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
