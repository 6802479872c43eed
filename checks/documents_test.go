package checks_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/report"
)

// documents are those for people, each with the tables that are written from
// the code: what stands between <!-- NAME --> and <!-- /NAME -->.
var documents = map[string]map[string]func() string{
	"README.md": {
		"inputs": inputsTable, "outputs": outputsTable, "checks": checksTable, "verdicts": verdictsTable,
	},
	".github/TROUBLESHOOTING.md": {"first": firstTable, "troubleshooting": troubleshootingTable, "mistakes": mistakesTable},
	".github/RECIPES.md":         {},
	".github/RESULT.md":          {"result-outputs": resultOutputs},
	".github/BENCHMARKS.md":      {},
	".github/CONTRIBUTING.md":    {},
	".github/SECURITY.md":        {},
}

// shown marks a file that a document shows: it stands between this mark and
// <!-- / -->.
var shown = regexp.MustCompile(`<!-- (testdata/(?:workflows|recipes|policy)/[\w.-]+) -->\n`)

// languages are those of the files, for colours.
var languages = map[string]string{".yml": "yaml", ".yaml": "yaml", "Makefile": "make"}

func TestDocsDocuments(t *testing.T) {
	places := map[string][]string{} // where each file is shown
	for _, name := range slices.Sorted(maps.Keys(documents)) {
		document := readDocument(t, name)
		for mark, table := range documents[name] {
			document = between(t, document, "<!-- "+mark+" -->\n", "<!-- /"+mark+" -->\n", table())
		}
		for _, mark := range shown.FindAllStringSubmatch(document, -1) {
			file := mark[1]
			places[file] = append(places[file], name)
			content, err := os.ReadFile(filepath.Join(top, file))
			if err != nil {
				t.Fatalf("%s shows a file that is not there: %v", name, err)
			}
			language := languages[filepath.Ext(file)] + languages[filepath.Base(file)]
			document = between(t, document, mark[0], "<!-- / -->\n", "```"+language+"\n"+string(content)+"```\n")
		}
		agree(t, name, document)
	}
	for _, kind := range []string{"workflows", "recipes"} {
		files, err := os.ReadDir(filepath.Join(top, "testdata", kind))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if file := "testdata/" + kind + "/" + f.Name(); len(places[file]) != 1 {
				t.Errorf("%s is shown in %v: show it once", file, places[file])
			}
		}
	}
}

