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
	byDependabot = blankKey + ": GitHub gives Dependabot none but Dependabot secrets"
)

// payloads are those of pull requests, and whether they come from elsewhere.
var payloads = []struct {
	name, text string
	fork       bool
}{
	{"same repository", payload(`{"full_name":"shop/app"}`, `{"full_name":"shop/app"}`), false},
	{"same repository, another case", payload(`{"full_name":"Shop/App"}`, `{"full_name":"shop/app"}`), false},
	{"fork", payload(`{"full_name":"someone/app"}`, `{"full_name":"shop/app"}`), true},
	{"deleted fork", payload(`null`, `{"full_name":"shop/app"}`), true},
	{"no head repository", `{"pull_request":{"head":{},"base":{"repo":{"full_name":"shop/app"}}}}`, false},
	{"no head", `{"pull_request":{"base":{"repo":{"full_name":"shop/app"}}}}`, false},
	{"no name of the head", payload(`{}`, `{"full_name":"shop/app"}`), false},
	{"no base", `{"pull_request":{"head":{"repo":{"full_name":"someone/app"}}}}`, false},
	{"deleted base", payload(`{"full_name":"someone/app"}`, `null`), false},
	{"both deleted", payload(`null`, `null`), false},
	{"head of another type", payload(`"someone/app"`, `{"full_name":"shop/app"}`), false},
	{"name of another type", payload(`{"full_name":7}`, `{"full_name":"shop/app"}`), false},
	{"no pull request", `{"ref":"refs/heads/main"}`, false},
	{"pull request of another type", `{"pull_request":[]}`, false},
	{"null", `null`, false},
	{"empty", ``, false},
	{"cut", payload(`{"full_name":"someone/app"}`, `{"full_name":"shop/app"}`)[:60], false},
	{"something behind", payload(`null`, `{"full_name":"shop/app"}`) + "x", false},
	{"no JSON", `<html>`, false},
	{"nested deep", strings.Repeat("[", 20000), false},
}

func payload(head, base string) string {
	return fmt.Sprintf(`{"action":"opened","pull_request":{"number":7,"head":{"ref":"x","repo":%s},"base":{"ref":"main","repo":%s}},"sender":{"login":"x"}}`, head, base)
}

// blank is a run whose key is blank, with on-missing-key: skip.
func blank(changes given) given {
	g := given{"on-missing-key": "skip", "environment": "production", "GITHUB_ACTOR": "amina"}
	for name, value := range changes {
		g[name] = value
	}
	return g
}

func expectSkipped(t *testing.T, g given) {
	t.Helper()
	if c := expectGood(t, g); !c.Entries[0].Skipped {
		t.Errorf("not skipped: %v", g)
	}
}

func TestPayloads(t *testing.T) {
	t.Parallel()
	for _, tc := range payloads {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			path := file(t, "event.json", tc.text)
			for _, event := range []string{"pull_request", "pull_request_review", "pull_request_review_comment"} {
				env := blank(given{"GITHUB_EVENT_NAME": event, "GITHUB_EVENT_PATH": path})
				if tc.fork {
					expectSkipped(t, env)
					env["on-missing-key"] = "fail"
					expectMistakes(t, env, byFork)
				} else {
					expectMistakes(t, env, blankKey)
				}
			}
			for _, event := range []string{"pull_request_target", "push", "deployment", "deployment_status", "schedule", "workflow_dispatch", "issue_comment", "workflow_run", "merge_group", ""} {
				expectMistakes(t, blank(given{"GITHUB_EVENT_NAME": event, "GITHUB_EVENT_PATH": path}), blankKey)
			}
		})
	}
}

func TestPayloadNotReadable(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"", filepath.Join(t.TempDir(), "missing.json"), t.TempDir(), "/dev/null"} {
		expectMistakes(t, blank(given{"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": path}), blankKey)
	}
	expectMistakes(t, blank(given{"GITHUB_EVENT_NAME": "pull_request"}), blankKey)
}

