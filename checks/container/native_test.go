package container_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"flexy-key-check/checks/internal/emulator"
	"flexy-key-check/checks/internal/oracle"
)

// The action as these tests' own workflows name it, and a release of it.
const (
	containerized = "stand/in@v1"
	native        = "stand/in/.github/actions/native@v1"
	nativeFiles   = ".github/actions/native"
	pinned        = "ghcr.io/stand/in@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	releasePath   = "/stand/in/releases/download/v1.2.3/"
)

// binaries is a folder with the binaries of a release and their SHA256SUMS, as
// the release builds them.
var binaries = sync.OnceValues(func() (dir string, err error) {
	if dist, err = os.MkdirTemp("", "flexy-key-check-release"); err == nil {
		_, err = run(context.Background(), nil, "go", "run", "../release", "build", "1.2.3+"+strings.Repeat("0123abcd", 5), dist)
	}
	return dist, err
})

var dist string // that folder, once there is one

func TestMain(m *testing.M) {
	code := m.Run()
	if dist != "" {
		os.RemoveAll(dist)
	}
	os.Exit(code)
}

// A release is a stand-in for GitHub's download of a release's files.
type release struct {
	*httptest.Server
	mu        sync.Mutex
	downloads int
}

// startRelease serves what change makes of the release's files: nil leaves one
// out.
func startRelease(t *testing.T, dir string, change func(file []byte) []byte) *release {
	t.Helper()
	r := &release{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+releasePath+"{name}", func(w http.ResponseWriter, request *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.downloads++
		file, err := os.ReadFile(filepath.Join(dir, request.PathValue("name")))
		if change != nil {
			file = change(file)
		}
		if err != nil || file == nil {
			http.NotFound(w, request)
			return
		}
		_, _ = w.Write(file)
	})
	r.Server = httptest.NewServer(mux)
	t.Cleanup(r.Close)
	return r
}

// writeNative puts the native action into a folder, as the default branch has it
// or as a release does.
func writeNative(t *testing.T, dir, sums string) {
	t.Helper()
	for _, name := range []string{"action.yml", "check", "get"} {
		write(t, dir, nativeFiles+"/"+name, read(t, nativeFiles+"/"+name))
	}
	if sums != "" {
		action, err := run(t.Context(), nil, "go", "run", "../release", "pin", pinned, "v1.2.3", sums, root+"/"+nativeFiles+"/action.yml")
		if err != nil {
			t.Fatal(err)
		}
		write(t, dir, nativeFiles+"/action.yml", action)
	}
}

// nativeRelease puts the native action into a folder, as a release has it and
// beside no other, and serves the release's files.
func nativeRelease(t *testing.T, dir string) *release {
	t.Helper()
	dist, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, reusable, read(t, reusable))
	writeNative(t, dir, filepath.Join(dist, "SHA256SUMS"))
	return startRelease(t, dist, nil)
}

// A workflowStep is a step of a workflow that a test makes up.
type workflowStep struct {
	ID       string            `json:"id"`
	Continue bool              `json:"continue-on-error"`
	If       string            `json:"if,omitempty"`
	Uses     string            `json:"uses,omitempty"`
	With     map[string]string `json:"with,omitempty"`
	Run      string            `json:"run,omitempty"`
	Shell    string            `json:"shell,omitempty"`
	Env      map[string]string `json:"env,omitempty"`
}

// runSteps runs jobs of such steps in act, and returns its log.
func runSteps(t *testing.T, source string, files map[string]string, jobs map[string][]workflowStep, args ...string) []message {
	t.Helper()
	for _, tool := range []string{"act", "git"} {
		_, err := exec.LookPath(tool)
		need(t, err)
	}
	jobImage, err := localImage("FLEXY_JOB_IMAGE", "flexy-ci/job")
	need(t, err)
	workspace := filepath.Join(t.TempDir(), "workspace")
	workflow := map[string]any{"name": workspace, "on": "push", "jobs": map[string]any{}} // act names its containers after it
	for name, steps := range jobs {
		workflow["jobs"].(map[string]any)[name] = map[string]any{"runs-on": "ubuntu-latest", "steps": steps}
	}
	text, err := json.Marshal(workflow) // which is YAML
	if err != nil {
		t.Fatal(err)
	}
	write(t, workspace, ".github/workflows/test.yml", string(text))
	for name, content := range files {
		write(t, workspace, name, content)
	}
	commitAll(t, workspace)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	output, err := run(ctx, nil, "act", append([]string{
		"push", "--json", "--rm", "--pull=false", "--no-cache-server", "--platform", "ubuntu-latest=" + jobImage,
		"--local-repository", containerized + "=" + source, "--directory", workspace, "--action-cache-path", filepath.Join(t.TempDir(), "cache"),
		"--env", "RUNNER_TOOL_CACHE=/tmp/tools",
	}, args...)...)
	if err != nil {
		t.Logf("act ended with %v", err)
	}
	var log []message
	for line := range strings.Lines(output) {
		var m message
		if json.Unmarshal([]byte(line), &m) == nil {
			log = append(log, m)
		}
	}
	return log
}

