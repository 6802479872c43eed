package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"flexy-key-check/checks/internal/test/testkit"
)

const another = "#!/bin/bash\necho another program\n"

// Whatever is in the tool cache, the released program runs, and is there the next
// time.
func TestNativeCache(t *testing.T) {
	t.Parallel()
	// holds puts something else in the program's place.
	for name, tt := range map[string]struct {
		downloads int
		holds     func(dir, path string) error
	}{
		"nothing":              {1, func(dir, _ string) error { return os.RemoveAll(dir) }},
		"the program":          {0, func(_, path string) error { return os.WriteFile(path, []byte(program), 0o755) }},
		"no x bit":             {0, func(_, path string) error { return os.WriteFile(path, []byte(program), 0o644) }},
		"another program":      {1, func(_, path string) error { return os.WriteFile(path, []byte(another), 0o755) }},
		"half of it":           {1, func(_, path string) error { return os.WriteFile(path, []byte(program[:len(program)/2]), 0o755) }},
		"an empty file":        {1, func(_, path string) error { return os.WriteFile(path, nil, 0o755) }},
		"an unreadable file":   {1, func(_, path string) error { return os.WriteFile(path, []byte(another), 0) }},
		"a folder":             {1, func(_, path string) error { return os.MkdirAll(filepath.Join(path, "more"), 0o755) }},
		"a pipe":               {1, func(_, path string) error { return exec.CommandContext(t.Context(), "mkfifo", path).Run() }},
		"a dangling link":      {1, func(_, path string) error { return os.Symlink("none", path) }},
		"a link to itself":     {1, func(_, path string) error { return os.Symlink(path, path) }},
		"a link to a folder":   {1, os.Symlink},
		"a link to the system": {1, func(_, path string) error { return os.Symlink("/bin/sh", path) }},
		"a link to the program": {0, func(dir, path string) error {
			os.WriteFile(filepath.Join(dir, "elsewhere"), []byte(program), 0o755)
			return os.Symlink("elsewhere", path)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRunner(t)
			r.env["RUNNER_TOOL_CACHE"] = r.dir + "/tools é x/tools/"
			path := filepath.Join(r.dir, "tools é x", toolCache)
			testkit.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
			testkit.NoError(t, tt.holds(filepath.Dir(path), path))
			for i := range 2 {
				said, outputs, code := r.get()
				warned := strings.Contains(said, "::warning ") && strings.Contains(said, "is not the released one")
				if code != 0 || r.asked != tt.downloads || !strings.HasSuffix(said, "stand-in\n") || warned != (i == 0 && tt.downloads > 0 && name != "nothing") {
					t.Errorf("exit code %d after %d downloads, said %q", code, r.asked, said)
				}
				if got, _ := os.ReadFile(path); string(got) != program || !strings.Contains(outputs, strings.TrimPrefix(toolCache, "tools")) {
					t.Errorf("the cache has %q, wrote %q", got, outputs)
				}
			}
			if left, _ := os.ReadDir(filepath.Dir(path)); len(left) > 2 {
				t.Errorf("left behind: %v", left)
			}
			r.isTidy()
		})
	}
}

// Without a tool cache, or with one that takes nothing, the program is in
// RUNNER_TEMP.
func TestNativeWithoutCache(t *testing.T) {
	t.Parallel()
	for name, cache := range map[string]string{"none": "", "no folder": "/proc/none", "a file": "/dev/null"} {
		r := newRunner(t)
		r.env["RUNNER_TOOL_CACHE"] = cache
		for range 2 {
			if said, outputs, code := r.get(); code != 0 || said != "stand-in\n" || !strings.HasPrefix(outputs, "program="+r.dir+"/flexy-key-check") {
				t.Errorf("%s: exit code %d, said %q, wrote %q", name, code, said, outputs)
			}
		}
		if want := map[string]int{"": 1}[cache]; want > 0 && r.asked != want {
			t.Errorf("%s: %d downloads, want %d", name, r.asked, want)
		}
	}
}

// ordinary makes the runner an ordinary user's, who can write to RUNNER_TEMP only.
// What is in the tool cache belongs to root, or cannot be written.
func (r *runner) ordinary() {
	r.t.Helper()
	temp := filepath.Join(r.dir, "temp")
	testkit.NoError(r.t, os.Mkdir(temp, 0o777))
	r.env["RUNNER_TEMP"], r.env["GITHUB_OUTPUT"] = temp, filepath.Join(temp, "outputs")
	action := filepath.Join(r.dir, "action")
	copyTree(r.t, r.env["GITHUB_ACTION_PATH"], action)
	r.env["GITHUB_ACTION_PATH"] = action
	if os.Geteuid() == 0 {
		need(r.t, "setpriv")
		r.as = []string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"}
		testkit.NoError(r.t, os.Chmod(filepath.Dir(r.dir), 0o755))
		testkit.NoError(r.t, os.Chown(temp, 65534, 65534))
		testkit.NoError(r.t, os.Chmod(filepath.Join(r.dir, "curl"), 0o755))
	}
	cache := filepath.Join(r.dir, filepath.Dir(toolCache))
	testkit.NoError(r.t, os.Chmod(cache, 0o555))
	r.t.Cleanup(func() { os.Chmod(cache, 0o755) })
}

