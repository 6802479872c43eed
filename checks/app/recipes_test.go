package app_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/test/testkit"
)

// The crontab's recipe works in a plain shell: a good key passes without output on
// standard error, and a wrong one fails with some. Package container runs the others.
func TestCrontabRecipe(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../testdata/recipes/crontab")
	testkit.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	_, command, _ := strings.Cut(lines[len(lines)-1], "  ")
	for key, code := range map[string]int{theKey: 0, "k-that-nobody-knows": 1} {
		paths := strings.NewReplacer("/etc/flexy/env", writeFile(t, "FLEXY_API_KEY="+key+"\n"), "/usr/local/bin/flexy-key-check", binary(t))
		cmd := exec.CommandContext(t.Context(), "sh", "-c", paths.Replace(command))
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "FLEXY_BASE_URL=" + serve(t).URL, "GOCOVERDIR=" + os.Getenv("GOCOVERDIR")}
		var said strings.Builder
		cmd.Stderr = &said
		_ = cmd.Run() // see the exit code
		if got := cmd.ProcessState.ExitCode(); got != code || (said.Len() == 0) != (code == 0) || strings.Contains(said.String(), key) {
			t.Errorf("exit code %d, want %d; said %q", got, code, said.String())
		}
	}
}
