package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks/internal/test/testkit"
)

// These tests rehearse releases: they run the scripts of release.yml against a
// stand-in for GitHub. What is not real is in hub_test.go and commands_test.go.

const (
	account    = "octo-org" // GitHub's own, for examples
	repository = account + "/flexy-key-check"
	planning   = "plan: Refuse a repository without an owner, and a version that is malformed, old or taken"
	verifying  = "draft: Verify the commit"
	drafting   = "draft: Draft the release with all its files"
	moving     = "move: Move the tag of the major version"
)

// rehearsal returns a hub with a repository that has an owner.
func rehearsal(t *testing.T) *hub {
	t.Helper()
	slow(t, "it runs the scripts of release.yml", "bash", "curl", "git")
	return newHub(t, repository, func(dir string) {
		if said, err := own(t, dir, account); err != nil {
			t.Fatalf("%v: %s", err, said)
		}
	})
}

// mustDraft runs a release that must end with a draft, and no more.
func mustDraft(t *testing.T, d *dispatch) {
	t.Helper()
	if failed := d.run(); failed != "" {
		t.Fatalf("%s failed at %s:\n%s", d.version, failed, d.log)
	}
	if !strings.Contains(d.hub.state(), "release "+d.version+", a draft") || d.hub.ref("refs/tags/"+d.version) == "" {
		t.Errorf("%s is no draft with a tag:\n%s", d.version, d.hub.state())
	}
}

// must runs a release that must succeed, and checks its result.
func must(t *testing.T, d *dispatch) {
	t.Helper()
	mustDraft(t, d)
	mustPublish(t, d, d.hub.publish(t, d.version))
}

// mustPublish runs what a person's publishing of a release has started.
func mustPublish(t *testing.T, d, published *dispatch) {
	t.Helper()
	if failed := published.run(); failed != "" {
		t.Fatalf("%s failed at %s:\n%s", d.version, failed, published.log)
	}
	d.hub.released(t, d)
}

// mustFail runs a release that must fail at a step, and say why.
func mustFail(t *testing.T, d *dispatch, step, why string) {
	t.Helper()
	if failed := d.run(); failed != step {
		t.Fatalf("%s failed at %q, want %q:\n%s", d.version, failed, step, d.log)
	}
	if !strings.Contains(d.log, why) {
		t.Errorf("the log lacks %q:\n%s", why, d.log)
	}
}

