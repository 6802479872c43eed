package github

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"flexy-key-check/checks/internal/test/githubtest"
)

func called(name string) func(*Run) { return func(r *Run) { r.Name = name } }

// unnamed is the key whose name is that of its secret.
func unnamed(environment string) func(*Run) {
	return func(r *Run) { r.Name, r.Named, r.Secret.Environment = "FLEXY_API_KEY", false, environment }
}

// A key is its name, without regard to case; without one it is the whole place of its
// secret. What only looks like its record is left alone.
func TestIdentity(t *testing.T) {
	t.Parallel()
	lower := func(r *Run) { r.Secret.Name = strings.ToLower(r.Secret.Name) }
	for name, tt := range map[string]struct {
		first, second func(*Run)
		between       func(*githubtest.API)
		issues        int // after both
	}{
		"the same name":                    {called("Checkout é"), called("checkout É"), nil, 1},
		"another name":                     {called("checkout"), called("check-out"), nil, 2},
		"the same secret, unnamed":         {unnamed(""), with(unnamed(""), lower, called("flexy_api_key")), nil, 1},
		"another environment, unnamed":     {unnamed("production"), unnamed("staging"), nil, 2},
		"an environment and none, unnamed": {unnamed("production"), unnamed(""), nil, 2},
		"a name that is another's secret":  {unnamed("production"), with(called("FLEXY_API_KEY"), stored("staging")), nil, 1},
		"the label was taken off":          {called("a"), called("a"), func(m *githubtest.API) { m.Issues[0].Labels = nil }, 2},
		"the marker was removed":           {called("a"), called("a"), edited("flexy-key-check:begin", "x"), 2},
		"the name was edited":              {called("a"), called("a"), edited(`key="a"`, `key="b"`), 2},
		"another key's marker comes first": {called("a"), called("a"), func(m *githubtest.API) {
			m.Issues[0].Body = first(changed(seeing(newKey), called("b"))) + m.Issues[0].Body
		}, 2},
		"another key's marker comes last": {called("a"), called("b"), func(m *githubtest.API) {
			m.Issues[0].Body += first(changed(seeing(newKey), called("b")))
		}, 2},
		"a pull request": {called("a"), called("a"), func(m *githubtest.API) { m.Issues[0].PR = githubtest.Object{"url": "x"} }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newModel()
			m.Unfiltered = true // a server that ignores the label's name
			keep(t, m, changed(seeing(oldKey), tt.first))
			if tt.between != nil {
				tt.between(m)
			}
			before := *m.Issues[0]
			kept := keep(t, m, changed(seeing(newKey), tt.second))
			expect(t, "issues", tt.issues, len(m.Issues))
			if after := *m.Issues[0]; tt.issues == 2 {
				expect(t, "first issue", before.Body+before.State, after.Body+after.State)
			}
			if kept.Failed != nil {
				t.Error(kept.Failed)
			}
		})
	}
}

// Several records of a key are joined into the oldest, and open ones beside it are
// closed as duplicates. A run that does not know its secret leaves records of two
// secrets alone.
func TestSeveral(t *testing.T) {
	t.Parallel()
	for name, reasons := range map[string][]string{"now": {"duplicate"}, "older servers": {"not_planned"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newModel()
			m.NoDuplicates, m.Unfiltered = name == "older servers", name == "older servers"
			m.Add(githubtest.Issue{Title: "a", Body: first(changed(aged(80), key(oldKey)))}, Label)
			m.Add(githubtest.Issue{Title: "b", Body: first(changed(aged(85), key(oldKey)))}, Label)
			m.Add(githubtest.Issue{Title: "c", Body: first(changed(aged(70), key(newKey))), State: "closed"}, Label)
			kept := keep(t, m, changed(aged(80), key(oldKey)))
			p, _ := parse(m.Issues[0].Body, dayOf(today))
			expect(t, "seen", []string{newKey, oldKey}, []string{p.seen[0].fingerprint, p.last()})
			expect(t, "since", dayOf(today).add(-85), p.seen[1].since)
			expect(t, "states", []string{"open", "closed", "closed"}, []string{m.Issues[0].State, m.Issues[1].State, m.Issues[2].State})
			expect(t, "reason", reasons[0], m.Issues[1].Reason)
			expect(t, "address", issue1, kept.Address)
			m.TakeWrites()
			keep(t, m, changed(aged(80), key(oldKey)))
			expect(t, "writes", "", m.TakeWrites())
		})
	}
	for _, before := range [][]Run{nil, {changed(seeing(third), called("FLEXY_API_KEY"), nowhere)}} {
		m := newModel()
		for _, run := range append(before, changed(seeing(oldKey), unnamed("production")), changed(seeing(newKey), unnamed("staging"))) {
			m.Add(githubtest.Issue{Body: first(run), State: "closed"}, Label)
		}
		kept := keep(t, m, changed(seeing(newKey), called("FLEXY_API_KEY"), nowhere))
		expect(t, "writes", "", m.TakeWrites())
		expect(t, "warnings", 1, len(kept.Warnings))
		kept = keep(t, m, changed(seeing(newKey), called("FLEXY_API_KEY"), stored("staging")))
		expect(t, "found", true, kept.Address != "")
	}
}

