package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks/internal/testkit"
)

const secretsToken = "github_pat_Zx4Cv7Bn1Mq8Wp"

// A hub is as much of GitHub as a run with a reminder meets. The package github
// has a whole model for its own tests.
type hub struct {
	*httptest.Server
	status    int                         // of every answer, if not 0
	updated   string                      // when the secret was last saved
	expires   string                      // the header that tells when the token ends
	instead   map[string]http.HandlerFunc // of the usual answer, by "METHOD path"
	strangers []any                       // logins that nothing can be assigned to

	mu     sync.Mutex
	issues []map[string]any
	calls  []string // "METHOD path"
	tokens map[string]bool
}

func newHub(t *testing.T, updated string) *hub {
	t.Helper()
	h := &hub{updated: updated, tokens: map[string]bool{}}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	return h
}

func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls = append(h.calls, r.Method+" "+r.URL.Path)
	h.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")] = true
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
		for name, value := range body {
			h.issues[0][name] = value
		}
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

// reminding is an action that reads the secret's age and keeps an issue.
func reminding(t *testing.T, h *hub, given map[string]string) program {
	t.Helper()
	set := map[string]string{
		"secret-name": "FLEXY_API_KEY", "secrets-token": secretsToken, "reminder-issue": "true",
		"GITHUB_API_URL": h.URL + "/api/v3", "GITHUB_SERVER_URL": "https://github.example", "GITHUB_RUN_ID": "77",
	}
	for name, value := range given {
		set[name] = value
	}
	p := action(t, serve(t).URL, set)
	p.secrets = append(p.secrets, secretsToken)
	return p
}

func ago(days int) string { return today.AddDate(0, 0, -days).Format(time.RFC3339) }

// A key is reminded of, saved again, rotated, and its issue closed.
func TestReminderLife(t *testing.T) {
	t.Parallel()
	h := newHub(t, ago(80))
	r := reminding(t, h, nil).run(t)
	outputs := r.outputs()
	want := map[string]string{
		"verdict": "pass", "key-age-days": "80", "days-left": "10", "rotation-due": "true",
		"rotation-due-on": "2026-10-20", "reminder-issue": "https://github.example/octo/shop/issues/1",
	}
	for name, value := range want {
		if outputs[name] != value {
			t.Errorf("%s=%s, want %s", name, outputs[name], value)
		}
	}
	if title := fmt.Sprint(h.issues[0]["title"]); title != `Rotate the Flexy API key "FLEXY_API_KEY" by 2026-10-20` {
		t.Errorf("title %s", title)
	}
	if text := fmt.Sprint(h.issues[0]["body"]); !strings.Contains(text, "https://github.example/octo/shop/actions/runs/77") {
		t.Error("the issue does not name the run")
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
	if again.outputs()["reminder-issue"] != outputs["reminder-issue"] || again.code != 0 {
		t.Errorf("the issue is closed by the same key:\n%s", again.stdout)
	}
	if diff := cmp.Diff([]string{"warning: FLEXY_API_KEY: reminder-issue"}, again.titles()); diff != "" {
		t.Errorf("after the secret was saved again (-want +got):\n%s", diff)
	}
	s := serve(t)
	next := goodKey()
	next.Text = "sk_live_aBcD3fGhJkLmN0pQrStUvWxYz1"
	s.Set(next)
	rotated := reminding(t, h, pairs("api-key", next.Text, "base-url", s.URL)).run(t)
	if got := rotated.outputs()["reminder-issue"]; got != "" {
		t.Errorf("reminder-issue=%s after the rotation", got)
	}
	if h.issues[0]["state"] != "closed" {
		t.Error("the issue is open after the rotation")
	}
	testkit.Diff(t, map[string]bool{secretsToken: true, theToken: true}, h.tokens)
}

// Faults of GitHub leave the verdict alone.
func TestReminderFaults(t *testing.T) {
	t.Parallel()
	for _, status := range []int{401, 403, 404, 410, 422, 302} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			h := newHub(t, ago(80))
			h.status = status
			byDate := reminding(t, h, map[string]string{"secret-name": "", "rotated-on": ago(80)}).run(t)
			if diff := cmp.Diff([]string{"warning: api-key: rotation", "warning: api-key: reminder-issue"}, byDate.titles()); diff != "" {
				t.Errorf("with rotated-on (-want +got):\n%s", diff)
			}
			bySecret := reminding(t, h, map[string]string{"warn-on": "none"}).run(t)
			if diff := cmp.Diff([]string{"error: FLEXY_API_KEY: rotation"}, bySecret.titles()); diff != "" {
				t.Errorf("with secret-name (-want +got):\n%s", diff)
			}
			if byDate.code != 0 || bySecret.code != 1 {
				t.Errorf("exit codes %d and %d, want 0 and 1", byDate.code, bySecret.code)
			}
		})
	}
}

// titles lists the annotations as "level: title".
func (r ran) titles() []string {
	var titles []string
	for _, a := range r.annotations() {
		titles = append(titles, a.level+": "+a.title)
	}
	return titles
}

// Without a date nothing is written, nor after a mistake.
func TestReminderWritesNothing(t *testing.T) {
	t.Parallel()
	for name, given := range map[string]map[string]string{
		"young":         {"secret-name": "", "rotated-on": ago(5)},
		"misconfigured": {"expect-scope": "ALL"},
		"not asked":     {"reminder-issue": "false"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHub(t, ago(80))
			reminding(t, h, given).run(t)
			for _, call := range h.calls {
				if !strings.HasPrefix(call, http.MethodGet) {
					t.Errorf("writes: %s", call)
				}
			}
		})
	}
}
