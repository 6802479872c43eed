package github

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// A model is GitHub's API as far as this package uses it, with what GitHub
// documents of paging, statuses and permissions, and with faults on demand.
type model struct {
	// around, if set, gets every request with its number, from 1 on, and
	// decides whether and how often it is served, and what is answered.
	around func(n int, w http.ResponseWriter, r *http.Request, serve http.HandlerFunc)

	mux        *http.ServeMux
	mu         sync.Mutex
	secrets    map[string]string // path of a secret: the body that is answered
	issues     []*modelIssue
	labels     map[string]bool
	assignable map[string]bool
	dropLabels bool  // the token may open issues, but not label them
	cursors    bool  // page issues by cursor instead of page number
	unfiltered bool  // list all issues, whatever is asked for
	perPage    int   // the most on a page, 100 if 0
	comments   int64 // id of the last
	requests   int   // all
	writes     []string
	log        []string
}

type modelIssue struct {
	Number    int                 `json:"number"`
	Title     string              `json:"title"`
	Body      string              `json:"body"`
	State     string              `json:"state"`
	Reason    string              `json:"state_reason,omitempty"`
	Labels    []map[string]string `json:"labels"`
	Assignees []map[string]string `json:"assignees"`
	Count     int                 `json:"comments"`
	HTMLURL   string              `json:"html_url"`
	PR        map[string]string   `json:"pull_request,omitempty"`
	Comments  []*modelComment     `json:"-"`
}

type modelComment struct {
	ID          int64             `json:"id"`
	Body        string            `json:"body"`
	User        map[string]string `json:"user,omitempty"`
	Association string            `json:"author_association,omitempty"`
}

func newModel() *model {
	m := &model{secrets: map[string]string{}, labels: map[string]bool{}, assignable: map[string]bool{"ada": true, "grace": true}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /repos/acme/shop/issues", m.listIssues)
	mux.HandleFunc("POST /repos/acme/shop/issues", m.createIssue)
	mux.HandleFunc("PATCH /repos/acme/shop/issues/{number}", m.editIssue)
	mux.HandleFunc("POST /repos/acme/shop/issues/{number}/labels", m.labelIssue)
	mux.HandleFunc("GET /repos/acme/shop/issues/{number}/comments", m.listComments)
	mux.HandleFunc("POST /repos/acme/shop/issues/{number}/comments", m.createComment)
	mux.HandleFunc("DELETE /repos/acme/shop/issues/comments/{id}", m.deleteComment)
	mux.HandleFunc("GET /repos/acme/shop/labels/{name}", m.getLabel)
	mux.HandleFunc("POST /repos/acme/shop/labels", m.createLabel)
	mux.HandleFunc("/", m.getSecret)
	m.mux = mux
	return m
}

// ServeHTTP implements http.Handler.
func (m *model) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	m.requests++
	n := m.requests
	m.log = append(m.log, r.Method+" "+r.URL.EscapedPath())
	m.mu.Unlock()
	if m.around != nil {
		m.around(n, w, r, m.serve)
		return
	}
	m.serve(w, r)
}

