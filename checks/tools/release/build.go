package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
)

// The platforms of the released binaries.
var platforms = []string{
	"darwin/amd64", "darwin/arm64", "linux/amd64", "linux/arm64", "windows/amd64", "windows/arm64",
}

// The flags are the Dockerfile's. Nothing that differs between two machines affects
// the build, so that anyone who builds a commit gets the published bytes.
var flags = []string{"-trimpath", "-buildvcs=false", "-tags=nethttpomithttp2", "-gcflags=go.yaml.in/yaml/v4/...=-l"}

// neutral overrides a developer's own settings for Go. A blank variable would not
// override those of go env -w.
var neutral = []string{"CGO_ENABLED=0", "GOFLAGS=-mod=readonly", "GOAMD64=v1", "GOARM64=v8.0"}

const ldflags = "-s -w -buildid= -X main.version="

var stampForm = regexp.MustCompile(`^\d+\.\d+\.\d+\+[0-9a-f]{40}$`)

func runBuild(ctx context.Context, args []string, _ io.Reader, out io.Writer) error {
	stamp, dir := args[0], args[1]
	if !stampForm.MatchString(stamp) {
		return fmt.Errorf("expected X.Y.Z+COMMIT with the full hash of the commit, found %q", stamp)
	}
	wanted := platforms
	if len(args) > 2 {
		wanted = args[2:]
	}
	if !slices.Contains(platforms, wanted[0]) {
		return fmt.Errorf("expected a platform of %s, found %q", strings.Join(platforms, ", "), wanted[0])
	}
	sums, err := build(ctx, stamp, dir, wanted)
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, sums)
	return err
}

// build writes a binary for each platform and SHA256SUMS, and returns the latter.
func build(ctx context.Context, stamp, dir string, platforms []string) (sums string, err error) {
	info, ok := debug.ReadBuildInfo() // this command is in the program's module
	if dir, err = filepath.Abs(dir); err != nil || !ok {
		return "", fmt.Errorf("finding the program and where to write it: %w", err)
	}
	for _, platform := range platforms {
		system, processor, _ := strings.Cut(platform, "/")
		name := binaryName(platform)
		path := filepath.Join(dir, name)
		args := slices.Concat([]string{"build", "-ldflags=" + ldflags + stamp, "-o=" + path}, flags, []string{info.Main.Path})
		cmd := exec.CommandContext(ctx, "go", args...) //nolint:gosec // no argument comes from outside
		cmd.Env = append(os.Environ(), append(neutral, "GOOS="+system, "GOARCH="+processor)...)
		if output, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("building for %s: %w\n%s", platform, err, output)
		}
		binary, err := read(path)
		if err != nil {
			return "", err
		}
		sums += fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(binary)), name)
	}
	return sums, os.WriteFile(filepath.Join(dir, "SHA256SUMS"), []byte(sums), 0o600) //nolint:gosec // into the directory that an argument names
}

// binaryName returns the name of a platform's binary in a release.
func binaryName(platform string) string {
	system, processor, _ := strings.Cut(platform, "/")
	name := "flexy-key-check-" + system + "-" + processor
	if system == "windows" {
		name += ".exe"
	}
	return name
}
