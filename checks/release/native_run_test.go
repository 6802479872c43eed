package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"flexy-key-check/checks/internal/oracle"
)

// A runner is what the scripts of the native action run on. The program is a
// script that tells what it is given.
type runner struct {
	t       *testing.T
	dir     string
	env     map[string]string
	program string
	serve   http.HandlerFunc // the release's file; it is there if nil
	asked   int

	mu sync.Mutex // the script is between the test and the server, which the race detector cannot see
}

const (
	program   = "#!/bin/bash\n[ \"$1\" != --version ] || { echo stand-in; exit; }\necho \"arguments $#\"\nenv | grep ^INPUT_ | sort\n"
	theKey    = "k-3f9a1c77be204d58"
	toolCache = "tools/flexy-key-check/1.2.3/amd64/flexy-key-check"
)

func newRunner(t *testing.T) *runner {
	t.Helper()
	if _, err := exec.LookPath("bash"); err != nil || runtime.GOOS == "windows" {
		t.Skip("runs the scripts of the native action, with bash")
	}
	r := &runner{t: t, dir: t.TempDir(), program: program}
	path, err := filepath.Abs(filepath.Dir(nativeAction))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.asked++
		switch {
		case r.serve != nil:
			r.serve(w, request)
		case request.URL.Path == "/owner/name/releases/download/v1.2.3/"+r.env["FILE"]:
			_, _ = w.Write([]byte(r.program))
		default:
			http.NotFound(w, request)
		}
	}))
	t.Cleanup(server.Close)
	r.env = map[string]string{
		"PATH": os.Getenv("PATH"), "HOME": r.dir, "GITHUB_ACTION_PATH": path, "GITHUB_OUTPUT": filepath.Join(r.dir, "outputs"),
		"RUNNER_OS": "Linux", "RUNNER_ARCH": "X64", "RUNNER_TEMP": r.dir, "RUNNER_TOOL_CACHE": filepath.Join(r.dir, "tools"),
		"GITHUB_SERVER_URL": server.URL, "RELEASE": "owner/name/releases/download/v1.2.3", "FILE": "flexy-key-check-linux-amd64",
		"SHA256SUMS": "",
	}
	return r
}

