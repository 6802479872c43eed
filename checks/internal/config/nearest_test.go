package config_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks/internal/config"
)

// A slip in a variable's name would switch an assertion off without a word.
func TestMisspelledVariables(t *testing.T) {
	t.Parallel()
	for name, meant := range map[string]string{
		"FLEXY_EXPECT_TYP": "FLEXY_EXPECT_TYPE", "FLEXY_EXPECTED_TYPE": "FLEXY_EXPECT_TYPE", "FLEXY_ENVIRONMENTS": "FLEXY_ENVIRONMENT",
		"FLEXY_ENVIORNMENT": "FLEXY_ENVIRONMENT", "FLEXY_MUST_ALLOW_IP": "FLEXY_MUST_ALLOW_IPS", "FLEXY_APIKEY": "FLEXY_API_KEY",
		"FLEXY_WARNON": "FLEXY_WARN_ON", "FLEXY_FORMATS": "FLEXY_FORMAT", "FLEXY_SCOPE": "FLEXY_EXPECT_SCOPE", "FLEXY_TYPE": "FLEXY_EXPECT_TYPE",
		"FLEXY_ALLOWED_IPS": "FLEXY_EXPECT_ALLOWED_IPS", "FLEXY_STATE": "FLEXY_EXPECT_STATE", "FLEXY_ACCOUNT": "FLEXY_EXPECT_ACCOUNT", "FLEXY_NAME": "FLEXY_KEY_NAME",
	} {
		for _, value := range []string{"", "x", key, "a=b"} {
			g := read(nil, good(nil).as(false), "PATH=/bin", name+"="+value, "FLEXY_API_KEY="+key)
			_, mistakes := g.Config(now)
			var got []string
			for _, m := range mistakes {
				got = append(got, m.String()+"; "+m.Hint)
			}
			want := []string{name + ": expected the name of a setting, found one much like " + meant + "; write " + meant + ", or unset it"}
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
