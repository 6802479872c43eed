package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"flexy-key-check/checks/internal/test/oracle"
	"flexy-key-check/checks/internal/test/testkit"
)

// A runner runs the scripts of the native action, and serves the release's file.
type runner struct {
	t       *testing.T
	dir     string
	env     map[string]string
	program string           // a stand-in for the program
	serve   http.HandlerFunc // answers a download
	asked   int              // the number of downloads

	mu sync.Mutex // the race detector cannot see that the script orders the test and the server
}

const (
	program   = "#!/bin/bash\n[ \"$1\" != --version ] || { echo stand-in; exit; }\necho \"arguments $#\"\nenv | grep -E '^(INPUT|PROGRAM)' | sort\n"
	theKey    = "k-3f9a1c77be204d58"
	toolCache = "tools/flexy-key-check/1.2.3/amd64/flexy-key-check"
	badStart  = "::error title=flexy-key-check%3A unavailable::"
)

func newRunner(t *testing.T) *runner {
	t.Helper()
	need(t, "bash", "curl")
	r := &runner{t: t, dir: t.TempDir(), program: program}
	r.serve = func(w http.ResponseWriter, request *http.Request) {
		if request.URL.Path != "/owner/name/releases/download/v1.2.3/"+r.env["FILE"] {
			w.WriteHeader(http.StatusNotFound)
		}
		w.Write([]byte(r.program))
	}
	path, err := filepath.Abs(filepath.Dir(nativeAction))
	testkit.NoError(t, err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.asked++
		r.serve(w, request)
	}))
	t.Cleanup(server.Close)
	r.env = map[string]string{
		"PATH": r.dir + ":" + os.Getenv("PATH"), "HOME": r.dir, "GITHUB_ACTION_PATH": path, "GITHUB_OUTPUT": filepath.Join(r.dir, "outputs"),
		"RUNNER_OS": "Linux", "RUNNER_ARCH": "X64", "RUNNER_TEMP": r.dir, "RUNNER_TOOL_CACHE": filepath.Join(r.dir, "tools"),
		"GITHUB_SERVER_URL": server.URL, "RELEASE": "owner/name/releases/download/v1.2.3", "FILE": "flexy-key-check-linux-amd64",
	}
	return r
}

