package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks/internal/contract"
	"flexy-key-check/checks/internal/emulator"
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

func TestOutsideFormat(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		given map[string]string
		code  int
		want  string // the format
	}{
		"a shell":              {want: "text"},
		"a step of a workflow": {given: map[string]string{"GITHUB_ACTIONS": "true"}, want: "github"},
		"another CI":           {given: map[string]string{"GITLAB_CI": "true", "GITHUB_ACTIONS": "false"}, want: "text"},
		"asked for in a step":  {given: map[string]string{"GITHUB_ACTIONS": "true", "FLEXY_FORMAT": "json"}, want: "json"},
		"blank":                {given: map[string]string{"FLEXY_FORMAT": " "}, want: "text"},
		"any case":             {given: map[string]string{"FLEXY_FORMAT": " JSON\n"}, want: "json"},
		"unknown":              {given: map[string]string{"FLEXY_FORMAT": "xml"}, want: "text", code: 2},
		"the key":              {given: map[string]string{"FLEXY_FORMAT": theKey}, want: "text", code: 2},
		"the key, in a step":   {given: map[string]string{"FLEXY_FORMAT": theKey, "GITHUB_ACTIONS": "true"}, want: "github", code: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := shell(t, serve(t).URL, tt.given).run(t)
			got := "text"
			switch {
			case json.Valid(r.stdout):
				got = "json"
			case len(r.files["GITHUB_OUTPUT"]) > 0:
				got = "github"
			}
			if got != tt.want || r.code != tt.code {
				t.Errorf("format %s, exit code %d; want %s, %d", got, r.code, tt.want, tt.code)
			}
		})
	}
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

// Each problem comes with what to do about it, on standard error.
func TestOutsideHints(t *testing.T) {
	t.Parallel()
	r := shell(t, serve(t).URL, map[string]string{"expect-scope": "READ-ONLY", "rotated-on": "2026-01-01", "expect-type": "SANDBOX", "environment": ""}).run(t)
	got := map[string]int{}
	for line := range strings.Lines(string(r.stderr)) {
		got[strings.SplitN(line, ": ", 3)[1]]++
	}
	if diff := cmp.Diff(map[string]int{"error": 2, "warning": 1, "hint": 3}, got); diff != "" {
		t.Errorf("(-want +got):\n%s\n%s", diff, r.stderr)
	}
}

func TestOutsideArguments(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		args []string
		code int
		want string // on standard output; "" for a report
	}{
		"--help":               {[]string{"--help"}, 0, "(?s)usage.*FLEXY_API_KEY.*FLEXY_TIMEOUT.*60s"},
		"-h":                   {[]string{"-h"}, 0, "(?s)usage.*FLEXY_API_KEY.*FLEXY_FORMAT"},
		"--version":            {[]string{"--version"}, 0, `^flexy-key-check 1\.2\.3\n$`},
		"unknown":              {[]string{"--frob"}, 2, ""},
		"a key":                {[]string{theKey}, 2, ""},
		"a key as a flag":      {[]string{"--api-key=" + theKey}, 2, ""},
		"two":                  {[]string{"--help", "--version"}, 2, ""},
		"-version":             {[]string{"-version"}, 2, ""},
		"a setting":            {[]string{"FLEXY_ENVIRONMENT=production"}, 2, ""},
		"an empty one":         {[]string{""}, 2, ""},
		"the end of arguments": {[]string{"--"}, 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			p := shell(t, s.URL, nil)
			p.args = tt.args
			r := p.run(t)
			if r.code != tt.code || s.Stats().Requests != 0 {
				t.Errorf("exit code %d, %d requests; want %d, 0", r.code, s.Stats().Requests, tt.code)
			}
			if tt.want == "" {
				tt.want = "verdict: misconfigured"
			} else if len(r.stderr) > 0 {
				t.Errorf("standard error is not empty: %s", r.stderr)
			}
			if !regexp.MustCompile(tt.want).Match(r.stdout) {
				t.Errorf("standard output is %q, want %q", r.stdout, tt.want)
			}
		})
	}
}

// --help tells of every variable, with its default.
func TestOutsideHelp(t *testing.T) {
	t.Parallel()
	p := shell(t, serve(t).URL, nil)
	p.args = []string{"--help"}
	help := string(p.run(t).stdout)
	for _, input := range contract.Entries("inputs") {
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

// What the API says is text outside Actions too: no colour, no cursor, no line
// of its own.
func TestOutsideHostile(t *testing.T) {
	t.Parallel()
	invisible := regexp.MustCompile(`[\x00-\x08\x0b-\x1f\x7f\x{80}-\x{a0}\x{200b}-\x{200f}\x{2028}-\x{202e}\x{2066}-\x{2069}\x{feff}]`)
	for _, text := range []string{
		"\x1b[2J\x1b[32mpass", "\u202etceles", "a\u200bb", "x\nverdict: pass: every assertion holds", "x\rverdict: pass", "\x00", "\u009b31m",
		"flexy-key-check: error: x", strings.Repeat("long ", 2_000), "\u2028x", "<script>", "%s%n%!d(MISSING)",
	} {
		for _, format := range []string{"text", "json"} {
			t.Run(fmt.Sprintf("%.20q, %s", text, format), func(t *testing.T) {
				t.Parallel()
				s := serve(t)
				having(func(k *emulator.Key) { k.Type, k.Scope, k.AllowedIPs = text, text, nil })(s.API)
				r := shell(t, s.URL, map[string]string{"FLEXY_FORMAT": format}).run(t)
				for name, stream := range map[string][]byte{"stdout": r.stdout, "stderr": r.stderr} {
					if at := invisible.FindIndex(stream); at != nil || bytes.Contains(stream, []byte("\nverdict: pass")) {
						t.Errorf("%s at %v:\n%q", name, at, stream)
					}
				}
				if r.code != 1 {
					t.Errorf("exit code %d", r.code)
				}
			})
		}
	}
}
