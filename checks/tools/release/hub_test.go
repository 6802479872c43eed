package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"flexy-key-check/checks/internal/test/testkit"
)

// A hub stands in for the parts of GitHub that a release uses: a bare repository
// and an API that enforces a token's permissions, rulesets and immutable releases.
type hub struct {
	t          *testing.T
	repository string // ACCOUNT/NAME
	dir        string // the bare repository
	bin        string // a runner's commands: see commands_test.go
	url        string // receives the calls of gh

	mu        sync.Mutex
	releases  []*hubRelease
	created   int                          // the number of releases ever created
	burnt     []string                     // tags of deleted immutable releases, which can never be used again
	artifacts map[string]map[string]string // files by run id and name
	unsigned  bool                         // it does not sign commits
	damage    bool                         // it corrupts uploads
	attested  map[string]string            // the commits from which images and files were built, by SHA-256
	calls     []string                     // those that change something
	interrupt func(call string) bool       // reports whether to answer a call with 502
	lose      bool                         // such a call takes effect nevertheless
	meanwhile func(call string)            // happens before a call
}

type hubRelease struct {
	id                  int
	tag, target, latest string
	draft               bool
	assets              map[string]string
}

func (r *hubRelease) object() object {
	assets := []any{}
	for name, content := range r.assets {
		assets = append(assets, object{"name": name, "digest": "sha256:" + sum(content)})
	}
	return object{"id": r.id, "tag_name": r.tag, "draft": r.draft, "assets": assets, "html_url": "https://github.com/draft"}
}

// releaseID returns the id of a release, or "".
func (h *hub) releaseID(tag string) string {
	for _, r := range h.releases {
		if r.tag == tag {
			return fmt.Sprint(r.id)
		}
	}
	return ""
}

// An object is a JSON object of the API.
type object = map[string]any

const unprocessable = http.StatusUnprocessableEntity

// newHub returns a hub whose branch main has the files of this repository that a
// release reads, changed by change.
func newHub(t *testing.T, repository string, change func(dir string)) *hub {
	t.Helper()
	dir := t.TempDir()
	h := &hub{t: t, repository: repository, dir: filepath.Join(dir, "hub.git"), bin: filepath.Join(dir, "bin"), artifacts: map[string]map[string]string{}, attested: map[string]string{}}
	h.git("init", "--quiet", "--bare", "--initial-branch=main")
	h.commit(func(dir string) {
		for _, name := range []string{".github/workflows", ".github/actions", ".github/SECURITY.md", "action.yml", "go.mod", "README.md", ".ci/own", "checks/internal/github/reminder.go"} {
			copyTree(t, filepath.Join(root, name), filepath.Join(dir, name))
		}
		change(dir)
	})
	server := httptest.NewServer(http.HandlerFunc(h.serve))
	t.Cleanup(server.Close)
	h.url = server.URL
	writeCommands(t, h.bin)
	return h
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(to), 0o755)
	if info, e := os.Stat(from); e == nil && info.IsDir() {
		err = os.CopyFS(to, os.DirFS(from))
	} else if err == nil {
		err = os.WriteFile(to, []byte(text(t, from)), 0o644)
	}
	testkit.NoError(t, err)
}

// commit commits a change to main, as a maintainer does, and returns the commit.
func (h *hub) commit(change func(dir string)) string {
	h.t.Helper()
	dir, parent := h.t.TempDir(), h.ref("refs/heads/main")
	if parent != "" {
		h.git("--work-tree="+dir, "read-tree", "main")
		h.git("--work-tree="+dir, "checkout-index", "--all")
	}
	change(dir)
	h.git("--work-tree="+dir, "add", "--all", "--force")
	args := []string{"commit-tree", "-m", "Change", h.git("write-tree")}
	if parent != "" {
		args = append(args, "-p", parent)
	}
	commit := h.git(args...)
	h.git("update-ref", "refs/heads/main", commit)
	return commit
}

// edit commits a further line in a file.
func (h *hub) edit(name string) {
	h.commit(func(dir string) {
		path := filepath.Join(dir, name)
		copyTree(h.t, testkit.File(h.t, text(h.t, path)+"# more\n"), path)
	})
}

// become commits the change from one major version to another, as CONTRIBUTING.md
// says.
func (h *hub) become(from, to string) {
	path := func(major string) string { return strings.TrimSuffix("/flexy-key-check/"+major, "/v1") + "\n" }
	h.commit(func(dir string) {
		for _, name := range []string{"go.mod", "checks/internal/github/reminder.go"} {
			file := filepath.Join(dir, name)
			changed := strings.NewReplacer(path(from), path(to), "@"+from, "@"+to).Replace(text(h.t, file))
			copyTree(h.t, testkit.File(h.t, changed), file)
		}
	})
}

