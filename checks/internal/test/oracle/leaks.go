package oracle

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Stdout names the stream in which the runner reads masks.
const Stdout = "stdout"

const (
	minRun    = 8  // characters of a secret that give it away
	minDigest = 12 // characters that identify a digest

	minFingerprinted = 32 // characters from which a key has a fingerprint
)

// NoLeak fails a test if a stream gives a secret away. It shows no secret itself.
func NoLeak(t testing.TB, streams map[string][]byte, secrets ...string) {
	t.Helper()
	for stream, text := range streams {
		record(t, stream, text)
	}
	for _, leak := range Leaks(streams, secrets...) {
		t.Errorf("leak in %s", leak)
	}
}

// Leaks returns where streams give a secret away, as "<stream>: <form>", and
// " after <decoding>" if the form appears only then. A secret is given away by
//   - minRun consecutive characters, or all of a shorter one, in any case: raw,
//     reversed, in hex, as decimal bytes or in base64 at any offset, unquoted or in
//     URL, HTML, XML, JSON or Go quoting, compressed with gzip or not
//   - minDigest characters of its SHA-256, except the fingerprint of a long secret
//     without any further digit
//
// Only lines of Stdout that are a whole add-mask command are exempt.
func Leaks(streams map[string][]byte, secrets ...string) []string {
	var leaks []string
	seen := make(map[string][]view)
	for stream, text := range streams {
		seen[stream] = views(stream, string(text))
	}
	for i, s := range secrets {
		forms := forms(s)
		for stream, views := range seen {
			found := make(map[string]bool)
			for _, v := range views {
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

// MasksLead reports whether all masks of a standard output precede everything else.
func MasksLead(stdout []byte) bool {
	_, lead := cutMasks(string(stdout))
	return lead
}

// cutMasks returns a stream without its add-mask commands, and whether they precede
// everything else.
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

	// As fmt prints a []byte. Numbers of other bases are in hex elsewhere.
	hexBytes     = regexp.MustCompile(`(?:\b(?:0[xX])?[0-9A-Fa-f]{2}\b[ ,:-]*){8,}`)
	decimalBytes = regexp.MustCompile(`(?:\b[0-9]{1,3}\b[ ,]*){8,}`)
	number       = regexp.MustCompile(`(?:0[xX])?([0-9A-Fa-f]+)`)

	gzipInBase64 = regexp.MustCompile(`H4sI[0-9A-Za-z+/_-]+`) // how a gzip header begins
)

const gzipHeader = "\x1f\x8b\x08"

// fromNumbers replaces lists of bytes in a base by the text that they are.
func fromNumbers(text string, list *regexp.Regexp, base int) string {
	return list.ReplaceAllStringFunc(text, func(numbers string) string {
		var decoded []byte
		for _, match := range number.FindAllStringSubmatch(numbers, -1) {
			n, _ := strconv.ParseUint(match[1], base, 8)
			decoded = append(decoded, byte(n))
		}
		return string(decoded) + " "
	})
}

// unpacked returns what is compressed with gzip in a text, raw or in base64.
func unpacked(text string) string {
	var out strings.Builder
	unpack := func(packed string) {
		if r, err := gzip.NewReader(strings.NewReader(packed)); err == nil {
			_, _ = io.Copy(&out, io.LimitReader(r, 1<<20)) // as much as is valid
		}
	}
	for rest := text; ; {
		_, after, found := strings.Cut(rest, gzipHeader)
		if !found {
			break
		}
		unpack(gzipHeader + after)
		rest = after
	}
	for _, encoded := range gzipInBase64.FindAllString(text, -1) {
		encoded = strings.NewReplacer("-", "+", "_", "/").Replace(encoded)
		packed, _ := base64.RawStdEncoding.DecodeString(encoded) // as much as is valid
		unpack(string(packed))
	}
	return out.String()
}

// A view is a text in lower case, as it reads after a decoding.
type view struct{ decoding, text string }

// views returns a stream without its masks, first as it is, then decoded where that
// changes it.
func views(stream, text string) []view {
	if stream == Stdout {
		text, _ = cutMasks(text)
	}
	fromURL := percentCode.ReplaceAllStringFunc(strings.ReplaceAll(text, "+", " "), func(code string) string {
		decoded, _ := url.PathUnescape(code) // cannot fail: the pattern matched
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
		{" after hex decoding", fromNumbers(text, hexBytes, 16)},
		{" after decimal decoding", fromNumbers(text, decimalBytes, 10)},
		{" after unpacking", unpacked(text)},
	}
	for i := range out {
		out[i].text = strings.ToLower(out[i].text)
	}
	plain := out[0].text
	return slices.DeleteFunc(out, func(v view) bool { return v.decoding != "" && (v.text == plain || v.text == "") })
}

// forms returns the forms in which a secret must not appear, in lower case, each
// with its name. It omits those that are too short to be evidence.
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
		digits = digits[1:] // so no run is the fingerprint, but any longer part contains one
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

// runs returns every run of n characters of a text, or a shorter text itself.
func runs(text string, n int) []string {
	characters := []rune(text)
	out := []string{string(characters[:min(n, len(characters))])}
	for i := n + 1; i <= len(characters); i++ {
		out = append(out, string(characters[i-n:i]))
	}
	return out
}

// core returns the characters of a base64 text that depend on part alone, if offset
// bytes, modulo 3, precede it.
func core(encoding *base64.Encoding, offset int, part string) string {
	encoded := encoding.EncodeToString([]byte(strings.Repeat("\x00", offset) + part))
	first, end := (offset*8+5)/6, (offset+len(part))*8/6
	return encoded[min(first, end):end]
}
