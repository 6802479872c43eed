package checks_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/testkit"
)

// schema is that of the policy file, for editors.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile("policy.schema.json")
	testkit.NoError(t, err)
	return s
}

// bySchema reports whether the schema takes a policy file.
func bySchema(t *testing.T, s *jsonschema.Schema, text string) bool {
	t.Helper()
	var document any
	if err := yaml.NewDecoder(strings.NewReader(text)).Decode(&document); err != nil {
		return false
	}
	asJSON, err := json.Marshal(document) // where a date is a string, as to an editor
	if err != nil {
		return false
	}
	document, err = jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	return err == nil && s.Validate(document) == nil
}

// byParser returns what the program has against a policy file, "" for nothing.
func byParser(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys.yml")
	testkit.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	lookup := func(name string) (string, bool) {
		switch {
		case name == "FLEXY_POLICY":
			return path, true
		case name == "FLEXY_SECRETS_TOKEN":
			return "ghp_Zx81LqPw03MnVb67", true
		case strings.HasPrefix(name, "FLEXY_") && strings.HasSuffix(name, "_KEY") && name != "FLEXY_API_KEY" && name != "FLEXY_ON_MISSING_KEY":
			return "key-in-" + name, true
		}
		return "", false
	}
	given := config.New(lookup)
	given.Read(nil, nil)
	_, mistakes := given.Config(time.Date(2026, 10, 10, 12, 0, 0, 0, time.UTC))
	if len(mistakes) == 0 {
		return ""
	}
	return mistakes[0].String()
}

