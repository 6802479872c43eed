package app_test

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"flexy-key-check/checks/app"
	"flexy-key-check/checks/internal/test/testkit"
)

// No run may show these. The API may echo another key than the one sent.
const (
	theKey     = "sk_live_W7qZ4tNv9-bXk2JmT5hLc8Ps" // of 32 characters: it has a fingerprint
	theEcho    = "5b1c9d3e-7f20-4a86-b6d4-0e9a8c7f1d25"
	theAccount = "+213665983439"
	theBalance = "7392651.84"               // of the account, in DZD
	theToken   = "ghs_Uq8Yw3Lr6Hs0Fc5Kd1Vz" // the job's own, passed by default
)

// today is the clock of every run in process, and of the emulator.
var today = time.Date(2026, 10, 10, 12, 0, 0, 0, time.UTC)

// declared is every input of the action. The runner sets a variable for each.
var declared = testkit.Names("inputs")

// formats is every value of FLEXY_FORMAT.
var formats = testkit.Names("formats")

// runnerFiles are the variables with the paths of the runner's files.
var runnerFiles = []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV", "GITHUB_STATE"}

// inputVariable returns the variable in which the runner passes an input.
func inputVariable(input string) string { return "INPUT_" + strings.ToUpper(input) }

// shellVariable returns the variable of a setting outside Actions.
func shellVariable(input string) string {
	return "FLEXY_" + strings.ToUpper(strings.ReplaceAll(input, "-", "_"))
}

// A program is the program with its environment.
type program struct {
	args     []string
	vars     map[string]string
	secrets  []string // besides the usual ones
	now      func() time.Time
	proxy    func(*http.Request) (*url.URL, error)
	columns  int               // of standard output, if it is a terminal
	progress int               // columns of standard error, if it is a terminal
	panics   string            // the variable whose look-up panics
	writes   func(text []byte) // is called before text is written to standard output

	// Of a process:
	stdout  *os.File // instead of what hold sees
	through string   // a shell command that starts the program, "$0"
	broken  bool     // its files are not as usual
}

// action returns the program as a step of a workflow, with a production key that
// passes. given replaces inputs; a name with "_" or in capitals is a variable.
func action(t *testing.T, baseURL string, given map[string]string) program {
	t.Helper()
	vars := runnerVariables(t)
	vars["GITHUB_ACTIONS"] = "true"
	for _, input := range declared {
		vars[inputVariable(input)] = ""
	}
	vars["INPUT_GITHUB-TOKEN"] = theToken
	return newProgram(t, vars, inputVariable, baseURL, given)
}

// shell returns the same outside Actions.
func shell(t *testing.T, baseURL string, given map[string]string) program {
	t.Helper()
	return newProgram(t, runnerVariables(t), shellVariable, baseURL, given)
}

func newProgram(t *testing.T, vars map[string]string, variable func(string) string, baseURL string, given map[string]string) program {
	t.Helper()
	set := map[string]string{"api-key": theKey, "environment": "production", "base-url": baseURL}
	maps.Copy(set, given)
	for name, value := range set {
		switch {
		case slices.Contains(declared, name):
			vars[variable(name)] = value
		case strings.Contains(name, "_"), name == strings.ToUpper(name):
			vars[name] = value
		default:
			t.Fatalf("%s is neither an input nor a variable", name)
		}
	}
	return program{vars: vars, now: func() time.Time { return today }}
}

// runnerVariables returns the variables that the runner sets for every step.
func runnerVariables(t *testing.T) map[string]string {
	t.Helper()
	vars := map[string]string{
		"GITHUB_EVENT_NAME": "push",
		"GITHUB_ACTOR":      "octocat",
		"GITHUB_REPOSITORY": "octo/shop",
	}
	dir := t.TempDir()
	for _, name := range runnerFiles {
		vars[name] = filepath.Join(dir, name)
		testkit.NoError(t, os.WriteFile(vars[name], nil, 0o600))
	}
	return vars
}

// run runs the program in this process, and asserts what is true of every run.
func (p program) run(t *testing.T) ran {
	t.Helper()
	return p.runContext(t.Context(), t)
}

func (p program) runContext(ctx context.Context, t *testing.T) ran {
	t.Helper()
	stdout, stderr := &observed{before: p.writes}, &bytes.Buffer{}
	code := app.Main(ctx, p.env(stdout, stderr))
	r := p.ended(t, code, stdout.Bytes(), stderr.Bytes())
	r.hold(t)
	return r
}

// An observed buffer calls before, unless nil, with each text before it is written.
type observed struct {
	bytes.Buffer
	before func([]byte)
}

func (o *observed) Write(p []byte) (int, error) {
	if o.before != nil {
		o.before(p)
	}
	return o.Buffer.Write(p)
}

func (p program) env(stdout, stderr io.Writer) app.Env {
	return app.Env{
		Args:          p.args,
		LookupEnv:     p.lookup,
		Environ:       p.environ(),
		Stdout:        stdout,
		Stderr:        stderr,
		StdoutColumns: p.columns,
		StderrColumns: p.progress,
		Now:           p.now,
		Proxy:         p.proxy,
		Version:       "1.2.3",
	}
}

func (p program) environ() []string {
	var all []string
	for name, value := range p.vars {
		all = append(all, name+"="+value)
	}
	return all
}

