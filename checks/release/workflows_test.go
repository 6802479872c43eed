package main

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"flexy-key-check/checks/internal/github"
)

// The actions that this repository's workflows may use. Their hashes and versions
// are in the workflows and nowhere else: Dependabot moves them there.
var actions = []string{
	"actions/attest", "actions/checkout", "actions/dependency-review-action", "actions/setup-go", "actions/upload-artifact",
	"docker/build-push-action", "docker/login-action", "docker/setup-buildx-action",
	"github/codeql-action", "golangci/golangci-lint-action", "ossf/scorecard-action", "zizmorcore/zizmor-action",
}

// What a job may write. No other job may write anything.
var writes = map[string][]string{
	"codeql.yml/analyze":      {"security-events"},
	"release.yml/binaries":    {"attestations", "id-token"},
	"release.yml/image":       {"attestations", "id-token", "packages"},
	"release.yml/publish":     {"contents"},
	"scorecard.yml/scorecard": {"id-token", "security-events"},
}

// A workflow, as far as it matters here. A list of permissions that is a word,
// such as write-all, does not parse.
type workflow struct {
	On          any
	Permissions map[string]string
	Concurrency any
	Jobs        map[string]job
}

type job struct {
	Name, Uses  string
	Secrets     any
	Permissions map[string]string
	Timeout     int `yaml:"timeout-minutes"`
	Strategy    struct{ Matrix struct{ Runner []string } }
	Outputs     map[string]string
	Steps       []struct {
		ID, Uses, Run string
		With          map[string]string
	}
}

func parse(t *testing.T, file string) workflow {
	t.Helper()
	var w workflow
	if err := yaml.Load([]byte(text(t, file)), &w); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return w
}

// files are the workflows of this repository, or those that the README shows.
func files(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, folder, "*.yml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d workflows in %s, %v", len(files), folder, err)
	}
	return files
}

const ours, documented = ".github/workflows", "testdata/workflows"

var (
	usesLine = regexp.MustCompile(`(?m)^\s*(?:- )?uses: (.*)$`)

	// An action of another repository, by hash, with the version that has it.
	pinForm = regexp.MustCompile(`^([\w.-]+/[\w.-]+)(?:/[\w./-]+)?@([0-9a-f]{40} # v\d+\.\d+\.\d+)$`)
)

func TestActionsArePinned(t *testing.T) {
	t.Parallel()
	pins := map[string]string{}
	for _, file := range append(files(t, ours), files(t, documented)...) {
		for _, match := range usesLine.FindAllStringSubmatch(text(t, file), -1) {
			self, _, _ := strings.Cut(github.DefaultAction, "@")
			if strings.HasPrefix(match[1], "./") || strings.HasPrefix(match[1], self) {
				continue
			}
			pin := pinForm.FindStringSubmatch(match[1])
			if len(pin) == 0 || !slices.Contains(actions, pin[1]) {
				t.Errorf("%s: %s is no action of the list above by hash, with its version", filepath.Base(file), match[1])
				continue
			}
			if !strings.Contains(file, ours) {
				continue // what the README shows is pinned as it was tried
			}
			if other := pins[pin[1]]; other != "" && other != pin[2] {
				t.Errorf("%s: %s is %s here and %s elsewhere", filepath.Base(file), pin[1], pin[2], other)
			}
			pins[pin[1]] = pin[2]
		}
	}
	if diff := cmp.Diff(actions, slices.Sorted(maps.Keys(pins))); diff != "" {
		t.Errorf("actions (-listed +used):\n%s", diff)
	}
}

func TestWorkflowsAreHardened(t *testing.T) {
	t.Parallel()
	for _, file := range append(files(t, ours), files(t, documented)...) {
		w := parse(t, file)
		want := map[string]string{"contents": "read"}
		if filepath.Base(file) == "flexy-key-check.yml" {
			want = map[string]string{} // or its callers could not start it
		}
		if diff := cmp.Diff(want, w.Permissions); diff != "" && strings.Contains(file, ours) {
			t.Errorf("%s: permissions (-want +got):\n%s", file, diff)
		}
		if w.Permissions == nil {
			t.Errorf("%s: no permissions are set", file)
		}
		if strings.Contains(text(t, file), "pull_request_target") {
			t.Errorf("%s hands out secrets", file)
		}
		for name, j := range w.Jobs {
			where := filepath.Base(file) + "/" + name
			if j.Secrets == "inherit" {
				t.Errorf("%s: hands out secrets", where)
			}
			if j.Timeout <= 0 && j.Uses == "" {
				t.Errorf("%s: no timeout-minutes", where)
			}
			for _, step := range j.Steps {
				if strings.HasPrefix(step.Uses, "actions/checkout@") && step.With["persist-credentials"] != "false" {
					t.Errorf("%s: the checkout keeps its token", where)
				}
				if strings.Contains(step.Run, "${{") {
					t.Errorf("%s: an expression is put into a script: %s", where, step.Run)
				}
			}
		}
	}
}