// A record remembers the last eight keys.
func TestNote(t *testing.T) {
	t.Parallel()
	var seen []sighting
	for n := range 10 {
		seen = note(seen, sighting{fmt.Sprint(n), ""})
	}
	expect(t, "seen", "[{2 } {3 } {4 } {5 } {6 } {7 } {8 } {9 }]", fmt.Sprint(seen))
}

// A locked issue refuses comments. Its body and its state follow all the same, later
// runs try the comment again, and it is made once when the issue is unlocked.
func TestLocked(t *testing.T) {
	t.Parallel()
	m := newModel()
	keep(t, m, changed(aged(80), key(oldKey)))
	m.Issues[0].Locked = true
	for range 2 {
		kept := keep(t, m, changed(aged(90), key(oldKey)))
		expect(t, "failed", "cannot comment on the key's record: the issue is locked (403)", kept.Failed.Message)
		expect(t, "state", "open overdue", seenOf(m))
	}
	kept := keep(t, m, changed(aged(0), key(newKey)))
	checkError(t, kept.Failed, "locked", "")
	expect(t, "state", "closed young", seenOf(m))
	m.Issues[0].Locked = false
	for range 2 {
		if kept = keep(t, m, changed(aged(0), key(newKey))); kept.Failed != nil {
			t.Error(kept.Failed)
		}
		expect(t, "comments", 2, len(m.Issues[0].Comments))
	}
	expect(t, "unsaid", false, strings.Contains(m.Issues[0].Body, "unsaid"))
	m.TakeWrites()
	keep(t, m, changed(aged(0), key(newKey)))
	expect(t, "writes", "", m.TakeWrites())
}

// A comment that is made late says what was seen when it was due.
func TestLate(t *testing.T) {
	t.Parallel()
	m := newModel()
	keep(t, m, changed(aged(90), key(oldKey)))
	m.Issues[0].Locked = true
	keep(t, m, changed(aged(1), key(oldKey)))
	m.Issues[0].Locked = false
	keep(t, m, changed(aged(0), key(newKey)))
	for _, c := range m.Issues[0].Comments[1:] {
		same := strings.Contains(c.Body, "the same key (fingerprint `"+oldKey+"`) since 2025-12-01, whatever the date (2026-02-28) says")
		if same != strings.Contains(c.Body, "saved-again") || strings.Contains(c.Body, "at the top") {
			t.Error(c.Body)
		}
	}
	expect(t, "comments", 3, len(m.Issues[0].Comments))
}

// The label comes first: where it is refused, no issue is opened. An issue that lacks
// it is closed at once, and no more are opened in that run.
func TestLabel(t *testing.T) {
	t.Parallel()
	runs := []Run{aged(80), changed(aged(90), called("other"))}
	for _, status := range []int{http.StatusForbidden, http.StatusNotFound} {
		m := newModel()
		m.Around = func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
			if r.Method+" "+r.URL.Path == createLabel {
				githubtest.Refuse(w, status)
				return
			}
			serve(w, r)
		}
		for _, kept := range keepAll(t, m, runs...) {
			checkError(t, kept.Failed, "cannot create the label of the keys' records: ", "issues: write")
		}
		expect(t, "writes", "", m.TakeWrites())
	}
	m := newModel()
	m.DropLabels = true
	for _, kept := range keepAll(t, m, runs...) {
		checkError(t, kept.Failed, "created the issue without its label, so it was closed again", "issues: write")
	}
	expect(t, "issues", "closed not_planned", m.Issues[0].State+" "+m.Issues[0].Reason)
	expect(t, "writes", strings.Join([]string{createLabel, openIssue, editFirst}, ", "), m.TakeWrites())
}

