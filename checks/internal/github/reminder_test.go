package github

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/test/githubtest"
)

// states returns what a person sees of the issues, without their texts.
func states(m *githubtest.API) string {
	var all []string
	for _, i := range m.Issues {
		p, _ := find(i.Body, "checkout")
		title := strings.TrimPrefix(i.Title, `Rotate the Flexy API key "checkout" `)
		all = append(all, fmt.Sprintf("%s: %s %s, %s, %d comments", title, p.stage, p.due, i.State, len(i.Comments)))
	}
	return strings.Join(all, "; ")
}

// The life of one issue, day by day.
func TestLife(t *testing.T) {
	t.Parallel()
	const closed = "by 2026-03-01: overdue 2026-03-01, closed, 2 comments"
	m := newModel()
	for _, step := range []struct {
		name    string
		r       Reminder
		address string
		writes  string
		want    string
	}{
		{"young", reminder(75), "", "", ""},
		{"due soon: opened", reminder(76), issue1, createLabel + ", " + openIssue, "by 2026-03-15: due-soon 2026-03-15, open, 0 comments"},
		{"a later day of the same due date", later(reminder(76), 5), issue1, "", "by 2026-03-15: due-soon 2026-03-15, open, 0 comments"},
		{"another due date: rewritten", reminder(89), issue1, editFirst, "by 2026-03-02: due-soon 2026-03-02, open, 0 comments"},
		{"overdue: one comment", reminder(90), issue1, commentIt + ", " + editFirst, "by 2026-03-01: overdue 2026-03-01, open, 1 comments"},
		{"a later day overdue", later(reminder(90), 30), issue1, "", "by 2026-03-01: overdue 2026-03-01, open, 1 comments"},
		{"young, not proven: unchanged", reminder(0), issue1, "", "by 2026-03-01: overdue 2026-03-01, open, 1 comments"},
		{"young and proven: closed", proven(reminder(0)), "", commentIt + ", " + editFirst, closed},
		{"young and proven again", proven(reminder(1)), "", "", closed},
		{"overdue at once: a new issue, no comment", reminder(90), "https://github.com/acme/shop/issues/2", openIssue,
			closed + "; by 2026-03-01: overdue 2026-03-01, open, 0 comments"},
	} {
		expect(t, step.name+": address", step.address, remind(t, m, step.r))
		expect(t, step.name+": writes", step.writes, m.TakeWrites())
		expect(t, step.name+": issues", step.want, states(m))
	}
	expect(t, "reason", "completed", m.Issues[0].Reason)
	golden(t, "comment-overdue.md", m.Issues[0].Comments[0].Body+"\n")
	golden(t, "comment-rotated.md", m.Issues[0].Comments[1].Body+"\n")
}

// A full page is not too large, and duplicates on later pages are closed.
func TestLargePages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // for a clock that stands still while megabytes are read
		m := newModel()
		for n := range 101 {
			r := named(reminder(80), fmt.Sprintf("key %d", n))
			if n == 50 || n == 100 {
				r.KeyName = "checkout"
			}
			m.Add(githubtest.Issue{Title: Title(r), Body: strings.Repeat("é", 10_000) + Body(r)}, "bug", strings.ToUpper(Label), Label)
		}
		expect(t, "address", "https://github.com/acme/shop/issues/51", remind(t, m, reminder(80)))
		expect(t, "writes", "PATCH "+issuesPath+"/101", m.TakeWrites())
		expect(t, "closed", "closed not_planned", m.Issues[100].State+" "+m.Issues[100].Reason)
		expect(t, "requests", 3, len(m.Log))
	})
}

// A list of another shape, or one that never ends, is not treated as empty.
func TestBadLists(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"empty":        body(200, ""),
		"null":         body(200, "null"),
		"null element": body(200, "[null]"),
		"endless": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Link", `<https://api.github.com/x?page=2>; rel="next"`)
			body(200, "[]")(w, r)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := inMemory(handler).Remind(t.Context(), secret.New(testToken), reminder(80))
			expect(t, "status", 200, checkError(t, err, "not the documented one", "issues: write"))
		})
	}
}

