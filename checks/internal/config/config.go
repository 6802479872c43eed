package config

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/safehttp"
	"flexy-key-check/checks/internal/secret"
)

// Config is a configuration in which nothing is wrong.
type Config struct {
	Keys         []Key
	RotationOnly bool // take no key, send nothing

	BaseURL *url.URL
	Roots   *x509.CertPool // nil: those of the system
	Timeout time.Duration  // for all requests to the API

	WarnUnavailable  bool // on-unavailable: warn
	WarnIPNotAllowed bool // on-ip-not-allowed: warn
}

// A Key is one key and what is expected of it.
type Key struct {
	Name    string
	Value   secret.Value
	Expect  checks.Expectation
	Skipped bool // blank, and on-missing-key: skip applies
}

// DefaultKeyName is what a key is called that has no name.
const DefaultKeyName = "api-key"

var keyName = regexp.MustCompile(`\A[A-Za-z0-9 ._()-]{1,64}\z`)

// KeyName is the name of the key, fit to be shown whatever was given.
func (g *Given) KeyName() string {
	if name := g.Settings.KeyName; keyName.MatchString(name) && !g.Settings.APIKey.In(name) {
		return name
	}
	return DefaultKeyName
}

// Config judges the settings. It reports all mistakes at once; the Config is
// good only if there are none.
func (g *Given) Config(now time.Time) (Config, Mistakes) {
	texts := g.Settings.texts()
	g.findSecrets(texts)
	fields := make(map[string]field, len(texts))
	for name, text := range texts {
		fields[name] = field{text, Place{g.name(name)}}
	}
	c := Config{
		RotationOnly:     g.boolean(fields["rotation-only"]),
		BaseURL:          g.baseURL(fields["base-url"]),
		Roots:            g.roots(fields["ca-certificate"]),
		Timeout:          g.duration(fields["timeout"], time.Second, 10*time.Minute),
		WarnUnavailable:  g.word(fields["on-unavailable"], "fail", "warn") == "warn",
		WarnIPNotAllowed: g.word(fields["on-ip-not-allowed"], "fail", "warn") == "warn",
	}
	if f := fields["key-name"]; f.value != "" && !keyName.MatchString(f.value) {
		g.failf(f, "use letters (a to z), digits, space and ._-()", "a name of 1 to 64 plain characters")
	}
	key := Key{Name: g.KeyName(), Value: g.Settings.APIKey, Expect: g.expectation(fields, now)}
	if c.RotationOnly {
		g.judgeRotationOnly(fields)
	} else {
		skip := g.word(fields["on-missing-key"], "fail", "skip") == "skip"
		key.Skipped = g.judgePresence(skip)
		if !key.Skipped {
			g.requireType(key.Expect, fields)
		}
	}
	c.Keys = []Key{key}
	g.judgeMachine()
	return c, g.mistakes
}

// expectation reads what is expected of one key.
func (g *Given) expectation(fields map[string]field, now time.Time) checks.Expectation {
	e := checks.Expectation{
		State:        checks.KeyState(g.word(fields["expect-state"], string(checks.StateEnabled), string(checks.StateDisabled), string(checks.StateRevoked))),
		Type:         g.expectedType(fields["environment"], fields["expect-type"]),
		Scope:        g.word(fields["expect-scope"], flexy.ReadWrite, flexy.ReadOnly),
		Account:      secret.New(fields["expect-account"].value),
		AllowedIPs:   g.expectedIPs(fields["expect-allowed-ips"]),
		MustAllowIPs: g.addresses(fields["must-allow-ips"]),
		MaxAgeDays:   g.integer(fields["max-age-days"], 1, 3650),
		WarnOn:       g.warnOn(fields["warn-on"]),
	}
	e.RemindDays = min(g.integer(fields["remind-days"], 0, 3650), e.MaxAgeDays)
	if f := fields["rotated-on"]; f.value != "" {
		e.Rotated = checks.RotationDate{Asked: true, On: g.day(f, now)}
	}
	return e
}

