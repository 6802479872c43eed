package main

import (
	"fmt"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/test/testkit"
)

func TestPlan(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, version, major, previous string
		latest                         bool
		existing                       []string
	}{
		{"first", "v1.0.0", "v1", "", true, nil},
		{"next", "v1.0.1", "v1", "v1.0.0", true, []string{"v1", "v1.0.0"}},
		{"10 after 9", "v1.10.0", "v1", "v1.9.0", true, []string{"v1", "v1.9.0", "v1.2.0"}},
		{"next major", "v2.0.0", "v2", "", true, []string{"v1", "v1.9.0"}},
		{"older major", "v1.9.1", "v1", "v1.9.0", false, []string{"v1", "v1.9.0", "v2", "v2.0.0"}},
		{"older major, newest first", "v1.9.1", "v1", "v1.9.0", false, []string{"v2.0.0", "v1.9.0", "v2", "v1"}},
		{"before 1", "v0.1.0", "v0", "", true, nil},
		{"other names", "v1.0.0", "v1", "", true, []string{"v1.5.0-rc.1", "v1.x", "vendor", "1.5.0"}},
	} {
		got, err := plan(tt.version, "Octo-Org/Flexy-Key-Check", tt.existing)
		want := fmt.Sprintf("version=%s\nnumber=%s\nmajor=%s\nprevious=%s\nlatest=%t\nimage=ghcr.io/octo-org/flexy-key-check\n",
			tt.version, tt.version[1:], tt.major, tt.previous, tt.latest)
		if err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", tt.name, got, err, want)
		}
	}
}

// repositoryOf returns a folder with what names the owner of a repository.
func repositoryOf(t *testing.T, action, module string) string {
	t.Helper()
	dir := t.TempDir()
	testkit.NoError(t, writeFiles(dir, map[string]string{"go.mod": "module " + module + "\n\ngo 1.26.0\n"}))
	testkit.NoError(t, writeFiles(dir+"/checks/internal/github", map[string]string{"reminder.go": "package github\n\nconst DefaultAction = \"" + action + "\"\n"}))
	return dir
}

// ownedBy returns such a folder of an account's.
func ownedBy(t *testing.T, account string) string {
	t.Helper()
	return repositoryOf(t, account+"/flexy-key-check@v1", "github.com/"+account+"/flexy-key-check")
}

func TestOwned(t *testing.T) {
	t.Parallel()
	const ours, module = "octo-org/flexy-key-check", "github.com/octo-org/flexy-key-check"
	second := repositoryOf(t, ours+"@v2", module+"/v2")
	testkit.NoError(t, owned(ownedBy(t, "Octo-Org"), "octo-org/Flexy-Key-Check", "v1.0.0"))
	testkit.NoError(t, owned(ownedBy(t, "octo-org"), ours, "v0.0.1"))
	testkit.NoError(t, owned(second, ours, "v2.10.0"))
	for _, tt := range []struct{ why, dir, repository, version string }{
		{"expected a repository called flexy-key-check", ownedBy(t, "octo-org"), "octo-org/key-check", "v1.0.0"},
		{".ci/own an-other", ownedBy(t, "octo-org"), "an-other/flexy-key-check", "v1.0.0"},
		{"reminder.go", repositoryOf(t, placeholder+"/flexy-key-check@v1", module), ours, "v1.0.0"},
		{"go.mod", repositoryOf(t, ours+"@v1", "flexy-key-check"), ours, "v1.0.0"},
		{"no such file", t.TempDir(), ours, "v1.0.0"},
		{module + "/v2 in go.mod", repositoryOf(t, ours+"@v2", module), ours, "v2.0.0"},
		{ours + `@v2" in checks/internal/github/reminder.go`, repositoryOf(t, ours+"@v1", module+"/v2"), ours, "v2.0.0"},
		{"@v1", repositoryOf(t, ours+"@v2", module), ours, "v1.9.1"},
		{module + " in go.mod", repositoryOf(t, ours+"@v1", module+"/v2"), ours, "v1.9.1"},
		{"v3", second, ours, "v3.0.0"},
	} {
		if err := owned(tt.dir, tt.repository, tt.version); err == nil || !strings.Contains(err.Error(), tt.why) {
			t.Errorf("got %v, want %q", err, tt.why)
		}
	}
}

func TestPlanRefuses(t *testing.T) {
	t.Parallel()
	refuses := func(version, repository string) {
		t.Helper()
		if got, err := plan(version, repository, []string{"v1", "v1.2.3"}); err == nil {
			t.Errorf("accepted %q of %q: %q", version, repository, got)
		}
	}
	for _, version := range []string{
		"", "v1", "v1.2", "1.2.4", "V1.2.4", "v1.2.4.5", "v01.2.4", "v1.02.4", "v1.2.04", "v1.2.4-rc.1",
		"v1.2.4+build", " v1.2.4", "v1.2.4\nmajor=v9", "v1.2.x", "v1.2.9999999", "v1.2.4;id",
		"v1.2.3",           // exists
		"v1.2.2", "v1.0.9", // older
	} {
		refuses(version, "owner/name")
	}
	for _, repository := range []string{"", "owner/", "/name", "owner/name/more", "owner/name:tag", "owner/-name", "owner/name\n", "owner/na me"} {
		refuses("v1.3.0", repository)
	}
}