// script is a step of the action. It ends like the runner's: the shell becomes
// the script, and the script the program.
func (r *runner) script(name string, env ...string) *exec.Cmd {
	if r.env["SHA256SUMS"] == "" {
		r.env["SHA256SUMS"] = fmt.Sprintf("%064x  flexy-key-check-other\n%x  %s\n", 1, sha256.Sum256([]byte(program)), r.env["FILE"])
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	cmd := exec.CommandContext(r.t.Context(), "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", `exec bash "$GITHUB_ACTION_PATH/`+name+`"`)
	cmd.Dir = r.dir
	for name, value := range r.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

// get runs the first step and returns what it said and wrote as outputs.
func (r *runner) get() (said, outputs string, code int) {
	cmd := r.script("get")
	output, _ := cmd.CombinedOutput() // the exit code tells
	r.mu.Lock()
	defer r.mu.Unlock()
	written, _ := os.ReadFile(r.env["GITHUB_OUTPUT"])
	_ = os.Remove(r.env["GITHUB_OUTPUT"])
	return string(output), string(written), cmd.ProcessState.ExitCode()
}

// The binary that is fetched is the one of the runner's system and processor.
func TestNativePlatforms(t *testing.T) {
	t.Parallel()
	systems, processors := map[string]string{"Linux": "linux", "macOS": "darwin", "Windows": "windows"}, map[string]string{"X64": "amd64", "ARM64": "arm64"}
	for system, goos := range systems {
		for processor, goarch := range processors {
			r := newRunner(t)
			r.env["RUNNER_OS"], r.env["RUNNER_ARCH"], r.env["FILE"] = system, processor, binaryName(goos+"/"+goarch)
			r.env["RUNNER_TOOL_CACHE"] = strings.ReplaceAll(r.env["RUNNER_TOOL_CACHE"], "/", map[bool]string{true: `\`, false: "/"}[system == "Windows"])
			said, outputs, code := r.get()
			want := "program=" + filepath.Join(r.dir, strings.Replace(toolCache, "amd64", goarch, 1))
			if system == "Windows" {
				want += ".exe"
			}
			if code != 0 || outputs != want+"\n" || said != "stand-in\n" || r.asked != 1 {
				t.Errorf("%s %s: exit code %d after %d downloads, said %q, wrote %q", system, processor, code, r.asked, said, outputs)
			}
		}
	}
}

// Whatever comes in between, nothing but the released file is run.
func TestNativeGet(t *testing.T) {
	t.Parallel()
	without := func(commands ...string) func(*runner) {
		return func(r *runner) {
			bin := filepath.Join(r.dir, "bin")
			if err := os.Mkdir(bin, 0o700); err != nil {
				t.Fatal(err)
			}
			for _, name := range strings.Fields("bash cat chmod curl env mkdir mktemp mv rm sha256sum tr") {
				if path, err := exec.LookPath(name); err == nil && !strings.Contains(strings.Join(commands, " "), name) {
					_ = os.Symlink(path, filepath.Join(bin, name))
				}
			}
			r.env["PATH"] = bin
		}
	}
	setting := func(name, value string) func(*runner) { return func(r *runner) { r.env[name] = value } }
	fails := func(status int) func(*runner) {
		return func(r *runner) {
			r.serve = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
		}
	}
	proxied := func(r *runner) {
		r.env["HTTPS_PROXY"], r.env["GITHUB_SERVER_URL"] = strings.Replace(r.env["GITHUB_SERVER_URL"], "//", "//user:pa55word@", 1), "https://github.invalid"
	}
	for name, tt := range map[string]struct {
		change func(*runner)
		says   string
	}{
		"no checksum":         {setting("SHA256SUMS", "none"), "action.yml has no checksum of flexy-key-check-linux-amd64"},
		"another checksum":    {func(r *runner) { r.program += "\n" }, "is not the released file"},
		"nothing":             {func(r *runner) { r.program = "" }, "is not the released file"},
		"missing":             {fails(http.StatusNotFound), "HTTP 404"},
		"forbidden":           {fails(http.StatusForbidden), "HTTP 403"},
		"proxy wants a login": {func(r *runner) { proxied(r); fails(http.StatusProxyAuthRequired)(r) }, "the proxy wants a login"},
		"proxy refuses":       {func(r *runner) { proxied(r); fails(http.StatusForbidden)(r) }, "the proxy refuses to connect to https://github.invalid: HTTP 403"},
		"no such host":        {setting("GITHUB_SERVER_URL", "http://github.invalid"), "cannot resolve the host"},
		"no such proxy": {func(r *runner) {
			r.env["http_proxy"], r.env["ALL_PROXY"] = "http://user:pa55word@proxy.invalid", "http://proxy.invalid"
		}, "cannot reach the proxy"},
		"no TLS": {func(r *runner) {
			r.env["GITHUB_SERVER_URL"] = "https" + strings.TrimPrefix(r.env["GITHUB_SERVER_URL"], "http")
		}, "TLS fails"},
		"plain redirect": {func(r *runner) {
			r.serve = func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "http://127.0.0.1:1/")
				w.WriteHeader(http.StatusFound)
			}
		}, "no connection"},
		"no curl":      {without("curl"), "there is no curl"},
		"no sha256sum": {without("sha256sum"), "neither sha256sum nor shasum"},
		"no Go":        {func(r *runner) { r.env["RELEASE"] = ""; without()(r) }, "there is no Go to build"},
		"FreeBSD":      {setting("RUNNER_OS", "FreeBSD"), "found FreeBSD"},
		"32 bits":      {setting("RUNNER_ARCH", "X86"), "found X86"},
		"a program for nobody": {func(r *runner) {
			r.program = "\x7fELF"
			r.env["SHA256SUMS"] = fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(r.program)), r.env["FILE"])
		}, "cannot start the program"},
		"hostile to a command":   {setting("RUNNER_OS", "x\n::warning::y\"'\\%0A::error::z"), "found x::warning::y0A::error::z"},
		"no place for a program": {func(r *runner) { r.env["RUNNER_TOOL_CACHE"] = "/proc/none"; r.env["RUNNER_TEMP"] = "/proc/none" }, "cannot write to RUNNER_TEMP"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRunner(t)
			tt.change(r)
			said, outputs, code := r.get()
			if code != 3 || !strings.Contains(said, "::error title=flexy-key-check%3A unavailable::") || !strings.Contains(said, tt.says) || !strings.Contains(said, "%0Ahint: ") {
				t.Errorf("exit code %d, want 3 and %q in:\n%s", code, tt.says, said)
			}
			if strings.Contains(said, "stand-in") || strings.Contains(said, "pa55word") || strings.Count(said, "\n") != 1 {
				t.Errorf("said too much:\n%s", said)
			}
			checkOutputs(t, outputs)
		})
	}
}

// checkOutputs wants the two outputs that a step without a program has.
func checkOutputs(t *testing.T, outputs string) {
	t.Helper()
	verdict, result, _ := strings.Cut(outputs, "\n")
	result, ok := strings.CutPrefix(strings.TrimSuffix(result, "\n"), "result=")
	if verdict != "verdict=unavailable" || !ok || strings.ContainsAny(result, "\n'") {
		t.Errorf("outputs %q", outputs)
	}
	var document struct {
		Verdict  string
		ExitCode int `json:"exit-code"`
		Warnings []struct{ Message, Hint string }
		Keys     []any
	}
	if err := json.Unmarshal([]byte(result), &document); err != nil || document.Verdict != "unavailable" || document.ExitCode != 3 ||
		len(document.Warnings) != 1 || document.Warnings[0].Hint == "" || document.Keys == nil {
		t.Errorf("%v in the result %s", err, result)
	}
}

// A busy server is asked again; a cache that cannot be written is done without;
// a changed copy in it is fetched anew.
func TestNativeGetRecovers(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	r.serve = func(w http.ResponseWriter, _ *http.Request) {
		if r.asked == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte(r.program))
	}
	if said, outputs, code := r.get(); code != 0 || r.asked != 2 || said != "stand-in\n" {
		t.Errorf("exit code %d after %d downloads, said %q, wrote %q", code, r.asked, said, outputs)
	}
	if said, _, code := r.get(); code != 0 || r.asked != 2 || said != "stand-in\n" {
		t.Errorf("from the cache: exit code %d after %d downloads, said %q", code, r.asked, said)
	}
	if err := os.WriteFile(filepath.Join(r.dir, toolCache), []byte("#!/bin/sh\necho owned\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if said, _, code := r.get(); code != 0 || r.asked != 3 || !strings.HasSuffix(said, "stand-in\n") || !strings.HasPrefix(said, "::warning ") {
		t.Errorf("changed: exit code %d after %d downloads, said %q", code, r.asked, said)
	}
	r.env["RUNNER_TOOL_CACHE"] = "/proc/none"
	if said, outputs, code := r.get(); code != 0 || r.asked != 4 || !strings.HasPrefix(outputs, "program="+r.dir) {
		t.Errorf("no cache: exit code %d after %d downloads, said %q, wrote %q", code, r.asked, said, outputs)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(filepath.Join(r.dir, toolCache)), "new.*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// On a commit that is no release the program is built from it.
func TestNativeBuild(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	if testing.Short() {
		t.Skip("builds the program")
	}
	r.env["RELEASE"] = ""
	for _, name := range []string{"HOME", "GOPROXY", "GOSUMDB", "GOMODCACHE", "GOCACHE", "GOFLAGS"} {
		r.env[name] = os.Getenv(name)
	}
	said, outputs, code := r.get()
	if code != 0 || !strings.HasSuffix(said, "::\nflexy-key-check dev\n") || !strings.HasPrefix(said, "::stop-commands::") || !strings.HasPrefix(outputs, "program="+r.dir) {
		t.Errorf("exit code %d, said %q, wrote %q", code, said, outputs)
	}
	r.env["GITHUB_ACTION_PATH"] = filepath.Join(r.dir, "a", "b", "c")
	_ = os.MkdirAll(r.env["GITHUB_ACTION_PATH"], 0o700)
	_ = os.CopyFS(r.env["GITHUB_ACTION_PATH"], os.DirFS(filepath.Dir(nativeAction)))
	said, outputs, code = r.get()
	if code != 3 || !strings.Contains(said, "cannot build the program") {
		t.Errorf("exit code %d, said %q", code, said)
	}
	checkOutputs(t, outputs)
}

// What fetches the program is not given the keys of a policy file.
func TestNativeGetKeepsKeysBack(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("downloads with curl")
	}
	if err := os.WriteFile(filepath.Join(r.dir, "curl"), []byte("#!/bin/sh\nenv >\"$RUNNER_TEMP/seen\"\nexec "+curl+" \"$@\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	r.env["PATH"] = r.dir + ":" + r.env["PATH"]
	r.env["FLEXY_CHECKOUT_KEY"], r.env["FLEXY_KEYS"] = theKey, "a\n"+theKey
	if said, _, code := r.get(); code != 0 {
		t.Error(said)
	}
	seen := text(t, filepath.Join(r.dir, "seen"))
	if !strings.Contains(seen, "RUNNER_OS=Linux\n") || strings.Contains(seen, "FLEXY_") || strings.Contains(seen, theKey) {
		t.Errorf("curl saw:\n%s", seen)
	}
}

// The program gets the inputs, hyphens and all, and those that action.yml does
// not have by name only. The key is in no argument and in no file.
func TestNativeCheck(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	said, outputs, code := r.get()
	if code != 0 {
		t.Fatal(said)
	}
	given := []string{
		outputs[:len(outputs)-1], "INPUT_API-KEY=" + theKey, "INPUT_BASE-URL=", "INPUT_CA-CERTIFICATE=-----BEGIN\nPEM\n-----END",
		"INPUTS={\n  \"api-key\": \"" + theKey + "\",\n  \"Base-URL\": \"\",\n  \"expect-scop\": \"READ-ONLY\",\n  \"type\": \"x\\n  \\\"y\\\": z\",\n  \"Key Name\": \"*\"\n}",
	}
	given[0] = strings.Replace(given[0], "program=", "PROGRAM=", 1)
	output, err := r.script("check", given...).CombinedOutput()
	want := "arguments 0\nINPUT_API-KEY=" + theKey + "\nINPUT_BASE-URL=\nINPUT_CA-CERTIFICATE=-----BEGIN\nINPUT_EXPECT-SCOP=given\nINPUT_KEY_NAME=given\nINPUT_TYPE=given\n"
	if err != nil || string(output) != want {
		t.Errorf("%v, got:\n%s\nwant:\n%s", err, output, want)
	}
	files := map[string][]byte{}
	_ = filepath.WalkDir(r.dir, func(path string, entry os.DirEntry, _ error) error {
		if !entry.IsDir() {
			files[path], _ = os.ReadFile(path)
		}
		return nil
	})
	oracle.NoLeak(t, files, theKey)

	output, err = r.script("check", given[0], "INPUTS={}").CombinedOutput() // as behind a shell that drops the variables
	written := text(t, r.env["GITHUB_OUTPUT"])
	if err == nil || !strings.HasPrefix(string(output), "::error ") || written != "verdict=unavailable\n" {
		t.Errorf("%v, said %q, wrote %q", err, output, written)
	}
}

// A signal to the step reaches the program: the scripts became it.
func TestNativeCheckIsTheProgram(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	path := filepath.Join(r.dir, "program")
	if err := os.WriteFile(path, []byte("#!/bin/sh\ntrap 'exit 42' INT\necho ready >ready\nwhile :; do sleep 0.05; done\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := r.script("check", "PROGRAM="+path, "INPUT_API-KEY=", "INPUTS={\n  \"expect-scop\": \"x\"\n}")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for range 200 {
		if _, err := os.Stat(filepath.Join(r.dir, "ready")); err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	_ = cmd.Process.Signal(syscall.SIGINT)
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 42 {
		t.Errorf("exit code %d", code)
	}
}
