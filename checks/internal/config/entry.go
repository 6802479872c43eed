package config

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/github"
	"flexy-key-check/checks/internal/secret"
)

// An entryParser parses what is expected of keys.
type entryParser struct {
	*parser
	now   time.Time
	blank blankKeyPolicy
}

// entry parses what the settings expect of one key.
func (p entryParser) entry(s settings) Entry {
	e := checks.Expectation{
		State:        checks.KeyState(p.word(s.ExpectState)),
		Type:         p.expectedType(s.Environment, s.ExpectType),
		Scope:        p.word(s.ExpectScope),
		Account:      secret.New(s.ExpectAccount.value),
		AllowedIPs:   p.expectedIPs(s.ExpectAllowedIPs),
		MustAllowIPs: p.addresses(s.MustAllowIPs),
		Fingerprint:  p.fingerprint(s.ExpectFingerprint),
		MinBalance:   p.amount(s.MinBalance),
		MaxAgeDays:   p.integer(s.MaxAgeDays),
		WarnOn:       p.warnOn(s.WarnOn),
	}
	e.RemindDays = p.integer(s.RemindDays)
	if s.RemindDays.value == "" {
		e.RemindDays = min(defaultRemindDays, e.MaxAgeDays/2)
	}
	entry := Entry{Name: p.keyName(s.KeyName), Secret: p.actionsSecret(s), Require: p.checkIDs(s.Require, "")}
	if on := s.RotatedOn; on.value != "" {
		e.Rotated = checks.RotationDate{Asked: true, Known: true, On: p.day(on, p.now)}
	} else if entry.Secret.Name != "" {
		e.Rotated = checks.RotationDate{Asked: true, AtLeast: true}
	}
	entry.Expect = e
	return entry
}

// defaultRemindDays is when the reminder starts, unless max-age-days is short.
const defaultRemindDays = 14

// ages reports a reminder that would start on the key's first day. Of two settings in
// different places, the entry's own is to blame.
func (p entryParser) ages(s settings, e Entry) {
	remind, limit := &s.RemindDays, &s.MaxAgeDays
	if remind.reported || limit.reported || e.Expect.MaxAgeDays == 0 || e.Expect.RemindDays < e.Expect.MaxAgeDays {
		return
	}
	if limit.fromPolicy && !remind.fromPolicy {
		p.mustBe(*limit, "raise "+limit.place.Name+", or give the entry its own remind-days", "more than %s, which is %d", remind.place.Name, e.Expect.RemindDays)
		return
	}
	p.mustBe(*remind, "lower "+remind.place.Name+", or leave it out", "less than %s, which is %d", limit.place.Name, e.Expect.MaxAgeDays)
}

// expectedType combines environment and expect-type.
func (p entryParser) expectedType(environment, expect field) checks.ExpectedType {
	env, want := p.environment(environment), p.word(expect)
	switch {
	case env == "production" && want == flexy.Sandbox:
		p.fail(expect.place, "production code never runs on a SANDBOX key: change "+expect.place.Name+" or "+environment.place.Name,
			"%s contradicts environment production", want)
	case want == "any":
	case want != "":
		return checks.ExpectedType{Want: want}
	case env == "production":
		return checks.ExpectedType{Want: flexy.Production}
	case env != "":
		return checks.ExpectedType{Want: flexy.Sandbox, Tolerant: true}
	}
	return checks.ExpectedType{}
}

// environments maps words that people write to the environment that they mean.
var environments = map[string]string{
	"live": "production", "sandbox": "staging", "preview": "staging", "preprod": "staging", "pre-prod": "staging", "local": "development",
}

// environment parses the environment, and knows other words for it.
func (p entryParser) environment(f field) string {
	meant := environments[strings.ToLower(f.value)]
	if meant == "" {
		return p.word(f)
	}
	hint := "did you mean " + meant + "?"
	if meant == "staging" {
		strict := p.assign("expect-type", flexy.Sandbox)
		if f.fromPolicy {
			strict = "type: " + flexy.Sandbox
		}
		hint += " SANDBOX is a type of key: " + strict + " requires one"
	}
	p.mustBe(f, hint, "%s", alternatives(f.input.Words))
	return ""
}

// requireType reports a key that will be sent although nothing says which type
// it must have: a misspelled variable must not switch the main assertion off.
func (p entryParser) requireType(e Entry, s settings) {
	if s.Environment.given() || s.ExpectType.given() || p.otherKind(s) || e.Skipped || revokedOrUnknown(e, s) {
		return
	}
	place := e.Place
	place.Name = ""
	if place.File != "" {
		p.fail(place, "say where the key is used, such as environment: production, or set type to any to leave that unchecked", "one of environment and type is required")
		return
	}
	p.fail(place, "say where the key is used, such as "+p.assign("environment", "production")+", or set {expect-type} to any to leave that unchecked", "one of {environment} and {expect-type} is required")
}

// revokedOrUnknown reports whether the key is expected to be revoked, or was probably
// meant to be: then nothing says that anything else is missing.
func revokedOrUnknown(e Entry, s settings) bool {
	return e.Expect.State == checks.StateRevoked || e.Expect.State == "" || s.ExpectState.reported
}

func (p entryParser) expectedIPs(f field) checks.ExpectedIPs {
	if f.value == "" {
		return checks.ExpectedIPs{}
	}
	items := p.list(f)
	for _, mode := range []checks.IPMode{checks.RestrictedIPs, checks.UnrestrictedIPs} {
		if len(items) == 1 && strings.EqualFold(items[0].value, string(mode)) {
			return checks.ExpectedIPs{Mode: mode}
		}
	}
	return checks.ExpectedIPs{Mode: checks.ExactIPs, Addrs: p.addresses(f)}
}

