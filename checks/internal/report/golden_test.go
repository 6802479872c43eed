package report_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/oracle"
	"flexy-key-check/checks/internal/report"
	"flexy-key-check/checks/internal/testkit"
)

// TestGolden holds all that is shown of each kind of report to a file. The
// -update flag writes the files.
func TestGolden(t *testing.T) {
	t.Parallel()
	for name, r := range scenarios() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join("..", "..", "..", "testdata", "golden", name+".txtar")
			got := archive(t, r)
			if *update {
				testkit.NoError(t, os.WriteFile(path, []byte(got), 0o644))
			}
			want, err := os.ReadFile(path)
			testkit.NoError(t, err)
			testkit.Diff(t, strings.Split(string(want), "\n"), strings.Split(got, "\n"))
		})
	}
}

// archive is all that is shown of a report, as a txtar archive, the result in a
// form to be read.
func archive(t *testing.T, r report.Report) string {
	t.Helper()
	github, person, program := actions(t, r), text(r, false), json(r)
	result := strings.TrimPrefix(strings.ReplaceAll(program.stdout, `{"`, "\n{\""), "\n") // an object a line
	testkit.Diff(t, person.stderr, program.stderr)
	testkit.Diff(t, []int{github.code, github.code}, []int{person.code, program.code})
	names, values, err := oracle.Outputs([]byte(github.outputs))
	testkit.NoError(t, err)
	var outputs strings.Builder
	for _, name := range names {
		if name != "result" { // stands below
			fmt.Fprintf(&outputs, "%s=%s\n", name, values[name])
		}
	}
	return fmt.Sprintf("exit code %d\n-- github/log --\n%s-- github/summary.md --\n%s-- github/outputs --\n%s-- text/stdout --\n%s-- text/stderr --\n%s-- json/stdout --\n%s",
		github.code, github.stdout, github.summary, outputs.String(), person.stdout, person.stderr, result)
}
