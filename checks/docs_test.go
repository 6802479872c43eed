package app_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/report"
)

// The documents are written from the code: go test ./checks/app -run Docs -docs
var writeDocs = flag.Bool("docs", false, "write action.yml and the README's tables from the code")

const top = "../.."

// agree compares a document with what the code says it must be.
func agree(t *testing.T, name, want string) {
	t.Helper()
	path := filepath.Join(top, name)
	if *writeDocs {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s is not what the code says; run: go test ./checks/app -run Docs -docs\n(-want +got):\n%s", name, diff)
	}
}

func TestDocsAction(t *testing.T) {
	path := filepath.Join(top, "action.yml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// The release puts an image by digest in place of the Dockerfile.
	head, rest, ok := strings.Cut(string(text), "\ninputs:\n")
	_, tail, ok2 := strings.Cut(rest, "\nruns:\n")
	if !ok || !ok2 {
		t.Fatal("action.yml has no inputs or no runs")
	}
	var b strings.Builder
	b.WriteString(head + "\ninputs:\n")
	for _, input := range config.Inputs() {
		fmt.Fprintf(&b, "  %s:\n    description: %s\n", input.Name, quote(input.Doc))
		if d := input.ActionDefault(); d != "" {
			fmt.Fprintf(&b, "    default: %s\n", quote(d))
		}
	}
	b.WriteString("\noutputs:\n")
	for _, output := range report.Outputs {
		fmt.Fprintf(&b, "  %s:\n    description: %s\n", output.Name, quote(output.Doc))
	}
	b.WriteString("\nruns:\n" + tail)
	agree(t, "action.yml", b.String())

	var action struct {
		Name, Description string
		Branding          struct{ Icon, Color string }
		Inputs            map[string]struct{ Description, Default string }
		Outputs           map[string]struct{ Description string }
		Runs              struct{ Using, Image string }
	}
	if err := yaml.UnmarshalWithOptions([]byte(b.String()), &action, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	if action.Branding.Icon != "key" || action.Runs.Using != "docker" || action.Name == "" || action.Description == "" {
		t.Errorf("action.yml lacks something: %+v", action)
	}
	for _, input := range config.Inputs() {
		got := action.Inputs[input.Name]
		if got.Description != input.Doc || got.Default != input.ActionDefault() {
			t.Errorf("action.yml reads %q as %+v", input.Name, got)
		}
	}
	for _, output := range report.Outputs {
		if got := action.Outputs[output.Name].Description; got != output.Doc {
			t.Errorf("action.yml reads %q as %q", output.Name, got)
		}
	}
}

// quote writes a YAML string.
func quote(text string) string { return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"` }

func TestDocsReadme(t *testing.T) {
	path := filepath.Join(top, "README.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	readme := string(text)
	for name, table := range map[string]string{
		"inputs":   inputsTable(),
		"outputs":  outputsTable(),
		"checks":   checksTable(),
		"verdicts": verdictsTable(),
	} {
		begin, end := "<!-- "+name+" -->\n", "<!-- /"+name+" -->\n"
		head, rest, ok := strings.Cut(readme, begin)
		_, tail, ok2 := strings.Cut(rest, end)
		if !ok || !ok2 {
			t.Fatalf("README.md has no table %q", name)
		}
		readme = head + begin + table + end + tail
	}
	agree(t, "README.md", readme)
}

func inputsTable() string {
	var b strings.Builder
	b.WriteString("| input | default | meaning |\n| --- | --- | --- |\n")
	for _, input := range config.Inputs() {
		value := ""
		if d := input.ActionDefault(); d != "" {
			value = "`" + d + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", input.Name, value, input.Doc)
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
		fmt.Fprintf(&b, "| `%s` | %s | %d |\n", v, v.Doc(), v.ExitCode())
	}
	return b.String()
}
