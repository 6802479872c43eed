package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"flexy-key-check/checks/internal/test/oracle"
	"flexy-key-check/checks/internal/test/testkit"
)

// handed returns what the second step gets from the first.
func handed(outputs string) []string {
	return strings.Split(strings.NewReplacer("program=", "PROGRAM=", "sum=", "SUM=").Replace(strings.TrimSpace(outputs)), "\n")
}

// check runs the second step with the outputs of the first.
func (r *runner) check(outputs string, env ...string) (said string, code int) {
	cmd := r.script("check", append(handed(outputs), env...)...)
	output, _ := cmd.CombinedOutput()
	return string(output), cmd.ProcessState.ExitCode()
}

// The program gets the inputs with the hyphens in their names; of inputs that
// action.yml does not have, it gets only the names. The key is in no argument and
// no file. The commands that download the program do not get the keys of a policy
// file. The checkout may have CRLF.
func TestNativeCheck(t *testing.T) {
	t.Parallel()
	for name, checkout := range map[string]func(*runner){
		"LF": func(*runner) {},
		"CRLF": func(r *runner) {
			from, to := r.env["GITHUB_ACTION_PATH"], filepath.Join(r.dir, "crlf")
			for _, name := range []string{"action.yml", "check", "common", "get"} {
				copyTree(t, testkit.File(t, strings.ReplaceAll(text(t, filepath.Join(from, name)), "\n", "\r\n")), filepath.Join(to, name))
			}
			r.env["GITHUB_ACTION_PATH"] = to
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRunner(t)
			checkout(r)
			r.curl(`env >"$RUNNER_TEMP/seen"`, "")
			r.env["FLEXY_CHECKOUT_KEY"], r.env["FLEXY_KEYS"] = theKey, "a\n"+theKey
			_, outputs, _ := r.get()
			seen := text(t, filepath.Join(r.dir, "seen"))
			if !strings.Contains(seen, "RUNNER_OS=Linux\n") || strings.Contains(seen, "FLEXY_") || strings.Contains(seen, theKey) {
				t.Errorf("curl saw:\n%s", seen)
			}
			got, code := r.check(outputs, "INPUT_API-KEY="+theKey, "INPUT_BASE-URL=", "INPUT_CA-CERTIFICATE=-----BEGIN\nPEM\n-----END", "INPUT_MINE=set by env:",
				"INPUTS={\n  \"api-key\": \""+theKey+"\",\n  \"Base-URL\": \"\",\n  \"expect-scop\": \"READ-ONLY\",\n  \"type\": \"x\\n  \\\"y\\\": z\",\n"+
					"  \"q\\\"\": \"x\",\n  \"mine\": \"x\",\n  \"args\": \"\",\n  \"Key Name\": \"*\"\n}",
				"ACTION_REPOSITORY=octo-org/flexy-key-check", "ACTION_REF=v1", "GITHUB_ACTION_REPOSITORY=", "GITHUB_ACTION_REF=")
			want := "arguments \nGITHUB_ACTION_REF=v1\nGITHUB_ACTION_REPOSITORY=octo-org/flexy-key-check/.github/actions/native\n" +
				"INPUT_API-KEY=" + theKey + "\nINPUT_BASE-URL=\nINPUT_CA-CERTIFICATE=-----BEGIN\nINPUT_EXPECT-SCOP=given\nINPUT_KEY_NAME=given\n" +
				"INPUT_MINE=set by env:\nINPUT_Q\\\"=given\nINPUT_TYPE=given\n"
			if code != 0 || got != want {
				t.Errorf("exit code %d, got:\n%s\nwant:\n%s", code, got, want)
			}
			files := map[string][]byte{}
			filepath.WalkDir(r.dir, func(path string, _ os.DirEntry, _ error) error {
				files[path], _ = os.ReadFile(path)
				return nil
			})
			oracle.NoLeak(t, files, theKey)
		})
	}
}

// What a container gets as its command line is one here too. Only its name is
// passed on: it may contain a key.
func TestNativeCheckRefusesArguments(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	_, outputs, _ := r.get()
	for inputs, want := range map[string]string{
		`  "args": "` + theKey + `"`: "arguments args\n", "  \"entrypoint\": \"/bin/sh\",\n  \"ARGS\": \"--help\"": "arguments entrypoint ARGS\n",
		"  \"args\": \"\",\n  \"entrypoint\": \"\"": "arguments \n",
	} {
		if got, code := r.check(outputs, "INPUT_API-KEY=", "INPUTS={\n"+inputs+"\n}"); code != 0 || got != want+"INPUT_API-KEY=\n" {
			t.Errorf("%s: exit code %d, got %q", inputs, code, got)
		}
	}
}

// Without its inputs, or with a program that was changed since the step that got it,
// nothing is run.
func TestNativeCheckRefuses(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	_, outputs, _ := r.get()
	refuses := func(why string, env ...string) {
		t.Helper()
		said, code := r.check(outputs, append(env, "INPUTS={}")...)
		if code != 3 || !strings.HasPrefix(said, badStart+why) || strings.Count(said, "\n") != 1 {
			t.Errorf("exit code %d, want 3 and %q in:\n%s", code, why, said)
		}
		checkOutputs(t, text(t, r.env["GITHUB_OUTPUT"]))
		os.Remove(r.env["GITHUB_OUTPUT"])
	}
	refuses("the inputs do not reach the program") // as in a shell that drops the variables
	path := r.command(toolCache, "echo owned")
	refuses("the program was changed", "INPUT_API-KEY="+theKey)
	testkit.NoError(t, os.Remove(path))
	refuses("the program was changed", "INPUT_API-KEY="+theKey)
}

// A signal to the step reaches the program, because the scripts became it.
func TestNativeCheckIsTheProgram(t *testing.T) {
	t.Parallel()
	for _, inputs := range []string{"{}", "{\n  \"expect-scop\": \"x\"\n}"} {
		r := newRunner(t)
		path := r.command("program", "trap 'exit 42' TERM\necho ready >ready\nwhile :; do sleep 0.05; done")
		cmd := r.script("check", "PROGRAM="+path, "SUM="+sum(text(t, path)), "INPUT_API-KEY=", "INPUTS="+inputs)
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
