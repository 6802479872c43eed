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

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/github"
	"flexy-key-check/checks/internal/test/testkit"
)

// The actions that this repository's workflows may use. Their hashes and versions
// are only in the workflows, where Dependabot updates them.
var actions = []string{
	"actions/attest", "actions/checkout", "actions/dependency-review-action", "actions/setup-go", "actions/upload-artifact",
	"docker/build-push-action", "docker/login-action", "docker/setup-buildx-action",
	"github/codeql-action", "ossf/scorecard-action", "zizmorcore/zizmor-action",
}

// The write permissions of jobs. No other job may have any.
var writes = map[string][]string{
	"codeql.yml/analyze":      {"security-events"},
	"release.yml/binaries":    {"attestations", "id-token"},
	"release.yml/image":       {"attestations", "id-token", "packages"},
	"published.yml/move":      {"contents"},
	"release.yml/draft":       {"contents"},
	"scorecard.yml/scorecard": {"id-token", "security-events"},
}

// A workflow is what these tests read of one. It does not parse if a list of
// permissions is a word, such as write-all.
type workflow struct {
	On          any
	Permissions map[string]string
	Concurrency any
	Jobs        map[string]job
}

type job struct {
	Name, Uses                string
	Needs, Secrets            any
	Permissions, Outputs, Env map[string]string
	With                      map[string]string
	Timeout                   int `yaml:"timeout-minutes"`
	Strategy                  struct{ Matrix struct{ Runner []string } }
	Steps                     []step
}

type step struct {
	ID, Name, If, Uses, Run string
	With, Env               map[string]string
}

// load reads a YAML file of this repository.
func load(t *testing.T, file string, into any) {
	t.Helper()
	if err := yaml.Load([]byte(text(t, file)), into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

func parse(t *testing.T, file string) (w workflow) {
	t.Helper()
	load(t, file, &w)
	return w
}

// files returns the workflows in a directory.
func files(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, dir, "*.yml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d workflows in %s, %v", len(files), dir, err)
	}
	return files
}

// The directories of this repository's workflows and of the documents' ones.
const ours, documented = ".github/workflows", "testdata/workflows"

var (
	anchors  = regexp.MustCompile(`(?m)^[^#\n]*[:-] [&*]\w`)
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
				t.Errorf("%s: %s is not in the list above, or not pinned by hash, with its version", filepath.Base(file), match[1])
				continue
			}
			if !strings.Contains(file, ours) {
				continue // the documents' pins are not updated
			}
			if other := pins[pin[1]]; other != "" && other != pin[2] {
				t.Errorf("%s: %s is %s here and %s elsewhere", filepath.Base(file), pin[1], pin[2], other)
			}
			pins[pin[1]] = pin[2]
		}
	}
	testkit.Diff(t, actions, slices.Sorted(maps.Keys(pins)))
}

func TestWorkflowsAreHardened(t *testing.T) {
	t.Parallel()
	written := map[string][]string{}
	for _, path := range append(files(t, ours), files(t, documented)...) {
		w, file, isOurs := parse(t, path), filepath.Base(path), strings.Contains(path, ours)
		want := map[string]string{"contents": "read"}
		if file == "flexy-key-check.yml" {
			want = map[string]string{} // a caller that grants less could not start it
		}
		if diff := cmp.Diff(want, w.Permissions); isOurs && diff != "" || w.Permissions == nil {
			t.Errorf("%s: permissions (-want +got):\n%s", file, diff)
		}
		// Concurrency of a called workflow is its callers' business.
		on, _ := w.On.(map[string]any)
		if _, called := on["workflow_call"]; isOurs && w.Concurrency == nil && (!called || len(on) > 1) {
			t.Errorf("%s: no concurrency", file)
		}
		if group, _ := w.Concurrency.(map[string]any); file == "published.yml" && group["queue"] != "max" {
			t.Errorf("%s: of three releases the second is cancelled while it waits", file)
		}
		if strings.Contains(text(t, path), "pull_request_target") {
			t.Errorf("%s exposes secrets", file)
		}
		if anchors.MatchString(text(t, path)) {
			t.Errorf("%s has a YAML anchor, which an older GitHub Enterprise Server cannot read", file)
		}
		for name, j := range w.Jobs {
			where := file + "/" + name
			for _, scope := range slices.Sorted(maps.Keys(j.Permissions)) {
				if isOurs && j.Permissions[scope] == "write" {
					written[where] = append(written[where], scope)
				}
			}
			if j.Env["GH_TOKEN"] != "" {
				t.Errorf("%s: each step has the token", where)
			}
			if j.Secrets == "inherit" || j.Timeout <= 0 && j.Uses == "" {
				t.Errorf("%s: inherits secrets, or has no timeout-minutes", where)
			}
			for _, step := range j.Steps {
				if strings.HasPrefix(step.Uses, "actions/checkout@") && step.With["persist-credentials"] != "false" {
					t.Errorf("%s: the checkout keeps its token", where)
				}
				if _, handed := step.Env["GH_TOKEN"]; isOurs && handed != strings.Contains(step.Run, "gh ") {
					t.Errorf("%s: %s has a token that it does not use, or none", where, step.Name)
				}
				if strings.Contains(step.Run, "${{") {
					t.Errorf("%s: a script contains an expression: %s", where, step.Run)
				}
			}
		}
	}
	testkit.Diff(t, writes, written)
}

