package github

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks/internal/secret"
)

const (
	issue1      = "https://github.com/acme/shop/issues/1"
	issuesPath  = "/repos/acme/shop/issues"
	openIssue   = "POST " + issuesPath
	editFirst   = "PATCH " + issuesPath + "/1"
	commentIt   = "POST " + issuesPath + "/1/comments"
	createLabel = "POST /repos/acme/shop/labels"
)

// state is what a person sees of an issue, without its text.
type state struct {
	Number          int
	Title, Is       string
	Comments        int
	Stage, Due, For string // of the marker
}

func states(m *model) []state {
	var out []state
	for _, i := range m.issues {
		p, ok := find(i.Body, "checkout")
		s := state{Number: i.Number, Title: i.Title, Is: i.State, Comments: len(i.Comments), Stage: p.stage, Due: p.due}
		if ok {
			s.For = "checkout"
		}
		out = append(out, s)
	}
	return out
}

func expect[T any](t *testing.T, what string, want, got T, opts ...cmp.Option) {
	t.Helper()
	if diff := cmp.Diff(want, got, opts...); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// The life of one issue, day by day.
func TestLife(t *testing.T) {
	t.Parallel()
	const (
		first  = `Rotate the Flexy API key "checkout" by 2026-03-15`
		second = `Rotate the Flexy API key "checkout" by 2026-03-01`
	)
	m := newModel()
	steps := []struct {
		name    string
		r       Reminder
		address string
		writes  []string
		want    []state
	}{
		{"young", reminder(75), "", nil, nil},
		{"due soon: opened", reminder(76), issue1, []string{createLabel, openIssue},
			[]state{{1, first, "open", 0, "due-soon", "2026-03-15", "checkout"}}},
		{"a later day of the same due date", later(reminder(76), 5), issue1, nil,
			[]state{{1, first, "open", 0, "due-soon", "2026-03-15", "checkout"}}},
		{"another due date: rewritten", reminder(89), issue1, []string{editFirst},
			[]state{{1, `Rotate the Flexy API key "checkout" by 2026-03-02`, "open", 0, "due-soon", "2026-03-02", "checkout"}}},
		{"overdue: one comment", reminder(90), issue1, []string{commentIt, editFirst},
			[]state{{1, second, "open", 1, "overdue", "2026-03-01", "checkout"}}},
		{"a later day overdue", later(reminder(90), 30), issue1, nil,
			[]state{{1, second, "open", 1, "overdue", "2026-03-01", "checkout"}}},
		{"young, not proven: as it is", reminder(0), issue1, nil,
			[]state{{1, second, "open", 1, "overdue", "2026-03-01", "checkout"}}},
		{"young and proven: closed", proven(reminder(0)), "", []string{commentIt, editFirst},
			[]state{{1, second, "closed", 2, "overdue", "2026-03-01", "checkout"}}},
		{"young and proven again", proven(reminder(1)), "", nil,
			[]state{{1, second, "closed", 2, "overdue", "2026-03-01", "checkout"}}},
		{"overdue at once: a new issue, no comment", reminder(90), "https://github.com/acme/shop/issues/2", []string{openIssue},
			[]state{{1, second, "closed", 2, "overdue", "2026-03-01", "checkout"}, {2, second, "open", 0, "overdue", "2026-03-01", "checkout"}}},
	}
	for _, step := range steps {
		expect(t, step.name+": address", step.address, remind(t, m, step.r))
		expect(t, step.name+": writes", step.writes, m.takeWrites())
		expect(t, step.name+": issues", step.want, states(m))
	}
	expect(t, "reason", "completed", m.issues[0].Reason)
	golden(t, "comment-overdue.md", m.issues[0].Comments[0].Body+"\n")
	golden(t, "comment-rotated.md", m.issues[0].Comments[1].Body+"\n")
}

// later is the same reminder some days later, from another run.
func later(r Reminder, days int) Reminder {
	r.AgeDays += days
	r.DaysLeft -= days
	r.RunURL += "0"
	return r
}

// What is not the key's issue is neither found nor touched.
func TestOthersAreLeftAlone(t *testing.T) {
	t.Parallel()
	for _, unfiltered := range []bool{false, true} {
		m := newModel()
		m.unfiltered = unfiltered
		other := reminder(80)
		other.KeyName = "checkout (old)"
		m.add(modelIssue{Title: "a copy of the marker, without the label", Body: Body(reminder(80))}, "bug")
		m.add(modelIssue{Title: "the label, without a marker", Body: "checkout"}, Label)
		m.add(modelIssue{Title: "another key", Body: Body(other)}, Label)
		m.add(modelIssue{Title: "closed", Body: Body(reminder(80)), State: "closed"}, Label)
		m.add(modelIssue{Title: "a pull request", Body: Body(reminder(80)), PR: map[string]string{"url": "x"}}, Label)
		m.add(modelIssue{Title: "half a marker", Body: strings.Replace(Body(reminder(80)), `key="checkout"`, `key=checkout`, 1)}, Label)
		var before []modelIssue
		for _, i := range m.issues {
			before = append(before, *i)
		}
		expect(t, "young", "", remind(t, m, proven(reminder(0))))
		expect(t, "young: writes", nil, m.takeWrites())
		expect(t, "due", "https://github.com/acme/shop/issues/7", remind(t, m, reminder(80)))
		expect(t, "overdue", "https://github.com/acme/shop/issues/7", remind(t, m, reminder(90)))
		expect(t, "proven", "", remind(t, m, proven(reminder(0))))
		for n, was := range before {
			expect(t, was.Title, was, *m.issues[n])
		}
	}
}

func TestPaging(t *testing.T) {
	t.Parallel()
	for name, cursors := range map[string]bool{"by number": false, "by cursor": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { // for a clock that stands still while pages of megabytes are read
				m := newModel()
				m.cursors = cursors
				for n := range 300 {
					r := reminder(80)
					r.KeyName = fmt.Sprintf("key %d", n)
					if n == 140 || n == 299 || n == 50 {
						r.KeyName = "checkout"
					}
					m.add(modelIssue{Title: Title(r), Body: strings.Repeat("é", 15_000) + Body(r)}, Label)
				}
				expect(t, "address", "https://github.com/acme/shop/issues/51", remind(t, m, reminder(80)))
				expect(t, "writes", []string{"PATCH " + issuesPath + "/141", "PATCH " + issuesPath + "/300"}, m.takeWrites())
				expect(t, "closed", "closed not_planned", m.issues[299].State+" "+m.issues[299].Reason)
				expect(t, "open", 1, len(m.of("checkout")))
			})
		})
	}
}

