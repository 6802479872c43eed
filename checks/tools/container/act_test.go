package container_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"flexy-key-check/checks/internal/github"
	"flexy-key-check/checks/internal/test/testkit"
)

// A job is a run of a workflow file, and its expected result.
type job struct {
	name      string
	event     string            // push if blank
	payload   string            // the event's, in JSON
	secrets   map[string]string // by name; GITHUB_TOKEN is the workflow's token
	vars      map[string]string
	files     map[string]string // in the workspace, by the name that they have in this repository
	github    bool              // whether there is an API of GitHub
	old       string            // the key whose fingerprint is put into the workflow
	secretAge int               // the same, and days since the secret FLEXY_API_KEY was updated
	source    bool              // whether the action builds its Dockerfile; else it has the prebuilt image
	native    bool              // whether there is only the native action and its release

	failed bool     // whether the run fails
	sends  int      // the number of requests to the API
	says   []string // what the transcript must contain
	never  []string // what it must not contain, besides secrets
}

// runWorkflow runs a workflow file in act and returns a transcript:
//
//	verdict: pass                            a line that a step printed
//	error[Flexy key: type] expected …        an annotation
//	output verdict=pass                      an output
//	summary ### ✅ Flexy key: pass            a job summary, from its first line on
//	step Check the Flexy API key: success    the end of a step
//	job deploy: success                      the end of a job
//
// and how long each step took that reached a verdict. The file is run as it is,
// except for the base-url that is added to the inputs of the action.
func runWorkflow(t *testing.T, file string, j job) (string, []time.Duration) {
	t.Helper()
	w := world{api: startAPI(t, shop, renewed, trial, reports)}
	if j.github || j.secretAge > 0 {
		_, w.github = startGitHub(t, j)
	}
	workflow := readWorkflow(t, file)
	if j.old != "" {
		workflow = strings.Replace(workflow, "'<fingerprint>'", "'"+fingerprint(j.old)+"'", 1)
	}
	return w.run(t, file, workflow, j)
}

// A world is what runs meet.
type world struct {
	api    api
	github string // the address of its API; blank if there is none
}

// run runs a workflow as runWorkflow does.
func (w world) run(t *testing.T, file, workflow string, j job) (string, []time.Duration) {
	t.Helper()
	w.api.ResetStats()
	dir := t.TempDir()
	workspace, source, event := filepath.Join(dir, "workspace"), filepath.Join(dir, "action"), filepath.Join(dir, "event.json")
	env, args := []string{}, []string{cmp.Or(j.event, "push"), "--eventpath", event, "--concurrent-jobs=1"}
	if j.native {
		args = append(args, "--env", "GITHUB_SERVER_URL="+nativeRelease(t, source).URL)
	} else {
		writeAction(t, source, j.source)
	}
	write(t, dir, "event.json", cmp.Or(j.payload, "{}"))
	write(t, workspace, ".github/workflows/"+file, withBaseURL(t, workflow, w.api.url))
	for name, file := range j.files {
		write(t, workspace, name, read(t, file))
	}
	args = append(args, "--local-repository", action+"="+source, "--local-repository", standInCheckout(t, dir, source))
	for name, value := range j.secrets { // act reads the value from its own environment
		if value == chatAddress {
			value = startChat(t)
		}
		args, env = append(args, "--secret", name), append(env, name+"="+value)
	}
	for name, value := range j.vars {
		args = append(args, "--var", name+"="+value)
	}
	if w.github != "" {
		args = append(args, "--env", "GITHUB_API_URL="+w.github)
	}
	log, err := runAct(t, workspace, env, args...)
	if failed := err != nil; failed != j.failed {
		t.Errorf("act ended with %v", err)
	}
	if sends := w.api.Stats().Requests; sends != j.sends {
		t.Errorf("the API saw %d requests, want %d", sends, j.sends)
	}
	return transcribe(log)
}

// chatAddress, as a secret, stands for the address of a chat.
const chatAddress = "the-address-of-a-chat-with-its-token"

// startChat starts a chat that answers with the message it got, as Telegram does.
func startChat(t *testing.T) (url string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "chat %s got %q\n", r.PostFormValue("chat_id"), r.PostFormValue("text"))
	}))
	t.Cleanup(s.Close)
	return s.URL + "/sendMessage"
}

