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
	"flexy-key-check/checks/internal/testkit"
)

// unlisted is each text that no list shows, and why.
var unlisted = map[string]string{
	"not the documented shape": "an error that stays inside",
	"call failed":              "an error that stays inside",
	"body too large":           "an error that stays inside",
	"too few attempts left before the API blocks this address":                 "an error that stays inside",
	"the proxy refused the connection":                                         "an error that stays inside",
	"socks connect":                                                            "what net/http says",
	"remote error":                                                             "what crypto/tls says",
	"Rotate the Flexy API key \"":                                              "the title of an issue, which package github tests",
	"A Flexy API key is due for rotation (kept by flexy-key-check)":            "the description of a label, which package github tests",
	"GitHub did not answer in time":                                            "takes too long, package github tests it",
	"the certificate of GitHub's API is not trusted":                           "takes a server with TLS, package github tests it",
	"give the authority that signed it with {ca-certificate} or SSL_CERT_FILE": "as above",
	"the proxy to GitHub's API cannot be reached":                              "takes a proxy, package github tests it",
	"check HTTPS_PROXY and that the proxy runs":                                "as above",
	"the run was interrupted":                                                  "no report comes of it, package github tests it",
	"no certificates came through the pipe":                                    "takes a pipe, package config tests it",
	"the file is empty":                                                        "takes a file, package config tests it",
	"exceeded max depth":                                                       "what the YAML parser says",
	"permission denied":                                                        "takes another user than root, package config tests it",
	"the proxy refused to connect to GitHub's API":                             "takes a proxy, package github tests it",
	"a name is two dots":                                                       "no configuration comes to it, package github tests it",
	"the address of GitHub's API is malformed":                                 "no configuration comes to it",
	"is not one line":                                                          "no output comes to it, package report tests it",
	"The rest is left out.":                                                    "takes a summary of 64 KiB, package report tests it",
	"The environment variable that holds the key: it begins with FLEXY_.":      "stands in the policy's schema",
}

// Every text in the code is in a list of what the program says, and so has been
// said by a real run and read: in messages.txt, another golden file or
// TROUBLESHOOTING.md. What none of them shows is in unlisted, with the reason.
func TestEveryTextIsListed(t *testing.T) {
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
	// A list has the names of settings as the user knows them.
	inList := func(text string) bool {
		return strings.Contains(lists, config.New(inAction).Expand(text)) || strings.Contains(lists, config.Names{}.Expand(text))
	}
	found := map[string]bool{}
	for text, at := range texts(t) {
		_, known := unlisted[text]
		found[text] = known
		if inList := inList(text); inList == known {
			t.Errorf("%s: %q is in no list, or in one and in unlisted: say it in a run of messages()", at, text)
		}
	}
	for text, why := range unlisted {
		if !found[text] {
			t.Errorf("%q (%s) is no text of the program", text, why)
		}
	}
}

// inAction looks up the variable that says that the program is an action.
func inAction(name string) (string, bool) { return "", name == "INPUT_API-KEY" }

var (
	verb  = regexp.MustCompile(`%[+#]?[0-9.]*[a-zA-Z]|\n`)
	prose = regexp.MustCompile(`[a-z]{2,} [a-z]{2,}`)
)

// texts returns every piece of prose in the program's string literals, and
// where it stands. Tags are left out: documentation tests hold them.
func texts(t *testing.T) map[string]string {
	t.Helper()
	dirs, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if not .Standard}}{{with .Module}}{{if .Main}}{{$.Dir}}{{end}}{{end}}{{end}}", "flexy-key-check").Output()
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
