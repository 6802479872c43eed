package checks_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/testkit"
)

// SECURITY.md names, for each promise, the tests that hold the program to it.
func TestSecurityNamesTests(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(top, ".github", "SECURITY.md"))
	testkit.NoError(t, err)
	promises, named := 0, regexp.MustCompile("`(\\w+)\\.((?:Test|Fuzz)\\w+)`")
	for line := range strings.Lines(string(text)) {
		columns := strings.Split(line, " | ")
		if len(columns) != 2 || !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| promise ") || strings.HasPrefix(line, "| --- ") {
			continue
		}
		promises++
		tests := named.FindAllStringSubmatch(columns[1], -1)
		if len(tests) == 0 {
			t.Errorf("no test is named for %s", columns[0])
		}
		for _, test := range tests {
			if !slices.Contains(testsOf(t, test[1]), test[2]) {
				t.Errorf("there is no %s.%s", test[1], test[2])
			}
		}
	}
	if promises < 10 {
		t.Errorf("found %d promises: is the table still a table?", promises)
	}
}

// testsOf lists the tests and fuzz targets of a package, by its last name.
func testsOf(t *testing.T, name string) []string {
	t.Helper()
	dir := map[string]string{"checks": ".", "app": "app", "container": "container", "release": "release", "client": "internal/flexy/client"}[name]
	if dir == "" {
		dir = filepath.Join("internal", name)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	testkit.NoError(t, err)
	var tests []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		testkit.NoError(t, err)
		for _, test := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`).FindAllStringSubmatch(string(text), -1) {
			tests = append(tests, test[1])
		}
	}
	return tests
}
