// Package config turns the environment into a Config: what to check, and how.
//
// Settings is the one place where the names, defaults and meanings of the
// inputs stand: --help is printed from it, and action.yml and the README are
// held to it by tests. Given.Read fills it and reads the policy file and the keys
// that it names; Given.Config judges all of it and reports every mistake at once.
package config

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/sethvargo/go-envconfig"
	"github.com/sethvargo/go-githubactions"

	"flexy-key-check/checks/internal/secret"
)

// Settings is every setting as it was given, in the order in which they are
// documented. The tags:
//
//	env     the name (upper case, "_" for "-") and the default
//	action  the default in action.yml, where it is another
//	doc     the meaning
//	words   the words it takes, if it takes but a few
//	range   the least and the most, of a whole number
//	list    whether it takes several, separated by commas or white space
//	policy  the name of the policy file's field of the same meaning
type Settings struct {
	APIKey             secret.Value `env:"API_KEY" doc:"The Flexy API key, from a secret. Required without policy or rotation-only."`
	KeyName            string       `env:"KEY_NAME" policy:"name" doc:"Name of the key in reports: 1 to 64 of letters, digits, space and ._-(). Without it: secret-name, else api-key."`
	Policy             string       `env:"POLICY" doc:"Path of a policy file with many keys, in place of api-key."`
	Environment        string       `env:"ENVIRONMENT" policy:"environment" words:"production staging development test" doc:"production requires a PRODUCTION key; staging, development and test expect SANDBOX and warn about PRODUCTION. This or expect-type is required."`
	ExpectType         string       `env:"EXPECT_TYPE" policy:"type" words:"SANDBOX PRODUCTION any" doc:"SANDBOX or PRODUCTION, or any to assert nothing. Wins over environment."`
	ExpectScope        string       `env:"EXPECT_SCOPE" policy:"scope" words:"READ-WRITE READ-ONLY" doc:"READ-WRITE or READ-ONLY, exactly: more power is a mismatch too."`
	ExpectState        string       `env:"EXPECT_STATE, default=enabled" policy:"state" words:"enabled disabled revoked" doc:"enabled, disabled, or revoked (which costs one of five attempts)."`
	ExpectAccount      string       `env:"EXPECT_ACCOUNT" policy:"account" doc:"The username (a phone number) the key must belong to; never shown whole."`
	ExpectAllowedIPs   string       `env:"EXPECT_ALLOWED_IPS" list:"true" policy:"allowed-ips" doc:"The key's allowlist: restricted, unrestricted, or exactly these addresses."`
	MustAllowIPs       string       `env:"MUST_ALLOW_IPS" list:"true" policy:"must-allow-ips" doc:"Addresses that must be able to use the key."`
	RotatedOn          string       `env:"ROTATED_ON" policy:"rotated-on" doc:"The day the key was generated: YYYY-MM-DD (UTC) or RFC 3339."`
	SecretName         string       `env:"SECRET_NAME" policy:"secret-name" doc:"Actions secret that holds the key; the day it was last saved stands in for rotated-on. Needs secrets-token."`
	SecretEnvironment  string       `env:"SECRET_ENVIRONMENT" policy:"secret-environment" doc:"The environment that has that secret, if not the repository."`
	SecretOrganization string       `env:"SECRET_ORGANIZATION" policy:"secret-organization" doc:"The organization that has that secret, if not the repository."`
	SecretsToken       secret.Value `env:"SECRETS_TOKEN" doc:"A token that may read secret metadata; the workflow's own never can."`
	MaxAgeDays         string       `env:"MAX_AGE_DAYS, default=90" policy:"max-age-days" range:"1 3650" doc:"Days after which the key must be rotated, 1 to 3650."`
	RemindDays         string       `env:"REMIND_DAYS, default=14" policy:"remind-days" range:"0 3650" doc:"How many days before that the reminder starts, 0 to 3650."`
	RotationOnly       string       `env:"ROTATION_ONLY, default=false" doc:"With true, take no key and send nothing: check the rotation only."`
	ReminderIssue      string       `env:"REMINDER_ISSUE, default=false" doc:"With true, keep a GitHub issue open while the rotation is due."`
	ReminderAssignees  string       `env:"REMINDER_ASSIGNEES" list:"true" doc:"GitHub logins to assign to that issue."`
	GitHubToken        secret.Value `env:"GITHUB_TOKEN" action:"${{ github.token }}" doc:"The token for that issue, with issues: write."`
	WarnOn             string       `env:"WARN_ON, default=rotation" list:"true" policy:"warn-on" doc:"Checks whose failures are only warnings, by id; none for none."`
	OnUnavailable      string       `env:"ON_UNAVAILABLE, default=fail" words:"fail warn" doc:"When the API gives no answer to trust, or blocks this address: fail or warn."`
	OnIPNotAllowed     string       `env:"ON_IP_NOT_ALLOWED, default=fail" words:"fail warn" doc:"When this address is not on the key's allowlist: fail or warn."`
	OnMissingKey       string       `env:"ON_MISSING_KEY, default=fail" words:"fail skip" doc:"On a blank key: fail, or skip on pull requests that GitHub gives no secrets."`
	BaseURL            string       `env:"BASE_URL, default=https://api.oneclickdz.com" doc:"The API: https, but for a loopback address."`
	CACertificate      string       `env:"CA_CERTIFICATE" doc:"PEM text of an extra certificate authority to trust, such as a proxy's."`
	Timeout            string       `env:"TIMEOUT, default=60s" doc:"For all requests to the API together: a Go duration, 1s to 10m."`
}

