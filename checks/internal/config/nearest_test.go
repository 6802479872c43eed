package config_test

import (
	"slices"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/plain"
	"flexy-key-check/checks/internal/test/testkit"
)

// A misspelled variable would switch an assertion off unnoticed.
func TestMisspelledVariables(t *testing.T) {
	t.Parallel()
	for name, meant := range map[string]string{
		"FLEXY_EXPECTED_TYPE": "FLEXY_EXPECT_TYPE", "FLEXY_ENVIORNMENT": "FLEXY_ENVIRONMENT", "FLEXY_APIKEY": "FLEXY_API_KEY", "FLEXY_WARNON": "FLEXY_WARN_ON",
		"FLEXY_FORMATS": "FLEXY_FORMAT", "FLEXY_STATE": "FLEXY_EXPECT_STATE", "FLEXY_TPYE": "FLEXY_EXPECT_TYPE", "FLEXY_NAME": "FLEXY_KEY_NAME",
		"FLEXY_TIMEXXT": "FLEXY_TIMEOUT", "FLEXY_ALLOWED_IP": "FLEXY_EXPECT_ALLOWED_IPS", "FLEXY_ONYL": "FLEXY_ONLY", "FLEXY_REQUIRED": "FLEXY_REQUIRE",
		"FLEXY_SECRETS_TOKEN_FIEL": "FLEXY_SECRETS_TOKEN_FILE", "FLEXY_ACCOUNT_FILE": "FLEXY_EXPECT_ACCOUNT_FILE",
		// other letters' case
		"FLEXY_Expect_Scope": "FLEXY_EXPECT_SCOPE", "flexy_expect_scope": "FLEXY_EXPECT_SCOPE", "Flexy_API_KEY": "FLEXY_API_KEY", "FLEXY_API_KEY_File": "FLEXY_API_KEY_FILE",
		"flexy_expect_typ": "FLEXY_EXPECT_TYPE", "FLEXY_format": "FLEXY_FORMAT",
		// a setting's name and more
		"FLEXY_EXPECT_SCOPE_": "FLEXY_EXPECT_SCOPE", "FLEXY_MIN_BALANCE_DZD": "FLEXY_MIN_BALANCE", "FLEXY_EXPECT_ACCOUNT_NUMBER": "FLEXY_EXPECT_ACCOUNT",
		"FLEXY_FORMAT_OF_REPORT": "FLEXY_FORMAT", "FLEXY_API_KEY_": "FLEXY_API_KEY", "FLEXY_API_KEYS": "FLEXY_API_KEY", "FLEXY_ONLY_\n::error::x": "FLEXY_ONLY",
	} {
		_, mistakes := read(nil, good(nil).as(false), "PATH=/bin", name+"=a="+key, "FLEXY_API_KEY="+key).Config(now)
		want := plain.Line(name) + ": not a setting, but close to " + meant + "; write " + meant + ", or unset it"
		testkit.Diff(t, []string{want}, hinted(mistakes))
		if _, mistakes := read(nil, good(nil).as(true), name+"=x").Config(now); len(mistakes) > 0 {
			t.Errorf("%s matters to an action: %v", name, mistakes)
		}
	}
}

// Only a key, a token and the account may be given as a file.
func TestFileOfAnotherSetting(t *testing.T) {
	t.Parallel()
	for _, input := range config.Inputs() {
		name := input.Variable() + "_FILE"
		_, mistakes := read(nil, good(nil).as(false), name+"=x").Config(now)
		want := []string{name + ": only a key, a token or the account can be given as a file; give the value itself in " + input.Variable() + ", or unset it"}
		if slices.Contains([]string{"api-key", "secrets-token", "github-token", "expect-account"}, input.Name) {
			want = nil
		}
		testkit.Diff(t, want, hinted(mistakes))
	}
}

