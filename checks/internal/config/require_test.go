package config_test

import (
	"strings"
	"testing"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/test/testkit"
)

// turnOn has values that turn each check on.
var turnOn = map[string][]given{
	"fingerprint":    {{"expect-fingerprint": "0e5d2c7b9a41"}},
	"type":           {{"environment": "production"}, {"environment": "", "expect-type": "SANDBOX"}},
	"scope":          {{"expect-scope": "READ-ONLY"}},
	"account":        {{"expect-account": "0665983439"}},
	"allowed-ips":    {{"expect-allowed-ips": "unrestricted"}},
	"must-allow-ips": {{"must-allow-ips": "203.0.113.45"}},
	"balance":        {{"min-balance": "0"}},
	"rotation":       {{"rotated-on": "2026-09-01"}, {"secret-name": "X", "secrets-token": token}, {"key-name": "a", "reminder-issue": "true"}},
}

// A check that require lists must be turned on: the input that turns it on may be
// blank only by mistake.
func TestRequire(t *testing.T) {
	t.Parallel()
	blank := map[string]string{
		"fingerprint": "expect-fingerprint", "scope": "expect-scope", "account": "expect-account", "allowed-ips": "expect-allowed-ips",
		"must-allow-ips": "must-allow-ips", "balance": "min-balance", "rotation": "rotated-on",
	}
	for _, id := range checks.IDs() {
		set := good(given{"require": strings.ToUpper(id)})
		var want []string
		switch input := blank[id]; {
		case id == "distinct":
			want = []string{"<require>: distinct needs <policy>"}
		case input != "":
			want = []string{"<" + input + ">: blank, but <require> lists " + id}
		}
		expectMistakes(t, set, want...)
		for _, on := range turnOn[id] {
			expectMistakes(t, set.with(on))
		}
		// Of a revoked key nothing else is asked.
		if id != "fingerprint" && id != "distinct" {
			expectMistakes(t, set.with(given{"expect-state": "revoked", "environment": "", "expect-type": "any"}))
		}
		// Nor of the rotation alone.
		expectMistakes(t, given{"rotation-only": "true", "rotated-on": "2026-09-01", "require": id})
	}
	expectMistakes(t, good(given{"require": "type", "expect-type": "Any"}), "<expect-type>: any leaves the type open, but <require> lists type")
	expectMistakes(t, good(given{"require": "type", "environment": ""}), noType)
	expectMistakes(t, good(given{"require": "fingerprint", "expect-state": "revoked"}), "<expect-fingerprint>: blank, but <require> lists fingerprint")
	expectMistakes(t, good(given{"require": "rotation", "max-age-days": "30", "remind-days": "3"}), "<rotated-on>: blank, but <require> lists rotation")
	expectMistakes(t, given{"rotation-only": "true", "require": "rotation"}, "<rotated-on>: blank, and <secret-name> too: <rotation-only> needs one of them")
	// What is wrong is not blank.
	expectMistakes(t, good(given{"require": "scope", "expect-scope": "x"}), scope+`, not "x"`)
	expectMistakes(t, good(given{"require": "account", "expect-account": key}), "<expect-account>: "+foundSecret)
	expectMistakes(t, good(given{"require": "everything account"}),
		"<require>: must be "+strings.Replace(strings.Join(checks.IDs(), ", "), ", distinct", " or distinct", 1)+`, not "everything"`, "<expect-account>: blank, but <require> lists account")
	expectMistakes(t, good(given{"require": ","}), `<require>: must be a list separated by commas, spaces or newlines, not ","`)
	c := expectGood(t, good(given{"require": "State\nTYPE"}))
	testkit.Diff(t, []string{"state", "type"}, c.Entries[0].Require)
}

// Where GitHub gives no secrets, what comes from them is blank without a mistake.
func TestRequireWithoutSecrets(t *testing.T) {
	t.Parallel()
	set := given{"environment": "production", "require": "account rotation", "secret-name": "X"}
	fromFork := given{"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": file(t, "event.json", payload(fork, shop)), "on-missing-key": "skip"}
	expectMistakes(t, set.with(fromFork))
	expectMistakes(t, set.with(fromFork).with(given{"GITHUB_EVENT_NAME": "push", "api-key": key, "secrets-token": token}), "<expect-account>: blank, but <require> lists account")
	expectMistakes(t, set.with(fromFork).with(given{"on-missing-key": "", "api-key": key, "secrets-token": token}), "<expect-account>: blank, but <require> lists account")
}