// An Input describes one setting.
type Input struct {
	Name          string   // of the action's input
	Default       string   // outside Actions
	ActionDefault string   // in action.yml
	Doc           string   // what it means
	Words         []string // that it takes; none if it takes other texts
	Least, Most   int      // of a whole number; both 0 if it is none
	List          bool     // it takes several
	Policy        string   // the policy file's field; "" if there is none
}

// Variable is the environment variable that holds the setting outside Actions.
func (i Input) Variable() string { return variable(i.Name) }

func variable(input string) string {
	return "FLEXY_" + strings.ToUpper(strings.ReplaceAll(input, "-", "_"))
}

// Inputs lists every setting in documented order.
func Inputs() []Input { return inputs() }

var inputs = sync.OnceValue(func() []Input {
	t := reflect.TypeFor[Settings]()
	inputs := make([]Input, t.NumField())
	for i := range inputs {
		tag := t.Field(i).Tag
		name, options, _ := strings.Cut(tag.Get("env"), ",")
		in := Input{
			Name:    inputName(name),
			Default: strings.TrimPrefix(strings.TrimSpace(options), "default="),
			Doc:     tag.Get("doc"),
			Words:   strings.Fields(tag.Get("words")),
			List:    tag.Get("list") != "",
			Policy:  tag.Get("policy"),
		}
		in.ActionDefault = cmp.Or(tag.Get("action"), in.Default)
		if least, most, ok := strings.Cut(tag.Get("range"), " "); ok {
			in.Least, _ = strconv.Atoi(least)
			in.Most, _ = strconv.Atoi(most)
		}
		inputs[i] = in
	}
	return inputs
})

// inputName turns the name in an env tag into that of the input.
func inputName(tag string) string { return strings.ToLower(strings.ReplaceAll(tag, "_", "-")) }

// fields are the settings that a key or a run has, by the input's name.
type fields map[string]field

// A field is a setting's value and where it stands.
type field struct {
	input Input
	value string
	place Place
	items []field // of a YAML list, each at its own place; value holds them all
	bad   bool    // what was given is no value, as has been reported
}

// fields returns every setting, the secret ones too.
func (g *Given) fields() fields {
	v := reflect.ValueOf(g.Settings)
	all := make(fields, v.NumField())
	for i, input := range Inputs() {
		f := field{input: input, place: Place{Name: g.name(input.Name)}}
		switch value := v.Field(i).Interface().(type) {
		case string:
			f.value = value
		case secret.Value:
			f.value = value.Reveal()
		}
		all[input.Name] = f
	}
	return all
}

