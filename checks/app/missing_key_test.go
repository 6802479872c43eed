package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// payload writes an event's payload and returns where.
func payload(t *testing.T, json string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "event.json")
	if err := os.WriteFile(path, []byte(json), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// pullRequest is a payload with these two repositories, as JSON.
func pullRequest(head, base string) string {
	return `{"action":"opened","pull_request":{"number":7,"head":{"ref":"x","repo":` + head + `},"base":{"ref":"main","repo":` + base + `}}}`
}

const (
	shopRepo = `{"id":1,"full_name":"octo/shop","fork":false}`
	forkRepo = `{"id":2,"full_name":"mallory/shop","fork":true}`
)

// payloads is each shape of an event's payload, and whether it is of a pull
// request from another repository.
var payloads = map[string]struct {
	json string
	fork bool
}{
	"fork":                        {pullRequest(forkRepo, shopRepo), true},
	"deleted fork":                {pullRequest("null", shopRepo), true},
	"same repository":             {pullRequest(shopRepo, shopRepo), false},
	"same, in another case":       {pullRequest(`{"id":1,"full_name":"Octo/Shop"}`, shopRepo), false},
	"a fork as base":              {pullRequest(forkRepo, forkRepo), false},
	"no base":                     {pullRequest(forkRepo, "null"), false},
	"no names":                    {pullRequest("{}", "{}"), false},
	"no name of the head":         {pullRequest("{}", shopRepo), false},
	"names of another type":       {pullRequest(`{"full_name":1}`, `{"full_name":2}`), false},
	"no head":                     {`{"pull_request":{"base":{"repo":` + shopRepo + `}}}`, false},
	"no pull request":             {`{"ref":"refs/heads/main","repository":` + shopRepo + `}`, false},
	"a pull request that is text": {`{"pull_request":"fork"}`, false},
	"malformed":                   {`{"pull_request":{"head":{"repo":` + forkRepo, false},
	"a list":                      {`[]`, false},
	"empty":                       {"", false},
	"binary":                      {"\x00\xff\xfe", false},
}

// eventsSkipped are those on which nothing is deployed; on the others a blank
// key is never passed over.
var (
	eventsSkipped = []string{"pull_request", "pull_request_review", "pull_request_review_comment"}
	eventsNever   = []string{"push", "deployment", "schedule", "workflow_dispatch", "pull_request_target", "workflow_run",
		"issue_comment", "merge_group", "release", "", "PULL_REQUEST", "pull_request_x"}
)

func TestMissingKeySkipped(t *testing.T) {
	t.Parallel()
	paths := map[string]string{
		"missing": filepath.Join(t.TempDir(), "none"), "a folder": t.TempDir(), "no path": "",
	}
	for name, p := range payloads {
		paths[name] = payload(t, p.json)
	}
	rows := table{}
	add := func(name string, skipped bool, on, event, actor, path string) {
		w := misconfigured("(?i)api-key")
		if skipped && on == "skip" {
			w = want{Verdict: "skipped"}
		}
		rows[fmt.Sprintf("on-missing-key %s, %s, %s", on, event, name)] = row{want: w, given: map[string]string{
			"api-key": "", "on-missing-key": on, "GITHUB_EVENT_NAME": event, "GITHUB_ACTOR": actor, "GITHUB_EVENT_PATH": path}}
	}
	for _, event := range eventsSkipped {
		for name, path := range paths {
			add(name, payloads[name].fork, "skip", event, "mallory", path)
		}
	}
	for _, event := range append(slices.Clone(eventsSkipped), eventsNever...) {
		pull := slices.Contains(eventsSkipped, event)
		for _, on := range []string{"", "fail", "skip"} {
			add("fork", pull, on, event, "mallory", paths["fork"])
			add("by Dependabot", pull, on, event, "dependabot[bot]", paths["same repository"])
		}
		add("by somebody like Dependabot", false, "skip", event, "dependabot", paths["same repository"])
	}
	rows.run(t)
}

// What is wrong besides is not passed over, nor is a key that is there.
func TestMissingKeyOnAFork(t *testing.T) {
	t.Parallel()
	onFork := func(pairs ...string) map[string]string {
		given := map[string]string{"on-missing-key": "skip", "GITHUB_EVENT_NAME": "pull_request",
			"GITHUB_EVENT_PATH": payload(t, payloads["fork"].json)}
		for i := 0; i < len(pairs); i += 2 {
			given[pairs[i]] = pairs[i+1]
		}
		return given
	}
	table{
		"a key is there":           {given: onFork(), want: passes()},
		"a key is there, wrong":    {given: onFork("api-key", strings.Repeat("w7", 8)), want: invalid("INVALID_ACCESS_TOKEN", "4")},
		"another input is wrong":   {given: onFork("api-key", "", "expect-scope", "RW"), want: misconfigured("expect-scope")},
		"no type is given":         {given: onFork("api-key", "", "environment", ""), want: want{Verdict: "skipped"}},
		"neither key nor token":    {given: onFork("api-key", "", "secret-name", "FLEXY_KEY", "secrets-token", ""), want: want{Verdict: "skipped"}},
		"a key, and a blank token": {given: onFork("secret-name", "FLEXY_KEY", "secrets-token", ""), want: annotated(passes(), "warning: FLEXY_KEY: rotation")},
	}.run(t)
}
