package checks_test

import (
	"io/fs"
	"os"
	"regexp"
	"testing"

	"flexy-key-check/checks/internal/test/testkit"
)

// shapes are those of keys that providers own. GitHub refuses a push with one, also
// of an invented one, and every commit that has one.
var shapes = regexp.MustCompile(`\b[rs]k_(?:live|test|prod)_\w{16,}` + // Stripe
	`|\bgh[opsur]_[A-Za-z0-9]{36}|\bgithub_pat_\w{60}` +
	`|\bglpat-[\w-]{20}` + // GitLab
	`|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b` + // AWS
	`|\bAIza[\w-]{35}` + // Google
	`|\bnpm_[A-Za-z0-9]{36}` +
	`|\bxox[a-z]-[\w-]{10}|hooks\.slack\.com/services/\w` +
	`|\bSG\.[\w-]{22}\.[\w-]{43}` + // SendGrid
	`|PRIVATE KEY-----(?:\s|\\n)*[A-Za-z0-9+/]{40}`)

// Test keys have shapes that nobody owns.
func TestNoProvidersKey(t *testing.T) {
	t.Parallel()
	files := 0
	testkit.NoError(t, fs.WalkDir(os.DirFS(top), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (name == ".git" || entry.Name() == "node_modules"):
			return fs.SkipDir
		case !entry.Type().IsRegular():
			return nil
		}
		files++
		for _, found := range shapes.FindAllString(readDocument(t, name), -1) {
			t.Errorf("%s: %.12s… has the shape of a provider's key", name, found)
		}
		return nil
	}))
	if files < 200 {
		t.Errorf("only %d files read", files)
	}
}
