package main

import (
	"debug/buildinfo"
	goversion "go/version"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/test/testkit"
)

const stamp = "1.2.3+0123456789abcdef0123456789abcdef01234567"

func TestBuild(t *testing.T) {
	slow(t, "it compiles the standard library again")
	// A maintainer's own settings do not change what is published.
	t.Setenv("GOFLAGS", "-race")
	t.Setenv("GOAMD64", "v3")
	t.Setenv("GOENV", testkit.File(t, "GOFLAGS=-race\nGOARM64=v9.0\n"))
	here, name := runtime.GOOS+"/"+runtime.GOARCH, binaryName(runtime.GOOS+"/"+runtime.GOARCH)
	dirs := []string{t.TempDir(), t.TempDir()}
	path := filepath.Join(dirs[0], name)
	for _, dir := range dirs { // the second build gives the same bytes as the first
		sums, err := build(t.Context(), stamp, dir, []string{here})
		testkit.NoError(t, err)
		if want := sum(text(t, path)) + "  " + name + "\n"; sums != want || text(t, filepath.Join(dir, "SHA256SUMS")) != want {
			t.Errorf("got %q, want %q, and the same in SHA256SUMS", sums, want)
		}
	}
	cmd := exec.CommandContext(t.Context(), path, "--version")
	cmd.Env = []string{} // the test's own may contain settings and a key
	output, err := cmd.Output()
	if got, want := string(output), "flexy-key-check "+stamp+"\n"; err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	info, err := buildinfo.ReadFile(path)
	testkit.NoError(t, err)
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	for key, want := range map[string]string{"GOAMD64": "v1", "GOARM64": "v8.0"} {
		if got, ok := settings[key]; ok && got != want {
			t.Errorf("built with %s=%q, want %q", key, got, want)
		}
	}
	for key, want := range map[string]string{"CGO_ENABLED": "0", "-trimpath": "true", "-tags": "nethttpomithttp2", "vcs.revision": "", "-race": ""} {
		if settings[key] != want {
			t.Errorf("built with %s=%q, want %q", key, settings[key], want)
		}
	}
}

// The image and the binaries are built alike, and by a toolchain no older than the
// one in go.mod. The base image is named literally after FROM, or Dependabot would
// not find it.
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
