package app_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/test/testkit"
)

// unlisted has the texts that are in no list, and why.
var unlisted = map[string]string{
	", of the first":                   "findings that differ in words only, package report tests it",
	"not the documented shape":         "an internal error",
	"body too large":                   "an internal error",
	"the proxy refused the connection": "an internal error",
	"socks connect":                    "a text of net/http",
	"remote error":                     "a text of crypto/tls",
	"Rotate the Flexy API key \"":      "an issue's title, package github tests it",
	"The record of a Flexy API key, kept by flexy-key-check": "a label's description, package github tests it",
	"record waits":     "slow, TestWiringBudget shows it",
	"records wait":     "as above",
	"for the next run": "as above",
	"not checked: a record begins with a key that the API accepts": "only in the result, TestReminderWritesNothing shows it",
	"ip allow list":               "a text of GitHub",
	"this program's own limit of": "slow, package github tests it",
	"seconds for GitHub is over":  "as above",
	"run again, and see https://www.githubstatus.com if it stays so":           "as above",
	"GitHub did not answer in time":                                            "slow, package github tests it",
	"the certificate of GitHub's API is not trusted":                           "needs TLS, package github tests it",
	"give the authority that signed it with {ca-certificate} or SSL_CERT_FILE": "as above",
	"the proxy to GitHub's API cannot be reached":                              "needs a proxy, package github tests it",
	"check HTTPS_PROXY and that the proxy runs":                                "as above",
	"the run was interrupted":                                                  "never reported, package github tests it",
	"the certificate authorities could not be read":                            "an internal error",
	"the file is empty":                                                        "needs a file, package config tests it",
	"exceeded max depth":                                                       "a text of the YAML parser",
	"permission denied":                                                        "needs a user other than root, package config tests it",
	"the proxy refused to connect to GitHub's API":                             "needs a proxy, package github tests it",
	"a name is two dots":                                                       "no configuration leads to it, package github tests it",
	"the address of GitHub's API is malformed":                                 "no configuration leads to it",
	"is not one line":                                                          "no output leads to it, package report tests it",
	"The rest is left out.":                                                    "needs a summary of 64 KiB, package report tests it",
	"is appended to it":                                                        "needs a policy file outside Actions, package config tests it",
	"set the variable, or name":                                                "needs a policy file outside Actions, package config tests it",
	"in env if that holds the key":                                             "as above",
	"end of stream":                                                            "a text of the YAML parser",
	"unknown anchor":                                                           "a text of the YAML parser",
	"The environment variable that holds the key: it begins with FLEXY_, ONECLICK_ or ONECLICKDZ_.": "in the policy's schema",
}

// Every text in the code is in messages.txt, another golden file or
// TROUBLESHOOTING.md, so a real run has printed it and people have read it. The
// exceptions are in unlisted.
func TestEveryTextIsListed(t *testing.T) {
	if *update {
		t.Skip("the lists are being written")
	}
	t.Parallel()
	var listed strings.Builder
	for _, root := range []string{"../../testdata/golden", "../../README.md", "../../.github/TROUBLESHOOTING.md", "../internal/github/testdata"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			listed.Write(text)
			return err
		})
		testkit.NoError(t, err)
	}
	lists := listed.String()
	// The lists have the names of settings that the user knows.
	inList := func(text string) bool {
		return strings.Contains(lists, config.New(inAction).Expand(text)) || strings.Contains(lists, config.Names{}.Expand(text))
	}
	found := map[string]bool{}
	for text, at := range texts(t) {
		_, known := unlisted[text]
		found[text] = known
		if inList := inList(text); inList == known {
			t.Errorf("%s: %q is in no list, or in one and in unlisted: add a scenario to messages(), with summary: true if only a table or the summary shows the text, and run with -update", at, text)
		}
	}
	for text, why := range unlisted {
		if !found[text] {
			t.Errorf("%q (%s) is not in the program", text, why)
		}
	}
}

// inAction looks up the variable that marks an action.
func inAction(name string) (string, bool) { return "", name == "INPUT_API-KEY" }

var (
	verb  = regexp.MustCompile(`%[+#]?[0-9.]*[a-zA-Z]|\n`)
	prose = regexp.MustCompile(`[a-z]{2,} [a-z]{2,}`)
)

// texts returns the prose in the program's string literals, with its place. It leaves
// out struct tags, which the tests of the documents cover.
func texts(t *testing.T) map[string]string {
	t.Helper()
	dirs, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if not .Standard}}{{with .Module}}{{if .Main}}{{$.Dir}}{{end}}{{end}}{{end}}", "../..").Output()
	testkit.NoError(t, err)
	all := map[string]string{}
	for dir := range strings.Lines(string(dirs)) {
		files, err := filepath.Glob(filepath.Join(strings.TrimSpace(dir), "*.go"))
		testkit.NoError(t, err)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			set := token.NewFileSet()
			tree, err := parser.ParseFile(set, file, nil, 0)
			testkit.NoError(t, err)
			ast.Inspect(tree, func(n ast.Node) bool {
				literal, ok := n.(*ast.BasicLit)
				if !ok || literal.Kind != token.STRING {
					field, ok := n.(*ast.Field)
					return !ok || field.Tag == nil
				}
				text, err := strconv.Unquote(literal.Value)
				testkit.NoError(t, err)
				for _, piece := range verb.Split(text, -1) {
					if piece = strings.TrimSpace(piece); prose.MatchString(piece) {
						all[piece] = filepath.Base(file) + ":" + strconv.Itoa(set.Position(literal.Pos()).Line)
					}
				}
				return true
			})
		}
	}
	return all
}
