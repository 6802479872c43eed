package checks_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/report"
)

// The native action has the inputs of action.yml, and its outputs, which its
// steps hand on. Where there is no program there is a verdict and a result all
// the same.
func TestDocsNativeAction(t *testing.T) {
	const name = ".github/actions/native/action.yml"
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(top, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	_, inputs, ok := strings.Cut(read("action.yml"), "\ninputs:\n")
	inputs, _, ok2 := strings.Cut(inputs, "\noutputs:\n")
	head, tail, ok3 := strings.Cut(read(name), "\ninputs:\n")
	_, tail, ok4 := strings.Cut(tail, "\nruns:\n")
	steps, _, ok5 := strings.Cut(tail, "\n        INPUT_")
	if !ok || !ok2 || !ok3 || !ok4 || !ok5 {
		t.Fatal("an action.yml lacks inputs, outputs, runs or the inputs' variables")
	}

	var b strings.Builder
	b.WriteString(head + "\ninputs:\n" + inputs + "\noutputs:\n")
	for _, output := range report.Outputs {
		value := "steps.check.outputs." + output.Name
		if output.Name == "verdict" || output.Name == "result" {
			value += " || steps.get.outputs." + output.Name
		}
		fmt.Fprintf(&b, "  %s:\n    description: %s\n    value: ${{ %s }}\n", output.Name, quote(output.Doc), value)
	}
	b.WriteString("\nruns:\n" + steps + "\n")
	for _, input := range config.Inputs() {
		fmt.Fprintf(&b, "        INPUT_%s: ${{ inputs.%s }}\n", strings.ToUpper(input.Name), input.Name)
	}
	agree(t, name, b.String())
}
