package main

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// A dispatch is a run of release.yml. Each script runs in bash, as the runner
// does it, in a checkout of its job; of the actions that is done of which the
// scripts see something.
type dispatch struct {
	t       *testing.T
	hub     *hub
	version string
	commit  string // that it was started on
	private bool   // the image is

	ended   map[string]bool              // the jobs that have ended well
	outputs map[string]map[string]string // of jobs
	pushed  int                          // images
	log     string
}

type releaseJob struct {
	Needs       any
	Permissions map[string]string
	Outputs     map[string]string
	Env         map[string]string
	Steps       []releaseStep
}

type releaseStep struct {
	ID, Name, If, Uses, Run string
	With, Env               map[string]string
}

// release starts release.yml on main.
func (h *hub) release(t *testing.T, version string) *dispatch {
	t.Helper()
	return &dispatch{
		t: t, hub: h, version: version, commit: h.ref("refs/heads/main"),
		ended: map[string]bool{}, outputs: map[string]map[string]string{},
	}
}

// id is the run's.
func (d *dispatch) id() string { return d.version + "-of-" + d.commit[:8] }

// run runs the jobs that have not ended well, which is all of them or, the
// next time, "Re-run failed jobs". It returns the job and the step that failed,
// or "".
func (d *dispatch) run() (failed string) {
	d.t.Helper()
	var release struct {
		Permissions map[string]string
		Jobs        map[string]releaseJob
	}
	if err := yaml.Load([]byte(text(d.t, root+"/.github/workflows/release.yml")), &release); err != nil {
		d.t.Fatal(err)
	}
	for len(d.ended) < len(release.Jobs) {
		for _, name := range slices.Sorted(maps.Keys(release.Jobs)) {
			job := release.Jobs[name]
			if d.ended[name] || !d.ready(job.Needs) {
				continue
			}
			if job.Permissions == nil {
				job.Permissions = release.Permissions
			}
			if step := d.job(name, job); step != "" {
				return name + ": " + step
			}
			d.ended[name] = true
		}
	}
	return ""
}

func (d *dispatch) ready(needs any) bool {
	switch needs := needs.(type) {
	case string:
		return d.ended[needs]
	case []any:
		return !slices.ContainsFunc(needs, func(name any) bool { return !d.ended[name.(string)] })
	}
	return true
}

// job runs the steps of a job, up to the first that fails, which it returns.
func (d *dispatch) job(name string, job releaseJob) (failed string) {
	dir, values := d.t.TempDir(), map[string]string{
		"github.actor": "somebody", "github.repository": d.hub.repository, "github.server_url": "https://github.com",
		"github.sha": d.commit, "inputs.version": d.version, "runner.temp": "",
	}
	permissions := []string{}
	for scope, level := range job.Permissions {
		permissions = append(permissions, scope+"="+level)
	}
	values["github.token"] = strings.Join(permissions, ",")
	for needed, outputs := range d.outputs {
		for output, value := range outputs {
			values["needs."+needed+".outputs."+output] = value
		}
	}
	env := d.environment(dir)
	for _, step := range job.Steps {
		if condition := expression.ReplaceAllString(step.If, "$1"); condition != "" {
			what, want, ok := strings.Cut(condition, " == ")
			if !ok {
				d.t.Fatalf("%s: if: %s is not understood", step.Name, step.If)
			}
			if values[what] != strings.Trim(want, "'") {
				continue
			}
		}
		outputs, err := d.step(dir, append(env, d.settings(values, job.Env, step.Env)...), step)
		if err != nil {
			return step.Name
		}
		for output, value := range outputs {
			values["steps."+step.ID+".outputs."+output] = value
		}
	}
	d.outputs[name] = map[string]string{}
	for output, value := range job.Outputs {
		d.outputs[name][output] = d.evaluate(values, value)
	}
	return ""
}

