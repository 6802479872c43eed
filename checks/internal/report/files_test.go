package report_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/oracle"
	"flexy-key-check/checks/internal/report"
	"flexy-key-check/checks/internal/testkit"
)

// unwritable are paths of files that cannot be written.
func unwritable(t *testing.T) map[string]string {
	t.Helper()
	dir := t.TempDir()
	program, err := os.Executable() // one that runs cannot be written, not even by root
	testkit.NoError(t, err)
	return map[string]string{
		"unset":            "",
		"a folder":         dir,
		"in no folder":     filepath.Join(dir, "missing", "file"),
		"under a file":     filepath.Join(program, "file"),
		"full":             "/dev/full",
		"not to be opened": program,
		"no path":          "a\x00b",
	}
}

// TestFilesOutputs: where outputs cannot be written a pass is no pass.
func TestFilesOutputs(t *testing.T) {
	t.Parallel()
	for name, path := range unwritable(t) {
		for _, r := range []report.Report{
			single(accepted(), expected()),
			single(other(), expected()),
			scenarios()["misconfigured"],
			scenarios()["down"],
			scenarios()["softened"],
		} {
			t.Run(name+"/"+r.Verdict.String(), func(t *testing.T) {
				t.Parallel()
				e := newEnv(t)
				e["GITHUB_OUTPUT"] = path
				got := actionsIn(e, r)
				want := r.ExitCode
				if want == checks.ExitPass {
					want = checks.ExitUndetermined
				}
				testkit.Diff(t, want, got.code)
				mustContain(t, got.stdout, "verdict: "+r.Verdict.String())
				mustContain(t, got.summary, r.Verdict.String())
				first := oracle.Commands([]byte(got.stdout))[0]
				testkit.Diff(t, []string{"error", "flexy-key-check: outputs"}, []string{first.Name, first.Properties["title"]})
				mustContain(t, first.Message, "GITHUB_OUTPUT")
			})
		}
	}
}

// TestFilesSummary: without a summary there is only a warning.
func TestFilesSummary(t *testing.T) {
	t.Parallel()
	for name, path := range unwritable(t) {
		for _, r := range []report.Report{single(accepted(), expected()), single(other(), expected())} {
			t.Run(name+"/"+r.Verdict.String(), func(t *testing.T) {
				t.Parallel()
				e := newEnv(t)
				e["GITHUB_STEP_SUMMARY"] = path
				got := actionsIn(e, r)
				testkit.Diff(t, r.ExitCode, got.code)
				mustContain(t, got.stdout, "verdict: "+r.Verdict.String())
				mustContain(t, got.outputs, "verdict="+r.Verdict.String()+"\n")
				warned := false
				for _, c := range oracle.Commands([]byte(got.stdout)) {
					warned = warned || c.Name == "warning" && c.Properties["title"] == "flexy-key-check: summary" && strings.Contains(c.Message, "GITHUB_STEP_SUMMARY")
				}
				if !warned {
					t.Errorf("no warning in %s", got.stdout)
				}
			})
		}
	}
}

// TestFilesAreAppendedTo: what another step left stays, and does not swallow our
// first line where it left no line feed.
func TestFilesAreAppendedTo(t *testing.T) {
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

// TestFilesPipes: a named pipe that nobody reads is no file, and no hang.
func TestFilesPipes(t *testing.T) {
	t.Parallel()
	for _, variable := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
		e := newEnv(t)
		e[variable] = filepath.Join(t.TempDir(), "pipe")
		testkit.NoError(t, syscall.Mkfifo(e[variable], 0o600))
		got := actionsIn(e, single(accepted(), expected()))
		testkit.Diff(t, variable == "GITHUB_OUTPUT", got.code == checks.ExitUndetermined)
		mustContain(t, got.stdout, "the file in "+variable+" cannot be written")
	}
}

// TestFilesOutputsOnce: a second report, after a fault while the first was
// shown, does not write the outputs again.
func TestFilesOutputsOnce(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	reporter := report.NewActions(new(strings.Builder), e.lookup, true)
	reporter.Report(single(accepted(), expected()))
	reporter.Report(single(unavailable(0, 0), little()))
	file, err := os.ReadFile(e["GITHUB_OUTPUT"])
	testkit.NoError(t, err)
	names, values, err := oracle.Outputs(file)
	testkit.NoError(t, err)
	testkit.Diff(t, documented, names)
	testkit.Diff(t, "pass", values["verdict"])
}

func mustContain(t testing.TB, text, part string) {
	t.Helper()
	if !strings.Contains(text, part) {
		t.Errorf("%q is not in %q", part, text)
	}
}
