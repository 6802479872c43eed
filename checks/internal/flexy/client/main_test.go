package client

import (
	"net/netip"
	"net/url"
	"testing"
	"time"

	"go.uber.org/goleak"

	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/safehttp"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/testkit"
)

func TestMain(m *testing.M) {
	testkit.RunTogether(32)
	goleak.VerifyTestMain(m)
}

// What the tests' API knows. The key it echoes is not the one that is sent.
const (
	testKey  = "sk_live_7Qw2Zx9Lm4Rt8Vb1"
	testEcho = "ea27b376-9f5c-4b09-883f-1b96cd7b541c"
	testUser = "+213665983439"
)

// okBody is the answer to a good key, in the documented form.
const okBody = `{"success":true,"data":{"username":"` + testUser + `","apiKey":{"key":"` + testEcho +
	`","isEnabled":true,"type":"PRODUCTION","allowedips":[],"scope":"READ-WRITE"}},` +
	`"meta":{"timestamp":"2025-10-29T00:00:00.000Z"},"requestId":"req_1"}`

// okKey is what okBody tells.
func okKey() flexy.Key {
	return flexy.Key{
		Username: secret.New(testUser), Echo: secret.New(testEcho), Enabled: true,
		Type: flexy.Production, Scope: flexy.ReadWrite, AllowedIPs: flexy.Allowlist{Known: true, Addrs: []netip.Addr{}},
	}
}

// accept is the Answer to okBody.
func accept() flexy.Answer {
	return flexy.Answer{Outcome: flexy.Accepted, Status: 200, Key: okKey(), RequestID: "req_1"}
}

// problem is the body of an error; more follows the code in the object.
func problem(code, more string) string {
	return `{"success":false,"error":{"code":"` + code + `"` + more + `},"requestId":"req_2"}`
}

// newClient returns a client of the API at base. Roots, a proxy and the like
// are set in o.
func newClient(t *testing.T, base string, o safehttp.Options) *Client {
	t.Helper()
	u, err := url.Parse(base)
	testkit.NoError(t, err)
	return New(Options{BaseURL: u, HTTP: o, UserAgent: "flexy-key-check/test", Now: time.Now})
}
