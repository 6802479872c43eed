package app_test

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks/internal/emulator"
)

// fingerprintOf is that of a key, as anybody computes it.
func fingerprintOf(key string) string {
	if len(key) < 32 {
		return ""
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(key)))[:12]
}

// holdFingerprint asserts that the fingerprint is told wherever there is a key,
// whatever came of it, but after a fault of the program itself.
func (r ran) holdFingerprint(t testing.TB, key map[string]any) {
	t.Helper()
	want := fingerprintOf(r.key)
	if got := r.outputs()["key-fingerprint"]; got != want && !strings.Contains(fmt.Sprint(key["message"]), "internal") {
		t.Errorf("the fingerprint is %q, want %q", got, want)
	}
	shown := regexp.MustCompile(`(?m)^fingerprint: ` + want + `$`)
	if findings, _ := key["findings"].([]any); want != "" && len(findings) > 0 && (!shown.Match(r.stdout) || !strings.Contains(string(r.files["GITHUB_STEP_SUMMARY"]), "Fingerprint: `"+want+"`")) && len(r.files["GITHUB_STEP_SUMMARY"]) > 0 {
		t.Errorf("log or summary lack the fingerprint %s:\n%s", want, r.stdout)
	}
}

const anotherFingerprint = "0e5d2c7b9a41"

// The fingerprint is judged with the API's answer or without it.
func TestFingerprint(t *testing.T) {
	t.Parallel()
	this := fingerprintOf(theKey)
	both := unavailable(1)
	both.ErrorCode = "NOT_FOUND"
	both.Annotations = append(both.Annotations, "error: api-key: fingerprint")
	gone := want{Code: 0, Sends: 1, Verdict: "pass", Valid: "false", ErrorCode: "INVALID_ACCESS_TOKEN", AttemptsLeft: "4"}
	mistaken := annotated(gone, "error: api-key: fingerprint")
	mistaken.Code, mistaken.Verdict = 1, "mismatch"
	table{
		"this one":                   with(passes(), "expect-fingerprint", strings.ToUpper(this)),
		"another":                    with(mismatches("fingerprint").with(anotherFingerprint+".*"+this), "expect-fingerprint", anotherFingerprint),
		"another, softened":          with(warns("fingerprint"), "expect-fingerprint", anotherFingerprint, "warn-on", "fingerprint"),
		"another, without an answer": {api: always(emulator.Status(404)), given: pairs("expect-fingerprint", anotherFingerprint, "on-unavailable", "warn"), want: both},
		"this one, which is revoked": {api: revoked, given: pairs("expect-fingerprint", this, "expect-state", "revoked"), want: gone},
		"another, which is revoked":  {api: revoked, given: pairs("expect-fingerprint", anotherFingerprint, "expect-state", "revoked"), want: mistaken},
		"this one, which works":      with(mismatches("state"), "expect-fingerprint", this, "expect-state", "revoked"),
	}.run(t)
}

func fingerprintMessages() []telling {
	this := fingerprintOf(theKey)
	const short = "k-6be8a04d17f2c935"
	open := func(h *hub) {
		h.issues = []map[string]any{{"number": 1, "state": "open", "title": "x", "labels": []any{map[string]any{"name": "flexy-key-rotation"}},
			"body": `<!-- flexy-key-check:begin key="FLEXY_API_KEY" due="2026-01-01" stage="due-soon" fingerprint="` + this + `" sum="0" -->`}}
		h.updated = ago(1)
	}
	return []telling{
		{title: "another key than expected", given: pairs("expect-fingerprint", anotherFingerprint), summary: true},
		{title: "another key than expected, and no answer", given: pairs("expect-fingerprint", anotherFingerprint), api: always(emulator.Status(404))},
		{title: "a key that is too short for a fingerprint", given: pairs("api-key", short, "expect-fingerprint", anotherFingerprint), api: func(api *emulator.API) {
			api.Set(emulator.Key{Text: short, Username: theAccount, Enabled: true, Type: "PRODUCTION", Scope: "READ-WRITE"})
		}},
		{title: "the key that is to be revoked is", given: pairs("expect-state", "revoked", "expect-fingerprint", this), api: revoked, summary: true},
		{title: "no fingerprint", given: pairs("expect-fingerprint", this+"0")},
		{title: "a secret that was saved again with the same key", github: open},
		{title: "a key with a new date that is the same key", given: pairs("rotated-on", "2026-10-09", "secret-name", "", "key-name", "FLEXY_API_KEY"), github: open},
		{title: "a token that ends soon", github: func(h *hub) { h.updated, h.expires = ago(1), "2026-10-24 23:59:59 UTC" }},
	}
}

