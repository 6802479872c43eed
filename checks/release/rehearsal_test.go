package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

// gh stands in for GitHub's command: it writes down what it is asked for, fails
// at what REFUSE says, and keeps the file that is committed.
const gh = `#!/bin/bash
call() {
	echo "$1" >>"$RUNNER_TEMP/calls"
	[[ $1 != "$REFUSE" ]] || exit 1
}
case "$* " in
"api --paginate repos/Owner/flexy-key-check/git/matching-refs/tags/v "*) call tags; printf '%s\n' v1 v1.0.0 ;;
"api --paginate repos/Owner/flexy-key-check/releases "*) call releases ;;
"api repos/Owner/flexy-key-check/git/trees "*" tree[][path]=action.yml "*)
	call tree
	for arg; do [[ $arg != *=@* ]] || cp "${arg#*=@}" "$RUNNER_TEMP/committed"; done
	echo 7ree
	;;
"api repos/Owner/flexy-key-check/git/commits "*" tree=7ree "*" parents[]=5ha "*) call commit; echo c0ffee ;;
"api repos/Owner/flexy-key-check/contents/action.yml?ref=c0ffee "*) call read; cat "$RUNNER_TEMP/committed" ;;
"api repos/Owner/flexy-key-check/git/refs -f ref=refs/tags/v1.1.0 -f sha=c0ffee ") call tag ;;
"release create v1.1.0 "*" --verify-tag "*) call release ;;
"api --method PATCH repos/Owner/flexy-key-check/git/refs/tags/v1 -f sha=c0ffee -F force=true ") call move ;;
"api repos/Owner/flexy-key-check/git/refs -f ref=refs/tags/v1 -f sha=c0ffee ") call major ;;
*) call "unexpected: $*"; exit 1 ;;
esac
`

// The scripts of release.yml that talk to GitHub are run for real. Nothing has
// a name before the commit is signed and its action.yml verified.
func TestRehearsal(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("bash"); err != nil || testing.Short() {
		t.Skip("runs the scripts of release.yml, with bash")
	}
	const all = "tags releases tree commit read tag release move"
	upTo := func(call string) string { return all[:strings.LastIndex(all, call)] + call }
	for name, tt := range map[string]struct {
		version, refuse, calls string
		fails                  bool
	}{
		"all is well":               {"v1.1.0", "", all, false},
		"the first of its major":    {"v1.1.0", "move", all + " major", false},
		"exists":                    {"v1.0.0", "", upTo("releases"), true},
		"malformed":                 {"1.1.0", "", upTo("releases"), true},
		"tags cannot be listed":     {"v1.1.0", "tags", upTo("tags"), true},
		"releases cannot be listed": {"v1.1.0", "releases", upTo("releases"), true},
		"no tree":                   {"v1.1.0", "tree", upTo("tree"), true},
		"not signed":                {"v1.1.0", "commit", upTo("commit"), true},
		"not to be read":            {"v1.1.0", "read", upTo("read"), true},
		"tag refused":               {"v1.1.0", "tag", upTo("tag"), true},
		"release refused":           {"v1.1.0", "release", upTo("release"), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls, err := rehearse(t, "VERSION="+tt.version, "REFUSE="+tt.refuse)
			if diff := cmp.Diff(strings.Fields(tt.calls), calls); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			if failed := err != nil; failed != tt.fails {
				t.Errorf("ended with %v", err)
			}
		})
	}
}

// rehearse runs those scripts up to the first that fails, and returns the calls
// that they made.
func rehearse(t *testing.T, env ...string) (calls []string, err error) {
	t.Helper()
	var release struct {
		Jobs map[string]job
	}
	if err := yaml.Unmarshal([]byte(text(t, root+"/.github/workflows/release.yml")), &release); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "gh"), []byte(gh), 0o700); err != nil {
		t.Fatal(err)
	}
	env = append(env,
		"PATH="+dir+":"+os.Getenv("PATH"), "RUNNER_TEMP="+dir, "GITHUB_OUTPUT="+filepath.Join(dir, "outputs"),
		"GITHUB_REPOSITORY=Owner/flexy-key-check", "GITHUB_SHA=5ha", "IMAGE="+image, "COMMIT=c0ffee", "MAJOR=v1", "LATEST=true")
	for _, step := range append(release.Jobs["plan"].Steps, release.Jobs["publish"].Steps...) {
		if step.Run == "" || strings.Contains(step.Run, "gh run download") {
			continue
		}
		cmd := exec.CommandContext(t.Context(), "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step.Run)
		cmd.Dir, cmd.Env = root, append(os.Environ(), env...)
		output, failed := cmd.CombinedOutput()
		t.Logf("%s", output)
		if err = failed; err != nil {
			break
		}
	}
	return strings.Fields(text(t, filepath.Join(dir, "calls"))), err
}
