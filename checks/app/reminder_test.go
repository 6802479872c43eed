package app_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"flexy-key-check/checks/internal/testkit"
)

const secretsToken = "github_pat_Zx4Cv7Bn1Mq8Wp"

// A hub is the part of GitHub that a run with a reminder uses. Package github has a
// whole model for its own tests.
type hub struct {
	*httptest.Server
	status    int                         // of every answer, unless 0
	updated   string                      // when the secret was last saved
	expires   string                      // the header with the day that the token expires
	instead   map[string]http.HandlerFunc // of the usual answer, by "METHOD path"
	strangers []any                       // logins that cannot be assigned

	mu      sync.Mutex
	issues  []map[string]any
	calls   []string        // "METHOD path"
	callers map[string]bool // user agent and authorization
}

func newHub(t *testing.T, updated string) *hub {
	t.Helper()
	h := &hub{updated: updated, callers: map[string]bool{}}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	return h
}

func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls = append(h.calls, r.Method+" "+r.URL.Path)
	h.callers[r.UserAgent()+" "+r.Header.Get("Authorization")] = true
	if h.status != 0 {
		w.WriteHeader(h.status)
		return
	}
	const repo = "/api/v3/repos/octo/shop/"
	var body map[string]any
	_ = json.NewDecoder(r.Body).Decode(&body) // a GET has none
	switch path := r.Method + " " + strings.TrimPrefix(r.URL.Path, repo); {
	case h.instead[path] != nil:
		h.instead[path](w, r)
	case strings.HasPrefix(path, "GET actions/secrets/"):
		w.Header().Set("GitHub-Authentication-Token-Expiration", h.expires)
		answer(w, http.StatusOK, map[string]any{"name": "FLEXY_API_KEY", "updated_at": h.updated})
	case path == "GET issues":
		open := []map[string]any{}
		for _, i := range h.issues {
			if i["state"] == "open" {
				open = append(open, i)
			}
		}
		answer(w, http.StatusOK, open)
	case path == "POST issues" && slices.ContainsFunc(h.strangers, func(s any) bool { a, _ := body["assignees"].([]any); return slices.Contains(a, s) }):
		answer(w, http.StatusUnprocessableEntity, map[string]any{})
	case path == "POST issues":
		n := len(h.issues) + 1
		body["number"], body["state"] = n, "open"
		body["labels"] = []map[string]any{{"name": "flexy-key-rotation"}}
		h.issues = append(h.issues, body)
		answer(w, http.StatusCreated, body)
	case strings.HasPrefix(path, "PATCH issues/"):
		maps.Copy(h.issues[0], body)
		answer(w, http.StatusOK, h.issues[0])
	case strings.HasSuffix(path, "/comments") && r.Method == http.MethodGet:
		answer(w, http.StatusOK, []any{})
	default:
		answer(w, http.StatusCreated, map[string]any{"id": 1, "number": 1})
	}
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// reminding returns an action that reads the secret's age and keeps an issue.
func reminding(t *testing.T, h *hub, given map[string]string) program {
	t.Helper()
	set := pairs("secret-name", "FLEXY_API_KEY", "secrets-token", secretsToken, "reminder-issue", "true",
		"GITHUB_API_URL", h.URL+"/api/v3", "GITHUB_SERVER_URL", "https://github.example", "GITHUB_RUN_ID", "77")
	maps.Copy(set, given)
	p := action(t, serve(t).URL, set)
	p.secrets = append(p.secrets, secretsToken)
	return p
}

func ago(days int) string { return today.AddDate(0, 0, -days).Format(time.RFC3339) }

