package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A dispatch is a run of release.yml or published.yml. Each script runs in bash, as on a runner,
// in a checkout of its job's own. Of the actions only what the scripts depend on
// is done.
type dispatch struct {
	t       *testing.T
	hub     *hub
	file    string
	version string
	commit  string // the run's
	ref     string // its branch or tag
	image   string // "private", "other" or ""

	ended   map[string]bool   // the jobs that have succeeded
	outputs map[string]string // theirs, by the names that expressions have for them
	pushed  int               // the number of images
	log     string
}

// release starts release.yml on main.
func (h *hub) release(t *testing.T, version string) *dispatch {
	t.Helper()
	return &dispatch{t: t, hub: h, file: "release.yml", version: version, commit: h.ref("refs/heads/main"), ref: "main", ended: map[string]bool{}, outputs: map[string]string{}}
}

// publish publishes a draft, as only a person can, which starts published.yml.
func (h *hub) publish(t *testing.T, version string) *dispatch {
	t.Helper()
	for _, r := range h.releases {
		if r.tag == version {
			if h.ref("refs/tags/"+version) == "" {
				h.git("update-ref", "refs/tags/"+version, r.target)
			}
			r.draft, r.latest = false, "true" // as the form suggests
		}
	}
	d := h.release(t, version)
	d.file, d.ref, d.commit = "published.yml", version, h.ref("refs/tags/"+version)
	return d
}

// id returns the run's id.
func (d *dispatch) id() string { return d.version + "-of-" + d.commit[:8] }

