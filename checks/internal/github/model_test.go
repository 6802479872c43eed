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

// A model is GitHub's API as far as this package uses it, with the paging,
// statuses and permissions that GitHub documents, and with faults on demand.
type model struct {
	around around // if set, gets every request

	mux        *http.ServeMux
	mu         sync.Mutex
	secrets    map[string]string // path of a secret: the body of the answer
	issues     []*modelIssue
	labels     map[string]bool
	dropLabels bool  // open issues without their labels
	cursors    bool  // page issues by cursor instead of page number
	unfiltered bool  // list all issues, whatever the query
	overlap    bool  // begin each page of issues with the last issue of the page before
	perPage    int   // the most on a page, 100 if 0
	comments   int64 // id of the last one
	writes     []string
	log        []string
}

// An around decides whether and how often a request is served, and what the
// answer is.
type around func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc)

type object = map[string]string

type modelIssue struct {
	Number    int             `json:"number"`
	Title     string          `json:"title"`
	Body      string          `json:"body"`
	State     string          `json:"state"`
	Reason    string          `json:"state_reason,omitempty"`
	Labels    []object        `json:"labels"`
	Assignees []object        `json:"assignees"`
	Count     int             `json:"comments"`
	HTMLURL   string          `json:"html_url"`
	PR        object          `json:"pull_request,omitempty"`
	Comments  []*modelComment `json:"-"`
}

type modelComment struct {
	ID          int64  `json:"id"`
	Body        string `json:"body"`
	User        object `json:"user,omitempty"`
	Association string `json:"author_association,omitempty"`
}

func newModel() *model {
	m := &model{mux: http.NewServeMux(), secrets: map[string]string{}, labels: map[string]bool{}}
	for pattern, handle := range map[string]http.HandlerFunc{
		"GET /repos/acme/shop/issues":                    m.listIssues,
		"POST /repos/acme/shop/issues":                   m.createIssue,
		"PATCH /repos/acme/shop/issues/{number}":         m.editIssue,
		"POST /repos/acme/shop/issues/{number}/labels":   m.labelIssue,
		"GET /repos/acme/shop/issues/{number}/comments":  m.listComments,
		"POST /repos/acme/shop/issues/{number}/comments": m.createComment,
		"DELETE /repos/acme/shop/issues/comments/{id}":   m.deleteComment,
		"GET /repos/acme/shop/labels/{name}":             m.getLabel,
		"POST /repos/acme/shop/labels":                   m.createLabel,
		"/":                                              m.getSecret,
	} {
		m.mux.HandleFunc(pattern, handle)
	}
	return m
}

// ServeHTTP implements http.Handler.
func (m *model) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	m.log = append(m.log, r.Method+" "+r.URL.EscapedPath())
	m.mu.Unlock()
	if m.around != nil {
		m.around(w, r, m.serve)
		return
	}
	m.serve(w, r)
}

// serve answers a request, one at a time.
func (m *model) serve(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r.Header.Get("Authorization") != "Bearer "+testToken {
		refuse(w, http.StatusUnauthorized)
		return
	}
	if r.Method != http.MethodGet {
		m.writes = append(m.writes, r.Method+" "+r.URL.EscapedPath())
	}
	m.mux.ServeHTTP(w, r)
}

func answer(w http.ResponseWriter, status int, v any) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// refuse answers with an error in words that must not be repeated.
func refuse(w http.ResponseWriter, status int) {
	answer(w, status, object{"message": "HOSTILE ##[error] words of GitHub", "documentation_url": "https://docs.github.com/rest"})
}

// decode reads the body of a request. If it cannot, it answers 400.
func decode(w http.ResponseWriter, r *http.Request, into any) bool {
	err := json.NewDecoder(r.Body).Decode(into)
	if err != nil {
		refuse(w, http.StatusBadRequest)
	}
	return err == nil
}

func (m *model) getSecret(w http.ResponseWriter, r *http.Request) {
	body, ok := m.secrets[r.URL.EscapedPath()]
	if !ok || r.Method != http.MethodGet {
		refuse(w, http.StatusNotFound)
		return
	}
	_, _ = w.Write([]byte(body))
}

