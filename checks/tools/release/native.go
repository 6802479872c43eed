package main

import (
	"fmt"
	"regexp"
	"strings"
)

// The variables of the native action on the default branch, where nothing has been
// released and the program is built.
const unreleased = `
        RELEASE: "" # where a release's files are, relative to GITHUB_SERVER_URL
        SHA256SUMS: "" # the checksums of those files
`

var sumForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// pinNative writes the location of a release's binaries and their checksums into
// the native action.yml, and changes nothing else: whoever pins the action by commit
// hash pins the code that runs.
func pinNative(action, image, version, sums string) (string, error) {
	name, _, _ := strings.Cut(image, "@")
	if _, ok := parseVersion(version); !ok || !imageName.MatchString(name) {
		return "", fmt.Errorf("expected an image %sACCOUNT/NAME and a version vX.Y.Z, found %q and %q", registry, image, version)
	}
	list, ok := strings.CutSuffix(sums, "\n")
	lines := strings.Split(list, "\n")
	ok = ok && len(lines) == len(platforms)
	for i, platform := range platforms {
		if ok {
			sum, file, _ := strings.Cut(lines[i], "  ")
			ok = sumForm.MatchString(sum) && file == binaryName(platform)
		}
	}
	if !ok {
		return "", fmt.Errorf("expected the checksums of %d binaries, as build writes them, found %q", len(platforms), sums)
	}
	head, tail, _ := strings.Cut(action, unreleased)
	if tail == "" || strings.Contains(tail, unreleased) {
		return "", fmt.Errorf("expected the native action.yml to contain exactly once:%s", unreleased)
	}
	const indent = "\n          "
	return head + "\n        RELEASE: " + strings.TrimPrefix(name, registry) + "/releases/download/" + version +
		"\n        SHA256SUMS: |" + indent + strings.Join(lines, indent) + "\n" + tail, nil
}
