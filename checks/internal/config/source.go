package config

import (
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/sethvargo/go-githubactions"

	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/secret"
)

// formatVariable holds the one setting that is not an input.
const formatVariable = "FLEXY_FORMAT"

// Format is how a run reports.
type Format string

// The formats.
const (
	Text   Format = "text"
	JSON   Format = "json"
	GitHub Format = "github"
)

// A Lookup finds an environment variable, as os.LookupEnv does.
type Lookup func(name string) (string, bool)

// get returns the trimmed value of a variable, or "".
func (l Lookup) get(name string) string {
	value, _ := l(name)
	return strings.TrimSpace(value)
}

// ActionMode reports whether the program runs as an action: the runner sets a
// variable for every declared input, given or not. Then the settings are
// inputs; else they are environment variables.
func ActionMode(lookup Lookup) bool {
	_, ok := lookup("INPUT_API-KEY")
	return ok
}

// A Source is the configuration as it was given: read, not yet judged.
type Source struct {
	Names
	Format   Format
	OnRunner bool // an Actions runner reads what the run prints

	lookup   Lookup
	inputs   *githubactions.Action
	settings settings
	entries  []policyEntry
	keys     []secret.Value // of the policy file
	judge    *judge
}

// New returns a source that knows only its report format; call Read next.
func New(lookup Lookup) *Source {
	s := &Source{Names: Names{action: ActionMode(lookup)}, Format: Text, lookup: lookup}
	s.inputs = githubactions.New(githubactions.WithGetenv(lookup.get))
	s.judge = &judge{Names: s.Names, reported: map[mistake.Mistake]bool{}}
	if s.OnRunner = s.action || lookup.get("GITHUB_ACTIONS") == "true"; s.OnRunner {
		s.Format = GitHub
	}
	if format := match(s.givenFormat()); format != "" {
		s.Format = Format(format)
	}
	return s
}

// givenFormat is the format that was asked for, blank if none was.
func (s *Source) givenFormat() field {
	f := field{input: &Input{Words: []string{string(Text), string(JSON), string(GitHub)}}, place: mistake.Place{Name: formatVariable}}
	if !s.action {
		f.value = s.lookup.get(formatVariable)
	}
	return f
}

// Read reads the settings, the files of secrets and the policy file. args is
// the command line without the program's name, environ every variable as
// NAME=value. Config reports whatever is wrong.
func (s *Source) Read(args, environ []string) {
	j := s.judge
	if len(args) > 0 {
		hint := "settings are environment variables, see --help"
		if s.action {
			hint = "remove args: from the step, everything is set by inputs"
		}
		j.fail(mistake.Place{}, hint, "command-line arguments are not accepted (not shown: one could hold a key)")
	}
	s.settings.read(s.Names, s.input)
	if path := s.settings.Policy; path.value != "" {
		s.readPolicy(path)
	}
	j.traces = secret.NewTraces(append(s.Secrets(), secret.New(s.settings.ExpectAccount.value))...)
	j.word(s.givenFormat()) // behind the traces: what it shows must hold no secret
	s.foreign(environ)
}

// input returns the value of an input, "" if it is blank or not given.
func (s *Source) input(name string) string {
	switch {
	case s.action:
		return s.inputs.GetInput(name)
	case name == "api-key" || name == "secrets-token" || name == "github-token":
		return s.secret(variable(name))
	default:
		return s.lookup.get(variable(name))
	}
}

// Secrets lists what must be masked before anything is shown.
func (s *Source) Secrets() []secret.Value {
	var known []secret.Value
	for _, v := range []secret.Value{s.settings.APIKey, s.settings.SecretsToken, s.settings.GitHubToken} {
		if !v.Blank() {
			known = append(known, v)
		}
	}
	return append(known, s.keys...)
}

// fileSuffix ends the name of a variable that holds the path of a file with a
// secret in it, as Docker and Kubernetes mount them.
const (
	fileSuffix = "_FILE"
	maxSecret  = 4 << 10 // bytes of such a file
)

// secret returns the secret in a variable, or in the file that the variable of
// that name with the suffix names; "" if there is neither, or a mistake.
func (s *Source) secret(name string) string {
	value := s.lookup.get(name)
	path := s.lookup.get(name + fileSuffix)
	if path == "" || s.action {
		return value
	}
	place := mistake.Place{Name: name + fileSuffix}
	if value != "" {
		s.judge.fail(place, "unset one of the two", "cannot be combined with %s", name)
		return value
	}
	text, fault := readRegular(path, maxSecret)
	text = strings.TrimSpace(text)
	if fault == "" && text == "" {
		fault = "the file is empty"
	}
	if fault != "" {
		s.judge.fail(place, "give the path of a file that this user can read and that holds nothing but the secret", "%s (path not shown)", fault)
		return ""
	}
	return text
}

// readRegular reads a regular file of at most limit bytes. fault says why it
// cannot: a pipe could hang, and a device has no end.
func readRegular(path string, limit int64) (text, fault string) {
	const unreadable = "cannot read the file"
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "", "no such file"
	case err != nil:
		return "", unreadable
	case !info.Mode().IsRegular():
		return "", "not a regular file"
	}
	file, err := os.Open(path)
	if errors.Is(err, os.ErrPermission) {
		return "", "permission denied"
	}
	if err != nil {
		return "", unreadable
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return "", unreadable
	}
	if int64(len(content)) > limit {
		return "", "the file is larger than " + size(limit)
	}
	return string(content), ""
}

// dropSecrets reports settings that hold a key or a token: a secret in the
// wrong line of with: is a classic slip. Their values are dropped, so that
// nothing shows them.
func (s *Source) dropSecrets() {
	keys := append([]secret.Value{s.settings.APIKey}, s.keys...)
	tokens := []secret.Value{s.settings.SecretsToken, s.settings.GitHubToken}
	for _, input := range []struct {
		name  string
		value secret.Value
	}{{"secrets-token", tokens[0]}, {"github-token", tokens[1]}} {
		if holds(input.value.Reveal(), keys) {
			s.judge.misplaced(s.place(input.name))
		}
	}
	all := slices.Concat(keys, tokens)
	for _, f := range s.settings.all() {
		if holds(f.value, all) {
			if f.input.Name == "policy" {
				s.forgetPolicy()
			}
			s.judge.drop(f)
		}
	}
	for i := range s.entries {
		for _, f := range s.entries[i].given() {
			if holds(f.value, all) {
				s.judge.drop(f)
			}
		}
	}
	for i, m := range s.judge.mistakes {
		if m.Place.File != "" && holds(m.Place.Name, all) {
			s.judge.mistakes[i].Place.Name = "" // a key in place of a field
		}
	}
}

func holds(text string, secrets []secret.Value) bool {
	for _, v := range secrets {
		if v.In(text) {
			return true
		}
	}
	return false
}

// KeyName is what to call the step's key, or its policy file: fit to be shown,
// whatever was given.
func (s *Source) KeyName() string {
	for _, name := range []string{s.settings.KeyName.value, s.settings.SecretName.value} {
		if validKeyName(name) && !holds(name, s.Secrets()) {
			return name
		}
	}
	if s.settings.Policy.given() {
		return "policy"
	}
	return DefaultKeyName
}