// expectedType puts environment and expect-type together.
func (g *Given) expectedType(environment, expect field) checks.ExpectedType {
	env := g.word(environment, "production", "staging", "development", "test")
	want := g.word(expect, flexy.Sandbox, flexy.Production, "any")
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

// requireType reports that nothing says which type a key must have: a
// misspelled variable must not switch the main assertion off.
func (g *Given) requireType(e checks.Expectation, fields map[string]field) {
	environment, expect := fields["environment"], fields["expect-type"]
	if e.State != checks.StateRevoked && environment.value == "" && expect.value == "" {
		g.fail(Place{}, "expected "+environment.place.Name+" or "+expect.place.Name+" to be given, found neither",
			"say where the key is used, such as "+g.pick("environment: production", "FLEXY_ENVIRONMENT=production")+", or set "+expect.place.Name+" to any to assert nothing")
	}
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
	if len(items) == 1 && strings.EqualFold(items[0], "none") {
		return nil
	}
	ids := checks.IDs()
	for i, item := range items {
		items[i] = strings.ToLower(item)
		if !slices.Contains(ids, items[i]) {
			g.failf(field{item, f.place}, "name checks by their id, or none alone", "%s", alternatives(append(slices.Clone(ids), "none")))
		}
	}
	return items
}

// judgeRotationOnly reports what does not go with rotation-only.
func (g *Given) judgeRotationOnly(fields map[string]field) {
	name := g.name("rotation-only")
	if !g.Settings.APIKey.Blank() {
		g.fail(Place{g.name("api-key")}, "expected no key with "+name+", found one (not shown)", "leave the key out: it is not sent")
	}
	for _, input := range Inputs() {
		f := fields[input.Name]
		asserts := strings.HasPrefix(input.Name, "expect-") || strings.HasPrefix(input.Name, "must-")
		if asserts && !strings.EqualFold(f.value, input.Default) {
			g.failf(f, "leave it out, or check the key itself without "+name, "nothing with %s", name)
		}
	}
	if fields["rotated-on"].value == "" {
		g.fail(Place{name}, "expected "+g.name("rotated-on")+" to be given with it, found nothing", "without a date there is no age to check")
	}
}

// findSecrets reports inputs that hold the key: a secret in the wrong line of
// with: is a classic slip. Their values are dropped, so nothing shows them.
func (g *Given) findSecrets(texts map[string]string) {
	for _, input := range Inputs() {
		if g.Settings.APIKey.In(texts[input.Name]) {
			g.fail(Place{g.name(input.Name)}, "expected a setting, found a value that contains the key (not shown)", "give the key to "+g.name("api-key")+" only")
			texts[input.Name] = input.Default
		}
	}
}

// judgePresence judges the key's own value, and reports whether it may be
// passed over because it is blank.
func (g *Given) judgePresence(skip bool) (skipped bool) {
	place := Place{g.name("api-key")}
	if !g.Settings.APIKey.Blank() {
		g.judgeKey(g.Settings.APIKey, place)
		return false
	}
	reason, pullRequest := secretsWithheld(g.lookup)
	if skip && pullRequest && reason != notWithheld {
		return true
	}
	const usual = "check that the secret exists and is spelled right; an environment's secret needs environment: on the job; a reusable workflow needs secrets: inherit, for environment secrets too; GitHub withholds secrets from forks and Dependabot"
	message, hint := "expected a key, found it blank", g.pick(usual, "set "+place.Name+"; in a workflow "+usual)
	switch reason {
	case byFork:
		message += ": GitHub gives no secrets to a pull request from a fork"
		hint = "skip the check there with " + g.pick("on-missing-key: skip", "FLEXY_ON_MISSING_KEY=skip")
	case byDependabot:
		message += ": GitHub gives Dependabot none but Dependabot secrets"
		hint = "store the key as a Dependabot secret too, or skip the check on pull requests with " + g.pick("on-missing-key: skip", "FLEXY_ON_MISSING_KEY=skip")
	}
	g.fail(place, message, hint)
	return false
}

// judgeMachine judges what the program takes from its surroundings.
func (g *Given) judgeMachine() {
	if name := safehttp.CheckProxy(g.lookup); name != "" {
		g.fail(Place{name}, "expected the address of a proxy, found something else (not shown)", "write it as http://HOST:PORT, or unset it to connect directly")
	}
	if path, _ := g.lookup("SSL_CERT_FILE"); path != "" {
		file, err := os.Open(path)
		if err == nil {
			_, err = file.Read(make([]byte, 1))
			_ = file.Close()
		}
		if err != nil && !errors.Is(err, io.EOF) {
			g.fail(Place{"SSL_CERT_FILE"}, "expected a file that can be read, found that it cannot be", "correct the path, or unset it to use the built-in certificates")
		}
	}
}

// baseURL reads the address of the API. The value itself is never shown: it
// may hold a password.
func (g *Given) baseURL(f field) *url.URL {
	u, err := url.Parse(f.value)
	var found string
	switch {
	case err != nil:
		found = "something that is no URL"
	case u.User != nil:
		found = "user info in it"
	case strings.ContainsAny(f.value, "?#"):
		found = "a query or fragment in it"
	case u.Scheme != "https" && u.Scheme != "http":
		found = "another scheme or none"
	case u.Hostname() == "" || !validPort(u):
		found = "no host, or no valid port"
	case !safehttp.SecretMayGoTo(u):
		found = "plain http to another machine"
	default:
		return u
	}
	g.fail(f.place, "expected the https address of the API, found "+found, "leave "+f.place.Name+" out to use https://api.oneclickdz.com; http is for loopback addresses only")
	return nil
}

// validPort reports whether a URL's port, if it has one, can be dialled.
func validPort(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	_, err := netip.ParseAddrPort("127.0.0.1:" + u.Port())
	return err == nil
}

// roots reads extra certificate authorities and adds them to the system's.
func (g *Given) roots(f field) *x509.CertPool {
	if f.value == "" {
		return nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	rest := []byte(f.value)
	for found := false; ; found = true {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		if block == nil {
			if !found {
				break
			}
			return pool
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if block.Type != "CERTIFICATE" || err != nil {
			break
		}
		pool.AddCert(certificate)
	}
	g.fail(f.place, "expected certificates in PEM form, found something else (not shown)", "paste the CA's certificate, from BEGIN CERTIFICATE to END CERTIFICATE")
	return nil
}