// git runs git in the bare repository, or fails the test.
func (h *hub) git(args ...string) string {
	h.t.Helper()
	out, err := h.tryGit("", nil, args...)
	if err != nil {
		h.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func (h *hub) tryGit(stdin string, env []string, args ...string) (string, error) {
	cmd := exec.CommandContext(h.t.Context(), "git", append([]string{"--git-dir=" + h.dir}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	cmd.Env = append(append(os.Environ(), env...), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=GitHub", "GIT_AUTHOR_EMAIL=noreply@github.com", "GIT_COMMITTER_NAME=GitHub", "GIT_COMMITTER_EMAIL=noreply@github.com")
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// ref returns the commit that a name stands for, or "".
func (h *hub) ref(name string) string {
	commit, err := h.tryGit("", nil, "rev-parse", "--quiet", "--verify", name+"^{commit}")
	if err != nil {
		return ""
	}
	return commit
}

func (h *hub) isAncestor(older, newer string) bool {
	_, err := h.tryGit("", nil, "merge-base", "--is-ancestor", older, newer)
	return err == nil
}

// A refusal is a failed call. Methods that answer calls panic with it.
type refusal struct {
	status  int
	message string
}

func refuse(bad bool, status int, message string) {
	if bad {
		panic(refusal{status, message})
	}
}

// known returns the commit that a name stands for, or refuses the call.
func (h *hub) known(name string) string {
	commit := h.ref(name)
	refuse(commit == "", http.StatusNotFound, "Not Found")
	return commit
}

// permits reports whether a token, which is a list of its permissions, has one.
func permits(token, needs string) bool {
	has := strings.Split(token, ",")
	scope, level, _ := strings.Cut(needs, "=")
	return slices.Contains(has, needs) || level == "read" && slices.Contains(has, scope+"=write")
}

// api answers a call such as "GET releases", if the token permits it.
func (h *hub) api(token, call string, fields url.Values) any {
	call, query, _ := strings.Cut(call, "?ref=")
	if h.meanwhile != nil {
		h.meanwhile(call)
	}
	needs := "contents=read"
	if !strings.HasPrefix(call, "GET ") {
		needs = "contents=write"
		h.calls = append(h.calls, call)
	}
	if strings.HasPrefix(call, "GET actions/") {
		needs = "actions=read"
	}
	refuse(!permits(token, needs), http.StatusForbidden, "Resource not accessible by integration")
	broken := h.interrupt != nil && h.interrupt(call)
	refuse(broken && !h.lose, http.StatusBadGateway, "Server Error")
	answer := h.gitAPI(call, query, fields)
	if answer == nil {
		answer = h.releasesAPI(token, call, fields)
	}
	refuse(broken, http.StatusBadGateway, "Server Error")
	return answer
}

// gitAPI answers calls about commits, refs and files, as docs.github.com/rest
// says, and any other with nil.
func (h *hub) gitAPI(call, query string, fields url.Values) any {
	arg := ""
	is := func(prefix string) (ok bool) { arg, ok = strings.CutPrefix(call, prefix); return ok }
	switch {
	case is("GET git/ref/"):
		return object{"object": object{"sha": h.known("refs/" + arg)}}
	case is("GET git/matching-refs/"):
		refs := []any{}
		for ref := range strings.FieldsSeq(h.git("for-each-ref", "--format=%(refname)")) {
			if strings.HasPrefix(ref, "refs/"+arg) {
				refs = append(refs, object{"ref": ref})
			}
		}
		return refs
	case is("GET contents/"):
		name := h.known(query) + ":" + arg
		if h.git("cat-file", "-t", name) == "blob" {
			return h.git("cat-file", "blob", name)
		}
		entries := []any{}
		for line := range strings.Lines(h.git("ls-tree", name)) {
			parts := strings.Fields(line)
			entries = append(entries, object{"name": parts[3], "sha": parts[2]})
		}
		return entries
	case is("POST git/trees"):
		return object{"sha": h.makeTree(fields)}
	case is("POST git/commits"):
		args := []string{"commit-tree", "-m", fields.Get("message"), fields.Get("tree")}
		for _, parent := range fields["parents[]"] {
			args = append(args, "-p", h.known(parent))
		}
		return object{"sha": h.git(args...)}
	case is("GET git/commits/"):
		sha, parents := h.known(arg), []any{}
		for parent := range strings.FieldsSeq(h.git("log", "-1", "--format=%P", sha)) {
			parents = append(parents, object{"sha": parent})
		}
		return object{"tree": object{"sha": h.git("rev-parse", sha+"^{tree}")}, "parents": parents, "verification": object{"verified": !h.unsigned}}
	case is("GET compare/"):
		base, head, _ := strings.Cut(arg, "...")
		base, head = h.known(base), h.known(head)
		older, newer := h.isAncestor(base, head), h.isAncestor(head, base)
		return object{"status": map[[2]bool]string{{true, true}: "identical", {true, false}: "ahead", {false, true}: "behind"}[[2]bool{older, newer}]}
	case is("POST git/refs"):
		refuse(h.ref(fields.Get("ref")) != "", unprocessable, "Reference already exists")
		h.name(fields.Get("ref"), h.known(fields.Get("sha")), false)
		return object{"ref": fields.Get("ref")}
	case is("PATCH git/refs/"):
		refuse(h.ref("refs/"+arg) == "", unprocessable, "Reference does not exist")
		h.name("refs/"+arg, h.known(fields.Get("sha")), fields.Get("force:") == "true")
		return object{"ref": "refs/" + arg}
	}
	return nil
}

func (h *hub) makeTree(fields url.Values) string {
	index := []string{"GIT_INDEX_FILE=" + filepath.Join(h.t.TempDir(), "index")}
	git := func(stdin string, args ...string) string {
		out, err := h.tryGit(stdin, index, args...)
		refuse(err != nil, unprocessable, out)
		return out
	}
	git("", "read-tree", fields.Get("base_tree"))
	for i, path := range fields["tree[][path]"] {
		blob := git(fields["tree[][content]"][i], "hash-object", "-w", "--stdin")
		git("", "update-index", "--add", "--cacheinfo", fmt.Sprintf("%s,%s,%s", fields["tree[][mode]"][i], blob, path))
	}
	return git("", "write-tree")
}

var versionTag = regexp.MustCompile(`^refs/tags/v.*\..*\..*$`)

// name makes or moves a ref, as rulesets allow it and the rule that a run's token
// must not name a commit whose workflows are on no branch.
func (h *hub) name(ref, commit string, force bool) {
	before := h.ref(ref)
	tag, isTag := strings.CutPrefix(ref, "refs/tags/")
	refuse(isTag && slices.Contains(h.burnt, tag), unprocessable, "Cannot create ref due to an immutable release")
	refuse(ref == "refs/heads/main" || before != "" && versionTag.MatchString(ref), unprocessable, "Repository rule violations found")
	refuse(before != "" && !h.isAncestor(before, commit) && (!force || !isTag), unprocessable, "Update is not a fast forward")
	workflows := h.git("rev-parse", commit+":.github/workflows")
	onBranch := slices.ContainsFunc(strings.Fields(h.git("for-each-ref", "--format=%(objectname)", "refs/heads")), func(head string) bool {
		return h.git("rev-parse", head+":.github/workflows") == workflows
	})
	refuse(!onBranch, http.StatusForbidden, "Resource not accessible by integration")
	h.git("update-ref", ref, commit)
}

// releasesAPI answers calls about releases, which are immutable once published,
// and about the files of a run.
func (h *hub) releasesAPI(token, call string, fields url.Values) any {
	arg := ""
	is := func(prefix string) (ok bool) { arg, ok = strings.CutPrefix(call, prefix); return ok }
	find := func() *hubRelease {
		i := slices.IndexFunc(h.releases, func(r *hubRelease) bool { return fmt.Sprint(r.id) == arg })
		refuse(i < 0, http.StatusNotFound, "Not Found")
		return h.releases[i]
	}
	switch {
	case is("GET releases/tags/"):
		tag, name, _ := strings.Cut(arg, "/assets/")
		for _, r := range h.releases {
			if content, ok := r.assets[name]; ok && !r.draft && r.tag == tag {
				return content
			} else if name == "" && !r.draft && r.tag == tag {
				return r.object()
			}
		}
	case is("GET releases"):
		list := []any{}
		for _, r := range h.releases {
			if !r.draft || permits(token, "contents=write") {
				list = append(list, r.object())
			}
		}
		return list
	case call == "POST releases":
		refuse(fields.Get("draft") == "", unprocessable, "an immutable release takes no files after it is published")
		refuse(slices.Contains(h.burnt, fields.Get("tag")), unprocessable, "tag_name was used by an immutable release")
		h.created++
		h.releases = append(h.releases, &hubRelease{id: h.created, tag: fields.Get("tag"), target: fields.Get("target"), draft: true, assets: map[string]string{}})
		return h.created
	case is("POST releases/"):
		arg = strings.TrimSuffix(arg, "/assets")
		r, name, content := find(), fields.Get("name"), fields.Get("content")
		_, taken := r.assets[name]
		refuse(taken || !r.draft, unprocessable, "Validation Failed")
		if h.damage {
			content = content[1:]
		}
		r.assets[name] = content
		return object{}
	case is("DELETE releases/"):
		r := find()
		if !r.draft {
			h.burnt = append(h.burnt, r.tag)
		}
		h.releases = slices.DeleteFunc(h.releases, func(other *hubRelease) bool { return other == r })
		return object{}
	case is("PATCH releases/"):
		r := find() // of a published one little can be changed
		refuse(r.draft || len(fields) != 1 || !fields.Has("make_latest"), unprocessable, "Validation Failed")
		r.latest = fields.Get("make_latest")
		return object{}
	case is("GET actions/runs/"):
		if files := h.artifacts[strings.TrimSuffix(arg, "/artifacts/binaries")]; files != nil {
			return files
		}
	}
	panic(refusal{http.StatusNotFound, "Not Found"})
}
