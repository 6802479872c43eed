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
)

// unwritable are paths of files that cannot be written.
func unwritable(t *testing.T) map[string]string {
	t.Helper()
	dir := t.TempDir()
	program, err := os.Executable() // one that runs cannot be written, not even by root
	if err != nil {
		t.Fatal(err)
	}
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
				diff(t, want, got.code)
				mustContain(t, got.stdout, "verdict: "+r.Verdict.String())
				mustContain(t, got.summary, r.Verdict.String())
				first := oracle.Commands([]byte(got.stdout))[0]
				diff(t, []string{"error", "flexy-key-check: outputs"}, []string{first.Name, first.Properties["title"]})
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
				diff(t, r.ExitCode, got.code)
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

// TestFilesAreAppendedTo: earlier lines stay.
func TestFilesAreAppendedTo(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	for _, path := range e {
		if err := os.WriteFile(path, []byte("earlier=1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := actionsIn(e, single(accepted(), expected()))
	for _, text := range []string{got.outputs, got.summary} {
		if !strings.HasPrefix(text, "earlier=1\n") {
			t.Errorf("written over: %.100q", text)
		}
	}
}

// TestFilesUnended: what another step left without a line feed does not swallow
// our first line.
func TestFilesUnended(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	for _, path := range e {
		if err := os.WriteFile(path, []byte("earlier=1"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := actionsIn(e, single(accepted(), expected()))
	mustContain(t, got.outputs, "earlier=1\nverdict=pass\n")
	mustContain(t, got.summary, "earlier=1\n### ")
}

// TestFilesPipes: a named pipe that nobody reads is no file, and no hang.
func TestFilesPipes(t *testing.T) {
	t.Parallel()
	for _, variable := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
		e := newEnv(t)
		e[variable] = filepath.Join(t.TempDir(), "pipe")
		if err := syscall.Mkfifo(e[variable], 0o600); err != nil {
			t.Fatal(err)
		}
		got := actionsIn(e, single(accepted(), expected()))
		diff(t, variable == "GITHUB_OUTPUT", got.code == checks.ExitUndetermined)
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
	if err != nil {
		t.Fatal(err)
	}
	names, values, err := oracle.Outputs(file)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, documented, names)
	diff(t, "pass", values["verdict"])
}

// TestFilesOutsideActions: text and JSON go to nothing but the two streams.
func TestFilesOutsideActions(t *testing.T) {
	t.Parallel()
	for name, r := range scenarios() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, s := range []shown{text(r, false), json(r)} {
				diff(t, r.ExitCode, s.code)
				diff(t, len(r.Mistakes) > 0, strings.Contains(s.stderr, "error: api-key: the key is blank"))
			}
			if got := json(r).stdout; strings.Count(got, "\n") != 1 || !strings.HasPrefix(got, "{") || !strings.HasSuffix(got, "}\n") {
				t.Errorf("not one line of JSON: %q", got)
			}
		})
	}
}

func mustContain(t testing.TB, text, part string) {
	t.Helper()
	if !strings.Contains(text, part) {
		t.Errorf("%q is not in %q", part, text)
	}
}
