// Package config turns the environment into a Config: what to check, and how.
//
// Settings is the one place where the names, defaults and meanings of the
// inputs stand: --help is printed from it, and action.yml and the README are
// held to it by tests. Read fills it; Settings.Config judges it and reports
// every mistake at once.
package config

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"github.com/sethvargo/go-envconfig"
	"github.com/sethvargo/go-githubactions"

	"flexy-key-check/checks/internal/secret"
)

// Settings is every setting as it was given, in the order in which they are
// documented. The tag env holds the name (in upper case, with "_" for "-") and
// the default, doc the meaning.
type Settings struct {
	APIKey         secret.Value `env:"API_KEY" doc:"The Flexy API key, from a secret. Required, unless rotation-only is true."`
	KeyName        string       `env:"KEY_NAME" doc:"What to call the key in messages and reports: 1 to 64 of letters, digits, space and ._-(). It is api-key if you give none."`
	Environment    string       `env:"ENVIRONMENT" doc:"Where the key is used: production requires a PRODUCTION key; staging, development and test expect a SANDBOX key, and warn about a PRODUCTION key. This or expect-type is required."`
	ExpectType     string       `env:"EXPECT_TYPE" doc:"The type the key must have: SANDBOX or PRODUCTION, or any to assert nothing. Wins over environment."`
	ExpectScope    string       `env:"EXPECT_SCOPE" doc:"The scope the key must have, exactly: READ-WRITE or READ-ONLY."`
	ExpectState    string       `env:"EXPECT_STATE, default=enabled" doc:"The state the key must be in: enabled, disabled, or revoked (the API must reject it, which costs one of five attempts)."`
	ExpectAccount  string       `env:"EXPECT_ACCOUNT" doc:"The username (a phone number, as the API writes it) the key must belong to. It is never printed whole."`
	ExpectIPs      string       `env:"EXPECT_ALLOWED_IPS" doc:"What the key's allowlist must be: restricted (not empty), unrestricted (empty), or exactly this list of addresses."`
	MustAllowIPs   string       `env:"MUST_ALLOW_IPS" doc:"Addresses that must be able to use the key: each on the allowlist, or the allowlist empty."`
	RotatedOn      string       `env:"ROTATED_ON" doc:"The day on which the key was generated: YYYY-MM-DD (UTC) or RFC 3339."`
	MaxAgeDays     string       `env:"MAX_AGE_DAYS, default=90" doc:"Days after which the key must be rotated, 1 to 3650."`
	RemindDays     string       `env:"REMIND_DAYS, default=14" doc:"How many days before that the reminder starts, 0 to 3650."`
	RotationOnly   string       `env:"ROTATION_ONLY, default=false" doc:"With true, take no key and send nothing: only the rotation is checked."`
	WarnOn         string       `env:"WARN_ON, default=rotation" doc:"Checks whose failures are only warnings, by id; none for none."`
	OnUnavailable  string       `env:"ON_UNAVAILABLE, default=fail" doc:"What to do when the API gives no answer that can be trusted, or blocks the address: fail or warn."`
	OnIPNotAllowed string       `env:"ON_IP_NOT_ALLOWED, default=fail" doc:"What to do when the runner's own address is not on the key's allowlist: fail or warn."`
	OnMissingKey   string       `env:"ON_MISSING_KEY, default=fail" doc:"What to do about a blank key: fail, or skip where GitHub withholds secrets from a pull request of a fork or of Dependabot. Everywhere else a blank key fails."`
	BaseURL        string       `env:"BASE_URL, default=https://api.oneclickdz.com" doc:"The API. https only, but for a loopback address."`
	CACertificate  string       `env:"CA_CERTIFICATE" doc:"PEM text of an extra certificate authority to trust, such as a proxy's: a container does not see the runner's own."`
	Timeout        string       `env:"TIMEOUT, default=60s" doc:"For all requests to the API: a Go duration, 1s to 10m."`
}

// An Input describes one setting.
type Input struct {
	Name    string // of the action's input
	Default string
	Doc     string
}

// Variable is the environment variable that holds the setting outside Actions.
func (i Input) Variable() string { return variable(i.Name) }

func variable(input string) string {
	return "FLEXY_" + strings.ToUpper(strings.ReplaceAll(input, "-", "_"))
}

// Inputs lists every setting in documented order.
func Inputs() []Input {
	t := reflect.TypeFor[Settings]()
	inputs := make([]Input, t.NumField())
	for i := range inputs {
		tag := t.Field(i).Tag
		name, options, _ := strings.Cut(tag.Get("env"), ",")
		inputs[i] = Input{
			Name:    inputName(name),
			Default: strings.TrimPrefix(strings.TrimSpace(options), "default="),
			Doc:     tag.Get("doc"),
		}
	}
	return inputs
}

// inputName turns the name in an env tag into that of the input.
func inputName(tag string) string { return strings.ToLower(strings.ReplaceAll(tag, "_", "-")) }

// texts returns every setting but the key by the input's name.
func (s Settings) texts() map[string]string {
	v := reflect.ValueOf(s)
	texts := make(map[string]string, v.NumField())
	for i, input := range Inputs() {
		if text, ok := v.Field(i).Interface().(string); ok {
			texts[input.Name] = text
		}
	}
	return texts
}

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
	Format   Format

	lookup   Lookup
	mistakes Mistakes
}

// Read reads the settings. Whatever it finds wrong Config reports.
func Read(args []string, lookup Lookup) *Given {
	g := &Given{Action: ActionMode(lookup), lookup: lookup}
	if len(args) > 0 {
		g.fail(Place{}, "expected no command-line argument, found one (not shown: it could hold a key)", g.pick(
			"remove args: from the step, everything is set by inputs",
			"settings are environment variables, see --help"))
	}
	g.Format = g.format()

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
	return g
}

// Secrets lists what must be masked before anything is shown.
func (g *Given) Secrets() []secret.Value {
	if g.Settings.APIKey.Blank() {
		return nil
	}
	return []secret.Value{g.Settings.APIKey}
}

// format is the format that is asked for, or the default.
func (g *Given) format() Format {
	format := Text
	if g.Action || g.lookup.get("GITHUB_ACTIONS") == "true" {
		format = GitHub
	}
	if given := g.lookup.get("FLEXY_FORMAT"); given != "" && !g.Action {
		place := Place{Name: "FLEXY_FORMAT"}
		if word := g.word(field{given, place}, string(Text), string(JSON), string(GitHub)); word != "" {
			format = Format(word)
		}
	}
	return format
}

// pick returns the wording for action mode or for outside.
func (g *Given) pick(action, outside string) string {
	if g.Action {
		return action
	}
	return outside
}

// name is what the user calls an input: its own name, or the variable.
func (g *Given) name(input string) string { return g.pick(input, variable(input)) }
