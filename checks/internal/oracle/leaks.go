package oracle

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Stdout names the stream in which the runner looks for masks.
const Stdout = "stdout"

const (
	minRun    = 8  // characters of a secret that are too many
	minDigest = 12 // characters of a digest that tell one from another

	minFingerprinted = 32 // characters of a key that has a fingerprint
)

// NoLeak fails a test if a stream gives a secret away. What it prints does not.
func NoLeak(t testing.TB, streams map[string][]byte, secrets ...string) {
	t.Helper()
	for _, leak := range Leaks(streams, secrets...) {
		t.Errorf("leak in %s", leak)
	}
}

// Leaks returns where streams give a secret away, as "<stream>: <form>", and
// " after <decoding>" behind it if the form stands nowhere but encoded again. A
// secret is given away by minRun of its characters in a row, or all of a
// shorter one, in whatever case: raw, reversed, in hex or in base64 at any
// offset, as it stands or in URL, HTML, XML, JSON or Go quoting; or by minDigest
// characters of its SHA-256, unless they are the fingerprint of a long one: one
// digit more is a leak. Only lines of Stdout that are one whole add-mask command
// are exempt.
func Leaks(streams map[string][]byte, secrets ...string) []string {
	var leaks []string
	for i, s := range secrets {
		forms := forms(s)
		for stream, text := range streams {
			found := make(map[string]bool)
			for _, v := range views(stream, string(text)) {
				for form, kind := range forms {
					if !found[kind] && strings.Contains(v.text, form) {
						found[kind] = true
						leaks = append(leaks, fmt.Sprintf("%s: %s of secret %d%s", stream, kind, i+1, v.decoding))
					}
				}
			}
		}
	}
	slices.Sort(leaks)
	return leaks
}

// MasksLead reports whether a standard output has all its masks before
// anything else.
func MasksLead(stdout []byte) bool {
	_, lead := cutMasks(string(stdout))
	return lead
}

// cutMasks returns a stream without its add-mask commands, and whether they
// come before anything else.
func cutMasks(stream string) (rest string, lead bool) {
	var others []string
	lead = true
	for line := range lines(stream) {
		if strings.HasPrefix(line, "::add-mask::") {
			lead = lead && len(others) == 0
			continue
		}
		others = append(others, line)
	}
	return strings.Join(others, "\n"), lead
}

var (
	percentCode   = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)
	backslashCode = regexp.MustCompile(`\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|.)`)
)

// A view is a text, in lower case, as one of its readers sees it.
type view struct{ decoding, text string }

// views returns a stream without its masks: first as it stands, then as it is
// decoded.
func views(stream, text string) []view {
	if stream == Stdout {
		text, _ = cutMasks(text)
	}
	fromURL := percentCode.ReplaceAllStringFunc(strings.ReplaceAll(text, "+", " "), func(code string) string {
		decoded, _ := url.PathUnescape(code) // the pattern saw to it
		return decoded
	})
	fromQuotes := backslashCode.ReplaceAllStringFunc(text, func(code string) string {
		decoded, err := strconv.Unquote(`"` + code + `"`)
		if err != nil { // \/ and \', for example
			return code[1:]
		}
		return decoded
	})
	out := []view{
		{"", text},
		{" after URL decoding", fromURL},
		{" after entity decoding", html.UnescapeString(text)},
		{" after JSON or Go decoding", fromQuotes},
	}
	for i := range out {
		out[i].text = strings.ToLower(out[i].text)
	}
	return out
}

// forms returns the shapes in which a secret must be nowhere, in lower case,
// each with its name. What is too short to mean anything is left out.
func forms(secret string) map[string]string {
	out := make(map[string]string)
	add := func(kind, form string, atLeast int) {
		if form != "" && len(form) >= atLeast {
			out[strings.ToLower(form)] = kind
		}
	}
	for _, part := range runs(secret, minRun) {
		reversed := []rune(part)
		slices.Reverse(reversed)
		add("hex", hex.EncodeToString([]byte(part)), minRun)
		for offset := range 3 {
			add("base64", core(base64.RawStdEncoding, offset, part), minRun)
			add("base64url", core(base64.RawURLEncoding, offset, part), minRun)
		}
		add("reverse", string(reversed), minRun)
		add("text", part, 0)
	}
	sum := sha256.Sum256([]byte(secret))
	digits := hex.EncodeToString(sum[:])
	if len([]rune(secret)) >= minFingerprinted {
		digits = digits[1:] // so that no run of it is the fingerprint, and each longer one has a run of it
	}
	for _, digest := range []string{digits, base64.StdEncoding.EncodeToString(sum[:]), base64.URLEncoding.EncodeToString(sum[:])} {
		for _, part := range runs(digest, minDigest) {
			if secret != "" {
				add("SHA-256", part, minDigest)
			}
		}
	}
	return out
}

// runs returns every run of n characters of a text, or all of a shorter one.
func runs(text string, n int) []string {
	characters := []rune(text)
	out := []string{string(characters[:min(n, len(characters))])}
	for i := n + 1; i <= len(characters); i++ {
		out = append(out, string(characters[i-n:i]))
	}
	return out
}

// core returns those characters of a base64 text that tell of part alone,
// where offset bytes of others, modulo 3, stand before it.
func core(encoding *base64.Encoding, offset int, part string) string {
	encoded := encoding.EncodeToString([]byte(strings.Repeat("\x00", offset) + part))
	first, end := (offset*8+5)/6, (offset+len(part))*8/6
	return encoded[min(first, end):end]
}
