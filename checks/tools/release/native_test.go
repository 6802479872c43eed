package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"flexy-key-check/checks/internal/test/testkit"
)

// A runner runs the steps of the native action, and serves the release's file.
type runner struct {
	t       *testing.T
	dir     string
	env     map[string]string
	as      []string         // what a command line begins with, such as another user
	program string           // a stand-in for the program
	serve   http.HandlerFunc // answers a download
	asked   int              // the number of downloads

	mu sync.Mutex // the race detector cannot see that the script orders the test and the server
}

const (
	program  = "#!/bin/bash\n[ \"$1\" != --version ] || { echo stand-in; exit; }\necho \"arguments $*\"\nenv | grep -E '^(INPUT|PROGRAM|SUM|ACTION|GITHUB_ACTION_R)' | sort\n"
	theKey   = "k-3f9a1c77be204d58"
	badStart = "::error title=flexy-key-check%3A unavailable::"
)

// cached returns where the tool cache has a program.
func cached(system, processor, program string) string {
	return "tools/flexy-key-check/1.2.3/" + system + "-" + processor + "-" + sum(program) + "/flexy-key-check"
}

var toolCache = cached("linux", "amd64", program)

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
		"GITHUB": "http://127.0.0.1:9", // stands in for https://github.com
	}
	r.curl("", "")
	return r
}

// script returns a step of the action, as a runner starts it.
func (r *runner) script(id string, env ...string) *exec.Cmd {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, given := r.env["SHA256SUMS"]; !given {
		r.env["SHA256SUMS"] = fmt.Sprintf("%064x  flexy-key-check-other\n%s  %s\n", 1, sum(program), r.env["FILE"])
	}
	var action struct{ Runs struct{ Steps []step } }
	load(r.t, filepath.Join(r.env["GITHUB_ACTION_PATH"], "action.yml"), &action)
	i := slices.IndexFunc(action.Runs.Steps, func(s step) bool { return s.ID == id })
	args := append(slices.Clone(r.as), "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", action.Runs.Steps[i].Run)
	cmd := exec.CommandContext(r.t.Context(), args[0], args[1:]...)
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
	for _, pattern := range []string{filepath.Dir(toolCache) + "/new.*", "flexy-key-check.*"} {
		if left, err := filepath.Glob(filepath.Join(r.dir, pattern)); err != nil || len(left) > 0 {
			r.t.Errorf("left behind: %v, %v", left, err)
		}
	}
}

// command adds a command to the runner.
func (r *runner) command(name, script string) string {
	path := filepath.Join(r.dir, name)
	if err := os.WriteFile(path, []byte("#!/bin/bash\n"+script+"\n"), 0o700); err != nil {
		r.t.Fatal(err)
	}
	return path
}

// has leaves the runner with only some commands.
func (r *runner) has(commands string) {
	for name := range strings.FieldsSeq("bash cat chmod cp env mkdir mktemp mv rm tr " + commands) {
		path, _ := exec.LookPath(name)
		os.Symlink(path, filepath.Join(r.dir, name))
	}
	r.env["PATH"] = r.dir
}

// curl gives the runner a curl that runs a script first, has further arguments and
// knows where https://github.com is.
func (r *runner) curl(script, arguments string) {
	path, _ := exec.LookPath("curl")
	r.command("curl", script+"\nexec "+path+` "${@/https:\/\/github.com/$GITHUB}" `+arguments)
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
		want := "program=" + filepath.Join(r.dir, cached(tt.goos, tt.goarch, program)) + tt.suffix + "\nsum=" + sum(program) + "\n"
		if code != 0 || outputs != want || said != "stand-in\n" || r.asked != 1 {
			t.Errorf("%s %s: exit code %d after %d downloads, said %q, wrote %q", tt.system, tt.processor, code, r.asked, said, outputs)
		}
	}
}