// warnOn parses a list of check ids, or none.
func (p entryParser) warnOn(f field) []string {
	items := p.list(f)
	if len(items) == 1 && strings.EqualFold(items[0].value, "none") {
		return nil
	}
	return p.checkIDs(f, "none alone")
}

// checkIDs parses a list of check ids. other is what the input accepts besides.
func (p entryParser) checkIDs(f field, other string) []string {
	known := checks.IDs()
	accepted := slices.Clone(known)
	if other != "" {
		accepted = append(accepted, other)
	}
	var ids []string
	for _, item := range p.list(f) {
		id := strings.ToLower(item.value)
		if !slices.Contains(known, id) {
			meant := ""
			if id != "all" { // it begins one id, but means none
				meant = cmp.Or(checkOf(id), suggestWord(id, known))
			}
			p.mustBe(item, didYouMean(meant, "name checks by their id"), "%s", alternatives(accepted))
		}
		ids = append(ids, id)
	}
	return ids
}

// checkOf returns the id of the check that a setting belongs to, whose input, variable
// or policy field has that name in some letters' case, or "".
func checkOf(name string) string {
	for _, input := range inputs() {
		if slices.ContainsFunc([]string{input.Name, input.Variable(), input.Policy}, func(n string) bool { return strings.EqualFold(n, name) }) {
			id, _, _ := strings.Cut(input.check, " ")
			return id
		}
	}
	return ""
}

// actionsSecret parses the Actions secret whose last update dates the rotation.
func (p entryParser) actionsSecret(s settings) Secret {
	name, environment, organization := s.SecretName, s.SecretEnvironment, s.SecretOrganization
	if name.value != "" && !github.ValidSecretName(name.value) {
		p.mustBe(name, "a secret's name has letters, digits and _ only", "the name of an Actions secret")
	}
	if organization.value != "" && !github.ValidLogin(organization.value) {
		p.mustBe(organization, "give the organization's login", "the login of a GitHub organization")
	}
	if environment.value != "" && organization.value != "" {
		p.fail(organization.place, "a secret lives in an environment or in an organization: leave one out", "cannot be combined with %s", environment.place.Name)
	}
	for _, f := range []field{environment, organization} {
		if f.value != "" && !name.given() {
			p.fail(f.place, "name the secret, or leave "+f.place.Name+" out", "needs %s", name.place.Name)
		}
	}
	if name.value != "" && s.SecretsToken.Blank() && !p.blank.skip && !p.explained["secrets-token"] {
		p.fail(name.place, "give a token that may read the metadata of secrets (the workflow's own never can), or give the date in "+s.RotatedOn.place.Name, "needs {secrets-token}")
	}
	return Secret{name.value, environment.value, organization.value}
}

// logins parses a list of GitHub logins.
func (p *parser) logins(f field) []string {
	var logins []string
	for _, item := range p.list(f) {
		if !github.ValidLogin(item.value) {
			p.mustBe(item, "give logins without @", "GitHub logins")
		}
		logins = append(logins, item.value)
	}
	return logins
}

// single parses what is expected of the step's key.
func (p entryParser) single(s settings) Entry {
	e := p.entry(s)
	e.Key = s.APIKey
	if !e.Key.Blank() || !p.otherKind(s) && !p.explained["api-key"] {
		e.Skipped = p.checkKey(e.Key, p.place("api-key"), "", "")
	}
	p.requireType(e, s)
	p.ages(s, e)
	p.required(s, e, nil)
	return e
}

// otherKind reports whether a mistake leaves open that the run was meant to be
// one without a key of its own: then none is missing.
func (p entryParser) otherKind(s settings) bool {
	onlyEntries := s.Only.value != "" && s.Policy.value == "" && s.APIKey.Blank()
	return onlyEntries || s.Policy.reported || s.RotationOnly.reported || s.RotationOnly.value != "false" && s.RotationOnly.value != "true"
}

// dateHint says how to give the date of a rotation.
func (p *parser) dateHint() string {
	if p.action {
		return "give the day on which the key was generated, such as 2026-10-01; a variable for it is created under Settings → Secrets and variables → Actions → Variables"
	}
	return "give the day on which the key was generated, such as 2026-10-01"
}

// rotationOnly parses what is expected if only the rotation is checked, and
// reports settings that cannot be combined with that.
func (p entryParser) rotationOnly(s settings) Entry {
	e := p.entry(s)
	p.ages(s, e)
	if !s.APIKey.Blank() {
		p.fail(p.place("api-key"), "leave the key out: it is not sent", "cannot be combined with {rotation-only} (not shown)")
	}
	for _, f := range s.all() {
		if asserts(f.input.Name) && !strings.EqualFold(f.value, f.input.Default) {
			p.fail(f.place, "leave it out, or check the key itself without {rotation-only}", "cannot be combined with {rotation-only}")
		}
	}
	if !s.dated() {
		p.fail(s.RotatedOn.place, p.dateHint(), "blank, and {secret-name} too: {rotation-only} needs one of them")
	}
	skipped := p.blank.skip && e.Expect.Rotated.Asked && !e.Expect.Rotated.Known && s.SecretsToken.Blank()
	rotation := checks.Expectation{Rotated: e.Expect.Rotated, MaxAgeDays: e.Expect.MaxAgeDays, RemindDays: e.Expect.RemindDays, WarnOn: e.Expect.WarnOn}
	return Entry{Expect: rotation, Secret: e.Secret, Skipped: skipped, Require: e.Require}
}
