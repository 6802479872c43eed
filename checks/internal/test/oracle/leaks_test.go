package oracle_test

import (
	"compress/gzip"
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

	"flexy-key-check/checks/internal/test/oracle"
	"flexy-key-check/checks/internal/test/testkit"
)

const (
	key      = `fk-<7Qm&"x'2>Zw\R9+p/T4=%v`
	username = "+213665983439"
	symbols  = ">>>???>>>???" // each part of it has a symbol in base64
)

// encodings are the forms in which a secret can leak.
var encodings = map[string]func(string) string{
	"text":            func(s string) string { return s },
	"upper case":      strings.ToUpper,
	"lower case":      strings.ToLower,
	"reverse":         reverse,
	"hex":             func(s string) string { return hex.EncodeToString([]byte(s)) },
	"upper-case hex":  func(s string) string { return fmt.Sprintf("%X", s) },
	"base64":          inBase64(base64.StdEncoding, "", ""),
	"base64 + 1":      inBase64(base64.StdEncoding, ":", "\n"),
	"base64 + 2":      inBase64(base64.StdEncoding, "u:", ""),
	"base64url":       inBase64(base64.URLEncoding, "", ""),
	"base64url + 1":   inBase64(base64.URLEncoding, ":", ""),
	"base64url + 2":   inBase64(base64.RawURLEncoding, "u:", "\n"),
	"URL query":       url.QueryEscape,
	"URL path":        url.PathEscape,
	"URL throughout":  func(s string) string { return eachByte(s, "%%%02x") },
	"JSON":            func(s string) string { text, _ := json.Marshal(s); return string(text) },
	"JSON throughout": func(s string) string { return eachByte(s, `\u%04X`) },
	"XML":             func(s string) string { var b strings.Builder; _ = xml.EscapeText(&b, []byte(s)); return b.String() },
	"HTML throughout": func(s string) string { return eachByte(s, "&#x%x;") },
	"%q":              func(s string) string { return fmt.Sprintf("%q", s) },
	"Go throughout":   func(s string) string { return eachByte(s, `\x%02x`) },
	"SHA-256":         digits,
	"SHA-256, a part": func(s string) string { return strings.ToUpper(digits(s)[5:21]) },
	"SHA-256, base64": func(s string) string { return inBase64(base64.StdEncoding, "", "")(digest(s)) },
	"SHA-256, URL":    func(s string) string { return inBase64(base64.RawURLEncoding, "", "")(digest(s)) },
	"8 characters":    func(s string) string { return s[3:11] },
	"first 8":         func(s string) string { return s[:8] },
	"last 8":          func(s string) string { return s[len(s)-8:] },
	"% x":             func(s string) string { return fmt.Sprintf("% x", s) },
	"% #X":            func(s string) string { return fmt.Sprintf("% #X", s) },
	"hex with colons": func(s string) string { return strings.ReplaceAll(fmt.Sprintf("% x", s), " ", ":") },
	"decimal bytes":   func(s string) string { return fmt.Sprintf("%d", []byte(s)) },
	"%#v of bytes":    func(s string) string { return fmt.Sprintf("%#v", []byte(s)) },
	"a part of them":  func(s string) string { return fmt.Sprintf("%d", []byte(s[4:12])) },
	"gzip":            func(s string) string { return "x" + packed(s) + "y" },
	"gzip in base64":  func(s string) string { return base64.StdEncoding.EncodeToString([]byte(packed(s))) },
	"gzip in URLs":    func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(packed(s))) },
	"8 in base64":     func(s string) string { return inBase64(base64.StdEncoding, "k=", "...")(s[2:10]) },
}

func inBase64(encoding *base64.Encoding, before, after string) func(string) string {
	return func(s string) string { return encoding.EncodeToString([]byte(before + s + after)) }
}

func packed(s string) string {
	var b strings.Builder
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte("key: " + s))
	_ = w.Close()
	return b.String()
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return string(sum[:])
}

func digits(s string) string { return hex.EncodeToString([]byte(digest(s))) }

func reverse(s string) string {
	characters := []rune(s)
	slices.Reverse(characters)
	return string(characters)
}

func eachByte(s, format string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, format, c)
	}
	return b.String()
}

