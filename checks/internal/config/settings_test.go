package config_test

import (
	"strings"
	"testing"

	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/testkit"
)

// The contract's inputs, in its order, with their defaults.
func TestInputs(t *testing.T) {
	t.Parallel()
	var got []testkit.Entry
	for _, input := range config.Inputs() {
		got = append(got, testkit.Entry{Name: input.Name, Rest: input.ActionDefault})
		if want := variable(input.Name); input.Variable() != want {
			t.Errorf("variable of %s: %s, want %s", input.Name, input.Variable(), want)
		}
		if !strings.HasSuffix(input.Doc, ".") {
			t.Errorf("%s: %q is not a sentence", input.Name, input.Doc)
		}
		if input.Default != input.ActionDefault && input.Name != "github-token" || input.Name == "github-token" && input.Default != "" {
			t.Errorf("%s has the default %q outside Actions", input.Name, input.Default)
		}
	}
	testkit.Diff(t, testkit.Entries("inputs"), got)
}

func TestActionMode(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		env  map[string]string
		want bool
	}{
		{"input", map[string]string{"INPUT_API-KEY": key}, true},
		{"blank input", map[string]string{"INPUT_API-KEY": ""}, true},
		{"outside", map[string]string{"FLEXY_API_KEY": key}, false},
		{"another step's input", map[string]string{"INPUT_API_KEY": key, "INPUT_TOKEN": "x"}, false},
		{"a run step of a workflow", map[string]string{"GITHUB_ACTIONS": "true", "FLEXY_API_KEY": key}, false},
		{"nothing", nil, false},
	} {
		lookup := func(name string) (string, bool) { value, ok := tc.env[name]; return value, ok }
		if got := config.ActionMode(lookup); got != tc.want {
			t.Errorf("%s: %v", tc.name, got)
		}
	}
}

// Inputs count in action mode only, variables outside only.
func TestModesDoNotMix(t *testing.T) {
	t.Parallel()
	env := map[string]string{
		"INPUT_API-KEY": "input-9f5c4b09", "INPUT_EXPECT-TYPE": "SANDBOX",
		"FLEXY_API_KEY": "variable-883f1b96", "FLEXY_EXPECT_TYPE": "PRODUCTION", "FLEXY_EXPECT_SCOPE": "READ-ONLY", "FLEXY_FORMAT": "json",
	}
	lookup := func(name string) (string, bool) { value, ok := env[name]; return value, ok }
	for _, want := range []struct {
		facts  facts
		format config.Format
	}{
		{facts{Key: "input-9f5c4b09", Type: "SANDBOX"}, config.GitHub},
		{facts{Key: "variable-883f1b96", Type: "PRODUCTION", Scope: "READ-ONLY"}, config.JSON},
	} {
		source := read(nil, lookup)
		c, mistakes := source.Config(now)
		got := factsOf(c)
		if got = (facts{Key: got.Key, Type: got.Type, Scope: got.Scope}); len(mistakes) > 0 || got != want.facts || source.Format != want.format {
			t.Errorf("%+v as %s, want %+v, mistakes %v", got, source.Format, want, mistakes)
		}
		delete(env, "INPUT_API-KEY")
	}
}

func TestFormat(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		env     given
		outside config.Format
	}{
		{given{}, config.Text},
		{given{"GITHUB_ACTIONS": "true"}, config.GitHub},
		{given{"GITHUB_ACTIONS": "false"}, config.Text},
		{given{"FLEXY_FORMAT": " "}, config.Text},
		{given{"FLEXY_FORMAT": "text", "GITHUB_ACTIONS": "true"}, config.Text},
		{given{"FLEXY_FORMAT": "JSON"}, config.JSON},
		{given{"FLEXY_FORMAT": " github\n"}, config.GitHub},
	} {
		env := good(tc.env)
		if got := read(nil, env.as(false)).Format; got != tc.outside {
			t.Errorf("outside with %v: %s, want %s", tc.env, got, tc.outside)
		}
		if got := read(nil, env.as(true)).Format; got != config.GitHub {
			t.Errorf("as an action with %v: %s", tc.env, got)
		}
		expectMistakes(t, env)
	}
	for _, bad := range []string{"yaml", "texts", "text,json", key, "x" + key[4:20]} {
		env := good(given{"FLEXY_FORMAT": bad})
		if _, mistakes := judge(t, env, true); len(mistakes) > 0 {
			t.Errorf("an action is told of FLEXY_FORMAT: %v", mistakes)
		}
		_, mistakes := judge(t, env, false)
		if len(mistakes) != 1 || mistakes[0].Place.Name != "FLEXY_FORMAT" {
			t.Errorf("%s: %v", bad, mistakes)
		}
		if got := read(nil, env.as(false)).Format; got != config.Text {
			t.Errorf("the mistake about FLEXY_FORMAT is reported as %s", got)
		}
	}
}

func TestArguments(t *testing.T) {
	t.Parallel()
	for _, action := range []bool{true, false} {
		for _, args := range [][]string{{key}, {"--api-key", key}, {"-v"}, {""}} {
			_, mistakes := read(args, good(nil).as(action)).Config(now)
			if len(mistakes) != 1 || mistakes[0].Place.Name != "" || mistakes[0].Message != "command-line arguments are not accepted (not shown: one could hold a key)" {
				t.Errorf("%v: %v", args, mistakes)
			}
			for _, m := range mistakes {
				if secret.NewTraces(secret.New(key)).In(m.String() + m.Hint) {
					t.Errorf("the argument is shown: %v", m)
				}
			}
		}
	}
}

// Everything that must be masked is known as soon as the settings are read,
// whatever is wrong with them.
func TestSecrets(t *testing.T) {
	t.Parallel()
	for _, action := range []bool{true, false} {
		g := read([]string{"x"}, given{
			"api-key": " " + key + "\n", "secrets-token": token, "github-token": "ghs_other-token", "timeout": "soon",
		}.as(action))
		var got []string
		for _, v := range g.Secrets() {
			got = append(got, v.Reveal())
		}
		testkit.Diff(t, []string{key, token, "ghs_other-token"}, got)
		if n := len(read(nil, given{"api-key": " "}.as(action)).Secrets()); n != 0 {
			t.Errorf("%d secrets where none is given", n)
		}
	}
}

// Nothing in a value is expanded or parsed on the way.
func TestValuesAsGiven(t *testing.T) {
	t.Parallel()
	const odd = `a=b:c ${HOME} $HOME \n "q"`
	for _, action := range []bool{true, false} {
		c, _ := judge(t, good(given{"api-key": "\u00a0 k" + odd + "\t\r\n", "expect-account": odd, "HOME": "/root"}), action)
		e := c.Entries[0]
		testkit.Diff(t, []string{"k" + odd, odd}, []string{e.Key.Reveal(), e.Expect.Account.Reveal()})
	}
}
