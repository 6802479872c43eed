package checks_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/test/testkit"
)

// mathematical matches the words of another vocabulary than what people are shown:
// a check passes, fails, warns or was not checked.
var mathematical = regexp.MustCompile(`(?i)\bassert(s|ed|ions?)?\b|\bjudged\b|\b(checks?|expectations?) (holds?|held)\b|\b1 (checks|keys|warnings|days)\b|\b(0|[2-9]|\d\d+) (check|key|warning|day)\b|\bof 1 (checks|keys)\b`)

// One thing has one name, in all that is shown: what the program prints, which is
// in the golden files and messages.txt, action.yml, the schema and the documents.
func TestVocabulary(t *testing.T) {
	t.Parallel()
	files := []string{"action.yml", "checks/policy.schema.json", "checks/internal/github/runbook.md"}
	for name := range documents {
		files = append(files, name)
	}
	for _, dir := range []string{"testdata", "checks/internal/github/testdata", ".github/actions"} {
		testkit.NoError(t, fs.WalkDir(os.DirFS(top), dir, func(file string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && !strings.HasPrefix(file, "testdata/contract") {
				files = append(files, file)
			}
			return err
		}))
	}
	for _, file := range files {
		for i, line := range strings.Split(readDocument(t, filepath.ToSlash(file)), "\n") {
			if found := mathematical.FindString(line); found != "" {
				t.Errorf("%s:%d: %q in %.200q", file, i+1, found, line)
			}
		}
	}
	if len(files) < 40 {
		t.Errorf("only %d files: are these all?", len(files))
	}
}
