package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const root = "../.." // of the repository

func text(t *testing.T, file string) string {
	t.Helper()
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

// One release, in the order of release.yml.
func TestRun(t *testing.T) {
	t.Parallel()
	call := func(in string, args ...string) string {
		t.Helper()
		var out strings.Builder
		if err := run(t.Context(), args, strings.NewReader(in), &out); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	got := call("v1\nv1.0.0\n", "plan", "v1.1.0", "Octo-Org/flexy-key-check", ownedBy(t, "octo-org"))
	if want := "version=v1.1.0\nnumber=1.1.0\nmajor=v1\nprevious=v1.0.0\nlatest=true\nimage=ghcr.io/octo-org/flexy-key-check\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, action := range []string{root + "/action.yml", nativeAction} {
		released, sums := writeFile(t, ""), writeFile(t, someSums())
		if err := os.WriteFile(released, []byte(call("", "pin", image, "v1.1.0", sums, action)), 0o600); err != nil {
			t.Fatal(err)
		}
		call("", "verify", image, "v1.1.0", sums, action, released)
	}
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	action, missing, dir := root+"/action.yml", filepath.Join(t.TempDir(), "none.yml"), ownedBy(t, "octo-org")
	native, sums := nativeAction, writeFile(t, someSums())
	for _, args := range [][]string{
		{}, {"no-such-command"}, {"plan"}, {"plan", "v1.0.0"}, {"pin", image}, {"pin", image, action},
		{"plan", "v1.0.0", "octo-org/flexy-key-check", dir}, // exists, see below
		{"plan", "1.0.1", "octo-org/flexy-key-check", dir},
		{"plan", "v1.0.1", "an-other/flexy-key-check", dir},
		{"plan", "v1.0.1", "octo-org/flexy-key-check", t.TempDir()},
		{"own"}, {"own", "octo-org"}, // not where the tests are run
		{"pin", image, "v1.0.0", sums, missing}, {"pin", image, "v1.0.0", missing, native}, {"pin", "alpine", "v1.0.0", sums, action},
		{"pin", image, "v1.0", sums, native}, {"pin", image, "v1.0.0", action, native},
		{"verify", image, "v1.0.0", sums, missing, action}, {"verify", image, "v1.0.0", sums, action, missing},
		{"verify", image, "v1.0.0", sums, action, action}, {"verify", image, "v1.0.0", sums, native, native},
		{"build", "1.2.3", t.TempDir()}, {"build", "1.2.3+main", t.TempDir()},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			if err := run(t.Context(), args, strings.NewReader("v1.0.0"), &out); err == nil || out.Len() > 0 {
				t.Errorf("got %v, %q", err, out.String())
			}
		})
	}
}

// release.yml calls each command but own, and as it wants to be called.
func TestReleaseCallsTheCommands(t *testing.T) {
	t.Parallel()
	workflow, got := text(t, root+"/.github/workflows/release.yml"), map[string]int{}
	for _, call := range regexp.MustCompile(`checks/release (\w+)([^<>|&\n]*)`).FindAllStringSubmatch(workflow, -1) {
		got[call[1]] = len(strings.Fields(call[2]))
	}
	want := map[string]int{}
	for _, c := range commands[1:] { // but own
		want[c.name] = len(strings.Fields(c.args))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("commands and numbers of arguments (-want +got):\n%s", diff)
	}
}
