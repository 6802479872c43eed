package checks_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/report"
	"flexy-key-check/checks/internal/testkit"
)

// The documents are written from the code: go test ./checks -run Docs -docs
var writeDocs = flag.Bool("docs", false, "write action.yml and the documents' tables from the code")

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
	if action.Branding.Icon != "shield" || action.Runs.Using != "docker" || action.Name == "" || action.Description == "" {
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
		case f.Policy == "min-balance":
			digits := map[string]any{"type": "string", "pattern": `^\s*[0-9]+(\.[0-9]{1,2})?\s*$`}
			one = map[string]any{"anyOf": []any{map[string]any{"type": "number", "minimum": 0}, digits}}
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
