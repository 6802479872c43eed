package config

import (
	"regexp"
	"slices"
	"strings"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/secret"
)

// expectedType puts environment and expect-type together.
func (g *Given) expectedType(environment, expect field) checks.ExpectedType {
	env, want := g.word(environment), g.word(expect)
	switch {
	case env == "production" && want == flexy.Sandbox:
		g.fail(expect.place, "expected PRODUCTION or any in environment production, found "+want,
			"production code never runs on a SANDBOX key: change "+expect.place.Name+" or "+environment.place.Name)
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

// requireType reports that nothing says which type a key must have that is to
// be sent: a misspelled variable must not switch the main assertion off.
func (g *Given) requireType(key Key, f fields) {
	environment, expect := f["environment"], f["expect-type"]
	given := environment.value != "" || expect.value != "" || environment.bad || expect.bad
	if given || key.Skipped || key.Expect.State == checks.StateRevoked {
		return
	}
	place := key.Places[""]
	place.Name = ""
	either, example := g.name("environment")+" or "+g.name("expect-type"), g.pick("environment: production", "FLEXY_ENVIRONMENT=production")
	if place.File != "" {
		either, example = "environment or type", "environment: production"
	}
	g.fail(place, "expected "+either+" to be given, found neither", "say where the key is used, such as "+example+", or set the type to any to assert nothing")
}

func (g *Given) expectedIPs(f field) checks.ExpectedIPs {
	for _, mode := range []checks.IPMode{checks.RestrictedIPs, checks.UnrestrictedIPs} {
		if strings.EqualFold(f.value, string(mode)) {
			return checks.ExpectedIPs{Mode: mode}
		}
	}
	if f.value == "" {
		return checks.ExpectedIPs{}
	}
	return checks.ExpectedIPs{Mode: checks.ExactIPs, Addrs: g.addresses(f)}
}

// warnOn reads ids of checks, or none.
func (g *Given) warnOn(f field) []string {
	items := g.list(f)
	if len(items) == 1 && strings.EqualFold(items[0].value, "none") {
		return nil
	}
	known, given := checks.IDs(), make([]string, len(items))
	for i, item := range items {
		given[i] = strings.ToLower(item.value)
		if !slices.Contains(known, given[i]) {
			g.failf(item, "name checks by their id, or none alone", "%s", alternatives(append(slices.Clone(known), "none alone")))
		}
	}
	return given
}

// Names as GitHub has them; they become part of an API path or of a comment.
var (
	secretName = regexp.MustCompile(`\A[A-Za-z_][A-Za-z0-9_]*\z`)
	login      = regexp.MustCompile(`\A[A-Za-z0-9][A-Za-z0-9_-]*\z`) // of a person or an organization
)

// secret reads which Actions secret tells the date of rotation.
func (g *Given) secret(f fields, missing missing) Secret {
	name, environment, organization := f["secret-name"], f["secret-environment"], f["secret-organization"]
	if name.value != "" && !secretName.MatchString(name.value) {
		g.failf(name, "a secret's name has letters, digits and _ only", "the name of an Actions secret")
	}
	if organization.value != "" && !login.MatchString(organization.value) {
		g.failf(organization, "give the organization's login", "the name of a GitHub organization")
	}
	if environment.value != "" && organization.value != "" {
		g.fail(organization.place, "expected one place of the secret at most, found "+environment.place.Name+" as well", "a secret lives in an environment or in an organization: leave one out")
	}
	for _, place := range []field{environment, organization} {
		if place.value != "" && name.value == "" {
			g.fail(place.place, "expected "+name.place.Name+" with it, found none", "name the secret, or leave "+place.place.Name+" out")
		}
	}
	if name.value != "" && g.Settings.SecretsToken.Blank() && !missing.skip {
		g.fail(name.place, "expected "+g.name("secrets-token")+" with it, found none", "give a token that may read the metadata of secrets (the workflow's own never can), or give the date in "+f["rotated-on"].place.Name)
	}
	return Secret{name.value, environment.value, organization.value}
}

// logins reads GitHub logins.
func (g *Given) logins(f field) []string {
	var logins []string
	for _, item := range g.list(f) {
		if !login.MatchString(item.value) {
			g.failf(item, "give logins without @", "GitHub logins")
		}
		logins = append(logins, item.value)
	}
	return logins
}

// judgeRotationOnly reports what does not go with rotation-only.
func (g *Given) judgeRotationOnly(step fields) {
	name := g.name("rotation-only")
	if !g.Settings.APIKey.Blank() {
		g.fail(Place{Name: g.name("api-key")}, "expected no key with "+name+", found one (not shown)", "leave the key out: it is not sent")
	}
	for _, input := range Inputs() {
		f := step[input.Name]
		asserts := strings.HasPrefix(input.Name, "expect-") || strings.HasPrefix(input.Name, "must-")
		if asserts && !strings.EqualFold(f.value, input.Default) {
			g.failf(f, "leave it out, or check the key itself without "+name, "nothing with %s", name)
		}
	}
	if step["rotated-on"].value == "" && step["secret-name"].value == "" {
		g.fail(Place{Name: name}, "expected "+g.name("rotated-on")+" or "+g.name("secret-name")+" with it, found neither", "without a date there is no age to check")
	}
}

// tokenInputs are the inputs that hold a token.
var tokenInputs = []string{"secrets-token", "github-token"}

// judgeTokens reports a token that no HTTP header can carry.
func (g *Given) judgeTokens(step fields) {
	for _, name := range tokenInputs {
		if strings.ContainsFunc(step[name].value, notInHeader) {
			g.fail(step[name].place, "expected a token, found a blank, a control character or a letter outside ASCII inside it (not shown)", "copy the token again: something else came with it")
		}
	}
}

// forgetPolicy drops the policy file and all that was said of it: its path is not
// to be shown.
func (g *Given) forgetPolicy() {
	g.policy = nil
	g.mistakes = slices.DeleteFunc(g.mistakes, func(m Mistake) bool { return m.Place.File != "" || m.Place.Name == g.name("policy") })
}

// findSecrets reports settings that hold a key or a token: a secret in the
// wrong line of with: is a classic slip. Their values are dropped, so that
// nothing shows them.
func (g *Given) findSecrets(step fields) {
	keys, tokens := g.keys, []secret.Value{g.Settings.SecretsToken, g.Settings.GitHubToken}
	if !g.Settings.APIKey.Blank() {
		keys = append(slices.Clone(keys), g.Settings.APIKey)
	}
	holds := func(f field, secrets []secret.Value) bool {
		return slices.ContainsFunc(secrets, func(v secret.Value) bool { return v.In(f.value) })
	}
	drop := func(f field) field {
		g.fail(f.place, "expected a setting, found a value that contains a key or a token (not shown)", "give a key or a token to its own input only")
		f.value, f.items, f.bad = f.input.Default, nil, true
		return f
	}
	for _, input := range Inputs() {
		f := step[input.Name]
		isToken := slices.Contains(tokenInputs, input.Name)
		if input.Name == "api-key" || !holds(f, keys) && (isToken || !holds(f, tokens)) {
			continue
		}
		if input.Name == "policy" {
			g.forgetPolicy()
		}
		step[input.Name] = drop(f)
	}
	for _, e := range g.policy {
		for name, f := range e.fields {
			if holds(f, keys) || holds(f, tokens) {
				e.fields[name] = drop(f)
			}
		}
	}
	for i, m := range g.mistakes {
		name := field{value: m.Place.Name}
		if m.Place.File != "" && (holds(name, keys) || holds(name, tokens)) {
			g.mistakes[i].Place.Name = "" // a key in place of a field
		}
	}
}
