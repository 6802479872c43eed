package checks_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/report"
	"flexy-key-check/checks/internal/testkit"
)

// The documents are written from the code: go test ./checks -run Docs -docs
var writeDocs = flag.Bool("docs", false, "write action.yml and the README's tables from the code")

const top = ".."

// agree compares a document with what the code says it must be.
func agree(t *testing.T, name, want string) {
	t.Helper()
	path := filepath.Join(top, name)
	if *writeDocs {
		testkit.NoError(t, os.WriteFile(path, []byte(want), 0o644))
	}
	got, err := os.ReadFile(path)
	testkit.NoError(t, err)
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s is not what the code says; run: go test ./checks -run Docs -docs\n(-want +got):\n%s", name, diff)
	}
}

func TestDocsAction(t *testing.T) {
	path := filepath.Join(top, "action.yml")
	text, err := os.ReadFile(path)
	testkit.NoError(t, err)
	// The release puts an image by digest in place of the Dockerfile.
	head, rest, ok := strings.Cut(string(text), "\ninputs:\n")
	_, tail, ok2 := strings.Cut(rest, "\nruns:\n")
	if !ok || !ok2 {
		t.Fatal("action.yml has no inputs or no runs")
	}
	var b strings.Builder
	b.WriteString(head + "\ninputs:\n")
	for _, input := range config.Inputs() {
		fmt.Fprintf(&b, "  %s:\n    description: %s\n", input.Name, quote(inAction(input.Doc)))
		if d := input.ActionDefault; d != "" {
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
		Name, Description, Author string
		Branding                  struct{ Icon, Color string }
		Inputs                    map[string]struct{ Description, Default string }
		Outputs                   map[string]struct{ Description string }
		Runs                      struct{ Using, Image string }
	}
	testkit.NoError(t, yaml.Load([]byte(b.String()), &action, yaml.WithKnownFields()))
	if action.Branding.Icon != "key" || action.Runs.Using != "docker" || action.Name == "" || action.Description == "" {
		t.Errorf("action.yml lacks something: %+v", action)
	}
	for _, input := range config.Inputs() {
		got := action.Inputs[input.Name]
		if got.Description != inAction(input.Doc) || got.Default != input.ActionDefault {
			t.Errorf("action.yml reads %q as %+v", input.Name, got)
		}
	}
	for _, output := range report.Outputs {
		if got := action.Outputs[output.Name].Description; got != output.Doc {
			t.Errorf("action.yml reads %q as %q", output.Name, got)
		}
	}
}

// inAction writes the names of settings in a text as those of inputs.
func inAction(text string) string { return strings.NewReplacer("{", "", "}", "").Replace(text) }

// quote writes a YAML string.
func quote(text string) string { return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"` }

func TestDocsPolicySchema(t *testing.T) {
	properties := map[string]any{}
	for _, f := range config.PolicyFields() {
		// A scalar is read as it is written, without the white space around it.
		scalar := map[string]any{"type": []string{"string", "number", "boolean"}, "pattern": `\S`}
		one := maps.Clone(scalar)
		switch {
		case len(f.Words) > 0:
			one = map[string]any{"anyOf": []any{map[string]any{"enum": f.Words}, map[string]any{"type": "string", "pattern": anyCase(f.Words)}}}
		case f.Most > 0:
			digits := map[string]any{"type": "string", "pattern": upTo3650[f.Least]}
			one = map[string]any{"anyOf": []any{map[string]any{"type": "integer", "minimum": f.Least, "maximum": f.Most}, digits}}
		case f.List:
			one = map[string]any{"anyOf": []any{scalar, map[string]any{"type": "array", "minItems": 1, "items": scalar}}}
		case f.Policy == "env":
			one = map[string]any{"type": "string", "pattern": `^\s*FLEXY_[A-Za-z0-9_]+\s*$`}
		}
		one["description"] = inAction(f.Doc)
		properties[f.Policy] = one
	}
	object := func(required []string, properties map[string]any) map[string]any {
		return map[string]any{"type": "object", "additionalProperties": false, "required": required, "properties": properties}
	}
	schema := object([]string{"keys"}, map[string]any{"keys": map[string]any{
		"description": "The keys, each with what is expected of it.",
		"type":        "array", "minItems": 1, "maxItems": config.MaxPolicyKeys,
		"items": object([]string{"name", "env"}, properties),
	}})
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["title"] = "Policy file of flexy-key-check"
	text, err := json.MarshalIndent(schema, "", "  ")
	testkit.NoError(t, err)
	agree(t, "checks/policy.schema.json", string(text)+"\n")
}

// anyCase matches words whatever their case, in white space; the expressions of
// JSON Schema have no flag for it.
func anyCase(words []string) string {
	var alternatives []string
	for _, word := range words {
		var b strings.Builder
		for _, r := range word {
			if upper, lower := unicode.ToUpper(r), unicode.ToLower(r); upper != lower {
				fmt.Fprintf(&b, "[%c%c]", upper, lower)
			} else {
				b.WriteRune(r)
			}
		}
		alternatives = append(alternatives, b.String())
	}
	return `^\s*(` + strings.Join(alternatives, "|") + `)\s*$`
}

// upTo3650 matches the digits of a whole number from 0 or 1 on.
var upTo3650 = map[int]string{
	0: `^\s*0*([0-9]{1,3}|[12][0-9]{3}|3[0-5][0-9]{2}|36[0-4][0-9]|3650)\s*$`,
	1: `^\s*0*([1-9][0-9]{0,2}|[12][0-9]{3}|3[0-5][0-9]{2}|36[0-4][0-9]|3650)\s*$`,
}

func TestDocsReadme(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(top, "README.md"))
	testkit.NoError(t, err)
	readme := string(text)
	for name, table := range map[string]string{
		"inputs":          inputsTable(),
		"outputs":         outputsTable(),
		"checks":          checksTable(),
		"verdicts":        verdictsTable(),
		"troubleshooting": troubleshootingTable(),
		"mistakes":        mistakesTable(),
	} {
		readme = between(t, readme, "<!-- "+name+" -->\n", "<!-- /"+name+" -->\n", table)
	}
	for kind, language := range map[string]string{"workflows": "yaml", "policy": "yaml", "recipes": ""} {
		files, err := os.ReadDir(filepath.Join(top, "testdata", kind))
		testkit.NoError(t, err)
		for _, f := range files {
			name := "testdata/" + kind + "/" + f.Name()
			if !strings.Contains(readme, "<!-- "+name+" -->") {
				if kind != "policy" {
					t.Errorf("README.md does not show %s", name)
				}
				continue
			}
			content, err := os.ReadFile(filepath.Join(top, name))
			testkit.NoError(t, err)
			readme = between(t, readme, "<!-- "+name+" -->\n", "<!-- / -->\n", "```"+language+"\n"+string(content)+"```\n")
		}
	}
	agree(t, "README.md", readme)
}

// between replaces what stands between two marks.
func between(t *testing.T, text, begin, end, content string) string {
	t.Helper()
	head, rest, ok := strings.Cut(text, begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("README.md has no %s", begin)
	}
	return head + begin + content + end + tail
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
		{Outcome: flexy.Blocked},
	}
	for f := flexy.Fault(0); ; f++ {
		a := flexy.Answer{Fault: f, Status: status}
		if message, _ := a.Explain(); message == "" {
			break
		}
		answers = append(answers, a)
	}
	concrete := strings.NewReplacer("{", "", "}", "", "999", "…", "0001-01-01 00:15", "2026-11-22 14:05")
	var b strings.Builder
	b.WriteString("| message | what to do |\n| --- | --- |\n")
	for _, a := range answers {
		message, hint := a.Explain()
		fmt.Fprintf(&b, "| %s | %s |\n", concrete.Replace(message), concrete.Replace(hint))
	}
	return b.String()
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
