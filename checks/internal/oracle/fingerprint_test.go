package oracle_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/oracle"
)

// The fingerprint of a long key may be shown, a digit more of the hash may not;
// of a short key not even that.
func TestLeaksOfHashes(t *testing.T) {
	t.Parallel()
	long, short := key+"123456", key+"12345" // of 32 and 31 characters
	digits := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return hex.EncodeToString(sum[:])
	}
	for text, leaks := range map[string]bool{
		"fingerprint: " + digits(long)[:12] + "\n":    false,
		strings.ToUpper(digits(long)[:12]):            false,
		digits(long)[:12] + " " + digits(long)[52:63]: false, // 11 digits say too little
		digits(long)[:13]:                             true,
		digits(long)[1:13]:                            true,
		digits(long)[20:32]:                           true,
		digits(long):                                  true,
		digits(short)[:12]:                            true,
		digits(short)[:11]:                            false,
	} {
		streams := map[string][]byte{"summary": []byte(text)}
		if got := oracle.Leaks(streams, long, short); len(got) > 0 != leaks {
			t.Errorf("%q: %v", text, got)
		}
	}
}
