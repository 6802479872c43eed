package app_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
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

// recording returns the first recipe: the key, its name and nothing else, some days
// from today.
func recording(t *testing.T, h *hub, s *server, day int, given ...string) program {
	t.Helper()
	set := pairs("key-name", "checkout", "reminder-issue", "true", "secret-name", "", "secrets-token", "", "base-url", s.URL)
	maps.Copy(set, pairs(given...))
	p := reminding(t, h, set)
	p.now = func() time.Time { return today.AddDate(0, 0, day) }
	return p
}

// A key's record is created closed at first sight, opened when the key is due, kept
// while a new key is rejected, and closed with the proof that the key changed. None of
// it takes a date or a token.
func TestReminderLife(t *testing.T) {
	t.Parallel()
	h, s := newHub(t, ""), serve(t)
	const issue = "https://github.example/octo/shop/issues/1"
	next := goodKey()
	next.Text = "sk_live_aBcD3fGhJ-LmN0pQrStUvWxYz1"
	for _, step := range []struct {
		day     int
		given   []string
		state   string
		outputs map[string]string
		titles  []string
		calls   int
	}{
		{0, nil, "closed", pairs("verdict", "pass", "key-age-days", "0", "days-left", "90", "rotation-due", "false", "rotation-due-on", "2027-01-08"), nil, 4},
		{75, nil, "closed", pairs("key-age-days", "75", "rotation-due", "false"), nil, 1},
		{76, nil, "open", pairs("key-age-days", "76", "rotation-due", "true"), []string{"warning: Flexy key checkout: rotation"}, 2},
		{77, nil, "open", pairs("days-left", "13"), []string{"warning: Flexy key checkout: rotation"}, 1},
		{78, []string{"api-key", next.Text}, "open", pairs("verdict", "invalid", "key-age-days", "", "rotation-due", ""), []string{"error: Flexy key checkout: invalid"}, 1},
		{78, []string{"api-key", next.Text, "expect-scope", "READ-ONLY"}, "open", pairs("verdict", "mismatch", "key-age-days", "0"), []string{"error: Flexy key checkout: scope"}, 1},
		{78, []string{"api-key", next.Text}, "closed", pairs("verdict", "pass", "key-age-days", "0"), nil, 5},
	} {
		if step.outputs["verdict"] == "mismatch" { // now the API knows the new key
			s.Set(next)
		}
		before := len(h.Log)
		r := recording(t, h, s, step.day, step.given...).run(t)
		step.outputs["reminder-issue"] = issue
		for name, value := range step.outputs {
			testkit.Diff(t, name+"="+value, name+"="+r.outputs()[name])
		}
		testkit.Diff(t, step.titles, r.titles())
		if calls := len(h.Log) - before; calls != step.calls || h.Issues[0].State != step.state {
			t.Errorf("day %d: the record is %s after %q", step.day, h.Issues[0].State, h.Log[before:])
		}
	}
	if text := h.Issues[0].Comments[0].Body; !strings.Contains(text, "from `"+fingerprintOf(theKey)+"` to `"+fingerprintOf(next.Text)+"`") {
		t.Errorf("the record does not say what changed: %s", text)
	}
	testkit.Diff(t, map[string]bool{"flexy-key-check/1.2.3 Bearer " + theToken: true}, h.callers)
}

// The record can be tried out on the first day: two lines more open it, and without
// them the next run closes it.
func TestReminderTryOut(t *testing.T) {
	t.Parallel()
	h, s := newHub(t, ""), serve(t)
	recording(t, h, s, 0).run(t)
	testkit.Diff(t, "closed", h.Issues[0].State)
	recording(t, h, s, 0, "rotated-on", "2026-10-09", "max-age-days", "1").run(t)
	testkit.Diff(t, "open", h.Issues[0].State)
	recording(t, h, s, 0).run(t)
	testkit.Diff(t, "closed", h.Issues[0].State)
	testkit.Diff(t, 2, len(h.Issues[0].Comments)) // that it was overdue, and why it was closed
	recording(t, h, s, 0, "remind-days", "89").run(t)
	testkit.Diff(t, "open", h.Issues[0].State)
}