// released checks a release that has just been made.
func (h *hub) released(t *testing.T, d *dispatch) {
	t.Helper()
	major, _, _ := strings.Cut(d.version, ".")
	commit := h.ref("refs/tags/" + d.version)
	if commit == "" || h.ref("refs/tags/"+major) != commit || h.ref("refs/heads/release/"+major) != commit || h.ref(commit+"^1") != d.commit {
		t.Errorf("%s is %q and descends from %s, not %s:\n%s", d.version, commit, h.ref(commit+"^1"), d.commit, h.state())
	}
	for older := range strings.FieldsSeq(h.git("tag", "--list", major+".*")) {
		if !h.isAncestor(older, commit) {
			t.Errorf("%s is not an ancestor of %s", older, d.version)
		}
	}
	for _, file := range []string{"action.yml", nativeFile} {
		want := d.pinned(file, h.git("cat-file", "blob", d.commit+":"+file)+"\n")
		if diff := cmp.Diff(want, h.git("cat-file", "blob", commit+":"+file)+"\n"); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
	if got := h.git("diff", "--name-only", d.commit, commit); got != nativeFile+"\naction.yml" {
		t.Errorf("the release differs from its source in %q", got)
	}
	files := h.artifacts[d.id()]
	got := slices.DeleteFunc(slices.Clone(h.releases), func(r *hubRelease) bool { return r.tag != d.version })
	if len(got) != 1 || got[0].draft || len(files) != len(platforms)+1 || !maps.Equal(files, got[0].assets) {
		t.Errorf("%d releases %s, or not with the %d files that were built", len(got), d.version, len(files))
	}
}

// state returns all that a release may change.
func (h *hub) state() string {
	state := h.git("for-each-ref", "--format=%(refname) %(objectname)")
	for _, r := range h.releases {
		state += "\nrelease " + r.tag + map[bool]string{true: ", a draft"}[r.draft]
	}
	return state
}

func TestRehearsal(t *testing.T) {
	t.Parallel()
	h := rehearsal(t)
	var first *dispatch
	major := "v1"
	for _, next := range []struct{ version, latest, previous string }{
		{"v1.0.0", "true", ""}, {"v1.1.0", "true", "v1.0.0"}, {"v2.0.0", "true", ""}, {"v1.1.1", "false", "v1.1.0"},
	} {
		if was := major; next.version[:2] != was {
			mustFail(t, h.release(t, next.version), planning, "change the major version")
			major = next.version[:2]
			h.become(was, major)
		}
		d := h.release(t, next.version)
		must(t, d)
		if got := h.releases[len(h.releases)-1].latest; got != next.latest {
			t.Errorf("%s: latest %s, want %s", next.version, got, next.latest)
		}
		want := ""
		if next.previous != "" {
			want = h.ref(next.previous)
		}
		if got := h.ref(next.version + "^2"); got != want {
			t.Errorf("%s descends from %q, want %q", next.version, got, want)
		}
		if first == nil {
			first = d
		}
		h.edit("README.md")
	}
	if h.ref("v2") != h.ref("v2.0.0") || h.isAncestor("v1.1.0", "v2.0.0") {
		t.Error("v2 has moved, or descends from v1")
	}
	checkSecurityCommands(t, first)
}

// checkSecurityCommands runs the commands of SECURITY.md as they are there, on the
// release v1.0.0.
func checkSecurityCommands(t *testing.T, d *dispatch) {
	t.Helper()
	h, dir := d.hub, t.TempDir()
	script := regexp.MustCompile("(?s)## Checking a release\n.*?```sh\n(.*?)```").FindStringSubmatch(h.git("cat-file", "blob", "v1.0.0:.github/SECURITY.md"))
	if script == nil {
		t.Fatal("SECURITY.md has no commands")
	}
	cmd := exec.CommandContext(t.Context(), "bash", "-euxo", "pipefail", "-c", script[1])
	cmd.Dir = dir
	cmd.Env = append(d.environment(dir), "GH_TOKEN=contents=read",
		"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=url.file://"+h.dir+".insteadOf", "GIT_CONFIG_VALUE_0=https://github.com/"+h.repository)
	log, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	repo, image := " --repo "+h.repository, "oci://"+d.outputs["needs.image.outputs.pinned"]
	signer := repo + " --signer-workflow " + h.repository + "/.github/workflows/release.yml"
	for _, want := range []string{
		h.ref("v1.0.0") + "\trefs/tags/v1.0.0\n", "\nahead\n",
		"[gh release verify v1.0.0" + repo + "]\n",
		"[gh attestation verify " + image + signer + "]\n",
		"[gh attestation verify " + image + signer + " --predicate-type https://spdx.dev/Document/v2.3]\n",
		"[gh release verify-asset v1.0.0 flexy-key-check-linux-amd64" + repo + "]\n",
		"[gh attestation verify flexy-key-check-linux-amd64" + signer + "]\n",
		"git checkout --quiet " + d.commit + "\n",
	} {
		if !strings.Contains(string(log), want) {
			t.Errorf("the log lacks %q:\n%s", want, log)
		}
	}
}

// A refused release leaves nothing behind.
func TestRehearsalRefuses(t *testing.T) {
	t.Parallel()
	h := rehearsal(t)
	must(t, h.release(t, "v1.1.0"))
	moved := h.release(t, "v1.2.0")
	h.edit("README.md")
	before := h.state()
	mustFail(t, moved, "plan: Refuse a commit that is not the branch's newest", "Start the release again")
	for version, why := range map[string]string{
		"v1.1.0": "v1.1.0 exists already", "v1.0.9": "newer than v1.1.0", "v1.2.0;$(touch x)": "expected a version vX.Y.Z",
	} {
		mustFail(t, h.release(t, version), planning, why)
	}
	testkit.Diff(t, before, h.state())
	noOwner := newHub(t, repository, func(string) {})
	mustFail(t, noOwner.release(t, "v1.0.0"), planning, "own "+account)
	fork := newHub(t, "an-other/flexy-key-check", func(dir string) { own(t, dir, account) })
	mustFail(t, fork.release(t, "v1.0.0"), planning, "own an-other")
}

// Each call that changes something fails, once without effect and once with. The
// re-runs continue, and the result is as if none had failed.
func TestRehearsalResumes(t *testing.T) {
	t.Parallel()
	h := rehearsal(t)
	must(t, h.release(t, "v1.0.0"))
	h.edit("README.md")
	d := h.release(t, "v1.1.0")
	const commit, branch = "draft: Find or make the commit", "draft: Put it on the branch of its major version"
	h.calls = nil
	steps := []struct{ call, step string }{
		{`POST git/trees`, commit},
		{`POST git/commits`, commit},
		{`PATCH git/refs/heads/release/v1`, branch},
		{`POST releases`, drafting},
		{`DELETE releases/\d+`, drafting}, // the draft that the failed call has made
		{`POST releases/\d+/assets`, drafting},
		{`POST git/refs`, "draft: Tag it"},
		{`PATCH git/refs/tags/v1`, moving},
		{`PATCH releases/\d+`, "move: Mark the latest release"},
	}
	run := d
	for _, s := range steps {
		if s.step == moving {
			h.interrupt = nil
			mustDraft(t, d)
			run = h.publish(t, "v1.1.0")
		}
		h.interrupt = regexp.MustCompile(`^` + s.call + `$`).MatchString
		for _, h.lose = range []bool{false, true} {
			mustFail(t, run, s.step, "HTTP 502")
		}
		h.calls = slices.DeleteFunc(h.calls, h.interrupt)
	}
	h.interrupt = nil
	mustPublish(t, d, run)
	if h.ref("v1.1.0^2") != h.ref("v1.0.0") {
		t.Error("the commit on the branch was not found again")
	}
	for _, call := range h.calls {
		if !slices.ContainsFunc(steps, func(s struct{ call, step string }) bool {
			return regexp.MustCompile(`^` + s.call + `$`).MatchString(call)
		}) {
			t.Errorf("no test lets %s fail", call)
		}
	}
}

// The workflows change on main while a release is under way.
func TestRehearsalWorkflowsChange(t *testing.T) {
	t.Parallel()
	h := rehearsal(t)
	// start starts a release during which a file changes on main, once, before a call.
	start := func(version, file, before string) *dispatch {
		d := h.release(t, version)
		h.meanwhile = func(call string) {
			if strings.Contains(call, before) && h.ref("main") == d.commit {
				h.edit(file)
			}
		}
		return d
	}
	const workflow, branch = ".github/workflows/ci.yml", "draft: Put it on the branch of its major version"

	// Before anything is pushed.
	d := start("v1.0.0", workflow, "GET contents/.github")
	mustFail(t, d, "current: Compare the workflows with those of the branch", "Start the release again")
	if d.pushed > 0 {
		t.Errorf("%d images pushed", d.pushed)
	}

	// After that check: the branch is refused before anything has a name.
	d = start("v1.0.0", workflow, "POST git/refs")
	mustFail(t, d, branch, "start the release again")
	mustFail(t, d, branch, "start the release again")
	if state := h.state(); strings.Contains(state, "tags") || strings.Contains(state, "release") {
		t.Errorf("something has a name:\n%s", state)
	}

	// Once the commit is on the branch. Other files may change at any time.
	must(t, start("v1.0.0", workflow, "/assets"))
	must(t, start("v1.1.0", "README.md", "GET contents"))
}

// A run that was given up does not prevent later ones.
func TestRehearsalGivenUp(t *testing.T) {
	t.Parallel()
	h := rehearsal(t)
	must(t, h.release(t, "v1.0.0"))
	h.edit("README.md")
	given := h.release(t, "v1.0.1")
	h.interrupt = func(call string) bool { return call == "POST git/refs" }
	mustFail(t, given, "draft: Tag it", "The tag was refused")
	h.interrupt = nil
	h.edit("README.md")
	must(t, h.release(t, "v1.0.10"))
	after := h.state()
	mustFail(t, given, "draft: Plan again with the current tags", "newer than v1.0.10")
	testkit.Diff(t, after, h.state())
}

// Everything that is not as it should be stops the release, except that GitHub does
// not sign the commit. The re-run after each continues.
func TestRehearsalFaults(t *testing.T) {
	t.Parallel()
	h := rehearsal(t)
	h.unsigned = true
	d := h.release(t, "v1.0.0")
	d.image = "private"
	mustFail(t, d, "pull: Pull it without a login, and run it", "Make it public")
	d.image = "other"
	mustFail(t, d, "pull: Pull it without a login, and run it", d.commit+"other")
	d.image, h.burnt = "", []string{"v1.0.0"}
	mustFail(t, d, drafting, "tag_name was used by an immutable release")
	h.burnt, h.damage = nil, true
	mustFail(t, d, drafting, "SHA256SUMS")
	h.damage = false
	built := h.artifacts[d.id()]
	h.artifacts[d.id()] = maps.Clone(built)
	h.artifacts[d.id()]["flexy-key-check-linux-amd64"] += "#"
	mustFail(t, d, "draft: Fetch the binaries", "flexy-key-check-linux-amd64: FAILED")
	h.artifacts[d.id()] = built
	if h.ref("refs/tags/v1.0.0") != "" {
		t.Error("it has a tag")
	}
	must(t, d)
	if d.pushed != 1 || !strings.Contains(d.log, "::warning title=The commit is not signed::") {
		t.Errorf("%d images pushed, or no warning about the signature", d.pushed)
	}
}

func TestRehearsalMovedRef(t *testing.T) {
	t.Parallel()
	h := rehearsal(t)
	must(t, h.release(t, "v1.0.0"))
	elsewhere := h.git("commit-tree", "-m", "Elsewhere", h.ref("main")+"^{tree}")
	d := h.release(t, "v1.1.0")
	h.interrupt = func(call string) bool { return call == "POST git/refs" }
	mustFail(t, d, "draft: Tag it", "HTTP 502") // the commit is on the branch
	h.interrupt = nil
	// fails moves a ref away for one run.
	fails := func(d *dispatch, ref, step, why string) {
		t.Helper()
		before := h.ref(ref)
		h.git("update-ref", ref, elsewhere)
		mustFail(t, d, step, why)
		if h.ref(ref) != elsewhere {
			t.Errorf("%s was moved", ref)
		}
		h.git("update-ref", ref, before)
	}
	const verifyingAgain = "move: Verify what was published"
	fails(d, "refs/heads/release/v1", verifying, "Someone has moved the branch or a tag")
	fails(d, "refs/tags/v1.0.0", verifying, "Someone has moved the branch or a tag")
	mustDraft(t, d)
	published := h.publish(t, "v1.1.0")
	fails(published, "refs/heads/release/v1", verifyingAgain, "origin/release/v1 does not descend from HEAD")
	fails(published, "refs/tags/v1.0.0", verifyingAgain, "HEAD does not descend from v1.0.0")
	fails(published, "refs/heads/main", verifyingAgain, "origin/main does not descend from HEAD^1")
	fails(published, "refs/tags/v1", moving, "someone has moved it")
	mustPublish(t, d, published)
}

// The tag is there already and is not the release's: first the source itself, then
// a commit that differs from it in more than what is pinned.
func TestRehearsalForeignTag(t *testing.T) {
	t.Parallel()
	h := rehearsal(t)
	d := h.release(t, "v1.0.0")
	h.meanwhile = func(call string) {
		if call == "GET contents/.github" {
			h.git("update-ref", "refs/tags/v1.0.0", d.commit)
		}
	}
	mustFail(t, d, verifying, "the released action.yml is not this one")
	h.meanwhile = nil
	h.git("update-ref", "refs/tags/v1.0.0", h.commit(func(dir string) {
		for _, name := range []string{"action.yml", nativeFile} {
			file := filepath.Join(dir, name)
			os.WriteFile(file, []byte(d.pinned(name, text(t, file))), 0o600)
		}
		os.Remove(filepath.Join(dir, "README.md"))
	}))
	mustFail(t, d, verifying, "Not the commit of this release")
	if len(h.releases) > 0 {
		t.Error("it has a release")
	}
}
