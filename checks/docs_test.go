package checks_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/github"
	"flexy-key-check/checks/internal/report"
	"flexy-key-check/checks/internal/test/testkit"
)

// The documents are written from the code: go test ./checks -run Docs -docs
var writeDocs = flag.Bool("docs", false, "write action.yml and the documents' tables from the code")

const top = ".."

func readDocument(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(top, name))
	testkit.NoError(t, err)
	return string(text)
}

// agree requires that a document is what the code makes it.
func agree(t *testing.T, name, want string) {
	t.Helper()
	if *writeDocs {
		testkit.NoError(t, os.WriteFile(filepath.Join(top, name), []byte(want), 0o644))
	}
	if diff := cmp.Diff(want, readDocument(t, name)); diff != "" {
		t.Errorf("%s differs from the code; run: go test ./checks -run Docs -docs\n(-want +got):\n%s", name, diff)
	}
}

// cut splits a text at marks that it must contain in this order.
func cut(t *testing.T, text string, marks ...string) []string {
	t.Helper()
	var parts []string
	for _, mark := range marks {
		head, tail, ok := strings.Cut(text, mark)
		if !ok {
			t.Fatalf("no %q after %.80q", mark, text)
		}
		parts, text = append(parts, head), tail
	}
	return append(parts, text)
}

func TestDocsAction(t *testing.T) {
	// The release replaces the Dockerfile in runs by an image.
	parts := cut(t, readDocument(t, "action.yml"), "\ninputs:\n", "\nruns:\n")
	var b strings.Builder
	b.WriteString(parts[0] + "\ninputs:\n")
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
	b.WriteString("\nruns:\n" + parts[2])
	agree(t, "action.yml", b.String())

	type entry struct{ Description, Default string }
	var action struct {
		Name, Description, Author string
		Branding                  struct{ Icon, Color string }
		Inputs, Outputs           map[string]entry
		Runs                      struct{ Using, Image string }
	}
	testkit.NoError(t, yaml.Load([]byte(b.String()), &action, yaml.WithKnownFields()))
	if action.Branding.Icon != "shield" || action.Runs.Using != "docker" || action.Name == "" || action.Description == "" {
		t.Errorf("action.yml is incomplete: %+v", action)
	}
	inputs, outputs := map[string]entry{}, map[string]entry{}
	for _, input := range config.Inputs() {
		inputs[input.Name] = entry{inAction(input.Doc), input.ActionDefault}
	}
	for _, output := range report.Outputs {
		outputs[output.Name] = entry{Description: output.Doc}
	}
	testkit.Diff(t, inputs, action.Inputs)
	testkit.Diff(t, outputs, action.Outputs)
}

// The native action has the inputs and outputs of action.yml. If there is no
// program to run, an earlier step sets the verdict and the result.
func TestDocsNativeAction(t *testing.T) {
	const name = ".github/actions/native/action.yml"
	inputs := cut(t, readDocument(t, "action.yml"), "\ninputs:\n", "\noutputs:\n")[1]
	native := cut(t, readDocument(t, name), "\ninputs:\n", "\nruns:\n", "\n        INPUT_")
	var b strings.Builder
	b.WriteString(native[0] + "\ninputs:\n" + inputs + "\noutputs:\n")
	for _, output := range report.Outputs {
		value := "steps.check.outputs." + output.Name
		if output.Name == "verdict" || output.Name == "result" {
			value += " || steps.get.outputs." + output.Name
		}
		fmt.Fprintf(&b, "  %s:\n    description: %s\n    value: ${{ %s }}\n", output.Name, quote(output.Doc), value)
	}
	b.WriteString("\nruns:\n" + native[2] + "\n")
	for _, input := range config.Inputs() {
		fmt.Fprintf(&b, "        INPUT_%s: ${{ inputs.%s }}\n", strings.ToUpper(input.Name), input.Name)
	}
	agree(t, name, b.String())
}

// inAction replaces the names of settings by those of inputs.
func inAction(text string) string { return strings.NewReplacer("{", "", "}", "").Replace(text) }