// One client lists the issues once, and again after a write.
func TestListsOnce(t *testing.T) {
	t.Parallel()
	m := newModel()
	c := inMemory(m)
	young := named(reminder(10), "young")
	for _, r := range []Reminder{young, young, reminder(80), young, reminder(89), reminder(89), reminder(90), reminder(90), proven(reminder(0)), proven(reminder(0))} {
		if _, err := c.Remind(t.Context(), secret.New(testToken), r); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, "writes", strings.Join([]string{createLabel, openIssue, editFirst, commentIt, editFirst, commentIt, editFirst}, ", "), m.TakeWrites())
	lists := slices.DeleteFunc(m.Log, func(call string) bool { return call != "GET "+issuesPath })
	expect(t, "lists", 5, len(lists))
}

// What people write githubtest.Around the marked part stays; the part itself is kept. An
// edited fingerprint is restored from the text, or else taken from the marker.
func TestEditedByHand(t *testing.T) {
	t.Parallel()
	ours, noted := Body(withKey(reminder(80), oldKey)), Body(withKey(reminder(80), newKey))
	twin := Body(named(reminder(80), "twin"))
	edit := func(old, text string) string { return strings.Replace(ours, old, text, 1) }
	five := edit("Four steps", "Five steps")
	const is = `fingerprint="` + oldKey + `"`
	for name, tt := range map[string]struct{ title, body, writes, want string }{
		"text around":             {"", "mine\r\n\r\n" + ours + "\r\ntoo", "", "mine\r\n\r\n" + ours + "\r\ntoo"},
		"line ends":               {"", strings.ReplaceAll(ours, "\n", "\r\n"), "", strings.ReplaceAll(ours, "\n", "\r\n")},
		"due date":                {"", edit(`due="2026-03-11"`, `due="2027-01-01"`), editFirst, ours},
		"stage":                   {"", edit(`stage="due-soon"`, `stage=""`), editFirst, ours},
		"sum":                     {"", edit(`sum="`, `sum="0`), editFirst, ours},
		"unclosed attribute":      {"", edit(`" -->`, ` -->`), editFirst, ours},
		"no end marker":           {"", "mine\n<!-- flexy-key-check:begin key=\"checkout\" -->\ntoo", editFirst, "mine\n" + noted + "\ntoo"},
		"no end before a twin":    {"", "<!-- flexy-key-check:begin key=\"checkout\" -->\ntoo" + twin, editFirst, noted + "\ntoo" + twin},
		"after a twin":            {"", twin + ours, "", twin + ours},
		"nothing but markers":     {"", "mine" + ours[:strings.Index(ours, "-->")+3] + endMarker + "too", editFirst, "mine" + ours + "too"},
		"twice":                   {"", ours + "mine" + ours, "", ours + "mine" + ours},
		"title":                   {"URGENT", ours, "", ours},
		"title and text":          {"URGENT", five, editFirst, ours},
		"fingerprint and text":    {"", strings.Replace(five, is, `fingerprint="none"`, 1), editFirst, noted},
		"fingerprint in the text": {"", edit("'"+oldKey+"'", "'"+newKey+"'"), editFirst, ours},
		"older version":           {"", strings.Replace(Body(reminder(80)), ` fingerprint=""`, "", 1), editFirst, noted},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newModel()
			i := m.Add(githubtest.Issue{Title: tt.title, Body: tt.body}, Label)
			remind(t, m, withKey(reminder(80), newKey))
			expect(t, "writes", tt.writes, m.TakeWrites())
			expect(t, "body", tt.want, i.Body)
			expect(t, "title", tt.title, i.Title)
		})
	}
}

func TestRetitle(t *testing.T) {
	t.Parallel()
	const ours, now = `Rotate the Flexy API key "a.b (c)" by 2025-01-01`, `Rotate the Flexy API key "a.b (c)" by 2026-03-11`
	for title, want := range map[string]string{
		ours:                   now,
		"[ops] " + ours + " !": "[ops] " + now + " !",
		"our own title":        "our own title",
		`Rotate the Flexy API key "aXb (c)" by 2025-01-01`: `Rotate the Flexy API key "aXb (c)" by 2025-01-01`,
	} {
		expect(t, title, want, retitle(title, named(reminder(80), "a.b (c)")))
	}
}

