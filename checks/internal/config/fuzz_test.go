package config_test

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"flexy-key-check/checks/internal/secret"
)

// random returns a secret that has nothing in common with the program's texts.
func random(seed string) secret.Value {
	sum := sha256.Sum256([]byte(seed))
	return secret.New(hex.EncodeToString(sum[:]))
}

// scatter replaces KEY in text with a secret, HEAD and TAIL with parts of it.
func scatter(text string, key secret.Value) string {
	whole := key.Reveal()
	return strings.NewReplacer("KEY", whole, "HEAD", whole[:12], "TAIL", whole[len(whole)-9:]).Replace(text)
}

// expectSound checks that whatever is given becomes a valid configuration, or
// mistakes that do not show the key.
func expectSound(t *testing.T, g given, action bool, key secret.Value) {
	t.Helper()
	known := func(name string) bool { return key.In(g[name]) }
	if !slices.ContainsFunc([]string{"api-key", "secrets-token", "github-token", "expect-account"}, known) {
		key = secret.Value{} // the program cannot recognize it
	}
	source := read(nil, g.as(action))
	name := source.KeyName()
	if name == "" || utf8.RuneCountInString(name) > 64 || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) || key.In(name) {
		t.Errorf("the key is called %q", name)
	}
	c, mistakes := source.Config(now)
	for _, m := range mistakes {
		expectShowable(t, m, secret.NewTraces(key))
	}
	if len(mistakes) > 0 {
		return
	}
	for _, k := range c.Entries {
		e := k.Expect
		if e.MaxAgeDays < 1 || e.RemindDays < 0 || e.RemindDays > e.MaxAgeDays || (e.State == "") != c.RotationOnly {
			t.Errorf("expectation %+v", e)
		}
		if c.BaseURL == nil || c.Timeout <= 0 || !k.Skipped && k.Key.Blank() != c.RotationOnly {
			t.Errorf("configuration %+v", c)
		}
	}
}

// Each line of the text is NAME=value, with KEY for the key.
func FuzzConfig(f *testing.F) {
	for _, seed := range []string{
		"", "api-key=KEY\nenvironment=production", "api-key=KEY\nexpect-type=TAIL", "FLEXY_FORMAT=KEY\napi-key=KEY", "FLEXY_FORMAT=xHEAD",
		"api-key=KEY\nkey-name=KEY", "api-key=Bearer KEY", "api-key=KEY KEY\nwarn-on=KEY KEY", "api-key=KEY\nexpect-allowed-ips=HEAD,TAIL",
		"api-key=KEY\nbase-url=https://KEY@x\nca-certificate=KEY\ntimeout=KEY", "secrets-token=KEY\nsecret-name=KEY\nreminder-assignees=KEY",
		"rotation-only=true\nrotated-on=2026-10-01\nexpect-account=KEY", "HTTPS_PROXY=http://KEY:\nSSL_CERT_FILE=/KEY", "expect-scope=::error::##[x]\x1b",
		"api-key=KEY\nenvironment=test\nmax-age-days=1\nremind-days=3650\nmust-allow-ips=::1,1.2.3.4", "expect-state=revoked\napi-key=$KEY",
		"policy=KEY", "api-key=KEY\nenvironment=test\nrequire=KEY,account\nexpect-account=HEAD", "api-key=KEY\nonly=TAIL\nremind-days=1", "FLEXY_API_KEY=KEY\nFLEXY_ENVIRONMENT=HEAD", "rotated-on=0001-01-01\nrotation-only=true",
	} {
		f.Add(seed, "seed")
	}
	f.Fuzz(func(t *testing.T, text, seed string) {
		key := random(seed)
		g := given{}
		for line := range strings.SplitSeq(text, "\n") {
			name, value, _ := strings.Cut(line, "=")
			if name == "policy" && value != "KEY" {
				continue // do not read any file
			}
			g[name] = scatter(value, key)
		}
		expectSound(t, g, true, key)
		expectSound(t, g, false, key)
	})
}

// No policy file makes the program panic or hang, or shows the key.
func FuzzPolicy(f *testing.F) {
	for _, pattern := range []string{"*.yml", "bad/*.yml"} {
		for _, text := range policyFiles(f, pattern) {
			f.Add(strings.NewReplacer("sk_live_51H8xQeWZnP", "KEY", "FLEXY_CHECKOUT_KEY", "FLEXY_K_KEY").Replace(text), "seed")
		}
	}
	for _, seed := range []string{
		entries("    scope: KEY\n"), entries("    KEY: x\n"), "keys: [{name: KEY, env: KEY, type: KEY}]", "KEY", "keys: [KEY", "- KEY: [", "&KEY x", "!KEY x", "%KEY\n---\n",
		"keys: {KEY: [{a: b}]}", "keys:\n- name: |\n    KEY\n  env: >-\n    FLEXY_A_KEY\n", "? KEY\n: x", "\ufeff---\n...\n", "\"KEY", "'KEY", "keys: [{name: a, env: FLEXY_K_KEY, type: any, account: KEY}]", "a: b: KEY",
	} {
		f.Add(seed, "seed")
	}
	f.Fuzz(func(t *testing.T, text, seed string) {
		key := random(seed)
		env := policyEnv(t, scatter(text, key), given{"FLEXY_K_KEY": key.Reveal()})
		began := time.Now()
		source := read(nil, env.as(true))
		_, mistakes := source.Config(now)
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("took %v", took)
		}
		known := slices.Contains(source.Secrets(), key)
		for _, m := range mistakes {
			if known || !strings.Contains(m.Message, ", the key of ") { // the name may be one that nobody knows to be a key
				expectShowable(t, m, secret.NewTraces(key))
			}
			if m.Place.File != "" && (m.Place.Line < 1 || m.Place.Column < 1) {
				t.Errorf("no place: %+v", m)
			}
		}
	})
}
