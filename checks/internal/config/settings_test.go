package config_test

import (
	"strings"
	"testing"

	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/test/testkit"
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
		if input.Default != input.ActionDefault && input.Name != "github-token" {
			t.Errorf("%s has the default %q outside Actions", input.Name, input.Default)
		}
	}
	testkit.Diff(t, testkit.Entries("inputs"), got)
	var inParts int
	for _, part := range config.Parts {
		inParts += len(config.InPart(part))
	}
	testkit.Diff(t, len(got), inParts)
}

// The runner sets every input of the action, even if it is blank.
func TestActionMode(t *testing.T) {
	t.Parallel()
	for want, envs := range map[bool][]given{
		true:  {{"INPUT_API-KEY": key}, {"INPUT_API-KEY": ""}},
		false: {{"INPUT_API_KEY": key, "INPUT_TOKEN": "x"}, {"GITHUB_ACTIONS": "true", "FLEXY_API_KEY": key}},
	} {
		for _, env := range envs {
			if got := config.ActionMode(env.lookup); got != want {
				t.Errorf("%v: %v", env, got)
			}
		}
	}
}

// Only inputs count in an action, only variables elsewhere.
func TestModesDoNotMix(t *testing.T) {
	t.Parallel()
	env := given{
		"INPUT_API-KEY": "input-9f5c4b09", "INPUT_EXPECT-TYPE": "SANDBOX", "FLEXY_FORMAT": "json",
		"FLEXY_API_KEY": "variable-883f1b96", "FLEXY_EXPECT_TYPE": "PRODUCTION", "FLEXY_EXPECT_SCOPE": "READ-ONLY",
	}
	for _, want := range [][]string{{"input-9f5c4b09", "SANDBOX", "", "github"}, {"variable-883f1b96", "PRODUCTION", "READ-ONLY", "json"}} {
		source := read(nil, env.lookup)
		c, mistakes := source.Config(now)
		if len(mistakes) > 0 {
			t.Errorf("mistakes %v", mistakes)
		}
		e := c.Entries[0]
		testkit.Diff(t, want, []string{e.Key.Reveal(), e.Expect.Type.Want, e.Expect.Scope, string(source.Format)})
		delete(env, "INPUT_API-KEY")
	}
}

func TestFormat(t *testing.T) {
	t.Parallel()
	var formats []string
	for _, f := range config.Formats {
		formats = append(formats, string(f))
	}
	testkit.Diff(t, testkit.Names("formats"), formats)
	for _, tc := range []struct {
		env     given
		outside config.Format
		bad     bool
	}{
		{given{}, config.Text, false},
		{given{"GITHUB_ACTIONS": "true"}, config.GitHub, false},
		{given{"GITHUB_ACTIONS": "false", "FLEXY_FORMAT": " "}, config.Text, false},
		{given{"FLEXY_FORMAT": "text", "GITHUB_ACTIONS": "true"}, config.Text, false},
		{given{"FLEXY_FORMAT": " JSON\n"}, config.JSON, false},
		{given{"FLEXY_FORMAT": "github"}, config.GitHub, false},
		{given{"FLEXY_FORMAT": "text,json"}, config.Text, true},
		{given{"FLEXY_FORMAT": "x" + key[4:20]}, config.Text, true},
	} {
		for action, want := range map[bool]config.Format{true: config.GitHub, false: tc.outside} {
			if got := read(nil, good(tc.env).as(action)).Format; got != want {
				t.Errorf("%v, action %v: %s, want %s", tc.env, action, got, want)
			}
			_, mistakes := judge(t, good(tc.env), action)
			if bad := len(mistakes) == 1 && mistakes[0].Place.Name == "FLEXY_FORMAT"; bad != (tc.bad && !action) || len(mistakes) > 1 {
				t.Errorf("%v, action %v: %v", tc.env, action, mistakes)
			}
		}
	}
}

func TestArguments(t *testing.T) {
	t.Parallel()
	for _, action := range []bool{true, false} {
		for _, args := range [][]string{{"--api-key", key}, {""}} {
			_, mistakes := read(args, good(nil).as(action)).Config(now)
			testkit.Diff(t, []string{"command-line arguments are not accepted (not shown: one could hold a key)"}, texts(mistakes))
		}
	}
}

// Everything that must be masked is known as soon as the settings are read,
// whatever is wrong with them.
func TestSecrets(t *testing.T) {
	t.Parallel()
	for _, action := range []bool{true, false} {
		g := read([]string{"x"}, given{"api-key": " " + key + "\n", "secrets-token": token, "github-token": "ghs_other-token", "timeout": "soon"}.as(action))
		testkit.Diff(t, []secret.Value{secret.New(key), secret.New(token), secret.New("ghs_other-token")}, g.Secrets())
		if n := len(read(nil, given{"api-key": " "}.as(action)).Secrets()); n != 0 {
			t.Errorf("%d secrets where none is given", n)
		}
	}
}

// Nothing in a value is expanded or parsed.
func TestValuesAsGiven(t *testing.T) {
	t.Parallel()
	const odd = `a=b:c ${HOME} $HOME \n "q"`
	for _, action := range []bool{true, false} {
		c, _ := judge(t, good(given{"api-key": "\u00a0 k" + odd + "\t\r\n", "expect-account": odd, "HOME": "/root"}), action)
		e := c.Entries[0]
		testkit.Diff(t, []string{"k" + odd, odd}, []string{e.Key.Reveal(), e.Expect.Account.Reveal()})
	}
}