// A tool cache that cannot be written is used, without a network.
func TestNativeReadOnlyCache(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		content   string
		mode      os.FileMode
		downloads int
		from      string
	}{
		"the program":     {program, 0o755, 0, "/tools/"},
		"no x bit":        {program, 0o644, 0, "/temp/"},
		"another program": {another, 0o755, 1, "/temp/"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRunner(t)
			path := filepath.Join(r.dir, toolCache)
			testkit.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
			testkit.NoError(t, os.WriteFile(path, []byte(tt.content), 0o600))
			testkit.NoError(t, os.Chmod(path, tt.mode&^0o222))
			if os.Geteuid() != 0 && tt.mode == 0o644 {
				return // an owner can always set the x bit
			}
			r.ordinary()
			if tt.downloads == 0 {
				r.env["GITHUB_SERVER_URL"] = "http://127.0.0.1:9"
			}
			said, outputs, code := r.get()
			if code != 0 || r.asked != tt.downloads || !strings.HasSuffix(said, "stand-in\n") || !strings.HasPrefix(outputs, "program="+r.dir+tt.from) {
				t.Errorf("exit code %d after %d downloads, said %q, wrote %q", code, r.asked, said, outputs)
			}
			if got, code := r.check(outputs, "INPUT_API-KEY=", "INPUTS={}"); code != 0 || !strings.HasPrefix(got, "arguments") {
				t.Errorf("exit code %d, said %q", code, got)
			}
			if got := text(t, path); got != tt.content {
				t.Errorf("the cache has %q", got)
			}
		})
	}
}

// Two owners' releases of one version share a runner, and neither runs the other's
// program.
func TestNativeCacheOfTwoOwners(t *testing.T) {
	t.Parallel()
	ours, theirs := newRunner(t), newRunner(t)
	theirs.program = strings.Replace(program, "arguments", "another owner's arguments", 1)
	theirs.env["SHA256SUMS"] = sum(theirs.program) + "  " + theirs.env["FILE"]
	theirs.env["RUNNER_TOOL_CACHE"] = ours.env["RUNNER_TOOL_CACHE"]
	var outputs, others string
	for range 2 {
		var said, saidToo string
		said, outputs, _ = ours.get()
		saidToo, others, _ = theirs.get()
		if said+saidToo != "stand-in\nstand-in\n" || ours.asked+theirs.asked != 2 {
			t.Errorf("%d and %d downloads, said %q and %q", ours.asked, theirs.asked, said, saidToo)
		}
	}
	for want, run := range map[string]func(string, ...string) (string, int){outputs: ours.check, others: theirs.check} {
		got, code := run(want, "INPUT_API-KEY=", "INPUTS={}")
		if code != 0 || strings.HasPrefix(got, "arguments") != (want == outputs) {
			t.Errorf("exit code %d, said %q", code, got)
		}
	}
}

// Several jobs download at once into one tool cache.
func TestNativeAtOnce(t *testing.T) {
	t.Parallel()
	const jobs = 4
	first := newRunner(t)
	testkit.NoError(t, os.MkdirAll(filepath.Join(first.dir, toolCache), 0o755)) // which each of them finds broken
	var wait sync.WaitGroup
	for range jobs {
		r := newRunner(t)
		r.env["RUNNER_TOOL_CACHE"], r.env["TOGETHER"] = first.env["RUNNER_TOOL_CACHE"], first.dir
		r.curl(fmt.Sprintf(`touch "$TOGETHER/arrived.$$"; while set -- "$@" && [ "$(ls "$TOGETHER" | grep -c arrived)" -lt %d ]; do sleep 0.02; done`, jobs), "")
		wait.Go(func() {
			said, outputs, code := r.get()
			if code != 0 || !strings.HasSuffix(said, "stand-in\n") {
				t.Errorf("exit code %d, said %q", code, said)
			}
			if got, code := r.check(outputs, "INPUT_API-KEY=", "INPUTS={}"); code != 0 || !strings.HasPrefix(got, "arguments") {
				t.Errorf("exit code %d, said %q", code, got)
			}
		})
	}
	wait.Wait()
	if got := text(t, filepath.Join(first.dir, toolCache)); got != program {
		t.Errorf("the cache has %q", got)
	}
	first.isTidy()
}

// A job that is cancelled during its download leaves nothing behind.
func TestNativeInterrupted(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	r.curl(`while [ "$1" != --output ]; do shift; done; echo half >"$2"; echo $$ >"$HOME/started"; exec sleep 60`, "")
	cmd := r.script("get")
	testkit.NoError(t, cmd.Start())
	started := filepath.Join(r.dir, "started")
	for range 400 {
		if _, err := os.Stat(started); err == nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	cmd.Process.Signal(syscall.SIGTERM)
	exec.CommandContext(t.Context(), "kill", strings.TrimSpace(text(t, started))).Run() // as a runner does with all of a step's processes
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code == 0 {
		t.Error("it succeeded")
	}
	r.isTidy()
	if _, err := os.Stat(filepath.Join(r.dir, toolCache)); err == nil {
		t.Error("the cache has something")
	}
	r.curl("", "")
	if said, _, code := r.get(); code != 0 || said != "stand-in\n" || r.asked != 1 {
		t.Errorf("exit code %d after %d downloads, said %q", code, r.asked, said)
	}
}
