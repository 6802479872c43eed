package main

import (
	"archive/zip"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/github"
	"flexy-key-check/checks/internal/test/testkit"
)

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

// own runs .ci/own in a copy of this repository, or in a part of one.
func own(t *testing.T, dir, account string) (said string, err error) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "bash", dir+"/.ci/own", account).CombinedOutput()
	return string(out), err
}

// placeholder is the account in addresses until the project has an owner. It is
// written so that .ci/own leaves it as it is.
const placeholder = "<" + "owner>"

var (
	// An address of this project, wherever people may paste it. The first group is
	// the account.
	address = regexp.MustCompile(`(?:uses: "?|ghcr\.io/|github\.com/|githubusercontent\.com/|--repo[ =]'?|repo='?|DefaultAction = ")([^\s/"'` + "`" + `]+)/flexy-key-check`)

	// Letters, digits and single hyphens between them.
	accountForm = regexp.MustCompile(`^[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*$`)
)

// No address names an account other than the owner or, before there is one, a
// name that an account can have.
func TestAddresses(t *testing.T) {
	t.Parallel()
	want, _, _ := strings.Cut(github.DefaultAction, "/")
	found := 0
	for _, name := range tracked(t) {
		if strings.HasPrefix(name, ".ci/") || strings.HasPrefix(name, "testdata/golden/") || strings.HasSuffix(name, "_test.go") {
			continue // they name accounts of their own, and nobody pastes them
		}
		content := text(t, filepath.Join(root, name))
		if want != placeholder && strings.Contains(content, placeholder) {
			t.Errorf("%s has no owner: run .ci/own %s", name, want)
		}
		for _, match := range address.FindAllStringSubmatch(content, -1) {
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

// A checkout on Windows keeps the line ends, too.
func TestLineEnds(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "git", "-C", root, "ls-files", "--eol").Output()
	if err != nil {
		skip(t, "this is not a checkout: "+err.Error())
	}
	for line := range strings.Lines(string(out)) {
		if fields := strings.Fields(line); !slices.Contains([]string{"i/lf", "i/-text", "i/none"}, fields[0]) || fields[2]+" "+fields[3] != "attr/text=auto eol=lf" {
			t.Error(line)
		}
	}
}

func TestOwnRefuses(t *testing.T) {
	t.Parallel()
	need(t, "bash", "perl")
	dir := t.TempDir()
	copyTree(t, root+"/.ci/own", dir+"/.ci/own")
	for _, account := range []string{"", placeholder, "-a", "a-", "a--b", "a b", "a/b", "a.b", "a_b", "a\n", "é", strings.Repeat("a", 40)} {
		if said, err := own(t, dir, account); err == nil || !strings.Contains(said, "expected the name of an account") {
			t.Errorf("accepted %q: %s", account, said)
		}
	}
	if said, err := own(t, dir, "octo-org"); err == nil {
		t.Errorf("accepted a folder that is not this repository: %s", said)
	}
}

// With an owner the repository is whole: everything builds, the tests pass that look
// at addresses and packages, and go install finds the program.
func TestOwn(t *testing.T) {
	t.Parallel()
	slow(t, "it builds everything under another path", "bash", "git", "perl")
	dir := t.TempDir()
	for _, name := range tracked(t) {
		copyTree(t, filepath.Join(root, name), filepath.Join(dir, name))
	}
	in := func(name string, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "CI=", "GOPROXY=off", "GOFLAGS=-mod=readonly")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	in("git", "init", "--quiet")
	was := func() string { in("git", "add", "--all"); return in("git", "write-tree") }
	// The second time nothing changes, and another account replaces the first.
	for _, account := range []string{strings.Repeat("m", 39), "Top-Ups"} {
		var trees []string
		for range 2 {
			if said, err := own(t, dir, account); err != nil {
				t.Fatalf("%v: %s", err, said)
			}
			trees = append(trees, was())
		}
		if trees[0] != trees[1] {
			t.Errorf("%s: the second time something changes", account)
		}
	}
	if left := in("bash", "-c", `grep -rlIE --exclude-dir=.git -e 'm{39}' -e '[<]owner>' . || true`); left != "" {
		t.Errorf("left over in:\n%s", left)
	}
	testkit.NoError(t, owned(dir, "Top-Ups/flexy-key-check", "v1.0.0"))
	in("go", "vet", "./...")
	in("go", "-C", "checks/tools/kubernetes", "vet", "./...")
	in("go", "test", "-run", "Docs|Security|Links|Text|Golden|Body|Addresses|Plan|Pin|Workflow|Contributing",
		"./checks", "./checks/app", "./checks/internal/report", "./checks/internal/github", "./checks/tools/release")
	got := install(t, dir, "github.com/Top-Ups/flexy-key-check", "v1.2.3")
	if want := "flexy-key-check 1.2.3\n"; got != want {
		t.Errorf("the installed program says %q, want %q", got, want)
	}
}

// install publishes a module in a proxy on disk, installs its program from there and
// returns what it says of its version.
func install(t *testing.T, dir, module, version string) string {
	t.Helper()
	proxy, home := t.TempDir(), t.TempDir()
	capital := regexp.MustCompile(`[A-Z]`) // which file systems may not tell from small letters
	escaped := capital.ReplaceAllStringFunc(module, func(letter string) string { return "!" + strings.ToLower(letter) })
	published := filepath.Join(proxy, escaped, "@v", version)
	testkit.NoError(t, os.MkdirAll(filepath.Dir(published), 0o755))
	info, err := json.Marshal(map[string]string{"Version": version})
	testkit.NoError(t, err)
	testkit.NoError(t, os.WriteFile(published+".info", info, 0o600))
	copyTree(t, filepath.Join(dir, "go.mod"), published+".mod")
	testkit.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(published), "list"), []byte(version+"\n"), 0o600))

	archive, err := os.Create(published + ".zip")
	testkit.NoError(t, err)
	w := zip.NewWriter(archive)
	var others []string // modules of their own
	for _, name := range tracked(t) {
		if other, ok := strings.CutSuffix(name, "/go.mod"); ok {
			others = append(others, other+"/")
		}
	}
	for _, name := range tracked(t) {
		if slices.ContainsFunc(others, func(other string) bool { return strings.HasPrefix(name, other) }) {
			continue
		}
		file, err := w.Create(module + "@" + version + "/" + name)
		testkit.NoError(t, err)
		file.Write([]byte(text(t, filepath.Join(dir, name))))
	}
	testkit.NoError(t, w.Close())
	testkit.NoError(t, archive.Close())

	cache, err := exec.CommandContext(t.Context(), "go", "env", "GOMODCACHE").Output()
	testkit.NoError(t, err)
	downloads := strings.TrimSpace(string(cache)) + "/cache/download"
	cmd := exec.CommandContext(t.Context(), "go", "install", module+"@"+version)
	cmd.Dir = home
	cmd.Env = append(os.Environ(), "GOPROXY=file://"+proxy+",file://"+downloads, "GOSUMDB=off", "GONOPROXY=", "GOFLAGS=-modcacherw",
		"GOMODCACHE="+filepath.Join(home, "modules"), "GOBIN="+home)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go install: %v\n%s", err, out)
	}
	cmd = exec.CommandContext(t.Context(), filepath.Join(home, "flexy-key-check"), "--version")
	cmd.Env = []string{}
	out, err = cmd.Output()
	testkit.NoError(t, err)
	return string(out)
}
