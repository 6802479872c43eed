package container_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"flexy-key-check/checks/internal/test/testkit"
)

// ciJobs are the jobs of ci.yml that can run here, with further arguments for act.
var ciJobs = map[string][]string{
	"self-test": nil,
	"native":    {"--matrix", "runner:ubuntu-24.04"},
}

// elsewhere says where each other workflow or job is run before it runs on
// github.com, or why only github.com can run it.
var elsewhere = map[string]string{
	"ci.yml/test":         "is .ci/run, which runs these tests",
	"ci.yml/lint":         "zizmor is an image of a registry; the review reads GitHub's dependency graph",
	"ci.yml/image":        "Buildx is an image of a registry; TestImage builds the image, and the job native the binaries",
	"codeql.yml":          "CodeQL comes from github.com",
	"flexy-key-check.yml": "run by those that call it, such as reusable.yml (TestWorkflows)",
	"published.yml":       "its scripts are run by the rehearsal in checks/tools/release; attestations are GitHub's",
	"release.yml":         "its scripts are run by the rehearsal in checks/tools/release; the registry and attestations are GitHub's",
	"scorecard.yml":       "Scorecard is an image of a registry, and reads the repository's settings",
}

func TestEachJobIsRunOrListed(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(root, ours, "*.yml"))
	testkit.NoError(t, err)
	listed := map[string]bool{}
	for _, file := range files {
		name := filepath.Base(file)
		var workflow struct{ Jobs map[string]any }
		testkit.NoError(t, yaml.Load([]byte(read(t, filepath.Join(ours, name))), &workflow))
		for job := range workflow.Jobs {
			_, runs := ciJobs[job]
			switch {
			case name == "ci.yml" && runs:
			case elsewhere[name] != "":
				listed[name] = true
			case elsewhere[name+"/"+job] != "":
				listed[name+"/"+job] = true
			default:
				t.Errorf("%s: job %s is not run and not in the list", name, job)
			}
		}
	}
	testkit.Diff(t, slices.Sorted(maps.Keys(elsewhere)), slices.Sorted(maps.Keys(listed)))
}

// The jobs of ci.yml that use the action run in act as they are. Only the base
// image of the Dockerfile and actions/setup-go have stand-ins.
func TestCI(t *testing.T) {
	base, err := goImage()
	need(t, err)
	setup, options := standInSetupGo(t)
	for job, args := range ciJobs {
		t.Run(job, func(t *testing.T) {
			workspace := filepath.Join(t.TempDir(), "workspace")
			copyTree(t, workspace)
			write(t, workspace, "Dockerfile", standIn(read(t, "Dockerfile"), base))
			log, err := runAct(t, workspace, nil, append(args, "push", "--workflows", filepath.Join(workspace, ours, "ci.yml"), "--job", job,
				"--local-repository", setup, "--container-options", options)...)
			transcript, _ := transcribe(log)
			if err != nil || !strings.Contains(transcript, "step Compare: success\n") || !strings.Contains(transcript, "job "+job+": success\n") {
				t.Errorf("act ended with %v\n%s", err, transcript)
			}
		})
	}
}

// copyTree copies the files of this repository, as they are, to a directory.
func copyTree(t *testing.T, dir string) {
	t.Helper()
	files, err := run(t.Context(), nil, "git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	testkit.NoError(t, err)
	for name := range strings.SplitSeq(strings.TrimSuffix(files, "\x00"), "\x00") {
		info, err := os.Stat(filepath.Join(root, name))
		if os.IsNotExist(err) {
			continue // deleted, and not committed yet
		}
		testkit.NoError(t, err)
		write(t, dir, name, read(t, name))
		testkit.NoError(t, os.Chmod(filepath.Join(dir, name), info.Mode()))
	}
}

// standInSetupGo makes a stand-in for actions/setup-go, as an argument for act: it
// uses this machine's Go and its caches, which the options mount in the job.
func standInSetupGo(t *testing.T) (argument, options string) {
	t.Helper()
	text, err := run(t.Context(), nil, "go", "env", "-json", "GOROOT", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOSUMDB", "GONOSUMDB", "GOPRIVATE")
	testkit.NoError(t, err)
	var env map[string]string
	decode(t, []byte(text), &env)
	env["GOTOOLCHAIN"] = "local"
	script := "echo '" + env["GOROOT"] + "/bin' >>\"$GITHUB_PATH\"\n"
	for _, name := range slices.Sorted(maps.Keys(env)) {
		script += "echo '" + name + "=" + env[name] + "' >>\"$GITHUB_ENV\"\n"
	}
	action, err := json.Marshal(map[string]any{ // which is YAML
		"inputs": map[string]any{"go-version-file": map[string]any{}, "cache": map[string]any{}},
		"runs":   map[string]any{"using": "composite", "steps": []any{map[string]any{"shell": "bash", "run": script}}},
	})
	testkit.NoError(t, err)
	dir := t.TempDir()
	write(t, dir, "action.yml", string(action))
	for _, name := range []string{"GOROOT", "GOCACHE", "GOMODCACHE"} {
		options += " --volume=" + env[name] + ":" + env[name]
	}
	return setupGo.FindString(read(t, ours+"/ci.yml")) + "=" + dir, options
}

var setupGo = regexp.MustCompile(`actions/setup-go@[0-9a-f]{40}`)
