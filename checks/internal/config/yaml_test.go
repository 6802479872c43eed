package config_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks/internal/config"
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
	got, ok := config.ReadPolicyFile(text)
	if !ok {
		return false
	}
	want, err := modelPolicy(text)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%q: %v\n(-YAML 1.2 +program)\n%s", text, err, diff)
	}
	return true
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
