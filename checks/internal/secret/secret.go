// Package secret contains values that must never be shown: API keys, tokens and
// the account's phone number.
//
// A Value can be passed around, printed, logged and encoded without showing its
// text. Only Reveal returns it, so only the few callers of Reveal need an audit.
// Traces report whether a text gives a secret away.
package secret

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Redacted is what a Value shows instead of its text.
const Redacted = "[redacted]"

// MinLength is the length, in bytes, from which part of a secret counts as a
// leak. A shorter part reveals too little, and occurs by chance.
const MinLength = 8

// A Value is a text that must not be shown. Its zero value is blank.
//
// It contains a pointer rather than a string: fmt does not call methods of a value
// in an unexported field. It would print a string there, but it does not follow a
// pointer.
type Value struct{ text *string }

// New returns a Value with the given text.
func New(text string) Value {
	if text == "" {
		return Value{}
	}
	return Value{&text}
}

// Reveal returns the text itself. The caller must not show it.
func (v Value) Reveal() string {
	if v.text == nil {
		return ""
	}
	return *v.text
}

// Blank reports whether the value has no text.
func (v Value) Blank() bool { return v.text == nil }

// Equal reports whether two values have the same text.
func (v Value) Equal(other Value) bool { return v.Reveal() == other.Reveal() }

// In reports whether text contains the whole value. It is always false for a value
// shorter than MinLength.
func (v Value) In(text string) bool {
	return len(v.Reveal()) >= MinLength && strings.Contains(text, v.Reveal())
}

// EnvDecode lets go-envconfig fill a Value. It never fails, so no error can repeat
// the text.
func (v *Value) EnvDecode(text string) error {
	*v = New(text)
	return nil
}

// Format implements fmt.Formatter for every verb.
func (v Value) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(v.String())) }

// String implements fmt.Stringer.
func (v Value) String() string {
	if v.Blank() {
		return ""
	}
	return Redacted
}

// GoString implements fmt.GoStringer.
func (v Value) GoString() string { return v.String() }

// MarshalText implements encoding.TextMarshaler.
func (v Value) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// MarshalJSON implements json.Marshaler.
func (v Value) MarshalJSON() ([]byte, error) { return json.Marshal(v.String()) }

// Traces report whether a text gives away one of several values. It does if it has
// MinLength consecutive characters, in any case, in common with the value, its
// reverse, or its hex, base64 (standard and URL, at each of the three offsets) or
// SHA-256 form. A fingerprint is not a trace, but one more digit of the hash is.
// A value shorter than MinLength must be the whole text, or, from minShort on, a
// part of it. Traces redact themselves like a Value.
type Traces struct {
	forms Value   // of long values, in lower case, each followed by a NUL
	short []Value // in lower case
}

// minShort is the length, in bytes, from which a value shorter than MinLength is
// searched for inside a text. A shorter one would occur by chance.
const minShort = 4

// NewTraces returns the traces of values. A blank value has none.
func NewTraces(values ...Value) Traces {
	var t Traces
	var all strings.Builder
	for _, v := range values {
		switch n := len(v.Reveal()); {
		case n == 0:
		case n < MinLength:
			t.short = append(t.short, New(strings.ToLower(v.Reveal())))
		default:
			for _, form := range forms(v.Reveal()) {
				all.WriteString(strings.ToLower(form))
				all.WriteByte(0)
			}
		}
	}
	t.forms = New(all.String())
	return t
}

// In reports whether text contains one of the traces.
func (t Traces) In(text string) bool {
	text, forms := strings.ToLower(text), t.forms.Reveal()
	for i := 0; i+MinLength <= len(text); i++ {
		if strings.Contains(forms, text[i:i+MinLength]) {
			return true
		}
	}
	return slices.ContainsFunc(t.short, func(v Value) bool {
		return text == v.Reveal() || len(v.Reveal()) >= minShort && strings.Contains(text, v.Reveal())
	})
}

// forms returns the forms in which a secret could be written.
func forms(s string) []string {
	reversed := []byte(s)
	slices.Reverse(reversed)
	sum := sha256.Sum256([]byte(s))
	out := []string{
		s, string(reversed), hex.EncodeToString([]byte(s)), hidden(s),
		base64.StdEncoding.EncodeToString(sum[:]), base64.URLEncoding.EncodeToString(sum[:]),
	}
	for offset := range 3 {
		padded := append(bytes.Repeat([]byte{0}, offset), s...)
		// Characters at both ends may depend on what surrounds the secret.
		start, end := (offset*8+5)/6, len(padded)*8/6
		out = append(out,
			base64.RawStdEncoding.EncodeToString(padded)[start:end],
			base64.RawURLEncoding.EncodeToString(padded)[start:end])
	}
	return out
}