// For a misspelled input, the runner only warns.
func TestForeignInputs(t *testing.T) {
	t.Parallel()
	const remove = "; remove it from with:, or correct its name"
	own := func(name string) string { return " (rename INPUT_" + name + ", if your own env: sets it)" }
	for name, want := range map[string]string{
		"EXPECT_SCOPE":             "expect_scope: not an input of this action; did you mean expect-scope?",
		"expect-scope":             "expect-scope: not an input of this action; did you mean expect-scope?", // in lower case it is never read
		"TPYE":                     "tpye: not an input of this action; did you mean expect-type?",
		"EXPECT-TY":                "expect-ty: not an input of this action; did you mean expect-type?",
		"TIMEOUT-SECONDS":          "timeout-seconds: not an input of this action; did you mean timeout?",
		"FORMAT":                   "format: not an input of this action" + remove,
		"WHO_TO_GREET":             "who_to_greet: not an input of this action" + remove,
		"S3_BUCKET":                "s3_bucket: not an input of this action" + remove,
		"TAG":                      "tag: not an input of this action" + remove,
		strings.Repeat("LONG_", 9): strings.Repeat("long_", 9) + ": not an input of this action" + remove,
		"ENTRYPOINT":               "", "ARGS": "", "API-KEY": "", "EXPECT-SCOPE": "",
	} {
		if want != "" {
			want += own(name)
		}
		_, mistakes := read(nil, good(nil).as(true), "INPUT_"+name+"=x", "PATH=/bin").Config(now)
		if got := strings.Join(hinted(mistakes), "\n"); got != want {
			t.Errorf("INPUT_%s: %q, want %q", name, got, want)
		}
		if _, mistakes := read(nil, good(nil).as(false), "INPUT_"+name+"=x").Config(now); len(mistakes) > 0 {
			t.Errorf("outside Actions: %v", mistakes)
		}
	}
	// A secret in place of a name is not shown, in whatever case.
	for _, name := range []string{"OF-LETTERS-ALONE", "X_oF-letters-Alone"} {
		_, mistakes := read(nil, good(given{"github-token": "Of-Letters-alone"}).as(true), "INPUT_"+name+"=x").Config(now)
		testkit.Diff(t, []string{"not an input of this action" + remove}, hinted(mistakes))
	}
}

// Variables of settings beside an action are one warning, which names the inputs to
// use. In a misconfigured run they are the first mistake, in place of the blank
// inputs' own.
func TestVariablesBesideAnAction(t *testing.T) {
	t.Parallel()
	for _, input := range config.Inputs() {
		env := good(given{"expect-state": "enabled", "timeout": "60s"})
		delete(env, input.Name)
		source := read(nil, env.with(given{input.Variable(): "x"}).as(true))
		notice, ok := source.Unread()
		if !ok || notice.Message != "the action does not read "+input.Variable() || !strings.Contains(notice.Hint, "give "+input.Name+" under with:") {
			t.Errorf("%s: %+v", input.Variable(), notice)
		}
		for name, more := range map[string]given{
			"the same value":  {input.Variable(): input.Default},
			"a given input":   {input.Variable(): "x", input.Name: "y"},
			"another program": {input.Variable() + "_X": "x"},
			"the format":      {"FLEXY_FORMAT": "json"},
		} {
			if notice, ok := read(nil, env.with(more).as(true)).Unread(); ok {
				t.Errorf("%s, %s: %+v", input.Name, name, notice)
			}
		}
		if notice, ok := read(nil, env.with(given{input.Variable(): "x"}).lookup).Unread(); ok {
			t.Errorf("outside Actions: %+v", notice)
		}
	}
	for variable, ignored := range map[string]bool{token: true, "ghs_default": false} {
		if _, ok := read(nil, good(given{"github-token": "ghs_default", "FLEXY_GITHUB_TOKEN": variable}).as(true)).Unread(); ok != ignored {
			t.Errorf("%s beside the workflow's own token: %v", variable, ok)
		}
	}
	if _, ok := read(nil, good(given{"expect-state": "Enabled", "FLEXY_EXPECT_STATE": "disabled"}).as(true)).Unread(); !ok {
		t.Error("nothing is said beside a default in other letters' case")
	}
	all := "the action does not read FLEXY_API_KEY_FILE, FLEXY_ENVIRONMENT, FLEXY_EXPECT_STATE"
	env := given{"expect-state": "enabled", "FLEXY_API_KEY_FILE": "/key", "FLEXY_ENVIRONMENT": "production", "FLEXY_EXPECT_STATE": "disabled"}
	for name, tt := range map[string]struct {
		more given
		want []string
	}{
		"in place of with:":   {nil, []string{all}},
		"and another mistake": {given{"timeout": "x"}, []string{all, `timeout: must be a duration from 1s to 10m, not "x"`}},
		"one was given":       {given{"api-key": key}, []string{strings.Replace(all, "FLEXY_API_KEY_FILE, ", "", 1)}},
		"nothing is missing":  {given{"api-key": key, "environment": "production"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, mistakes := judge(t, env.with(tt.more), true)
			testkit.Diff(t, tt.want, texts(mistakes))
		})
	}
	// What is required follows from it, too, and so does the kind of the run.
	for variable, more := range map[string]given{
		"FLEXY_EXPECT_ACCOUNT": good(given{"require": "account"}), "FLEXY_ROTATED_ON": {"rotation-only": "true"},
		"FLEXY_POLICY": {}, "FLEXY_ROTATION_ONLY": {"rotation-only": "false"}, "FLEXY_SECRETS_TOKEN": good(given{"secret-name": "X"}),
	} {
		_, mistakes := judge(t, more.with(given{variable: "true"}), true)
		testkit.Diff(t, []string{"the action does not read " + variable}, texts(mistakes))
	}
}

