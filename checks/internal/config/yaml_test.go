package config_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/test/testkit"
)

// written are policy files with every style of YAML.
func written(t testing.TB) []string {
	t.Helper()
	files := []string{
		"keys:\n  - name: \"a b\"\n    env: 'FLEXY_A'\n    account: |\n      x\n       y\n\n      z\n    allowed-ips: [a, 'b', \"c\"]\n    state: >-\n      q\n      r\n\n      s\n",
		"keys: [{name: a, env: \"x\\ty\", account: 'it''s'}, {name: b, env: c}]\n",
		"# c\n---\nkeys:\n- name: a b\n  c\n  env: \"a\n   b\\\n   c\"\n  warn-on:\n  - a\n  - 'b'\n...\n",
		"%YAML 1.2\n---\nkeys:\n  -\n    name: a\n    ? env\n    : b\n  - {name: x,\n     env: y, # z\n     warn-on: [a,\n  b]}\n",
	}
	for _, pattern := range []string{"*.yml", "bad/*.yml"} {
		for _, text := range policyFiles(t, pattern) {
			files = append(files, text)
		}
	}
	return files
}

// pieces are what YAML gives a meaning to, and what people do not see.
var pieces = strings.Split("0|\n0|\n |\n  |\n    |\n      | |\t|#| #|:|: |-|- |? |[|]|{|}|, |,|'|\"|\\|\\\n|>|>-|>2|&a|*a|!|! |%|@|`|~|null|name: |env: |a|\r\n|\r|---\n|...\n|--- |"+
	"\n\n|\n\t|''|\n# x\n|  # y\n|\\u0041|+|2|=|<<: |\u00a0|\u0085|\u2028|\ufeff", "|")

// spliced returns text with some edits, of three bytes each: where, which piece, and
// how much it replaces.
func spliced(text string, edits []byte) string {
	for ; len(edits) >= 3; edits = edits[3:] {
		at := int(edits[0]) * len(text) / 256
		end := min(at+int(edits[2])%6*(int(edits[2])%3/2), len(text))
		text = text[:at] + append(pieces, "|", "|\n", "|2-\n")[int(edits[1])%(len(pieces)+3)] + text[end:]
	}
	return text
}

// expectReadAlike checks that what the program reads in a file is what YAML 1.2 reads
// in it, or the file is refused. It reports whether it was read.
func expectReadAlike(t *testing.T, text string) (ok bool) {
	t.Helper()
	got, mistakes := config.ReadPolicyFile(text)
	refused := len(mistakes) > 0
	if refused && mistakes[0].Message != "a line of a value that is not indented" { // where only one of the two is strict
		return false
	}
	want, err := modelPolicy(text)
	if diff := cmp.Diff(want, got); refused != (err != nil) || !refused && diff != "" {
		t.Errorf("%q: %v, %v\n(-YAML 1.2 +program)\n%s", text, err, mistakes, diff)
	}
	return !refused
}

func FuzzPolicyReaders(f *testing.F) {
	for _, text := range written(f) {
		f.Add(text, []byte("a:c"))
	}
	f.Fuzz(func(t *testing.T, text string, edits []byte) { expectReadAlike(t, spliced(text, edits)) })
}

func TestPolicyReaders(t *testing.T) {
	t.Parallel()
	files, random := written(t), rand.NewChaCha8([32]byte{})
	read := 0
	for i := range 5000 {
		edits := make([]byte, 3+3*(i%3))
		_, _ = random.Read(edits)
		if expectReadAlike(t, spliced(files[i%len(files)], edits)) {
			read++
		}
	}
	if read < 250 { // of 5,000: else nothing was compared
		t.Errorf("only %d files were read", read)
	}
}

// What a reader does not see, or does not take for a line break, must not be what the
// program reads: not even in a comment. Its line is GitHub's, which counts LF.
func TestPolicyAlphabet(t *testing.T) {
	t.Parallel()
	const text = "keys:\n  - name: a # one\n    env: FLEXY_A_KEY\n    environment: production # not\u00a7    type: any\n    account: \"x\u00a7y\" # \u00a7\n"
	for _, char := range []rune{
		0, 7, '\b', '\v', '\f', '\r', 0x1b, 0x7f, 0x80, 0x85, 0x9f, 0xad, 0x34f, 0x61c, 0x115f, 0x1160, 0x180e, 0x200b, 0x2028, 0x2029, 0x202a, 0x202e, 0x2060, 0x2066, 0x2069, 0x206f,
		0x3164, 0xe000, 0xfe00, 0xfe0d, 0xfeff, 0xffa0, 0xfff9, 0xfffe, 0x1d173, 0xe0001, 0xe0041, 0xe007f, 0xe0100, 0xf0000, 0x10ffff,
	} {
		for _, lineEnd := range []string{"\n", "\r\n"} {
			said := fmt.Sprintf("contains U+%04X, which is not shown or breaks the line unseen", char)
			got := strings.ReplaceAll(strings.ReplaceAll(text, "\u00a7", string(char)), "\n", lineEnd)
			expectPolicyMistakes(t, got, nil, "4:34: "+said, "5:16: "+said)
			expectPolicyMistakes(t, "\ufeff# "+string(char)+" "+lineEnd+text, nil, "1:3: "+said)
			expectPolicyMistakes(t, text+"#"+string(char), nil, "6:2: "+said)
		}
	}
	// What Arabic, French and emoji need is fine in comments; values refuse it.
	for _, char := range []rune{0x200c, 0x200d, 0x200e, 0x200f, 0xfe0e, 0xfe0f, 0x1fae9} {
		got := strings.ReplaceAll(text, "# \u00a7", "# "+string(char))
		expectPolicyMistakes(t, strings.ReplaceAll(got, "\u00a7", ""), nil)
		said := fmt.Sprintf("5:14: account: contains U+%04X, which is not shown or breaks the line unseen", char)
		for _, value := range []string{`"x` + string(char) + `"`, "x" + string(char), "'" + string(char) + "'", "|\n      x" + string(char), fmt.Sprintf(`"\U%08x"`, char)} {
			_, mistakes := judgePolicy(t, entries("    account: "+value+"\n"), nil)
			testkit.Diff(t, []string{said}, mistakes)
		}
	}
	expectPolicyMistakes(t, "keys: # المتجر\u200c، ❤️ 👩‍🔧\t🇩🇿 «\u00a0clé\u00a0»\u202f! \u3000𝒜 e\u0301\n- name: a\t# x\n  env: FLEXY_A_KEY\n  type: any\n", nil)
	// In quotes, YAML can write any character.
	expectPolicyMistakes(t, entries(`    account: "\u202e\e"`), nil, "5:14: account: contains U+202E, which is not shown or breaks the line unseen")
	expectPolicyMistakes(t, entries(`    account: "a\0"`), nil, "5:14: account: contains U+0000, which is not shown or breaks the line unseen")
}
