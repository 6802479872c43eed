package config_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

const (
	blankKey     = "<api-key>: the key is blank"
	byFork       = blankKey + ": GitHub gives no secrets to a pull request from a fork"
	byDependabot = blankKey + ": GitHub gives Dependabot only Dependabot secrets"

	shop = `{"full_name":"shop/app"}`
	fork = `{"full_name":"someone/app"}`
)

// payload is that of a pull request from one repository to another.
func payload(head, base string) string {
	return fmt.Sprintf(`{"action":"opened","pull_request":{"number":7,"head":{"ref":"x","repo":%s},"base":{"ref":"main","repo":%s}},"sender":{"login":"x"}}`, head, base)
}

// payloads are those of events, and whether they are of a pull request from a
// fork.
var payloads = []struct {
	name, text string
	fork       bool
}{
	{"same repository in another case", payload(`{"full_name":"Shop/App"}`, shop), false},
	{"fork", payload(fork, shop), true},
	{"deleted fork", payload(`null`, shop), true},
	{"long", strings.Repeat(" ", 1<<20) + payload(fork, shop), true},
	{"no head", `{"pull_request":{"base":{"repo":` + shop + `}}}`, false},
	{"head without a name", payload(`{}`, shop), false},
	{"head of another type", payload(`"someone/app"`, shop), false},
	{"no base", `{"pull_request":{"head":{"repo":` + fork + `}}}`, false},
	{"deleted base", payload(fork, `null`), false},
	{"both deleted", payload(`null`, `null`), false},
	{"no pull request", `{"ref":"refs/heads/main"}`, false},
	{"truncated", payload(fork, shop)[:60], false},
	{"trailing text", payload(fork, shop) + "x", false},
}

// blank is a run whose key is blank, with on-missing-key: skip.
func blank(event, path string, changes given) given {
	return given{
		"on-missing-key": "skip", "environment": "production", "GITHUB_ACTOR": "amina", "GITHUB_EVENT_NAME": event, "GITHUB_EVENT_PATH": path,
	}.with(changes)
}

func expectSkipped(t *testing.T, g given, want bool) {
	t.Helper()
	if c := expectGood(t, g); c.Entries[0].Skipped != want {
		t.Errorf("skipped: %v, want %v: %v", !want, want, g)
	}
}

var (
	pullRequests = []string{"pull_request", "pull_request_review", "pull_request_review_comment"}
	otherEvents  = []string{"pull_request_target", "push", "deployment", "schedule", "workflow_dispatch", "merge_group"}
)

func TestPayloads(t *testing.T) {
	t.Parallel()
	for _, tc := range payloads {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			path := file(t, "event.json", tc.text)
			for _, event := range pullRequests {
				if tc.fork {
					expectSkipped(t, blank(event, path, nil), true)
					expectMistakes(t, blank(event, path, given{"on-missing-key": "fail"}), byFork)
				} else {
					expectMistakes(t, blank(event, path, nil), blankKey)
				}
			}
			for _, event := range append(otherEvents, "") {
				expectMistakes(t, blank(event, path, nil), blankKey)
			}
		})
	}
}

// A payload in a pipe does not hang the program.
func TestUnreadablePayload(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"", filepath.Join(t.TempDir(), "missing.json"), t.TempDir(), "/dev/null", namedPipe(t)} {
		expectMistakes(t, blank("pull_request", path, nil), blankKey)
	}
}

// Dependabot gets no secrets on any event, but a deploy is never skipped.
func TestDependabot(t *testing.T) {
	t.Parallel()
	path := file(t, "event.json", payload(shop, shop))
	run := func(actor, event string) given { return blank(event, path, given{"GITHUB_ACTOR": actor}) }
	for _, event := range pullRequests {
		expectSkipped(t, run("dependabot[bot]", event), true)
		expectMistakes(t, run("dependabot[bot]", event).with(given{"on-missing-key": ""}), byDependabot)
	}
	for _, event := range otherEvents {
		expectMistakes(t, run("dependabot[bot]", event), byDependabot)
	}
	expectMistakes(t, run("dependabot[bot]", ""), blankKey)
	expectMistakes(t, run("dependabot", "pull_request"), blankKey)
}

