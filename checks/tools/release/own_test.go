package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/test/testkit"
)

// ownedBy returns a directory with the files of this repository that name an
// account, after own has written another into them.
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

// tracked returns the files that git knows, or will.
func tracked(t *testing.T) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "git", "-C", root, "ls-files", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		skip(t, "this is not a checkout: "+err.Error())
	}
	return slices.DeleteFunc(strings.Fields(string(out)), func(name string) bool {
		_, err := os.Stat(filepath.Join(root, name))
		return err != nil // deleted but not committed
	})
}

// An address of this project, wherever people may paste it. The first group is
// the account.
var address = regexp.MustCompile(`(?:uses: "?|ghcr\.io/|github\.com/|githubusercontent\.com/|--repo[ =]'?|repo='?|DefaultAction = ")([^\s/"'` + "`" + `]+)/flexy-key-check`)

// No address names an account other than the owner or, before there is one, a
// name that an account can have.
func TestAddresses(t *testing.T) {
	t.Parallel()
	want, err := owner(root)
	testkit.NoError(t, err)
	found := 0
	for _, name := range tracked(t) {
		if strings.HasPrefix(name, "checks/tools/release/") {
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
	testkit.NoError(t, owned(dir, "octo-org/flexy-key-check"))
	monalisa := strings.Repeat("m", 39) // the longest name there can be
	// The second time nothing changes, and another account replaces the first.
	if changed, err := own(dir, "Octo-Org"); err != nil || len(changed) > 0 {
		t.Errorf("changed %q, %v", changed, err)
	}
	if changed, err := own(dir, monalisa); err != nil || len(changed) < 10 {
		t.Errorf("changed only %q, %v", changed, err)
	}
	err := owned(dir, monalisa+"/flexy-key-check")
	if err == nil {
		err = eachFile(dir, func(name, text string) error {
			if strings.Contains(strings.ToLower(text), "octo-org") {
				t.Errorf("%s still has the first account", name)
			}
			return nil
		})
	}
	if err != nil {
		t.Error(err)
	}
}

func TestOwnRefuses(t *testing.T) {
	t.Parallel()
	for _, account := range []string{"", placeholder, "-a", "a-", "a--b", "a b", "a/b", "a.b", "a_b", "a\n", "é", strings.Repeat("a", 40)} {
		if changed, err := own(root, account); err == nil || changed != nil {
			t.Errorf("accepted %q: %v, %v", account, changed, err)
		}
	}
	if _, err := own(t.TempDir(), "octo-org"); err == nil {
		t.Error("accepted a directory that is not this repository")
	}
	dir := ownedBy(t, "octo-org")
	refuses := func(repository, why string) {
		t.Helper()
		if err := owned(dir, repository); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: got %v, want %q", repository, err, why)
		}
	}
	refuses("an-other/flexy-key-check", "go run ./checks/tools/release own an-other")
	refuses("octo-org/key-check", "called flexy-key-check")
	copyTree(t, writeFile(t, "uses: "+placeholder+"/flexy-key-check@v1\n"), filepath.Join(dir, "LATER.md"))
	refuses("octo-org/flexy-key-check", "LATER.md")
}
