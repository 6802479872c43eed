package config_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/testkit"
)

// A slip in a variable's name would switch an assertion off without a word.
func TestMisspelledVariables(t *testing.T) {
	t.Parallel()
	for name, meant := range map[string]string{
		"FLEXY_EXPECT_TYP": "FLEXY_EXPECT_TYPE", "FLEXY_EXPECTED_TYPE": "FLEXY_EXPECT_TYPE", "FLEXY_ENVIRONMENTS": "FLEXY_ENVIRONMENT",
		"FLEXY_ENVIORNMENT": "FLEXY_ENVIRONMENT", "FLEXY_MUST_ALLOW_IP": "FLEXY_MUST_ALLOW_IPS", "FLEXY_APIKEY": "FLEXY_API_KEY",
		"FLEXY_WARNON": "FLEXY_WARN_ON", "FLEXY_FORMATS": "FLEXY_FORMAT", "FLEXY_SCOPE": "FLEXY_EXPECT_SCOPE", "FLEXY_TYPE": "FLEXY_EXPECT_TYPE",
		"FLEXY_ALLOWED_IPS": "FLEXY_EXPECT_ALLOWED_IPS", "FLEXY_STATE": "FLEXY_EXPECT_STATE", "FLEXY_TPYE": "FLEXY_EXPECT_TYPE", "FLEXY_API_KEY_FIEL": "FLEXY_API_KEY_FILE", "FLEXY_ACCOUNT": "FLEXY_EXPECT_ACCOUNT", "FLEXY_NAME": "FLEXY_KEY_NAME",
	} {
		for _, value := range []string{"", "x", key, "a=b"} {
			g := read(nil, good(nil).as(false), "PATH=/bin", name+"="+value, "FLEXY_API_KEY="+key)
			_, mistakes := g.Config(now)
			var got []string
			for _, m := range mistakes {
				got = append(got, m.String()+"; "+m.Hint)
			}
			want := []string{name + ": not a setting, but close to " + meant + "; write " + meant + ", or unset it"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		g := read(nil, good(nil).as(true), name+"=x")
		if _, mistakes := g.Config(now); len(mistakes) > 0 {
			t.Errorf("an action is told of %s: %v", name, mistakes)
		}
	}
}

// The runner passes a misspelled input on with no more than a warning: a gate
// must not lose an assertion to it.
func TestForeignInputs(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"EXPECT-SCOP":     "expect-scop: not an input of this action; did you mean expect-scope?",
		"EXPECT_SCOPE":    "expect_scope: not an input of this action; did you mean expect-scope?",
		"EXPECTED-TYPE":   "expected-type: not an input of this action; did you mean expect-type?",
		"SCOPE":           "scope: not an input of this action; did you mean expect-scope?",
		"TPYE":            "tpye: not an input of this action; did you mean expect-type?",
		"API_KEY":         "api_key: not an input of this action; did you mean api-key?",
		"ENVIORNMENT":     "enviornment: not an input of this action; did you mean environment?",
		"REMINDER-ISSUES": "reminder-issues: not an input of this action; did you mean reminder-issue?",
		"COLOUR":          "colour: not an input of this action; remove it from with:, or correct its name",
		"WHO_TO_GREET":    "who_to_greet: not an input of this action; remove it from with:, or correct its name",
		"":                "not an input of this action; remove it from with:, or correct its name",
		"SK_LIVE_4EC39HQ": "not an input of this action; remove it from with:, or correct its name", // could be a key
		"::ERROR::X":      "not an input of this action; remove it from with:, or correct its name",
		"expect-scope":    "expect-scope: not an input of this action; did you mean expect-scope?", // is never read
		"ENTRYPOINT":      "", "ARGS": "", "API-KEY": "", "EXPECT-SCOPE": "",
	} {
		for _, value := range []string{"", "x"} {
			_, mistakes := read(nil, good(nil).as(true), "INPUT_"+name+"="+value, "PATH=/bin").Config(now)
			var got string
			for _, m := range mistakes {
				got += m.String() + "; " + m.Hint
			}
			if got != want {
				t.Errorf("INPUT_%s: %q, want %q", name, got, want)
			}
		}
		if _, mistakes := read(nil, good(nil).as(false), "INPUT_"+name+"=x").Config(now); len(mistakes) > 0 {
			t.Errorf("outside an action: %v", mistakes)
		}
	}
}

// What asserts something outside Actions is ignored by an action, which says so.
func TestUnread(t *testing.T) {
	t.Parallel()
	env := given{"expect-state": "enabled"}
	for _, name := range []string{"FLEXY_POLICY", "FLEXY_EXPECT_TYPE", "FLEXY_EXPECT_STATE", "FLEXY_MUST_ALLOW_IPS", "FLEXY_MIN_BALANCE", "FLEXY_TIMEOUT", "FLEXY_EXPECT_SCOP"} {
		env[name] = "x"
	}
	env["FLEXY_EXPECT_SCOPE"] = " "
	source := read(nil, good(env).as(true))
	testkit.Diff(t, []string{"FLEXY_POLICY", "FLEXY_EXPECT_TYPE", "FLEXY_MUST_ALLOW_IPS", "FLEXY_MIN_BALANCE"}, source.Unread())
	if got := read(nil, good(env).as(false)).Unread(); len(got) > 0 {
		t.Errorf("outside an action: %q", got)
	}
}

func TestOtherVariables(t *testing.T) {
	t.Parallel()
	environ := []string{
		"FLEXY_CHECKOUT_KEY=x", "FLEXY_API_KEY_2=x", "FLEXY_API_KEY_OLD=x", "FLEXY_PROD_KEY=x", "FLEXY_", "FLEXY", "FLEX_EXPECT_TYP=x",
		"EXPECT_TYPE=x", "flexy_expect_typ=x", "MY_FLEXY_EXPECT_TYP=x", "FLEXY_WEBHOOK_URL=x", "FLEXY_TOKEN=x", "", "=", "=C:=x",
	}
	for _, input := range config.Inputs() {
		environ = append(environ, input.Variable()+"=x")
	}
	g := read(nil, good(nil).as(false), append(environ, "FLEXY_FORMAT=text")...)
	if _, mistakes := g.Config(now); len(mistakes) > 0 {
		t.Errorf("mistakes %v", mistakes)
	}
	// What a policy file names is meant, however it looks.
	path := file(t, "flexy.yml", "keys: [{name: a, env: FLEXY_API_KEYS, type: any}]")
	g = read(nil, given{"policy": path, "FLEXY_API_KEYS": key}.as(false), "FLEXY_API_KEYS="+key)
	if _, mistakes := g.Config(now); len(mistakes) > 0 {
		t.Errorf("mistakes %v", mistakes)
	}
}

// A word that was meant is named.
func TestNearestWord(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"prod": "did you mean production?", "PROD": "did you mean production?", "prodution": "did you mean production?", "dev": "did you mean development?",
		"stagin": "did you mean staging?", "live": "set environment to one of these", "t": "set environment to one of these",
		"xx": "set environment to one of these",
	} {
		_, mistakes := judge(t, good(given{"environment": value}), true)
		if len(mistakes) != 1 || mistakes[0].Hint != want {
			t.Errorf("%q: %+v, want the hint %q", value, mistakes, want)
		}
	}
	// READ begins both.
	if _, mistakes := judge(t, good(given{"expect-scope": "READ"}), true); mistakes[0].Hint != "set expect-scope to one of these" {
		t.Errorf("%+v", mistakes)
	}
}