// The API knows a key that may not be used from here, so it has a record, too.
func TestReminderNotAllowed(t *testing.T) {
	t.Parallel()
	h, s := newHub(t, ""), serve(t)
	refused(notAllowed)(s.API)
	outputs := recording(t, h, s, 0).run(t).outputs()
	testkit.Diff(t, []string{"blocked", "https://github.example/octo/shop/issues/1"}, []string{outputs["verdict"], outputs["reminder-issue"]})
}

// What the user pinned is what the runbook shows, if it is this program.
func TestReminderShowsThePin(t *testing.T) {
	t.Parallel()
	for action, want := range pairs("octo/flexy-key-check", "octo/flexy-key-check@v1.2", "octo/flexy-key-check/.github/actions/native", "octo/flexy-key-check/.github/actions/native@v1.2",
		"actions/checkout", "<owner>/flexy-key-check@v1", "", "<owner>/flexy-key-check@v1") {
		h := newHub(t, ago(80))
		reminding(t, h, pairs("GITHUB_ACTION_REPOSITORY", action, "GITHUB_ACTION_REF", "v1.2")).run(t)
		if text := h.Issues[0].Body; !strings.Contains(text, "uses: "+want+"\n") || !strings.Contains(text, "https://github.example/octo/shop/actions/runs/77") {
			t.Errorf("%q: the runbook lacks %s:\n%s", action, want, text)
		}
	}
}

// GitHub's failure leaves a deploy alone, and is reported once for all keys.
func TestReminderWarnsOnce(t *testing.T) {
	t.Parallel()
	h, f := newHub(t, ""), &fleet{}
	h.status = http.StatusForbidden
	f.add(numbered(0), true, "type: any")
	f.add(numbered(1), true, "type: any")
	r := f.action(t, f.serve(t), pairs("reminder-issue", "true", "github-token", theToken, "GITHUB_API_URL", h.URL+"/api/v3")).run(t)
	testkit.Diff(t, 1, len(h.Log))
	testkit.Diff(t, "pass", r.outputs()["verdict"])
	if titles := r.titles(); !slices.Contains(titles, "warning: Flexy key key 000: reminder-issue") || slices.Contains(titles, "warning: Flexy key key 001: reminder-issue") {
		t.Errorf("annotations %q", titles)
	}
}

// A run that is for the reminder alone is not green if it cannot remind, and neither is
// one that must know the key's age and has it from the record only.
func TestReminderThatCannotRemind(t *testing.T) {
	t.Parallel()
	only := pairs("rotation-only", "true", "api-key", "", "environment", "", "rotated-on", "2026-07-22")
	required := pairs("require", "rotation")
	dated := pairs("require", "rotation", "rotated-on", "2026-07-22")
	for failure, instead := range map[string]map[string]http.HandlerFunc{
		"the records cannot be read": {"GET issues": refusing(http.StatusForbidden)},
		"issues are off":             {"GET issues": refusing(http.StatusGone)},
		"no label":                   {"POST labels": refusing(http.StatusForbidden)},
		"no issue":                   {"POST issues": refusing(http.StatusForbidden)},
		"an issue without its label": {"POST issues": unlabelled},
	} {
		for name, tt := range map[string]struct {
			given map[string]string
			code  int
		}{"only": {only, 3}, "required": {required, 3}, "required, with a date": {dated, 0}, "a deploy": {nil, 0}} {
			for _, softly := range []string{"fail", "warn"} {
				t.Run(strings.Join([]string{failure, name, softly}, ", "), func(t *testing.T) {
					t.Parallel()
					h, s := newHub(t, ""), serve(t)
					h.instead = instead
					p := recording(t, h, s, 0)
					for input, value := range tt.given {
						p.vars[inputVariable(input)] = value
					}
					p.vars[inputVariable("on-unavailable")] = softly
					r := p.run(t)
					verdict, code := "pass", 0
					if tt.code == 3 {
						verdict = "unavailable"
					}
					if softly == "fail" {
						code = tt.code
					}
					if r.code != code || r.outputs()["verdict"] != verdict || !slices.Contains(r.titles(), "warning: Flexy key checkout: reminder-issue") {
						t.Errorf("exit code %d, want %d, verdict %s, want %s, annotations %q", r.code, code, r.outputs()["verdict"], verdict, r.titles())
					}
				})
			}
		}
	}
}

