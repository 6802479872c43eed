package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A hub is as much of GitHub as a release sees: a bare repository, and the API
// in front of it with a token's permissions, rulesets, immutable releases and
// what a run's token may not do with workflows.
type hub struct {
	t          *testing.T
	repository string // "account/name"
	dir        string // of the bare repository
	url        string

	mu        sync.Mutex
	releases  []*hubRelease
	made      int                          // releases, ever
	burnt     []string                     // names of immutable releases: for good
	artifacts map[string]map[string][]byte // of runs, by their id
	unsigned  bool                         // it does not sign
	damage    bool                         // of files that are uploaded
	calls     []string                     // that may change something
	interrupt func(call string) bool       // a call is answered with 502
	lose      bool                         // but was done
	meanwhile func(call string)            // happens before a call
}

// newHub makes a hub whose branch main has the files of this repository that a
// release reads, changed by change.
func newHub(t *testing.T, repository string, change func(dir string)) *hub {
	t.Helper()
	h := &hub{t: t, repository: repository, dir: filepath.Join(t.TempDir(), "hub.git"), artifacts: map[string]map[string][]byte{}}
	h.git("init", "--quiet", "--bare", "--initial-branch=main")
	h.commit(func(dir string) {
		for _, name := range []string{".github/workflows", ".github/actions", ".github/SECURITY.md", "action.yml", "go.mod", "README.md", ownerFile} {
			copyTree(t, filepath.Join(root, name), filepath.Join(dir, name))
		}
		change(dir)
	})
	server := httptest.NewServer(h.handler())
	t.Cleanup(server.Close)
	h.url = server.URL
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
	if err != nil {
		t.Fatal(err)
	}
}

// commit changes main, as its people do, and returns the commit.
func (h *hub) commit(change func(dir string)) string {
	h.t.Helper()
	dir := h.t.TempDir()
	if h.ref("refs/heads/main") != "" {
		h.git("--work-tree="+dir, "read-tree", "main")
		h.git("--work-tree="+dir, "checkout-index", "--all")
	}
	change(dir)
	h.git("--work-tree="+dir, "add", "--all", "--force")
	args := []string{"commit-tree", "-m", "Change", h.git("write-tree")}
	if parent := h.ref("refs/heads/main"); parent != "" {
		args = append(args, "-p", parent)
	}
	commit := h.git(args...)
	h.git("update-ref", "refs/heads/main", commit)
	return commit
}

