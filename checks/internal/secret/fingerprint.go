package secret

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

const (
	fingerprintDigits = 12
	minFingerprinted  = 32 // bytes
)

// Fingerprint returns the first 12 hexadecimal digits, in lower case, of the
// text's SHA-256, which identify a key:
//
//	printf %s "$KEY" | sha256sum | cut -c1-12
//
// It may be shown, but no more of the hash. It is empty for a text of fewer than 32
// bytes, because its hash could confirm a guess.
func (v Value) Fingerprint() string {
	if len(v.Reveal()) < minFingerprinted {
		return ""
	}
	return digest(v.Reveal())[:fingerprintDigits]
}

// IsFingerprint reports whether a text has the form of a fingerprint.
func IsFingerprint(text string) bool {
	return len(text) == fingerprintDigits && strings.Trim(text, "0123456789abcdef") == ""
}

// digest returns the SHA-256 of a text in hex.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// hidden returns the part of a text's digest in which any MinLength digits give the
// text away: all of it, or what extends any of them beyond the fingerprint.
func hidden(text string) string {
	if len(text) < minFingerprinted {
		return digest(text)
	}
	return digest(text)[fingerprintDigits-MinLength+1:]
}
