package config

import (
	"regexp"
	"slices"
	"strings"

	"flexy-key-check/checks/internal/mistake"
)

// Names is what the user calls the settings: inputs in an action, variables
// elsewhere.
type Names struct{ action bool }

var named = regexp.MustCompile(`\{[a-z-]+\}`)

// Expand replaces each {setting} in a text of the program's own by what the
// user calls it. Values go in afterwards, or have no braces.
func (n Names) Expand(text string) string {
	return named.ReplaceAllStringFunc(text, func(name string) string { return n.of(strings.Trim(name, "{}")) })
}

func (n Names) of(input string) string {
	if n.action {
		return input
	}
	return variable(input)
}

// place is where the user gives an input.
func (n Names) place(input string) mistake.Place { return mistake.Place{Name: n.of(input)} }

// ofRunner are inputs that belong to the runner: with: entrypoint and args.
var ofRunner = []string{"entrypoint", "args"}

// foreign reports inputs that are not the action's, or outside of one variables
// that are almost settings: the runner merely warns of the first, nobody of the
// second, and a gate must not lose an assertion to a slip. environ is every
// variable as NAME=value. Variables that a policy file names are fine.
func (s *Source) foreign(environ []string) {
	for _, assignment := range environ {
		name, _, _ := strings.Cut(assignment, "=")
		input, isInput := strings.CutPrefix(name, "INPUT_")
		switch {
		case s.action && isInput:
			s.foreignInput(input)
		case !s.action && strings.HasPrefix(name, "FLEXY_"):
			s.foreignVariable(name)
		}
	}
}

func (s *Source) foreignInput(suffix string) {
	name := strings.ToLower(suffix)
	isOurs := isInput(name) || slices.Contains(ofRunner, name)
	if isOurs && suffix == strings.ToUpper(suffix) {
		return
	}
	hint := "remove it from with:, or correct its name"
	if setting := suggest(strings.ReplaceAll(name, "_", "-"), inputNames(), 0); setting != "" {
		hint = "did you mean " + setting + "?"
	}
	if name = showable(name); s.judge.traces.In(name) {
		name = ""
	}
	s.judge.fail(mistake.Place{Name: name}, hint, "not an input of this action")
}

func (s *Source) foreignVariable(name string) {
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
		s.judge.fail(mistake.Place{Name: name}, "write "+setting+", or unset it", "not a setting, but close to %s", setting)
	}
}

// inputNames maps the name of each input, and of its field in a policy file, to
// the input.
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

// isVariable reports whether a variable is one of the program's own.
func isVariable(name string) bool {
	return name == formatVariable || slices.ContainsFunc(inputs(), func(input *Input) bool {
		return name == input.Variable() || input.Secret && name == input.Variable()+fileSuffix
	})
}

// Unread lists the variables that assert something outside Actions and that an
// action ignores, where the input of that name is blank.
func (s *Source) Unread() []string {
	var names []string
	for _, input := range inputs() {
		if s.action && (asserts(input.Name) || input.Name == "policy") && s.input(input.Name) == "" && s.lookup.get(input.Variable()) != "" {
			names = append(names, input.Variable())
		}
	}
	return names
}

// asserts reports whether an input is an assertion about the key itself.
func asserts(input string) bool {
	return slices.ContainsFunc([]string{"expect-", "must-", "min-"}, func(prefix string) bool { return strings.HasPrefix(input, prefix) })
}

// fieldName matches what a field or an input may be called to be shown: a key
// pasted in its place would have digits.
var fieldName = regexp.MustCompile(`\A[a-z][a-z_-]*\z`)

const maxFieldName = 24

// showable returns the name of a field, "" if it could be something else.
func showable(name string) string {
	if len(name) > maxFieldName || !fieldName.MatchString(name) {
		return ""
	}
	return name
}
