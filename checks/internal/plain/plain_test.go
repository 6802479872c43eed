package plain_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"flexy-key-check/checks/internal/plain"
	"flexy-key-check/checks/internal/test/testkit"
)

// hostile are texts with what Text makes of them.
var hostile = []struct{ name, text, want string }{
	{"plain", "IP not allowed", "IP not allowed"},
	{"empty", "", ""},
	{"other languages", "clé cle\u0301 المفتاح 鍵 🔑", "clé cle\u0301 المفتاح 鍵 🔑"},
	{"command on the next line", "x\n::error::y", "x ::error::y"},
	{"command after a carriage return", "x\r::add-mask::y", "x ::add-mask::y"},
	{"command at the start", "::error::x", ": :error::x"},
	{"command after blanks", " \t\n\v\f::error::x", ": :error::x"},
	{"command after NBSP", "\u00a0::stop-commands::x", ": :stop-commands::x"},
	{"command after an ideographic space", "\u3000::error::x", ": :error::x"},
	{"command after a line separator", "x\u2028\u2029\u0085::error::y", "x ::error::y"},
	{"three colons", ":::error::x", ": ::error::x"},
	{"two colons alone", "::", ": :"},
	{"one colon", ":error a::b", ":error a::b"},
	{"command after a zero-width space", "\u200b::error::x", "\ufffd::error::x"},
	{"command after a byte order mark", "\ufeff::error::x", "\ufffd::error::x"},
	{"legacy command", "##[error]x", "# #[error]x"},
	{"legacy command inside", "x ##[add-mask]y ##[error]z", "x # #[add-mask]y # #[error]z"},
	{"legacy command with more signs", "####[error]x", "### #[error]x"},
	{"legacy command made of two", "##[##[error]x", "# #[# #[error]x"},
	{"legacy command split by a control", "##\x00[error]x", "##\ufffd[error]x"},
	{"legacy command split by a line break", "##\n[error]x", "## [error]x"},
	{"not a legacy command", "#[x] ## [y] ##(z)", "#[x] ## [y] ##(z)"},
	{"ANSI escapes", "\x1b[31mred\x1b[0m\x9b2J", "\ufffd[31mred\ufffd[0m\ufffd2J"},
	{"C1 controls", "a\u009b2Jb", "a\ufffd2Jb"},
	{"bidi", "abc\u202egnp.\u2066x\u2069\u200f", "abc\ufffdgnp.\ufffdx\ufffd\ufffd"},
	{"zero width", "a\u200b\u200c\u200d\u2060\ufeff\u00adb", "a\ufffd\ufffd\ufffd\ufffd\ufffd\ufffdb"},
	{"invisible letters", "a\u115f\u1160\u3164\uffa0\u034fb", "a\ufffd\ufffd\ufffd\ufffd\ufffdb"},
	{"variation selectors", "a\ufe0f\U000e0100\u180bb", "a\ufffd\ufffd\ufffdb"},
	{"language tags", "a\U000e0041\U000e007fb", "a\ufffd\ufffdb"},
	{"private and unassigned", "\ue000\u0378\ufdd0\U0010ffff", "\ufffd\ufffd\ufffd\ufffd"},
	{"NUL, backspace, bell", "a\x00\b\ab\x7f", "a\ufffd\ufffd\ufffdb\ufffd"},
	{"broken bytes", "a\xff\xc3b\xe2\x80", "a\ufffd\ufffdb\ufffd\ufffd"},
	{"surrogate in bytes", "\xed\xa0\x80", "\ufffd\ufffd\ufffd"},
	{"white space around and inside", "\n\t x \t\r\n\u00a0 y \r\n", "x y"},
	{"only white space", " \n\t", ""},
	{"Markdown and HTML", "|`<b>[x](y)![i](j)", "|`<b>[x](y)![i](j)"},
}

func TestText(t *testing.T) {
	t.Parallel()
	for _, tc := range hostile {
		testkit.Diff(t, []string{tc.name, tc.want, tc.want}, []string{tc.name, plain.Text(tc.text), plain.Line(tc.text)})
	}
}