func TestConcurrencyAndPermissions(t *testing.T) {
	t.Parallel()
	got := map[string][]string{}
	for _, file := range files(t, ours) {
		w := parse(t, file)
		// A called workflow leaves it to its callers.
		on, _ := w.On.(map[string]any)
		if _, called := on["workflow_call"]; w.Concurrency == nil && (!called || len(on) > 1) {
			t.Errorf("%s: no concurrency", file)
		}
		for name, j := range w.Jobs {
			for scope, level := range j.Permissions {
				if level == "write" {
					where := filepath.Base(file) + "/" + name
					got[where] = append(got[where], scope)
					slices.Sort(got[where])
				}
			}
		}
	}
	if diff := cmp.Diff(writes, got); diff != "" {
		t.Errorf("jobs that may write (-want +got):\n%s", diff)
	}
}

// The reusable workflow passes on what the action has, under the same names,
// but for what its first comment excepts.
func TestReusableWorkflow(t *testing.T) {
	t.Parallel()
	var action struct{ Inputs, Outputs map[string]any }
	if err := yaml.Load([]byte(text(t, root+"/action.yml")), &action); err != nil {
		t.Fatal(err)
	}
	var called struct {
		On struct {
			Call struct {
				Inputs  map[string]struct{ Type, Default string }
				Secrets map[string]any
				Outputs map[string]struct{ Value string }
			} `yaml:"workflow_call"`
		}
		Jobs map[string]job
	}
	file := filepath.Join(root, ours, "flexy-key-check.yml")
	if err := yaml.Load([]byte(text(t, file)), &called); err != nil {
		t.Fatal(err)
	}
	call, check := called.On.Call, called.Jobs["check"]
	step, native := check.Steps[len(check.Steps)-2], check.Steps[len(check.Steps)-1]

	with := map[string]string{}
	for name := range call.Inputs {
		with[name] = "${{ inputs." + name + " }}"
	}
	for name, inherited := range map[string]string{
		"api-key": "inputs.rotation-only != 'true' && secrets.FLEXY_API_KEY || ''", "expect-account": "secrets.FLEXY_ACCOUNT", "secrets-token": "secrets.FLEXY_SECRETS_TOKEN",
	} {
		with[name] = "${{ secrets." + name + " || " + inherited + " }}"
	}
	if got, want := slices.Sorted(maps.Keys(call.Secrets)), []string{"FLEXY_ACCOUNT", "FLEXY_API_KEY", "FLEXY_SECRETS_TOKEN", "api-key", "expect-account", "secrets-token"}; !slices.Equal(got, want) {
		t.Errorf("secrets %q, want %q", got, want)
	}
	delete(with, "runs-on")
	delete(with, "native")
	delete(with, "job-environment")
	if diff := cmp.Diff(with, step.With); diff != "" {
		t.Errorf("inputs of the step (-declared +passed on):\n%s", diff)
	}
	if diff := cmp.Diff(step.With, native.With); diff != "" {
		t.Errorf("inputs of both ways (-container +native):\n%s", diff)
	}
	maps.DeleteFunc(action.Inputs, func(name string, _ any) bool {
		return slices.Contains([]string{"policy", "reminder-issue", "reminder-assignees", "github-token"}, name)
	})
	if diff := cmp.Diff(slices.Sorted(maps.Keys(action.Inputs)), slices.Sorted(maps.Keys(with))); diff != "" {
		t.Errorf("inputs (-action +workflow):\n%s", diff)
	}

	delete(action.Outputs, "reminder-issue")
	ofJob, ofWorkflow := map[string]string{}, map[string]struct{ Value string }{}
	for name := range action.Outputs {
		ofJob[name] = "${{ steps." + step.ID + ".outputs." + name + " || steps." + native.ID + ".outputs." + name + " }}"
		ofWorkflow[name] = struct{ Value string }{"${{ jobs.check.outputs." + name + " }}"}
	}
	if diff := cmp.Diff(ofJob, check.Outputs); diff != "" {
		t.Errorf("outputs of the job (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(ofWorkflow, call.Outputs); diff != "" {
		t.Errorf("outputs of the workflow (-want +got):\n%s", diff)
	}
}

func TestDependabot(t *testing.T) {
	t.Parallel()
	var config struct {
		Updates []struct {
			Ecosystem string `yaml:"package-ecosystem"`
			Directory string
			Cooldown  struct {
				Days int `yaml:"default-days"`
			}
		}
	}
	if err := yaml.Load([]byte(text(t, root+"/.github/dependabot.yml")), &config); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, u := range config.Updates {
		got[u.Ecosystem+" "+u.Directory] = u.Cooldown.Days
	}
	if diff := cmp.Diff(map[string]int{"gomod /": 7, "gomod /checks/kubernetes": 7, "github-actions /": 7, "docker /": 7}, got); diff != "" {
		t.Errorf("days of waiting (-want +got):\n%s", diff)
	}
}
