package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"fmt"
	goversion "go/version"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const stamp = "1.2.3+0123456789abcdef0123456789abcdef01234567"

func TestBuild(t *testing.T) {
	t.Parallel()
	if os.Getenv("CI") == "" || runtime.GOOS == "windows" {
		t.Skip("skipped (.ci/run does it, and CI=true go test ./checks/release): it compiles the standard library anew, twice")
	}
	here, name := runtime.GOOS+"/"+runtime.GOARCH, "flexy-key-check-"+runtime.GOOS+"-"+runtime.GOARCH
	dirs := []string{t.TempDir(), t.TempDir()}
	var sums [2]string
	for i, dir := range dirs {
		var err error
		if sums[i], err = build(t.Context(), stamp, dir, []string{here}); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(sums[0], sums[1]); diff != "" {
		t.Errorf("two builds differ:\n%s", diff)
	}
	path := filepath.Join(dirs[0], name)
	want := fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(text(t, path))), name)
	if diff := cmp.Diff(want, text(t, filepath.Join(dirs[0], "SHA256SUMS"))); diff != "" {
		t.Errorf("SHA256SUMS (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, sums[0]); diff != "" {
		t.Errorf("sums (-want +got):\n%s", diff)
	}
	cmd := exec.CommandContext(t.Context(), path, "--version")
	cmd.Env = []string{} // none: it could hold somebody's settings, and their key
	output, err := cmd.Output()
	if got, want := string(output), "flexy-key-check "+stamp+"\n"; err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	for key, want := range map[string]string{"CGO_ENABLED": "0", "-trimpath": "true", "-tags": "nethttpomithttp2", "vcs.revision": ""} {
		if settings[key] != want {
			t.Errorf("built with %s=%q, want %q", key, settings[key], want)
		}
	}
}

func TestBuildFails(t *testing.T) {
	t.Parallel()
	if _, err := build(t.Context(), stamp, t.TempDir(), []string{"no/such"}); err == nil || !strings.Contains(err.Error(), "no/such") {
		t.Errorf("got %v", err)
	}
}

// The image and the binaries are built alike, and by no older toolchain than
// go.mod names. The base image is where Dependabot sees it, which looks for it
// literally, after FROM.
func TestDockerfile(t *testing.T) {
	t.Parallel()
	dockerfile := text(t, root+"/Dockerfile")
	version := regexp.MustCompile(`(?m)^toolchain go(.*)$`).FindStringSubmatch(text(t, root+"/go.mod"))
	linker, _, _ := strings.Cut(ldflags, "main.version=")
	base := regexp.MustCompile(`(?m)^FROM (?:--platform=\S+ )?golang:([\d.]+)-alpine@sha256:[0-9a-f]{64} AS build$`).FindStringSubmatch(dockerfile)
	if base == nil || version == nil || goversion.Compare("go"+base[1], "go"+version[1]) < 0 {
		t.Errorf("the base image is %q, the toolchain %q", base, version)
	}
	for _, want := range append([]string{"CGO_ENABLED=0", linker}, flags...) {
		if !strings.Contains(dockerfile, want) {
			t.Errorf("the Dockerfile lacks %q", want)
		}
	}
}
