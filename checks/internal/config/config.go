package config

import (
	"crypto/x509"
	"encoding/hex"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/secret"
)

// Config is a configuration in which nothing is wrong.
type Config struct {
	Keys         []Key
	Policy       bool // the keys are those of a policy file
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
	for _, k := range c.Keys {
		secrets = append(secrets, k.Value)
	}
	return secrets
}

// A Key is one key and what is expected of it.
type Key struct {
	Name    string
	Value   secret.Value
	Expect  checks.Expectation
	Secret  Secret           // that tells the date of rotation; zero if the date is given
	Skipped bool             // blank, and on-missing-key: skip applies
	Places  map[string]Place // in the policy file: of each check's expectation, by id, and of the key itself, by ""
}

// A Secret names an Actions secret.
type Secret struct{ Name, Environment, Organization string }

// DefaultKeyName is what a key is called that has no name.
const DefaultKeyName = "api-key"

const maxKeyName = 64

// No pattern has {n,m} in it: each repetition costs time at the start.
var keyName = regexp.MustCompile(`\A[A-Za-z0-9 ._()-]+\z`)

// validKeyName reports whether a key may be called so.
func validKeyName(name string) bool {
	return len(name) <= maxKeyName && keyName.MatchString(name) && !likeKey(name)
}

// likeKey reports whether a name looks like a key: a UUID, or with the prefix of
// one.
func likeKey(name string) bool {
	_, notHex := hex.DecodeString(strings.ReplaceAll(name, "-", ""))
	isUUID := notHex == nil && len(name) == len("01234567-89ab-cdef-0123-456789abcdef") && strings.Count(name, "-") == 4
	return isUUID || slices.ContainsFunc(keyPrefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

// KeyName is what to call the step's key, or its policy file: fit to be shown,
// whatever was given.
func (g *Given) KeyName() string {
	for _, name := range []string{g.Settings.KeyName, g.Settings.SecretName} {
		hides := func(v secret.Value) bool { return v.In(name) }
		if validKeyName(name) && !slices.ContainsFunc(g.Secrets(), hides) {
			return name
		}
	}
	if g.Settings.Policy != "" {
		return "policy"
	}
	return DefaultKeyName
}

// Config judges the settings. It reports all mistakes at once; the Config is
// good only if there are none.
func (g *Given) Config(now time.Time) (Config, Mistakes) {
	step := g.fields()
	g.findSecrets(step)
	c := Config{
		Policy:           g.Settings.Policy != "",
		RotationOnly:     g.boolean(step["rotation-only"]),
		BaseURL:          g.baseURL(step["base-url"]),
		Roots:            g.roots(step["ca-certificate"]),
		Timeout:          g.duration(step["timeout"], time.Second, 10*time.Minute),
		SecretsToken:     g.Settings.SecretsToken,
		GitHubToken:      g.Settings.GitHubToken,
		Reminder:         g.boolean(step["reminder-issue"]),
		Assignees:        g.logins(step["reminder-assignees"]),
		WarnUnavailable:  g.word(step["on-unavailable"]) == "warn",
		WarnIPNotAllowed: g.word(step["on-ip-not-allowed"]) == "warn",
	}
	missing := g.missing(g.word(step["on-missing-key"]) == "skip")
	key := g.key(step, now, missing)
	switch {
	case c.Policy:
		g.judgePolicyStep(c)
		c.Keys = g.policyKeys(step, now, missing)
	case c.RotationOnly:
		g.judgeRotationOnly(step)
		e := key.Expect
		key.Expect = checks.Expectation{Rotated: e.Rotated, MaxAgeDays: e.MaxAgeDays, RemindDays: e.RemindDays, WarnOn: e.WarnOn}
		key.Skipped = missing.skip && e.Rotated.Asked && e.Rotated.On.IsZero() && c.SecretsToken.Blank()
		c.Keys = []Key{key}
	default:
		key.Value = g.Settings.APIKey
		key.Skipped = g.present(key.Value, step["api-key"].place, missing)
		g.requireType(key, step)
		c.Keys = []Key{key}
	}
	g.judgeReminder(c, step)
	g.judgeTokens(step)
	g.judgeMachine()
	slices.SortStableFunc(g.mistakes, Mistake.compare)
	return c, g.mistakes
}

// key reads what is expected of one key.
func (g *Given) key(f fields, now time.Time, missing missing) Key {
	e := checks.Expectation{
		State:        checks.KeyState(g.word(f["expect-state"])),
		Type:         g.expectedType(f["environment"], f["expect-type"]),
		Scope:        g.word(f["expect-scope"]),
		Account:      secret.New(f["expect-account"].value),
		AllowedIPs:   g.expectedIPs(f["expect-allowed-ips"]),
		MustAllowIPs: g.addresses(f["must-allow-ips"]),
		MaxAgeDays:   g.integer(f["max-age-days"]),
		WarnOn:       g.warnOn(f["warn-on"]),
	}
	e.RemindDays = min(g.integer(f["remind-days"]), e.MaxAgeDays)
	key := Key{Secret: g.secret(f, missing)}
	if on := f["rotated-on"]; on.value != "" {
		e.Rotated = checks.RotationDate{Asked: true, On: g.day(on, now)}
		key.Secret = Secret{}
	} else if key.Secret.Name != "" {
		e.Rotated = checks.RotationDate{Asked: true, AtLeast: true}
	}
	key.Expect = e
	name := f["key-name"]
	switch {
	case likeKey(name.value):
		g.fail(name.place, "expected a name, found what looks like a key (not shown)", "a name is shown in reports: call the key something else")
	case name.value != "" && !validKeyName(name.value):
		g.failf(name, "use letters (a to z), digits, space and ._-()", "a name of 1 to 64 plain characters")
	}
	key.Name = name.value
	if name.place.File == "" {
		key.Name = g.KeyName()
	}
	return key
}

// policyKeys puts the entries of the policy file and the step's inputs, which
// are their defaults, together.
func (g *Given) policyKeys(step fields, now time.Time, missing missing) []Key {
	var keys []Key
	names := map[string]bool{}
	revoked := 0
	for _, e := range g.policy {
		key := g.policyKey(e, e.over(step), now, missing)
		if name := e.fields["name"]; names[key.Name] && name.value != "" {
			g.fail(name.place, "expected a name of its own, found one that another entry has", "name the keys apart")
		}
		names[key.Name] = true
		if key.Expect.State == checks.StateRevoked {
			if revoked++; revoked == maxRevoked+1 {
				g.fail(key.Places["state"], "expected at most 2 entries that are revoked, found more", "each costs one of five attempts before the API blocks this address: check the others in another run")
			}
		}
		keys = append(keys, key)
	}
	return keys
}

func (g *Given) policyKey(e entry, f fields, now time.Time, missing missing) Key {
	key := g.key(f, now, missing)
	key.Value = e.key
	key.Places = e.places()
	if !e.has("name") {
		g.fail(e.named("name"), "expected the field name, found none", "say what to call the key")
	}
	switch variable := e.fields[policyEnv]; {
	case !e.has(policyEnv):
		g.fail(e.named(policyEnv), "expected the field env, found none", "name the environment variable that holds the key")
	case variable.bad:
	case !validVariable(variable.value):
		g.fail(variable.place, "expected the name of an environment variable that begins with FLEXY_ and is no setting, found something else (not shown)",
			"put the key itself into a secret, the secret into the step's env: under such a name, and the name here")
	default:
		key.Skipped = g.present(key.Value, variable.place, missing)
	}
	g.requireType(key, f)
	return key
}

// judgePolicyStep reports what does not go with a policy file.
func (g *Given) judgePolicyStep(c Config) {
	policy := g.name("policy")
	if !g.Settings.APIKey.Blank() {
		g.fail(Place{Name: g.name("api-key")}, "expected no key with "+policy+", found one (not shown)", "name the key's variable in the policy file, or leave "+policy+" out")
	}
	if c.RotationOnly {
		g.fail(Place{Name: g.name("rotation-only")}, "expected false with "+policy+", found true", "use one of the two")
	}
}

// judgeReminder reports a reminder that could never remind of anything.
func (g *Given) judgeReminder(c Config, step fields) {
	dated := func(k Key) bool { return k.Expect.Rotated.Asked }
	if c.Reminder && len(c.Keys) > 0 && !slices.ContainsFunc(c.Keys, dated) {
		g.fail(step["reminder-issue"].place, "expected "+g.name("rotated-on")+" or "+g.name("secret-name")+" with it, found neither", "without a date there is nothing to remind of")
	}
}
