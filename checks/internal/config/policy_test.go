package config_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/mistake"
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
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mistakes (-want +got):\n%s", diff)
	}
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

func TestPolicy(t *testing.T) {
	t.Parallel()
	type row struct{ Name, Key, State, Type, Scope, Account, IPs, MustAllow, Rotated, WarnOn string }
	rows := func(keys []config.Entry) (got []row) {
		for _, k := range keys {
			f := factsOf(config.Config{Entries: []config.Entry{k}, BaseURL: parseURL(t, "https://x")})
			got = append(got, row{f.Name, f.Key, f.State, f.Type, f.Scope, f.Account, f.IPs, f.MustAllow, f.Rotated, f.WarnOn})
		}
		return got
	}
	text := strings.Replace(example, "0o7", "7", 1)
	want := []row{
		{"checkout", key, "enabled", "PRODUCTION", "READ-WRITE", "+213665983439", "203.0.113.45 2001:db8::1", "203.0.113.45 2001:db8::1", "2026-09-01T00:00:00Z", "type scope"},
		{"checkout (old)", "second-" + token, "revoked", "", "", "", "", "", "", "rotation"},
		{"0x10", key, "enabled", "", "", "0665123", "", "", "", ""},
	}
	for name, variant := range map[string]string{
		"as written": text, "byte order mark": "\ufeff" + text, "CRLF": strings.ReplaceAll(text, "\n", "\r\n"), "one document": "---" + text, "ended": text + "...\n",
	} {
		if diff := cmp.Diff(want, rows(policyKeys(t, variant, nil))); diff != "" {
			t.Errorf("%s: keys (-want +got):\n%s", name, diff)
		}
	}
	// A number is read as it is written: this one is not decimal.
	expectPolicyMistakes(t, example, nil, "flexy.yml:13:18: remind-days: must be a whole number from 0 to 3650 (the value is not shown)")
}

