package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Here release.yml is rehearsed: its scripts run for real, against a stand-in
// for GitHub. What is not done for real is in commands_test.go and hub_test.go.

const (
	account = "octo-org" // GitHub's own, for examples

	planning = "plan: Refuse a repository without an owner, and a version that is malformed, old or there already"
)

// rehearsal is a hub with a repository that somebody owns.
func rehearsal(t *testing.T) *hub {
	t.Helper()
	if _, err := exec.LookPath("bash"); err != nil || testing.Short() {
		t.Skip("runs the scripts of release.yml, with bash and git")
	}
	return newHub(t, account+"/"+project, func(dir string) {
		if _, err := own(dir, account); err != nil {
			t.Fatal(err)
		}
	})
}

// must runs a release that must succeed, and checks what it has left.
func must(t *testing.T, d *dispatch) {
	t.Helper()
	if failed := d.run(); failed != "" {
		t.Fatalf("%s failed at %s:\n%s", d.version, failed, d.log)
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
	version, _ := parseVersion(d.version)
	major := "v" + strconv.Itoa(version[0])
	commit := h.ref("refs/tags/" + d.version)
	if commit == "" || h.ref("refs/tags/"+major) != commit || h.ref("refs/heads/release/"+major) != commit {
		t.Errorf("%s is at %q, %s at %q, release/%s at %q", d.version, commit, major, h.ref("refs/tags/"+major), major, h.ref("refs/heads/release/"+major))
	}
	if h.ref(commit+"^1") != d.commit {
		t.Errorf("the first parent is %s, want %s", h.ref(commit+"^1"), d.commit)
	}
	for _, older := range strings.Fields(h.git("tag", "--list", major+".*")) {
		if !h.isAncestor(older, commit) {
			t.Errorf("%s is no ancestor of %s", older, d.version)
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
	var names []string
	for name := range h.artifacts[d.id()] {
		names = append(names, name)
	}
	found := 0
	for _, release := range h.releases {
		if release.Tag != d.version {
			continue
		}
		found++
		var assets []string
		for _, asset := range release.Assets {
			assets = append(assets, asset.Name)
		}
		slices.Sort(assets)
		slices.Sort(names)
		if diff := cmp.Diff(names, assets); diff != "" || release.Draft || len(names) != len(platforms)+1 {
			t.Errorf("draft: %t, files (-built +released):\n%s", release.Draft, diff)
		}
	}
	if found != 1 {
		t.Errorf("%d releases %s", found, d.version)
	}
}

// state is all that a release may change.
func (h *hub) state() string {
	state := h.git("for-each-ref", "--format=%(refname) %(objectname)")
	for _, release := range h.releases {
		state += "\nrelease " + release.Tag + " " + strconv.Itoa(len(release.Assets)) + " " + strconv.FormatBool(release.Draft)
	}
	return state
}

func TestRehearsal(t *testing.T) {
	t.Parallel()
	h := rehearsal(t)
	for _, next := range []struct{ version, latest string }{
		{"v1.0.0", "true"}, {"v1.1.0", "true"}, {"v2.0.0", "true"}, {"v1.1.1", "false"},
	} {
		must(t, h.release(t, next.version))
		if got := h.releases[len(h.releases)-1].Latest; got != next.latest {
			t.Errorf("%s: latest %s, want %s", next.version, got, next.latest)
		}
		h.commit(edit(t, "README.md"))
	}
	for newer, older := range map[string]string{"v1.1.0": "v1.0.0", "v1.1.1": "v1.1.0"} {
		if !h.isAncestor(older, newer) || h.ref(newer+"^2") != h.ref(older) {
			t.Errorf("%s does not descend from %s", newer, older)
		}
	}
	for line, version := range map[string]string{"v1": "v1.1.1", "v2": "v2.0.0"} {
		if h.ref(line) != h.ref(version) {
			t.Errorf("%s is not at %s", line, version)
		}
	}
	if h.ref("v2.0.0^2") != "" || h.isAncestor("v1.1.0", "v2.0.0") {
		t.Error("a major version descends from another")
	}
}

// What is refused leaves nothing behind.
func TestRehearsalRefuses(t *testing.T) {
	t.Parallel()
	h := rehearsal(t)
	must(t, h.release(t, "v1.1.0"))
	before := h.state()
	for name, tt := range map[string]struct{ version, why string }{
		"exists":    {"v1.1.0", "v1.1.0 exists already"},
		"older":     {"v1.0.9", "newer than v1.1.0"},
		"malformed": {"1.2.0", "expected a version vX.Y.Z"},
		"a script":  {"v1.2.0;$(touch x)", "expected a version vX.Y.Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mustFail(t, h.release(t, tt.version), planning, tt.why)
			if diff := cmp.Diff(before, h.state()); diff != "" {
				t.Errorf("(-before +after):\n%s", diff)
			}
		})
	}
}

func TestRehearsalBranchHasMoved(t *testing.T) {
	t.Parallel()
	h := rehearsal(t)
	d := h.release(t, "v1.0.0")
	h.commit(edit(t, "README.md"))
	before := h.state()
	mustFail(t, d, "plan: Refuse a commit that is not the branch's newest", "Start the release again")
	if diff := cmp.Diff(before, h.state()); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

func TestRehearsalForks(t *testing.T) {
	t.Parallel()
	rehearsal(t) // skips
	nobodys := newHub(t, account+"/"+project, func(string) {})
	mustFail(t, nobodys.release(t, "v1.0.0"), planning, "own "+account)
	somebodys := newHub(t, "an-other/"+project, func(dir string) { own(dir, account) })
	mustFail(t, somebodys.release(t, "v1.0.0"), planning, "own an-other")
}

// Each call that changes something fails, once before it was done and once after.
// The re-runs go on from there, and end as if none had failed.
func TestRehearsalResumes(t *testing.T) {
	t.Parallel()
	h := rehearsal(t)
	must(t, h.release(t, "v1.0.0"))
	h.commit(edit(t, "README.md"))
	d := h.release(t, "v1.1.0")
	const commit, branch, draft = "Find or make the commit", "Put it on the branch of its major version", "Draft the release with all its files"
	h.calls = nil
	steps := []struct{ call, step string }{
		{`POST /git/trees`, commit},
		{`POST /git/commits`, commit},
		{`PATCH /git/refs/heads/release/v1`, branch},
		{`POST /releases`, draft},
		{`DELETE /releases/\d+`, draft}, // what the lost answer has left
		{`POST /releases/\d+/assets`, draft},
		{`POST /git/refs`, "Tag it"},
		{`PATCH /releases/\d+`, "Publish it"},
		{`PATCH /git/refs/tags/v1`, "Move the tag of the major version"},
	}
	for _, s := range steps {
		h.interrupt = regexp.MustCompile(`^` + s.call + `$`).MatchString
		for _, h.lose = range []bool{false, true} {
			mustFail(t, d, "publish: "+s.step, "HTTP 502")
		}
	}
	h.interrupt = nil
	must(t, d)
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
	workflow := edit(t, ".github/workflows/ci.yml")
	h := rehearsal(t)
	before := h.state()

	// Before anything is pushed: told early.
	d := h.release(t, "v1.0.0")
	h.meanwhile = func(call string) {
		if call == "GET /contents/.github" && h.ref("main") == d.commit {
			h.commit(workflow)
		}
	}
	mustFail(t, d, "current: Compare the workflows with those of the branch", "Start the release again")
	if d.pushed > 0 || strings.Contains(h.state(), "tags") {
		t.Errorf("%d images pushed, and now there are\n%s\nbefore\n%s", d.pushed, h.state(), before)
	}

	// After that check: the branch is refused before anything has a name.
	d = h.release(t, "v1.0.0")
	h.meanwhile = func(call string) {
		if call == "POST /git/refs" && h.ref("main") == d.commit {
			h.commit(workflow)
		}
	}
	mustFail(t, d, "publish: Put it on the branch of its major version", "start the release again")
	mustFail(t, d, "publish: Put it on the branch of its major version", "start the release again")
	if len(h.releases) > 0 || strings.Contains(h.state(), "tags") || strings.Contains(h.state(), "heads/release") {
		t.Errorf("something has a name:\n%s", h.state())
	}

	// With the commit on the branch it goes on.
	d = h.release(t, "v1.0.0")
	h.meanwhile = func(call string) {
		if strings.HasSuffix(call, "/assets") && h.ref("main") == d.commit {
			h.commit(workflow)
		}
	}
	must(t, d)

	// Other files may change at any time.
	d = h.release(t, "v1.1.0")
	h.meanwhile = func(call string) {
		if strings.HasPrefix(call, "GET /contents") {
			h.commit(edit(t, "README.md"))
		}
	}
	must(t, d)
}

// A run that was given up stands in nobody's way.
func TestRehearsalGivenUp(t *testing.T) {
	t.Parallel()
	h := rehearsal(t)
	must(t, h.release(t, "v1.0.0"))
	h.commit(edit(t, "README.md"))
	given := h.release(t, "v1.1.0")
	h.interrupt = func(call string) bool { return call == "POST /git/refs" }
	mustFail(t, given, "publish: Tag it", "The tag was refused")
	h.interrupt = nil
	h.commit(edit(t, "README.md"))

	d := h.release(t, "v1.2.0")
	must(t, d)
	if !h.isAncestor("v1.0.0", "v1.2.0") {
		t.Error("v1.0.0 is no ancestor of v1.2.0")
	}
	after := h.state()
	mustFail(t, given, "publish: Plan again, with what there is now", "newer than v1.2.0")
	if diff := cmp.Diff(after, h.state()); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

func TestRehearsalOddities(t *testing.T) {
	t.Parallel()
	verify := "publish: Verify the commit"
	t.Run("the image is private at first, and GitHub does not sign", func(t *testing.T) {
		t.Parallel()
		h := rehearsal(t)
		h.unsigned = true
		d := h.release(t, "v1.0.0")
		d.private = true
		mustFail(t, d, "pull: Pull it without a login, and run it", "Make it public")
		d.private = false
		must(t, d)
		if d.pushed != 1 || !strings.Contains(d.log, "::warning title=The commit is not signed::") {
			t.Errorf("%d images pushed, or not a word of the signature", d.pushed)
		}
	})
	t.Run("somebody has moved a ref", func(t *testing.T) {
		t.Parallel()
		h := rehearsal(t)
		must(t, h.release(t, "v1.0.0"))
		released, elsewhere := h.ref("v1.0.0"), h.git("commit-tree", "-m", "Elsewhere", h.ref("main")+"^{tree}")
		d := h.release(t, "v1.1.0")
		for _, moved := range []struct{ ref, step, why string }{
			{"refs/heads/release/v1", verify, "Somebody has moved the branch or a tag"},
			{"refs/tags/v1.0.0", verify, "Somebody has moved the branch or a tag"},
			{"refs/tags/v1", "publish: Move the tag of the major version", "somebody has moved it"},
		} {
			h.git("update-ref", moved.ref, elsewhere)
			mustFail(t, d, moved.step, moved.why)
			if h.ref(moved.ref) != elsewhere {
				t.Errorf("%s was moved", moved.ref)
			}
			h.git("update-ref", moved.ref, released)
		}
		must(t, d)
	})
	t.Run("the tag is of something else", func(t *testing.T) {
		t.Parallel()
		h := rehearsal(t)
		d := h.release(t, "v1.0.0")
		h.meanwhile = func(call string) {
			if call == "GET /contents/.github" {
				h.git("update-ref", "refs/tags/v1.0.0", d.commit)
			}
		}
		mustFail(t, d, verify, "the released action.yml is not this one")
		if len(h.releases) > 0 {
			t.Error("it has a release")
		}
	})
	t.Run("the tag differs from its source in more than the image", func(t *testing.T) {
		t.Parallel()
		h := rehearsal(t)
		d := h.release(t, "v1.0.0")
		h.interrupt = func(call string) bool { return strings.HasPrefix(call, "GET /actions") }
		mustFail(t, d, "publish: Fetch the binaries", "HTTP 502")
		h.interrupt = nil
		changed := h.commit(func(dir string) {
			for _, name := range []string{"action.yml", nativeFile} {
				file := filepath.Join(dir, name)
				os.WriteFile(file, []byte(d.pinned(name, text(t, file))), 0o600)
			}
			edit(t, "README.md")(dir)
		})
		h.git("update-ref", "refs/tags/v1.0.0", changed)
		mustFail(t, d, verify, "Not the commit of this release")
	})
	t.Run("an upload arrives damaged", func(t *testing.T) {
		t.Parallel()
		h := rehearsal(t)
		d := h.release(t, "v1.0.0")
		h.damage = true
		mustFail(t, d, "publish: Draft the release with all its files", "SHA256SUMS")
		if h.ref("refs/tags/v1.0.0") != "" {
			t.Error("it has a tag")
		}
		h.damage = false
		must(t, d)
	})
	t.Run("the name was burnt", func(t *testing.T) {
		t.Parallel()
		h := rehearsal(t)
		h.burnt = []string{"v1.0.0"}
		mustFail(t, h.release(t, "v1.0.0"), "publish: Draft the release with all its files", "tag_name was used by an immutable release")
	})
}
