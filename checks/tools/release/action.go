package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

const (
	registry = "ghcr.io/"

	// A component of an image's name, which a registry requires in lower case.
	part = `[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*`
)

var (
	imageName   = regexp.MustCompile(`^` + regexp.QuoteMeta(registry) + part + `/` + part + `$`)
	imageDigest = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
)

func runPin(_ context.Context, args []string, _ io.Reader, out io.Writer) error {
	pinned, err := pinFile(args[0], args[1], args[2], args[3])
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, pinned)
	return err
}

func runVerify(_ context.Context, args []string, _ io.Reader, _ io.Writer) error {
	want, err := pinFile(args[0], args[1], args[2], args[3])
	if err != nil {
		return err
	}
	released, err := read(args[4])
	if err != nil {
		return err
	}
	return verify(want, released)
}

// pinFile pins what an action.yml runs: an image or binaries.
func pinFile(image, version, sumsFile, actionFile string) (string, error) {
	sums, err := read(sumsFile)
	if err != nil {
		return "", err
	}
	action, err := read(actionFile)
	if err != nil {
		return "", err
	}
	if strings.Contains(action, "\nruns:\n  using: composite\n") {
		return pinNative(action, image, version, sums)
	}
	return pin(action, image)
}

func read(file string) (string, error) {
	text, err := os.ReadFile(file) //nolint:gosec // the arguments name the files to read
	return string(text), err
}

// The end of action.yml, on the default branch.
const (
	runs       = "\nruns:\n  using: docker\n  image: "
	dockerfile = "Dockerfile\n"
)

// pin replaces the Dockerfile of an action.yml with an image, and changes nothing
// else. The image is named by digest, because a tag can be moved: whoever pins the
// action by commit hash expects to pin the code that runs.
func pin(action, image string) (string, error) {
	name, digest, _ := strings.Cut(image, "@")
	if !imageName.MatchString(name) || !imageDigest.MatchString(digest) {
		return "", fmt.Errorf("expected an image %sACCOUNT/NAME@sha256:DIGEST, found %q", registry, image)
	}
	head, end, _ := strings.Cut(action, runs)
	if end != dockerfile {
		return "", fmt.Errorf("expected action.yml to end with%s%sfound %q", runs, dockerfile, end)
	}
	return head + runs + "docker://" + image + "\n", nil
}

// verify refuses a released action.yml that is not the expected one.
func verify(want, released string) error {
	if released != want {
		return errors.New("the released action.yml is not this one with its image or binaries pinned")
	}
	return nil
}
