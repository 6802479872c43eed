package config_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/testkit"
)

// policyEnv is an action's environment with a policy file of this text, and
// the keys that it may name.
func policyEnv(t *testing.T, text string, step given) given {
	t.Helper()
	env := given{
		"policy": "flexy.yml", "GITHUB_WORKSPACE": filepath.Dir(file(t, "flexy.yml", text)),
		"FLEXY_A_KEY": key, "FLEXY_B_KEY": "second-" + token, "FLEXY_BLANK_KEY": " ", "OTHER_KEY": "third-" + token,
	}
	maps.Copy(env, step)
	return env
}

// expectPolicyMistakes holds a policy file to its mistakes, and them to showing
// nothing of it.
func expectPolicyMistakes(t *testing.T, text string, step given, want ...string) {
	t.Helper()
	_, mistakes := judge(t, policyEnv(t, text, step), true)
	var got []string
	for _, m := range mistakes {
		got = append(got, m.String())
	}
	testkit.Diff(t, want, got)
}

func policyKeys(t *testing.T, text string, step given) []config.Entry {
	t.Helper()
	c, mistakes := judge(t, policyEnv(t, text, step), true)
	if len(mistakes) > 0 || !c.Policy {
		t.Fatalf("policy %v, mistakes %v", c.Policy, mistakes)
	}
	return c.Entries
}

const example = `
# The keys of the shop.
keys:
  - name: checkout
    env: FLEXY_A_KEY        # the step's environment variable that holds the key
    environment: production
    scope: READ-WRITE
    account: +213665983439
    allowed-ips: [203.0.113.45, "2001:db8::1"]
    must-allow-ips: "203.0.113.45 2001:db8::1"
    rotated-on: 2026-09-01
    max-age-days: 30
    remind-days: 0o7
    warn-on: [type, scope]
  - {name: 'checkout (old)', env: FLEXY_B_KEY, state: revoked}
  - name: "0x10"
    env: FLEXY_A_KEY
    type: any
    account: 0665123
    warn-on: none
`

// entries is a policy file of one entry with more fields, or others.
func entries(fields string) string {
	return "keys:\n  - name: a\n    env: FLEXY_A_KEY\n    type: any\n" + fields
}

const (
	hidden  = " (the value is not shown)"
	setting = ": contains a key or a token (not shown)"
	badEnv  = ": env: must be the name of an environment variable that begins with FLEXY_ and is not a setting" + hidden
)

// policyMistakes are policy files with mistakes, by line and column, besides
// those in testdata/policy/bad.
var policyMistakes = []struct {
	name, text string
	want       []string
}{
	{"empty", "", []string{"1:1: must be a mapping with the field keys"}},
	{"no keys", "other: x\n", []string{"1:1: other: unknown field", "1:1: keys: required"}},
	{"empty keys", "keys: []\n", []string{"1:1: keys: must be a list with at least one key"}},
	{"entry of another type", "keys: [x, [y]]\n", []string{
		"1:8: must be an entry with the fields of a key", "1:11: must be an entry with the fields of a key"}},
	{"no YAML", "keys: [\n", []string{"2:1: invalid YAML"}},
	{"blank", entries("    scope: ' '\n"), []string{"5:12: scope: the value is blank"}},
	{"blank item", entries("    allowed-ips: [1.2.3.4, '']\n"), []string{"5:28: allowed-ips: the value is blank"}},
	{"two bad addresses", entries("    allowed-ips:\n      - 1.2.3\n      - 1.2.3.4\n      - 10.0.0.0/8, ::1\n"), []string{"6:9: allowed-ips: must be an IP address" + hidden, "8:9: allowed-ips: must be an IP address" + hidden}},
	{"items of commas", entries("    allowed-ips:\n      - 1.2.3.4\n      - \",\"\n"), []string{"7:9: allowed-ips: must be a list separated by commas, spaces or newlines" + hidden}},
	{"merge", entries("    <<: {scope: READ-ONLY}\n"), []string{"5:5: anchors, aliases and merges are not supported"}},
	{"second document", entries("---\nkeys: []\n"), []string{"5:1: a second document"}},
	{"behind the end", entries("...\n# over\nkeys: []\n"), []string{"7:1: a second document"}},
	{"a key in several fields", "keys: [{name: " + key + ", env: " + key + ", environment: " + key + "}, {name: b, env: FLEXY_A_KEY, type: any}]", []string{
		"1:15: name" + setting, "1:53: env" + setting, "1:99: environment" + setting}},
	{"blank variable", "keys: [{name: a, env: FLEXY_BLANK_KEY, type: any}]", []string{"1:23: env: the key is blank"}},
	{"another variable", "keys: [{name: a, env: OTHER_KEY, type: any}]", []string{"1:23" + badEnv}},
	{"three revoked", "keys:\n" + strings.Join([]string{revoked("a"), revoked("b"), revoked("c"), revoked("d")}, ""), []string{
		"4:40: state: at most 2 entries can be revoked"}},
}

func TestPolicyMistakes(t *testing.T) {
	t.Parallel()
	for _, tc := range policyMistakes {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var want []string
			for _, m := range tc.want {
				want = append(want, "flexy.yml:"+m)
			}
			expectPolicyMistakes(t, tc.text, nil, want...)
		})
	}
}

