// Package config turns the environment into a Config: what to check, and how.
//
// Data flows through it in three steps. A [Source] reads the settings, the
// files of secrets and the policy file. A judge parses the values and collects
// every mistake, so that all are reported at once. A [Config] comes out, in
// which nothing is wrong if there was none.
//
// The struct settings is the one place where the names, defaults and meanings
// of the inputs stand: action.yml, --help and the README's tables are written
// from it.
package config

import (
	"crypto/x509"
	"net/url"
	"slices"
	"time"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/secret"
)

// Config is a configuration in which nothing is wrong.
type Config struct {
	Entries      []Entry
	Policy       bool // the entries are those of a policy file
	RotationOnly bool // take no key, send nothing

	BaseURL *url.URL
	Roots   *x509.CertPool // nil: those of the system
	Timeout time.Duration  // for all requests to the API

	SecretsToken secret.Value
	GitHubToken  secret.Value
	Reminder     bool // keep an issue
	Assignees    []string

	WarnUnavailable  bool // on-unavailable: warn
	WarnIPNotAllowed bool // on-ip-not-allowed: warn
}

// Secrets lists everything that must not be shown.
func (c Config) Secrets() []secret.Value {
	secrets := []secret.Value{c.SecretsToken, c.GitHubToken}
	for _, e := range c.Entries {
		secrets = append(secrets, e.Key)
	}
	return secrets
}

// An Entry is one key and what is expected of it.
type Entry struct {
	Name    string
	Key     secret.Value
	Expect  checks.Expectation
	Secret  Secret                   // that tells the date of rotation; zero if the date is given
	Skipped bool                     // the key is blank, and on-missing-key: skip applies
	Places  map[string]mistake.Place // in the policy file: of each check's expectation, by id, and of the key itself, by ""
}

// A Secret names an Actions secret.
type Secret struct{ Name, Environment, Organization string }

// Config judges what was read. It reports all mistakes at once; the Config is
// good only if there are none.
func (s *Source) Config(now time.Time) (Config, []mistake.Mistake) {
	s.dropSecrets()
	step, j := s.settings, s.judge
	c := Config{
		Policy:           step.Policy.given(),
		RotationOnly:     j.boolean(step.RotationOnly),
		BaseURL:          j.baseURL(step.BaseURL),
		Roots:            s.roots(step.CACertificate),
		Timeout:          j.duration(step.Timeout, time.Second, 10*time.Minute),
		SecretsToken:     step.SecretsToken,
		GitHubToken:      step.GitHubToken,
		Reminder:         j.boolean(step.ReminderIssue),
		Assignees:        j.logins(step.ReminderAssignees),
		WarnUnavailable:  j.word(step.OnUnavailable) == "warn",
		WarnIPNotAllowed: j.word(step.OnIPNotAllowed) == "warn",
	}
	p := expectationParser{judge: j, now: now, blank: s.blankKeyPolicy(j.word(step.OnMissingKey) == "skip")}
	switch {
	case c.Policy:
		j.policyStep(step, c)
		p.entry(step) // a mistake in a default is reported even if every entry overrides it
		c.Entries = p.policyEntries(step, s.entries)
	case c.RotationOnly:
		c.Entries = []Entry{p.rotationOnly(step)}
	default:
		e := p.entry(step)
		e.Key = step.APIKey
		e.Skipped = p.checkKey(e.Key, j.place("api-key"), variable("api-key"))
		p.requireType(e, step)
		c.Entries = []Entry{e}
	}
	if !c.Policy {
		c.Entries[0].Name = s.KeyName()
	}
	j.reminder(step, c)
	j.tokens(step)
	j.machine(s.lookup)
	slices.SortStableFunc(j.mistakes, mistake.Mistake.Compare)
	return c, j.mistakes
}
