package config

import (
	"maps"
	"slices"
	"strings"

	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/plain"
	"flexy-key-check/checks/internal/secret"
)

// Names maps settings to what the user calls them: inputs in an action, variables
// elsewhere.
type Names struct{ action bool }

var inBraces = plain.Pattern(`\{[a-z-]+\}`)

// Expand replaces each {setting} in one of the program's own texts with what the
// user calls it. Values must be inserted afterwards.
func (n Names) Expand(text string) string {
	return inBraces().ReplaceAllStringFunc(text, func(name string) string { return n.of(strings.Trim(name, "{}")) })
}

func (n Names) of(input string) string {
	if n.action {
		return input
	}
	return variable(input)
}

// assign returns how the user gives an input a value.
func (n Names) assign(input, value string) string {
	if n.action {
		return input + ": " + value
	}
	return variable(input) + "=" + value
}

// place returns the place where the user gives an input.
func (n Names) place(input string) mistake.Place { return mistake.Place{Name: n.of(input)} }

// prefix begins the name of every variable that the program reads.
const prefix = "FLEXY_"

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
		case !s.action && strings.HasPrefix(strings.ToUpper(name), prefix):
			s.checkVariableName(name)
		}
	}
}

func (s *Source) checkInputName(suffix string) {
	name := strings.ToLower(suffix)
	known := inputNamed(name) != nil || slices.Contains(runnerInputs, name)
	if known && suffix == strings.ToUpper(suffix) {
		return
	}
	_, meant := nearVariable(variable(name))
	s.excuse(meant)
	hint := didYouMean(meant, "remove it from with:, or correct its name")
	if name = s.shownName(name); name != "" {
		hint += " (rename " + s.shownName("INPUT_"+suffix) + ", if your own env: sets it)"
	}
	s.parser.fail(mistake.Place{Name: name}, hint, "not an input of this action")
}

// shownName returns the name of a variable for a message, or "" if it contains a
// secret, in any case of letters.
func (s *Source) shownName(name string) string {
	for _, v := range s.Secrets() {
		if secret.New(strings.ToLower(v.Reveal())).In(strings.ToLower(name)) {
			return ""
		}
	}
	return plain.Line(name)
}

func (s *Source) checkVariableName(name string) {
	fromPolicy := func(e policyEntry) bool { return name == e.env.value || name == e.env.value+fileSuffix }
	if isVariable(name) || slices.ContainsFunc(s.entries, fromPolicy) || len(s.entries) == 0 && s.settings.Policy.given() {
		return // a file that could not be read may name it
	}
	meant, input := nearVariable(strings.ToUpper(name))
	if meant == "" {
		return
	}
	s.excuse(input)
	place := mistake.Place{Name: s.shownName(name)}
	if strings.EqualFold(name, meant+fileSuffix) {
		s.parser.fail(place, "give the value itself in "+meant+", or unset it", "only a key, a token or the account can be given as a file")
		return
	}
	s.parser.fail(place, "write "+meant+", or unset it", "not a setting, but close to %s", meant)
}

// excuse notes that a mistake about the name of an input explains why it is blank.
func (s *Source) excuse(input string) {
	s.parser.explained[input] = true
	if in := inputNamed(input); in != nil && !in.Secret {
		s.settings.field(in).reported = true
	}
}

// nearVariable returns the variable that name, in capitals, was probably meant to be,
// and the input that it stands for. A name with more behind it is near, too, but
// for FLEXY_API_KEY_2 and the like, which hold other keys.
func nearVariable(name string) (meant, input string) {
	ours, fields := map[string]string{formatVariable: formatVariable}, map[string]string{}
	inputOf := map[string]string{}
	for _, in := range inputs() {
		for _, v := range in.variables() {
			ours[v], inputOf[v] = v, in.Name
			if in.Policy != "" {
				fields[variable(in.Policy)+strings.TrimPrefix(v, in.Variable())] = v
			}
		}
	}
	switch anotherKey := strings.HasPrefix(name, variable("api-key")+"_") && !strings.HasSuffix(name, "_"); {
	case ours[name] != "":
		meant = name
	case anotherKey:
	default:
		if meant = nearest(name, ours, 2); meant == "" {
			meant = suggest(name, fields, len(prefix))
		}
		for _, v := range slices.Sorted(maps.Keys(ours)) {
			if meant == "" && strings.HasPrefix(name, v+"_") {
				meant = v
			}
		}
	}
	return meant, inputOf[meant]
}

// inputNamed returns the input of that name, or nil.
func inputNamed(name string) *Input {
	for _, input := range inputs() {
		if input.Name == name {
			return input
		}
	}
	return nil
}

// isVariable reports whether the program itself reads the variable.
func isVariable(name string) bool {
	return name == formatVariable || slices.ContainsFunc(inputs(), func(input *Input) bool {
		return slices.Contains(input.variables(), name)
	})
}

// unread returns the inputs that are blank or at their default beside a variable
// with another value, which an action does not read, and what to say about them.
func (s *Source) unread() (unread []string, notice mistake.Notice) {
	if !s.action {
		return nil, notice
	}
	var variables []string
	for _, input := range inputs() {
		given, names := s.input(input.Name), input.variables()
		i := slices.IndexFunc(names, func(name string) bool {
			value := s.lookup.get(name)
			inPolicy := slices.ContainsFunc(s.entries, func(e policyEntry) bool { return e.env.value == name })
			return value != "" && value != given && !strings.EqualFold(value, input.Default) && !inPolicy // there it is a mistake
		})
		// The workflow's own token, which is the default, begins with ghs_.
		byDefault := given == "" || strings.EqualFold(given, input.Default) || input.Name == "github-token" && strings.HasPrefix(given, "ghs_")
		if i >= 0 && byDefault {
			unread, variables = append(unread, input.Name), append(variables, names[i])
		}
	}
	return unread, mistake.Say("the action does not read "+strings.Join(variables, ", "),
		"an action reads inputs: give "+strings.Join(unread, ", ")+" under with:, not under env:")
}

// Unread says which variables look like settings, although an action does not read
// them; ok reports whether there are any.
func (s *Source) Unread() (notice mistake.Notice, ok bool) {
	unread, notice := s.unread()
	return notice, len(unread) > 0
}

// asserts reports whether an input makes an assertion about the key itself.
func asserts(input string) bool {
	return slices.ContainsFunc([]string{"expect-", "must-", "min-"}, func(prefix string) bool { return strings.HasPrefix(input, prefix) })
}

// fieldName matches the names of fields and inputs that may be shown. A key that
// was pasted in place of a name would have digits.
var fieldName = plain.Pattern(`\A[a-z][a-z_-]*\z`)

const maxFieldName = 24

// showable returns the name of a field, or "" if it could be something else.
func showable(name string) string {
	if len(name) > maxFieldName || !fieldName().MatchString(name) {
		return ""
	}
	return name
}