// What people write around the marked part stays; the part itself is kept current. A
// body that has no room for it does not keep the state from being kept.
func TestEditedByHand(t *testing.T) {
	t.Parallel()
	due := changed(aged(80), key(oldKey))
	ours := first(due)
	at := strings.Index(ours, "-->") + 3
	marker, text := ours[:at], strings.TrimSuffix(ours[at:], endMarker)
	full := strings.Repeat("x", 65_536-len(first(seeing(oldKey))))
	for name, tt := range map[string]struct{ title, body, writes, want string }{
		"text around":          {"", "mine\r\n\r\n" + ours + "\r\ntoo", "", "mine\r\n\r\n" + ours + "\r\ntoo"},
		"line ends":            {"", strings.ReplaceAll(ours, "\n", "\r\n"), "", strings.ReplaceAll(ours, "\n", "\r\n")},
		"text":                 {"", strings.Replace(ours, "Four", "Five", 1), editFirst, ours},
		"sum":                  {"", strings.Replace(ours, `sum="`, `sum="0`, 1), editFirst, ours},
		"no end marker":        {"", "mine\n" + marker + text + "too" + ours, editFirst, "mine\n" + ours + text + "too" + ours},
		"nothing but markers":  {"", "mine" + marker + endMarker + "too", editFirst, "mine" + ours + "too"},
		"twice":                {"", ours + "mine" + ours, "", ours + "mine" + ours},
		"title":                {"URGENT", ours, "", ours},
		"title and text":       {"URGENT", strings.Replace(ours, "Four", "Five", 1), editFirst, ours},
		"full, and due by now": {"", full + first(seeing(oldKey)), editFirst + ", " + editFirst, full + first(seeing(oldKey))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newModel()
			state := "open"
			if strings.HasPrefix(name, "full") {
				state = "closed"
			}
			i := m.Add(githubtest.Issue{Title: tt.title, Body: tt.body, State: state, Comments: []*githubtest.Comment{{Body: "x"}}}, Label)
			keep(t, m, due)
			expect(t, "writes", tt.writes, m.TakeWrites())
			if tt.want != "" {
				expect(t, "body", tt.want, i.Body)
			}
			expect(t, "title", tt.title, i.Title)
			expect(t, "state", "open", i.State)
		})
	}
}

// A comment is posted once, and of several only the oldest stays. A copy by a person
// without access to the repository is not ours.
func TestCommentOnce(t *testing.T) {
	t.Parallel()
	const post = commentIt + ", " + editFirst
	text := overdueComment(decide(record{}, aged(90)).sight).marker() + "\nx"
	by := func(kind, association string) *githubtest.Comment {
		return &githubtest.Comment{Body: text, User: githubtest.Object{"type": kind}, Association: association}
	}
	for name, tt := range map[string]struct {
		comments []*githubtest.Comment
		writes   string
	}{
		"stranger":    {[]*githubtest.Comment{by("User", "NONE")}, post},
		"contributor": {[]*githubtest.Comment{by("User", "CONTRIBUTOR")}, post},
		"others":      {[]*githubtest.Comment{by("User", "FIRST_TIMER"), by("User", "FIRST_TIME_CONTRIBUTOR"), by("User", "MANNEQUIN")}, post},
		"owner":       {[]*githubtest.Comment{by("User", "OWNER")}, editFirst},
		"member":      {[]*githubtest.Comment{by("User", "MEMBER")}, editFirst},
		"app":         {[]*githubtest.Comment{by("Bot", "NONE")}, editFirst},
		"quoted":      {[]*githubtest.Comment{{Body: "> " + text}}, post},
	} {
		m := newModel()
		m.Add(githubtest.Issue{Title: "x", Body: first(aged(80)), Comments: tt.comments}, Label)
		keep(t, m, aged(90))
		expect(t, name, tt.writes, m.TakeWrites())
	}
	// A run ended before it posted it.
	m := newModel()
	m.Add(githubtest.Issue{Title: "x", Body: first(aged(90))}, Label)
	keep(t, m, aged(90))
	expect(t, "writes", commentIt, m.TakeWrites())
	// Two runs post it at the same time, to a record that is there or just created. They
	// need not spell the key's name in the same way.
	for _, there := range []bool{true, false} {
		m, posted := newModel(), false
		if there {
			m.Add(githubtest.Issue{Title: "x", Body: first(changed(aged(80), called("ΛΌΓΟΣ")))}, Label)
		}
		m.Around = func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
			if r.Method+" "+r.URL.Path == commentIt && !posted {
				posted = true
				keep(t, m, changed(aged(90), called("λόγοσ")))
			}
			serve(w, r)
		}
		keep(t, m, changed(aged(90), called("λόγος")))
		expect(t, "comments", 1, len(m.Issues[0].Comments))
	}
}

