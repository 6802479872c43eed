package container_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"flexy-key-check/checks/internal/emulator"
	"flexy-key-check/checks/internal/github"
)

// A job is one run of a workflow file, and how it must end.
type job struct {
	name      string
	event     string            // push, if blank
	payload   string            // of the event, in JSON
	secrets   map[string]string // by name; GITHUB_TOKEN is that of the workflow
	vars      map[string]string
	files     map[string]string // what is in the workspace, by the file of this repository that it is
	github    bool              // GitHub's API is to answer
	secretAge int               // the same, and so many days since the secret FLEXY_API_KEY was updated
	source    bool              // the action builds its Dockerfile, instead of using the prebuilt image
	native    bool              // there is no image: only the native action, and its release

	failed bool     // the run fails
	sends  int      // requests that the API must see
	says   []string // must be in the transcript
	never  []string // must not be there; nor may any secret
}

// runWorkflow runs a workflow file in act and returns a transcript:
//
//	key: api-key                             a line that a step printed
//	error[api-key: type] expected …          an annotation
//	output verdict=pass                      an output
//	summary ### ✅ flexy-key-check: pass     a job summary, from its first line on
//	step Check the Flexy API key: success    the end of a step
//	job deploy: success                      the end of a job
//
// and tells how long each step took that came to a verdict. The file is run as it
// stands, but for the base-url that it adds to the inputs of the action.
func runWorkflow(t *testing.T, file string, j job) (string, []time.Duration) {
	t.Helper()
	for _, tool := range []string{"act", "git"} {
		_, err := exec.LookPath(tool)
		need(t, err)
	}
	jobImage, err := localImage("FLEXY_JOB_IMAGE", "flexy-ci/job")
	need(t, err)
	api := emulator.New(emulator.Options{Now: time.Now, Keys: []emulator.Key{shop, renewed, trial, reports}})
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)

	dir := t.TempDir()
	workspace, source, event := filepath.Join(dir, "workspace"), filepath.Join(dir, "action"), filepath.Join(dir, "event.json")
	env := []string{}
	if j.native {
		env = append(env, "GITHUB_SERVER_URL="+nativeRelease(t, source).URL, "RUNNER_TOOL_CACHE=/tmp/tools")
	} else {
		writeAction(t, source, j.source)
	}
	write(t, dir, "event.json", cmp.Or(j.payload, "{}"))
	write(t, workspace, ".github/workflows/"+file, withBaseURL(t, readWorkflow(t, file), server.URL))
	for name, file := range j.files {
		write(t, workspace, name, read(t, file))
	}
	commitAll(t, workspace)

	args := []string{
		cmp.Or(j.event, "push"), "--json", "--rm", "--pull=false", "--no-cache-server", "--concurrent-jobs=1",
		"--platform", "ubuntu-latest=" + jobImage, "--platform", "self-hosted=" + jobImage,
		"--local-repository", action + "=" + source, "--local-repository", standInCheckout(t, dir, source),
		"--directory", workspace,
		"--workflows", ".github/workflows/" + file, "--eventpath", event, "--action-cache-path", filepath.Join(dir, "cache"),
	}
	for _, setting := range env {
		args = append(args, "--env", setting)
	}
	for name, value := range j.secrets { // act takes the value from its own environment
		args, env = append(args, "--secret", name), append(env, name+"="+value)
	}
	for name, value := range j.vars {
		args = append(args, "--var", name+"="+value)
	}
	if j.github || j.secretAge > 0 {
		server := startGitHub(t, j)
		args = append(args, "--env", "GITHUB_API_URL="+server.URL)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	output, err := run(ctx, env, "act", args...)
	transcript, times := transcribe(output)
	if failed := err != nil; failed != j.failed {
		t.Errorf("act ended with %v", err)
	}
	if sends := api.Stats().Requests; sends != j.sends {
		t.Errorf("the API saw %d requests, want %d", sends, j.sends)
	}
	return transcript, times
}