// Dependabot gets no secrets on any event, but a deploy is never skipped.
func TestDependabot(t *testing.T) {
	t.Parallel()
	path := file(t, "event.json", payload(`{"full_name":"shop/app"}`, `{"full_name":"shop/app"}`))
	run := func(event string) given {
		return blank(given{"GITHUB_ACTOR": "dependabot[bot]", "GITHUB_EVENT_NAME": event, "GITHUB_EVENT_PATH": path})
	}
	for _, event := range []string{"pull_request", "pull_request_review", "pull_request_review_comment"} {
		expectSkipped(t, run(event))
		hard := run(event)
		hard["on-missing-key"] = ""
		expectMistakes(t, hard, byDependabot)
	}
	for _, event := range []string{"push", "deployment", "schedule", "workflow_dispatch", "pull_request_target"} {
		expectMistakes(t, run(event), byDependabot)
	}
	expectMistakes(t, blank(given{"GITHUB_ACTOR": "dependabot[bot]"}), blankKey)
	for _, actor := range []string{"dependabot", "dependabot-preview[bot]", "Dependabot", "renovate[bot]"} {
		expectMistakes(t, blank(given{"GITHUB_ACTOR": actor, "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": path}), blankKey)
	}
}

// Where the key is skipped a blank token and a missing type are no mistakes; a
// key that is there is judged as everywhere, and so are the other inputs.
func TestSkipping(t *testing.T) {
	t.Parallel()
	fork := given{"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": file(t, "event.json", payload(`null`, `{"full_name":"shop/app"}`))}
	with := func(changes given) given {
		g := blank(fork)
		for name, value := range changes {
			g[name] = value
		}
		return g
	}
	expectSkipped(t, with(given{"environment": ""}))
	expectSkipped(t, with(given{"api-key": " \n"}))
	expectSkipped(t, with(given{"secret-name": "FLEXY_KEY"}))
	expectMistakes(t, with(given{"api-key": "***"}), "<api-key>: not a Flexy API key: masked, as a log shows a secret (not shown)")
	expectMistakes(t, with(given{"timeout": "1"}), duration+`"1"`)
	if c := expectGood(t, with(given{"api-key": key})); c.Entries[0].Skipped {
		t.Error("a key that is there is skipped")
	}
	// A reminder without its token has nothing to do there; with it, it has.
	reminder := given{
		"rotation-only": "true", "secret-name": "FLEXY_KEY", "on-missing-key": "skip",
		"GITHUB_EVENT_NAME": fork["GITHUB_EVENT_NAME"], "GITHUB_EVENT_PATH": fork["GITHUB_EVENT_PATH"],
	}
	expectSkipped(t, reminder)
	reminder["secrets-token"] = token
	if c := expectGood(t, reminder); c.Entries[0].Skipped {
		t.Error("a rotation that can be told is skipped")
	}
}

// The hint about a blank key names the usual causes on the platform, in at most
// 20 words.
func TestBlankKeyHint(t *testing.T) {
	t.Parallel()
	onGitHub := []string{"secret's name", "environment:", "secrets: inherit", "forks", "Dependabot"}
	for _, tc := range []struct {
		action bool
		env    given
		causes []string
	}{
		{true, given{}, onGitHub},
		{false, given{"GITHUB_ACTIONS": "true"}, onGitHub},
		{false, given{"GITLAB_CI": "true"}, []string{"CI/CD variable", "protected"}},
		{false, given{}, []string{"set the variable", "_FILE"}},
	} {
		tc.env["environment"] = "production"
		_, mistakes := judge(t, tc.env, tc.action)
		if len(mistakes) != 1 || len(strings.Fields(mistakes[0].Hint)) > 20 {
			t.Fatal(mistakes)
		}
		for _, cause := range tc.causes {
			if !strings.Contains(mistakes[0].Hint, cause) {
				t.Errorf("the hint does not name %s: %s", cause, mistakes[0].Hint)
			}
		}
	}
}
