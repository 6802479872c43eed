package oracle_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp/cmpopts"

	"flexy-key-check/checks/internal/test/oracle"
	"flexy-key-check/checks/internal/test/testkit"
)

// testdata/runner.json has streams and files of outputs, with what the runner's own
// classes find in them: ActionCommand, compiled with Mono, in the loop of
// ActionCommandManager, and EnvFileKeyValuePairs with SetOutput's rule for names.
// Not among them, because Mono differs from .NET: characters that a comparison by
// culture overlooks, byte order marks, and text that is not UTF-8.
func TestAsTheRunner(t *testing.T) {
	t.Parallel()
	var vectors struct {
		Streams []struct {
			Stream   string
			Commands []oracle.Command
		}
		Files []struct {
			File   string
			Names  []string
			Values map[string]string
			Fails  bool
		}
	}
	text, err := os.ReadFile("testdata/runner.json")
	testkit.NoError(t, err)
	testkit.NoError(t, json.Unmarshal(text, &vectors))
	if len(vectors.Streams) < 100 || len(vectors.Files) < 50 {
		t.Fatalf("only %d streams and %d files", len(vectors.Streams), len(vectors.Files))
	}
	for _, v := range vectors.Streams {
		t.Run(fmt.Sprintf("%q", v.Stream), func(t *testing.T) {
			t.Parallel()
			got := slices.DeleteFunc(oracle.Commands([]byte(v.Stream)), func(c oracle.Command) bool { return !oracle.IsRegistered(c.Name) })
			testkit.Diff(t, v.Commands, got, cmpopts.EquateEmpty())
		})
	}
	for _, v := range vectors.Files {
		t.Run(fmt.Sprintf("%q", v.File), func(t *testing.T) {
			t.Parallel()
			names, values, err := oracle.Outputs([]byte(v.File))
			testkit.Diff(t, v.Names, names, cmpopts.EquateEmpty())
			testkit.Diff(t, v.Values, values)
			testkit.Diff(t, v.Fails, err != nil)
		})
	}
}

// Commands of names that the runner does not know are found too, and those that
// only a comparison by culture finds.
func TestMoreThanTheRunner(t *testing.T) {
	t.Parallel()
	for stream, want := range map[string]string{
		"::foo name=A::b\n":                       "[{foo map[name:A] b}]",
		"##[foo]x":                                "[{foo map[] x}]",
		"::foo:: ##[error]x":                      "[{foo map[]  ##[error]x} {error map[] x}]",
		"::foo::a ##[bar]b":                       "[{foo map[] a ##[bar]b} {bar map[] b}]",
		"\u200b::error::x":                        "[{error map[] x}]",
		"::error:\u200b:x\n::error:\x00:y":        "[{error map[] x} {error map[] y}]",
		"x #\u00ad#[error]y":                      "[{error map[] y}]",
		"::stop-commands:\u200b:t\n::error::x":    "[{stop-commands map[] t} {error map[] x}]",
		"::stop-commands::t\n::foo::\n##[bar]x\n": "[{stop-commands map[] t}]",
	} {
		testkit.Diff(t, want, fmt.Sprint(oracle.Commands([]byte(stream))))
	}
	_, values, err := oracle.Outputs([]byte("\ufeffa=b\n"))
	testkit.NoError(t, err)
	testkit.Diff(t, map[string]string{"a": "b"}, values)
}