// An issue that moves to the next page while the list is read is one all the
// same: it is not closed as its own duplicate.
func TestIssueOnTwoPages(t *testing.T) {
	t.Parallel()
	m := newModel()
	m.perPage = 1
	for range 2 {
		m.add(modelIssue{Title: Title(reminder(80)), Body: Body(reminder(80))}, Label)
	}
	m.issues[1].Body = "another's"
	m.around = func(_ int, w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
		if r.URL.Query().Get("page") == "2" {
			answer(w, http.StatusOK, m.issues[:1])
			return
		}
		serve(w, r)
	}
	expect(t, "address", issue1, remind(t, m, reminder(80)))
	expect(t, "writes", nil, m.takeWrites())
}

// A list that never ends is given up, not taken for the whole.
func TestEndlessPages(t *testing.T) {
	t.Parallel()
	_, err := inMemory(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", `<https://api.github.com/x?page=2>; rel="next"`)
		_, _ = w.Write([]byte("[]"))
	})).Remind(t.Context(), secret.New(testToken), reminder(80))
	checkError(t, err, "not the documented one", "issues: write")
}

// One client sees what it has written itself.
func TestClientSeesItsOwnWrites(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		reminders []Reminder
		writes    []string
	}{
		"comments": {[]Reminder{reminder(80), reminder(90), reminder(90), proven(reminder(0)), proven(reminder(0))},
			[]string{createLabel, openIssue, commentIt, editFirst, commentIt, editFirst}},
		"an edit alone": {[]Reminder{reminder(80), reminder(89), reminder(89)}, []string{createLabel, openIssue, editFirst}},
	} {
		m := newModel()
		c := inMemory(m)
		for _, r := range tt.reminders {
			if _, err := c.Remind(t.Context(), secret.New(testToken), r); err != nil {
				t.Fatal(err)
			}
		}
		expect(t, name, tt.writes, m.takeWrites())
	}
}

