package main

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

// The actions that workflows may use: hash and version were looked up together.
var actions = map[string]string{
	"actions/attest":                    "1e69f48acb82d1966a394da916b4c1698aa569d6 # v4.2.2",
	"actions/checkout":                  "3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1",
	"actions/dependency-review-action":  "a1d282b36b6f3519aa1f3fc636f609c47dddb294 # v5.0.0",
	"actions/setup-go":                  "b7ad1dad31e06c5925ef5d2fc7ad053ef454303e # v7.0.0",
	"actions/upload-artifact":           "043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1",
	"docker/build-push-action":          "53b7df96c91f9c12dcc8a07bcb9ccacbed38856a # v7.3.0",
	"docker/login-action":               "dbcb813823bdd20940b903addbd779551569679f # v4.6.0",
	"docker/metadata-action":            "dc802804100637a589fabce1cb79ff13a1411302 # v6.2.0",
	"docker/setup-buildx-action":        "bb05f3f5519dd87d3ba754cc423b652a5edd6d2c # v4.2.0",
	"github/codeql-action/analyze":      "f205ea1c3313d32999d8d6a48b4f6530d4437b38 # v4.37.4",
	"github/codeql-action/init":         "f205ea1c3313d32999d8d6a48b4f6530d4437b38 # v4.37.4",
	"github/codeql-action/upload-sarif": "f205ea1c3313d32999d8d6a48b4f6530d4437b38 # v4.37.4",
	"golangci/golangci-lint-action":     "ba0d7d2ec06a0ea1cb5fa41b2e4a3ab91d21278a # v9.3.0",
	"ossf/scorecard-action":             "2d1146689b8cda280b9bc96326124645441f03bc # v2.4.4",
	"zizmorcore/zizmor-action":          "3dc1ecc9bcb9e94e9b2c709687979e1298497054 # v0.6.2",
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
	Uses        string
	Permissions map[string]string
	Timeout     int `yaml:"timeout-minutes"`
	Outputs     map[string]string
	Steps       []struct {
		ID, Uses, Run string
		With          map[string]string
	}
}

func parse(t *testing.T, file string) workflow {
	t.Helper()
	var w workflow
	if err := yaml.Unmarshal([]byte(text(t, file)), &w); err != nil {
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

func TestActionsArePinned(t *testing.T) {
	t.Parallel()
	uses := regexp.MustCompile(`(?m)^\s*(?:- )?uses:(.*)$`)
	for _, file := range append(files(t, ours), files(t, documented)...) {
		for _, match := range uses.FindAllStringSubmatch(text(t, file), -1) {
			action, pin, _ := strings.Cut(strings.TrimSpace(match[1]), "@")
			self := strings.HasPrefix(action, "./") || strings.HasPrefix(action, "OWNER/flexy-key-check")
			if !self && (actions[action] == "" || actions[action] != pin) {
				t.Errorf("%s: %s@%s, want @%s", filepath.Base(file), action, pin, actions[action])
			}
		}
	}
}

func TestActionsTable(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	for action, pin := range actions {
		if !form.MatchString(pin) {
			t.Errorf("%s: %q is no hash with a version", action, pin)
		}
	}
}

func TestWorkflowsAreHardened(t *testing.T) {
	t.Parallel()
	for _, file := range append(files(t, ours), files(t, documented)...) {
		w := parse(t, file)
		if diff := cmp.Diff(map[string]string{"contents": "read"}, w.Permissions); diff != "" && strings.Contains(file, ours) {
			t.Errorf("%s: permissions (-want +got):\n%s", file, diff)
		}
		if w.Permissions == nil {
			t.Errorf("%s: no permissions are set", file)
		}
		if got := text(t, file); strings.Contains(got, "secrets: inherit") || strings.Contains(got, "pull_request_target") {
			t.Errorf("%s hands out secrets", file)
		}
		for name, j := range w.Jobs {
			where := filepath.Base(file) + "/" + name
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
	if err := yaml.Unmarshal([]byte(text(t, root+"/action.yml")), &action); err != nil {
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
	if err := yaml.Unmarshal([]byte(text(t, file)), &called); err != nil {
		t.Fatal(err)
	}
	call, check := called.On.Call, called.Jobs["check"]
	step := check.Steps[len(check.Steps)-1]

	with := map[string]string{}
	for name := range call.Inputs {
		with[name] = "${{ inputs." + name + " }}"
	}
	for name := range call.Secrets {
		with[name] = "${{ secrets." + name + " }}"
	}
	delete(with, "runs-on")
	if diff := cmp.Diff(with, step.With); diff != "" {
		t.Errorf("inputs of the step (-declared +passed on):\n%s", diff)
	}
	maps.DeleteFunc(action.Inputs, func(name string, _ any) bool {
		return slices.Contains([]string{"policy", "secret-environment", "reminder-issue", "reminder-assignees", "github-token"}, name)
	})
	if diff := cmp.Diff(slices.Sorted(maps.Keys(action.Inputs)), slices.Sorted(maps.Keys(with))); diff != "" {
		t.Errorf("inputs (-action +workflow):\n%s", diff)
	}

	delete(action.Outputs, "reminder-issue")
	ofJob, ofWorkflow := map[string]string{}, map[string]struct{ Value string }{}
	for name := range action.Outputs {
		ofJob[name] = "${{ steps." + step.ID + ".outputs." + name + " }}"
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
			Cooldown  struct {
				Days int `yaml:"default-days"`
			}
		}
	}
	if err := yaml.Unmarshal([]byte(text(t, root+"/.github/dependabot.yml")), &config); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, u := range config.Updates {
		got[u.Ecosystem] = u.Cooldown.Days
	}
	if diff := cmp.Diff(map[string]int{"gomod": 7, "github-actions": 7, "docker": 7}, got); diff != "" {
		t.Errorf("days of waiting (-want +got):\n%s", diff)
	}
}