// In a policy file, a check is required of each entry for itself.
func TestPolicyRequire(t *testing.T) {
	t.Parallel()
	const account = "missing, and expect-account is blank, but require lists account"
	for _, tt := range []struct {
		name, text string
		step       given
		want       []string
	}{
		{"own", "require: account}", nil, []string{"1:8: account: " + account}},
		{"own, in a list", "require: [state, distinct, Account]}", nil, []string{"1:8: account: " + account}},
		{"the step's", "scope: READ-ONLY}", given{"require": "account"}, []string{"1:8: account: " + account}},
		{"own in place of the step's", "require: scope, scope: READ-ONLY}", given{"require": "account"}, nil},
		{"the step's account", "require: account}", given{"expect-account": "0665983439"}, nil},
		{"own account", "account: 0665983439}", given{"require": "account"}, nil},
		{"blank", "require: account, account: ''}", nil, []string{"1:82: account: the value is blank"}},
		{"blank in a list", "require: must-allow-ips, must-allow-ips: ['']}", nil, []string{"1:97: must-allow-ips: the value is blank"}},
		{"misspelled", "require: account, acount: 1}", nil, []string{"1:73: acount: unknown field"}},
		{"of a revoked one", "require: account, state: revoked}", nil, nil},
		{"distinct", "require: distinct}", nil, nil},
		{"any type", "require: type, type: any}", nil, []string{"1:76: type: any leaves the type open, but require lists type"}},
		{"of each", "account: 1}, {name: b, env: FLEXY_B_KEY, environment: test}, {name: c, env: FLEXY_C_KEY, environment: test}", given{"require": "account"}, []string{
			"1:68: account: " + account, "1:116: account: " + account}},
		{"date", "require: rotation}", nil, []string{"1:8: rotated-on: missing, and rotated-on is blank, but require lists rotation"}},
		{"the step's date", "require: rotation}", given{"rotated-on": "2026-09-01"}, nil},
		{"unknown", "require: [state, all]}", nil, []string{"1:72: require: must be fingerprint"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, got := judgePolicy(t, "keys: [{name: a, env: FLEXY_A_KEY, environment: test, "+tt.text+"]", tt.step)
			for i := range got {
				got[i], _, _ = strings.Cut(got[i], ", state, ")
			}
			testkit.Diff(t, tt.want, got)
		})
	}
}

// A run can choose some of the entries. The others are read and judged, too, but for
// their keys.
func TestPolicyOnly(t *testing.T) {
	t.Parallel()
	const text = "keys:\n  - {name: Checkout (old), env: FLEXY_A_KEY, type: any}\n  - {name: b, env: FLEXY_NO_KEY, type: any}\n  - {name: c, env: FLEXY_C_KEY, type: any}\n"
	for only, want := range map[string][]string{
		"": {"Checkout (old)", "c"}, "c": {"c"}, " C ,": {"c"}, "checkout  (OLD)": {"Checkout (old)"}, "c,Checkout (old)": {"Checkout (old)", "c"},
		"\nCheckout (old)\r\nc\n": {"Checkout (old)", "c"}, "c,c": {"c"},
	} {
		c, got := judgePolicy(t, strings.ReplaceAll(text, "FLEXY_NO_KEY", map[bool]string{true: "FLEXY_B_KEY", false: "FLEXY_NO_KEY"}[only == ""]), given{"only": only})
		names := []string{}
		for _, e := range c.Entries {
			if e.Name != "b" && e.Named {
				names = append(names, e.Name)
			}
		}
		testkit.Diff(t, want, names)
		testkit.Diff(t, []string(nil), got)
	}
	for _, tt := range []struct {
		name, text, only string
		step             given
		want             []string
	}{
		{"no such name", text, "Checkout, c", nil, []string{`only: must be the name of an entry in the policy file, not "Checkout"`}},
		{"separated by blanks", text, "b c", nil, []string{`only: must be the name of an entry in the policy file, not "b c"`}},
		{"no name", text, " ,\n, ", nil, []string{"only: must be a list separated by commas or newlines, not \", ,\"", "3:20: env: FLEXY_NO_KEY, the key of b, is blank"}},
		{"blank key of a chosen one", text, "b", nil, []string{"3:20: env: FLEXY_NO_KEY, the key of b, is blank"}},
		{"a token in it", text, "c, " + token, given{"github-token": token}, []string{"only: " + foundSecret}},
		{"mistakes in the others", text + "  - {name: b, env: FLEXY_NO_KEY, scope: x}\n  - {env: FLEXY_X_FILE, type: any, fruit: x}\n", "c", nil, []string{
			"5:12: name: another entry has the same name", "5:20: one of environment and type is required", `5:41: scope: must be READ-WRITE or READ-ONLY, not "x"`,
			"6:5: name: required", "6:11: env: must not end in _FILE", "6:36: fruit: unknown field"}},
		{"what the others require", text, "c", given{"require": "account"}, []string{"4:5: account: missing, and expect-account is blank, but require lists account"}},
		{"revoked ones", manyEntries(4, "state: revoked"), "k0,k3", nil, nil},
		{"too many revoked ones", manyEntries(4, "state: revoked"), "k0,k3,k1,k2", nil, []string{"4:42: state: at most 2 entries can be revoked"}},
		{"a file that cannot be read", "keys: [", "c", nil, []string{"1:1: invalid YAML"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			expectPolicyMistakes(t, tt.text, given{"only": tt.only}.with(tt.step), tt.want...)
		})
	}
	_, mistakes := judge(t, policyEnv(t, text, given{"only": "chekout (old)"}), true)
	testkit.Diff(t, "did you mean Checkout (old)?", mistakes[0].Hint)
	// The key of an entry that is left out is not even looked at.
	source := read(nil, policyEnv(t, text, given{"only": "c", "FLEXY_A_KEY": "not looked at", "FLEXY_NO_KEY": "***"}).as(true))
	_, mistakes = source.Config(now)
	testkit.Diff(t, []string(nil), texts(mistakes))
	testkit.Diff(t, []secret.Value{secret.New("some-flexy_c_key")}, source.Secrets())
}