func TestDuplicates(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		r      Reminder
		open   []int
		writes []string
	}{
		"due":               {reminder(80), []int{2}, []string{"PATCH " + issuesPath + "/3"}},
		"young, not proven": {reminder(0), []int{2}, []string{"PATCH " + issuesPath + "/3"}},
		"young and proven":  {proven(reminder(0)), nil, []string{"PATCH " + issuesPath + "/3", "POST " + issuesPath + "/2/comments", "PATCH " + issuesPath + "/2"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newModel()
			m.add(modelIssue{Title: "something else"})
			m.add(modelIssue{Title: Title(reminder(80)), Body: Body(reminder(80))}, "bug", strings.ToUpper(Label), Label)
			m.add(modelIssue{Title: Title(reminder(80)), Body: Body(reminder(80))}, Label)
			remind(t, m, tt.r)
			var open []int
			for _, i := range m.of("checkout") {
				open = append(open, i.Number)
			}
			expect(t, "open", tt.open, open)
			expect(t, "writes", tt.writes, m.takeWrites())
		})
	}
}

// What people write around the marked part stays; the part itself is kept.
func TestEditedByHand(t *testing.T) {
	t.Parallel()
	ours := Body(reminder(80))
	twin := reminder(80)
	twin.KeyName = "twin"
	tests := map[string]struct {
		title, body string
		writes      []string
		want        string // body, with %s for our part
	}{
		"around":               {"", "mine\r\n\r\n" + ours + "\r\ntoo", nil, "mine\r\n\r\n%s\r\ntoo"},
		"on the same line":     {"", "mine " + ours + " too", nil, "mine %s too"},
		"line ends":            {"", "mine\r\n" + strings.ReplaceAll(ours, "\n", "\r\n"), nil, "mine\r\n" + strings.ReplaceAll(ours, "\n", "\r\n")},
		"within":               {"", "mine\n" + strings.Replace(ours, "Four steps", "Five steps", 1) + "\ntoo", []string{editFirst}, "mine\n%s\ntoo"},
		"a line removed":       {"", strings.Replace(ours, "### 2", "### 7", 1) + "\ntoo", []string{editFirst}, "%s\ntoo"},
		"the marker's date":    {"", strings.Replace(ours, `due="2026-03-11"`, `due="2027-01-01"`, 1), []string{editFirst}, "%s"},
		"the marker's stage":   {"", strings.Replace(ours, `stage="due-soon"`, `stage=""`, 1), []string{editFirst}, "%s"},
		"the marker's sum":     {"", strings.Replace(ours, `sum="`, `sum="0`, 1), []string{editFirst}, "%s"},
		"the marker's rest":    {"", strings.Replace(ours, `sum="`, `sum=`, 1), []string{editFirst}, "%s"},
		"the end":              {"", "mine\n<!-- flexy-key-check:begin key=\"checkout\" -->\ntoo", []string{editFirst}, "mine\n%s\ntoo"},
		"the end, with a twin": {"", "<!-- flexy-key-check:begin key=\"checkout\" -->\ntoo" + Body(twin), []string{editFirst}, "%s\ntoo" + Body(twin)},
		"after a twin":         {"", Body(twin) + ours, nil, Body(twin) + "%s"},
		"all of it":            {"", "mine" + ours[:strings.Index(ours, "-->")+3] + endMarker + "too", []string{editFirst}, "mine%stoo"},
		"twice":                {"", ours + "mine" + ours, nil, "%smine" + ours},
		"the title":            {"URGENT", ours, nil, "%s"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newModel()
			i := m.add(modelIssue{Title: tt.title, Body: tt.body}, Label)
			remind(t, m, reminder(80))
			expect(t, "writes", tt.writes, m.takeWrites())
			expect(t, "body", strings.ReplaceAll(tt.want, "%s", ours), i.Body)
			expect(t, "title", tt.title, i.Title)
			remind(t, m, later(reminder(80), 1))
			expect(t, "writes afterwards", nil, m.takeWrites())
		})
	}
}