// formatVariable holds the one setting that is no input.
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

// Given is the configuration as it was given: read, not yet judged.
type Given struct {
	Settings Settings
	Action   bool // the settings are inputs, not environment variables
	OnRunner bool // an Actions runner reads what the run prints
	Format   Format

	lookup   Lookup
	keys     []secret.Value // of the policy file
	policy   []entry
	mistakes Mistakes
	reported map[Mistake]bool
	traces   secret.Traces // of all that must not be shown
}

// New returns a configuration of which nothing is known but how to report.
func New(lookup Lookup) *Given {
	g := &Given{Action: ActionMode(lookup), Format: Text, lookup: lookup, reported: map[Mistake]bool{}}
	if g.OnRunner = g.Action || lookup.get("GITHUB_ACTIONS") == "true"; g.OnRunner {
		g.Format = GitHub
	}
	if asked := match(g.askedFormat()); asked != "" {
		g.Format = Format(asked)
	}
	return g
}

// Read reads the settings, secret ones first, and the policy file. args is the
// command line without the program's name, environ every variable as NAME=value.
// Whatever it finds wrong Config reports.
func (g *Given) Read(args, environ []string) {
	lookup := g.lookup
	if len(args) > 0 {
		g.fail(Place{}, "expected no command-line argument, found one (not shown: it could hold a key)", g.pick(
			"remove args: from the step, everything is set by inputs",
			"settings are environment variables, see --help"))
	}
	inputs := githubactions.New(githubactions.WithGetenv(func(name string) string { return lookup.get(name) }))
	err := envconfig.ProcessWith(context.Background(), &envconfig.Config{
		Target: &g.Settings,
		Lookuper: envconfig.LookuperFunc(func(tag string) (string, bool) {
			name := inputName(tag)
			value := lookup.get(variable(name))
			if g.Action {
				value = inputs.GetInput(name)
			}
			return value, value != "" // the runner hands inputs that are not given over as ""
		}),
	})
	if err != nil {
		// Every field is a text that parses nothing.
		panic(fmt.Errorf("settings: %w", err))
	}
	if path := g.Settings.Policy; path != "" {
		g.readPolicy(path)
	}
	g.traces = secret.NewTraces(append(g.Secrets(), secret.New(g.Settings.ExpectAccount))...)
	g.word(g.askedFormat()) // behind the traces: what it shows must hold no secret
	g.judgeNames(environ)
}

// Secrets lists what must be masked before anything is shown.
func (g *Given) Secrets() []secret.Value {
	var known []secret.Value
	for _, v := range []secret.Value{g.Settings.APIKey, g.Settings.SecretsToken, g.Settings.GitHubToken} {
		if !v.Blank() {
			known = append(known, v)
		}
	}
	return append(known, g.keys...)
}

// askedFormat is the format that somebody asks for, blank if nobody does.
func (g *Given) askedFormat() field {
	f := field{input: Input{Words: []string{string(Text), string(JSON), string(GitHub)}}, place: Place{Name: formatVariable}}
	if !g.Action {
		f.value = g.lookup.get(formatVariable)
	}
	return f
}

// pick returns the wording for action mode or for outside.
func (g *Given) pick(action, outside string) string {
	if g.Action {
		return action
	}
	return outside
}

// Translate writes the names of inputs in a text as the user knows them. A name
// that is also an English word stays.
func (g *Given) Translate(text string) string {
	if g.Action {
		return text
	}
	return translator().Replace(text)
}

// translator replaces the names of inputs by those of variables.
var translator = sync.OnceValue(func() *strings.Replacer {
	var pairs []string
	for _, input := range Inputs() {
		if strings.Contains(input.Name, "-") {
			pairs = append(pairs, input.Name, input.Variable())
		}
	}
	return strings.NewReplacer(append(pairs, "raise timeout", "raise "+variable("timeout"))...)
})

// name is what the user calls an input: its own name, or the variable.
func (g *Given) name(input string) string { return g.pick(input, variable(input)) }