// script returns a step of the action. As on a runner, the shell becomes the
// script, and the script the program.
func (r *runner) script(name string, env ...string) *exec.Cmd {
	if _, given := r.env["SHA256SUMS"]; !given {
		r.env["SHA256SUMS"] = fmt.Sprintf("%064x  flexy-key-check-other\n%s  %s\n", 1, sum(program), r.env["FILE"])
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

// get runs the first step and returns its output, its step outputs and its exit
// code.
func (r *runner) get() (said, outputs string, code int) {
	cmd := r.script("get")
	output, _ := cmd.CombinedOutput()
	r.mu.Lock()
	defer r.mu.Unlock()
	written, _ := os.ReadFile(r.env["GITHUB_OUTPUT"])
	os.Remove(r.env["GITHUB_OUTPUT"])
	return string(output), string(written), cmd.ProcessState.ExitCode()
}

// isTidy checks that no unfinished download is left.
func (r *runner) isTidy() {
	r.t.Helper()
	if left, err := filepath.Glob(filepath.Join(r.dir, filepath.Dir(toolCache), "new.*")); err != nil || len(left) > 0 {
		r.t.Errorf("left behind: %v, %v", left, err)
	}
}

// command adds a command to the runner.
func (r *runner) command(name, script string) string {
	path := filepath.Join(r.dir, name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
		r.t.Fatal(err)
	}
	return path
}

// curl adds a curl that runs a script first and has further arguments.
func (r *runner) curl(script, arguments string) {
	path, _ := exec.LookPath("curl")
	r.command("curl", script+"\nexec "+path+` "$@" `+arguments)
}

// The binary that is downloaded is the one for the runner's system and processor.
func TestNativePlatforms(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ system, processor, goos, goarch, suffix string }{
		{"Linux", "ARM64", "linux", "arm64", ""}, {"macOS", "X64", "darwin", "amd64", ""}, {"Windows", "X64", "windows", "amd64", ".exe"},
	} {
		r := newRunner(t)
		r.env["RUNNER_OS"], r.env["RUNNER_ARCH"], r.env["FILE"] = tt.system, tt.processor, binaryName(tt.goos+"/"+tt.goarch)
		if tt.system == "Windows" {
			r.env["RUNNER_TOOL_CACHE"] = strings.ReplaceAll(r.env["RUNNER_TOOL_CACHE"], "/", `\`)
		}
		said, outputs, code := r.get()
		want := "program=" + filepath.Join(r.dir, strings.Replace(toolCache, "amd64", tt.goarch, 1)) + tt.suffix + "\n"
		if code != 0 || outputs != want || said != "stand-in\n" || r.asked != 1 {
			t.Errorf("%s %s: exit code %d after %d downloads, said %q, wrote %q", tt.system, tt.processor, code, r.asked, said, outputs)
		}
	}
}

// Only the released file is ever run.
func TestNativeGet(t *testing.T) {
	t.Parallel()
	setting := func(name, value string) func(*runner) { return func(r *runner) { r.env[name] = value } }
	// has leaves the runner with only some commands.
	has := func(commands string) func(*runner) {
		return func(r *runner) {
			for _, name := range strings.Fields("bash cat chmod env mkdir mktemp mv rm tr " + commands) {
				path, _ := exec.LookPath(name)
				os.Symlink(path, filepath.Join(r.dir, name))
			}
			r.env["PATH"] = r.dir
		}
	}
	answers := func(status int) func(*runner) {
		return func(r *runner) { r.serve = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) } }
	}
	proxied := func(status int) func(*runner) {
		return func(r *runner) {
			r.env["HTTPS_PROXY"], r.env["GITHUB_SERVER_URL"] = strings.Replace(r.env["GITHUB_SERVER_URL"], "//", "//user:pa55word@", 1), "https://github.invalid"
			answers(status)(r)
		}
	}
	for name, tt := range map[string]struct {
		says   string
		change func(*runner)
	}{
		"no checksum":            {"action.yml has no checksum of flexy-key-check-linux-amd64", setting("SHA256SUMS", "none")},
		"another checksum":       {"is not the released file", func(r *runner) { r.program += "\n" }},
		"empty file":             {"is not the released file", func(r *runner) { r.program = "" }},
		"missing":                {"HTTP 404 from http", answers(http.StatusNotFound)},
		"forbidden":              {"HTTP 403 from http", answers(http.StatusForbidden)},
		"proxy requires a login": {"the proxy requires a login", proxied(http.StatusProxyAuthRequired)},
		"proxy refuses":          {"the proxy refuses to connect to https://github.invalid: HTTP 403", proxied(http.StatusForbidden)},
		"no such host":           {"cannot resolve the host", setting("GITHUB_SERVER_URL", "http://github.invalid")},
		"no such proxy": {"cannot reach the proxy", func(r *runner) {
			r.env["http_proxy"], r.env["ALL_PROXY"] = "http://user:pa55word@proxy.invalid", "http://proxy.invalid"
		}},
		"no TLS": {"TLS fails", func(r *runner) {
			r.env["GITHUB_SERVER_URL"] = strings.Replace(r.env["GITHUB_SERVER_URL"], "http", "https", 1)
		}},
		"redirect without TLS": {"no connection", func(r *runner) {
			r.serve = func(w http.ResponseWriter, request *http.Request) {
				if request.URL.Path != "/elsewhere" {
					http.Redirect(w, request, "/elsewhere", http.StatusFound)
				}
				w.Write([]byte(program))
			}
		}},
		"no curl":                 {"there is no curl", has("sha256sum")},
		"no sha256sum":            {"neither sha256sum nor shasum", has("")},
		"no Go":                   {"there is no Go to build", func(r *runner) { r.env["RELEASE"] = ""; has("")(r) }},
		"FreeBSD":                 {"found FreeBSD", setting("RUNNER_OS", "FreeBSD")},
		"32 bits":                 {"found X86", setting("RUNNER_ARCH", "X86")},
		"another kind of program": {"cannot start the program", func(r *runner) { r.program = "\x7fELF"; r.env["SHA256SUMS"] = sum(r.program) + "  " + r.env["FILE"] }},
		"workflow command":        {"found x::warning::y0A::error::z", setting("RUNNER_OS", "x\n::warning::y\"'\\%0A::error::z")},
		"nowhere to write":        {"cannot write to RUNNER_TEMP", func(r *runner) { r.env["RUNNER_TOOL_CACHE"] = "/proc/none"; r.env["RUNNER_TEMP"] = "/proc/none" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRunner(t)
			if name != "no curl" {
				r.curl("", "--retry 0") // it would take seconds
			}
			tt.change(r)
			said, outputs, code := r.get()
			if code != 3 || !strings.HasPrefix(said, badStart) || !strings.Contains(said, tt.says) || !strings.Contains(said, "%0Ahint: ") {
				t.Errorf("exit code %d, want 3 and %q in:\n%s", code, tt.says, said)
			}
			if strings.Contains(said, "stand-in") || strings.Contains(said, "pa55word") || strings.Count(said, "\n") != 1 {
				t.Errorf("said too much:\n%s", said)
			}
			checkOutputs(t, outputs)
			r.isTidy()
		})
	}
}

// checkOutputs wants the two outputs of a step without a program.
func checkOutputs(t *testing.T, outputs string) {
	t.Helper()
	result, ok := strings.CutPrefix(outputs, "verdict=unavailable\nresult=")
	var document struct {
		Verdict  string
		ExitCode int `json:"exit-code"`
		Warnings []struct{ Message, Hint string }
		Keys     []any
	}
	err := json.Unmarshal([]byte(result), &document)
	if err != nil || !ok || strings.Count(result, "\n") != 1 || strings.Contains(result, "'") || document.Verdict != "unavailable" ||
		document.ExitCode != 3 || len(document.Warnings) != 1 || document.Warnings[0].Hint == "" || document.Keys == nil {
		t.Errorf("%v in the outputs %s", err, outputs)
	}
}

// A download that fails is retried, a cache that cannot be written is not used,
// and a program that was changed in it is downloaded again.
func TestNativeGetRecovers(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	expect := func(what string, downloads int, prefix string) {
		t.Helper()
		said, outputs, code := r.get()
		if code != 0 || r.asked != downloads || !strings.HasSuffix(said, "stand-in\n") || !strings.HasPrefix(said, prefix) || !strings.HasPrefix(outputs, "program="+r.dir) {
			t.Errorf("%s: exit code %d after %d downloads, said %q, wrote %q", what, code, r.asked, said, outputs)
		}
	}
	serve := r.serve
	r.serve = func(w http.ResponseWriter, request *http.Request) {
		if r.asked == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		serve(w, request)
	}
	expect("503", 2, "stand-in")
	expect("from the cache", 2, "stand-in")
	r.command(toolCache, "echo owned")
	expect("changed", 3, "::warning ")
	r.env["RUNNER_TOOL_CACHE"] = "/proc/none"
	expect("no cache", 4, "stand-in")
	r.isTidy()
}

// On a commit that is not a release, the program is built from it.
func TestNativeBuild(t *testing.T) {
	t.Parallel()
	slow(t, "it builds the program")
	r := newRunner(t)
	r.env["RELEASE"] = ""
	for _, name := range []string{"HOME", "GOPROXY", "GOSUMDB", "GOMODCACHE", "GOCACHE", "GOFLAGS"} {
		r.env[name] = os.Getenv(name)
	}
	said, outputs, code := r.get()
	if code != 0 || !strings.HasSuffix(said, "::\nflexy-key-check dev\n") || !strings.HasPrefix(said, "::stop-commands::") || !strings.HasPrefix(outputs, "program="+r.dir) {
		t.Errorf("exit code %d, said %q, wrote %q", code, said, outputs)
	}
	path := filepath.Join(r.dir, "a", "b", "c") // there is nothing to build three directories up
	copyTree(t, filepath.Dir(nativeAction), path)
	r.env["GITHUB_ACTION_PATH"] = path
	said, outputs, code = r.get()
	if code != 3 || !strings.Contains(said, "cannot build the program") {
		t.Errorf("exit code %d, said %q", code, said)
	}
	checkOutputs(t, outputs)
}

// The program gets the inputs with the hyphens in their names; of inputs that
// action.yml does not have, it gets only the names. The key is in no argument and
// no file. The commands that download the program do not get the keys of a policy
// file.
func TestNativeCheck(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	r.curl(`env >"$RUNNER_TEMP/seen"`, "")
	r.env["FLEXY_CHECKOUT_KEY"], r.env["FLEXY_KEYS"] = theKey, "a\n"+theKey
	_, outputs, _ := r.get()
	seen := text(t, filepath.Join(r.dir, "seen"))
	if !strings.Contains(seen, "RUNNER_OS=Linux\n") || strings.Contains(seen, "FLEXY_") || strings.Contains(seen, theKey) {
		t.Errorf("curl saw:\n%s", seen)
	}
	path := strings.Replace(strings.TrimSpace(outputs), "program=", "PROGRAM=", 1)
	output, err := r.script("check", path, "INPUT_API-KEY="+theKey, "INPUT_BASE-URL=", "INPUT_CA-CERTIFICATE=-----BEGIN\nPEM\n-----END",
		"INPUTS={\n  \"api-key\": \""+theKey+"\",\n  \"Base-URL\": \"\",\n  \"expect-scop\": \"READ-ONLY\",\n  \"type\": \"x\\n  \\\"y\\\": z\",\n  \"Key Name\": \"*\"\n}",
	).CombinedOutput()
	want := "arguments 0\nINPUT_API-KEY=" + theKey + "\nINPUT_BASE-URL=\nINPUT_CA-CERTIFICATE=-----BEGIN\nINPUT_EXPECT-SCOP=given\nINPUT_KEY_NAME=given\nINPUT_TYPE=given\n"
	if err != nil || string(output) != want {
		t.Errorf("%v, got:\n%s\nwant:\n%s", err, output, want)
	}
	files := map[string][]byte{}
	filepath.WalkDir(r.dir, func(path string, _ os.DirEntry, _ error) error {
		files[path], _ = os.ReadFile(path)
		return nil
	})
	oracle.NoLeak(t, files, theKey)

	output, err = r.script("check", path, "INPUTS={}").CombinedOutput() // as in a shell that drops the variables
	if written := text(t, r.env["GITHUB_OUTPUT"]); err == nil || !strings.HasPrefix(string(output), "::error ") || written != "verdict=unavailable\n" {
		t.Errorf("%v, said %q, wrote %q", err, output, written)
	}
}

// A signal to the step reaches the program, because the scripts became it.
func TestNativeCheckIsTheProgram(t *testing.T) {
	t.Parallel()
	for _, inputs := range []string{"{}", "{\n  \"expect-scop\": \"x\"\n}"} {
		r := newRunner(t)
		path := r.command("program", "trap 'exit 42' TERM\necho ready >ready\nwhile :; do sleep 0.05; done")
		cmd := r.script("check", "PROGRAM="+path, "INPUT_API-KEY=", "INPUTS="+inputs)
		testkit.NoError(t, cmd.Start())
		for range 200 {
			if _, err := os.Stat(filepath.Join(r.dir, "ready")); err == nil {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != 42 {
			t.Errorf("exit code %d", code)
		}
	}
}
