package app_test

import (
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"flexy-key-check/checks/internal/test/githubtest"
	"flexy-key-check/checks/internal/test/testkit"
)

const secretsToken = "github_pat_Zx4Cv7Bn1Mq8Wp"

// A hub is an emulated GitHub with a socket of its own.
type hub struct {
	*githubtest.API
	URL     string
	status  int                         // of every answer, unless 0
	updated string                      // when the secrets were last saved
	expires string                      // the header with the day that the token expires
	instead map[string]http.HandlerFunc // of the usual answer, by "METHOD path"
	callers map[string]bool             // user agent and authorization
}

func newHub(t *testing.T, updated string) *hub {
	t.Helper()
	h := &hub{API: githubtest.New("octo/shop"), updated: updated, callers: map[string]bool{}}
	var mu sync.Mutex
	h.Around = func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
		mu.Lock()
		defer mu.Unlock()
		h.callers[r.UserAgent()+" "+r.Header.Get("Authorization")] = true
		path := strings.TrimPrefix(r.URL.Path, "/repos/octo/shop/")
		if strings.HasPrefix(path, "actions/secrets/") {
			w.Header().Set("GitHub-Authentication-Token-Expiration", h.expires)
			h.Secrets[r.URL.Path] = `{"updated_at": "` + h.updated + `"}`
		}
		switch instead := h.instead[r.Method+" "+path]; {
		case h.status != 0:
			w.WriteHeader(h.status)
		case instead != nil:
			instead(w, r)
		default:
			serve(w, r)
		}
	}
	h.URL = listen(t, tokenHeader, http.StripPrefix("/api/v3", h))
	return h
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
	testkit.Diff(t, `Rotate the Flexy API key "FLEXY_API_KEY" by 2026-10-20`, h.Issues[0].Title)
	for _, part := range []string{"https://github.example/octo/shop/actions/runs/77", "octo/check@v1", "10 days"} {
		if text := h.Issues[0].Body; !strings.Contains(text, part) {
			t.Errorf("the issue lacks %s:\n%s", part, text)
		}
	}

	before := len(h.Log)
	reminding(t, h, nil).run(t)
	for _, call := range h.Log[before:] {
		if !strings.HasPrefix(call, http.MethodGet) {
			t.Errorf("a second run on the same day writes: %s", call)
		}
	}

	h.updated = ago(1)
	again := reminding(t, h, nil).run(t)
	testkit.Diff(t, []string{"warning: Flexy key FLEXY_API_KEY: reminder-issue"}, again.titles())
	testkit.Diff(t, issue, again.outputs()["reminder-issue"])

	s := serve(t)
	next := goodKey()
	next.Text = "sk_live_aBcD3fGhJ-LmN0pQrStUvWxYz1"
	changed := pairs("api-key", next.Text, "base-url", s.URL)
	if r := reminding(t, h, changed).run(t); r.code != 1 || h.Issues[0].State != "open" {
		t.Errorf("a new key that the API rejects: exit code %d, the issue is %s", r.code, h.Issues[0].State)
	}
	s.Set(next)
	rotated := reminding(t, h, changed).run(t)
	if got := rotated.outputs()["reminder-issue"]; got != "" || h.Issues[0].State != "closed" {
		t.Errorf("after the rotation: reminder-issue=%s, the issue is %s", got, h.Issues[0].State)
	}
	const agent = "flexy-key-check/1.2.3 Bearer "
	testkit.Diff(t, map[string]bool{agent + secretsToken: true, agent + theToken: true}, h.callers)

	due := newHub(t, ago(90))
	reminding(t, due, nil).run(t)
	if text := due.Issues[0].Body; !strings.Contains(text, "is **overdue**") {
		t.Errorf("the issue of a key that is due today:\n%s", text)
	}
}

// GitHub's failure leaves the verdict alone, and is reported once for all keys.
func TestReminderWarnsOnce(t *testing.T) {
	t.Parallel()
	h, f := newHub(t, ""), &fleet{}
	h.status = http.StatusForbidden
	f.add(numbered(0), true, "type: any", "rotated-on: 2026-10-01")
	f.add(numbered(1), true, "type: any", "rotated-on: 2026-10-01")
	r := f.action(t, f.serve(t), pairs("reminder-issue", "true", "github-token", theToken, "GITHUB_API_URL", h.URL+"/api/v3")).run(t)
	testkit.Diff(t, []string{"warning: Flexy key key 000: reminder-issue"}, r.titles())
	testkit.Diff(t, "pass", r.outputs()["verdict"])
}

// A run that needs no reminder writes nothing.
func TestReminderWritesNothing(t *testing.T) {
	t.Parallel()
	for _, given := range []map[string]string{pairs("secret-name", "", "rotated-on", ago(5)), pairs("expect-scope", "ALL"), pairs("reminder-issue", "false")} {
		h := newHub(t, ago(80))
		reminding(t, h, given).run(t)
		for _, call := range h.Log {
			if !strings.HasPrefix(call, http.MethodGet) {
				t.Errorf("%v writes: %s", given, call)
			}
		}
	}
}