// Only the released file is ever run.
func TestNativeGet(t *testing.T) {
	t.Parallel()
	setting := func(name, value string) func(*runner) { return func(r *runner) { r.env[name] = value } }
	has := func(commands string) func(*runner) { return func(r *runner) { r.has(commands) } }
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
		"no curl":                 {"there is no curl", func(r *runner) { r.has("sha256sum"); os.Remove(filepath.Join(r.dir, "curl")) }},
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
			r.curl("", "--retry 0") // it would take seconds
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

// The place of a download does not matter, because its checksum is known: a server
// that does not have the release may have taken the action from github.com.
func TestNativeGetFromGitHub(t *testing.T) {
	t.Parallel()
	const login = http.StatusFound
	for name, tt := range map[string]struct {
		local, remote, asked int // the servers' answers, 0 for none, login for a page, and the number of downloads
		says                 string
	}{
		"only on github.com":        {404, 200, 1, "stand-in\n"},
		"here for those who log in": {login, 200, 1, "stand-in\n"},
		"log in here, or nowhere":   {login, 404, 1, "HTTP 404 from https://github.com/owner/name/releases/download/v1.2.3/flexy-key-check-linux-amd64, after a web page from http://"},
		"a page everywhere":         {login, login, 1, "is not the released file"},
		"here":                      {200, 200, 0, "stand-in\n"},
		"nowhere":                   {404, 404, 1, "HTTP 404 from https://github.com/owner/name/releases/download/v1.2.3/flexy-key-check-linux-amd64, after HTTP 404 from http://"},
		"github.com is unreachable": {404, 0, 0, "no connection to https://github.com/owner/name"},
		"forbidden here":            {403, 200, 0, "HTTP 403 from http://"},
		"broken here":               {500, 200, 0, "HTTP 500 from http://"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, hub := newRunner(t), newRunner(t)
			r.curl("", "--retry 0")
			answer := func(r *runner, status int) {
				served := r.serve
				r.serve = func(w http.ResponseWriter, request *http.Request) {
					switch status {
					case http.StatusOK:
						served(w, request)
					case login:
						w.Header().Set("Content-Type", "text/html; charset=utf-8")
						w.Write([]byte("<html>Sign in to GitHub Enterprise</html>"))
					default:
						w.WriteHeader(status)
					}
				}
			}
			answer(r, tt.local)
			if tt.remote != 0 {
				answer(hub, tt.remote)
				r.env["GITHUB"] = hub.env["GITHUB_SERVER_URL"]
			}
			said, _, code := r.get()
			if want := 3 * min(1, len(tt.says)-len("stand-in\n")); code != want || !strings.Contains(said, tt.says) || r.asked != 1 || hub.asked != tt.asked {
				t.Errorf("exit code %d, want %d; %d and %d downloads, want 1 and %d; said %q, want %q", code, want, r.asked, hub.asked, tt.asked, said, tt.says)
			}
			r.isTidy()
		})
	}
	r := newRunner(t)
	r.env["GITHUB"], r.env["GITHUB_SERVER_URL"] = r.env["GITHUB_SERVER_URL"], "https://github.com/"
	r.serve = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }
	if said, _, code := r.get(); code != 3 || r.asked != 1 || strings.Contains(said, "after") {
		t.Errorf("exit code %d after %d downloads, said %q", code, r.asked, said)
	}
}

// A download that fails is retried. One checksum program is enough.
func TestNativeGetRecovers(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	need(t, "shasum", "perl")
	r.has("perl shasum")
	serve := r.serve
	r.serve = func(w http.ResponseWriter, request *http.Request) {
		if r.asked == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		serve(w, request)
	}
	for range 2 {
		if said, _, code := r.get(); code != 0 || said != "stand-in\n" || r.asked != 2 {
			t.Errorf("exit code %d after %d downloads, said %q", code, r.asked, said)
		}
	}
	r.isTidy()
}

// On a commit that is not a release, the program is built from it, for this machine,
// whatever the job's own Go programs are built for.
func TestNativeBuild(t *testing.T) {
	t.Parallel()
	slow(t, "it builds the program")
	r := newRunner(t)
	r.env["RELEASE"] = ""
	for _, name := range []string{"HOME", "GOPROXY", "GOSUMDB", "GOMODCACHE", "GOCACHE"} {
		r.env[name] = os.Getenv(name)
	}
	r.env["GOOS"], r.env["GOARCH"], r.env["GOWORK"] = "plan9", "arm", "/none/go.work"
	r.env["GOENV"] = filepath.Join(r.dir, "go.env")
	testkit.NoError(t, os.WriteFile(r.env["GOENV"], []byte("GOFLAGS=-mod=none\n"), 0o600))
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