func TestRetitle(t *testing.T) {
	t.Parallel()
	r := reminder(80)
	r.KeyName = "a.b (c)"
	const ours, now = `Rotate the Flexy API key "a.b (c)" by 2025-01-01`, `Rotate the Flexy API key "a.b (c)" by 2026-03-11`
	for title, want := range map[string]string{
		ours:                   now,
		"[ops] " + ours + " !": "[ops] " + now + " !",
		"our own title":        "our own title",
		"":                     "",
		`Rotate the Flexy API key "aXb (c)" by 2025-01-01`: `Rotate the Flexy API key "aXb (c)" by 2025-01-01`,
	} {
		expect(t, title, want, retitle(title, r))
	}
}

func TestAssignees(t *testing.T) {
	t.Parallel()
	m := newModel()
	r := reminder(80)
	r.Assignees = []string{"ada", "grace"}
	remind(t, m, r)
	expect(t, "assignees", []map[string]string{{"login": "ada"}, {"login": "grace"}}, m.issues[0].Assignees)

	r.KeyName, r.Assignees = "other", []string{"ada", "nobody"}
	address, err := inMemory(m).Remind(t.Context(), secret.New(testToken), r)
	checkError(t, err, "opened without any", "reminder-assignees")
	expect(t, "address", "https://github.com/acme/shop/issues/2", address)
	expect(t, "assignees", []map[string]string{}, m.issues[1].Assignees)

	m.takeWrites()
	remind(t, m, r) // assignees are for the opening only
	expect(t, "writes", nil, m.takeWrites())
}

// A token that may open issues but not label them would open one a run.
func TestDroppedLabel(t *testing.T) {
	t.Parallel()
	m := newModel()
	m.dropLabels = true
	address, err := inMemory(m).Remind(t.Context(), secret.New(testToken), reminder(80))
	checkError(t, err, "cannot label the reminder issue: ", "issues: write")
	expect(t, "address", issue1, address)

	m = newModel()
	m.dropLabels = true
	m.around = func(_ int, w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
		if strings.HasSuffix(r.URL.Path, "/1/labels") {
			m.dropLabels = false // it may after all
		}
		serve(w, r)
	}
	expect(t, "address", issue1, remind(t, m, reminder(80)))
	expect(t, "open", 1, len(m.of("checkout")))
}

func TestLabelRaces(t *testing.T) {
	t.Parallel()
	m := newModel()
	m.around = func(_ int, w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
		if r.Method+" "+r.URL.Path == createLabel {
			m.labels[Label] = true // by somebody else
		}
		serve(w, r)
	}
	expect(t, "address", issue1, remind(t, m, reminder(80)))
}

// A policy with many keys lists the issues once, and again after a write.
func TestManyKeysListOnce(t *testing.T) {
	t.Parallel()
	m := newModel()
	c := inMemory(m)
	for n := range 300 {
		r := reminder(10)
		if n == 150 {
			r = reminder(80)
		}
		r.KeyName = fmt.Sprintf("key %d", n)
		if _, err := c.Remind(t.Context(), secret.New(testToken), r); err != nil {
			t.Fatal(err)
		}
	}
	lists := 0
	for _, l := range m.log {
		if l == "GET "+issuesPath {
			lists++
		}
	}
	expect(t, "lists", 2, lists)
}

// The address is put together from our own parts, or is unknown.
func TestAddress(t *testing.T) {
	t.Parallel()
	for server, want := range map[string]string{
		"https://github.com":        issue1,
		"https://git.acme.example/": "https://git.acme.example/acme/shop/issues/1",
		"http://127.0.0.1:8080/x":   "http://127.0.0.1:8080/x/acme/shop/issues/1",
		"":                          "",
		"github.com":                "",
		"https://":                  "",
		"https://a:b@github.com":    "",
		"javascript:alert(1)":       "",
		"https://github.com/\n::x":  "",
		"https://<b>":               "",
		"https://github.com:x":      "",
	} {
		r := reminder(80)
		r.ServerURL = server
		expect(t, server, want, remind(t, newModel(), r))
	}
}
