package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/test/testkit"
)

const root = "../../.." // of the repository

func text(t *testing.T, file string) string {
	t.Helper()
	got, err := os.ReadFile(file)
	testkit.NoError(t, err)
	return string(got)
}

// slow skips a test that takes seconds, except in CI.
func slow(t *testing.T, why string, commands ...string) {
	t.Helper()
	if os.Getenv("CI") == "" {
		t.Skipf("skipped (.ci/run does it, and CI=true go test ./checks/tools/release): %s", why)
	}
	need(t, commands...)
}

// need skips a test that lacks a command.
func need(t *testing.T, commands ...string) {
	t.Helper()
	for _, command := range commands {
		if _, err := exec.LookPath(command); err != nil || runtime.GOOS == "windows" {
			skip(t, "it needs "+command+", and not Windows")
		}
	}
}

// skip skips a test that cannot run here. In CI, where no test may be skipped, it
// fails.
func skip(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("nothing may be skipped in CI: %s", why)
	}
	t.Skipf("skipped: %s", why)
}

// someSums returns checksums as build writes them.
func someSums() (sums string) {
	for i, platform := range platforms {
		sums += fmt.Sprintf("%064x  %s\n", i, binaryName(platform))
	}
	return sums
}

// One release, in the order of release.yml.
func TestRun(t *testing.T) {
	t.Parallel()
	call := func(in string, args ...string) string {
		t.Helper()
		var out strings.Builder
		testkit.NoError(t, run(t.Context(), args, strings.NewReader(in), &out))
		return out.String()
	}
	got := call("v1\nv1.0.0\n", "plan", "v1.1.0", "Octo-Org/flexy-key-check", ownedBy(t, "octo-org"))
	if want := "version=v1.1.0\nnumber=1.1.0\nmajor=v1\nprevious=v1.0.0\nlatest=true\nimage=ghcr.io/octo-org/flexy-key-check\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, action := range []string{root + "/action.yml", nativeAction} {
		sums := testkit.File(t, someSums())
		released := testkit.File(t, call("", "pin", image, "v1.1.0", sums, action))
		call("", "verify", image, "v1.1.0", sums, action, released)
	}
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	action, missing, dir := root+"/action.yml", filepath.Join(t.TempDir(), "none.yml"), ownedBy(t, "octo-org")
	native, sums := nativeAction, testkit.File(t, someSums())
	pinned, err := pin(text(t, action), image)
	testkit.NoError(t, err)
	longer := testkit.File(t, pinned+"  args: [--help]\n")
	for _, args := range [][]string{
		{}, {"no-such-command"}, {"plan"}, {"plan", "v1.0.0"}, {"pin", image, action},
		{"plan", "v1.0.0", "octo-org/flexy-key-check", dir}, // exists
		{"plan", "1.0.1", "octo-org/flexy-key-check", dir},
		{"plan", "v1.0.1", "an-other/flexy-key-check", dir},
		{"plan", "v1.0.1", "octo-org/flexy-key-check", t.TempDir()},
		{"pin", image, "v1.0.0", sums, missing}, {"pin", image, "v1.0.0", missing, native}, {"pin", "alpine", "v1.0.0", sums, action},
		{"pin", image, "v1.0", sums, native}, {"pin", image, "v1.0.0", action, native},
		{"verify", image, "v1.0.0", sums, missing, action}, {"verify", image, "v1.0.0", sums, action, missing},
		{"verify", image, "v1.0.0", sums, action, longer},
		{"verify", image, "v1.0.0", sums, action, action}, {"verify", image, "v1.0.0", sums, native, native},
		{"build", "1.2.3", t.TempDir()}, {"build", "1.2.3+main", t.TempDir()}, {"build", stamp, t.TempDir(), "linux/386"}, {"build", stamp, t.TempDir(), "linux/amd64", "linux/arm64"},
	} {
		var out strings.Builder
		if err := run(t.Context(), args, strings.NewReader("v1.0.0"), &out); err == nil || out.Len() > 0 {
			t.Errorf("%q: got %v, %q", args, err, out.String())
		}
	}
	if err := run(t.Context(), nil, nil, nil); !strings.Contains(err.Error(), "go run ./checks/tools/release plan VERSION ACCOUNT/NAME DIRECTORY\n") {
		t.Errorf("the usage lacks a command: %v", err)
	}
}
