package config_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/testkit"
)

const (
	key   = "9f5c4b09-883f-1b96-cd7b541cea27"
	token = "ghp_Zx81LqPw03MnVb67"
)

// now is the moment of every run here.
var now = time.Date(2026, 10, 1, 10, 0, 0, 0, time.UTC)

// given is an environment: inputs by their own name, and variables.
type given map[string]string

// good is an environment in which nothing is wrong.
func good(changes given) given {
	env := given{"api-key": key, "environment": "production"}
	maps.Copy(env, changes)
	return env
}

func isInput(name string) bool {
	for _, input := range config.Inputs() {
		if input.Name == name {
			return true
		}
	}
	return false
}

// as turns inputs into what the runner sets for an action, or into what people
// set outside.
func (g given) as(action bool) config.Lookup {
	env := map[string]string{}
	for name, value := range g {
		switch {
		case !isInput(name):
			env[name] = value
		case action:
			env["INPUT_"+strings.ToUpper(name)] = value
		default:
			env[variable(name)] = value
		}
	}
	if action {
		// The runner hands all declared inputs over.
		for _, input := range config.Inputs() {
			if name := "INPUT_" + strings.ToUpper(input.Name); env[name] == "" {
				env[name] = ""
			}
		}
	}
	return func(name string) (string, bool) {
		value, ok := env[name]
		return value, ok
	}
}

func variable(input string) string {
	return "FLEXY_" + strings.ToUpper(strings.ReplaceAll(input, "-", "_"))
}

var named = regexp.MustCompile(`<[a-z-]+>`)

// names puts what the user calls an input in place of <input>.
func names(text string, action bool) string {
	return named.ReplaceAllStringFunc(text, func(name string) string {
		if name = strings.Trim(name, "<>"); action {
			return name
		}
		return variable(name)
	})
}

// read reads a configuration.
func read(args []string, lookup config.Lookup, environ ...string) *config.Source {
	g := config.New(lookup)
	g.Read(args, environ)
	return g
}

// judge reads and judges an environment, and holds all mistakes to the rules
// for texts.
func judge(t *testing.T, g given, action bool) (config.Config, []mistake.Mistake) {
	t.Helper()
	c, mistakes := read(nil, g.as(action)).Config(now)
	secrets := []secret.Value{secret.New(key), secret.New(token)}
	for _, m := range mistakes {
		for _, text := range []string{m.String(), m.Hint, m.Place.Name, m.Place.File} {
			if secret.NewTraces(secrets...).In(text) {
				t.Errorf("shows a secret: %q", text)
			}
		}
		if m.Message == "" || m.Hint == "" || strings.HasSuffix(m.Message, ".") || strings.HasSuffix(m.Hint, ".") {
			t.Errorf("incomplete: %+v", m)
		}
	}
	return c, mistakes
}

// expectMistakes judges an environment as an action and outside.
func expectMistakes(t *testing.T, g given, want ...string) {
	t.Helper()
	for _, action := range []bool{true, false} {
		_, mistakes := judge(t, g, action)
		var got, expected []string
		for _, m := range mistakes {
			got = append(got, m.String())
		}
		for _, m := range want {
			expected = append(expected, names(m, action))
		}
		if diff := cmp.Diff(expected, got); diff != "" {
			t.Errorf("mistakes, action %v (-want +got):\n%s", action, diff)
		}
	}
}

// expectGood judges an environment as an action and outside, and returns the
// configuration.
func expectGood(t *testing.T, g given) config.Config {
	t.Helper()
	expectMistakes(t, g)
	c, mistakes := judge(t, g, true)
	if len(mistakes) > 0 || len(c.Entries) != 1 {
		t.Fatalf("%d keys, mistakes %v", len(c.Entries), mistakes)
	}
	return c
}

// file writes a file and returns its path.
func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	testkit.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}