// said returns what a step said and did, as transcribe writes it.
func said(log []message, job, step string) string {
	var b strings.Builder
	for _, m := range log {
		if m.JobID == job && len(m.StepID) > 0 && m.StepID[0] == step {
			b.WriteString(m.String())
		}
	}
	return b.String()
}

// A run downloads the program once, and whatever is not the released file is
// never run: it says so, and hands on a verdict and a result.
func TestNativeAction(t *testing.T) {
	built(t, plainImage)
	dist, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	check := func(id string) workflowStep {
		return workflowStep{ID: id, Continue: true, Uses: native, With: map[string]string{"api-key": shop.Text, "environment": "production"}}
	}
	look := workflowStep{ID: "look", Run: "echo \"$OUTCOME $OUTPUTS\"", Env: map[string]string{
		"OUTCOME": "${{ steps.last.outcome }}", "OUTPUTS": "${{ toJSON(steps.last.outputs) }}",
	}}
	for name, tt := range map[string]struct {
		steps     []workflowStep
		change    func(file []byte) []byte
		unpinned  bool
		downloads int
		sends     int
		says      []string
		looks     []string
	}{
		"two runs": {
			steps: []workflowStep{check("first"), check("last")}, downloads: 1, sends: 2,
			says:  []string{"flexy-key-check 1.2.3+0123abcd", "verdict: pass", "output type=PRODUCTION\n"},
			looks: []string{"success", `"verdict": "pass"`, `"scope": "READ-WRITE"`},
		},
		"a program that was changed on this runner": {
			steps: []workflowStep{check("first"), {
				ID: "change", Run: "set -- /tmp/tools/flexy-key-check/1.2.3/*/flexy-key-check\necho '#!/bin/sh\necho owned' >$1", Shell: "bash",
			}, check("last")}, downloads: 2, sends: 2,
			says:  []string{"warning[flexy-key-check] the program in the tool cache is not the released one (SHA-256)", "verdict: pass"},
			looks: []string{"success", `"verdict": "pass"`},
		},
		"a program that was changed on the way": {
			steps: []workflowStep{check("last")}, change: func(file []byte) []byte { return append(file, 0) }, downloads: 1,
			says:  []string{"error[flexy-key-check: unavailable] flexy-key-check-linux-", "its SHA-256 is not the one in action.yml\nhint: do not run it"},
			looks: []string{"failure", `"verdict": "unavailable"`, `\"exit-code\":3`, "is not the released file"},
		},
		"a program that is missing": {
			steps: []workflowStep{check("last")}, change: func([]byte) []byte { return nil }, downloads: 1,
			says:  []string{"error[flexy-key-check: unavailable] the release has no flexy-key-check-linux-", "hint: wait for the release"},
			looks: []string{"failure", `"verdict": "unavailable"`, "HTTP 404"},
		},
		"a commit that is no release, without Go": {
			steps: []workflowStep{check("last")}, unpinned: true,
			says:  []string{"error[flexy-key-check: unavailable] this commit is no release, and there is no Go", "hint: use a release"},
			looks: []string{"failure", `"verdict": "unavailable"`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			source, sums := t.TempDir(), filepath.Join(dist, "SHA256SUMS")
			if tt.unpinned {
				sums = ""
			}
			writeNative(t, source, sums)
			api := emulator.New(emulator.Options{Now: time.Now, Keys: []emulator.Key{shop}})
			server, files := httptest.NewServer(api), startRelease(t, dist, tt.change)
			t.Cleanup(server.Close)
			for i := range tt.steps {
				if tt.steps[i].Uses != "" {
					tt.steps[i].With["base-url"] = server.URL
				}
			}
			log := runSteps(t, source, nil, map[string][]workflowStep{"key": append(tt.steps, look)}, "--env", "GITHUB_SERVER_URL="+files.URL)
			for step, texts := range map[string][]string{"last": tt.says, "look": tt.looks} {
				got := said(log, "key", step)
				for _, want := range texts {
					if !strings.Contains(got, want) {
						t.Errorf("step %s lacks %q:\n%s", step, want, got)
					}
				}
				oracle.NoLeak(t, map[string][]byte{step: []byte(got)}, shop.Text, account)
			}
			if files.downloads != tt.downloads || api.Stats().Requests != tt.sends {
				t.Errorf("%d downloads and %d requests, want %d and %d", files.downloads, api.Stats().Requests, tt.downloads, tt.sends)
			}
		})
	}
}
