package config_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/test/testkit"
)

const (
	key   = "9f5c4b09-883f-1b96-cd7b541cea27"
	token = "ghp_Zx81LqPw03MnVb67"
)

// now is when every run here takes place.
var now = time.Date(2026, 10, 1, 10, 0, 0, 0, time.UTC)

// given is an environment: inputs by their own name, and variables.
type given map[string]string

// with returns the environment with some changes.
func (g given) with(changes given) given {
	env := given{}
	maps.Copy(env, g)
	maps.Copy(env, changes)
	return env
}

// good is an environment without mistakes.
func good(changes given) given {
	return given{"api-key": key, "environment": "production"}.with(changes)
}

// as turns inputs into what the runner sets for an action, which is every
// input, or into what a user sets outside Actions.
func (g given) as(action bool) config.Lookup {
	env := g.with(nil)
	for _, input := range config.Inputs() {
		if value, ok := g[input.Name]; action {
			env["INPUT_"+strings.ToUpper(input.Name)] = value
		} else if ok {
			env[variable(input.Name)] = value
		}
	}
	return env.lookup
}

func (g given) lookup(name string) (string, bool) {
	value, ok := g[name]
	return value, ok
}

func variable(input string) string {
	return "FLEXY_" + strings.ToUpper(strings.ReplaceAll(input, "-", "_"))
}

// read reads a configuration.
func read(args []string, lookup config.Lookup, environ ...string) *config.Source {
	g := config.New(lookup)
	g.Read(args, environ)
	return g
}

// judge reads and judges an environment.
func judge(t *testing.T, g given, action bool) (config.Config, []mistake.Mistake) {
	t.Helper()
	c, mistakes := read(nil, g.as(action)).Config(now)
	traces := secret.NewTraces(secret.New(key), secret.New(token))
	for _, m := range mistakes {
		expectShowable(t, m, traces)
	}
	return c, mistakes
}

// expectShowable checks that a mistake is complete and can be printed anywhere.
func expectShowable(t *testing.T, m mistake.Mistake, secrets secret.Traces) {
	t.Helper()
	for _, text := range []string{m.String(), m.Message, m.Hint, m.Place.Name, m.Place.File} {
		if secrets.In(text) {
			t.Errorf("shows a secret: %q", text)
		}
		if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) || strings.Contains(text, "##[") || !utf8.ValidString(text) {
			t.Errorf("not fit to be shown: %q", text)
		}
	}
	if m.Message == "" || m.Hint == "" || strings.HasSuffix(m.Message, ".") || strings.HasSuffix(m.Hint, ".") {
		t.Errorf("incomplete: %+v", m)
	}
}

func texts(mistakes []mistake.Mistake) []string {
	var out []string
	for _, m := range mistakes {
		out = append(out, m.String())
	}
	return out
}

// hinted returns mistakes with their hints.
func hinted(mistakes []mistake.Mistake) []string {
	out := texts(mistakes)
	for i, m := range mistakes {
		out[i] += "; " + m.Hint
	}
	return out
}

var named = regexp.MustCompile(`<[a-z-]+>`)

// expectMistakes judges an environment as an action and outside Actions. In
// want, <input> stands for what the user calls it.
func expectMistakes(t *testing.T, g given, want ...string) {
	t.Helper()
	for _, action := range []bool{true, false} {
		var expected []string
		for _, m := range want {
			expected = append(expected, named.ReplaceAllStringFunc(m, func(name string) string {
				if name = strings.Trim(name, "<>"); action {
					return name
				}
				return variable(name)
			}))
		}
		_, mistakes := judge(t, g, action)
		testkit.Diff(t, map[bool][]string{action: expected}, map[bool][]string{action: texts(mistakes)})
	}
}

// expectGood judges an environment as an action and outside Actions, and
// returns the configuration.
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

func namedPipe(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipe")
	testkit.NoError(t, syscall.Mkfifo(path, 0o600))
	return path
}
