package secret_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/secret"
)

// As printed by `printf %s KEY | sha256sum | cut -c1-12`.
func TestFingerprint(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"0123456789abcdef0123456789abcdef":     "3eb1bd439947",
		"ea27b376-9f5c-4b09-883f-1b96cd7b541c": "ab4151abcbe5",
		"0123456789abcdef0123456789abcde":      "", // 31 bytes
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
		"2125b2c332b1": true, "000000000000": true, "ffffffffffff": true, "999999aaaaaa": true,
		"": false, "2125b2c332b": false, "2125b2c332b11": false, "2125B2C332B1": false,
		"2125b2c332bg": false, "2125b2c332b/": false, "2125b2c332b:": false, "2125b2c332b`": false,
	} {
		if got := secret.IsFingerprint(text); got != want {
			t.Errorf("%q is a fingerprint: %v", text, got)
		}
	}
}

// A fingerprint may be shown. One more digit of the hash gives the key away, and
// so does any other part of it; of a short key, which has no fingerprint, any part.
func TestFingerprintIsNoTrace(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"ea27b376-9f5c-4b09-883f-1b96cd7b541c", strings.Repeat("k", 31) + "!", strings.Repeat("k", 30) + "!", text} {
		sum := sha256.Sum256([]byte(key))
		digits, traces, short := hex.EncodeToString(sum[:]), secret.NewTraces(secret.New(key)), len(key) < 32
		for _, shown := range []string{digits[:12], "fingerprint " + digits[:12] + ", request id", strings.ToUpper(digits[:12]), digits[:12] + "-" + digits[:12]} {
			if traces.In(shown) != short {
				t.Errorf("%q, no more than the fingerprint of %q: a leak is %v", shown, key, !short)
			}
		}
		for i := 0; i+secret.MinLength <= len(digits); i++ {
			if part := digits[i : i+secret.MinLength]; traces.In("~~"+part+"~~") != (short || i+secret.MinLength > 12) {
				t.Errorf("%q at %d of the hash of %q: a leak is %v", part, i, key, traces.In(part))
			}
		}
		if !traces.In("~" + digits[:13] + "~") {
			t.Errorf("13 digits of the hash of %q are not a leak", key)
		}
	}
}
