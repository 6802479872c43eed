package app

import (
	"fmt"
	"strings"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/github"
	"flexy-key-check/checks/internal/report"
)

const helpHead = `usage: flexy-key-check [-h | --help | --version | --fingerprint]

Checks that a OneClickDz Flexy API key is what you expect. Settings are
environment variables; the key is never an argument.

  FLEXY_API_KEY="$KEY" FLEXY_ENVIRONMENT=production flexy-key-check
  FLEXY_API_KEY="$OLD" FLEXY_EXPECT_STATE=revoked flexy-key-check
  FLEXY_POLICY=keys.yml FLEXY_FORMAT=json flexy-key-check | jq .verdict
  FLEXY_API_KEY="$KEY" flexy-key-check --fingerprint  # sends nothing
`

const helpTail = `
files and format:
  FLEXY_API_KEY_FILE, FLEXY_SECRETS_TOKEN_FILE, FLEXY_GITHUB_TOKEN_FILE,
  FLEXY_EXPECT_ACCOUNT_FILE
      Path of a file that holds the value, in place of the variable.
  FLEXY_FORMAT (default text; github inside GitHub Actions)
      How to report: text, json or github.

Also honoured: HTTPS_PROXY, HTTP_PROXY, NO_PROXY, SSL_CERT_FILE, SSL_CERT_DIR,
NO_COLOR, RUNNER_DEBUG.
Exit codes: 0 pass; 1 the key is rejected or not what was expected; 2 the
settings are wrong, nothing was sent; 3 undetermined.
`

// flag answers a command line that is a flag alone, and returns the exit code. An action
// has no arguments.
func (e Env) flag() (code int, isFlag bool) {
	if len(e.Args) != 1 || config.ActionMode(e.LookupEnv) {
		return 0, false
	}
	var text string
	switch e.Args[0] {
	case "-h", "--help":
		text = help()
	case "--version":
		text = report.Name + " " + e.Version + "\n"
	case "--fingerprint":
		digits, mistakes := config.Fingerprint(e.LookupEnv)
		for _, m := range mistakes {
			fmt.Fprintf(quiet{e.Stderr}, "%[1]s: error: %[2]s\n%[1]s: hint: %[3]s\n", report.Name, m, m.Hint)
		}
		if len(mistakes) > 0 {
			return checks.ExitMisconfigured, true
		}
		text = digits + "\n"
	default:
		return 0, false
	}
	fmt.Fprint(quiet{e.Stdout}, text)
	return checks.ExitPass, true
}

// help lists every variable with its default and meaning.
func help() string {
	var b strings.Builder
	b.WriteString(helpHead)
	for _, part := range config.Parts {
		fmt.Fprintf(&b, "\n%s:\n", part)
		for _, input := range config.InPart(part) {
			b.WriteString("  " + input.Variable())
			if input.Default != "" {
				fmt.Fprintf(&b, " (default %s)", input.Default)
			}
			for line := range strings.SplitSeq(report.Wrap(config.Names{}.Expand(input.Doc), 74, ""), "\n") {
				b.WriteString("\n      " + line)
			}
			b.WriteString("\n")
		}
	}
	own, _, _ := strings.Cut(github.DefaultAction, "@")
	return b.String() + helpTail + "Documentation: https://github.com/" + own + "\n"
}