// paged answers with the page of a list that the query requests, and links to
// the next page.
func paged[T any](m *model, w http.ResponseWriter, r *http.Request, all []T) {
	q := r.URL.Query()
	size, _ := strconv.Atoi(q.Get("per_page"))
	size = min(cmp.Or(size, 30), cmp.Or(m.perPage, 100))
	number, _ := strconv.Atoi(cmp.Or(strings.TrimPrefix(q.Get("after"), "cursor-"), q.Get("page"), "1"))
	start, end := min((number-1)*size, len(all)), min(number*size, len(all))
	if m.overlap && strings.HasSuffix(r.URL.Path, "/issues") {
		start = max(start-1, 0)
	}
	if end < len(all) {
		next := fmt.Sprintf("page=%d", number+1)
		if m.cursors && strings.HasSuffix(r.URL.Path, "/issues") {
			next = fmt.Sprintf("after=cursor-%d", number+1)
		}
		w.Header().Set("Link", fmt.Sprintf(`<https://api.github.com%s?per_page=%d&%s>; rel="next", <https://api.github.com%[1]s?page=1>; rel="first"`, r.URL.Path, size, next))
	}
	answer(w, http.StatusOK, append([]T{}, all[start:end]...))
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
	paged(m, w, r, found)
}

func (i *modelIssue) labelled(name string) bool {
	return slices.ContainsFunc(i.Labels, func(l object) bool { return l["name"] == name })
}

func objects(attribute string, values []string) []object {
	out := []object{}
	for _, v := range values {
		out = append(out, object{attribute: v})
	}
	return out
}

// add opens an issue as somebody else would.
func (m *model) add(i modelIssue, labels ...string) *modelIssue {
	i.Number = len(m.issues) + 1
	i.State = cmp.Or(i.State, "open")
	i.HTMLURL = "https://evil.example/" + strconv.Itoa(i.Number)
	i.Labels = objects("name", labels)
	for _, c := range i.Comments {
		m.comments++
		i.Count, c.ID = i.Count+1, m.comments
	}
	m.issues = append(m.issues, &i)
	return &i
}

func (m *model) createIssue(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Title, Body       string
		Labels, Assignees []string
	}
	switch {
	case !decode(w, r, &in):
	case slices.Contains(in.Assignees, "nobody"):
		refuse(w, http.StatusUnprocessableEntity)
	default:
		if m.dropLabels {
			in.Labels = nil
		}
		i := m.add(modelIssue{Title: in.Title, Body: in.Body, Assignees: objects("login", in.Assignees)}, in.Labels...)
		answer(w, http.StatusCreated, i)
	}
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
	if i := m.issue(w, r); i != nil && decode(w, r, i) {
		answer(w, http.StatusOK, i)
	}
}

func (m *model) labelIssue(w http.ResponseWriter, r *http.Request) {
	var in []string
	if i := m.issue(w, r); i != nil && decode(w, r, &in) {
		i.Labels = append(i.Labels, objects("name", in)...)
		answer(w, http.StatusOK, i.Labels)
	}
}

func (m *model) listComments(w http.ResponseWriter, r *http.Request) {
	if i := m.issue(w, r); i != nil {
		paged(m, w, r, i.Comments)
	}
}

func (m *model) createComment(w http.ResponseWriter, r *http.Request) {
	m.comments++
	i, c := m.issue(w, r), &modelComment{ID: m.comments}
	if i == nil || !decode(w, r, c) {
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
	answer(w, http.StatusOK, object{"name": r.PathValue("name")})
}

func (m *model) createLabel(w http.ResponseWriter, r *http.Request) {
	var in struct{ Name string }
	switch {
	case !decode(w, r, &in):
	case m.labels[in.Name]:
		refuse(w, http.StatusUnprocessableEntity)
	default:
		m.labels[in.Name] = true
		answer(w, http.StatusCreated, object{"name": in.Name})
	}
}

// of returns the key's open issues.
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
func (m *model) takeWrites() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := strings.Join(m.writes, ", ")
	m.writes = nil
	return out
}