// A name that does not exist is blank, and a blank input asks for nothing. So where
// the documents take an expectation from elsewhere, they also require its check.
func TestWorkflowsRequireWhatMayBeBlank(t *testing.T) {
	t.Parallel()
	self, _, _ := strings.Cut(github.DefaultAction, "@")
	found := 0
	for _, path := range files(t, documented) {
		for _, j := range parse(t, path).Jobs {
			for _, step := range append(j.Steps, step{Uses: j.Uses, With: j.With}) {
				required := strings.Split(step.With["require"], ", ")
				for input, value := range step.With {
					check, _ := strings.CutPrefix(input, "expect-")
					switch input {
					case "rotated-on":
						check = "rotation"
					case "min-balance":
						check = "balance"
					}
					if !strings.HasPrefix(step.Uses, self) || !strings.Contains(value, "${{") || !slices.Contains(checks.IDs(), check) ||
						check == "type" || check == "rotation" && step.With["rotation-only"] == "true" { // which are asked for without it
						continue
					}
					found++
					if !slices.Contains(required, check) {
						t.Errorf("%s: %s may be blank: require %s", filepath.Base(path), input, check)
					}
				}
			}
		}
	}
	if found < 6 {
		t.Errorf("only %d found", found)
	}
}

// The reusable workflow has the action's inputs and outputs under the same names,
// except for those that its first comment names.
func TestReusableWorkflow(t *testing.T) {
	t.Parallel()
	var action struct {
		Inputs  map[string]struct{ Default string }
		Outputs map[string]any
	}
	load(t, root+"/action.yml", &action)
	var called struct {
		On struct {
			Call struct {
				Inputs  map[string]struct{ Type string }
				Secrets map[string]any
				Outputs map[string]struct{ Value string }
			} `yaml:"workflow_call"`
		}
		Jobs map[string]job
	}
	load(t, filepath.Join(root, ours, "flexy-key-check.yml"), &called)
	call, check := called.On.Call, called.Jobs["check"]
	container, native := check.Steps[len(check.Steps)-2], check.Steps[len(check.Steps)-1]

	with := map[string]string{}
	for name, input := range call.Inputs {
		with[name] = "${{ inputs." + name + " }}"
		boolean := name == "native" || action.Inputs[name].Default == "false"
		if want := map[bool]string{true: "boolean", false: "string"}[boolean]; input.Type != want {
			t.Errorf("the input %s is a %s, want a %s", name, input.Type, want)
		}
	}
	secrets := map[string]string{
		"api-key": "!inputs.rotation-only && secrets.FLEXY_API_KEY || ''", "expect-account": "!inputs.rotation-only && secrets.FLEXY_ACCOUNT || ''",
		"secrets-token": "secrets.FLEXY_SECRETS_TOKEN",
	}
	wantSecrets := []string{"FLEXY_ACCOUNT", "FLEXY_API_KEY", "FLEXY_SECRETS_TOKEN", "api-key", "expect-account", "secrets-token"}
	for name, inherited := range secrets {
		with[name] = "${{ secrets." + name + " || " + inherited + " }}"
	}
	for _, ofWorkflow := range []string{"runs-on", "native", "job-environment"} {
		delete(with, ofWorkflow)
	}
	for _, notPassed := range []string{"policy", "only", "reminder-issue", "reminder-assignees", "github-token"} {
		delete(action.Inputs, notPassed)
	}
	delete(action.Outputs, "reminder-issue")
	outputs, values := map[string]string{}, map[string]struct{ Value string }{}
	for name := range action.Outputs {
		outputs[name] = "${{ steps." + container.ID + ".outputs." + name + " || steps." + native.ID + ".outputs." + name + " }}"
		values[name] = struct{ Value string }{"${{ jobs.check.outputs." + name + " }}"}
	}
	for what, pair := range map[string][2]any{
		"secrets":                 {wantSecrets, slices.Sorted(maps.Keys(call.Secrets))},
		"inputs":                  {slices.Sorted(maps.Keys(action.Inputs)), slices.Sorted(maps.Keys(with))},
		"inputs of the container": {with, container.With},
		"inputs of the native":    {with, native.With},
		"outputs of the job":      {outputs, check.Outputs},
		"outputs of the workflow": {values, call.Outputs},
	} {
		if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
}

// CONTRIBUTING.md names jobs and steps as the workflows do.
func TestContributing(t *testing.T) {
	t.Parallel()
	contributing := text(t, root+"/.github/CONTRIBUTING.md")
	list := regexp.MustCompile(`status checks to pass: \*(.*?)\* \|`).FindStringSubmatch(contributing)
	if list == nil {
		t.Fatal("CONTRIBUTING.md requires no status checks")
	}
	var jobs []string
	for _, job := range parse(t, root+"/"+ours+"/ci.yml").Jobs {
		for _, runner := range append(job.Strategy.Matrix.Runner, "")[:max(1, len(job.Strategy.Matrix.Runner))] {
			jobs = append(jobs, strings.Replace(job.Name, "${{ matrix.runner }}", runner, 1))
		}
	}
	required := strings.Split(list[1], "*, *")
	slices.Sort(jobs)
	slices.Sort(required)
	if diff := cmp.Diff(jobs, required); diff != "" {
		t.Errorf("required status checks (-jobs of CI +CONTRIBUTING.md):\n%s", diff)
	}
	_, failures, _ := strings.Cut(contributing, "\n## When a step fails\n")
	rows := regexp.MustCompile(`(?m)^\| ([A-Z][^:…|]*)`).FindAllStringSubmatch(failures, -1)
	if len(rows) < 8 {
		t.Errorf("only %d rows", len(rows))
	}
	steps := text(t, root+"/"+ours+"/release.yml") + text(t, root+"/"+ours+"/published.yml")
	for _, row := range rows {
		if step := strings.TrimSpace(row[1]); !strings.Contains(steps, "- name: "+step) {
			t.Errorf("no workflow has a step %q", step)
		}
	}
}
