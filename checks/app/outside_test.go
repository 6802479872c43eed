package app_test

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/emulator"
	"flexy-key-check/checks/internal/testkit"
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
		"invalid":       {api: revoked, code: 1, result: "invalid", says: "INVALID_ACCESS_TOKEN"},
		"unavailable":   {api: answering(404, ""), code: 3, result: "unavailable", says: "404"},
		"softened":      {api: answering(404, ""), given: pairs("on-unavailable", "warn"), result: "unavailable", says: "warning.*404"},
		"misconfigured": {given: pairs("environment", ""), code: 2, result: "misconfigured", says: "FLEXY_ENVIRONMENT.*FLEXY_EXPECT_TYPE"},
		"skipped":       {given: pairs("api-key", "", "on-missing-key", "skip", "GITHUB_EVENT_NAME", "pull_request", "GITHUB_EVENT_PATH", writeFile(t, ofFork)), result: "skipped"},
	} {
		for _, format := range []string{"", "text", "json", "github"} {
			t.Run(name+", format "+format, func(t *testing.T) {
				t.Parallel()
				given := pairs("FLEXY_FORMAT", format)
				maps.Copy(given, tt.given)
				r, s := scenario{outside: true, api: tt.api, given: given}.run(t)
				verdict, said := r.told(t)
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

// told returns the verdict and all remarks, in any format.
func (r ran) told(t *testing.T) (verdict, said string) {
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
		terminal bool
		given    map[string]string
		want     bool
	}{
		{true, nil, true}, {false, nil, false}, {true, pairs("NO_COLOR", "1"), false}, {true, pairs("FLEXY_FORMAT", "json"), false},
	} {
		p := shell(t, serve(t).URL, tt.given)
		p.terminal = tt.terminal
		r := p.run(t)
		if got := strings.Contains(string(r.stdout)+string(r.stderr), "\x1b["); got != tt.want {
			t.Errorf("%v on a terminal %v: colour %v:\n%q", tt.given, tt.terminal, got, r.stdout)
		}
	}
}

func TestOutsideArguments(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args []string
		code int
		want string // on standard output
	}{
		{[]string{"-h"}, 0, "(?s)usage.*FLEXY_API_KEY.*FLEXY_FORMAT"},
		{[]string{"--version"}, 0, `^flexy-key-check 1\.2\.3\n$`},
		{[]string{"--api-key=" + theKey}, 2, "verdict: misconfigured"},
		{[]string{"--help", "--version"}, 2, "verdict: misconfigured"},
		{[]string{""}, 2, "verdict: misconfigured"},
	} {
		s := serve(t)
		p := shell(t, s.URL, nil)
		p.args = tt.args
		if r := p.run(t); r.code != tt.code || s.Stats().Requests != 0 || (tt.code == 0) != (len(r.stderr) == 0) || !regexp.MustCompile(tt.want).Match(r.stdout) {
			t.Errorf("%q: exit code %d, %d requests; %q and %q", tt.args, r.code, s.Stats().Requests, r.stdout, r.stderr)
		}
	}
}

// --help lists every variable with its default.
func TestOutsideHelp(t *testing.T) {
	t.Parallel()
	p := shell(t, serve(t).URL, nil)
	p.args = []string{"--help"}
	help := string(p.run(t).stdout)
	for _, input := range testkit.Entries("inputs") {
		value := regexp.QuoteMeta(input.Rest)
		if input.Name == "github-token" {
			value = "" // the runner's
		}
		if !regexp.MustCompile(`\b` + shellVariable(input.Name) + `\b.*` + value).MatchString(help) {
			t.Errorf("--help lacks %s, by default %q", shellVariable(input.Name), value)
		}
	}
	for _, variable := range []string{"FLEXY_FORMAT", "NO_COLOR", "HTTPS_PROXY", "SSL_CERT_FILE"} {
		if !strings.Contains(help, variable) {
			t.Errorf("--help lacks %s", variable)
		}
	}
}
