package oracle_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/oracle"
	"flexy-key-check/checks/internal/testkit"
)

const (
	key      = `fk-<7Qm&"x'2>Zw\R9+p/T4=%v`
	username = "+213665983439"
)

// encodings has the forms in which a secret can leak.
var encodings = map[string]func(string) string{
	"text":            func(s string) string { return s },
	"upper case":      strings.ToUpper,
	"lower case":      strings.ToLower,
	"reverse":         reverse,
	"hex":             func(s string) string { return hex.EncodeToString([]byte(s)) },
	"upper-case hex":  func(s string) string { return fmt.Sprintf("%X", s) },
	"base64":          func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64 raw":      func(s string) string { return base64.RawStdEncoding.EncodeToString([]byte(s)) },
	"base64url":       func(s string) string { return base64.URLEncoding.EncodeToString([]byte(s)) },
	"base64url raw":   func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
	"base64 + 1":      func(s string) string { return base64.StdEncoding.EncodeToString([]byte(":" + s + "\n")) },
	"base64 + 2":      func(s string) string { return base64.StdEncoding.EncodeToString([]byte("u:" + s)) },
	"base64url + 1":   func(s string) string { return base64.URLEncoding.EncodeToString([]byte(":" + s)) },
	"base64url + 2":   func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte("u:" + s + "\n")) },
	"URL query":       url.QueryEscape,
	"URL path":        url.PathEscape,
	"URL throughout":  func(s string) string { return hexEach(s, "%%%02x") },
	"JSON":            func(s string) string { text, _ := json.Marshal(s); return string(text) },
	"JSON throughout": func(s string) string { return hexEach(s, `\u%04X`) },
	"XML":             func(s string) string { var b strings.Builder; _ = xml.EscapeText(&b, []byte(s)); return b.String() },
	"HTML throughout": func(s string) string { return hexEach(s, "&#x%x;") },
	"%q":              func(s string) string { return fmt.Sprintf("%q", s) },
	"Go throughout":   func(s string) string { return hexEach(s, `\x%02x`) },
	"SHA-256":         func(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) },
	"SHA-256, a part": func(s string) string { return fmt.Sprintf("%X", sha256.Sum256([]byte(s)))[5:21] },
	"SHA-256, base64": func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return base64.StdEncoding.EncodeToString(sum[:])
	},
	"SHA-256, URL": func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return base64.RawURLEncoding.EncodeToString(sum[:])
	},
	"eight characters": func(s string) string { return s[3:11] },
	"first eight":      func(s string) string { return s[:8] },
	"last eight":       func(s string) string { return s[len(s)-8:] },
	"a part in base64": func(s string) string { return base64.StdEncoding.EncodeToString([]byte("k=" + s[2:10] + "...")) },
}

func reverse(s string) string {
	characters := []rune(s)
	slices.Reverse(characters)
	return string(characters)
}

func hexEach(s, format string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, format, c)
	}
	return b.String()
}

func TestLeaksCatches(t *testing.T) {
	t.Parallel()
	for name, encode := range encodings {
		for _, secret := range []string{key, username} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				streams := map[string][]byte{"stderr": []byte("a line\n"), "summary": []byte("before " + encode(secret) + " behind\n")}
				leaks := oracle.Leaks(streams, "another secret", secret)
				if len(leaks) == 0 {
					t.Fatalf("nothing found in %s", streams["summary"])
				}
				for _, leak := range leaks {
					if !strings.HasPrefix(leak, "summary: ") || strings.Contains(leak, secret) {
						t.Errorf("says %q", leak)
					}
				}
			})
		}
	}
}

func TestLeaksIsSilent(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"nothing":              "",
		"clean":                "verdict: pass: the account ends in 39, due on 2026-10-01 (request 01J9Z3V5Q8)\n",
		"seven characters":     key[:7] + " " + key[8:15] + " " + username[:7] + " " + username[6:],
		"masks":                "::add-mask::" + strings.ReplaceAll(key, "%", "%25") + "\n::add-mask::" + username + "\n",
		"masks, CR LF":         "::add-mask::" + key + "\r\nverdict: pass\r\n::add-mask::" + username,
		"another's hash":       hex.EncodeToString(sha256.New().Sum(nil)),
		"base64 of other text": base64.StdEncoding.EncodeToString([]byte("all is well, nothing to see here")),
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testkit.Diff(t, none, oracle.Leaks(map[string][]byte{oracle.Stdout: []byte(text)}, key, username, ""))
		})
	}
}

func TestLeaksExemptsMasksOnly(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, stream, text string }{
		{"another stream", "stderr", "::add-mask::" + key},
		{"an output", "outputs", "a<<E\n::add-mask::" + key + "\nE\n"},
		{"in mid-line", oracle.Stdout, "key ::add-mask::" + key},
		{"another command", oracle.Stdout, "::debug::" + key},
		{"a mask that is none", oracle.Stdout, "::add-mask:" + key},
		{"behind a mask", oracle.Stdout, "::add-mask::x\n" + key},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if len(oracle.Leaks(map[string][]byte{tt.stream: []byte(tt.text)}, key)) == 0 {
				t.Errorf("nothing found in %s", tt.text)
			}
		})
	}
}

func TestLeaksOfShortSecrets(t *testing.T) {
	t.Parallel()
	streams := map[string][]byte{"json": []byte(`{"account":"0665","age":31}`), "hex": []byte("30363635")}
	testkit.Diff(t, []string{"hex: hex of secret 2", "json: text of secret 2"}, oracle.Leaks(streams, "0555", "0665"))
}

func TestMasksLead(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{
		"":                                   true,
		"verdict: pass\n":                    true,
		"::add-mask::a\n::add-mask::b\nc\n":  true,
		"::add-mask::a\r\n::add-mask::b\r\n": true,
		"::add-mask::a\nb\n::add-mask::c\n":  false,
		"\n::add-mask::a\n":                  false,
		"::debug::a\n::add-mask::a\n":        false,
	}
	for stdout, want := range tests {
		t.Run(stdout, func(t *testing.T) {
			t.Parallel()
			testkit.Diff(t, want, oracle.MasksLead([]byte(stdout)))
		})
	}
}

// A recorder is a test that notes what it is told.
type recorder struct {
	testing.TB
	errors []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func TestNoLeak(t *testing.T) {
	t.Parallel()
	var clean, leaky recorder
	oracle.NoLeak(&clean, map[string][]byte{"stdout": []byte("verdict: pass\n")}, key)
	oracle.NoLeak(&leaky, map[string][]byte{"stdout": []byte(key), "result": []byte(hex.EncodeToString([]byte(key)))}, key)
	testkit.Diff(t, none, clean.errors)
	testkit.Diff(t, []string{"leak in result: hex of secret 1", "leak in stdout: text of secret 1"}, leaky.errors)
}

var none []string
