package main

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func runPlan(_ context.Context, args []string, in io.Reader, out io.Writer) error {
	existing, err := io.ReadAll(in)
	if err != nil {
		return fmt.Errorf("reading the names of tags and releases: %w", err)
	}
	outputs, err := plan(args[0], args[1], strings.Fields(string(existing)))
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, outputs)
	return err
}

// plan returns the names of a release, as outputs of a step:
//
//	version=v1.2.3
//	number=1.2.3
//	major=v1
//	latest=true
//	image=ghcr.io/owner/name
//
// The major is blank where a newer version of it exists: its tag stays there.
// The release is the latest unless there is any newer one.
func plan(text, repository string, existing []string) (string, error) {
	v, ok := parseVersion(text)
	if !ok {
		return "", fmt.Errorf("expected a version vX.Y.Z, found %q", text)
	}
	major, latest := "v"+strconv.Itoa(v[0]), true
	for _, name := range existing {
		if strings.EqualFold(name, text) {
			return "", fmt.Errorf("%s exists already: a version is released once", text)
		}
		if other, ok := parseVersion(name); ok && slices.Compare(other, v) > 0 {
			latest = false
			if other[0] == v[0] {
				major = ""
			}
		}
	}
	image := registry + strings.ToLower(repository)
	if !imageName.MatchString(image) {
		return "", fmt.Errorf("expected a repository OWNER/NAME that can name an image, found %q", repository)
	}
	return fmt.Sprintf("version=%s\nnumber=%s\nmajor=%s\nlatest=%t\nimage=%s\n", text, text[1:], major, latest, image), nil
}

var versionForm = regexp.MustCompile(`^v(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})$`)

// parseVersion reads vX.Y.Z, without pre-release or build.
func parseVersion(text string) (version []int, ok bool) {
	parts := versionForm.FindStringSubmatch(text)
	if parts == nil {
		return nil, false
	}
	for _, part := range parts[1:] {
		n, _ := strconv.Atoi(part) // the form leaves no other
		version = append(version, n)
	}
	return version, true
}
