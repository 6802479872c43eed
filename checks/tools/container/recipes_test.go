package container_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"flexy-key-check/checks/internal/test/emulator"
	"flexy-key-check/checks/internal/test/oracle"
	"flexy-key-check/checks/internal/test/testkit"
)

const recipes = "testdata/recipes/"

// costs checks how many failed attempts the API has seen.
func (a api) costs(t *testing.T, attempts int) {
	t.Helper()
	if got := a.Stats().Failed["127.0.0.1"]; got != attempts {
		t.Errorf("%d failed attempts, want %d", got, attempts)
	}
}

// isLockedOut checks that this machine can no longer use even a good key.
func (a api) isLockedOut(t *testing.T) {
	t.Helper()
	a.costs(t, emulator.DocumentedLockout.Attempts)
	code, output := container(t, built(t, plainImage), nil, []string{"FLEXY_API_KEY=" + shop.Text, "FLEXY_ENVIRONMENT=production", "FLEXY_BASE_URL=" + a.url})
	if code != 3 || !strings.Contains(output, "verdict: blocked") {
		t.Errorf("a good key: exit code %d\n%s", code, output)
	}
}

// ended runs a command and returns its exit code and output.
func ended(t *testing.T, dir string, env []string, name string, args ...string) (code int, output string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, environ(env...)
	cmd.WaitDelay = 10 * time.Second
	said, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v", name, err)
	}
	oracle.NoLeak(t, map[string][]byte{name: said}, shop.Text, strange.Text, unknownKey.Text, account)
	return cmd.ProcessState.ExitCode(), string(said)
}

// A podJob contains what decides how often a Job starts its Pod, and with what.
type podJob struct {
	Spec struct {
		BackoffLimit *int `yaml:"backoffLimit"`
		Template     struct {
			Spec struct {
				RestartPolicy   string `yaml:"restartPolicy"`
				SecurityContext struct {
					RunAsUser string `yaml:"runAsUser"`
				} `yaml:"securityContext"`
				Containers []struct {
					Env []struct {
						Name, Value string
						From        map[string]map[string]string `yaml:"valueFrom"`
					}
				}
			}
		}
	}
}

// play starts a Job's Pod as Kubernetes does: again while it fails and backoffLimit
// allows it.
func (j podJob) play(t *testing.T, a api, key string) (code int) {
	t.Helper()
	pod := j.Spec.Template.Spec
	if pod.RestartPolicy != "Never" || len(pod.Containers) != 1 || pod.SecurityContext.RunAsUser != "65532" {
		t.Fatalf("not understood: %+v", j)
	}
	env := []string{"FLEXY_BASE_URL=" + a.url}
	for _, v := range pod.Containers[0].Env {
		if ref := v.From["secretKeyRef"]; ref["name"] == "flexy" && ref["key"] == "api-key" {
			v.Value = key
		}
		env = append(env, v.Name+"="+v.Value)
	}
	if j.Spec.BackoffLimit == nil {
		j.Spec.BackoffLimit = new(6) // Kubernetes' default
	}
	for range 1 + *j.Spec.BackoffLimit {
		if code, _ = container(t, built(t, plainImage), nil, env); code == 0 {
			break
		}
	}
	return code
}

func TestKubernetesRecipe(t *testing.T) {
	built(t, plainImage)
	var job podJob
	testkit.NoError(t, yaml.Load([]byte(read(t, recipes+"kubernetes-job.yaml")), &job))
	good, wrong, again := startAPI(t, shop, strange), startAPI(t, shop), startAPI(t, shop)
	for _, key := range []emulator.Key{shop, strange} {
		if code := job.play(t, good, key.Text); code != 0 {
			t.Errorf("a good key: exit code %d", code)
		}
	}
	if code := job.play(t, wrong, unknownKey.Text); code != 1 {
		t.Errorf("a wrong key: exit code %d", code)
	}
	wrong.costs(t, 1)
	job.Spec.BackoffLimit = nil // as if the line were missing
	job.play(t, again, unknownKey.Text)
	again.isLockedOut(t)
}

