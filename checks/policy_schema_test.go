package checks_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/test/testkit"
)

// bySchema reports whether the schema accepts a policy file.
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

// byParser returns the program's first complaint about a policy file, "" for none.
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
		case name == "ONECLICK_A_KEY" || strings.HasPrefix(name, "FLEXY_") && strings.HasSuffix(name, "_KEY") && name != "FLEXY_API_KEY" && name != "FLEXY_ON_MISSING_KEY":
			return "key-in-" + name, true
		}
		return "", false
	}
	if _, mistakes := configIn(lookup); len(mistakes) > 0 {
		return mistakes[0].String()
	}
	return ""
}

// Who accepts a policy file.
const (
	both       = "both accept it"
	neither    = "neither accepts it"
	schemaOnly = "only the schema accepts it"
	parserOnly = "only the parser accepts it"
)

// TestPolicySchema requires that the schema accepts every file that the
// documents show, and everything else that the parser accepts, so that an editor
// marks nothing good as wrong; and that it accepts nothing else, apart from what
// a schema cannot express.
func TestPolicySchema(t *testing.T) {
	t.Parallel()
	schema, err := jsonschema.NewCompiler().Compile("policy.schema.json")
	testkit.NoError(t, err)
	expect := func(name, text, want string) {
		t.Helper()
		mistake := byParser(t, text)
		got := map[[2]bool]string{{true, true}: both, {true, false}: parserOnly, {false, true}: schemaOnly, {false, false}: neither}[[2]bool{mistake == "", bySchema(t, schema, text)}]
		if got != want {
			t.Errorf("%.120s: %s, want: %s (%s)", name, got, want, mistake)
		}
	}
	for pattern, want := range map[string]string{"*.yml": both, "bad/*.yml": neither} {
		paths, err := filepath.Glob(filepath.Join(top, "testdata", "policy", pattern))
		if err != nil || len(paths) == 0 {
			t.Fatalf("%d files match %s (%v)", len(paths), pattern, err)
		}
		for _, path := range paths {
			text, want := readDocument(t, strings.TrimPrefix(path, top)), want
			if filepath.Base(path) == "limits.yml" {
				want = schemaOnly // a schema cannot count across entries
			}
			expect(path, text, want)
		}
	}
	for want, texts := range policyFiles {
		for _, text := range texts {
			expect(text, text, want)
		}
	}
	for want, fields := range policyFields {
		for _, field := range fields {
			expect(field, "keys:\n  - {name: a, env: FLEXY_A_KEY, environment: production, "+field+"}\n", want)
		}
	}
}

// The README names every field of an entry, and how the variables' names begin.
func TestReadmeNamesPolicyFields(t *testing.T) {
	t.Parallel()
	_, text, _ := strings.Cut(readDocument(t, "README.md"), "\nEach entry has a ")
	text, _, _ = strings.Cut(text, "\n")
	for _, f := range config.PolicyFields() {
		if !strings.Contains(text, "`"+f.Policy+"`") {
			t.Errorf("not %s", f.Policy)
		}
	}
	for _, prefix := range []string{"FLEXY_", "ONECLICK_", "ONECLICKDZ_"} {
		if !strings.Contains(text, "`"+prefix+"`") || !strings.Contains(config.PolicyFields()[0].Doc, prefix) {
			t.Errorf("not %s", prefix)
		}
	}
}

