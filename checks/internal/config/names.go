package config

import (
	"regexp"
	"slices"
	"strings"

	"flexy-key-check/checks/internal/mistake"
)

// Names maps settings to what the user calls them: inputs in an action, variables
// elsewhere.
type Names struct{ action bool }

var named = regexp.MustCompile(`\{[a-z-]+\}`)

// Expand replaces each {setting} in one of the program's own texts with what the
// user calls it. Values must be inserted afterwards.
func (n Names) Expand(text string) string {
	return named.ReplaceAllStringFunc(text, func(name string) string { return n.of(strings.Trim(name, "{}")) })
}

func (n Names) of(input string) string {
	if n.action {
		return input
	}
	return variable(input)
}

// place returns the place where the user gives an input.
func (n Names) place(input string) mistake.Place { return mistake.Place{Name: n.of(input)} }

// runnerInputs are the inputs that the runner itself reads, for any container
// action.
var runnerInputs = []string{"entrypoint", "args"}

// checkNames reports misspelled settings, because a typo must not switch an
// assertion off: in an action, inputs that it does not have, about which the
// runner only warns; elsewhere, variables whose names are close to a setting's. It
// accepts variables that the policy file names. environ lists all variables as
// NAME=value.
func (s *Source) checkNames(environ []string) {
	for _, assignment := range environ {
		name, _, _ := strings.Cut(assignment, "=")
		input, isInput := strings.CutPrefix(name, "INPUT_")
		switch {
		case s.action && isInput:
			s.checkInputName(input)
		case !s.action && strings.HasPrefix(name, "FLEXY_"):
			s.checkVariableName(name)
		}
	}
}

func (s *Source) checkInputName(suffix string) {
	name := strings.ToLower(suffix)
	known := isInput(name) || slices.Contains(runnerInputs, name)
	if known && suffix == strings.ToUpper(suffix) {
		return
	}
	hint := "remove it from with:, or correct its name"
	if setting := suggest(strings.ReplaceAll(name, "_", "-"), inputNames(), 0); setting != "" {
		hint = "did you mean " + setting + "?"
	}
	if name = showable(name); s.parser.traces.In(name) {
		name = ""
	}
	s.parser.fail(mistake.Place{Name: name}, hint, "not an input of this action")
}

func (s *Source) checkVariableName(name string) {
	fromPolicy := func(e policyEntry) bool { return name == e.env.value || name == e.env.value+fileSuffix }
	if isVariable(name) || slices.ContainsFunc(s.entries, fromPolicy) {
		return
	}
	known := map[string]string{formatVariable: formatVariable}
	for name, input := range inputNames() {
		known[variable(name)] = variable(input)
	}
	for _, input := range inputs() {
		if input.Secret {
			known[input.Variable()+fileSuffix] = input.Variable() + fileSuffix
		}
	}
	if setting := suggest(name, known, len("FLEXY_")); setting != "" {
		s.parser.fail(mistake.Place{Name: name}, "write "+setting+", or unset it", "not a setting, but close to %s", setting)
	}
}

// inputNames maps the names of the inputs, and of their fields in a policy file,
// to the inputs.
func inputNames() map[string]string {
	names := map[string]string{}
	for _, input := range inputs() {
		if input.Policy != "" {
			names[input.Policy] = input.Name
		}
	}
	for _, input := range inputs() {
		names[input.Name] = input.Name
	}
	return names
}

func isInput(name string) bool {
	return slices.ContainsFunc(inputs(), func(input *Input) bool { return input.Name == name })
}

// isVariable reports whether the program itself reads the variable.
func isVariable(name string) bool {
	return name == formatVariable || slices.ContainsFunc(inputs(), func(input *Input) bool {
		return name == input.Variable() || input.Secret && name == input.Variable()+fileSuffix
	})
}

// Unread returns the variables that make assertions which an action ignores,
// because it reads inputs only. It leaves out those whose input is set.
func (s *Source) Unread() []string {
	var names []string
	for _, input := range inputs() {
		if s.action && (asserts(input.Name) || input.Name == "policy") && s.input(input.Name) == "" && s.lookup.get(input.Variable()) != "" {
			names = append(names, input.Variable())
		}
	}
	return names
}

// asserts reports whether an input makes an assertion about the key itself.
func asserts(input string) bool {
	return slices.ContainsFunc([]string{"expect-", "must-", "min-"}, func(prefix string) bool { return strings.HasPrefix(input, prefix) })
}

// fieldName matches the names of fields and inputs that may be shown. A key that
// was pasted in place of a name would have digits.
var fieldName = regexp.MustCompile(`\A[a-z][a-z_-]*\z`)

const maxFieldName = 24

// showable returns the name of a field, or "" if it could be something else.
func showable(name string) string {
	if len(name) > maxFieldName || !fieldName.MatchString(name) {
		return ""
	}
	return name
}
