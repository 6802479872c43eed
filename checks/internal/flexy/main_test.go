package flexy

import (
	"net/netip"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"flexy-key-check/checks/internal/secret"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// The API's data in the tests. The echoed key is not the one that is sent.
const (
	testKey  = "sk_live_7Qw2Zx9Lm4Rt8Vb1"
	testEcho = "ea27b376-9f5c-4b09-883f-1b96cd7b541c"
	testUser = "+213665983439"
)

// okBody is the documented answer for a good key.
const okBody = `{"success":true,"data":{"username":"` + testUser + `","apiKey":{"key":"` + testEcho +
	`","isEnabled":true,"type":"PRODUCTION","allowedips":[],"scope":"READ-WRITE"}},` +
	`"meta":{"timestamp":"2025-10-29T00:00:00.000Z"},"requestId":"req_1"}`

// okKey returns the key in okBody.
func okKey() Key {
	return Key{
		Username: secret.New(testUser), Echo: secret.New(testEcho), Enabled: true,
		Type: Production, Scope: ReadWrite, AllowedIPs: Allowlist{Known: true, Addrs: []netip.Addr{}},
	}
}

// accept returns the Answer for okBody.
func accept() Answer {
	return Answer{Outcome: Accepted, Status: 200, Key: okKey(), RequestID: "req_1"}
}

// problem returns the body of an error. more follows the code in the object.
func problem(code, more string) string {
	return `{"success":false,"error":{"code":"` + code + `"` + more + `},"requestId":"req_2"}`
}

// swap replaces old, which must occur once.
func swap(t *testing.T, text, old, replacement string) string {
	t.Helper()
	if strings.Count(text, old) != 1 {
		t.Fatalf("%q occurs %d times in %q, want once", old, strings.Count(text, old), text)
	}
	return strings.Replace(text, old, replacement, 1)
}
