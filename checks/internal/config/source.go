package config

import (
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/sethvargo/go-githubactions"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/nokey"
	"flexy-key-check/checks/internal/secret"
)

// formatVariable is the only setting that is not an input.
const formatVariable = "FLEXY_FORMAT"

// Format is the format of the report.
type Format string

// The formats.
const (
	Text   Format = "text"
	JSON   Format = "json"
	GitHub Format = "github"
)

// Formats lists every format.
var Formats = []Format{Text, JSON, GitHub}

// A Lookup looks up an environment variable, as os.LookupEnv does.
type Lookup func(name string) (string, bool)

// get returns the trimmed value of a variable, or "".
func (l Lookup) get(name string) string {
	value, _ := l(name)
	return strings.TrimSpace(value)
}

// ActionMode reports whether the program runs as an action, where the settings are
// inputs. Elsewhere they are environment variables. The runner sets a variable for
// every input of an action, even for those that are not given.
func ActionMode(lookup Lookup) bool {
	_, ok := lookup("INPUT_API-KEY")
	return ok
}

// A Source is the configuration as it was given, before it is judged. Read fills it
// in steps, so that what was read can still be masked if a later step panics.
type Source struct {
	Names
	Format Format
	Masks  bool // an Actions runner reads the program's output, and nobody redirects it

	onRunner bool // this is a step of a workflow
	lookup   Lookup
	inputs   *githubactions.Action
	settings settings
	entries  []policyEntry
	keys     []secret.Value // of the policy file
	parser   *parser
}

// New returns a Source that knows only its report format. Call Read next.
func New(lookup Lookup) *Source {
	s := &Source{Names: Names{action: ActionMode(lookup)}, Format: Text, lookup: lookup}
	s.inputs = githubactions.New(githubactions.WithGetenv(lookup.get))
	s.parser = newParser(s.Names)
	if s.onRunner = s.action || lookup.get("GITHUB_ACTIONS") == "true"; s.onRunner {
		s.Format = GitHub
	}
	format := match(s.givenFormat())
	if format != "" {
		s.Format = Format(format)
	}
	// The output of a run: step is often redirected to a file, unless this format was
	// asked for.
	s.Masks = s.action || s.onRunner && format == string(GitHub)
	return s
}

// givenFormat returns the format that was requested, or a blank field.
func (s *Source) givenFormat() field {
	f := field{input: &Input{}, place: mistake.Place{Name: formatVariable}}
	for _, format := range Formats {
		f.input.Words = append(f.input.Words, string(format))
	}
	if !s.action {
		f.value = s.lookup.get(formatVariable)
	}
	return f
}

// Read reads the settings, the secret files and the policy file. args is the
// command line without the program's name; environ lists all variables as
// NAME=value. Config returns the mistakes.
func (s *Source) Read(args, environ []string) {
	p := s.parser
	if len(args) > 0 {
		hint := "settings are environment variables, see --help"
		if s.action {
			hint = "remove args: and entrypoint: from the step, everything is set by inputs"
		}
		p.fail(mistake.Place{}, hint, "command-line arguments are not accepted (not shown: one could hold a key)")
	}
	s.settings.read(s.input, p.place)
	for _, input := range inputs() {
		if p.failedAt(input.Variable() + fileSuffix) {
			s.excuse(input.Name)
		}
	}
	if path := s.settings.Policy; path.value != "" {
		s.readPolicy(path)
	}
	hidden := append(s.Secrets(), secret.New(s.settings.ExpectAccount.value))
	for i := range s.entries {
		hidden = append(hidden, secret.New(s.entries[i].value("account")))
	}
	p.traces = secret.NewTraces(hidden...)
	p.word(s.givenFormat()) // after traces is set: the mistake may show the value
	s.checkNames(environ)
}

// input returns the value of an input, or "" if it is blank or not given.
func (s *Source) input(name string) string {
	switch {
	case s.action:
		return s.inputs.GetInput(name)
	case inputNamed(name).File:
		return s.readSecret(variable(name))
	default:
		return s.lookup.get(variable(name))
	}
}

