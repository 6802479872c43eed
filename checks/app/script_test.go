package app_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"flexy-key-check/checks/internal/emulator"
)

// The scripts run the real program against the emulator, as a user would. A
// script has $KEY, what the API echoes as $ECHO and its $ACCOUNT, other keys
// in $SANDBOX and (for one that never exists) $WRONG, the runner's files by their names, days in $TODAY,
// $AGO_80 and $AGO_100, and these commands besides the usual ones:
//
//	api [FILE]         start the API with the keys in FILE (emulator.Key as
//	                   JSON, variables expanded) or with the good key: $API
//	fault [always] ... the next request, or every one, meets a fault: see faults
//	action             run as the runner runs a container action: all inputs
//	                   blank, but for a good key of environment production
//	check EXIT [ARG]…  run the program, and hold it to what is true of every run
//	output NAME VALUE  the output is that
//	annotations N      there are as many
//	annotation LEVEL TITLE MESSAGE   one of them matches these patterns
//	sends KEY N        the key arrived as often
//
// An input is set as the runner does: env INPUT_EXPECT-TYPE=any.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "../../testdata/script",
		Setup:               setUpScene,
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"api":         command(0, 1, (*scene).api),
			"fault":       command(1, 4, (*scene).fault),
			"action":      command(0, 0, (*scene).asAction),
			"check":       command(1, 9, (*scene).check),
			"output":      command(2, 2, (*scene).output),
			"annotation":  command(3, 3, (*scene).annotation),
			"annotations": command(1, 1, (*scene).annotations),
			"sends":       command(2, 2, (*scene).sends),
		},
	})
}

// A scene is the state of a script.
type scene struct {
	t        testing.TB
	emulator *emulator.API
	isAction bool
	last     ran // what the last check left behind
}

type sceneKey struct{}

const (
	theWrong   = "sk_live_Qx5Td8Gn1Ms4Yb6Hc3Pz"
	theSandbox = "sk_test_Jr7Vf2Ze9Lb5Nk0Wd8Xu"
)

func setUpScene(env *testscript.Env) error {
	t, ok := env.T().(testing.TB)
	if !ok {
		return errors.New("not run by go test")
	}
	env.Values[sceneKey{}] = &scene{t: t}
	now := awaitDay().UTC()
	for name, value := range map[string]string{
		"KEY": theKey, "ECHO": theEcho, "ACCOUNT": theAccount, "SANDBOX": theSandbox, "WRONG": theWrong, "TOKEN": theToken,
		"TODAY":   now.Format(time.DateOnly),
		"AGO_80":  now.AddDate(0, 0, -80).Format(time.DateOnly),
		"AGO_100": now.AddDate(0, 0, -100).Format(time.DateOnly),
	} {
		env.Setenv(name, value)
	}
	for _, name := range runnerFiles {
		env.Setenv(name, env.WorkDir+"/"+name)
	}
	return nil
}

// awaitDay returns the time, not just before a day ends in UTC: the program would
// then take another date than its script.
func awaitDay() time.Time {
	const longest = time.Minute // that a script takes
	if left := time.Until(time.Now().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)); left < longest {
		time.Sleep(left)
	}
	return time.Now()
}

// command makes a command of a method that takes least to most arguments.
func command(least, most int, run func(*scene, *testscript.TestScript, []string)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) < least || len(args) > most {
			ts.Fatalf("want %d to %d arguments and no !", least, most)
		}
		run(ts.Value(sceneKey{}).(*scene), ts, args)
	}
}

func (s *scene) api(ts *testscript.TestScript, args []string) {
	keys := []emulator.Key{goodKey()}
	if len(args) == 1 {
		keys = nil
		ts.Check(json.Unmarshal([]byte(os.Expand(ts.ReadFile(args[0]), ts.Getenv)), &keys))
	}
	s.emulator = emulator.New(emulator.Options{Now: time.Now, Keys: keys})
	server := httptest.NewServer(s.emulator)
	ts.Defer(server.Close)
	ts.Setenv("API", server.URL)
	ts.Setenv("FLEXY_BASE_URL", server.URL)
}