func refusing(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { githubtest.Refuse(w, status) }
}

// unlabelled creates an issue without its label.
func unlabelled(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusCreated)
	_, _ = w.Write([]byte(`{"number": 1, "state": "open", "title": "x", "body": "x", "labels": []}`))
}

// A date that cannot be read fails a run that is for nothing else, and one that must
// know the key's age, if its record cannot be read either.
func TestReminderWithoutTheDate(t *testing.T) {
	t.Parallel()
	only := pairs("rotation-only", "true", "api-key", "", "environment", "")
	for _, tt := range []struct {
		given   map[string]string
		records http.HandlerFunc
		code    int
	}{
		{nil, nil, 0}, {only, nil, 3},
		{pairs("require", "rotation"), nil, 0}, {pairs("require", "rotation"), refusing(http.StatusForbidden), 3},
	} {
		h := newHub(t, "")
		h.instead = map[string]http.HandlerFunc{"GET actions/secrets/FLEXY_API_KEY": refusing(http.StatusForbidden), "GET issues": tt.records}
		r := reminding(t, h, tt.given).run(t)
		if r.code != tt.code || !r.annotates("warning", "cannot read when the secret") || len(h.Issues) > 0 {
			t.Errorf("%v: exit code %d, want %d, annotations %q", tt.given, r.code, tt.code, r.titles())
		}
	}
}

// A record to which nobody could be assigned is kept: no run fails.
func TestReminderUnassigned(t *testing.T) {
	t.Parallel()
	for _, given := range [][]string{{"require", "rotation"}, {"rotation-only", "true", "api-key", "", "environment", "", "rotated-on", "2026-07-22"}} {
		h := newHub(t, "")
		r := recording(t, h, serve(t), 0, append(given, "reminder-assignees", "nobody")...).run(t)
		if r.code != 0 || !r.annotates("warning", "created without any") || len(h.Issues) != 1 {
			t.Errorf("%q: exit code %d, annotations %q", given, r.code, r.titles())
		}
	}
}

// What writes nothing: a record that is current, a run without a reminder, a mistake, a
// key that must be revoked, and one that the API never accepted.
func TestReminderWritesNothing(t *testing.T) {
	t.Parallel()
	gone := serve(t)
	revoked(gone.API)
	for name, tt := range map[string]struct {
		given map[string]string
		calls int
	}{
		"a mistake":      {pairs("expect-scope", "ALL"), 0},
		"no reminder":    {pairs("reminder-issue", "false"), 1},
		"revoked":        {pairs("expect-state", "revoked", "base-url", gone.URL), 0},
		"never accepted": {pairs("secret-name", "", "key-name", "checkout", "base-url", gone.URL), 1},
		"too short":      {pairs("secret-name", "", "key-name", "checkout", "api-key", "k-6be8a04d17f2c935"), 1},
	} {
		h := newHub(t, ago(80))
		r := reminding(t, h, tt.given).run(t)
		if len(h.Log) != tt.calls || len(h.Issues) > 0 {
			t.Errorf("%s: calls %q", name, h.Log)
		}
		if said := strings.Contains(r.outputs()["result"], "not checked: a record begins with a key that the API accepts"); said != (name == "never accepted") {
			t.Errorf("%s: %s", name, r.outputs()["result"])
		}
	}
}

// A run reads the records of all its keys at once. Package github counts the calls for
// more keys.
func TestReminderCost(t *testing.T) {
	t.Parallel()
	for keys, want := range map[int][]int{1: {4, 1}, 5: {12, 1}} {
		t.Run(fmt.Sprint(keys), func(t *testing.T) {
			t.Parallel()
			h, f := newHub(t, ""), &fleet{}
			for i := range keys {
				f.add(numbered(i)+"_long_enough", true, "type: any")
			}
			s := f.serve(t)
			for i, calls := range want {
				before := len(h.Log)
				f.action(t, s, pairs("reminder-issue", "true", "github-token", theToken, "GITHUB_API_URL", h.URL+"/api/v3")).run(t)
				if got := len(h.Log) - before; got != calls {
					t.Errorf("run %d made %d calls of GitHub, want %d", i+1, got, calls)
				}
			}
		})
	}
}