func readDocument(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(top, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// between replaces what stands between two marks.
func between(t *testing.T, text, begin, end, content string) string {
	t.Helper()
	head, rest, ok := strings.Cut(text, begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("no document has %s with its end", strings.TrimSpace(begin))
	}
	return head + begin + content + end + tail
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	picture = regexp.MustCompile(`src(?:set)?="([^"]+)"`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	anchor  = regexp.MustCompile(`<a id="([^"]+)">`)
	dropped = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
)

// Each link or picture in a document leads to a file and, with a #, to a heading or an
// anchor of it. An address elsewhere is not looked up.
func TestDocsLinks(t *testing.T) {
	t.Parallel()
	found := 0
	for name := range documents {
		document := readDocument(t, name)
		for _, match := range slices.Concat(link.FindAllStringSubmatch(document, -1), picture.FindAllStringSubmatch(document, -1)) {
			if strings.Contains(match[1], "://") {
				continue
			}
			found++
			file, fragment, _ := strings.Cut(match[1], "#")
			target := name
			if file != "" {
				target = filepath.Join(filepath.Dir(name), file)
			}
			if _, err := os.Stat(filepath.Join(top, target)); err != nil {
				t.Errorf("%s: %s: %v", name, match[1], err)
			} else if fragment != "" && !slices.Contains(anchors(readDocument(t, target)), fragment) {
				t.Errorf("%s: %s: no such heading", name, match[1])
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d links found", found)
	}
}

// anchors are the fragments that a document has, as GitHub makes them.
func anchors(document string) []string {
	var all []string
	for _, match := range heading.FindAllStringSubmatch(document, -1) {
		all = append(all, strings.ReplaceAll(dropped.ReplaceAllString(strings.ToLower(match[1]), ""), " ", "-"))
	}
	for _, match := range anchor.FindAllStringSubmatch(document, -1) {
		all = append(all, match[1])
	}
	return all
}

// RESULT.md has a row for each field that the document has, in the section of
// its object, and no other.
func TestDocsResult(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	report.JSON{Stdout: &out, Stderr: io.Discard}.Report(report.Report{
		Mistakes: []mistake.Mistake{{Place: mistake.Place{File: "keys.yml"}}},
		Notes:    []report.Note{{}},
		Keys:     []report.Result{{Findings: []checks.Finding{{}}}},
	})
	var run map[string]any
	if err := json.Unmarshal(out.Bytes(), &run); err != nil {
		t.Fatalf("%v: %s", err, out.Bytes())
	}
	first := func(object map[string]any, list string) map[string]any {
		return object[list].([]any)[0].(map[string]any)
	}
	objects := map[string]map[string]any{
		"The document": run, "errors": first(run, "errors"), "warnings": first(run, "warnings"),
		"keys": first(run, "keys"), "findings": first(first(run, "keys"), "findings"),
	}
	want, got := map[string][]string{}, map[string][]string{}
	for name, object := range objects {
		want[name] = slices.Sorted(maps.Keys(object))
	}
	row, section := regexp.MustCompile("^\\| `([^`]+)` \\|"), ""
	for line := range strings.Lines(readDocument(t, ".github/RESULT.md")) {
		if match := heading.FindStringSubmatch(line); match != nil && strings.HasPrefix(line, "## ") {
			section = strings.Trim(strings.TrimSpace(match[1]), "`")
		}
		if match := row.FindStringSubmatch(line); match != nil {
			got[section] = append(got[section], match[1])
		}
	}
	for name := range got {
		slices.Sort(got[name])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields (-of the document +in RESULT.md):\n%s", diff)
	}
}

// resultOutputs has the rows of the fields that are outputs as well.
func resultOutputs() string {
	var b strings.Builder
	b.WriteString("| field | meaning |\n| --- | --- |\n")
	for _, output := range report.Outputs {
		if output.Name != "verdict" && output.Name != "result" {
			fmt.Fprintf(&b, "| `%s` | %s |\n", output.Name, output.Doc)
		}
	}
	return b.String()
}

// firstTable has a row for each message that people meet first, as the program
// says it.
func firstTable() string {
	left := 4
	var b strings.Builder
	b.WriteString("| message | what to do |\n| --- | --- |\n")
	for _, m := range mistakesOf(map[string]string{"api-key": ""}) {
		fmt.Fprintf(&b, "| %s | %s |\n", m, m.Hint)
	}
	sandbox := flexy.Answer{Outcome: flexy.Accepted, Key: flexy.Key{Type: flexy.Sandbox}}
	f := checks.Type.Run(checks.Input{Answer: sandbox, Expect: checks.Expectation{Type: checks.ExpectedType{Want: flexy.Production}}})
	fmt.Fprintf(&b, "| %s: %s | %s |\n", checks.Type.ID, f.Message, f.Hint)
	for _, a := range []flexy.Answer{
		{Outcome: flexy.Rejected, Code: flexy.CodeInvalid, AttemptsLeft: &left},
		{Outcome: flexy.NotAllowed, RunnerIP: netip.MustParseAddr("203.0.113.45"), Environment: flexy.Production},
		{Outcome: flexy.Blocked, At: time.Date(2026, 11, 22, 13, 50, 0, 0, time.UTC)},
		{Fault: flexy.FaultServer, Status: 503},
	} {
		b.WriteString(answerRow(a))
	}
	return b.String()
}

// troubleshootingTable has a row for each reason why the API judged no key, or
// rejected it, as the program says it.
func troubleshootingTable() string {
	left := func(n int) *int { return &n }
	const status = 999 // stands for any
	answers := []flexy.Answer{
		{Outcome: flexy.Rejected, Code: flexy.CodeInvalid, AttemptsLeft: left(4)},
		{Outcome: flexy.Rejected, Code: flexy.CodeAuth, AttemptsLeft: left(1)},
		{Outcome: flexy.NotAllowed, RunnerIP: netip.MustParseAddr("203.0.113.45"), Environment: flexy.Production},
		{Outcome: flexy.Blocked, At: time.Date(2026, 11, 22, 13, 50, 0, 0, time.UTC)},
	}
	for f := flexy.Fault(0); ; f++ {
		a := flexy.Answer{Fault: f, Status: status}
		if message, _ := a.Explain(); message == "" {
			break
		}
		answers = append(answers, a)
	}
	var b strings.Builder
	b.WriteString("| message | what to do |\n| --- | --- |\n")
	for _, a := range answers {
		b.WriteString(strings.ReplaceAll(answerRow(a), strconv.Itoa(status), "…"))
	}
	return b.String()
}

func answerRow(a flexy.Answer) string {
	message, hint := a.Explain()
	return fmt.Sprintf("| %s | %s |\n", inAction(message), inAction(hint))
}

func inputsTable() string {
	var b strings.Builder
	b.WriteString("| input | default | meaning |\n| --- | --- | --- |\n")
	for _, input := range config.Inputs() {
		value := ""
		if d := input.ActionDefault; d != "" {
			value = "`" + d + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", input.Name, value, inAction(input.Doc))
	}
	return b.String()
}

func outputsTable() string {
	var b strings.Builder
	b.WriteString("| output | meaning |\n| --- | --- |\n")
	for _, output := range report.Outputs {
		fmt.Fprintf(&b, "| `%s` | %s |\n", output.Name, output.Doc)
	}
	return b.String()
}

func checksTable() string {
	var b strings.Builder
	b.WriteString("| check | passes when |\n| --- | --- |\n")
	for _, check := range checks.All {
		fmt.Fprintf(&b, "| <a id=\"%s\"></a>`%s` | %s |\n", check.ID, check.ID, check.Doc)
	}
	return b.String()
}

func verdictsTable() string {
	var b strings.Builder
	b.WriteString("| verdict | meaning | exit code |\n| --- | --- | --- |\n")
	for _, v := range checks.Verdicts {
		code := strconv.Itoa(v.ExitCode())
		if v == checks.Skipped {
			code += ", or 3 if the lockout guard kept it back"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", v, v.Doc(), code)
	}
	return b.String()
}
