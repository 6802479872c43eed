package app_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"flexy-key-check/checks/internal/testkit"
)

// The recipes outside Actions work in a plain shell: a good key passes without output
// on standard error, and a wrong one fails with some.
func TestRecipes(t *testing.T) {
	t.Parallel()
	for name, recipe := range map[string]func(t *testing.T, key string) *exec.Cmd{"crontab": crontab, "GitLab": gitlab} {
		for key, code := range map[string]int{theKey: 0, "k-that-nobody-knows": 1} {
			t.Run(fmt.Sprint(name, " ", code), func(t *testing.T) {
				t.Parallel()
				cmd := recipe(t, key)
				cmd.Env = append(cmd.Env, "PATH="+os.Getenv("PATH"), "FLEXY_BASE_URL="+serve(t).URL, "GOCOVERDIR="+os.Getenv("GOCOVERDIR"))
				var said strings.Builder
				cmd.Stderr = &said
				_ = cmd.Run() // see the exit code
				if got := cmd.ProcessState.ExitCode(); got != code || (said.Len() == 0) != (code == 0) || strings.Contains(said.String(), key) {
					t.Errorf("exit code %d, want %d; said %q", got, code, said.String())
				}
			})
		}
	}
}

func recipe(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../testdata/recipes/" + name)
	testkit.NoError(t, err)
	return string(text)
}

// crontab returns the command of the crontab's last line, with other paths.
func crontab(t *testing.T, key string) *exec.Cmd {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(recipe(t, "crontab")), "\n")
	_, command, ok := strings.Cut(lines[len(lines)-1], "  ")
	if !ok {
		t.Fatalf("no command in %q", lines)
	}
	command = strings.NewReplacer("/etc/flexy/env", writeFile(t, "FLEXY_API_KEY="+key+"\n"), "/usr/local/bin/flexy-key-check", binary(t)).Replace(command)
	return exec.CommandContext(t.Context(), "sh", "-c", command)
}

// gitlab returns the job's script after its download.
func gitlab(t *testing.T, key string) *exec.Cmd {
	t.Helper()
	var jobs map[string]struct {
		Variables    map[string]string
		BeforeScript []string `yaml:"before_script"`
		Script       []string
	}
	testkit.NoError(t, yaml.Load([]byte(recipe(t, "gitlab-ci.yml")), &jobs))
	job := jobs["flexy-key"]
	dir, name := t.TempDir(), "flexy-key-check-linux-amd64"
	text, err := os.ReadFile(binary(t))
	testkit.NoError(t, err)
	sums := fmt.Sprintf("%x  flexy-key-check-linux-arm64\n%x  %s\n", sha256.Sum256(nil), sha256.Sum256(text), name)
	for file, content := range map[string]string{name: string(text), "SHA256SUMS": sums} {
		testkit.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600))
	}
	script := []string{"set -e", "wget() { :; }"}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", strings.Join(append(append(script, job.BeforeScript...), job.Script...), "\n"))
	cmd.Dir = dir
	cmd.Env = []string{"FLEXY_API_KEY=" + key}
	for variable, value := range job.Variables {
		cmd.Env = append(cmd.Env, variable+"="+value)
	}
	return cmd
}
