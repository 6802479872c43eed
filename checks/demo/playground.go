package main

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"flexy-key-check/checks/internal/test/emulator"
)

// The playground's keys, each with 32 or more characters, like real ones.
const (
	production  = "demo-production-4f1c9a7e2b6d8035"
	sandbox     = "demo-sandbox-b8e2603d91c7f54a6e20"
	disabled    = "demo-disabled-7a09e3c45d1f28b6c4e1"
	readOnly    = "demo-read-only-c25f8b1e60a3d94797d2"
	allowlisted = "demo-allowlisted-93d6b0f7e8241ca5"
	ageing      = "demo-ageing-5e7d21c8f60b4a39d1f0"
	unknown     = "demo-unknown-e14b97a2c05d68f3ab72"
	lastAttempt = "demo-last-attempt-06fa3e9d7b52c81c"
	blocked     = "demo-blocked-d8c1750e4a9f23b68a64"
	down        = "demo-down-2f6ea84b1d07c935b3f8e7c0"
	switchedOff = "demo-switched-off-61c8f3a05e9d27b4"
	rateLimited = "demo-rate-limited-3b70d9e2a14f86c5"
	unverified  = "demo-unverified-9ac4250fe8b1d763d0"
	headerLost  = "demo-header-lost-57e1b8c03f2a69d4e6"
	cdnRefuses  = "demo-cdn-refuses-e80d46a2b95c7f13"
	cdnNoOrigin = "demo-cdn-no-origin-1d5f72b8c9e03a64"
	firewalled  = "demo-firewalled-c27e90b4f8a6315dd1"
)

// keys returns the keys that the emulator knows.
func keys() []emulator.Key {
	key := emulator.Key{Text: production, Username: "+213665983439", Enabled: true, Type: "PRODUCTION", Scope: "READ-WRITE", Balance: "1326.13"}
	all := []emulator.Key{key}
	add := func(text string, change func(*emulator.Key)) {
		other := key
		other.Text = text
		change(&other)
		all = append(all, other)
	}
	add(sandbox, func(k *emulator.Key) { k.Type = "SANDBOX" })
	add(disabled, func(k *emulator.Key) { k.Enabled = false })
	add(readOnly, func(k *emulator.Key) { k.Scope = "READ-ONLY" })
	add(allowlisted, func(k *emulator.Key) { k.AllowedIPs = []string{"203.0.113.45"} })
	add(ageing, func(*emulator.Key) {})
	return all
}

// pretend answers for keys that stand for the state of an address or of the API,
// so that a visitor can see each answer without being locked out.
func pretend(api *emulator.API, w http.ResponseWriter, r *http.Request) bool {
	answers := map[string]emulator.Fault{
		lastAttempt: emulator.Error(http.StatusUnauthorized, emulator.CodeInvalid, "The provided access token is invalid", map[string]any{"attemptsLeft": 1}),
		blocked:     emulator.Error(http.StatusForbidden, emulator.CodeBlocked, "Your IP has been temporarily blocked due to too many invalid attempts", nil),
		down:        emulator.Status(http.StatusServiceUnavailable),
		switchedOff: emulator.SwitchedOff,
		rateLimited: emulator.RetryAfter(http.StatusTooManyRequests, "60"),
		unverified:  emulator.Unverified,
		headerLost:  emulator.Error(http.StatusUnauthorized, emulator.CodeMissing, "Access token is required", nil),
		cdnRefuses:  emulator.CDN(http.StatusForbidden),
		cdnNoOrigin: emulator.CDN(522),
		firewalled:  emulator.Body(http.StatusForbidden, "text/html", []byte("<h1>Blocked by policy</h1>")),
	}
	answer, ok := answers[r.Header.Get(emulator.Header)]
	return ok && answer(api, w, r)
}

// playground returns a run for each verdict and for each answer of the API.
func playground(today time.Time) []scenario {
	const forProduction = "FLEXY_ENVIRONMENT=production"
	run := func(title, key string, code int, says string, settings ...string) scenario {
		return scenario{title: title, key: key, settings: append([]string{forProduction}, settings...), code: code, says: says}
	}
	return []scenario{
		run("pass: a PRODUCTION key", production, 0, "verdict: pass"),
		run("pass, with a warning: due for rotation in 10 days", ageing, 0, "10 days left", rotated(today, 80)),
		run("mismatch: a SANDBOX key in production", sandbox, 1, "found SANDBOX"),
		run("mismatch: a disabled key", disabled, 1, "state: expected"),
		run("mismatch: a key that may only read", readOnly, 1, "scope: expected", "FLEXY_EXPECT_SCOPE=READ-WRITE"),
		run("mismatch: an account with too little money", production, 1, "balance: expected", "FLEXY_MIN_BALANCE=5000"),
		run("invalid: a key that the API does not know", unknown, 1, "INVALID_ACCESS_TOKEN"),
		run("invalid: the same, with 1 attempt left", lastAttempt, 1, "1 attempt left"),
		run("blocked: this address is not on the key's allowlist", allowlisted, 3, "IP_NOT_ALLOWED"),
		run("blocked: too many failed attempts", blocked, 3, "IP_BLOCKED"),
		run("mismatch: the account's API access is switched off", switchedOff, 1, "API_DISABLED"),
		run("unavailable: the API is down (503)", down, 3, "server error from the API"),
		run("unavailable: the CDN cannot reach the API (522)", cdnNoOrigin, 3, "server error from the CDN"),
		run("unavailable: the CDN refuses this address (403)", cdnRefuses, 3, "the CDN in front of the API refuses"),
		run("unavailable: a firewall refuses the request (403)", firewalled, 3, "something between here and the API refuses"),
		run("unavailable: too many requests (429, Retry-After: 60)", rateLimited, 3, "RATE_LIMIT_EXCEEDED"),
		run("unavailable: the API had no time (503, Retry-After: 5)", unverified, 3, "AUTH_UNAVAILABLE", "FLEXY_TIMEOUT=4s"),
		run("unavailable: the key is lost on the way", headerLost, 3, "MISSING_ACCESS_TOKEN"),
		run("misconfigured: no key", "", 2, "the key is blank"),
		run("misconfigured: an expression that was not evaluated", "'${{ secrets.FLEXY_API_KEY }}'", 2, "an expression that was not evaluated"),
	}
}

const playgroundHead = `
A playground: the emulator stays up until you press Ctrl-C. In another terminal,
in this directory, build the program:

  go build .
  export FLEXY_BASE_URL=%s
  export FLEXY_ENVIRONMENT=production

Then run any of these:
`

const playgroundTail = `
Or give that base-url and one of the keys to a step that uses the action. Any
key that is not listed is rejected as well, and five rejections block your
address for 15 minutes, as the real API would. Then start the playground again.
`

// invite shows a command for each run in the playground.
func invite(out io.Writer, url string, today time.Time) {
	fmt.Fprintf(out, playgroundHead, url)
	for _, s := range playground(today) {
		fmt.Fprintf(out, "\n  # %s\n  %s\n", s.title, s.command())
	}
	fmt.Fprint(out, playgroundTail)
}

// command returns the run as a shell command, to follow playgroundHead's exports.
func (s scenario) command() string {
	lines := append(slices.Clone(s.settings[1:]), "FLEXY_API_KEY="+s.key+" ./flexy-key-check")
	return strings.Join(lines, " \\\n    ")
}