// cuts are texts with what Line makes of them.
var cuts = []struct{ name, text, want string }{
	{"200 characters", long[:400], long[:400]},
	{"201 characters", long[:402], long[:398] + "…"},
	{"5,000 characters", long, long[:398] + "…"},
	{"broken bytes count one each", strings.Repeat("\xff", 201), strings.Repeat("\ufffd", 199) + "…"},
	{"longer after cleaning", strings.Repeat("##[", 66), strings.Repeat("# #[", 49) + "# #…"},
	{"shorter after cleaning", "a" + strings.Repeat(" ", 700) + "b", "a b"},
	{"more than 800 characters", "a" + strings.Repeat(" ", 800) + "b", "a …"},
	{"command where it is cut", strings.Repeat("x", 197) + "##[error]", strings.Repeat("x", 197) + "# …"},
	{"10 MB", strings.Repeat("0123456789", 1<<20), strings.Repeat("0123456789", 20)[:199] + "…"},
}

var long = strings.Repeat("é", 5000)

func TestLine(t *testing.T) {
	t.Parallel()
	for _, tc := range cuts {
		testkit.Diff(t, []string{tc.name, tc.want}, []string{tc.name, plain.Line(tc.text)})
	}
	testkit.Diff(t, long, plain.Text(long)) // it does not cut
}

func TestToken(t *testing.T) {
	t.Parallel()
	longest := strings.Repeat("x", 64)
	for _, good := range []string{"a", "READ-WRITE", "req_1234567890_abc123", "a.b:c-d_e", "0", "::", longest} {
		testkit.Diff(t, good, plain.Token(good))
	}
	for _, bad := range []string{"", longest + "x", "a\n", "\na", "é", "a\xff", "a\u200bb"} {
		testkit.Diff(t, "", plain.Token(bad))
	}
	for _, c := range "\x00\t !\"#$%&'()*+,/;<=>?@[\\]^`{|}~\x7f" {
		testkit.Diff(t, "", plain.Token("a"+string(c)+"b"))
	}
}

// expectHarmless fails a test if a text does not become what the package promises.
func expectHarmless(t *testing.T, text string) {
	t.Helper()
	line, whole := plain.Line(text), plain.Text(text)
	for _, out := range []string{line, whole} {
		if !utf8.ValidString(out) || strings.ContainsFunc(out, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%q becomes %q, which is not printable", text, out)
		}
		if strings.ContainsAny(out, "\r\n") || strings.TrimSpace(out) != out || strings.Contains(out, "  ") {
			t.Errorf("%q becomes %q, which is not one line in single spaces", text, out)
		}
		if strings.Contains(out, "##[") || strings.HasPrefix(out, "::") {
			t.Errorf("%q becomes %q, which is a command", text, out)
		}
	}
	if n := utf8.RuneCountInString(line); n > plain.MaxLine {
		t.Errorf("Line(%q) has %d characters", text, n)
	}
	if again := plain.Line(line); again != line {
		t.Errorf("Line(%q) = %q, and again %q", text, line, again)
	}
	if again := plain.Text(whole); again != whole {
		t.Errorf("Text(%q) = %q, and again %q", text, whole, again)
	}
	if n := utf8.RuneCountInString(text); n <= plain.MaxLine && utf8.RuneCountInString(whole) <= plain.MaxLine && line != whole {
		t.Errorf("%q has %d characters, but Line gives %q, Text %q", text, n, line, whole)
	}
	if token := plain.Token(text); token != "" && token != text {
		t.Errorf("Token(%q) = %q", text, token)
	}
}

func FuzzLine(f *testing.F) {
	for _, tc := range hostile {
		f.Add(tc.text)
		f.Add(strings.Repeat("x", plain.MaxLine-2) + tc.text)
	}
	for _, tc := range cuts[:len(cuts)-1] { // all but the 10 MB
		f.Add(tc.text)
	}
	f.Add(strings.Repeat(" \u200b::", 100))
	f.Fuzz(expectHarmless)
}