// The issue of a key that is due is opened, kept when the same key is saved again or
// the new one is rejected, and closed after the rotation.
func TestReminderLife(t *testing.T) {
	t.Parallel()
	h := newHub(t, ago(80))
	r := reminding(t, h, pairs("GITHUB_ACTION_REPOSITORY", "octo/check", "GITHUB_ACTION_REF", "v1")).run(t)
	issue := "https://github.example/octo/shop/issues/1"
	for name, value := range pairs("verdict", "pass", "key-age-days", "80", "days-left", "10", "rotation-due", "true", "rotation-due-on", "2026-10-20", "reminder-issue", issue) {
		testkit.Diff(t, name+"="+value, name+"="+r.outputs()[name])
	}
	testkit.Diff(t, `Rotate the Flexy API key "FLEXY_API_KEY" by 2026-10-20`, h.issues[0]["title"])
	for _, part := range []string{"https://github.example/octo/shop/actions/runs/77", "octo/check@v1", "10 days"} {
		if text := fmt.Sprint(h.issues[0]["body"]); !strings.Contains(text, part) {
			t.Errorf("the issue lacks %s:\n%s", part, text)
		}
	}

	before := len(h.calls)
	reminding(t, h, nil).run(t)
	for _, call := range h.calls[before:] {
		if !strings.HasPrefix(call, http.MethodGet) {
			t.Errorf("a second run on the same day writes: %s", call)
		}
	}

	h.updated = ago(1)
	again := reminding(t, h, nil).run(t)
	testkit.Diff(t, []string{"warning: FLEXY_API_KEY: reminder-issue"}, again.titles())
	testkit.Diff(t, issue, again.outputs()["reminder-issue"])

	s := serve(t)
	next := goodKey()
	next.Text = "sk_live_aBcD3fGhJkLmN0pQrStUvWxYz1"
	changed := pairs("api-key", next.Text, "base-url", s.URL)
	if r := reminding(t, h, changed).run(t); r.code != 1 || h.issues[0]["state"] != "open" {
		t.Errorf("a new key that the API rejects: exit code %d, the issue is %s", r.code, h.issues[0]["state"])
	}
	s.Set(next)
	rotated := reminding(t, h, changed).run(t)
	if got := rotated.outputs()["reminder-issue"]; got != "" || h.issues[0]["state"] != "closed" {
		t.Errorf("after the rotation: reminder-issue=%s, the issue is %s", got, h.issues[0]["state"])
	}
	const agent = "flexy-key-check/1.2.3 Bearer "
	testkit.Diff(t, map[string]bool{agent + secretsToken: true, agent + theToken: true}, h.callers)

	due := newHub(t, ago(90))
	reminding(t, due, nil).run(t)
	if text := fmt.Sprint(due.issues[0]["body"]); !strings.Contains(text, "is **overdue**") {
		t.Errorf("the issue of a key that is due today:\n%s", text)
	}
}

// Faults of GitHub leave the verdict alone.
func TestReminderFaults(t *testing.T) {
	t.Parallel()
	h := newHub(t, ago(80))
	h.status = http.StatusForbidden
	byDate := reminding(t, h, pairs("secret-name", "", "rotated-on", ago(80))).run(t)
	testkit.Diff(t, []string{"warning: api-key: rotation", "warning: api-key: reminder-issue"}, byDate.titles())
	bySecret := reminding(t, h, pairs("warn-on", "none")).run(t)
	testkit.Diff(t, []string{"error: FLEXY_API_KEY: rotation"}, bySecret.titles())
	f := &fleet{}
	f.add(numbered(0), true, "type: any", "rotated-on: 2026-10-01")
	f.add(numbered(1), true, "type: any", "rotated-on: 2026-10-01")
	many := f.action(t, f.serve(t), pairs("reminder-issue", "true", "github-token", theToken, "GITHUB_API_URL", h.URL+"/api/v3")).run(t)
	testkit.Diff(t, []string{"warning: key 000: reminder-issue"}, many.titles()) // once for all keys
	if byDate.code != 0 || bySecret.code != 1 {
		t.Errorf("exit codes %d and %d, want 0 and 1", byDate.code, bySecret.code)
	}
}

// A run that needs no reminder writes nothing.
func TestReminderWritesNothing(t *testing.T) {
	t.Parallel()
	for _, given := range []map[string]string{pairs("secret-name", "", "rotated-on", ago(5)), pairs("expect-scope", "ALL"), pairs("reminder-issue", "false")} {
		h := newHub(t, ago(80))
		reminding(t, h, given).run(t)
		for _, call := range h.calls {
			if !strings.HasPrefix(call, http.MethodGet) {
				t.Errorf("%v writes: %s", given, call)
			}
		}
	}
}
