package app_test

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/test/emulator"
	"flexy-key-check/checks/internal/test/testkit"
)

// fingerprintOf computes the fingerprint of a key.
func fingerprintOf(key string) string {
	if len(key) < 32 {
		return ""
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(key)))[:12]
}

// holdFingerprint asserts that the fingerprint is shown for every key, except after
// an internal error.
func (r ran) holdFingerprint(t testing.TB, key map[string]any) {
	t.Helper()
	want := fingerprintOf(r.key)
	if got := r.outputs()["key-fingerprint"]; got != want && !strings.Contains(fmt.Sprint(key["message"]), "internal") {
		t.Errorf("the fingerprint is %q, want %q", got, want)
	}
	shown := regexp.MustCompile(`(?m)^fingerprint ` + want + `(, request id |$)`)
	if findings, _ := key["findings"].([]any); want != "" && len(findings) > 0 && (!shown.Match(r.stdout) || !strings.Contains(string(r.files["GITHUB_STEP_SUMMARY"]), "Fingerprint `"+want+"`")) && len(r.files["GITHUB_STEP_SUMMARY"]) > 0 {
		t.Errorf("log or summary lack the fingerprint %s:\n%s", want, r.stdout)
	}
}

const anotherFingerprint = "0e5d2c7b9a41"

func fingerprintMessages() []scenario {
	this := fingerprintOf(theKey)
	const short = "k-6be8a04d17f2c935"
	return []scenario{
		{title: "another fingerprint", given: pairs("expect-fingerprint", anotherFingerprint), summary: true},
		{title: "another fingerprint and no answer", given: pairs("expect-fingerprint", anotherFingerprint), api: always(emulator.Status(404))},
		{title: "a key too short for a fingerprint", given: pairs("api-key", short, "expect-fingerprint", anotherFingerprint), api: func(api *emulator.API) {
			api.Set(emulator.Key{Text: short, Username: theAccount, Enabled: true, Type: "PRODUCTION", Scope: "READ-WRITE"})
		}},
		{title: "a revoked key with its fingerprint", given: pairs("expect-state", "revoked", "expect-fingerprint", this), api: revoked, summary: true},
		{title: "an invalid fingerprint", given: pairs("expect-fingerprint", this+"0")},
		{title: "an expiring token", github: func(h *hub) { h.updated, h.expires = ago(1), "2026-10-24 23:59:59 UTC" }},
	}
}

// An expiring token is a warning, and changes nothing else.
func TestTokenEnd(t *testing.T) {
	t.Parallel()
	for expires, tt := range map[string]struct {
		given map[string]string
		day   string // in the warning, "" if there is none
	}{
		"2026-10-25 00:00:00 UTC":   {nil, ""}, // a day before the reminder
		"2026-10-24 23:59:59 +0000": {nil, "2026-10-24"},
		"2026-10-25 01:00:00 +0200": {nil, "2026-10-24"}, // another day here
		"2026-11-09 00:00:00 UTC":   {pairs("remind-days", "30"), "2026-11-09"},
		"2026-10-10 23:00:00 UTC":   {pairs("remind-days", "0"), "2026-10-10"}, // today
		"2026-10-12 00:00:00 UTC":   {pairs("api-key", "", "environment", "", "rotation-only", "true"), "2026-10-12"},
		"2026-10-10 13:00:00 UTC":   {pairs("secrets-token", "ghs_Uq8Yw3Lr6Hs0Fc5Kd1Vz9"), ""}, // an app renews it
		"::error::soon":             {nil, ""},
	} {
		t.Run(expires, func(t *testing.T) {
			t.Parallel()
			h := newHub(t, ago(1))
			h.expires = expires
			r := reminding(t, h, tt.given).run(t)
			var want []string
			if tt.day != "" {
				want = []string{"warning: flexy-key-check: secrets-token"}
			}
			testkit.Diff(t, want, r.titles())
			if summary := string(r.files["GITHUB_STEP_SUMMARY"]); r.code != 0 || !strings.Contains(r.outputs()["result"], tt.day) || !strings.Contains(summary, tt.day) {
				t.Errorf("exit code %d:\n%s\n%s", r.code, r.stdout, summary)
			}
		})
	}
	h := newHub(t, ago(1))
	h.expires, h.instead = "2026-10-12 00:00:00 UTC", map[string]http.HandlerFunc{"GET issues": refusing(http.StatusForbidden)}
	testkit.Diff(t, []string{"warning: Flexy key FLEXY_API_KEY: reminder-issue", "warning: flexy-key-check: secrets-token"}, reminding(t, h, nil).run(t).titles()[:2])
}

