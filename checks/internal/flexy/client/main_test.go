package client

import (
	"flag"
	"net/netip"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/safehttp"
	"flexy-key-check/checks/internal/secret"
)

func TestMain(m *testing.M) {
	runTogether(32)
	goleak.VerifyTestMain(m)
}

// runTogether lets n tests run at a time, because most of them wait, unless go
// test -parallel says how many; fuzzing starts as many processes, so not there.
func runTogether(n int) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" || f.Name == "test.fuzz" })
	if given {
		return
	}
	if err := flag.Set("test.parallel", strconv.Itoa(n)); err != nil {
		panic(err)
	}
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
	if err != nil {
		t.Fatal(err)
	}
	return New(Options{BaseURL: u, HTTP: o, UserAgent: "flexy-key-check/test", Now: time.Now})
}

// diff compares what was wanted with what was got. It shows no secret.
func diff(t *testing.T, want, got any) {
	t.Helper()
	addrs := cmp.Comparer(func(a, b netip.Addr) bool { return a == b })
	if d := cmp.Diff(want, got, addrs); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
