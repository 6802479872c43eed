package config

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/sethvargo/go-envconfig"

	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/secret"
)

// settings contains every setting as it was given, in documented order. The tags:
//
//	env     the name (upper case, "_" for "-") and the default
//	action  the default in action.yml, if it differs
//	part    the part of the documentation that it belongs to, a key of Parts
//	doc     the meaning, with names of settings in braces
//	words   the words it accepts, if only some are valid
//	range   the least and the greatest value of a whole number
//	list    set if it accepts several values
//	policy  the field of a policy file with the same meaning
//	file    set if outside Actions a path may be given in its place, as for secrets
//	group   the fields of a group are overridden together
//	check   the check that it belongs to; an entry's field with the lowest number is the check's place
type settings struct {
	APIKey             secret.Value `env:"API_KEY" part:"key" doc:"The Flexy API key, from a secret. Required without {policy} or {rotation-only}."`
	KeyName            field        `env:"KEY_NAME" policy:"name" part:"key" doc:"Name of the key in reports: 1 to 64 letters of any script, digits, spaces and ._-(). Defaults to {secret-name}, else api-key."`
	Policy             field        `env:"POLICY" part:"key" doc:"Path of a policy file with many keys, in place of {api-key}."`
	Environment        field        `env:"ENVIRONMENT" policy:"environment" group:"type" check:"type 2" words:"production staging development test" part:"expect" doc:"production requires a PRODUCTION key; staging, development and test expect SANDBOX and warn about PRODUCTION. This or {expect-type} is required."`
	ExpectType         field        `env:"EXPECT_TYPE" policy:"type" group:"type" check:"type 1" words:"SANDBOX PRODUCTION any" part:"expect" doc:"SANDBOX or PRODUCTION, or any for no check of the type. Overrides {environment}."`
	ExpectScope        field        `env:"EXPECT_SCOPE" policy:"scope" check:"scope 1" words:"READ-WRITE READ-ONLY" part:"expect" doc:"READ-WRITE or READ-ONLY, exactly: more power is also a mismatch."`
	ExpectState        field        `env:"EXPECT_STATE, default=enabled" policy:"state" check:"state 1" words:"enabled disabled revoked" part:"expect" doc:"enabled, disabled, or revoked (which costs a failed attempt)."`
	ExpectAccount      field        `env:"EXPECT_ACCOUNT" file:"true" policy:"account" check:"account 1" part:"expect" doc:"The username (a phone number) the key must belong to; never shown in full."`
	ExpectAllowedIPs   field        `env:"EXPECT_ALLOWED_IPS" list:"true" policy:"allowed-ips" check:"allowed-ips 1" part:"expect" doc:"The key's allowlist: restricted, unrestricted, or exactly these addresses."`
	MustAllowIPs       field        `env:"MUST_ALLOW_IPS" list:"true" policy:"must-allow-ips" check:"must-allow-ips 1" part:"expect" doc:"Addresses that must be able to use the key."`
	ExpectFingerprint  field        `env:"EXPECT_FINGERPRINT" policy:"fingerprint" check:"fingerprint 1" part:"expect" doc:"The fingerprint that the key must have: 12 hexadecimal digits."`
	Require            field        `env:"REQUIRE" list:"true" policy:"require" part:"expect" doc:"Ids of checks that must be made: if the input of one is blank, nothing is sent. List the checks whose values come from secrets or variables, because a misspelled name gives a blank value."`
	Only               field        `env:"ONLY" part:"key" doc:"Names of the entries of {policy} that this run checks, separated by commas or newlines; without it, all."`
	MinBalance         field        `env:"MIN_BALANCE" policy:"min-balance" check:"balance 1" part:"expect" doc:"The key's account must hold at least this much, in DZD, such as 5000; the amount is never shown."`
	RotatedOn          field        `env:"ROTATED_ON" policy:"rotated-on" group:"date" check:"rotation 1" part:"rotation" doc:"The day the key was generated: YYYY-MM-DD (UTC) or RFC 3339."`
	SecretName         field        `env:"SECRET_NAME" policy:"secret-name" group:"date" check:"rotation 2" part:"rotation" doc:"Actions secret that holds the key; the day it was last saved is used as {rotated-on}. Needs {secrets-token}."`
	SecretEnvironment  field        `env:"SECRET_ENVIRONMENT" policy:"secret-environment" group:"date" part:"rotation" doc:"The environment that has that secret, if not the repository."`
	SecretOrganization field        `env:"SECRET_ORGANIZATION" policy:"secret-organization" group:"date" part:"rotation" doc:"The organization that has that secret, if not the repository."`
	SecretsToken       secret.Value `env:"SECRETS_TOKEN" part:"rotation" doc:"A token that may read secret metadata; the workflow's own never can."`
	MaxAgeDays         field        `env:"MAX_AGE_DAYS, default=90" policy:"max-age-days" check:"rotation 3" range:"1 3650" part:"rotation" doc:"Days after which the key must be rotated, 1 to 3650."`
	RemindDays         field        `env:"REMIND_DAYS" policy:"remind-days" check:"rotation 4" range:"0 3649" part:"rotation" doc:"How many days before that the reminder starts: 0 to 3649, less than {max-age-days}. Defaults to 14, or half of {max-age-days} if that is less."`
	RotationOnly       field        `env:"ROTATION_ONLY, default=false" part:"rotation" doc:"true: check only the rotation, without a key and without sending anything."`
	ReminderIssue      field        `env:"REMINDER_ISSUE, default=false" part:"rotation" doc:"true: keep a GitHub issue as the key's record, open while the rotation is due. Needs {key-name} or {secret-name}."`
	ReminderAssignees  field        `env:"REMINDER_ASSIGNEES" list:"true" part:"rotation" doc:"GitHub logins to assign to that issue."`
	GitHubToken        secret.Value `env:"GITHUB_TOKEN" action:"${{ github.token }}" part:"rotation" doc:"The token for that issue, with issues: write."`
	WarnOn             field        `env:"WARN_ON, default=rotation" list:"true" policy:"warn-on" part:"expect" doc:"Ids of the checks whose failures are only warnings; none makes every failure an error."`
	OnUnavailable      field        `env:"ON_UNAVAILABLE, default=fail" words:"fail warn" part:"unchecked" doc:"Without a trustworthy answer from the API, or if it blocks this address: fail or warn."`
	OnIPNotAllowed     field        `env:"ON_IP_NOT_ALLOWED, default=fail" words:"fail warn" part:"unchecked" doc:"If this address is not on the key's allowlist: fail or warn."`
	OnMissingKey       field        `env:"ON_MISSING_KEY, default=fail" words:"fail skip" part:"unchecked" doc:"If the key is blank: fail; or skip, on pull requests that get no secrets."`
	BaseURL            field        `env:"BASE_URL, default=https://api.oneclickdz.com" part:"connection" doc:"The API: https, or http to a loopback address."`
	CACertificate      field        `env:"CA_CERTIFICATE" part:"connection" doc:"PEM text of an extra certificate authority to trust, such as a proxy's."`
	Timeout            field        `env:"TIMEOUT, default=60s" part:"connection" doc:"Limit for all requests to the API together: a Go duration, 1s to 10m."`
}

