// Package config turns the environment into a Config: what to check, and how.
//
// It works in three steps. A [Source] reads the settings, the secret files and
// the policy file. A parser parses the values and collects every mistake, so that
// all are reported at once. The result is a [Config], valid if there were no
// mistakes.
//
// The struct settings is the only definition of the inputs' names, defaults and
// meanings: action.yml, --help and the README's tables are generated from it.
package config

import (
	"net/url"
	"slices"
	"time"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/safehttp"
	"flexy-key-check/checks/internal/secret"
)

// Config is a valid configuration.
type Config struct {
	Entries      []Entry
	Policy       bool // the entries come from a policy file
	RotationOnly bool // read no key and send nothing

	BaseURL *url.URL
	Roots   *safehttp.Authorities // nil: the system's
	Timeout time.Duration         // for all requests to the API together

	SecretsToken secret.Value
	GitHubToken  secret.Value
	Reminder     bool // keep a record of each key
	Assignees    []string

	WarnUnavailable  bool // on-unavailable: warn
	WarnIPNotAllowed bool // on-ip-not-allowed: warn
}

// Secrets returns everything that must not be shown.
func (c Config) Secrets() []secret.Value {
	secrets := []secret.Value{c.SecretsToken, c.GitHubToken}
	for _, e := range c.Entries {
		account := e.Expect.Account
		secrets = append(secrets, e.Key, account, secret.New(flexy.Digits(account.Reveal())))
	}
	return secrets
}

// An Entry is one key and what is expected of it.
type Entry struct {
	Name    string
	Named   bool // somebody gave it that name
	Key     secret.Value
	Expect  checks.Expectation
	Secret  Secret                   // that holds the key; its last update dates the rotation, unless the date is given
	Require []string                 // ids of checks that must be made
	Skipped bool                     // the key is blank, and on-missing-key: skip applies
	Place   mistake.Place            // of the key in the policy file
	Places  map[string]mistake.Place // of each check's expectation in the policy file, by the check's id
}

// NeedsSecretDate reports whether the rotation date is the day on which the entry's
// secret was last saved.
func (e Entry) NeedsSecretDate() bool {
	return e.Secret.Name != "" && !e.Expect.Rotated.Known && !e.Skipped && e.Expect.State != checks.StateRevoked
}

// A Secret names an Actions secret.
type Secret struct{ Name, Environment, Organization string }

// Config judges the settings that were read. It returns all mistakes at once; the
// Config is valid only if there are none.
func (s *Source) Config(now time.Time) (Config, []mistake.Mistake) {
	s.dropSecrets()
	p := s.parser
	before := slices.Clone(p.mistakes)
	c := s.judge(now)
	if unread, notice := s.unread(); len(unread) > 0 && len(p.mistakes) > 0 {
		// Variables in place of inputs are the cause of what is blank.
		for _, input := range unread {
			s.excuse(input)
		}
		p.mistakes = append([]mistake.Mistake{{Notice: notice}}, before...)
		c = s.judge(now)
	}
	once := map[mistake.Mistake]bool{} // many entries can inherit one
	p.mistakes = slices.DeleteFunc(p.mistakes, func(m mistake.Mistake) bool {
		again := once[m]
		once[m] = true
		return again
	})
	slices.SortStableFunc(p.mistakes, mistake.Mistake.Compare)
	return c, p.mistakes
}

// judge parses all settings.
func (s *Source) judge(now time.Time) Config {
	step, p := s.settings, s.parser
	p.ownToken = step.GitHubToken
	c := Config{
		Policy:           step.Policy.value != "" || step.Policy.reported && step.APIKey.Blank(),
		RotationOnly:     p.boolean(step.RotationOnly),
		BaseURL:          p.baseURL(step.BaseURL),
		Roots:            s.roots(step.CACertificate),
		Timeout:          p.duration(step.Timeout, time.Second, flexy.MaxTimeout),
		SecretsToken:     step.SecretsToken,
		GitHubToken:      step.GitHubToken,
		Reminder:         p.boolean(step.ReminderIssue),
		Assignees:        p.logins(step.ReminderAssignees),
		WarnUnavailable:  p.word(step.OnUnavailable) == "warn",
		WarnIPNotAllowed: p.word(step.OnIPNotAllowed) == "warn",
	}
	entries := entryParser{parser: p, now: now, blank: s.blankKeyPolicy(p.word(step.OnMissingKey))}
	switch {
	case c.Policy:
		p.policyStep(step, c, s.entries)
		entries.entry(step) // a mistake in a default is reported even if every entry overrides it
		c.Entries = entries.policyEntries(step, s.entries)
	case c.RotationOnly:
		c.Entries = []Entry{entries.rotationOnly(step)}
	default:
		c.Entries = []Entry{entries.single(step)}
	}
	if !c.Policy {
		c.Entries[0].Name, c.Entries[0].Named = s.KeyName(), step.KeyName.given()
		if step.Only.value != "" && !step.Policy.reported {
			p.fail(step.Only.place, "leave it out, or give the path of a policy file in {policy}", "needs {policy}")
		}
	}
	p.reminder(step, c)
	p.tokens(step, c)
	p.machine(s.lookup)
	return c
}

// reminder reports a key whose record could not be found again.
func (p *parser) reminder(s settings, c Config) {
	dateless := c.RotationOnly && !s.RotatedOn.given() // then a blank {secret-name} is a mistake already
	if c.Reminder && !c.Policy && !dateless && !s.KeyName.given() && !s.SecretName.given() {
		p.fail(s.ReminderIssue.place, "give the key a name: its record is found by it", "needs {key-name} or {secret-name}")
	}
}
