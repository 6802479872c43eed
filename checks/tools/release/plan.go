package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
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
	if err == nil {
		err = owned(args[2], args[1], args[0])
	}
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, outputs)
	return err
}

// owned refuses a repository whose address or module names another account or major
// version, or no account. Go finds version 2 and newer only under their own path.
func owned(dir, repository, version string) error {
	account, name, _ := strings.Cut(repository, "/")
	if !strings.EqualFold(name, "flexy-key-check") {
		return fmt.Errorf("expected a repository called flexy-key-check, which is in every address, found %q", name)
	}
	tag, module := "v1", "github.com/"+repository // of versions 0 and 1
	if v, _ := parseVersion(version); v[0] > 1 {
		tag = fmt.Sprintf("v%d", v[0])
		module += "/" + tag
	}
	for file, line := range map[string]string{
		"checks/internal/github/reminder.go": `const DefaultAction = "` + repository + "@" + tag + `"`,
		"go.mod":                             "module " + module,
	} {
		text, err := read(filepath.Join(dir, file))
		if err != nil {
			return err
		}
		if !strings.Contains(strings.ToLower(text), strings.ToLower(line)+"\n") {
			return fmt.Errorf("expected the line %s in %s, found another: run .ci/own %s, or change the major version (CONTRIBUTING.md, Releasing), and commit that", line, file, account)
		}
	}
	return nil
}

// plan returns the names of a release as step outputs:
//
//	version=v1.2.3
//	number=1.2.3
//	major=v1
//	previous=v1.2.2
//	latest=true
//	image=ghcr.io/account/name
//
// The previous release is the newest of the same major version; it is blank if there
// is none. A release must be newer, because it is made from the default branch,
// descends from the previous one, and the tag of the major version moves to it. It
// is the latest unless another major version has a newer one.
func plan(text, repository string, existing []string) (string, error) {
	v, ok := parseVersion(text)
	if !ok {
		return "", fmt.Errorf("expected a version vX.Y.Z, found %q", text)
	}
	var newest []int // of this major version
	latest := true
	for _, name := range existing {
		if strings.EqualFold(name, text) {
			return "", fmt.Errorf("%s exists already: a version is released only once; if its release is incomplete, re-run the failed jobs of the run that started it", text)
		}
		other, ok := parseVersion(name)
		if !ok {
			continue
		}
		latest = latest && slices.Compare(other, v) < 0
		if other[0] == v[0] && slices.Compare(other, newest) > 0 {
			newest = other
		}
	}
	if slices.Compare(newest, v) > 0 {
		return "", fmt.Errorf("expected a version newer than %s, found %s: a release descends from the previous one", formatVersion(newest), text)
	}
	image := registry + strings.ToLower(repository)
	if !imageName.MatchString(image) {
		return "", fmt.Errorf("expected a repository ACCOUNT/NAME that can name an image, found %q", repository)
	}
	return fmt.Sprintf("version=%s\nnumber=%s\nmajor=v%d\nprevious=%s\nlatest=%t\nimage=%s\n",
		text, text[1:], v[0], formatVersion(newest), latest, image), nil
}

var versionForm = regexp.MustCompile(`^v(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})$`)

// parseVersion parses vX.Y.Z, without a pre-release or build.
func parseVersion(text string) (version []int, ok bool) {
	parts := versionForm.FindStringSubmatch(text)
	if parts == nil {
		return nil, false
	}
	for _, part := range parts[1:] {
		n, _ := strconv.Atoi(part) // cannot fail: the form allows only digits
		version = append(version, n)
	}
	return version, true
}

// formatVersion is the inverse of parseVersion. It returns "" for nil.
func formatVersion(version []int) string {
	if version == nil {
		return ""
	}
	return fmt.Sprintf("v%d.%d.%d", version[0], version[1], version[2])
}