func (p program) lookup(name string) (string, bool) {
	value, ok := p.vars[name]
	if name == p.panics {
		panic("the variable holds " + value + theKey)
	}
	return value, ok
}

// command returns the real program, with only its own variables.
func (p program) command(t *testing.T) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary(t), p.args...)
	if p.through != "" {
		cmd = exec.CommandContext(t.Context(), "sh", append([]string{"-c", p.through, binary(t)}, p.args...)...)
	}
	cmd.Env = append(p.environ(), "GOCOVERDIR="+os.Getenv("GOCOVERDIR"))
	return cmd
}

// exec runs the program as a process. It calls meanwhile, unless nil, once that has
// started.
func (p program) exec(t *testing.T, meanwhile func(*exec.Cmd)) ran {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := p.command(t)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if p.stdout != nil {
		cmd.Stdout = p.stdout
	}
	testkit.NoError(t, cmd.Start())
	if meanwhile != nil {
		meanwhile(cmd)
	}
	_ = cmd.Wait() // see the exit code
	r := p.ended(t, cmd.ProcessState.ExitCode(), stdout.Bytes(), stderr.Bytes())
	r.hold(t)
	return r
}

// ended collects the results of a run.
func (p program) ended(t testing.TB, code int, stdout, stderr []byte) ran {
	t.Helper()
	get := func(name string) string { return strings.TrimSpace(p.vars[name]) }
	_, isAction := p.vars["INPUT_API-KEY"]
	r := ran{code: code, format: "text", stdout: stdout, stderr: stderr, files: map[string][]byte{}, sent: map[string][]byte{}, unseen: p.stdout != nil, broken: p.broken}
	if p.progress > 0 {
		r.stderr = progress.ReplaceAllFunc(stderr, func(text []byte) []byte {
			r.progress = append(r.progress, text...)
			return nil
		})
	}
	given := strings.ToLower(get("FLEXY_FORMAT"))
	r.runner = isAction || get("GITHUB_ACTIONS") == "true" && given == "github"
	switch {
	case isAction:
		r.format = "github"
	case slices.Equal(p.args, []string{"-h"}), slices.Equal(p.args, []string{"--help"}), slices.Equal(p.args, []string{"--version"}), slices.Equal(p.args, []string{"--fingerprint"}):
		r.format = "none"
	case slices.Contains(formats, given):
		r.format = given
	case get("GITHUB_ACTIONS") == "true":
		r.format = "github"
	}
	variable := shellVariable
	if isAction {
		variable = inputVariable
	}
	r.key, r.policy = get(variable("api-key")), get(variable("policy")) != ""
	r.secrets = append([]string{theEcho, theAccount, theBalance, theBalance[:7], theToken}, p.secrets...)
	if len(r.key) >= 8 { // a shorter one occurs by chance
		r.secrets = append(r.secrets, r.key)
	}
	for _, name := range []string{variable("base-url"), "GITHUB_API_URL"} {
		if address, err := url.Parse(get(name)); err == nil {
			r.sent[name] = received(address.Host)
		}
	}
	for _, name := range runnerFiles {
		info, err := os.Stat(get(name))
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		if file, err := os.OpenFile(get(name), os.O_WRONLY|os.O_APPEND, 0); err != nil {
			continue // no permission: the program cannot have written it either
		} else if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(get(name))
		testkit.NoError(t, err)
		r.files[name] = text
	}
	r.masked = p.toMask(variable, r.outputs()["verdict"] != "misconfigured")
	return r
}

var (
	progress       = regexp.MustCompile(`\r(\d+ of \d+ keys| {20}\r)`)
	policyVariable = regexp.MustCompile(`\benv: *["']?(\w+)`)
)

// toMask returns the keys and tokens that the program is given: with readable those of
// the policy too, and without those that a panic kept it from reading.
func (p program) toMask(variable func(string) string, readable bool) []string {
	names := []string{variable("api-key"), variable("secrets-token"), variable("github-token")}
	if p.panics != "" {
		names = names[:1]
	}
	path := p.vars[variable("policy")]
	if !filepath.IsAbs(path) {
		path = filepath.Join(p.vars["GITHUB_WORKSPACE"], path)
	}
	if policy, err := os.ReadFile(path); err == nil && readable && p.panics == "" && p.vars[variable("only")] == "" {
		for _, match := range policyVariable.FindAllSubmatch(policy, -1) {
			names = append(names, string(match[1]))
		}
	}
	var secrets []string
	for _, name := range names {
		if text := firstLine(strings.TrimSpace(p.vars[name])); !isOrdinary(text) {
			secrets = append(secrets, text)
		}
	}
	return secrets
}

// policyFile writes a policy into a workspace of its own, and returns both.
func policyFile(t *testing.T, text string) (workspace, name string) {
	t.Helper()
	workspace, name = t.TempDir(), "keys.yml"
	testkit.NoError(t, os.WriteFile(filepath.Join(workspace, name), []byte(text), 0o600))
	return workspace, name
}

// ofFork is the event of a pull request from a fork.
const ofFork = `{"action":"opened","pull_request":{"number":7,"head":{"ref":"x","repo":{"id":2,"full_name":"mallory/shop","fork":true}},` +
	`"base":{"ref":"main","repo":{"id":1,"full_name":"octo/shop","fork":false}}}}`