// A misspelled field is one mistake: nothing follows from it.
func TestPolicyMisspelledFields(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"name: a, env: FLEXY_A_KEY, tpye: any":                                       "1:36: tpye: unknown field; did you mean type?",
		"name: a, env: FLEXY_A_KEY, enviroment: test":                                "1:36: enviroment: unknown field; did you mean environment?",
		"nmae: a, env: FLEXY_A_KEY, type: any":                                       "1:9: nmae: unknown field; did you mean name?",
		"key-name: a, env: FLEXY_A_KEY, type: any":                                   "1:9: key-name: unknown field; did you mean name?",
		"name: a, evn: FLEXY_A_KEY, type: any":                                       "1:18: evn: unknown field; did you mean env?",
		"name: a, env: FLEXY_A_KEY, type: any, expect-scope: READ-ONLY":              "1:47: expect-scope: unknown field; did you mean scope?",
		"name: a, env: FLEXY_A_KEY, type: any, must_allow_ips: 1.2.3.4":              "1:47: must_allow_ips: unknown field; did you mean must-allow-ips?",
		"name: a, env: FLEXY_A_KEY, type: any, secret-nam: X, secret-environment: y": "1:47: secret-nam: unknown field; did you mean secret-name?",
	} {
		_, mistakes := judge(t, policyEnv(t, "keys: [{"+text+"}]", nil), true)
		if len(mistakes) != 1 || mistakes[0].String()+"; "+mistakes[0].Hint != "flexy.yml:"+want {
			t.Errorf("%s: %v", text, mistakes)
		}
	}
}

func revoked(name string) string {
	return fmt.Sprintf("  - {name: %s, env: FLEXY_A_KEY, state: revoked}\n", name)
}

func TestPolicyLimits(t *testing.T) {
	t.Parallel()
	var keys strings.Builder
	for i := range config.MaxPolicyKeys + 1 {
		fmt.Fprintf(&keys, "  - {name: k%d, env: FLEXY_A_KEY, type: any}\n", i)
	}
	many := "keys:\n" + keys.String()
	expectPolicyMistakes(t, many, nil, "flexy.yml:1:1: keys: 301 keys, but at most 300 are supported")
	most := many[:strings.LastIndex(strings.TrimSpace(many), "\n")+1]
	if n := len(policyKeys(t, most, nil)); n != config.MaxPolicyKeys {
		t.Errorf("%d keys of 300", n)
	}
	const full = "policy: "
	expectPolicyMistakes(t, entries("#"+strings.Repeat("x", 256<<10)), nil, "flexy.yml:1:1: the file is larger than 256 KiB")
	expectPolicyMistakes(t, "", given{"policy": "none.yml"}, full+"no such file")
	expectPolicyMistakes(t, "", given{"policy": "."}, full+"not a regular file")
	expectPolicyMistakes(t, entries(""), given{"api-key": key}, "api-key: cannot be combined with policy (not shown)")
	expectPolicyMistakes(t, entries(""), given{"rotation-only": "true"}, "rotation-only: cannot be combined with policy")
	expectPolicyMistakes(t, "keys: [\xff]", nil, "flexy.yml:1:1: invalid UTF-8")
	for _, deep := range []string{
		strings.Repeat("[", 200<<10), strings.Repeat("{a: ", 50<<10), strings.Repeat("- ", 9) + "x", "keys: " + strings.Repeat("[", 8) + strings.Repeat("]", 8),
	} {
		_, mistakes := judge(t, policyEnv(t, deep, nil), true)
		if len(mistakes) != 1 || !strings.HasSuffix(mistakes[0].Message, "nested more than 8 levels deep") {
			t.Errorf("%.20s: %v", deep, mistakes)
		}
	}
}

// Outside, a path is relative to the working directory, and the step's inputs
// are variables.
func TestPolicyOutside(t *testing.T) {
	t.Parallel()
	path := file(t, "flexy.yml", "keys: [{name: a, env: FLEXY_A_KEY, type: any, scope: x}]")
	_, mistakes := judge(t, given{"policy": path, "FLEXY_A_KEY": key, "GITHUB_WORKSPACE": "/nowhere"}, false)
	if len(mistakes) != 1 || mistakes[0].Place != (mistake.Place{Name: "scope", File: path, Line: 1, Column: 54}) {
		t.Errorf("%+v", mistakes)
	}
}

// Whatever a policy file holds, there is no panic and no long wait, and nothing
// of it is shown.
func FuzzPolicy(f *testing.F) {
	for _, pattern := range []string{"*.yml", "bad/*.yml"} {
		for _, text := range policyFiles(f, pattern) {
			f.Add(strings.NewReplacer("sk_live_51H8xQeWZnP", "KEY", "FLEXY_CHECKOUT_KEY", "FLEXY_K_KEY").Replace(text), "seed")
		}
	}
	for _, seed := range []string{
		example, entries(""), entries("    scope: KEY\n"), entries("    KEY: x\n"), "keys: [{name: KEY, env: KEY, type: KEY}]", "KEY", "keys: [KEY", "- KEY: [", "&KEY x", "!KEY x", "%KEY\n---\n",
		"keys: {KEY: [{a: b}]}", "keys:\n- name: |\n    KEY\n  env: >-\n    FLEXY_A_KEY\n", "? KEY\n: x", "\ufeff---\n...\n", "\"KEY", "'KEY", "keys: [{name: a, env: FLEXY_K_KEY, type: any, account: KEY}]", "a: b: KEY",
	} {
		f.Add(seed, "seed")
	}
	f.Fuzz(func(t *testing.T, text, seed string) {
		key := random(seed)
		env := policyEnv(t, scatter(text, key), given{"FLEXY_K_KEY": key.Reveal()})
		began := time.Now()
		_, mistakes := read(nil, env.as(true)).Config(now)
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("took %v", took)
		}
		for _, m := range mistakes {
			expectShowable(t, m, key)
			if m.Place.File != "" && (m.Place.Line < 1 || m.Place.Column < 1) {
				t.Errorf("no place: %+v", m)
			}
		}
	})
}