// The step's inputs are the defaults of the entries.
func TestPolicyDefaults(t *testing.T) {
	t.Parallel()
	text := `keys:
  - {name: a, env: FLEXY_A_KEY}
  - {name: b, env: FLEXY_B_KEY, type: SANDBOX, rotated-on: 2026-08-01, scope: READ-ONLY, max-age-days: 5}
  - {name: c, env: FLEXY_B_KEY, environment: test, secret-name: OTHER, warn-on: [scope]}
`
	keys := policyKeys(t, text, given{
		"environment": "production", "expect-type": "PRODUCTION", "secret-name": "STEP", "secret-environment": "prod", "secrets-token": token,
		"expect-scope": "READ-WRITE", "max-age-days": "30", "warn-on": "none", "key-name": "all keys",
	})
	type row struct {
		Name   string
		Type   checks.ExpectedType
		Secret config.Secret
		Scope  string
		Ages   [2]int
		WarnOn []string
	}
	var got []row
	for _, k := range keys {
		e := k.Expect
		got = append(got, row{k.Name, e.Type, k.Secret, e.Scope, [2]int{e.MaxAgeDays, e.RemindDays}, e.WarnOn})
	}
	want := []row{
		{"a", checks.ExpectedType{Want: "PRODUCTION"}, config.Secret{Name: "STEP", Environment: "prod"}, "READ-WRITE", [2]int{30, 14}, nil},
		{"b", checks.ExpectedType{Want: "SANDBOX"}, config.Secret{}, "READ-ONLY", [2]int{5, 5}, nil},
		{"c", checks.ExpectedType{Want: "SANDBOX", Tolerant: true}, config.Secret{Name: "OTHER"}, "READ-WRITE", [2]int{30, 14}, []string{"scope"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

// entries is a policy file of one entry with more fields, or others.
func entries(fields string) string {
	return "keys:\n  - name: a\n    env: FLEXY_A_KEY\n    type: any\n" + fields
}

const (
	hidden  = " (the value is not shown)"
	noValue = ": the value is blank"
	setting = ": contains a key or a token (not shown)"
	several = ": must be a single value"
	plainly = ": "
	noList  = ": keys: must be a list with at least one key"
	known   = "unknown field"
	badEnv  = ": env: must be the name of an environment variable that begins with FLEXY_ and is not a setting" + hidden
)

// policyMistakes are policy files with mistakes, by line and column.
var policyMistakes = []struct {
	name, text string
	want       []string
}{
	{"empty", "", []string{"1:1: must be a mapping with the field keys"}},
	{"comment only", "# nothing\n", []string{"1:1: must be a mapping with the field keys"}},
	{"no keys", "other: x\n", []string{"1:1: other: unknown field", "1:1: keys: required"}},
	{"empty keys", "keys: []\n", []string{"1:1" + noList}},
	{"null keys", "keys:\n", []string{"1:1" + noList}},
	{"keys as a mapping", "keys: {a: b}\n", []string{"1:1" + noList}},
	{"entry of another type", "keys: [x, [y]]\n", []string{
		"1:8: must be an entry with the fields of a key", "1:11: must be an entry with the fields of a key"}},
	{"no YAML", "keys: [\n", []string{"2:1: invalid YAML"}},
	{"unknown field", entries("    expect-type: any\n"), []string{"5:5: expect-type: " + known}},
	{"unknown field with digits", entries("    k9f5c4b09: any\n"), []string{"5:5: " + known}},
	{"field twice", entries("    type: SANDBOX\n"), []string{"5:5: type: given twice"}},
	{"name twice", entries("  - {name: a, env: FLEXY_B_KEY, type: any}\n"), []string{"5:12: name: another entry has the same name"}},
	{"null", entries("    scope:\n"), []string{"5:11: scope" + noValue}},
	{"tilde", entries("    scope: ~\n"), []string{"5:12: scope" + noValue}},
	{"blank", entries("    scope: ' '\n"), []string{"5:12: scope" + noValue}},
	{"empty list", entries("    allowed-ips: []\n"), []string{"5:18: allowed-ips: the list is empty"}},
	{"blank item", entries("    allowed-ips: [1.2.3.4, '']\n"), []string{"5:28: allowed-ips: the value is blank"}},
	{"mapping for a value", entries("    scope: {a: b}\n"), []string{"5:12: scope" + several}},
	{"list for a value", entries("    scope: [READ-ONLY]\n"), []string{"5:12: scope" + several}},
	{"bad word", entries("    scope: ADMIN\n"), []string{"5:12: scope: must be READ-WRITE or READ-ONLY, not \"ADMIN\""}},
	{"bad address", entries("    allowed-ips: [1.2.3.4, 1.2.3]\n"), []string{"5:28: allowed-ips: must be an IP address" + hidden}},
	{"two bad addresses", entries("    allowed-ips:\n      - 1.2.3\n      - 1.2.3.4\n      - 10.0.0.0/8, ::1\n"), []string{"6:9: allowed-ips: must be an IP address" + hidden, "8:9: allowed-ips: must be an IP address" + hidden}},
	{"items of commas", entries("    allowed-ips:\n      - 1.2.3.4\n      - \",\"\n"), []string{"7:9: allowed-ips: must be a list separated by commas, spaces or newlines" + hidden}},
	{"bad number", entries("    max-age-days: 1e3\n"), []string{"5:19: max-age-days: must be a whole number from 1 to 3650" + hidden}},
	{"bad date", entries("    rotated-on: tomorrow\n"), []string{"5:17: rotated-on: must be a date as YYYY-MM-DD or RFC 3339" + hidden}},
	{"contradiction", "keys:\n  - name: a\n    env: FLEXY_A_KEY\n    environment: production\n    type: SANDBOX\n", []string{"5:11: type: SANDBOX contradicts environment production"}},
	{"secret without a token", entries("    secret-name: X\n"), []string{"5:18: secret-name: needs secrets-token"}},
	{"no name, no env, no type", "keys:\n  - scope: READ-ONLY\n", []string{
		"2:5: name: required", "2:5: env: required", "2:5: environment or type is required"}},
	{"anchor", "keys: &a\n  - *a\n", []string{"1:7" + plainly + "anchors, aliases and merges are not supported", "2:5" + plainly + "anchors, aliases and merges are not supported"}},
	{"merge", entries("    <<: {scope: READ-ONLY}\n"), []string{"5:5" + plainly + "anchors, aliases and merges are not supported"}},
	{"tag", entries("    scope: !!str READ-ONLY\n"), []string{"5:12" + plainly + "tags are not supported"}},
	{"second document", entries("---\nkeys: []\n"), []string{"5:1" + plainly + "a second document"}},
	{"behind the end", entries("...\n# over\nkeys: []\n"), []string{"7:1" + plainly + "a second document"}},
	{"a key in several fields", "keys: [{name: " + key + ", env: " + key + ", environment: " + key + "}, {name: b, env: FLEXY_A_KEY, type: any}]", []string{
		"1:15: name" + setting, "1:53: env" + setting, "1:99: environment" + setting}},
	{"blank variable", "keys: [{name: a, env: FLEXY_BLANK_KEY, type: any}]", []string{"1:23: env: the key is blank"}},
	{"missing variable", "keys: [{name: a, env: FLEXY_NO_KEY, type: any}]", []string{"1:23: env: the key is blank"}},
	{"a setting's variable", "keys: [{name: a, env: FLEXY_API_KEY, type: any}]", []string{"1:23" + badEnv}},
	{"the format's variable", "keys: [{name: a, env: FLEXY_FORMAT, type: any}]", []string{"1:23" + badEnv}},
	{"another variable", "keys: [{name: a, env: OTHER_KEY, type: any}]", []string{"1:23" + badEnv}},
	{"a key in env", "keys: [{name: a, env: sk_live_51H8xQe, type: any}]", []string{"1:23" + badEnv}},
	{"a key as name", entries("  - {name: " + key + ", env: FLEXY_B_KEY, type: any}\n"), []string{
		"5:12: name" + setting}},
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
