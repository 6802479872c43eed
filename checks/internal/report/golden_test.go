package report_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/report"
	"flexy-key-check/checks/internal/test/oracle"
	"flexy-key-check/checks/internal/test/testkit"
)

// TestGolden compares all that is shown of each kind of report with a file,
// which -update writes. It gives no account away, its Markdown is valid, and the
// verdict on a single key is one line.
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
			oracle.NoLeak(t, map[string][]byte{name: []byte(got)}, username, "0665112233", "ea27b376-echoed-key", "7392651", "1326.139")
			tags, _ := render(actions(t, r).summary)
			balanced(t, tags)
			lines := strings.Split(strings.TrimSpace(text(r).stdout), "\n")
			if last := lines[len(lines)-1]; !r.Policy && !strings.HasPrefix(last, "verdict: ") {
				t.Errorf("the verdict wraps: %q", last)
			}
		})
	}
}

// archive returns all that is shown of a report as a txtar archive, in which the
// result has a line for each object.
func archive(t *testing.T, r report.Report) string {
	t.Helper()
	github, person, program := actions(t, r), text(r), json(r)
	values := outputs(t, github)
	testkit.Diff(t, []int{github.code, github.code}, []int{person.code, program.code})
	testkit.Diff(t, []string{person.stderr, values["result"] + "\n"}, []string{program.stderr, program.stdout})
	result := strings.TrimPrefix(strings.ReplaceAll(program.stdout, `{"`, "\n{\""), "\n")
	lines := ""
	for _, name := range documented[:len(documented)-1] { // all but the result
		lines += name + "=" + values[name] + "\n"
	}
	return fmt.Sprintf("exit code %d\n-- github/log --\n%s-- github/summary.md --\n%s-- github/outputs --\n%s-- text/stdout --\n%s-- text/stderr --\n%s-- json/stdout --\n%s",
		github.code, github.stdout, github.summary, lines, person.stdout, person.stderr, result)
}
