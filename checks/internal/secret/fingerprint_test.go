package secret_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/secret"
)

// As `printf %s KEY | sha256sum | cut -c1-12` has it.
func TestFingerprint(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"0123456789abcdef0123456789abcdef":     "3eb1bd439947",
		"ea27b376-9f5c-4b09-883f-1b96cd7b541c": "ab4151abcbe5",
		"0123456789abcdef0123456789abcde":      "", // of 31
		"":                                     "",
	} {
		if got := secret.New(text).Fingerprint(); got != want {
			t.Errorf("the fingerprint of %q is %q, want %q", text, got, want)
		}
	}
}

func TestIsFingerprint(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"2125b2c332b1": true, "000000000000": true, "ffffffffffff": true,
		"": false, "2125b2c332b": false, "2125b2c332b11": false, "2125B2C332B1": false, "2125b2c332bg": false, "2125b2c332b/": false, "2125b2c332b:": false, "2125b2c332b`": false,
	} {
		if got := secret.IsFingerprint(text); got != want {
			t.Errorf("%q is a fingerprint: %v", text, got)
		}
	}
}

// The fingerprint may be shown; one digit more of the hash gives the key away, and
// so does any other part of it.
func TestFingerprintIsNoLeak(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"ea27b376-9f5c-4b09-883f-1b96cd7b541c", strings.Repeat("k", 31) + "!"} {
		sum := sha256.Sum256([]byte(key))
		digits, traces := hex.EncodeToString(sum[:]), secret.NewTraces(secret.New(key))
		for _, shown := range []string{digits[:12], "fingerprint " + digits[:12] + ", request id", strings.ToUpper(digits[:12]), digits[:12] + "-" + digits[:12]} {
			if traces.In(shown) {
				t.Errorf("%q, with no more than the fingerprint, taken for a leak", shown)
			}
		}
		for i := 0; i+secret.MinLength <= len(digits); i++ {
			if part := digits[i : i+secret.MinLength]; traces.In(part) != (i+secret.MinLength > 12) {
				t.Errorf("%q at %d of the hash: a leak is %v", part, i, traces.In(part))
			}
		}
		if !traces.In("~" + digits[:13] + "~") {
			t.Errorf("13 digits of the hash are no leak")
		}
	}
}