// In the steady state a run makes one call, and one more for each further hundred
// records. At first sight it makes two for each and two for all.
func TestCost(t *testing.T) {
	t.Parallel()
	for keys, want := range map[int][]int{1: {4, 1}, 100: {202, 1}, 101: {204, 2}} {
		synctest.Test(t, func(t *testing.T) { // time stands still: the limit is never over
			m := newModel()
			var runs []Run
			for i := range keys {
				runs = append(runs, changed(seeing(fmt.Sprintf("%012d", i)), called(fmt.Sprint("key ", i))))
			}
			for i, calls := range want {
				before := len(m.Log)
				keepAll(t, m, runs...)
				expect(t, fmt.Sprintf("calls of run %d with %d keys", i+1, keys), calls, len(m.Log)-before)
			}
		})
	}
}

// When this program's own limit is over, what is left waits for the next run. The keys
// that are due come first.
func TestLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newModel()
		m.Around = func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
			time.Sleep(1100 * time.Millisecond)
			serve(w, r)
		}
		var runs []Run
		for i := range 20 {
			runs = append(runs, changed(seeing(fmt.Sprintf("%012d", i)), called(fmt.Sprint("key ", i))))
		}
		runs[19] = changed(aged(80), called("key 19"))
		kept := keepAll(t, m, runs...)
		count := func(f func(Kept) bool) int {
			return len(slices.DeleteFunc(slices.Clone(kept), func(k Kept) bool { return !f(k) }))
		}
		expect(t, "kept", 4, count(func(k Kept) bool { return k.Failed == nil && !k.Waiting }))
		expect(t, "ended by our limit", 1, count(func(k Kept) bool { return k.Failed != nil && k.Failed.Ours }))
		expect(t, "waiting", 15, count(func(k Kept) bool { return k.Waiting }))
		expect(t, "due", issue1, kept[19].Address)
	})
}

func TestAssignees(t *testing.T) {
	t.Parallel()
	m := newModel()
	assigned := func(logins ...string) func(*Run) { return func(r *Run) { r.Assignees = logins } }
	keep(t, m, changed(aged(80), assigned("ada", "grace")))
	expect(t, "assignees", []githubtest.Object{{"login": "ada"}, {"login": "grace"}}, m.Issues[0].Assignees)
	kept := keep(t, m, changed(aged(80), called("other"), assigned("ada", "nobody")))
	expect(t, "failed", nil, kept.Failed)
	checkError(t, &Error{Notice: kept.Warnings[0]}, "created without any", "reminder-assignees")
	expect(t, "address", "https://github.com/acme/shop/issues/2", kept.Address)
	expect(t, "assignees", []githubtest.Object{}, m.Issues[1].Assignees)
}

// The address does not come from GitHub's answer.
func TestAddress(t *testing.T) {
	t.Parallel()
	for server, want := range map[string]string{
		"https://git.acme.example/": "https://git.acme.example/acme/shop/issues/1",
		"http://127.0.0.1:8080/x":   "http://127.0.0.1:8080/x/acme/shop/issues/1",
		"":                          "",
		"https://a:b@github.com":    "",
		"https://github.com/\n::x":  "",
		"https://github.com:x":      "",
	} {
		m := newModel()
		run := changed(aged(80), func(r *Run) { r.ServerURL = server })
		expect(t, server+", created", want, keep(t, m, run).Address)
		expect(t, server+", found", want, keep(t, m, run).Address)
	}
}