// A field is the value of a setting, and its place.
type field struct {
	input      *Input
	value      string
	items      []field // of a YAML list, each with its own place; value joins them
	place      mistake.Place
	fromPolicy bool // its place is in a policy file
	reported   bool // it has no value, and a mistake says why
}

// given reports whether the field has a value, or a mistake explains why it has none.
func (f *field) given() bool { return f.value != "" || f.reported }

// EnvDecode implements go-envconfig's decoder. It parses nothing and never fails,
// so no error can quote the text.
func (f *field) EnvDecode(text string) error {
	f.value = text
	return nil
}

// all returns every setting that is not a secret, in documented order.
func (s *settings) all() []*field {
	var fields []*field
	for _, input := range inputs() {
		if f := s.field(input); f != nil {
			fields = append(fields, f)
		}
	}
	return fields
}

// decode sets every setting, the key first, to its value or its default. get
// returns the value of an input, or "" if it is blank or not given.
func (s *settings) decode(get func(input string) string) {
	err := envconfig.ProcessWith(context.Background(), &envconfig.Config{
		Target: s,
		Lookuper: envconfig.LookuperFunc(func(tag string) (string, bool) {
			value := get(inputName(tag))
			return value, value != "" // the runner sets inputs that are not given to ""
		}),
	})
	if err != nil {
		panic(fmt.Errorf("settings: %w", err)) // impossible: no field is parsed
	}
}

