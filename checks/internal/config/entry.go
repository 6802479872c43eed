package config

import (
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"time"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/github"
	"flexy-key-check/checks/internal/mistake"
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
	e.RemindDays = min(p.integer(s.RemindDays), e.MaxAgeDays)
	entry := Entry{Name: p.keyName(s.KeyName), Secret: p.actionsSecret(s)}
	if on := s.RotatedOn; on.value != "" {
		day := p.day(on, p.now)
		e.Rotated = checks.RotationDate{Asked: true, Known: true, On: day}
		entry.Secret = Secret{}
	} else if entry.Secret.Name != "" {
		e.Rotated = checks.RotationDate{Asked: true, AtLeast: true}
	}
	entry.Expect = e
	return entry
}

const maxKeyName = 64

// Patterns avoid {n,m}: compiling repetitions slows down the start.
var keyName = regexp.MustCompile(`\A[A-Za-z0-9 ._()-]+\z`)

// validKeyName reports whether name can be the name of a key.
func validKeyName(name string) bool {
	return len(name) <= maxKeyName && keyName.MatchString(name) && !looksLikeKey(name)
}

// looksLikeKey reports whether name looks like a key: it is a UUID or has a
// key's prefix.
func looksLikeKey(name string) bool {
	_, notHex := hex.DecodeString(strings.ReplaceAll(name, "-", ""))
	isUUID := notHex == nil && len(name) == len("01234567-89ab-cdef-0123-456789abcdef") && strings.Count(name, "-") == 4
	return isUUID || slices.ContainsFunc(keyPrefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

func (p entryParser) keyName(f field) string {
	switch {
	case looksLikeKey(f.value):
		p.fail(f.place, "a name is shown in reports: call the key something else", "looks like a key (not shown)")
	case f.value != "" && !validKeyName(f.value):
		p.mustBe(f, "use letters (a to z), digits, spaces and ._-()", "a name of 1 to 64 plain characters")
	}
	return f.value
}

// expectedType combines environment and expect-type.
func (p entryParser) expectedType(environment, expect field) checks.ExpectedType {
	env, want := p.word(environment), p.word(expect)
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

// requireType reports a key that will be sent although nothing says which type
// it must have: a misspelled variable must not switch the main assertion off.
func (p entryParser) requireType(e Entry, s settings) {
	if s.Environment.given() || s.ExpectType.given() || e.Skipped || e.Expect.State == checks.StateRevoked {
		return
	}
	place := e.Place
	place.Name = ""
	if place.File != "" {
		p.fail(place, "say where the key is used, such as environment: production, or set type to any to assert nothing", "environment or type is required")
		return
	}
	example := "FLEXY_ENVIRONMENT=production"
	if p.action {
		example = "environment: production"
	}
	p.fail(place, "say where the key is used, such as "+example+", or set {expect-type} to any to assert nothing", "{environment} or {expect-type} is required")
}

func (p entryParser) expectedIPs(f field) checks.ExpectedIPs {
	for _, mode := range []checks.IPMode{checks.RestrictedIPs, checks.UnrestrictedIPs} {
		if strings.EqualFold(f.value, string(mode)) {
			return checks.ExpectedIPs{Mode: mode}
		}
	}
	if f.value == "" {
		return checks.ExpectedIPs{}
	}
	return checks.ExpectedIPs{Mode: checks.ExactIPs, Addrs: p.addresses(f)}
}

// warnOn parses a list of check ids, or none.
func (p entryParser) warnOn(f field) []string {
	items := p.list(f)
	if len(items) == 1 && strings.EqualFold(items[0].value, "none") {
		return nil
	}
	known, given := checks.IDs(), make([]string, len(items))
	for i, item := range items {
		given[i] = strings.ToLower(item.value)
		if !slices.Contains(known, given[i]) {
			p.mustBe(item, "name checks by their id, or none alone", "%s", alternatives(append(slices.Clone(known), "none alone")))
		}
	}
	return given
}

// login matches the name of a user or an organization as GitHub allows it. It
// becomes part of an API path or an issue.
var login = regexp.MustCompile(`\A[A-Za-z0-9][A-Za-z0-9_-]*\z`)

// actionsSecret parses the Actions secret whose last update dates the rotation.
func (p entryParser) actionsSecret(s settings) Secret {
	name, environment, organization := s.SecretName, s.SecretEnvironment, s.SecretOrganization
	if name.value != "" && !github.ValidSecretName(name.value) {
		p.mustBe(name, "a secret's name has letters, digits and _ only", "the name of an Actions secret")
	}
	if organization.value != "" && !login.MatchString(organization.value) {
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
	if name.value != "" && s.SecretsToken.Blank() && !p.blank.skip {
		p.fail(name.place, "give a token that may read the metadata of secrets (the workflow's own never can), or give the date in "+s.RotatedOn.place.Name, "needs {secrets-token}")
	}
	return Secret{name.value, environment.value, organization.value}
}

// logins parses a list of GitHub logins.
func (p *parser) logins(f field) []string {
	var logins []string
	for _, item := range p.list(f) {
		if !login.MatchString(item.value) {
			p.mustBe(item, "give logins without @", "GitHub logins")
		}
		logins = append(logins, item.value)
	}
	return logins
}

// rotationOnly parses what is expected if only the rotation is checked, and
// reports settings that cannot be combined with that.
func (p entryParser) rotationOnly(s settings) Entry {
	e := p.entry(s)
	if !s.APIKey.Blank() {
		p.fail(p.place("api-key"), "leave the key out: it is not sent", "cannot be combined with {rotation-only} (not shown)")
	}
	for _, f := range s.all() {
		if asserts(f.input.Name) && !strings.EqualFold(f.value, f.input.Default) {
			p.fail(f.place, "leave it out, or check the key itself without {rotation-only}", "cannot be combined with {rotation-only}")
		}
	}
	if s.RotatedOn.value == "" && s.SecretName.value == "" {
		p.fail(s.RotationOnly.place, "without a date there is no age to check", "needs {rotated-on} or {secret-name}")
	}
	skipped := p.blank.skip && e.Expect.Rotated.Asked && !e.Expect.Rotated.Known && s.SecretsToken.Blank()
	rotation := checks.Expectation{Rotated: e.Expect.Rotated, MaxAgeDays: e.Expect.MaxAgeDays, RemindDays: e.Expect.RemindDays, WarnOn: e.Expect.WarnOn}
	return Entry{Expect: rotation, Secret: e.Secret, Skipped: skipped}
}

// reminder reports a reminder without any date to remind of.
func (p *parser) reminder(s settings, c Config) {
	dated := func(e Entry) bool { return e.Expect.Rotated.Asked }
	if c.Reminder && len(c.Entries) > 0 && !slices.ContainsFunc(c.Entries, dated) {
		p.fail(s.ReminderIssue.place, "without a date there is nothing to remind of", "needs {rotated-on} or {secret-name}")
	}
}

// tokens reports tokens that an HTTP header cannot carry.
func (p *parser) tokens(s settings) {
	for name, token := range map[string]secret.Value{"secrets-token": s.SecretsToken, "github-token": s.GitHubToken} {
		if strings.ContainsFunc(token.Reveal(), invalidInHeader) {
			p.fail(p.place(name), "copy the token again: something else was copied with it", "contains a space, a control character or a non-ASCII character (not shown)")
		}
	}
}

// policyStep reports settings that cannot be combined with a policy file.
func (p *parser) policyStep(s settings, c Config) {
	if !s.APIKey.Blank() {
		p.fail(p.place("api-key"), "name the key's variable in the policy file, or leave {policy} out", "cannot be combined with {policy} (not shown)")
	}
	if c.RotationOnly {
		p.fail(s.RotationOnly.place, "use one of the two", "cannot be combined with {policy}")
	}
}

// policyEntries parses the entries of a policy file, whose defaults are the
// step's settings.
func (p entryParser) policyEntries(step settings, given []policyEntry) []Entry {
	var entries []Entry
	names := map[string]bool{}
	revoked := 0
	for _, g := range given {
		s := g.over(step)
		e := p.entry(s)
		e.Key, e.Place, e.Places = g.key, g.keyPlace(), g.places()
		p.policyNames(g, s, &e)
		p.requireType(e, s)
		if names[e.Name] && e.Name != "" {
			p.fail(s.KeyName.place, "give each key its own name", "another entry has the same name")
		}
		names[e.Name] = true
		if e.Expect.State == checks.StateRevoked {
			if revoked++; revoked == maxRevoked+1 {
				p.fail(e.Places[checks.State.ID], "each costs one of five attempts before the API blocks this address: check the others in another run", "at most %d entries can be revoked", maxRevoked)
			}
		}
		entries = append(entries, e)
	}
	return entries
}

// policyNames checks the two fields that every entry must have: name and env.
func (p entryParser) policyNames(g policyEntry, s settings, e *Entry) {
	if !s.KeyName.given() {
		p.fail(s.KeyName.place, "give the key a name", "required")
	}
	switch env := g.env; {
	case env.reported:
	case !env.given():
		p.fail(env.place, "name the environment variable that holds the key", "required")
	case !validVariable(env.value):
		p.fail(env.place, "put the key itself into a secret, the secret into the step's env: under such a name, and the name here",
			"must be the name of an environment variable that begins with FLEXY_ and is not a setting (the value is not shown)")
	default:
		e.Skipped = p.checkKey(e.Key, env.place, env.value)
	}
}

// named returns the place of the entry's name, or of the entry without one.
func (e policyEntry) named() mistake.Place {
	if name, ok := e.fields["name"]; ok {
		return name.place
	}
	return e.at
}

// keyPlace returns the place of the entry's key: that of env, or of the name.
func (e policyEntry) keyPlace() mistake.Place {
	if e.env.value != "" {
		return e.env.place
	}
	return e.named()
}

// places returns the place of each check's expectation: of those fields of the
// check that the entry gives, the one with the lowest number in its tag. Without
// any, it is the place of the entry's name.
func (e policyEntry) places() map[string]mistake.Place {
	at := e.named()
	places := map[string]mistake.Place{checks.Distinct.ID: e.keyPlace()}
	for _, id := range checks.IDs() {
		if _, ok := places[id]; !ok {
			places[id] = at
		}
	}
	first := map[string]string{}
	for _, f := range e.fields {
		id, rank, ok := strings.Cut(f.input.check, " ")
		if ok && (first[id] == "" || rank < first[id]) {
			first[id], places[id] = rank, f.place
		}
	}
	return places
}