// With many keys each secret is requested once, the largest remind-days counts, and
// the warning comes once.
func TestTokenEndOfMany(t *testing.T) {
	t.Parallel()
	workspace, file := policyFile(t, "keys:\n"+
		"  - {name: a, env: FLEXY_A_KEY, type: any, secret-name: FLEXY_API_KEY, remind-days: 5}\n"+
		"  - {name: b, env: FLEXY_B_KEY, type: any, secret-name: FLEXY_OTHER, remind-days: 20}\n"+
		"  - {name: c, env: FLEXY_C_KEY, type: any, rotated-on: 2026-10-01, remind-days: 89}\n"+
		"  - {name: d, env: FLEXY_C_KEY, type: any, secret-name: FLEXY_OTHER}\n")
	for end, want := range map[string][]string{"2026-10-30": {"warning: flexy-key-check: secrets-token"}, "2026-10-31": nil} {
		h := newHub(t, ago(1))
		h.expires = end + " 12:00:00 UTC"
		p := reminding(t, h, pairs("api-key", "", "environment", "", "policy", file, "GITHUB_WORKSPACE", workspace, "reminder-issue", "false", "on-unavailable", "warn",
			"FLEXY_A_KEY", numbered(0), "FLEXY_B_KEY", numbered(1), "FLEXY_C_KEY", numbered(2), "warn-on", "rotation"))
		p.secrets = append(p.secrets, numbered(0), numbered(1), numbered(2))
		got := slices.DeleteFunc(p.run(t).titles(), func(title string) bool { return !strings.Contains(title, "secrets-token") })
		if !slices.Equal(got, want) || len(h.Log) != 2 {
			t.Errorf("%s: %q, want %q; calls %q", end, got, want, h.Log)
		}
	}
}

// --fingerprint prints the key's fingerprint alone, or nothing and why, and sends
// nothing.
func TestFingerprintFlag(t *testing.T) {
	t.Parallel()
	s := serve(t)
	good := fingerprintOf(theKey) + "\n"
	const refused = "flexy-key-check: error: FLEXY_API_KEY"
	for name, tt := range map[string]struct {
		given          map[string]string
		stdout, stderr string
	}{
		"a key":             {nil, good, ""},
		"no other settings": {pairs("environment", "", "policy", "none.yml", "expect-state", "x", "timeout", "x", "GITHUB_ACTIONS", "true"), good, ""},
		"a file":            {pairs("api-key", "", "FLEXY_API_KEY_FILE", testkit.File(t, theKey+"\n")), good, ""},
		"no key":            {pairs("api-key", " \n"), "", refused + ": the key is blank"},
		"a missing file":    {pairs("api-key", "", "FLEXY_API_KEY_FILE", "/none"), "", refused + "_FILE: no such file"},
		"both":              {pairs("FLEXY_API_KEY_FILE", testkit.File(t, theKey)), "", refused + "_FILE: cannot be combined"},
		"in quotes":         {pairs("api-key", "'"+theKey+"'"), "", refused + ": not a Flexy API key: in quotes"},
		"31 characters":     {pairs("api-key", theKey[:31]), "", refused + ": the key has fewer than 32 characters"},
	} {
		p := shell(t, s.URL, tt.given)
		p.args = []string{"--fingerprint"}
		r := p.run(t)
		lines := strings.Count(string(r.stderr), "\n")
		if string(r.stdout) != tt.stdout || !strings.HasPrefix(string(r.stderr), tt.stderr) || (tt.stderr == "") != (r.code == 0) || (tt.stderr == "") != (lines == 0) || lines > 0 && (r.code != 2 || lines != 2) {
			t.Errorf("%s: exit code %d, %q, %q", name, r.code, r.stdout, r.stderr)
		}
	}
	if s.sends() > 0 {
		t.Error("a key was sent")
	}
}
