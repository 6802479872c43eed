package app_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/emulator"
	"flexy-key-check/checks/internal/testkit"
)

// Outside action mode each setting is a variable, with the same meaning and the
// same exit codes, in whatever format.
func TestOutside(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		given  map[string]string
		api    func(*emulator.API)
		code   int
		sends  int
		result string // the verdict
		says   string // on standard error, or in annotations
	}{
		"pass":                    {sends: 1, result: "pass"},
		"warning":                 {given: map[string]string{"rotated-on": "2026-01-01"}, sends: 1, result: "pass", says: "warning.*rotation"},
		"mismatch":                {given: map[string]string{"expect-scope": "READ-ONLY"}, code: 1, sends: 1, result: "mismatch", says: "error.*scope"},
		"invalid":                 {api: revoked, code: 1, sends: 1, result: "invalid", says: "INVALID_ACCESS_TOKEN"},
		"blocked":                 {api: blocked, code: 3, sends: 1, result: "blocked", says: "IP_BLOCKED"},
		"unavailable":             {api: answering(404, ""), code: 3, sends: 1, result: "unavailable", says: "404"},
		"softened":                {api: answering(404, ""), given: map[string]string{"on-unavailable": "warn"}, sends: 1, result: "unavailable", says: "warning.*404"},
		"blank key":               {given: map[string]string{"api-key": " "}, code: 2, result: "misconfigured", says: "FLEXY_API_KEY"},
		"no type":                 {given: map[string]string{"environment": ""}, code: 2, result: "misconfigured", says: "FLEXY_ENVIRONMENT.*FLEXY_EXPECT_TYPE"},
		"wrong value":             {given: map[string]string{"on-ip-not-allowed": "x"}, code: 2, result: "misconfigured", says: "FLEXY_ON_IP_NOT_ALLOWED"},
		"the key in another line": {given: map[string]string{"expect-allowed-ips": theKey}, code: 2, result: "misconfigured", says: "FLEXY_EXPECT_ALLOWED_IPS"},
		"revoked":                 {api: revoked, given: map[string]string{"expect-state": "revoked", "environment": ""}, sends: 1, result: "pass"},
		"rotation only":           {given: map[string]string{"rotation-only": "true", "api-key": "", "rotated-on": "2026-10-01"}, result: "pass"},
		"fork, skipped": {given: map[string]string{"api-key": "", "on-missing-key": "skip", "GITHUB_EVENT_NAME": "pull_request",
			"GITHUB_EVENT_PATH": payload(t, ofFork)}, result: "skipped"},
		"an input of the action does not count": {given: map[string]string{"INPUT_EXPECT-SCOPE": "READ-ONLY"}, sends: 1, result: "pass"},
	} {
		for _, format := range []string{"", "text", "json", "github", "GitHub"} {
			t.Run(name+", format "+format, func(t *testing.T) {
				t.Parallel()
				s := serve(t)
				if tt.api != nil {
					tt.api(s.API)
				}
				p := shell(t, s.URL, tt.given)
				p.vars["FLEXY_FORMAT"] = format
				r := p.run(t)
				verdict, said := r.told(t)
				if r.code != tt.code || s.sends() != tt.sends || verdict != tt.result {
					t.Errorf("exit code %d, %d sends, verdict %s; want %d, %d, %s", r.code, s.sends(), verdict, tt.code, tt.sends, tt.result)
				}
				if !regexp.MustCompile("(?i)"+tt.says).MatchString(said) || tt.says == "" && said != "" {
					t.Errorf("said %q, want %q", said, tt.says)
				}
			})
		}
	}
}

// told returns the verdict of a run and all its remarks, whatever the format.
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

// An action takes no format: the runner reads what it writes.
func TestOutsideFormatIsNoInput(t *testing.T) {
	t.Parallel()
	table{
		"json":                                with(passes(), "FLEXY_FORMAT", "json"),
		"unknown":                             with(passes(), "FLEXY_FORMAT", "xml"),
		"a variable of the shell is no input": with(unreadWarning(), "FLEXY_EXPECT_SCOPE", "READ-ONLY", "FLEXY_POLICY", "keys.yml", "FLEXY_TIMEOUT", "1s"),
		"nor where the input is given":        with(passes(), "expect-scope", "READ-WRITE", "FLEXY_EXPECT_SCOPE", "READ-ONLY"),
		"nor is the shell's key":              with(misconfigured("api-key"), "api-key", "", "FLEXY_API_KEY", theKey),
	}.run(t)
}

// unreadWarning is a pass with one warning, of all variables that nobody reads.
func unreadWarning() want {
	w := passes().with(`does not read FLEXY_POLICY, FLEXY_EXPECT_SCOPE`)
	w.Annotations = []string{"warning: flexy-key-check: environment"}
	return w
}

func TestOutsideColour(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		terminal bool
		given    map[string]string
		want     bool
	}{
		"a terminal":            {terminal: true, want: true},
		"a terminal, NO_COLOR":  {terminal: true, given: map[string]string{"NO_COLOR": "1"}},
		"a pipe":                {},
		"json on a terminal":    {terminal: true, given: map[string]string{"FLEXY_FORMAT": "json"}},
		"github on a terminal":  {terminal: true, given: map[string]string{"FLEXY_FORMAT": "github"}},
		"a mismatch":            {terminal: true, given: map[string]string{"expect-scope": "READ-ONLY"}, want: true},
		"a mismatch, no colour": {given: map[string]string{"expect-scope": "READ-ONLY"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := shell(t, serve(t).URL, tt.given)
			p.terminal = tt.terminal
			r := p.run(t)
			if got := strings.Contains(string(r.stdout)+string(r.stderr), "\x1b["); got != tt.want {
				t.Errorf("colour %t, want %t:\n%q", got, tt.want, r.stdout)
			}
		})
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

// --help tells of every variable, with its default.
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
			t.Errorf("--help does not tell of %s, by default %q", shellVariable(input.Name), value)
		}
	}
	for _, variable := range []string{"FLEXY_FORMAT", "NO_COLOR", "HTTPS_PROXY", "SSL_CERT_FILE"} {
		if !strings.Contains(help, variable) {
			t.Errorf("--help does not tell of %s", variable)
		}
	}
}
