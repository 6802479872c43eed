package report_test

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/report"

	"go.uber.org/goleak"
)

var update = flag.Bool("update", false, "write the golden files")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shown is what one reader sees of a report.
type shown struct {
	code                             int
	stdout, stderr, outputs, summary string
}

type env map[string]string

func (e env) lookup(name string) (string, bool) {
	value, ok := e[name]
	return value, ok
}

// newEnv names files for outputs and summary that can be written.
func newEnv(t testing.TB) env {
	t.Helper()
	dir := t.TempDir()
	return env{"GITHUB_OUTPUT": filepath.Join(dir, "outputs"), "GITHUB_STEP_SUMMARY": filepath.Join(dir, "summary")}
}

// actions shows a report to the Actions runner.
func actions(t testing.TB, r report.Report) shown {
	t.Helper()
	return actionsIn(newEnv(t), r)
}

func actionsIn(e env, r report.Report) shown {
	var stdout bytes.Buffer
	code := report.NewActions(&stdout, e.lookup, true).Report(r)
	return shown{code, stdout.String(), "", written(e["GITHUB_OUTPUT"]), written(e["GITHUB_STEP_SUMMARY"])}
}

// written returns the content of a regular file: /dev/full never ends.
func written(path string) string {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	text, _ := os.ReadFile(path)
	return string(text)
}

// text shows a report to a person, where there is no terminal.
func text(r report.Report) shown { return terminal(r, 0, false) }

// terminal shows a report to a person at a terminal.
func terminal(r report.Report, columns int, colour bool) shown {
	var stdout, stderr bytes.Buffer
	stream := func(w io.Writer) report.Stream { return report.Stream{Writer: w, Columns: columns, Colour: colour} }
	code := report.Text{Stdout: stream(&stdout), Stderr: stream(&stderr)}.Report(r)
	return shown{code: code, stdout: stdout.String(), stderr: stderr.String()}
}

// json shows a report to a program.
func json(r report.Report) shown {
	var stdout, stderr bytes.Buffer
	code := report.JSON{Stdout: &stdout, Stderr: report.Stream{Writer: &stderr}}.Report(r)
	return shown{code: code, stdout: stdout.String(), stderr: stderr.String()}
}

func mustContain(t testing.TB, text, part string) {
	t.Helper()
	if !strings.Contains(text, part) {
		t.Errorf("%q is not in %q", part, text)
	}
}