func TestOtherVariables(t *testing.T) {
	t.Parallel()
	environ := []string{
		"FLEXY_CHECKOUT_KEY=x", "FLEXY_API_KEY_2=x", "FLEXY_API_KEY_LIVE=x", "FLEXY_API_KEY_FIEL=x", "FLEXY_TIMEXXX=x", "FLEXY_", "FLEX_EXPECT_TYP=x", "FLEXY_TOKEN=x", "", "=", "=C:=x",
		"FLEXY_FORMAT=text", "FLEXY_API_KEY_FILE=x", "FLEXY_STATE_DIR=x", "MY_FLEXY_EXPECT_SCOPE=x", "flexy_key=x",
	}
	for _, input := range config.Inputs() {
		environ = append(environ, input.Variable()+"=x")
	}
	if _, mistakes := read(nil, good(nil).as(false), environ...).Config(now); len(mistakes) > 0 {
		t.Errorf("mistakes %v", mistakes)
	}
	// A policy file may name any variable, whether or not its entry is chosen.
	path := file(t, "flexy.yml", "keys: [{name: a, env: FLEXY_API_KEYS, type: any}, {name: b, env: FLEXY_TIMEOUT_KEY, type: any}]")
	env := given{"policy": path, "only": "a", "FLEXY_API_KEYS_FILE": file(t, "key", key)}
	if _, mistakes := read(nil, env.as(false), "FLEXY_API_KEYS=", "FLEXY_API_KEYS_FILE=x", "FLEXY_TIMEOUT_KEY=x", "FLEXY_TIMEOUT_KEY_FILE=x").Config(now); len(mistakes) > 0 {
		t.Errorf("mistakes %v", mistakes)
	}
	// So may one that cannot be read.
	env["policy"] = file(t, "flexy.yml", "keys: [")
	_, mistakes := read(nil, env.as(false), "FLEXY_TIMEOUT_KEY=x").Config(now)
	testkit.Diff(t, []string{env["policy"] + ":1:1: invalid YAML"}, texts(mistakes))
}

func TestNearestWord(t *testing.T) {
	t.Parallel()
	const sandbox = "did you mean staging? SANDBOX is a type of key: expect-type: SANDBOX requires one"
	for _, tc := range []struct{ input, value, want string }{
		{"environment", "PROD", "did you mean production?"},
		{"environment", "prodution", "did you mean production?"},
		{"environment", "de", "did you mean development?"},
		{"environment", "dev", "did you mean development?"},
		{"environment", "LOCAL", "did you mean development?"},
		{"environment", "t", "set environment to one of these"},
		{"environment", "Live", "did you mean production?"},
		{"environment", "sandbox", sandbox},
		{"environment", "preview", sandbox},
		{"environment", "preprod", sandbox},
		{"expect-scope", "READ", "set expect-scope to one of these"}, // begins two words
		{"warn-on", "rotaton", "did you mean rotation?"},
		{"require", "acount", "did you mean account?"},
		{"require", "expect-account", "did you mean account?"},
		{"require", "min-balance", "did you mean balance?"},
		{"warn-on", "max-age-days", "did you mean rotation?"},
		{"require", "FLEXY_ROTATED_ON", "did you mean rotation?"},
		{"warn-on", "timeout", "name checks by their id"},
		{"warn-on", "all", "name checks by their id"},
	} {
		_, mistakes := judge(t, good(given{tc.input: tc.value}), true)
		if len(mistakes) != 1 || mistakes[0].Hint != tc.want {
			t.Errorf("%q: %q, want the hint %q", tc.value, hinted(mistakes), tc.want)
		}
	}
	_, mistakes := judge(t, good(given{"environment": "sandbox"}), false)
	testkit.Diff(t, "did you mean staging? SANDBOX is a type of key: FLEXY_EXPECT_TYPE=SANDBOX requires one", mistakes[0].Hint)
	_, mistakes = judge(t, policyEnv(t, "keys: [{name: a, env: FLEXY_A_KEY, environment: preview}]", nil), true)
	testkit.Diff(t, "did you mean staging? SANDBOX is a type of key: type: SANDBOX requires one", mistakes[0].Hint)
}