// readWorkflow reads a file from whichever folder it is in.
func readWorkflow(t *testing.T, file string) string {
	t.Helper()
	for _, folder := range folders {
		if name := filepath.Join(folder, file); exists(filepath.Join(root, name)) {
			return read(t, name)
		}
	}
	t.Fatalf("there is no %s", file)
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

const (
	action     = github.DefaultAction // as the workflows name it
	repository = "SELLER/shop"        // whose workflows they are
	reusable   = ".github/workflows/flexy-key-check.yml"
)

var (
	usesAction = regexp.MustCompile(`uses: ` + strings.Replace(action, "@", `(?:/\S+)?@`, 1) + `\n`)
	withInputs = regexp.MustCompile(usesAction.String() + ` *with:\n( *)`)
)

// withBaseURL adds the input base-url to each use of the action, or of its
// reusable workflow.
func withBaseURL(t *testing.T, workflow, url string) string {
	t.Helper()
	if uses, found := len(usesAction.FindAllString(workflow, -1)), len(withInputs.FindAllString(workflow, -1)); uses == 0 || uses != found {
		t.Fatalf("%d uses of %s, %d of them with with: on the next line", uses, action, found)
	}
	return withInputs.ReplaceAllString(workflow, "${0}base-url: "+url+"\n${1}")
}

// standInCheckout makes an action that puts the action into the folder that
// the input path names, as the reusable workflow has actions/checkout do, and
// returns what act must know of it. Where a workflow checks its own repository
// out act does it by itself.
func standInCheckout(t *testing.T, dir, source string) string {
	t.Helper()
	dir = filepath.Join(dir, "checkout")
	write(t, dir, "action.yml", `
inputs: { path: {}, repository: {}, ref: {}, persist-credentials: {} }
runs:
  using: composite
  steps:
    - run: mkdir -p "$DESTINATION" && cp -r "$GITHUB_ACTION_PATH/action/." "$DESTINATION"
      shell: bash
      env: { DESTINATION: "${{ inputs.path }}" }
`)
	if err := os.CopyFS(filepath.Join(dir, "action"), os.DirFS(source)); err != nil {
		t.Fatal(err)
	}
	return checkout.FindString(read(t, reusable)) + "=" + dir
}

var (
	checkout  = regexp.MustCompile(`actions/checkout@[0-9a-f]{40}`)
	imageLine = regexp.MustCompile(`(?m)^  image: .*$`)
)

// writeAction puts the action into a folder: the source whole, or an
// action.yml that names the prebuilt image.
func writeAction(t *testing.T, dir string, source bool) {
	t.Helper()
	write(t, dir, reusable, read(t, reusable))
	if !source {
		write(t, dir, "action.yml", imageLine.ReplaceAllString(read(t, "action.yml"), "  image: docker://"+built(t, plainImage)))
		return
	}
	base, err := goImage()
	need(t, err)
	write(t, dir, "action.yml", imageLine.ReplaceAllString(read(t, "action.yml"), "  image: Dockerfile"))
	write(t, dir, "Dockerfile", standIn(read(t, "Dockerfile"), base))
	for _, name := range []string{".dockerignore", "go.mod", "go.sum", "main.go"} {
		write(t, dir, name, read(t, name))
	}
	if err := os.CopyFS(filepath.Join(dir, "checks"), os.DirFS(filepath.Join(root, "checks"))); err != nil {
		t.Fatal(err)
	}
	// A hosted runner has no build of it yet: nor has the engine here, whatever it
	// keeps of earlier runs.
	write(t, dir, "main.go", read(t, "main.go")+"\n// "+time.Now().String()+"\n")
}

// commitAll makes a repository of a folder: act asks it for branch and commit.
func commitAll(t *testing.T, dir string) {
	t.Helper()
	for _, args := range [][]string{
		{"init", "--quiet", "--initial-branch=main"},
		{"remote", "add", "origin", "https://github.com/" + repository},
		{"add", "--all"},
		{"-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "--quiet", "--message=test"},
	} {
		if _, err := run(t.Context(), nil, "git", append([]string{"-C", dir}, args...)...); err != nil {
			t.Fatal(err)
		}
	}
}

// A message is a line of act's JSON log, as far as it matters here.
type message struct {
	JobID, Step, StepResult, JobResult string
	StepID                             []string // from the outermost on
	Text                               string   `json:"msg"`
	Raw                                bool     `json:"raw_output"` // a step printed it
	Command, Name, Arg, Content        string
	Properties                         map[string]string `json:"kvPairs"`
	ExecutionTime                      time.Duration
}

// String returns the message as the transcript has it, or "".
func (m message) String() string {
	switch {
	case m.Raw:
		return m.Text
	case m.Command == "error", m.Command == "warning", m.Command == "notice":
		return fmt.Sprintf("%s[%s] %s\n", m.Command, m.Properties["title"], m.Arg)
	case m.Command == "set-output":
		return fmt.Sprintf("output %s=%s\n", m.Name, m.Arg)
	case m.Command == "summary":
		return "summary " + m.Content + "\n"
	case m.StepResult != "":
		return fmt.Sprintf("step %s: %s\n", m.Step, m.StepResult)
	case m.JobResult != "":
		return fmt.Sprintf("job %s: %s\n", m.JobID, m.JobResult)
	}
	return ""
}

// transcribe reads act's log.
func transcribe(output string) (transcript string, times []time.Duration) {
	verdict := false
	for line := range strings.Lines(output) {
		var m message
		if json.Unmarshal([]byte(line), &m) != nil {
			continue // an error of act's own comes as text
		}
		transcript += m.String()
		verdict = verdict || m.Raw && strings.HasPrefix(m.Text, "verdict: ")
		if m.StepResult != "" && verdict {
			times, verdict = append(times, m.ExecutionTime), false
		}
	}
	return transcript, times
}