// composed runs docker compose, or docker-compose, with the recipe as it is and
// another file on top.
func composed(t *testing.T, a api, key, check string, args ...string) (code int, output string) {
	t.Helper()
	command := []string{"docker", "compose"}
	if _, err := run(t.Context(), nil, "docker", "compose", "version"); err != nil {
		command = []string{"docker-compose"}
		_, err := exec.LookPath("docker-compose")
		need(t, err)
	}
	jobImage, err := localImage("FLEXY_JOB_IMAGE", "flexy-ci/job")
	need(t, err)
	dir := t.TempDir()
	write(t, dir, "compose.yaml", read(t, recipes+"compose.yaml"))
	write(t, dir, "on-top.yaml", "services:\n"+
		"  flexy-key: {image: '"+built(t, plainImage)+"', network_mode: host, environment: {FLEXY_BASE_URL: '"+a.url+"'}"+check+"}\n"+
		"  shop: {image: '"+jobImage+"', restart: 'no', command: [sh, -c, 'echo the shop is open']}\n")
	project := strings.ToLower(strings.NewReplacer("/", "-", "_", "-").Replace(t.Name()))
	command = append(command, "--project-name", project, "--file", "compose.yaml", "--file", "on-top.yaml")
	env := []string{"PWD=" + dir}
	if key != "" {
		env = append(env, "FLEXY_API_KEY="+key)
	}
	code, output = ended(t, dir, env, command[0], append(command[1:], args...)...)
	time.Sleep(2 * time.Second) // for a shop that starts
	for began := time.Now(); check != "" && a.Stats().Blocked == 0 && time.Since(began) < time.Minute; {
		time.Sleep(100 * time.Millisecond) // for a check that restarts
	}
	_, logs := ended(t, dir, env, command[0], append(command[1:], "logs", "--no-color")...)
	ended(t, dir, env, command[0], append(command[1:], "down", "--timeout", "0")...)
	return code, output + logs
}

func TestComposeRecipe(t *testing.T) {
	built(t, plainImage)
	const open = "the shop is open"
	for name, tt := range map[string]struct {
		key, says string
		attempts  int
	}{
		"good key":  {shop.Text, "verdict: pass", 0},
		"odd key":   {strange.Text, "verdict: pass", 0},
		"wrong key": {unknownKey.Text, "verdict: invalid", 1},
		"no key":    {"", "verdict: misconfigured", 0},
	} {
		t.Run(name, func(t *testing.T) {
			a, good := startAPI(t, shop, strange), tt.says == "verdict: pass"
			code, output := composed(t, a, tt.key, "", "up", "-d")
			if (code == 0) != good || strings.Contains(output, open) != good || !strings.Contains(output, tt.says) {
				t.Errorf("exit code %d\n%s", code, output)
			}
			a.costs(t, tt.attempts)
		})
	}
	t.Run("five restarts", func(t *testing.T) { // the recipe warns of them
		a := startAPI(t, shop)
		composed(t, a, unknownKey.Text, ", restart: 'on-failure:5'", "up", "-d", "flexy-key")
		a.isLockedOut(t)
	})
}

func TestMakefileRecipe(t *testing.T) {
	_, err := goImage() // fails if container tests are not wanted
	need(t, err)
	_, err = exec.LookPath("make")
	need(t, err)
	for key, want := range map[string]struct {
		code, attempts int
		says           string
	}{shop.Text: {0, 0, "put your deployment here"}, strange.Text: {0, 0, "put your deployment here"}, unknownKey.Text: {2, 1, "verdict: invalid"}} {
		dir, a := t.TempDir(), startAPI(t, shop, strange)
		if _, err := run(t.Context(), nil, "go", "build", "-o", dir+"/flexy-key-check", root); err != nil {
			t.Fatal(err)
		}
		write(t, dir, "Makefile", read(t, recipes+"Makefile"))
		env := []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "FLEXY_API_KEY=" + key, "FLEXY_BASE_URL=" + a.url}
		code, output := ended(t, dir, env, "make", "deploy")
		if code != want.code || !strings.Contains(output, want.says) || strings.Contains(output, "deployment") != (want.code == 0) {
			t.Errorf("exit code %d, want %d\n%s", code, want.code, output)
		}
		a.costs(t, want.attempts)
	}
}

// programSum returns the SHA-256 of a release's program for this machine.
func programSum(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dist, "flexy-key-check-linux-"+runtime.GOARCH))
	testkit.NoError(t, err)
	return fmt.Sprintf("%x", sha256.Sum256(text))
}