func TestAssignees(t *testing.T) {
	t.Parallel()
	m := newModel()
	r := reminder(80)
	r.Assignees = []string{"ada", "grace"}
	remind(t, m, r)
	expect(t, "assignees", []githubtest.Object{{"login": "ada"}, {"login": "grace"}}, m.Issues[0].Assignees)

	r.KeyName, r.Assignees = "other", []string{"ada", "nobody"}
	address, err := inMemory(m).Remind(t.Context(), secret.New(testToken), r)
	checkError(t, err, "opened without any", "reminder-assignees")
	expect(t, "address", "https://github.com/acme/shop/issues/2", address)
	expect(t, "assignees", []githubtest.Object{}, m.Issues[1].Assignees)
}

// Each write that fails is reported. A token that may open issues but not label
// them would otherwise open one in every run.
func TestFailedWrites(t *testing.T) {
	t.Parallel()
	forbidden := status(403)
	for _, tt := range []struct {
		call    string
		answer  http.HandlerFunc
		issues  int // open before, due soon
		r       Reminder
		message string
		address string
	}{
		{createLabel, forbidden, 0, reminder(80), "cannot create the label of the reminder issue: ", ""},
		{openIssue, forbidden, 0, reminder(80), "cannot open the reminder issue: ", ""},
		{openIssue, body(201, "<html>"), 0, reminder(80), "cannot open the reminder issue: GitHub's answer is not", ""},
		{"POST " + issuesPath + "/1/labels", forbidden, 0, reminder(80), "cannot label the reminder issue: ", issue1},
		{"PATCH " + issuesPath + "/2", forbidden, 2, reminder(80), "cannot close the reminder issue: ", issue1},
		{editFirst, forbidden, 1, reminder(89), "cannot update the reminder issue: ", issue1},
		{commentIt, forbidden, 1, reminder(90), "cannot comment on the reminder issue: ", issue1},
		{commentIt, forbidden, 1, proven(reminder(0)), "cannot comment on the reminder issue: ", issue1},
		{editFirst, forbidden, 1, proven(reminder(0)), "cannot close the reminder issue: ", issue1},
	} {
		m := newModel()
		m.DropLabels = true
		for range tt.issues {
			m.Add(githubtest.Issue{Title: Title(reminder(80)), Body: Body(reminder(80))}, Label)
		}
		m.Around = func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
			if r.Method+" "+r.URL.Path == tt.call {
				serve = tt.answer
			}
			serve(w, r)
		}
		address, err := inMemory(m).Remind(t.Context(), secret.New(testToken), tt.r)
		checkError(t, err, tt.message, "issues: write")
		expect(t, tt.message, tt.address, address)
	}
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
		r := reminder(80)
		r.ServerURL = server
		expect(t, server, want, remind(t, newModel(), r))
	}
}

func TestSameKey(t *testing.T) {
	t.Parallel()
	m := newModel()
	remind(t, m, withKey(reminder(80), oldKey))
	checkSameKey(t, m, resaved(0, oldKey))
	checkSameKey(t, m, resaved(3, oldKey))
	expect(t, "comments", 1, len(m.Issues[0].Comments))
	golden(t, "comment-same-key.md", m.Issues[0].Comments[0].Body+"\n")

	remind(t, m, withKey(reminder(78), oldKey))
	checkSameKey(t, m, withKey(reminder(0), oldKey)) // by its date, not proven
	expect(t, "comments for another due date", 2, len(m.Issues[0].Comments))
	expect(t, "another key: address", "", remind(t, m, resaved(1, newKey)))
}

// The comment is made once even if the issue's due date was removed.
func TestSameKeyWithoutDate(t *testing.T) {
	t.Parallel()
	m := newModel()
	body := strings.Replace(Body(withKey(reminder(80), oldKey)), `due="2026-03-11"`, `due="--"`, 1)
	m.Add(githubtest.Issue{Title: Title(reminder(80)), Body: body}, Label)
	checkSameKey(t, m, resaved(1, oldKey))
	expect(t, "due date", true, strings.Contains(m.Issues[0].Comments[0].Body, `due="2026-05-29"`))
}
