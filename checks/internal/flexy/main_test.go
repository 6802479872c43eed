package flexy

import (
	"net/netip"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/test/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	testKey  = testkit.Key
	testEcho = testkit.Echo
	testUser = testkit.Username
	okBody   = testkit.OKBody
)

// problem is the body of an error; more follows the code in the object.
func problem(code, more string) string { return testkit.ErrorBody(code, more) }

// answered is a response without the headers that matter.
func answered(status int, body string) Response { return Response{Status: status, Body: []byte(body)} }

// okKey is the key that okBody describes.
func okKey() Key {
	return Key{
		Username: secret.New(testUser), Echo: secret.New(testEcho), Enabled: true,
		Type: Production, Scope: ReadWrite, AllowedIPs: Allowlist{Known: true, Addrs: []netip.Addr{}},
	}
}

// accept is the Answer to okBody.
func accept() Answer {
	return Answer{Outcome: Accepted, Status: 200, Key: okKey(), RequestID: "req_1"}
}

// swap replaces the only occurrence of old in text.
func swap(t *testing.T, text, old, replacement string) string {
	t.Helper()
	if n := strings.Count(text, old); n != 1 {
		t.Fatalf("%q occurs %d times in %q, want once", old, n, text)
	}
	return strings.Replace(text, old, replacement, 1)
}
