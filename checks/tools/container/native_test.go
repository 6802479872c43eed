package container_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"flexy-key-check/checks/internal/test/oracle"
	"flexy-key-check/checks/internal/test/testkit"
)

// The action as these tests' own workflows name it, and a release of it.
const (
	containerized = "stand/in@v1"
	native        = "stand/in/.github/actions/native@v1"
	nativeFiles   = ".github/actions/native"
	pinned        = "ghcr.io/stand/in@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	releasePath   = "/stand/in/releases/download/v1.2.3/"
)

// binaries returns a directory with this platform's binary of a release, as the
// release builds it, and SHA256SUMS, in which the others have invented sums.
var binaries = sync.OnceValues(func() (dir string, err error) {
	if dist, err = os.MkdirTemp("", "flexy-key-check-release"); err != nil {
		return "", err
	}
	own, err := run(context.Background(), nil, "go", "run", "../release", "build", "1.2.3+"+strings.Repeat("0123abcd", 5), dist, "linux/"+runtime.GOARCH)
	sums := ""
	for _, name := range []string{"darwin-amd64", "darwin-arm64", "linux-amd64", "linux-arm64", "windows-amd64.exe", "windows-arm64.exe"} {
		line := strings.Repeat("0", 64) + "  flexy-key-check-" + name + "\n"
		if strings.HasSuffix(own, line[64:]) {
			line = own
		}
		sums += line
	}
	return dist, errors.Join(err, os.WriteFile(filepath.Join(dist, "SHA256SUMS"), []byte(sums), 0o600))
})

var dist string // that directory, once it exists

func TestMain(m *testing.M) {
	code := m.Run()
	if dist != "" {
		os.RemoveAll(dist)
	}
	os.Exit(code)
}

// A release stands in for GitHub's download of a release's files.
type release struct {
	*httptest.Server
	mu        sync.Mutex
	downloads int
	damaged   bool // whether files arrive with a further byte
}

// startRelease serves the files in a directory.
func startRelease(t *testing.T, dir string) *release {
	t.Helper()
	r := &release{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+releasePath+"{name}", func(w http.ResponseWriter, request *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.downloads++
		file, err := os.ReadFile(filepath.Join(dir, request.PathValue("name")))
		if err != nil {
			http.NotFound(w, request)
			return
		}
		if r.damaged {
			file = append(file, 0)
		}
		w.Write(file)
	})
	r.Server = httptest.NewServer(mux)
	t.Cleanup(r.Close)
	return r
}

// nativeRelease puts the native action into a directory, as it is in a release,
// and serves the release's files.
func nativeRelease(t *testing.T, dir string) *release {
	t.Helper()
	dist, err := binaries()
	testkit.NoError(t, err)
	write(t, dir, reusable, read(t, reusable))
	for _, name := range []string{"check", "common", "get"} {
		write(t, dir, nativeFiles+"/"+name, read(t, nativeFiles+"/"+name))
	}
	action, err := run(t.Context(), nil, "go", "run", "../release", "pin", pinned, "v1.2.3", filepath.Join(dist, "SHA256SUMS"), root+"/"+nativeFiles+"/action.yml")
	testkit.NoError(t, err)
	write(t, dir, nativeFiles+"/action.yml", action)
	return startRelease(t, dist)
}

// A workflowStep is a step of a workflow that a test makes.
type workflowStep struct {
	ID       string            `json:"id"`
	Continue bool              `json:"continue-on-error"`
	Uses     string            `json:"uses,omitempty"`
	With     map[string]string `json:"with,omitempty"`
	Run      string            `json:"run,omitempty"`
	Env      map[string]string `json:"env,omitempty"`
}

// runSteps runs jobs of such steps in act, and returns its log.
func runSteps(t *testing.T, source string, files map[string]string, jobs map[string][]workflowStep, args ...string) []message {
	t.Helper()
	workspace := filepath.Join(t.TempDir(), "workspace")
	workflow := map[string]any{"name": workspace, "on": "push", "jobs": map[string]any{}} // act names its containers after it
	for name, steps := range jobs {
		workflow["jobs"].(map[string]any)[name] = map[string]any{"runs-on": "ubuntu-latest", "steps": steps}
	}
	text, err := json.Marshal(workflow) // which is YAML
	testkit.NoError(t, err)
	write(t, workspace, ".github/workflows/test.yml", string(text))
	for name, content := range files {
		write(t, workspace, name, content)
	}
	log, err := runAct(t, workspace, nil, append([]string{"push", "--local-repository", containerized + "=" + source}, args...)...)
	if err != nil {
		t.Logf("act ended with %v", err)
	}
	return log
}

// said returns the transcript of a step.
func said(log []message, job, step string) string {
	var b strings.Builder
	for _, m := range log {
		if m.JobID == job && len(m.StepID) > 0 && m.StepID[0] == step {
			b.WriteString(m.String())
		}
	}
	return b.String()
}

// A program that was changed on the way is not run, and later steps see a verdict
// and a result.
func TestNativeActionWithoutProgram(t *testing.T) {
	built(t, plainImage)
	source, a := t.TempDir(), startAPI(t, shop)
	files := nativeRelease(t, source)
	files.damaged = true
	log := runSteps(t, source, nil, map[string][]workflowStep{"key": {
		{ID: "get", Continue: true, Uses: native, With: map[string]string{"api-key": shop.Text, "environment": "production", "base-url": a.url}},
		{ID: "look", Run: "echo \"$OUTCOME $OUTPUTS\"", Env: map[string]string{
			"OUTCOME": "${{ steps.get.outcome }}", "OUTPUTS": "${{ toJSON(steps.get.outputs) }}",
		}},
	}}, "--env", "GITHUB_SERVER_URL="+files.URL)
	for step, texts := range map[string][]string{
		"get":  {"error[flexy-key-check: unavailable] flexy-key-check-linux-", "its SHA-256 is not the one in action.yml\nhint: do not run it"},
		"look": {"failure", `"verdict": "unavailable"`, `\"exit-code\":3`, "is not the released file"},
	} {
		got := said(log, "key", step)
		for _, want := range texts {
			if !strings.Contains(got, want) {
				t.Errorf("step %s lacks %q:\n%s", step, want, got)
			}
		}
		oracle.NoLeak(t, map[string][]byte{step: []byte(got)}, shop.Text, account)
	}
	if files.downloads != 1 || a.Stats().Requests != 0 {
		t.Errorf("%d downloads and %d requests, want 1 and 0", files.downloads, a.Stats().Requests)
	}
}