var policyFiles = map[string][]string{
	both: {
		"keys: [{name: a, env: FLEXY_A_KEY, state: revoked}]", "keys: [{name: a, env: FLEXY_A_KEY, type: SANDBOX}]",
		"keys: [{name: a, env: FLEXY_A_KEY, type: sandbox}]", "keys: [{name: a, env: ' FLEXY_A_KEY ', environment: Production}]",
		"keys: [{name: a, env: ONECLICK_A_KEY, environment: test}]", "%YAML 1.1\n---\nkeys: [{name: a, env: FLEXY_A_KEY, type: any}] # \u200d",
	},
	neither: {
		"", "keys:", "keys: []", "keys: {}", "keys: x", "[]", "a: b", "keys: [x]", "keys: [[]]", "keys: [~]", "keys: [{}]",
		"keys: [{name: a, env: FLEXY_A_KEY, type: any}]\na: b",
		"keys:\n" + strings.Repeat("  - {name: a, env: FLEXY_A_KEY, type: any}\n", 301),
		"keys: [{name: a, environment: test}]", "keys: [{env: FLEXY_A_KEY, environment: test}]",
		"keys: [{name: a, env: A_KEY, environment: test}]", "keys: [{name: a, env: ONECLICK_, environment: test}]", "keys: [{name: a, env: 'FLEXY_A KEY', environment: test}]",
		"keys: [{name: a, env: FLEXY_API_KEY, environment: test}]", "keys: [{name: a, env: FLEXY_FORMAT, environment: test}]", "keys: [{name: a, env: FLEXY_A_KEY_file, environment: test}]", "keys: [{name: a, env: FLEXY_A_KEY_FILE, environment: test}]",
		"keys: [{name: a, env: FLEXY_A_KEY, type: any, type: any}]",
	},
	schemaOnly: {
		"keys: [{name: a, env: FLEXY_Api_Key, environment: test}]",              // a setting's variable in other letters' case
		"keys: [{name: a, env: FLEXY_A_KEY, type: any}] # \u200b",               // not seen
		"keys: [{name: a, env: FLEXY_A_KEY, type: ! any}]",                      // a tag is valid YAML
		"keys: [{name: a, env: FLEXY_A_KEY}]",                                   // the step may set the type
		"keys: [{name: &a a, env: FLEXY_A_KEY, type: any}]",                     // an anchor is valid YAML
		"keys: [{name: 'a', 'env': \"FLEXY_A_KEY\", type: any}]\n---\nkeys: []", // the first document is good
	},
}

// policyFields are added to an entry that is good without them.
var policyFields = map[string][]string{
	both: {
		"scope: READ-ONLY", "scope: read-only", "scope: ' Read-Only '", "state: disabled", "state: Disabled",
		"account: +213665983439", "account: '+213665983439'", "account: 0665983439", "account: true",
		"allowed-ips: restricted", "allowed-ips: [203.0.113.45]", "allowed-ips: '203.0.113.45, 203.0.113.46'", "must-allow-ips: ['2001:db8::1']",
		"fingerprint: 012345678901", "fingerprint: 12345e678901", "fingerprint: 0E5D2C7B9A41",
		"min-balance: 5000", "min-balance: 1499.5", "min-balance: '0.05'", "min-balance: ' 0 '",
		"rotated-on: 2026-10-01", "rotated-on: 2026-10-01T12:00:00Z", "rotated-on: ' 2026-10-01t12:00:00+01:00 '", "secret-name: X", "secret-name: true", "secret-name: _x9, secret-organization: 42", "secret-name: x, secret-organization: shop-dz",
		"max-age-days: 90", "max-age-days: '90'", "max-age-days: ' 0090'", "max-age-days: '3650'",
		"remind-days: 0", "remind-days: '0'", "remind-days: '3649', max-age-days: 3650", "require: [type, Rotation], rotated-on: 2026-10-01", "require: state", "warn-on: none", "warn-on: [type, scope]",
	},
	neither: {
		"name: b", "type: sandbox, environment: Test", // both twice
		"scope: ~", "scope: ''", "scope: []", "account: ~", "account: ''", "account: [a]", "account: {a: b}",
		"colour: red", "expect-scope: READ-ONLY", "policy: x", "Scope: READ-ONLY", "scope: READ", "scope: READ-ONLYX", "state: gone",
		"allowed-ips: []", "allowed-ips: ['']", "allowed-ips: [[203.0.113.45]]", "allowed-ips: [~]",
		"min-balance: -1", "min-balance: '1.005'", "min-balance: 5000 DZD", "min-balance: true",
		"max-age-days: 0", "max-age-days: 3651", "max-age-days: 1.5", "max-age-days: ninety", "max-age-days: '3651'", "max-age-days: '0'",
		"max-age-days: '+9'", "remind-days: -1", "remind-days: '-0'", "remind-days: 3650", "remind-days: '3650'", "fingerprint: 0e5d", "fingerprint: true", "rotated-on: yesterday", "rotated-on: 2026", "rotated-on: true", "rotated-on: '2026-10-01 12:00:00'", "secret-name: x-y", "secret-name: 42", "secret-name: X, secret-organization: a/b", "require: ~", "require: []", "only: a", "timeout: 5s",
	},
	schemaOnly: {
		"allowed-ips: ','", "allowed-ips: [203.0.113.0/24]", "must-allow-ips: x", "fingerprint: 123", "min-balance: 1.005", "min-balance: 1.5e3",
		"rotated-on: 2026-13-01", "max-age-days: 0x10", "warn-on: [everything]", "require: account", "require: [everything]", "remind-days: 90",
	},
}