// edit is a change for commit: it adds a line to a file.
func edit(t *testing.T, name string) func(dir string) {
	return func(dir string) {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text(t, path)+"# more\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// git runs git in the bare repository, or fails the test.
func (h *hub) git(args ...string) string {
	h.t.Helper()
	out, err := h.tryGit(args...)
	if err != nil {
		h.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func (h *hub) tryGit(args ...string) (string, error) {
	cmd := exec.CommandContext(h.t.Context(), "git", append([]string{"--git-dir=" + h.dir}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=GitHub", "GIT_AUTHOR_EMAIL=noreply@github.com", "GIT_COMMITTER_NAME=GitHub", "GIT_COMMITTER_EMAIL=noreply@github.com")
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// ref is the commit that a name stands for, or "".
func (h *hub) ref(name string) string {
	commit, err := h.tryGit("rev-parse", "--quiet", "--verify", name+"^{commit}")
	if err != nil {
		return ""
	}
	return commit
}

func (h *hub) isAncestor(older, newer string) bool {
	_, err := h.tryGit("merge-base", "--is-ancestor", older, newer)
	return err == nil
}

// A refusal is an answer that is no success.
type refusal struct {
	status  int
	message string
}

func refuse(status int, message string) { panic(refusal{status, message}) }

// handler answers as docs.github.com/rest says.
func (h *hub) handler() http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, answer func(r *http.Request, body map[string]any) any) {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" /repos/"+h.repository+path, func(w http.ResponseWriter, r *http.Request) {
			h.mu.Lock()
			defer h.mu.Unlock()
			defer func() {
				if no, ok := recover().(refusal); ok {
					http.Error(w, fmt.Sprintf(`{"message": %q}`, no.message), no.status)
				}
			}()
			call := r.Method + " " + strings.TrimPrefix(r.URL.Path, "/repos/"+h.repository)
			broken := h.receive(r, call)
			var body map[string]any
			if strings.Contains(r.Header.Get("Content-Type"), "json") {
				if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
					refuse(http.StatusBadRequest, "Problems parsing JSON")
				}
			}
			result := answer(r, body)
			if broken {
				refuse(http.StatusBadGateway, "Server Error")
			}
			if raw, ok := result.([]byte); ok {
				w.Write(raw)
				return
			}
			json.NewEncoder(w).Encode(result)
		})
	}
	h.serveGit(handle)
	h.serveReleases(handle)
	return mux
}

// receive refuses what the token may not do, and tells whether the answer is to
// be lost.
func (h *hub) receive(r *http.Request, call string) (broken bool) {
	if h.meanwhile != nil {
		h.meanwhile(call)
	}
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	needs := "contents=read"
	if r.Method != http.MethodGet {
		needs = "contents=write"
		h.calls = append(h.calls, call)
	}
	if strings.HasPrefix(call, "GET /actions/") {
		needs = "actions=read"
	}
	if !permits(token, needs) {
		refuse(http.StatusForbidden, "Resource not accessible by integration")
	}
	if h.interrupt == nil || !h.interrupt(call) {
		return false
	}
	if !h.lose {
		refuse(http.StatusBadGateway, "Server Error")
	}
	return true
}

// permits tells whether a token, which is a list of its permissions, has one.
func permits(token, needs string) bool {
	has := strings.Split(token, ",")
	scope, level, _ := strings.Cut(needs, "=")
	return slices.Contains(has, needs) || level == "read" && slices.Contains(has, scope+"=write")
}

func (h *hub) serveGit(handle func(string, func(*http.Request, map[string]any) any)) {
	object := func(ref, sha string) map[string]any {
		return map[string]any{"ref": ref, "object": map[string]any{"sha": sha, "type": "commit"}}
	}
	handle("GET /git/ref/{ref...}", func(r *http.Request, _ map[string]any) any {
		ref := "refs/" + r.PathValue("ref")
		return object(ref, h.known(ref))
	})
	handle("GET /git/matching-refs/{ref...}", func(r *http.Request, _ map[string]any) any {
		refs := []any{}
		for _, ref := range strings.Fields(h.git("for-each-ref", "--format=%(refname)")) {
			if strings.HasPrefix(ref, "refs/"+r.PathValue("ref")) {
				refs = append(refs, object(ref, h.ref(ref)))
			}
		}
		return refs
	})
	handle("GET /contents/{path...}", func(r *http.Request, _ map[string]any) any {
		name := h.known(r.FormValue("ref")) + ":" + r.PathValue("path")
		if h.git("cat-file", "-t", name) == "blob" {
			return []byte(h.git("cat-file", "blob", name) + "\n")
		}
		entries := []any{}
		for line := range strings.Lines(h.git("ls-tree", name)) {
			fields := strings.Fields(line)
			entries = append(entries, map[string]any{"name": fields[3], "sha": fields[2]})
		}
		return entries
	})
	handle("POST /git/trees", func(_ *http.Request, body map[string]any) any { return map[string]any{"sha": h.makeTree(body)} })
	handle("POST /git/commits", func(_ *http.Request, body map[string]any) any {
		args := []string{"commit-tree", "-m", body["message"].(string), body["tree"].(string)}
		for _, parent := range body["parents"].([]any) {
			args = append(args, "-p", h.known(parent.(string)))
		}
		return map[string]any{"sha": h.git(args...)}
	})
	handle("GET /git/commits/{sha}", func(r *http.Request, _ map[string]any) any {
		sha, parents := h.known(r.PathValue("sha")), []any{}
		for _, parent := range strings.Fields(h.git("log", "-1", "--format=%P", sha)) {
			parents = append(parents, map[string]any{"sha": parent})
		}
		return map[string]any{
			"sha": sha, "tree": map[string]any{"sha": h.git("rev-parse", sha+"^{tree}")},
			"parents": parents, "verification": map[string]any{"verified": !h.unsigned},
		}
	})
	handle("GET /compare/{range}", func(r *http.Request, _ map[string]any) any {
		base, head, _ := strings.Cut(r.PathValue("range"), "...")
		base, head = h.known(base), h.known(head)
		status := "diverged"
		switch {
		case base == head:
			status = "identical"
		case h.isAncestor(base, head):
			status = "ahead"
		case h.isAncestor(head, base):
			status = "behind"
		}
		return map[string]any{"status": status}
	})
	handle("POST /git/refs", func(_ *http.Request, body map[string]any) any {
		ref, sha := body["ref"].(string), body["sha"].(string)
		if h.ref(ref) != "" {
			refuse(http.StatusUnprocessableEntity, "Reference already exists")
		}
		h.name(ref, h.known(sha), false)
		return object(ref, sha)
	})
	handle("PATCH /git/refs/{ref...}", func(r *http.Request, body map[string]any) any {
		ref, sha := "refs/"+r.PathValue("ref"), body["sha"].(string)
		if h.ref(ref) == "" {
			refuse(http.StatusUnprocessableEntity, "Reference does not exist")
		}
		h.name(ref, h.known(sha), body["force"] == true)
		return object(ref, sha)
	})
}

// known is a commit that is there.
func (h *hub) known(name string) string {
	commit := h.ref(name)
	if commit == "" {
		refuse(http.StatusNotFound, "Not Found")
	}
	return commit
}

func (h *hub) makeTree(body map[string]any) string {
	index := filepath.Join(h.t.TempDir(), "index")
	run := func(stdin string, args ...string) string {
		cmd := exec.CommandContext(h.t.Context(), "git", append([]string{"--git-dir=" + h.dir}, args...)...)
		cmd.Env, cmd.Stdin = append(os.Environ(), "GIT_INDEX_FILE="+index), strings.NewReader(stdin)
		out, err := cmd.Output()
		if err != nil {
			refuse(http.StatusUnprocessableEntity, err.Error())
		}
		return strings.TrimSpace(string(out))
	}
	run("", "read-tree", body["base_tree"].(string))
	for _, entry := range body["tree"].([]any) {
		e := entry.(map[string]any)
		blob := run(e["content"].(string), "hash-object", "-w", "--stdin")
		run("", "update-index", "--add", "--cacheinfo", fmt.Sprintf("%s,%s,%s", e["mode"], blob, e["path"]))
	}
	return run("", "write-tree")
}

var versionTag = regexp.MustCompile(`^refs/tags/v.*\..*\..*$`)

// name makes or moves a ref, as rulesets and the token of a run let it.
func (h *hub) name(ref, commit string, force bool) {
	before := h.ref(ref)
	tag, isTag := strings.CutPrefix(ref, "refs/tags/")
	switch {
	case isTag && slices.Contains(h.burnt, tag):
		refuse(http.StatusUnprocessableEntity, "Cannot create ref due to an immutable release")
	case ref == "refs/heads/main", before != "" && versionTag.MatchString(ref):
		refuse(http.StatusUnprocessableEntity, "Repository rule violations found")
	case before != "" && !h.isAncestor(before, commit) && (!force || !isTag):
		refuse(http.StatusUnprocessableEntity, "Update is not a fast forward")
	}
	workflows := h.git("rev-parse", commit+":.github/workflows")
	for _, head := range strings.Fields(h.git("for-each-ref", "--format=%(objectname)", "refs/heads")) {
		if h.git("rev-parse", head+":.github/workflows") == workflows {
			h.git("update-ref", ref, commit)
			return
		}
	}
	refuse(http.StatusForbidden, "Resource not accessible by integration")
}