// Where the key is skipped, neither a type nor a secrets token is needed. A key
// that is given is judged as elsewhere, and so are the other inputs.
func TestSkipping(t *testing.T) {
	t.Parallel()
	path := file(t, "event.json", payload(fork, shop))
	run := func(changes given) given { return blank("pull_request", path, changes) }
	expectSkipped(t, run(given{"environment": ""}), true)
	expectSkipped(t, run(given{"api-key": " \n", "secret-name": "FLEXY_KEY"}), true)
	expectSkipped(t, run(given{"api-key": key}), false)
	expectMistakes(t, run(given{"api-key": "***", "timeout": "1"}),
		`<timeout>: must be a duration from 1s to 10m, not "1"`, "<api-key>: not a Flexy API key: masked, as a log shows a secret (not shown)")
	// So is the date of a secret without the token to read it.
	rotation := run(given{"environment": "", "rotation-only": "true", "secret-name": "FLEXY_KEY"})
	expectSkipped(t, rotation, true)
	expectSkipped(t, rotation.with(given{"secrets-token": token}), false)
	expectSkipped(t, rotation.with(given{"secret-name": "", "rotated-on": "2026-07-01"}), false)
	// A mistyped skip explains a blank key only where it would apply.
	expectMistakes(t, blank("push", path, given{"on-missing-key": "skp"}), `<on-missing-key>: must be fail or skip, not "skp"`, blankKey)
}

// The hint about a blank key names the usual causes on the platform, in at most
// 20 words.
func TestBlankKeyHint(t *testing.T) {
	t.Parallel()
	blankInPolicy := policyEnv(t, "keys: [{name: a, env: FLEXY_NO_KEY}]", nil)
	bothInPolicy := policyEnv(t, "keys: [{name: a, env: FLEXY_NO_KEY}, {name: b, env: ONECLICK_API_KEY}]", nil)
	for _, tc := range []struct {
		action bool
		env    given
		cause  string
	}{
		{true, given{}, "secrets: inherit"},
		{false, given{"GITHUB_ACTIONS": "true"}, "secrets: inherit"},
		{false, given{"GITLAB_CI": "true"}, "CI/CD variable"},
		{false, given{}, "_FILE"},
		{true, blankInPolicy, "the step's env:"},
		{true, blankInPolicy.with(given{"ONECLICK_API_KEY": key}), "the step's env:"},
		{true, given{"ONECLICK_API_KEY": key}, "secrets: inherit"},
		{false, blankInPolicy.absolute(), "_FILE"},
		{false, blankInPolicy.absolute().with(given{"ONECLICK_API_KEY": key}), "name ONECLICK_API_KEY in env"},
		{false, given{"ONECLICK_API_KEY": key}, `set FLEXY_API_KEY="$ONECLICK_API_KEY"`},
		{false, given{"ONECLICKDZ_API_KEY": key, "GITLAB_CI": "true"}, `set FLEXY_API_KEY="$ONECLICKDZ_API_KEY"`},
		{false, given{"ONECLICK_API_KEY": " "}, "_FILE"},
		{false, bothInPolicy.absolute().with(given{"ONECLICK_API_KEY": key}), "_FILE"},
	} {
		_, mistakes := judge(t, tc.env.with(given{"environment": "production"}), tc.action)
		if len(mistakes) != 1 || len(strings.Fields(mistakes[0].Hint)) > 20 || !strings.Contains(mistakes[0].Hint, tc.cause) {
			t.Errorf("want one mistake with %q in its hint: %q", tc.cause, hinted(mistakes))
		}
	}
}