func TestLeaksEncoded(t *testing.T) {
	t.Parallel()
	for name, encode := range encodings {
		for _, secret := range []string{key, username, symbols} {
			streams := map[string][]byte{"stderr": []byte("a line\n"), "summary": []byte("before " + encode(secret) + " behind\n")}
			leaks := oracle.Leaks(streams, "another secret", secret)
			if len(leaks) == 0 {
				t.Errorf("%s: nothing found in %s", name, streams["summary"])
			}
			for _, leak := range leaks {
				if !strings.HasPrefix(leak, "summary: ") || strings.Contains(leak, secret) {
					t.Errorf("%s: says %q", name, leak)
				}
			}
		}
	}
}

func TestLeaksExemptsMasks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, stream, text string
		leaks              bool
	}{
		{"empty", oracle.Stdout, "", false},
		{"clean", oracle.Stdout, "verdict: pass: the account ends in 39, due on 2026-10-01 (request 01J9Z3V5Q8)\n", false},
		{"seven characters", oracle.Stdout, key[:7] + " " + key[8:15] + " " + username[:7] + " " + username[6:], false},
		{"hash of another", oracle.Stdout, digits(""), false},
		{"base64 of other text", oracle.Stdout, inBase64(base64.StdEncoding, "", "")("all is well, nothing to see here"), false},
		{"masks", oracle.Stdout, "::add-mask::" + strings.ReplaceAll(key, "%", "%25") + "\n::add-mask::" + username + "\n", false},
		{"masks, CR LF", oracle.Stdout, "::add-mask::" + key + "\r\nverdict: pass\r\n::add-mask::" + username, false},
		{"mask in another stream", "stderr", "::add-mask::" + key, true},
		{"mask in an output", "outputs", "a<<E\n::add-mask::" + key + "\nE\n", true},
		{"mask in mid-line", oracle.Stdout, "key ::add-mask::" + key, true},
		{"another command", oracle.Stdout, "::debug::" + key, true},
		{"not a mask", oracle.Stdout, "::add-mask:" + key, true},
		{"after a mask", oracle.Stdout, "::add-mask::x\n" + key, true},
	} {
		if leaks := oracle.Leaks(map[string][]byte{tt.stream: []byte(tt.text)}, key, username, ""); len(leaks) > 0 != tt.leaks {
			t.Errorf("%s: %v in %q", tt.name, leaks, tt.text)
		}
	}
}

// The fingerprint of a long key may be shown, but not one more digit of the
// hash; a short key has none.
func TestLeaksOfHashes(t *testing.T) {
	t.Parallel()
	long, short := key+"123456", key+"12345" // 32 and 31 characters
	for text, leaks := range map[string]bool{
		"fingerprint: " + digits(long)[:12] + "\n":    false,
		strings.ToUpper(digits(long)[:12]):            false,
		digits(long)[:12] + " " + digits(long)[52:63]: false, // 11 digits are too few
		digits(long)[:13]:                             true,
		digits(long)[1:13]:                            true,
		digits(long)[20:32]:                           true,
		digits(long):                                  true,
		digits(short)[:12]:                            true,
		digits(short)[:11]:                            false,
	} {
		if got := oracle.Leaks(map[string][]byte{"summary": []byte(text)}, long, short); len(got) > 0 != leaks {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestLeaksOfShortSecrets(t *testing.T) {
	t.Parallel()
	streams := map[string][]byte{"json": []byte(`{"account":"0665","age":31}`), "hex": []byte("30363635")}
	testkit.Diff(t, []string{"hex: hex of secret 2", "json: text of secret 2"}, oracle.Leaks(streams, "0555", "0665"))
}

func TestMasksLead(t *testing.T) {
	t.Parallel()
	for stdout, want := range map[string]bool{
		"":                                   true,
		"verdict: pass\n":                    true,
		"::add-mask::a\n::add-mask::b\nc\n":  true,
		"::add-mask::a\r\n::add-mask::b\r\n": true,
		"::add-mask::a\nb\n::add-mask::c\n":  false,
		"\n::add-mask::a\n":                  false,
		"::debug::a\n::add-mask::a\n":        false,
	} {
		if oracle.MasksLead([]byte(stdout)) != want {
			t.Errorf("%q: %v", stdout, !want)
		}
	}
}

// A recorder is a test that records its errors.
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
	var r recorder
	oracle.NoLeak(&r, map[string][]byte{"stdout": []byte("verdict: pass\n")}, key)
	testkit.Diff(t, 0, len(r.errors))
	oracle.NoLeak(&r, map[string][]byte{"stdout": []byte(key), "result": []byte(hex.EncodeToString([]byte(key)))}, key)
	testkit.Diff(t, []string{"leak in result: hex of secret 1", "leak in stdout: text of secret 1"}, r.errors)
}
