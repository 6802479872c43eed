package testkit

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// An Entry is a line of testdata/contract.txt, the only handwritten list of what
// users rely on.
type Entry struct{ Name, Rest string }

// Entries returns a section of the contract: inputs, outputs, checks, verdicts
// or formats.
// It panics if the section is missing.
func Entries(section string) []Entry {
	text, err := os.ReadFile(filepath.Join(root(), "testdata", "contract.txt"))
	if err != nil {
		panic(err)
	}
	var entries []Entry
	_, rest, _ := strings.Cut(string(text), "\n"+section+"\n")
	for line := range strings.Lines(rest) {
		if line = strings.TrimSpace(line); line == "" {
			break
		}
		name, rest, _ := strings.Cut(line, " ")
		entries = append(entries, Entry{name, rest})
	}
	if len(entries) == 0 {
		panic("the contract has no " + section)
	}
	return entries
}

// Says requires that a document says each of some sentences, whose numbers come from
// the code.
func Says(t testing.TB, name string, sentences ...string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(), filepath.FromSlash(name)))
	NoError(t, err)
	for _, sentence := range sentences {
		if !strings.Contains(string(text), sentence) {
			t.Errorf("%s does not say %q", name, sentence)
		}
	}
}

// Number returns a small number in words.
func Number(n int) string {
	return []string{"none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"}[n]
}

// root returns the root directory of the module that is being tested.
func root() string {
	dir, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			panic("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}

// Names returns the names of a section, in order.
func Names(section string) []string {
	var names []string
	for _, e := range Entries(section) {
		names = append(names, e.Name)
	}
	return names
}

// OfOneKey returns the outputs that are empty for several keys.
func OfOneKey() []string {
	var names []string
	for _, e := range Entries("outputs") {
		if e.Rest == "one" {
			names = append(names, e.Name)
		}
	}
	return names
}

// Codes returns the exit codes that each verdict can have, the usual one first.
func Codes() map[string][]int {
	codes := map[string][]int{}
	for _, e := range Entries("verdicts") {
		for text := range strings.FieldsSeq(e.Rest) {
			code, err := strconv.Atoi(text)
			if err != nil {
				panic(err)
			}
			codes[e.Name] = append(codes[e.Name], code)
		}
	}
	return codes
}