// The schema takes every file that the README and others show, as the parser
// does, and refuses the bad ones that it can tell.
func TestPolicySchemaFiles(t *testing.T) {
	t.Parallel()
	s := schema(t)
	for pattern, good := range map[string]bool{"*.yml": true, "bad/*.yml": false} {
		paths, err := filepath.Glob(filepath.Join(top, "testdata", "policy", pattern))
		if err != nil || len(paths) == 0 {
			t.Fatalf("%d files are like %s (%v)", len(paths), pattern, err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			testkit.NoError(t, err)
			byHand := filepath.Base(path) == "limits.yml" // it counts what entries say together
			if mistake := byParser(t, string(text)); (mistake == "") != good || bySchema(t, s, string(text)) != (good || byHand) {
				t.Errorf("%s: by the schema %v, by the parser %q", path, bySchema(t, s, string(text)), mistake)
			}
		}
	}
}

// Who takes a policy file.
const (
	both       = "both take it"
	neither    = "neither takes it"
	schemaOnly = "only the schema takes it"
)

// with is a policy file whose one entry has another field.
func with(field string) string {
	return "keys:\n  - {name: a, env: FLEXY_A_KEY, environment: production, " + field + "}\n"
}

var takes = map[string]string{
	"":                neither,
	"keys:":           neither,
	"keys: []":        neither,
	"keys: {}":        neither,
	"keys: x":         neither,
	"[]":              neither,
	"a: b":            neither,
	"keys: [x]":       neither,
	"keys: [[]]":      neither,
	"keys: [~]":       neither,
	"keys: [{}]":      neither,
	with("") + "a: b": neither,
	"keys:\n" + strings.Repeat("  - {name: a, env: FLEXY_A_KEY, type: any}\n", 301): neither,

	"keys: [{name: a, environment: test}]":                                  neither, // no env
	"keys: [{env: FLEXY_A_KEY, environment: test}]":                         neither, // no name
	"keys: [{name: a, env: A_KEY, environment: test}]":                      neither,
	"keys: [{name: a, env: 'FLEXY_A KEY', environment: test}]":              neither,
	"keys: [{name: a, env: FLEXY_API_KEY, environment: test}]":              schemaOnly, // a setting's variable
	"keys: [{name: a, env: FLEXY_A_KEY}]":                                   schemaOnly, // the step may say the type
	"keys: [{name: a, env: FLEXY_A_KEY, type: any, type: any}]":             neither,
	"keys: [{name: &a a, env: FLEXY_A_KEY, type: any}]":                     schemaOnly, // to an editor it is YAML
	"keys: [{name: a, env: FLEXY_A_KEY, state: revoked}]":                   both,
	"keys: [{name: a, env: FLEXY_A_KEY, type: SANDBOX}]":                    both,
	"keys: [{name: 'a', 'env': \"FLEXY_A_KEY\", type: any}]\n---\nkeys: []": schemaOnly, // the first document is good

	with("name: b"):    neither, // twice
	with("scope: ~"):   neither,
	with("scope: ''"):  neither,
	with("scope: []"):  neither,
	with("account: ~"): neither, with("account: ''"): neither, with("account: [a]"): neither, with("account: {a: b}"): neither,
	with("colour: red"): neither, with("expect-scope: READ-ONLY"): neither, with("policy: x"): neither, with("Scope: READ-ONLY"): neither,

	with("scope: READ-ONLY"): both, with("scope: READ"): neither, with("scope: read-only"): both, with("scope: ' Read-Only '"): both, with("scope: READ-ONLYX"): neither,
	with("state: disabled"): both, with("state: gone"): neither, with("state: Disabled"): both, with("type: sandbox, environment: Test"): neither, // twice
	"keys: [{name: a, env: FLEXY_A_KEY, type: sandbox}]": both, "keys: [{name: a, env: ' FLEXY_A_KEY ', environment: Production}]": both,
	with("account: +213665983439"): both, with("account: '+213665983439'"): both, with("account: 0665983439"): both,
	with("account: true"):               both, // a text like any other
	with("allowed-ips: restricted"):     both,
	with("allowed-ips: [203.0.113.45]"): both, with("allowed-ips: '203.0.113.45, 203.0.113.46'"): both, with("allowed-ips: []"): neither, with("allowed-ips: ['']"): neither,
	with("allowed-ips: [[203.0.113.45]]"): neither, with("allowed-ips: [~]"): neither, with("allowed-ips: ','"): schemaOnly, with("allowed-ips: [203.0.113.0/24]"): schemaOnly,
	with("must-allow-ips: ['2001:db8::1']"): both, with("must-allow-ips: x"): schemaOnly,
	with("fingerprint: 012345678901"): both, with("fingerprint: 12345e678901"): both, with("fingerprint: 0E5D2C7B9A41"): both, with("fingerprint: 0e5d"): schemaOnly,
	with("min-balance: 5000"): both, with("min-balance: 1499.5"): both, with("min-balance: '0.05'"): both, with("min-balance: ' 0 '"): both,
	with("min-balance: -1"): neither, with("min-balance: '1.005'"): neither, with("min-balance: 5000 DZD"): neither, with("min-balance: true"): neither,
	with("min-balance: 1.005"): schemaOnly, with("min-balance: 1.5e3"): schemaOnly,
	with("rotated-on: 2026-10-01"): both, with("rotated-on: 2026-10-01T12:00:00Z"): both, with("rotated-on: yesterday"): schemaOnly,
	with("secret-name: X"): both, with("secret-name: x-y"): schemaOnly,
	with("max-age-days: 90"): both, with("max-age-days: 0"): neither, with("max-age-days: 3651"): neither, with("max-age-days: 1.5"): neither,
	with("max-age-days: ninety"): neither, with("max-age-days: '90'"): both, with("max-age-days: ' 0090'"): both, with("max-age-days: '3650'"): both, with("max-age-days: '3651'"): neither, with("max-age-days: '0'"): neither, with("max-age-days: '+9'"): neither, with("max-age-days: 0x10"): schemaOnly,
	with("remind-days: 0"): both, with("remind-days: -1"): neither, with("remind-days: '0'"): both, with("remind-days: '365'"): both, with("remind-days: '-0'"): neither,
	with("warn-on: none"): both, with("warn-on: [type, scope]"): both, with("warn-on: [everything]"): schemaOnly,
}

// Whatever the schema refuses the parser does, and the other way round but for
// the exceptions. Nothing good is refused by an editor.
func TestPolicySchemaAgrees(t *testing.T) {
	t.Parallel()
	s := schema(t)
	for text, want := range takes {
		got := map[[2]bool]string{{true, true}: both, {false, false}: neither, {true, false}: "only the parser takes it", {false, true}: schemaOnly}[[2]bool{byParser(t, text) == "", bySchema(t, s, text)}]
		if got != want {
			t.Errorf("%.120s: %s, want: %s (%s)", text, got, want, byParser(t, text))
		}
	}
}
