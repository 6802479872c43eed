package checks_test

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"go.yaml.in/yaml/v4"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/report"
	"flexy-key-check/checks/internal/test/testkit"
)

// documents lists the documents for people, with their tables that are written
// from the code, each between <!-- NAME --> and <!-- /NAME -->.
var documents = map[string]map[string]func() string{
	"README.md":                  {"inputs": inputsTable, "outputs": outputsTable, "checks": checksTable, "verdicts": verdictsTable},
	".github/TROUBLESHOOTING.md": {"refused": refusedTable, "unanswered": unansweredTable, "untrusted": untrustedTable, "mistakes": mistakesTable},
	".github/RECIPES.md":         {},
	".github/RESULT.md":          {"result-outputs": resultOutputs},
	".github/BENCHMARKS.md":      {},
	".github/CONTRIBUTING.md":    {},
	".github/SECURITY.md":        {},
}

// shown marks a file that a document shows, between this mark and <!-- / -->.
var shown = regexp.MustCompile(`<!-- (testdata/(?:workflows|recipes|policy)/[\w.-]+) -->\n`)

// languages are the names by which GitHub highlights the files.
var languages = map[string]string{".yml": "yaml", ".yaml": "yaml", ".sh": "sh", ".service": "ini", "Makefile": "make"}

func TestDocsDocuments(t *testing.T) {
	between := func(text, begin, end, content string) string {
		t.Helper()
		parts := cut(t, text, begin, end)
		return parts[0] + begin + content + end + parts[2]
	}
	places := map[string][]string{} // where each file is shown
	for name, tables := range documents {
		document := readDocument(t, name)
		for mark, table := range tables {
			document = between(document, "<!-- "+mark+" -->\n", "<!-- /"+mark+" -->\n", table())
		}
		for _, mark := range shown.FindAllStringSubmatch(document, -1) {
			file := mark[1]
			places[file] = append(places[file], name)
			language := languages[filepath.Ext(file)] + languages[filepath.Base(file)]
			document = between(document, mark[0], "<!-- / -->\n", "```"+language+"\n"+readDocument(t, file)+"```\n")
		}
		agree(t, name, document)
	}
	for _, kind := range []string{"workflows", "recipes"} {
		files, err := os.ReadDir(filepath.Join(top, "testdata", kind))
		testkit.NoError(t, err)
		for _, f := range files {
			if file := "testdata/" + kind + "/" + f.Name(); len(places[file]) != 1 {
				t.Errorf("%s is shown in %v: show it once", file, places[file])
			}
		}
	}
}

