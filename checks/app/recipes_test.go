package app_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/test/oracle"
	"flexy-key-check/checks/internal/test/testkit"
)

// oddKey contains what a shell would expand, cut or run.
const oddKey = `k-3f9a$HOME;7c41&2d"85'b0` + "`id`" + `#e6=x`

// The recipes that need nothing but a shell. Packages container and kubernetes test
// the others.
func recipe(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../testdata/recipes/" + name)
	testkit.NoError(t, err)
	return string(text)
}

// check runs the recipe's command: with a good key it passes and prints no error,
// with a wrong one it fails and prints one.
func check(t *testing.T, command, keyFile string, env ...string) {
	t.Helper()
	odd := goodKey()
	odd.Text = oddKey
	for key, code := range map[string]int{theKey: 0, oddKey: 0, "k-that-nobody-knows": 1} {
		file, program := testkit.File(t, key+"\n"), binary(t)
		quoted := strings.NewReplacer(keyFile, "'"+file+"'", "/usr/local/bin/flexy-key-check", "'"+program+"'")
		cmd := exec.CommandContext(t.Context(), "sh", "-c", quoted.Replace(command))
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "FLEXY_BASE_URL=" + serve(t, goodKey(), odd).URL, "GOCOVERDIR=" + os.Getenv("GOCOVERDIR")}
		for _, v := range env {
			cmd.Env = append(cmd.Env, strings.Replace(v, keyFile, file, 1))
		}
		var shown, said strings.Builder
		cmd.Stdout, cmd.Stderr = &shown, &said
		_ = cmd.Run() // see the exit code
		if got := cmd.ProcessState.ExitCode(); got != code || (said.Len() == 0) != (code == 0) {
			t.Errorf("exit code %d, want %d; said %q", got, code, said.String())
		}
		oracle.NoLeak(t, map[string][]byte{"stdout": []byte(shown.String()), "stderr": []byte(said.String())}, key)
	}
}

func TestCrontabRecipe(t *testing.T) {
	t.Parallel()
	lines := strings.Split(strings.TrimSpace(recipe(t, "crontab")), "\n")
	_, command, _ := strings.Cut(lines[len(lines)-1], "  ")
	check(t, command, "/etc/flexy/api-key")
}

// systemd itself is not run: the unit's command and variables are.
func TestSystemdRecipe(t *testing.T) {
	t.Parallel()
	set := map[string]string{}
	for _, line := range regexp.MustCompile(`(?m)^([A-Za-z]+)=(.*)$`).FindAllStringSubmatch(recipe(t, "flexy-key-check.service"), -1) {
		set[line[1]] = line[2]
	}
	credential, path, _ := strings.Cut(set["LoadCredential"], ":")
	if set["Type"] != "oneshot" || set["Restart"] != "" || credential == "" {
		t.Errorf("a wrong key is sent more than once, or the key is not a credential: %v", set)
	}
	env := strings.Fields(strings.ReplaceAll(set["Environment"], "%d/"+credential, path))
	check(t, set["ExecStart"]+" >/dev/null", path, env...)
}