// faults makes a fault of its arguments.
var faults = map[string]func(ts *testscript.TestScript, args []string) emulator.Fault{
	"status": func(ts *testscript.TestScript, args []string) emulator.Fault {
		return emulator.Status(number(ts, args[0]))
	},
	"retry-after": func(ts *testscript.TestScript, args []string) emulator.Fault {
		return emulator.RetryAfter(number(ts, args[0]), args[1])
	},
	"error": func(ts *testscript.TestScript, args []string) emulator.Fault {
		return emulator.Error(number(ts, args[0]), args[1], args[2], nil)
	},
	"body": func(ts *testscript.TestScript, args []string) emulator.Fault {
		return emulator.Body(number(ts, args[0]), "application/json", []byte(os.Expand(ts.ReadFile(args[1]), ts.Getenv)))
	},
	"redirect": func(_ *testscript.TestScript, args []string) emulator.Fault {
		return emulator.Chain(header("Location", args[0]), plainly(http.StatusFound))
	},
	"drop":  func(*testscript.TestScript, []string) emulator.Fault { return emulator.Drop },
	"reset": func(*testscript.TestScript, []string) emulator.Fault { return emulator.Reset },
}

func (s *scene) fault(ts *testscript.TestScript, args []string) {
	add := func(f emulator.Fault) { s.emulator.Next(f) }
	if args[0] == "always" {
		add, args = s.emulator.Always, args[1:]
	}
	build, ok := faults[args[0]]
	if !ok {
		ts.Fatalf("no such fault: %s", args[0])
	}
	add(build(ts, args[1:]))
}

func (s *scene) asAction(ts *testscript.TestScript, _ []string) {
	s.isAction = true
	for _, input := range declared {
		ts.Setenv(inputVariable(input), "")
	}
	for name, value := range map[string]string{
		"INPUT_API-KEY": theKey, "INPUT_ENVIRONMENT": "production", "INPUT_BASE-URL": ts.Getenv("API"), "INPUT_GITHUB-TOKEN": theToken,
		"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push", "GITHUB_ACTOR": "octocat", "GITHUB_WORKSPACE": ts.Getenv("WORK"),
	} {
		ts.Setenv(name, value)
	}
}

func (s *scene) check(ts *testscript.TestScript, args []string) {
	p := program{args: args[1:], vars: map[string]string{}, secrets: []string{theKey, theSandbox, theWrong}}
	names := append([]string{"FLEXY_FORMAT", "FLEXY_API_KEY", "FLEXY_POLICY", "INPUT_POLICY", "GITHUB_ACTIONS"}, runnerFiles...)
	if s.isAction {
		names = append(names, "INPUT_API-KEY")
	}
	for _, name := range names {
		p.vars[name] = ts.Getenv(name)
	}
	for _, name := range runnerFiles {
		if path := p.vars[name]; path == ts.Getenv("WORK")+"/"+name {
			ts.Check(os.WriteFile(path, nil, 0o600))
		}
	}
	err := ts.Exec(binary(s.t), p.args...)
	code := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	s.last = p.ended(s.t, code, []byte(ts.ReadFile("stdout")), []byte(ts.ReadFile("stderr")))
	s.last.hold(s.t)
	if want := number(ts, args[0]); code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

func (s *scene) output(ts *testscript.TestScript, args []string) {
	if got := s.last.outputs()[args[0]]; got != args[1] {
		ts.Fatalf("output %s is %q, want %q", args[0], got, args[1])
	}
}

func (s *scene) annotation(ts *testscript.TestScript, args []string) {
	title, message := regexp.MustCompile(args[1]), regexp.MustCompile(args[2])
	for _, a := range s.last.annotations() {
		if a.level == args[0] && title.MatchString(a.title) && message.MatchString(a.message) {
			return
		}
	}
	ts.Fatalf("no such annotation in %q", s.last.annotations())
}

func (s *scene) annotations(ts *testscript.TestScript, args []string) {
	if got := s.last.annotations(); len(got) != number(ts, args[0]) {
		ts.Fatalf("%d annotations, want %s: %q", len(got), args[0], got)
	}
}

func (s *scene) sends(ts *testscript.TestScript, args []string) {
	if got := s.emulator.Stats().ByKey[args[0]]; got != number(ts, args[1]) {
		ts.Fatalf("the key arrived %d times, want %s", got, args[1])
	}
}

func number(ts *testscript.TestScript, text string) int {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		ts.Fatalf("%v", fmt.Errorf("not a number: %w", err))
	}
	return n
}