// runAct runs the workflows of a workspace in act and returns its log.
func runAct(t *testing.T, workspace string, env []string, args ...string) (log []message, err error) {
	t.Helper()
	for _, tool := range []string{"act", "git"} {
		_, err := exec.LookPath(tool)
		need(t, err)
	}
	jobImage, err := localImage("FLEXY_JOB_IMAGE", "flexy-ci/job")
	need(t, err)
	commitAll(t, workspace)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	output, err := run(ctx, env, "act", append(args, "--json", "--rm", "--pull=false", "--no-cache-server", "--platform", "ubuntu-latest="+jobImage,
		"--platform", "ubuntu-24.04="+jobImage, "--platform", "self-hosted="+jobImage, "--directory", workspace, "--action-cache-path", filepath.Join(t.TempDir(), "cache"), "--env", "RUNNER_TOOL_CACHE=/tmp/tools")...)
	for line := range strings.Lines(output) {
		var m message
		if json.Unmarshal([]byte(line), &m) == nil { // act's own errors are text
			log = append(log, m)
		}
	}
	return log, err
}

// readWorkflow reads a workflow file from one of the directories.
func readWorkflow(t *testing.T, file string) string {
	t.Helper()
	for _, dir := range directories {
		if _, err := os.Stat(filepath.Join(root, dir, file)); err == nil {
			return read(t, filepath.Join(dir, file))
		}
	}
	t.Fatalf("there is no %s", file)
	return ""
}

const (
	action     = github.DefaultAction // as the workflows name it
	repository = "SELLER/shop"        // the workflows'
	ours       = ".github/workflows"  // this repository's
	reusable   = ours + "/flexy-key-check.yml"
)

var (
	usesAction = regexp.MustCompile(`uses: ` + strings.Replace(action, "@", `(?:/\S+)?@`, 1) + `\n`)
	withInputs = regexp.MustCompile(usesAction.String() + ` *with:\n( *)`)
)

// withBaseURL adds the input base-url to each use of the action or of its
// reusable workflow.
func withBaseURL(t *testing.T, workflow, url string) string {
	t.Helper()
	if uses, found := len(usesAction.FindAllString(workflow, -1)), len(withInputs.FindAllString(workflow, -1)); uses == 0 || uses != found {
		t.Fatalf("%d uses of %s, %d of them with with: on the next line", uses, action, found)
	}
	return withInputs.ReplaceAllString(workflow, "${0}base-url: "+url+"\n${1}")
}

// standInCheckout makes a stand-in for actions/checkout that copies the action to
// the directory in the input path, for the reusable workflow, and returns it as an
// argument for act. A workflow's checkout of its own repository is act's.
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
	testkit.NoError(t, os.CopyFS(filepath.Join(dir, "action"), os.DirFS(source)))
	return checkout.FindString(read(t, reusable)) + "=" + dir
}

var (
	checkout  = regexp.MustCompile(`actions/checkout@[0-9a-f]{40}`)
	imageLine = regexp.MustCompile(`(?m)^  image: .*$`)
)

// writeAction puts the action into a directory: its whole source, or an
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
	for _, name := range []string{"action.yml", ".dockerignore", "go.mod", "go.sum"} {
		write(t, dir, name, read(t, name))
	}
	write(t, dir, "Dockerfile", standIn(read(t, "Dockerfile"), base))
	testkit.NoError(t, os.CopyFS(filepath.Join(dir, "checks"), os.DirFS(filepath.Join(root, "checks"))))
	// A hosted runner has no earlier build in its cache, so this one needs a new build too.
	write(t, dir, "main.go", read(t, "main.go")+"\n// "+time.Now().String()+"\n")
}

// commitAll makes a repository of a directory: act reads branch and commit.
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

// A message is a line of act's JSON log.
type message struct {
	JobID, Step, StepResult, JobResult string
	StepID                             []string // from the outermost on
	Text                               string   `json:"msg"`
	Raw                                bool     `json:"raw_output"` // whether a step printed it
	Command, Name, Arg, Content        string
	Properties                         map[string]string `json:"kvPairs"`
	ExecutionTime                      time.Duration
}

// String returns the message as it is in the transcript, or "".
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

func transcribe(log []message) (transcript string, times []time.Duration) {
	verdict := false
	for _, m := range log {
		transcript += m.String()
		verdict = verdict || m.Raw && strings.HasPrefix(m.Text, "verdict: ")
		if m.StepResult != "" && verdict {
			times, verdict = append(times, m.ExecutionTime), false
		}
	}
	return transcript, times
}