// run runs the jobs that have not succeeded yet: all of them or, the next time,
// those of "Re-run failed jobs". It returns the job and step that failed, or "".
func (d *dispatch) run() (failed string) {
	d.t.Helper()
	release := parse(d.t, root+"/"+ours+"/"+d.file)
	for len(d.ended) < len(release.Jobs) {
		for _, name := range slices.Sorted(maps.Keys(release.Jobs)) {
			job := release.Jobs[name]
			needs := strings.Fields(strings.NewReplacer("[", "", "]", "", "<nil>", "").Replace(fmt.Sprint(job.Needs))) // a name, a list or nothing
			waits := slices.ContainsFunc(needs, func(name string) bool { return !d.ended[name] })
			if d.ended[name] || waits {
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

// job runs the steps of a job up to the first that fails, and returns its name.
func (d *dispatch) job(name string, job job) (failed string) {
	var permissions []string
	for scope, level := range job.Permissions {
		permissions = append(permissions, scope+"="+level)
	}
	values := maps.Clone(d.outputs)
	maps.Copy(values, map[string]string{
		"github.repository": d.hub.repository, "github.sha": d.commit, "github.token": strings.Join(permissions, ","),
		"inputs.version": d.version, "runner.temp": "",
		"github.event.release.tag_name": d.version, "github.event.release.id": d.hub.releaseID(d.version), "github.event.repository.default_branch": "main",
	})
	dir := d.t.TempDir()
	workspace := filepath.Join(dir, "workspace")
	if err := os.Mkdir(workspace, 0o755); err != nil {
		d.t.Fatal(err)
	}
	for _, step := range job.Steps {
		if step.If != "" {
			name, want, ok := strings.Cut(step.If, " == ")
			if !ok {
				d.t.Fatalf("%s: if: %s is not understood", step.Name, step.If)
			}
			if values[name] != strings.Trim(want, "'") {
				continue
			}
		}
		if strings.HasPrefix(step.Uses, "actions/attest@") {
			d.attest(workspace, d.evaluate(values, step.With["subject-digest"]), step.With["subject-checksums"])
		}
		outputs, ok := d.step(workspace, append(d.settings(values, job.Env), d.settings(values, step.Env)...), step)
		if !ok {
			return step.Name
		}
		for output, value := range outputs {
			values["steps."+step.ID+".outputs."+output] = value
		}
	}
	for output, value := range job.Outputs {
		d.outputs["needs."+name+".outputs."+output] = d.evaluate(values, value)
	}
	return ""
}

// attest notes from which commit an image, or the files of a list, were built.
func (d *dispatch) attest(workspace, digest, list string) {
	if digest != "" {
		d.hub.attested[strings.TrimPrefix(digest, "sha256:")] = d.commit
		return
	}
	for line := range strings.Lines(text(d.t, filepath.Join(workspace, list))) {
		digest, _, _ := strings.Cut(line, " ")
		d.hub.attested[digest] = d.commit
	}
}

// environment returns the environment of a job in a directory.
func (d *dispatch) environment(dir string) []string {
	return append(os.Environ(),
		"PATH="+d.hub.bin+":"+os.Getenv("PATH"), "HOME="+dir, "RUNNER_TEMP="+dir, "HUB="+d.hub.url, "VERSION=", "IMAGE_IS="+d.image,
		"GORACE=atexit_sleep_ms=0", // with -race each go would wait a second at its end
		"GIT_CONFIG_NOSYSTEM=1", "GITHUB_OUTPUT="+filepath.Join(dir, "outputs"), "GITHUB_REF_NAME="+d.ref, "GITHUB_STEP_SUMMARY="+filepath.Join(dir, "summary"),
		"GITHUB_REPOSITORY="+d.hub.repository, "GITHUB_RUN_ID="+d.id(), "GITHUB_SHA="+d.commit,
	)
}

func (d *dispatch) settings(values, env map[string]string) (all []string) {
	for name, value := range env {
		all = append(all, name+"="+d.evaluate(values, value))
	}
	return all
}

var expression = regexp.MustCompile(`\$\{\{ (.*?) \}\}`)

// evaluate replaces the expressions, each of which is a name. The outputs of a
// step or job that has not run are blank, as on GitHub.
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

// step runs a step in the workspace of its job.
func (d *dispatch) step(workspace string, env []string, step step) (outputs map[string]string, ok bool) {
	script := step.Run
	switch action, _, _ := strings.Cut(step.Uses, "@"); action {
	case "actions/checkout":
		script = `git init --quiet && echo "$REPOSITORY/objects" >.git/objects/info/alternates && git checkout --quiet "$GITHUB_SHA"`
		if step.With["fetch-depth"] == "0" { // with branches and tags
			script = `git clone --quiet --shared --no-checkout "$REPOSITORY" . && git checkout --quiet "$GITHUB_SHA"`
		}
		env = append(env, "REPOSITORY="+d.hub.dir)
	case "docker/build-push-action":
		d.pushed++
		return map[string]string{"digest": "sha256:" + sum(fmt.Sprint(d.id(), d.pushed))}, true
	case "actions/upload-artifact":
		files := map[string]string{}
		paths, _ := filepath.Glob(filepath.Join(workspace, step.With["path"], "*"))
		for _, path := range paths {
			files[filepath.Base(path)] = text(d.t, path)
		}
		d.hub.artifacts[d.id()] = files
	}
	if script == "" {
		return nil, true
	}
	file := filepath.Join(workspace, "..", "outputs")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		d.t.Fatal(err)
	}
	cmd := exec.CommandContext(d.t.Context(), "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script)
	cmd.Dir, cmd.Env = workspace, append(d.environment(filepath.Dir(workspace)), env...)
	log, err := cmd.CombinedOutput()
	d.log += step.Name + "\n" + string(log)
	outputs = map[string]string{}
	for line := range strings.Lines(text(d.t, file)) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		outputs[name] = value
	}
	return outputs, err == nil
}

// pinned returns what a release must make of an action.yml.
func (d *dispatch) pinned(name, action string) string {
	d.t.Helper()
	image := d.outputs["needs.image.outputs.pinned"]
	pinned, err := pin(action, image)
	if name == nativeFile {
		pinned, err = pinNative(action, image, d.version, d.hub.artifacts[d.id()]["SHA256SUMS"])
	}
	if err != nil {
		d.t.Fatal(err)
	}
	return pinned
}