// read reads every setting, and tells each field which one it is.
func (s *settings) read(get func(input string) string, place func(input string) mistake.Place) {
	s.decode(get)
	for _, input := range inputs() {
		if f := s.field(input); f != nil {
			f.input, f.place = input, place(input.Name)
		}
	}
}

// field returns an input's field, or nil if it is a secret.
func (s *settings) field(input *Input) *field {
	f, _ := reflect.TypeAssert[*field](reflect.ValueOf(s).Elem().FieldByName(input.member).Addr())
	return f
}

// An Input describes one setting.
type Input struct {
	Name          string   // of the action's input
	Default       string   // outside Actions
	ActionDefault string   // in action.yml
	Doc           string   // the meaning, with names of settings in braces
	Words         []string // that it accepts; empty if it accepts other texts
	Least, Most   int      // of a whole number; otherwise 0
	List          bool     // it accepts several values
	Secret        bool     // it is a key or a token
	File          bool     // outside Actions, it may be given as a file
	Policy        string   // the policy file's field, or ""
	Part          string   // the title of the part of the documentation that it belongs to

	member string // of settings
	group  string
	check  string // "<id> <number>", or ""
}

// Variable returns the environment variable for the setting outside Actions.
func (i Input) Variable() string { return variable(i.Name) }

// variables returns the setting's variable and, if there may be one, that for a file.
func (i Input) variables() []string {
	if i.File {
		return []string{i.Variable(), i.Variable() + fileSuffix}
	}
	return []string{i.Variable()}
}

func variable(input string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(input, "-", "_"))
}

// Inputs returns every setting in documented order.
func Inputs() []*Input { return inputs() }

// Parts are the titles of the parts in which documents show the settings, in order.
var Parts = []string{parts["key"], parts["expect"], parts["rotation"], parts["unchecked"], parts["connection"]}

var parts = map[string]string{
	"key":        "the key",
	"expect":     "what to expect",
	"rotation":   "rotation and reminder",
	"unchecked":  "when it cannot be checked",
	"connection": "connection",
}

// InPart returns the settings of a part, in documented order.
func InPart(part string) []*Input {
	return slices.DeleteFunc(slices.Clone(inputs()), func(input *Input) bool { return input.Part != part })
}

var inputs = sync.OnceValue(func() []*Input {
	t := reflect.TypeFor[settings]()
	inputs := make([]*Input, t.NumField())
	var defaults settings
	defaults.decode(func(string) string { return "" })
	for i := range inputs {
		tag := t.Field(i).Tag
		name, _, _ := strings.Cut(tag.Get("env"), ",")
		in := &Input{
			Name:   inputName(name),
			Doc:    tag.Get("doc"),
			Words:  strings.Fields(tag.Get("words")),
			List:   tag.Get("list") != "",
			Policy: tag.Get("policy"),
			Part:   parts[tag.Get("part")],
			member: t.Field(i).Name,
			group:  tag.Get("group"),
			check:  tag.Get("check"),
		}
		if f := defaults.field(in); f != nil {
			in.Default = f.value
		} else {
			in.Secret = true
		}
		in.File = in.Secret || tag.Get("file") != ""
		in.ActionDefault = cmp.Or(tag.Get("action"), in.Default)
		if least, most, ok := strings.Cut(tag.Get("range"), " "); ok {
			in.Least, _ = strconv.Atoi(least)
			in.Most, _ = strconv.Atoi(most)
		}
		inputs[i] = in
	}
	return inputs
})

// inputName turns the name in an env tag into the input's name.
func inputName(tag string) string { return strings.ToLower(strings.ReplaceAll(tag, "_", "-")) }