// serve answers a request, one at a time.
func (m *model) serve(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r.Header.Get("Authorization") != "Bearer "+testToken {
		answer(w, http.StatusUnauthorized, map[string]string{"message": "Bad credentials"})
		return
	}
	if r.Method != http.MethodGet {
		m.writes = append(m.writes, r.Method+" "+r.URL.EscapedPath())
	}
	m.mux.ServeHTTP(w, r)
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// refuse answers as GitHub does, with words that nobody may repeat.
func refuse(w http.ResponseWriter, status int) {
	answer(w, status, map[string]string{"message": "HOSTILE ##[error] words of GitHub", "documentation_url": "https://docs.github.com/rest"})
}

func (m *model) getSecret(w http.ResponseWriter, r *http.Request) {
	body, ok := m.secrets[r.URL.EscapedPath()]
	if !ok || r.Method != http.MethodGet {
		refuse(w, http.StatusNotFound)
		return
	}
	_, _ = w.Write([]byte(body))
}

// paged cuts a list as the query asks, and links to the next page.
func paged[T any](m *model, w http.ResponseWriter, r *http.Request, all []T) []T {
	q := r.URL.Query()
	size, _ := strconv.Atoi(q.Get("per_page"))
	size = min(cmp.Or(size, 30), cmp.Or(m.perPage, 100))
	number, _ := strconv.Atoi(q.Get("page"))
	if after, err := strconv.Atoi(strings.TrimPrefix(q.Get("after"), "cursor-")); err == nil {
		number = after
	}
	number = max(number, 1)
	start, end := min((number-1)*size, len(all)), min(number*size, len(all))
	if end < len(all) {
		next := fmt.Sprintf("page=%d", number+1)
		if m.cursors {
			next = fmt.Sprintf("after=cursor-%d", number+1)
		}
		w.Header().Set("Link", fmt.Sprintf(`<https://api.github.com%s?per_page=%d&%s>; rel="next", <https://api.github.com%[1]s?page=1>; rel="first"`, r.URL.Path, size, next))
	}
	return append([]T{}, all[start:end]...)
}

func (m *model) listIssues(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	var found []*modelIssue
	for _, i := range m.issues {
		if m.unfiltered || i.State == q.Get("state") && i.labelled(q.Get("labels")) {
			found = append(found, i)
		}
	}
	if q.Get("direction") != "asc" {
		slices.Reverse(found)
	}
	answer(w, http.StatusOK, paged(m, w, r, found))
}

func (i *modelIssue) labelled(name string) bool {
	return slices.ContainsFunc(i.Labels, func(l map[string]string) bool { return l["name"] == name })
}

// add puts an issue in, as somebody else would.
func (m *model) add(i modelIssue, labels ...string) *modelIssue {
	i.Number = len(m.issues) + 1
	i.State = cmp.Or(i.State, "open")
	i.HTMLURL = "https://evil.example/" + strconv.Itoa(i.Number)
	i.Assignees = []map[string]string{}
	i.Labels = []map[string]string{}
	for _, l := range labels {
		i.Labels = append(i.Labels, map[string]string{"name": l})
	}
	m.issues = append(m.issues, &i)
	return &i
}

func (m *model) createIssue(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Title, Body       string
		Labels, Assignees []string
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil || in.Title == "" {
		refuse(w, http.StatusBadRequest)
		return
	}
	for _, a := range in.Assignees {
		if !m.assignable[a] {
			refuse(w, http.StatusUnprocessableEntity)
			return
		}
	}
	if m.dropLabels {
		in.Labels = nil
	}
	i := m.add(modelIssue{Title: in.Title, Body: in.Body}, in.Labels...)
	for _, a := range in.Assignees {
		i.Assignees = append(i.Assignees, map[string]string{"login": a})
	}
	answer(w, http.StatusCreated, i)
}

// issue returns the issue that a request is about, or nil after a 404.
func (m *model) issue(w http.ResponseWriter, r *http.Request) *modelIssue {
	n, err := strconv.Atoi(r.PathValue("number"))
	if err != nil || n < 1 || n > len(m.issues) {
		refuse(w, http.StatusNotFound)
		return nil
	}
	return m.issues[n-1]
}

func (m *model) editIssue(w http.ResponseWriter, r *http.Request) {
	i := m.issue(w, r)
	if i == nil {
		return
	}
	var in struct {
		Title, Body, State *string
		Reason             string `json:"state_reason"`
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil {
		refuse(w, http.StatusBadRequest)
		return
	}
	for to, from := range map[*string]*string{&i.Title: in.Title, &i.Body: in.Body, &i.State: in.State} {
		if from != nil {
			*to = *from
		}
	}
	i.Reason = cmp.Or(in.Reason, i.Reason)
	answer(w, http.StatusOK, i)
}

func (m *model) labelIssue(w http.ResponseWriter, r *http.Request) {
	i := m.issue(w, r)
	var in struct{ Labels []string }
	switch {
	case i == nil:
	case m.dropLabels:
		refuse(w, http.StatusForbidden)
	case json.NewDecoder(r.Body).Decode(&in.Labels) != nil:
		refuse(w, http.StatusBadRequest)
	default:
		for _, l := range in.Labels {
			i.Labels = append(i.Labels, map[string]string{"name": l})
		}
		answer(w, http.StatusOK, i.Labels)
	}
}

func (m *model) listComments(w http.ResponseWriter, r *http.Request) {
	if i := m.issue(w, r); i != nil {
		answer(w, http.StatusOK, paged(m, w, r, i.Comments))
	}
}

func (m *model) createComment(w http.ResponseWriter, r *http.Request) {
	i := m.issue(w, r)
	if i == nil {
		return
	}
	m.comments++
	c := &modelComment{ID: m.comments}
	if json.NewDecoder(r.Body).Decode(c) != nil {
		refuse(w, http.StatusBadRequest)
		return
	}
	i.Comments = append(i.Comments, c)
	i.Count = len(i.Comments)
	answer(w, http.StatusCreated, c)
}

func (m *model) deleteComment(w http.ResponseWriter, r *http.Request) {
	id, _ := strconv.ParseInt(r.PathValue("id"), 10, 64)
	for _, i := range m.issues {
		before := len(i.Comments)
		i.Comments = slices.DeleteFunc(i.Comments, func(c *modelComment) bool { return c.ID == id })
		if i.Count = len(i.Comments); i.Count < before {
			w.WriteHeader(http.StatusNoContent)
			return
		}
	}
	refuse(w, http.StatusNotFound)
}

func (m *model) getLabel(w http.ResponseWriter, r *http.Request) {
	if !m.labels[r.PathValue("name")] {
		refuse(w, http.StatusNotFound)
		return
	}
	answer(w, http.StatusOK, map[string]string{"name": r.PathValue("name")})
}

func (m *model) createLabel(w http.ResponseWriter, r *http.Request) {
	var in struct{ Name string }
	if json.NewDecoder(r.Body).Decode(&in) != nil || m.labels[in.Name] {
		refuse(w, http.StatusUnprocessableEntity)
		return
	}
	m.labels[in.Name] = true
	answer(w, http.StatusCreated, map[string]string{"name": in.Name})
}

// of returns the open issues that are the key's.
func (m *model) of(key string) []*modelIssue {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []*modelIssue
	for _, i := range m.issues {
		if _, ok := find(i.Body, key); ok && i.State == "open" && i.labelled(Label) && i.PR == nil {
			out = append(out, i)
		}
	}
	return out
}

// takeWrites returns the writes since it was last called.
func (m *model) takeWrites() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := m.writes
	m.writes = nil
	return out
}