// quote writes a YAML string.
func quote(text string) string { return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"` }

type object = map[string]any

// The schema is as SchemaStore takes one: draft-07, described throughout, and valid
// in the strict mode of validators, which know no types in a list.
func TestDocsPolicySchema(t *testing.T) {
	either := func(all ...object) object { return object{"anyOf": all} }
	matching := func(pattern string) object { return object{"type": "string", "pattern": pattern} }
	record := func(title, doc string, required []string, properties object) object {
		return object{"title": title, "description": doc, "type": "object", "additionalProperties": false, "required": required, "properties": properties}
	}
	// A scalar is read as it is written, without surrounding white space.
	number, boolean := object{"type": "number"}, object{"type": "boolean"}
	scalars := []object{matching(`\S`), number, boolean}
	own := []string{"FLEXY_FORMAT"}
	for _, input := range config.Inputs() {
		own = append(own, input.Variable())
	}
	forms := map[string]object{
		"env":                 matching(`^\s*(FLEXY|ONECLICK|ONECLICKDZ)_[A-Za-z0-9_]+\s*$`),
		"min-balance":         either(object{"type": "number", "minimum": 0}, matching(`^\s*[0-9]+(\.[0-9]{1,2})?\s*$`)),
		"fingerprint":         either(matching(`^\s*[0-9A-Fa-f]{12}\s*$`), number),
		"rotated-on":          matching(`^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt]\S+)?\s*$`),
		"secret-name":         either(matching(`^\s*[A-Za-z_][A-Za-z0-9_]*\s*$`), boolean),
		"secret-organization": either(matching(`^\s*[A-Za-z0-9][A-Za-z0-9_-]*\s*$`), number, boolean),
	}
	forms["env"]["not"] = either(object{"enum": own}, matching(`_[Ff][Ii][Ll][Ee]\s*$`))
	properties := object{}
	for _, f := range config.PolicyFields() {
		one := either(scalars...)
		switch {
		case len(f.Words) > 0:
			one = either(object{"enum": f.Words}, matching(anyCase(f.Words)))
		case f.Most > 0:
			one = either(object{"type": "integer", "minimum": f.Least, "maximum": f.Most}, matching(wholeNumbers[[2]int{f.Least, f.Most}]))
		case f.List:
			one = either(append(scalars, object{"type": "array", "minItems": 1, "items": either(scalars...)})...)
		case forms[f.Policy] != nil:
			one = forms[f.Policy]
		}
		one["description"] = inAction(f.Doc)
		properties[f.Policy] = one
	}
	schema := record("Policy file of flexy-key-check", "What is expected of each Flexy API key.", []string{"keys"}, object{"keys": object{
		"description": "The keys, each with what is expected of it.",
		"type":        "array", "minItems": 1, "maxItems": config.MaxPolicyKeys,
		"items": record("Key", "A key and what is expected of it.", []string{"name", "env"}, properties),
	}})
	repository, version, _ := strings.Cut(github.DefaultAction, "@")
	schema["$schema"] = "http://json-schema.org/draft-07/schema#"
	schema["$id"] = "https://raw.githubusercontent.com/" + repository + "/" + version + "/checks/policy.schema.json"
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	testkit.NoError(t, encoder.Encode(schema))
	agree(t, "checks/policy.schema.json", text.String())
}

// anyCase matches words in any case, surrounded by white space; JSON Schema's
// expressions have no flag for it.
func anyCase(words []string) string {
	either := func(letter string) string { return "[" + strings.ToUpper(letter) + strings.ToLower(letter) + "]" }
	return `^\s*(` + regexp.MustCompile(`[A-Za-z]`).ReplaceAllStringFunc(strings.Join(words, "|"), either) + `)\s*$`
}

// wholeNumbers matches the digits of a whole number, by the least and the greatest one.
var wholeNumbers = map[[2]int]string{
	{0, 3649}: `^\s*0*([0-9]{1,3}|[12][0-9]{3}|3[0-5][0-9]{2}|36[0-4][0-9])\s*$`,
	{1, 3650}: `^\s*0*([1-9][0-9]{0,2}|[12][0-9]{3}|3[0-5][0-9]{2}|36[0-4][0-9]|3650)\s*$`,
}