// Secrets returns what must be masked before anything is printed.
func (s *Source) Secrets() []secret.Value {
	var known []secret.Value
	for _, v := range []secret.Value{s.settings.APIKey, s.settings.SecretsToken, s.settings.GitHubToken} {
		if !v.Blank() {
			known = append(known, v)
		}
	}
	return append(known, s.keys...)
}

// fileSuffix, appended to a secret's variable, makes the variable for the path of
// a file that contains the secret. Docker and Kubernetes mount such files.
const (
	fileSuffix = "_FILE"
	maxSecret  = 4 << 10 // bytes of such a file
)

// readSecret returns the secret from a variable or from the file that the variable's
// name with fileSuffix gives. It returns "" if there is none or it cannot be read.
func (s *Source) readSecret(name string) string {
	value := s.lookup.get(name)
	path := s.lookup.get(name + fileSuffix)
	if path == "" || s.action {
		return value
	}
	place := mistake.Place{Name: name + fileSuffix}
	if value != "" {
		s.parser.fail(place, "unset one of the two", "cannot be combined with %s", name)
		return value
	}
	s.parser.files[name] = true
	text, fault := readRegular(path, maxSecret)
	text = strings.TrimSpace(text)
	if fault == "" && text == "" {
		fault = "the file is empty"
	}
	if fault != "" {
		s.parser.fail(place, "give the path of a file that this user can read and that holds nothing but the secret", "%s (path not shown)", fault)
		return ""
	}
	return text
}

// readRegular reads a regular file of at most limit bytes; fault says why it
// cannot. It rejects a pipe, which could block, and a device, which may be endless.
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

// dropSecrets reports settings that contain a key or a token, because a secret on
// the wrong line of with: is a common mistake. It drops their values, so that
// nothing can show them.
func (s *Source) dropSecrets() {
	// What is another setting's value, given as the key, is in its own place there.
	keys := slices.DeleteFunc(append([]secret.Value{s.settings.APIKey}, s.keys...), func(key secret.Value) bool {
		reason, _ := nokey.Of(key.Reveal())
		return reason.Class == nokey.Value
	})
	tokens := []secret.Value{s.settings.SecretsToken, s.settings.GitHubToken}
	// A GitHub token that was given as the key is in its own place in these.
	others := slices.DeleteFunc(slices.Clone(keys), func(key secret.Value) bool { return nokey.IsGitHubToken(key.Reveal()) })
	for i, input := range []string{"secrets-token", "github-token"} {
		if containsAny(tokens[i].Reveal(), others) {
			s.parser.misplaced(s.parser.place(input))
		}
	}
	all := slices.Concat(keys, tokens)
	for _, f := range s.settings.all() {
		if f.value != f.input.Default && containsAny(f.value, all) { // nobody gave a default
			if f.input.Name == "policy" {
				s.forgetPolicy()
			}
			s.parser.drop(f)
		}
	}
	for i := range s.entries {
		for _, f := range s.entries[i].given() {
			if containsAny(f.value, all) {
				s.parser.drop(f)
			}
		}
	}
	for i, m := range s.parser.mistakes {
		if m.Place.File != "" && containsAny(m.Place.Name, all) {
			s.parser.mistakes[i].Place.Name = "" // a secret in place of a field's name
		}
	}
}

// containsAny reports whether text contains one of the secrets. A common word, given
// as a secret, is none.
func containsAny(text string, secrets []secret.Value) bool {
	for _, v := range secrets {
		if v.In(text) && !nokey.IsCommon(v.Reveal()) {
			return true
		}
	}
	return false
}

// KeyName returns what to call the step's key or its policy file: the name that
// was given, or the secret's, if it may be shown; otherwise a default.
func (s *Source) KeyName() string {
	for _, name := range []string{s.settings.KeyName.value, s.settings.SecretName.value} {
		if name = collapsed(name); validKeyName(name) && !containsAny(name, s.Secrets()) {
			return name
		}
	}
	if s.settings.Policy.given() {
		return "policy"
	}
	return checks.DefaultKeyName
}
