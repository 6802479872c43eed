package report_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/oracle"
	"flexy-key-check/checks/internal/report"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestGolden holds all that is shown of each kind of report to a file. The
// -update flag writes the files.
func TestGolden(t *testing.T) {
	t.Parallel()
	for name, r := range scenarios() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join("..", "..", "..", "testdata", "golden", name+".txtar")
			got := txtar.Format(archive(t, r))
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			diff(t, strings.Split(string(want), "\n"), strings.Split(string(got), "\n"))
		})
	}
}

// archive is all that is shown of a report, the result in a form to be read.
func archive(t *testing.T, r report.Report) *txtar.Archive {
	t.Helper()
	github, person, program := actions(t, r), text(r, false), json(r)
	result := strings.TrimPrefix(strings.ReplaceAll(program.stdout, `{"`, "\n{\""), "\n") // an object a line
	diff(t, person.stderr, program.stderr)
	diff(t, []int{github.code, github.code}, []int{person.code, program.code})
	names, values, err := oracle.Outputs([]byte(github.outputs))
	if err != nil {
		t.Fatal(err)
	}
	var outputs bytes.Buffer
	for _, name := range names {
		if name != "result" { // stands below
			fmt.Fprintf(&outputs, "%s=%s\n", name, values[name])
		}
	}
	return &txtar.Archive{
		Comment: fmt.Appendf(nil, "exit code %d\n", github.code),
		Files: []txtar.File{
			{Name: "github/log", Data: []byte(github.stdout)},
			{Name: "github/summary.md", Data: []byte(github.summary)},
			{Name: "github/outputs", Data: outputs.Bytes()},
			{Name: "text/stdout", Data: []byte(person.stdout)},
			{Name: "text/stderr", Data: []byte(person.stderr)},
			{Name: "json/stdout", Data: []byte(result)},
		},
	}
}
