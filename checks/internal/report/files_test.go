package report_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/report"
	"flexy-key-check/checks/internal/test/oracle"
	"flexy-key-check/checks/internal/test/testkit"
)

// unwritable returns paths of files that cannot be written.
func unwritable(t *testing.T) map[string]string {
	t.Helper()
	dir := t.TempDir()
	program, err := os.Executable() // not even root can write to a running program
	testkit.NoError(t, err)
	pipe := filepath.Join(dir, "pipe") // nobody reads it, so writing to it would hang
	testkit.NoError(t, syscall.Mkfifo(pipe, 0o600))
	return map[string]string{
		"unset":             "",
		"directory":         dir,
		"missing directory": filepath.Join(dir, "missing", "file"),
		"full disk":         "/dev/full",
		"busy file":         program,
		"named pipe":        pipe,
		"not a path":        "a\x00b",
	}
}

// Without outputs a pass becomes undetermined; without a summary there is only
// a warning.
func TestFilesUnwritable(t *testing.T) {
	t.Parallel()
	type row struct {
		variable, level string
		pass            int // the exit code in place of 0
	}
	for name, path := range unwritable(t) {
		for _, tt := range []row{{"GITHUB_OUTPUT", "error", checks.ExitUndetermined}, {"GITHUB_STEP_SUMMARY", "warning", checks.ExitPass}} {
			for _, scenario := range []string{"pass", "mismatch", "softened"} {
				t.Run(name+"/"+tt.variable+"/"+scenario, func(t *testing.T) {
					t.Parallel()
					e, r := newEnv(t), scenarios()[scenario]
					e[tt.variable] = path
					got := actionsIn(e, r)
					want := r.ExitCode
					if want == checks.ExitPass {
						want = tt.pass
					}
					testkit.Diff(t, want, got.code)
					mustContain(t, got.stdout, "verdict: "+r.Verdict.String())
					delete(e, tt.variable)
					for _, other := range e {
						mustContain(t, written(other), r.Verdict.String())
					}
					if tt.variable == "GITHUB_OUTPUT" {
						mustContain(t, got.summary, "### ❌ ")
					}
					commands := oracle.Commands([]byte(got.stdout))
					first := commands[slices.IndexFunc(commands, func(c oracle.Command) bool { return c.Name == tt.level })]
					mustContain(t, first.Properties["title"]+": "+first.Message, tt.variable)
					mustContain(t, first.Properties["title"], "flexy-key-check: ")
				})
			}
		}
	}
}

// Lines of earlier steps are kept, even if the last one lacks a line feed.
func TestFilesAppend(t *testing.T) {
	t.Parallel()
	for _, earlier := range []string{"earlier=1", "earlier=1\n"} {
		e := newEnv(t)
		for _, path := range e {
			testkit.NoError(t, os.WriteFile(path, []byte(earlier), 0o600))
		}
		got := actionsIn(e, single(accepted(), expected()))
		mustContain(t, got.outputs, "earlier=1\nverdict=pass\n")
		mustContain(t, got.summary, "earlier=1\n### ")
	}
}

// A second report, made after a crash in the first, writes no outputs.
func TestFilesOutputsOnce(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	reporter := report.NewActions(new(strings.Builder), e.lookup, true)
	reporter.Report(single(accepted(), expected()))
	reporter.Report(single(unavailable(0, 0), little()))
	testkit.Diff(t, "pass", outputs(t, shown{outputs: written(e["GITHUB_OUTPUT"])})["verdict"])
}

// In an action's step the runner has made its files. One that is not there is not made,
// because the runner would never read it.
func TestFilesNotMade(t *testing.T) {
	t.Parallel()
	for scenario, want := range map[string]int{"pass": checks.ExitUndetermined, "mismatch": checks.ExitFailed} {
		e, r := newEnv(t), scenarios()[scenario]
		e["INPUT_API-KEY"] = ""
		got := actionsIn(e, r)
		testkit.Diff(t, want, got.code)
		for _, variable := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
			mustContain(t, got.stdout, variable+" names a file that is not there%0Ahint: its folder is not mounted")
			if _, err := os.Stat(e[variable]); err == nil {
				t.Errorf("the file in %s was made", variable)
			}
		}
		for _, variable := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
			testkit.NoError(t, os.WriteFile(e[variable], nil, 0o600))
		}
		testkit.Diff(t, r.ExitCode, actionsIn(e, r).code)
	}
}
