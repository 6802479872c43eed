package config_test

import (
	"strings"
	"testing"

	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/test/testkit"
)

// A misspelled variable would switch an assertion off unnoticed.
func TestMisspelledVariables(t *testing.T) {
	t.Parallel()
	for name, meant := range map[string]string{
		"FLEXY_EXPECTED_TYPE": "FLEXY_EXPECT_TYPE", "FLEXY_ENVIORNMENT": "FLEXY_ENVIRONMENT", "FLEXY_APIKEY": "FLEXY_API_KEY", "FLEXY_WARNON": "FLEXY_WARN_ON",
		"FLEXY_FORMATS": "FLEXY_FORMAT", "FLEXY_STATE": "FLEXY_EXPECT_STATE", "FLEXY_TPYE": "FLEXY_EXPECT_TYPE", "FLEXY_NAME": "FLEXY_KEY_NAME",
		"FLEXY_TIMEXXUT": "FLEXY_TIMEOUT", "FLEXY_ALLOWED_IP": "FLEXY_EXPECT_ALLOWED_IPS", "FLEXY_API_KEY_FIEL": "FLEXY_API_KEY_FILE",
	} {
		_, mistakes := read(nil, good(nil).as(false), "PATH=/bin", name+"=a="+key, "FLEXY_API_KEY="+key).Config(now)
		want := name + ": not a setting, but close to " + meant + "; write " + meant + ", or unset it"
		testkit.Diff(t, []string{want}, hinted(mistakes))
		if _, mistakes := read(nil, good(nil).as(true), name+"=x").Config(now); len(mistakes) > 0 {
			t.Errorf("%s matters to an action: %v", name, mistakes)
		}
	}
}

// For a misspelled input, the runner only warns.
func TestForeignInputs(t *testing.T) {
	t.Parallel()
	const remove = "; remove it from with:, or correct its name"
	for name, want := range map[string]string{
		"EXPECT_SCOPE":    "expect_scope: not an input of this action; did you mean expect-scope?",
		"expect-scope":    "expect-scope: not an input of this action; did you mean expect-scope?", // in lower case it is never read
		"TPYE":            "tpye: not an input of this action; did you mean expect-type?",
		"EXPECT-TY":       "expect-ty: not an input of this action; did you mean expect-type?",
		"WHO_TO_GREET":    "who_to_greet: not an input of this action" + remove,
		"":                "not an input of this action" + remove,
		"SK_LIVE_4EC39HQ": "not an input of this action" + remove, // could be a key
		"ENTRYPOINT":      "", "ARGS": "", "API-KEY": "", "EXPECT-SCOPE": "",
	} {
		_, mistakes := read(nil, good(nil).as(true), "INPUT_"+name+"=x", "PATH=/bin").Config(now)
		if got := strings.Join(hinted(mistakes), "\n"); got != want {
			t.Errorf("INPUT_%s: %q, want %q", name, got, want)
		}
		if _, mistakes := read(nil, good(nil).as(false), "INPUT_"+name+"=x").Config(now); len(mistakes) > 0 {
			t.Errorf("outside Actions: %v", mistakes)
		}
	}
	// A token without digits could be a name, except that it is known.
	_, mistakes := read(nil, good(given{"github-token": "of-letters-alone"}).as(true), "INPUT_OF-LETTERS-ALONE=x").Config(now)
	testkit.Diff(t, []string{"not an input of this action" + remove}, hinted(mistakes))
}

// An action names the variables that look like assertions but are ignored.
func TestUnread(t *testing.T) {
	t.Parallel()
	env := good(given{
		"expect-state": "enabled", "FLEXY_POLICY": "x", "FLEXY_EXPECT_TYPE": "x", "FLEXY_EXPECT_STATE": "x", "FLEXY_EXPECT_SCOPE": " ",
		"FLEXY_MUST_ALLOW_IPS": "x", "FLEXY_MIN_BALANCE": "x", "FLEXY_TIMEOUT": "x", "FLEXY_EXPECT_SCOP": "x",
	})
	testkit.Diff(t, []string{"FLEXY_POLICY", "FLEXY_EXPECT_TYPE", "FLEXY_MUST_ALLOW_IPS", "FLEXY_MIN_BALANCE"}, read(nil, env.as(true)).Unread())
	if got := read(nil, env.as(false)).Unread(); len(got) > 0 {
		t.Errorf("outside Actions: %q", got)
	}
}

func TestOtherVariables(t *testing.T) {
	t.Parallel()
	environ := []string{
		"FLEXY_CHECKOUT_KEY=x", "FLEXY_API_KEY_2=x", "FLEXY_TIMEXXT=x", "FLEXY_", "FLEX_EXPECT_TYP=x", "flexy_expect_typ=x", "FLEXY_TOKEN=x", "", "=", "=C:=x",
		"FLEXY_FORMAT=text", "FLEXY_API_KEY_FILE=x",
	}
	for _, input := range config.Inputs() {
		environ = append(environ, input.Variable()+"=x")
	}
	if _, mistakes := read(nil, good(nil).as(false), environ...).Config(now); len(mistakes) > 0 {
		t.Errorf("mistakes %v", mistakes)
	}
	// A policy file may name any variable.
	path := file(t, "flexy.yml", "keys: [{name: a, env: FLEXY_API_KEYS, type: any}]")
	env := given{"policy": path, "FLEXY_API_KEYS_FILE": file(t, "key", key)}
	if _, mistakes := read(nil, env.as(false), "FLEXY_API_KEYS=", "FLEXY_API_KEYS_FILE=x").Config(now); len(mistakes) > 0 {
		t.Errorf("mistakes %v", mistakes)
	}
}

func TestNearestWord(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ input, value, want string }{
		{"environment", "PROD", "did you mean production?"},
		{"environment", "prodution", "did you mean production?"},
		{"environment", "de", "did you mean development?"},
		{"environment", "t", "set environment to one of these"},
		{"environment", "live", "set environment to one of these"},
		{"expect-scope", "READ", "set expect-scope to one of these"}, // begins two words
	} {
		_, mistakes := judge(t, good(given{tc.input: tc.value}), true)
		if len(mistakes) != 1 || mistakes[0].Hint != tc.want {
			t.Errorf("%q: %q, want the hint %q", tc.value, hinted(mistakes), tc.want)
		}
	}
}