// The end of the token is a warning, once, and changes nothing else.
func TestTokenEnd(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		expires string
		given   map[string]string
		day     string // that the warning names, "" if there is none
	}{
		"a day before the reminder":  {"2026-10-25 00:00:00 UTC", nil, ""},
		"at its start":               {"2026-10-24 23:59:59 +0000", nil, "2026-10-24"},
		"of another day here":        {"2026-10-25 01:00:00 +0200", nil, "2026-10-24"},
		"by a longer reminder":       {"2026-11-09 00:00:00 UTC", pairs("remind-days", "30"), "2026-11-09"},
		"today":                      {"2026-10-10 23:00:00 UTC", pairs("remind-days", "0"), "2026-10-10"},
		"tomorrow, without reminder": {"2026-10-11 00:00:00 UTC", pairs("remind-days", "0"), ""},
		"with rotation-only":         {"2026-10-12 00:00:00 UTC", pairs("api-key", "", "environment", "", "rotation-only", "true"), "2026-10-12"},
		"none":                       {"", nil, ""},
		"garbled":                    {"::error::soon", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHub(t, ago(1))
			h.expires = tt.expires
			r := reminding(t, h, tt.given).run(t)
			var want []string
			if tt.day != "" {
				want = []string{"warning: FLEXY_API_KEY: secrets-token"}
			}
			if diff := cmp.Diff(want, r.titles()); diff != "" || r.code != 0 || !strings.Contains(r.outputs()["result"], tt.day) {
				t.Errorf("exit code %d, annotations (-want +got):\n%s\n%s", r.code, diff, r.stdout)
			}
			if text := string(r.files["GITHUB_STEP_SUMMARY"]); !strings.Contains(text, tt.day) || strings.Contains(text, "secrets-token") != (tt.day != "") {
				t.Errorf("summary:\n%s", text)
			}
		})
	}
}

// Of many keys the largest remind-days counts, and the warning comes once.
func TestTokenEndOfMany(t *testing.T) {
	t.Parallel()
	workspace, file := policyFile(t, "keys:\n"+
		"  - {name: a, env: FLEXY_A_KEY, type: any, secret-name: FLEXY_API_KEY, remind-days: 5}\n"+
		"  - {name: b, env: FLEXY_B_KEY, type: any, secret-name: FLEXY_OTHER, remind-days: 20}\n"+
		"  - {name: c, env: FLEXY_C_KEY, type: any, rotated-on: 2026-10-01, remind-days: 90}\n")
	for end, want := range map[string][]string{"2026-10-30": {"warning: a: secrets-token"}, "2026-10-31": nil} {
		h := newHub(t, ago(1))
		h.expires = end + " 12:00:00 UTC"
		given := pairs("api-key", "", "environment", "", "policy", file, "GITHUB_WORKSPACE", workspace, "reminder-issue", "false", "on-unavailable", "warn",
			"FLEXY_A_KEY", numbered(0), "FLEXY_B_KEY", numbered(1), "FLEXY_C_KEY", numbered(2), "warn-on", "rotation")
		p := reminding(t, h, given)
		p.secrets = append(p.secrets, numbered(0), numbered(1), numbered(2))
		var got []string
		for _, title := range p.run(t).titles() {
			if strings.Contains(title, "secrets-token") {
				got = append(got, title)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", end, diff)
		}
	}
}