// The script runs only the program whose sum it has, and passes the key on.
func TestBuildCommandRecipe(t *testing.T) {
	_, err := goImage() // fails if container tests are not wanted
	need(t, err)
	_, err = exec.LookPath("curl")
	need(t, err)
	files := nativeRelease(t, t.TempDir())
	sum := programSum(t)
	script := strings.NewReplacer("https://github.com/<owner>/flexy-key-check/releases/download/$version/", files.URL+releasePath, "linux-amd64", "linux-"+runtime.GOARCH).
		Replace(read(t, recipes+"build-command.sh"))
	for name, want := range map[string]struct {
		key, sum       string
		code, attempts int
		says           string
	}{
		"good key":   {shop.Text, sum, 0, 0, "verdict: pass"},
		"odd key":    {strange.Text, sum, 0, 0, "verdict: pass"},
		"wrong key":  {unknownKey.Text, sum, 1, 1, "verdict: invalid"},
		"no key":     {"", sum, 2, 0, "blank"},
		"other file": {shop.Text, strings.Repeat("0", 64), 1, 0, "did NOT match"},
		"no sum":     {shop.Text, "COPY_IT_FROM_SHA256SUMS", 1, 0, "no properly formatted"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, a := t.TempDir(), startAPI(t, shop, strange)
			write(t, dir, "flexy-key-check.sh", strings.Replace(script, "COPY_IT_FROM_SHA256SUMS", want.sum, 1))
			env := []string{"ONECLICK_API_KEY=" + want.key, "FLEXY_ENVIRONMENT=production", "FLEXY_BASE_URL=" + a.url, "TMPDIR=" + t.TempDir()}
			code, output := ended(t, dir, env, "sh", "flexy-key-check.sh")
			if code != want.code || !strings.Contains(output, want.says) {
				t.Errorf("exit code %d, want %d\n%s", code, want.code, output)
			}
			a.costs(t, want.attempts)
		})
	}
}

// The job is valid in GitLab's schema, runs only the program whose sum it has, and works.
func TestGitLabRecipe(t *testing.T) {
	_, err := goImage() // fails if container tests are not wanted
	need(t, err)
	_, err = exec.LookPath("gitlab-ci-local")
	need(t, err)
	recipe := strings.ReplaceAll(read(t, recipes+"gitlab-ci.yml"), "amd64", runtime.GOARCH)
	gitlab := func(t *testing.T, recipe string, variables map[string]string, args ...string) (int, string) {
		dir := t.TempDir()
		write(t, dir, ".gitlab-ci.yml", recipe)
		text, err := yaml.Marshal(variables)
		testkit.NoError(t, err)
		write(t, dir, ".gitlab-ci-local-variables.yml", string(text))
		write(t, dir, "bin/wget", "#!/bin/sh\nshift\nfor url; do curl --fail --silent --remote-name \"$url\" || exit; done\n") // as in alpine
		testkit.NoError(t, os.Chmod(filepath.Join(dir, "bin", "wget"), 0o755))
		commitAll(t, dir)
		return ended(t, dir, []string{"PATH=" + dir + "/bin:" + os.Getenv("PATH"), "GCL_MAX_JOB_NAME_PADDING=0"}, "gitlab-ci-local", args...)
	}
	for _, field := range []string{"stage", "rules", "retry", "resource_group", "before_script"} {
		if code, output := gitlab(t, strings.Replace(recipe, "  "+field+":", "  x"+field+":", 1), nil, "--list-all"); code == 0 || !strings.Contains(output, "'x"+field+"' property is not expected") {
			t.Errorf("x%s: exit code %d\n%s", field, code, output)
		}
	}
	files := nativeRelease(t, t.TempDir())
	here := strings.Replace(recipe, "  image: alpine:3\n", "", 1) // there is no registry here
	sum := programSum(t)
	for _, want := range []struct {
		key, sum       string
		code, attempts int
		says           string
	}{
		{shop.Text, sum, 0, 0, "verdict: pass"},
		{strange.Text, sum, 0, 0, "verdict: pass"},
		{unknownKey.Text, sum, 1, 1, "verdict: invalid"},
		{shop.Text, strings.Repeat("0", 64), 1, 0, "did NOT match"},
	} {
		a := startAPI(t, shop, strange)
		code, output := gitlab(t, here, map[string]string{
			"FLEXY_API_KEY": want.key, "FLEXY_BASE_URL": a.url, "FROM": files.URL + strings.TrimSuffix(releasePath, "/"), "SUM": want.sum, "CI_COMMIT_REF_PROTECTED": "true",
		}, "flexy-key")
		if code != want.code || !strings.Contains(output, want.says) {
			t.Errorf("exit code %d, want %d\n%s", code, want.code, output)
		}
		a.costs(t, want.attempts)
	}
}
