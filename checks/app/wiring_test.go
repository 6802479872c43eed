package app_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"flexy-key-check/checks/internal/github"
	"flexy-key-check/checks/internal/test/emulator"
	"flexy-key-check/checks/internal/test/testkit"
)

// These tests prove that each part of a run gets what it needs from the others. The
// tests of its own package prove what it does with it.

// The CA counts for GitHub as for the API. That the proxy does, TestWiringBudget shows.
func TestWiringGitHubCA(t *testing.T) {
	t.Parallel()
	h := newHub(t, ago(80))
	address, ca := serveTLS(t, tokenHeader, http.StripPrefix("/api/v3", h))
	r := reminding(t, h, pairs("GITHUB_API_URL", address+"/api/v3", "ca-certificate", ca)).run(t)
	if outputs := r.outputs(); outputs["key-age-days"] != "80" || outputs["reminder-issue"] == "" {
		t.Errorf("exit code %d:\n%s", r.code, r.stdout)
	}
}

// An answer that repeats another of the run's secrets is not shown: the runner drops
// outputs that contain one, and other formats have no masks.
func TestWiringAnswersWithSecrets(t *testing.T) {
	t.Parallel()
	const otherKey = "0c94e2b7-61d8-4f3a-a52e-b7d90f18c6e3"
	type mode = func(*testing.T, string, map[string]string) program
	for place, repeat := range map[string]func(text string) emulator.Fault{
		"request id": func(text string) emulator.Fault { return emulator.Body(200, "", edited("req_1234567890_abc123", text)) },
		"type":       func(text string) emulator.Fault { return emulator.Body(200, "", edited("PRODUCTION", text)) },
		"code":       func(text string) emulator.Fault { return emulator.Error(401, text, "", nil) },
	} {
		for what, text := range pairs("secrets-token", secretsToken, "github-token", theToken, "another key", otherKey, "the expected account", "213770112233") {
			for name, mode := range map[string]mode{"action": action, "shell": shell} {
				t.Run(fmt.Sprint(what, " as ", place, ", ", name), func(t *testing.T) {
					t.Parallel()
					f := &fleet{}
					f.add(theKey, false, "type: PRODUCTION", "account: 0770 11 22 33")
					f.add(otherKey, false, "type: PRODUCTION")
					s := f.serve(t)
					s.Next(repeat(text)) // to the first key, which goes alone
					p := f.program(t, s, pairs("secrets-token", secretsToken, "github-token", theToken, "RUNNER_DEBUG", "1"), mode)
					p.secrets = append(p.secrets, secretsToken, "770112233")
					if p.run(t); s.sends() != 2 {
						t.Errorf("%d sends, want 2", s.sends())
					}
				})
			}
		}
	}
}

// The ids of checks link to the README of the version that runs, where the action is
// from.
func TestWiringReadme(t *testing.T) {
	t.Parallel()
	const readme = "octo-org/flexy-key-check/blob/v1.2.3/README.md#type)"
	for used, want := range pairs("octo-org/flexy-key-check", "(https://github.example/"+readme, "octo-org/flexy-key-check/.github/actions/native", "(https://github.example/"+readme,
		"octo-org/not-flexy-key-check", "| type |", "actions/checkout", "| type |", "", "| type |") {
		if !strings.Contains(github.DefaultAction, "<") {
			want = strings.Replace(want, "| type |", "(https://github.com/", 1) // the project's own
		}
		r := action(t, serve(t, goodKey()).URL, pairs("GITHUB_ACTION_REPOSITORY", used, "GITHUB_ACTION_REF", "v1", "GITHUB_SERVER_URL", "https://github.example")).run(t)
		if summary := string(r.files["GITHUB_STEP_SUMMARY"]); !strings.Contains(summary, want) {
			t.Errorf("%q: the summary lacks %q:\n%s", used, want, summary)
		}
	}
}

// All requests to GitHub share one budget.
func TestWiringBudget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // without sockets, so it takes no time
		workspace, file := policyFile(t, "keys:\n"+
			"  - {name: a, env: FLEXY_A_KEY, type: any, rotated-on: 2026-01-01}\n"+
			"  - {name: b, env: FLEXY_B_KEY, type: any, secret-name: B_KEY}\n")
		p := action(t, "https://flexy.example", pairs("api-key", "", "environment", "", "policy", file, "GITHUB_WORKSPACE", workspace,
			"FLEXY_A_KEY", numbered(0), "FLEXY_B_KEY", numbered(1), "secrets-token", secretsToken, "reminder-issue", "true",
			"GITHUB_API_URL", "https://github.example/api/v3"))
		p.secrets = []string{numbered(0), numbered(1), secretsToken}
		var first, last time.Time
		p.proxy = func(r *http.Request) (*url.URL, error) {
			if r.URL.Host != "github.example" {
				return nil, errors.New("no way to the API")
			}
			if first.IsZero() {
				first = time.Now()
			}
			<-r.Context().Done()
			last = time.Now()
			return nil, r.Context().Err()
		}
		r := p.run(t)
		if took := last.Sub(first); took < github.Budget/2 || took > github.Budget || !r.annotates("warning", "own limit of 10 seconds for GitHub is over; 1 record waits for the next run") {
			t.Errorf("GitHub had %v, and annotations are %q", took, r.titles())
		}
	})
}

// A run that is interrupted while it reports does not exit with 0.
func TestWiringEndsWhileReporting(t *testing.T) {
	t.Parallel()
	for _, format := range formats {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			p := shell(t, serve(t).URL, pairs("FLEXY_FORMAT", format))
			p.writes = func(text []byte) {
				if bytes.Contains(text, []byte("pass")) {
					cancel()
				}
			}
			r := p.runContext(ctx, t)
			if verdict, _ := r.shown(t); r.code != 3 || verdict != "pass" {
				t.Errorf("exit code %d, verdict %s", r.code, verdict)
			}
		})
	}
}

// The age of a key that must be revoked, or that is skipped, is not requested.
func TestWiringNoAge(t *testing.T) {
	t.Parallel()
	h := newHub(t, ago(80))
	s := serve(t)
	revoked(s.API)
	for _, given := range []map[string]string{
		pairs("expect-state", "revoked"),
		pairs("api-key", "", "on-missing-key", "skip", "GITHUB_EVENT_NAME", "pull_request", "GITHUB_EVENT_PATH", testkit.File(t, ofFork)),
	} {
		maps.Copy(given, pairs("environment", "", "base-url", s.URL))
		if r := reminding(t, h, given).run(t); r.code != 0 || len(h.Log) > 0 {
			t.Errorf("exit code %d, calls of GitHub %q:\n%s", r.code, h.Log, r.stdout)
		}
	}
}

// An interrupted run leaves the issue alone, without a warning.
func TestWiringNoReminderAfterTheEnd(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	h := newHub(t, ago(80))
	s := serve(t)
	s.Always(func(*emulator.API, http.ResponseWriter, *http.Request) bool { cancel(); return false })
	r := reminding(t, h, pairs("secret-name", "", "key-name", "checkout", "rotated-on", ago(80), "base-url", s.URL)).runContext(ctx, t)
	if r.code != 3 || len(h.Log) > 0 || slices.ContainsFunc(r.annotations(), func(a annotation) bool { return strings.Contains(a.title, "reminder-issue") }) {
		t.Errorf("exit code %d, calls of GitHub %q, annotations %q", r.code, h.Log, r.annotations())
	}
}
