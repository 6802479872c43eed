package app_test

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/test/emulator"
	"flexy-key-check/checks/internal/test/testkit"
)

// Outside Actions settings are variables, with the same meaning and exit codes in
// every format.
func TestOutside(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		given  map[string]string
		api    func(*emulator.API)
		code   int
		result string // the verdict
		says   string // on standard error, or in annotations
	}{
		"pass":          {result: "pass"},
		"warning":       {given: pairs("rotated-on", "2026-01-01", "RUNNER_DEBUG", "1"), result: "pass", says: "warning.*rotation"},
		"mismatch":      {given: pairs("expect-scope", "READ-ONLY"), code: 1, result: "mismatch", says: "error.*scope"},
		"unavailable":   {api: answering(501, ""), code: 3, result: "unavailable", says: "501"},
		"softened":      {api: answering(501, ""), given: pairs("on-unavailable", "warn"), result: "unavailable", says: "warning.*501"},
		"not softened":  {api: answering(404, ""), given: pairs("on-unavailable", "warn"), code: 3, result: "unavailable", says: "error.*404"},
		"misconfigured": {given: pairs("environment", ""), code: 2, result: "misconfigured", says: "FLEXY_ENVIRONMENT.*FLEXY_EXPECT_TYPE"},
		"skipped":       {given: pairs("api-key", "", "on-missing-key", "skip", "GITHUB_EVENT_NAME", "pull_request", "GITHUB_EVENT_PATH", testkit.File(t, ofFork)), result: "skipped"},
	} {
		for _, format := range append([]string{""}, formats...) {
			t.Run(name+", format "+format, func(t *testing.T) {
				t.Parallel()
				given := pairs("FLEXY_FORMAT", format)
				maps.Copy(given, tt.given)
				r, s := scenario{outside: true, api: tt.api, given: given}.run(t)
				verdict, said := r.shown(t)
				if r.code != tt.code || verdict != tt.result || s.sends() > 1 {
					t.Errorf("exit code %d, verdict %s, %d sends; want %d, %s", r.code, verdict, s.sends(), tt.code, tt.result)
				}
				if !regexp.MustCompile("(?i)"+tt.says).MatchString(said) || tt.says == "" && said != "" {
					t.Errorf("said %q, want %q", said, tt.says)
				}
			})
		}
	}
}

// shown returns the verdict and all annotations, in any format.
func (r ran) shown(t *testing.T) (verdict, said string) {
	t.Helper()
	switch r.format {
	case "json":
		verdict = fmt.Sprint(r.holdResult(t, r.stdout)["verdict"])
	case "github":
		for _, a := range r.annotations() {
			said += fmt.Sprintln(a.level, a.title, a.message)
		}
		return r.outputs()["verdict"], said
	default:
		m := regexp.MustCompile(`(?m)^verdict: (\w+)`).FindSubmatch(r.stdout)
		if m == nil {
			t.Fatalf("no verdict in\n%s", r.stdout)
		}
		verdict = string(m[1])
	}
	return verdict, string(r.stderr)
}

// Only text on a terminal is coloured.
func TestOutsideColour(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		columns int
		given   map[string]string
		want    bool
	}{
		{80, nil, true}, {0, nil, false}, {80, pairs("NO_COLOR", "1"), false}, {80, pairs("TERM", "dumb"), false}, {80, pairs("TERM", "xterm"), true}, {80, pairs("FLEXY_FORMAT", "json"), false},
	} {
		p := shell(t, serve(t).URL, tt.given)
		p.columns = tt.columns
		r := p.run(t)
		if got := strings.Contains(string(r.stdout)+string(r.stderr), "\x1b["); got != tt.want {
			t.Errorf("%v on a terminal of %d columns: colour %v:\n%q", tt.given, tt.columns, got, r.stdout)
		}
	}
}

// Any arguments except these are a mistake, which messages.txt shows.
func TestOutsideArguments(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args []string
		code int
		want string // at the start of standard output
	}{
		{[]string{"-h"}, 0, "usage"}, {[]string{"--version"}, 0, "flexy-key-check 1.2.3\n"}, {[]string{"--help", "--version"}, 2, "flexy-key-check v1.2.3\nverdict: misconfigured"},
	} {
		if r, s := (scenario{outside: true, args: tt.args}).run(t); r.code != tt.code || s.sends() > 0 || !strings.HasPrefix(string(r.stdout), tt.want) {
			t.Errorf("%q: exit code %d:\n%s", tt.args, r.code, r.stdout)
		}
	}
}