// environment is that of a job in a folder.
func (d *dispatch) environment(dir string) []string {
	self, err := os.Executable()
	if err != nil {
		d.t.Fatal(err)
	}
	for name := range standIns {
		if err := os.MkdirAll(filepath.Join(dir, "bin"), 0o755); err != nil {
			d.t.Fatal(err)
		}
		if err := os.Symlink(self, filepath.Join(dir, "bin", name)); err != nil {
			d.t.Fatal(err)
		}
	}
	env := []string{
		"PATH=" + filepath.Join(dir, "bin") + ":" + os.Getenv("PATH"), "HOME=" + dir, "RUNNER_TEMP=" + dir,
		"GORACE=atexit_sleep_ms=0", // with -race each of them would wait a second at its end
		"GIT_CONFIG_NOSYSTEM=1", "GITHUB_API_URL=" + d.hub.url, "GITHUB_OUTPUT=" + filepath.Join(dir, "outputs"), "GITHUB_REF_NAME=main",
		"GITHUB_REPOSITORY=" + d.hub.repository, "GITHUB_RUN_ID=" + d.id(), "GITHUB_SHA=" + d.commit,
	}
	if d.private {
		env = append(env, "PRIVATE=1")
	}
	return env
}

// settings are the variables of a job and of a step.
func (d *dispatch) settings(values map[string]string, env ...map[string]string) (all []string) {
	for _, e := range env {
		for name, value := range e {
			all = append(all, name+"="+d.evaluate(values, value))
		}
	}
	return all
}

var expression = regexp.MustCompile(`\$\{\{ (.*?) \}\}`)

// evaluate puts the values in place of the expressions, which are names. A name
// of a step or job that has not run yet is blank, as it is there.
func (d *dispatch) evaluate(values map[string]string, text string) string {
	return expression.ReplaceAllStringFunc(text, func(e string) string {
		name := expression.FindStringSubmatch(e)[1]
		value, ok := values[name]
		if !ok && !strings.Contains(name, ".outputs.") {
			d.t.Fatalf("the expression %s is not understood", name)
		}
		return value
	})
}

// step runs one step in the folder of its job.
func (d *dispatch) step(dir string, env []string, step releaseStep) (outputs map[string]string, err error) {
	workspace := filepath.Join(dir, "workspace")
	if err := os.MkdirAll(workspace, 0o755); err != nil {
		d.t.Fatal(err)
	}
	action, _, _ := strings.Cut(step.Uses, "@")
	script := step.Run
	switch action {
	case "actions/checkout":
		script = `git init --quiet && echo "$HUB/objects" >.git/objects/info/alternates && git checkout --quiet "$GITHUB_SHA"`
		if step.With["fetch-depth"] == "0" { // then there are branches and tags
			script = `git clone --quiet --shared --no-checkout "$HUB" . && git checkout --quiet "$GITHUB_SHA"`
		}
		env = append(env, "HUB="+d.hub.dir)
	case "docker/build-push-action":
		d.pushed++
		digest := sha256.Sum256(fmt.Appendf(nil, "%s %d", d.id(), d.pushed))
		return map[string]string{"digest": fmt.Sprintf("sha256:%x", digest)}, nil
	case "actions/upload-artifact":
		d.upload(filepath.Join(workspace, step.With["path"]))
	}
	if script == "" {
		return nil, nil
	}
	file := filepath.Join(dir, "outputs")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		d.t.Fatal(err)
	}
	cmd := exec.CommandContext(d.t.Context(), "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script)
	cmd.Dir, cmd.Env = workspace, append(os.Environ(), env...)
	log, err := cmd.CombinedOutput()
	d.log += step.Name + "\n" + string(log)
	outputs = map[string]string{}
	for line := range strings.Lines(text(d.t, file)) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		outputs[name] = value
	}
	return outputs, err
}

func (d *dispatch) upload(dir string) {
	files := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, entry := range entries {
		files[entry.Name()] = []byte(text(d.t, filepath.Join(dir, entry.Name())))
	}
	d.hub.artifacts[d.id()] = files
}
