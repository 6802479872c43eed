package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// ownedBy returns a folder with the files of this repository that git knows, or
// will, and that name an account, after own has written one into them.
func ownedBy(t *testing.T, account string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range tracked(t) {
		if strings.Contains(text(t, filepath.Join(root, name)), "/"+project) {
			copyTree(t, filepath.Join(root, name), filepath.Join(dir, name))
		}
	}
	if _, err := own(dir, account); err != nil {
		t.Fatal(err)
	}
	return dir
}

func tracked(t *testing.T) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "git", "-C", root, "ls-files", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		t.Skipf("this is no checkout: %v", err)
	}
	return slices.DeleteFunc(strings.Fields(string(out)), func(name string) bool {
		_, err := os.Stat(filepath.Join(root, name))
		return err != nil // deleted, and not committed yet
	})
}

// An address of this project, wherever it may be pasted: the first group is the
// account.
var address = regexp.MustCompile(`(?:uses: "?|ghcr\.io/|github\.com/|githubusercontent\.com/|--repo[ =]'?|repo='?|DefaultAction = ")([^\s/"'` + "`" + `]+)/flexy-key-check`)

// No address is of an account that somebody could have, before there is an
// owner, or of another than the owner after.
func TestAddresses(t *testing.T) {
	t.Parallel()
	want, err := owner(root)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range tracked(t) {
		if strings.HasPrefix(name, "checks/release/") {
			continue
		}
		for _, match := range address.FindAllStringSubmatch(text(t, filepath.Join(root, name)), -1) {
			found++
			if account := match[1]; accountForm.MatchString(account) && !strings.EqualFold(account, want) {
				t.Errorf("%s: %s is not %s", name, match[0], want)
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d addresses found", found)
	}
}

func TestOwn(t *testing.T) {
	t.Parallel()
	dir := ownedBy(t, "Octo-Org")
	if err := owned(dir, "octo-org/flexy-key-check"); err != nil {
		t.Error(err)
	}
	for file, want := range map[string]string{
		"README.md": "uses: Octo-Org/flexy-key-check@v1\n", ownerFile: `"Octo-Org/flexy-key-check@v1"`,
		"testdata/policy/keys.yml": "githubusercontent.com/Octo-Org/flexy-key-check/v1/", ".github/SECURITY.md": "ghcr.io/octo-org/flexy-key-check",
	} {
		if got := text(t, filepath.Join(dir, file)); !strings.Contains(got, want) || strings.Contains(got, placeholder) {
			t.Errorf("%s lacks %q, or has a placeholder", file, want)
		}
	}

	// A second time it changes nothing, and another account takes the place of the first.
	changed, err := own(dir, "Octo-Org")
	if err != nil || len(changed) > 0 {
		t.Errorf("changed %q, %v", changed, err)
	}
	if changed, err = own(dir, "monalisa"); err != nil || len(changed) < 10 {
		t.Errorf("changed only %q, %v", changed, err)
	}
	if err := owned(dir, "monalisa/flexy-key-check"); err != nil {
		t.Error(err)
	}
	if err := eachFile(dir, func(name, text string) error {
		if strings.Contains(strings.ToLower(text), "octo-org") {
			t.Errorf("%s still has the first account", name)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

func TestOwnRefuses(t *testing.T) {
	t.Parallel()
	for _, account := range []string{
		"", placeholder, "-a", "a-", "a--b", "a b", "a/b", "a.b", "a_b", "a\n", "$(id)", "é", strings.Repeat("a", 40),
	} {
		if changed, err := own(root, account); err == nil || changed != nil {
			t.Errorf("took %q: %v, %v", account, changed, err)
		}
	}
	if _, err := own(t.TempDir(), "octo-org"); err == nil {
		t.Error("took a folder that is not this repository")
	}
}

func TestOwnedRefuses(t *testing.T) {
	t.Parallel()
	dir := ownedBy(t, "octo-org")
	for repository, why := range map[string]string{
		"an-other/flexy-key-check": "go run ./checks/release own an-other", "octo-org/key-check": "called flexy-key-check", "octo-org": "called flexy-key-check",
	} {
		if err := owned(dir, repository); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: got %v, want %q", repository, err, why)
		}
	}
	later := filepath.Join(dir, "LATER.md")
	if err := os.WriteFile(later, []byte("uses: "+placeholder+"/flexy-key-check@v1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := owned(dir, "octo-org/flexy-key-check")
	if err == nil || !strings.Contains(err.Error(), "LATER.md") {
		t.Errorf("got %v", err)
	}
}