// Each block of YAML can be pasted into a file: it parses. One that is indented is a
// part of a workflow: a first step, or inputs below the others.
func TestDocsYAML(t *testing.T) {
	t.Parallel()
	blocks, helm := regexp.MustCompile("(?ms)^( *)```yaml\n(.*?\n) *```$"), regexp.MustCompile(`(^|[^$])\{\{ .* \}\}`)
	workflow, found := readDocument(t, "testdata/workflows/weekly-reminder.yml"), 0
	for name := range documents {
		for _, block := range blocks.FindAllStringSubmatch(readDocument(t, name), -1) {
			found++
			text, all := strings.ReplaceAll("\n"+block[2], "\n"+block[1], "\n"), []any{}
			switch {
			case strings.HasPrefix(text, "\n      - "):
				text = strings.Replace(workflow, "    steps:\n", "    steps:"+text, 1)
			case strings.HasPrefix(text, "\n "):
				text = strings.TrimSuffix(workflow, "\n") + text
			}
			if err := yaml.Load([]byte(helm.ReplaceAllString(text, "${1}rendered")), &all, yaml.WithAllDocuments()); err != nil {
				t.Errorf("%s: %v in:\n%s", name, err, text)
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d blocks found", found)
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)|src(?:set)?="([^"]+)"`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	anchor  = regexp.MustCompile(`<a id="([^"]+)">`)
	dropped = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
)

// Each link or picture that is not a URL leads to a file and, with a #, to a
// heading or an anchor in it.
func TestDocsLinks(t *testing.T) {
	t.Parallel()
	found := 0
	for name := range documents {
		for _, match := range link.FindAllStringSubmatch(readDocument(t, name), -1) {
			to := match[1] + match[2]
			if strings.Contains(to, "://") {
				continue
			}
			found++
			file, fragment, _ := strings.Cut(to, "#")
			target := name
			if file != "" {
				target = filepath.Join(filepath.Dir(name), file)
			}
			if _, err := os.Stat(filepath.Join(top, target)); err != nil {
				t.Errorf("%s: %s: %v", name, to, err)
			} else if fragment != "" && !slices.Contains(anchors(readDocument(t, target)), fragment) {
				t.Errorf("%s: %s: no such heading", name, to)
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d links found", found)
	}
}

// anchors returns the fragments of a document, as GitHub makes them.
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

// RESULT.md has a row for each field of the JSON document, in the section of its
// object, and no other rows.
func TestDocsResult(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	report.JSON{Stdout: &out, Stderr: report.Stream{Writer: io.Discard}}.Report(report.Report{
		Mistakes: []mistake.Mistake{{Place: mistake.Place{File: "keys.yml"}}},
		Notes:    []report.Note{{}},
		Keys:     []report.Result{{Findings: []checks.Finding{{}}}},
	})
	var run map[string]any
	testkit.NoError(t, json.Unmarshal(out.Bytes(), &run))
	first := func(object map[string]any, list string) map[string]any {
		return object[list].([]any)[0].(map[string]any)
	}
	want, got := map[string][]string{}, map[string][]string{}
	for name, object := range map[string]map[string]any{
		"The document": run, "errors": first(run, "errors"), "warnings": first(run, "warnings"),
		"keys": first(run, "keys"), "findings": first(first(run, "keys"), "findings"),
	} {
		want[name] = slices.Sorted(maps.Keys(object))
	}
	row := regexp.MustCompile("(?m)^\\| `([^`]+)` \\|")
	for section := range strings.SplitSeq(readDocument(t, ".github/RESULT.md"), "\n## ") {
		title, body, _ := strings.Cut(section, "\n")
		for _, match := range row.FindAllStringSubmatch(body, -1) {
			title = strings.Trim(title, "`")
			got[title] = append(got[title], match[1])
			slices.Sort(got[title])
		}
	}
	testkit.Diff(t, want, got)
}

// SECURITY.md names, for each promise, the tests that enforce it.
func TestSecurityNamesTests(t *testing.T) {
	t.Parallel()
	tests, declared := map[string]bool{}, regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	testkit.NoError(t, fs.WalkDir(os.DirFS(top), "checks", func(file string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(file, "_test.go") {
			for _, test := range declared.FindAllStringSubmatch(readDocument(t, file), -1) {
				tests[path.Base(path.Dir(file))+"."+test[1]] = true
			}
		}
		return err
	}))
	promises, named := 0, regexp.MustCompile("`(\\w+\\.(?:Test|Fuzz)\\w+)`")
	for _, row := range regexp.MustCompile(`(?m)^\| ([^|]+) \| ([^|]+) \|$`).FindAllStringSubmatch(readDocument(t, ".github/SECURITY.md"), -1) {
		if row[1] == "promise" || row[1] == "---" {
			continue
		}
		promises++
		names := named.FindAllStringSubmatch(row[2], -1)
		if len(names) == 0 {
			t.Errorf("no test is named for %s", row[1])
		}
		for _, name := range names {
			if !tests[name[1]] {
				t.Errorf("there is no %s", name[1])
			}
		}
	}
	if promises < 10 {
		t.Errorf("found %d promises: is the table still a table?", promises)
	}
}

// The README begins with the sentence of action.yml, and is short: it has about 1,100
// words that are neither folded nor code.
func TestReadme(t *testing.T) {
	t.Parallel()
	readme := readDocument(t, "README.md")
	sentence := regexp.MustCompile(`(?m)^description: (.+)$`).FindStringSubmatch(readDocument(t, "action.yml"))[1]
	testkit.Says(t, "README.md", strings.Replace(sentence, "OneClickDz Flexy API", "[OneClickDz Flexy API](https://docs.oneclickdz.com)", 1))

	// Words are what a reader sees: no markup, and not where links lead.
	for _, hidden := range []string{`(?s)<details>.*?</details>`, "(?ms)^```.*?^```$", `(?s)<!--.*?-->`, `(?s)<picture>.*?</picture>`, `<[^<>\n]*>`, `\]\([^)\n]*\)`} {
		readme = regexp.MustCompile(hidden).ReplaceAllString(readme, " ")
	}
	words := slices.DeleteFunc(strings.Fields(readme), func(word string) bool {
		return !strings.ContainsFunc(word, unicode.IsLetter) && !strings.ContainsFunc(word, unicode.IsDigit)
	})
	if len(words) > 1100 {
		t.Errorf("%d words are unfolded", len(words))
	}
	t.Logf("%d words are unfolded", len(words))
}
