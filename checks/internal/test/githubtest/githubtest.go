// Package githubtest emulates the part of GitHub's API that the program uses: a
// secret's metadata, and issues with their labels and comments, with the paging,
// statuses and permissions that GitHub documents, and with faults on demand.
package githubtest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// An API is an emulated API of GitHub with one repository. Its zero fields are a
// repository without secrets, issues and labels.
type API struct {
	Around Around // if set, gets every request

	Secrets      map[string]string // path of a secret: the body of the answer
	Issues       []*Issue
	Labels       map[string]bool
	DropLabels   bool     // open issues without their labels
	NoDuplicates bool     // do not know of duplicates, as older servers
	Cursors      bool     // page issues by cursor instead of page number
	Unfiltered   bool     // list all issues, newest first, whatever the query
	Overlap      bool     // begin each page of issues with the last issue of the page before
	PerPage      int      // the most on a page, 100 if 0
	Token        string   // the only one accepted, unless blank
	Log          []string // the requests, as "METHOD path"

	repository string

	mux      *http.ServeMux
	mu       sync.Mutex
	comments int64 // id of the last one
	writes   []string
}

// An Around decides whether and how often a request is served, and what the
// answer is.
type Around func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc)

// An Object is a small JSON object, such as a label.
type Object = map[string]string

// An Issue is an issue or, with PR, a pull request.
type Issue struct {
	Number    int        `json:"number"`
	Title     string     `json:"title"`
	Body      string     `json:"body"`
	State     string     `json:"state"`
	Reason    string     `json:"state_reason"`
	Labels    []Object   `json:"-"`
	Assignees []Object   `json:"-"`
	HTMLURL   string     `json:"-"`
	PR        Object     `json:"-"`
	Locked    bool       `json:"-"`
	Comments  []*Comment `json:"-"`

	repository string
}

// A Comment is a comment on an issue.
type Comment struct {
	ID          int64  `json:"id"`
	Body        string `json:"body"`
	User        Object `json:"user"`
	Association string `json:"author_association"`

	issue *Issue
}

// New returns the API of a repository, "owner/name".
func New(repository string) *API {
	a := &API{repository: repository, mux: http.NewServeMux(), Secrets: map[string]string{}, Labels: map[string]bool{}}
	repo := " /repos/" + repository
	for pattern, handle := range map[string]http.HandlerFunc{
		"GET" + repo + "/issues":                    a.listIssues,
		"POST" + repo + "/issues":                   a.createIssue,
		"PATCH" + repo + "/issues/{number}":         a.editIssue,
		"GET" + repo + "/issues/{number}/comments":  a.listComments,
		"POST" + repo + "/issues/{number}/comments": a.createComment,
		"DELETE" + repo + "/issues/comments/{id}":   a.deleteComment,
		"POST" + repo + "/labels":                   a.createLabel,
		"/":                                         a.getSecret,
	} {
		a.mux.HandleFunc(pattern, handle)
	}
	return a
}

// ServeHTTP implements http.Handler.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.Log = append(a.Log, r.Method+" "+r.URL.EscapedPath())
	a.mu.Unlock()
	if a.Around != nil {
		a.Around(w, r, a.serve)
		return
	}
	a.serve(w, r)
}

// serve answers a request, one at a time. It panics if the request or its answer is
// not as GitHub describes them.
func (a *API) serve(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); !ok || a.Token != "" && token != a.Token {
		Refuse(w, http.StatusUnauthorized)
		return
	}
	if r.Method != http.MethodGet {
		a.writes = append(a.writes, r.Method+" "+r.URL.EscapedPath())
	}
	var request []byte
	if r.Body != nil { // as in a request that no server has read
		request, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(request))
	}
	kept := &answered{ResponseWriter: w}
	a.mux.ServeHTTP(kept, r)
	conform(r, request, kept.status, kept.body.Bytes())
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// Refuse answers with an error in words that must not be repeated.
func Refuse(w http.ResponseWriter, status int) {
	answer(w, status, Object{"message": "HOSTILE ##[error] words of GitHub", "documentation_url": "https://docs.github.com/rest", "status": strconv.Itoa(status)})
}

// decode reads the body of a request. If it cannot, it answers 400.
func decode(w http.ResponseWriter, r *http.Request, into any) bool {
	err := json.NewDecoder(r.Body).Decode(into)
	if err != nil {
		Refuse(w, http.StatusBadRequest)
	}
	return err == nil
}

func (a *API) getSecret(w http.ResponseWriter, r *http.Request) {
	body, ok := a.Secrets[r.URL.EscapedPath()]
	if !ok || r.Method != http.MethodGet {
		Refuse(w, http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write([]byte(body))
}

// paged answers with the page of a list that the query requests, and links to
// the next page.
func paged[T any](a *API, w http.ResponseWriter, r *http.Request, all []T) {
	q := r.URL.Query()
	size, _ := strconv.Atoi(q.Get("per_page"))
	size = min(cmp.Or(size, 30), cmp.Or(a.PerPage, 100))
	number, _ := strconv.Atoi(cmp.Or(strings.TrimPrefix(q.Get("after"), "cursor-"), q.Get("page"), "1"))
	start, end := min((number-1)*size, len(all)), min(number*size, len(all))
	if a.Overlap && strings.HasSuffix(r.URL.Path, "/issues") {
		start = max(start-1, 0)
	}
	if end < len(all) {
		next := fmt.Sprintf("page=%d", number+1)
		if a.Cursors && strings.HasSuffix(r.URL.Path, "/issues") {
			next = fmt.Sprintf("after=cursor-%d", number+1)
		}
		w.Header().Set("Link", fmt.Sprintf(`<https://api.github.com%s?per_page=%d&%s>; rel="next", <https://api.github.com%[1]s?page=1>; rel="first"`, r.URL.Path, size, next))
	}
	answer(w, http.StatusOK, append([]T{}, all[start:end]...))
}

func (a *API) listIssues(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	var found []*Issue
	for _, i := range a.Issues {
		if a.Unfiltered || (q.Get("state") == "all" || i.State == q.Get("state")) && i.labelled(q.Get("labels")) {
			found = append(found, i)
		}
	}
	if a.Unfiltered || q.Get("direction") != "asc" {
		slices.Reverse(found)
	}
	paged(a, w, r, found)
}

func (i *Issue) labelled(name string) bool {
	return slices.ContainsFunc(i.Labels, func(l Object) bool { return l["name"] == name })
}

func objects(attribute string, values []string) []Object {
	out := []Object{}
	for _, v := range values {
		out = append(out, Object{attribute: v})
	}
	return out
}

// Add opens an issue as somebody else would.
func (a *API) Add(i Issue, labels ...string) *Issue {
	i.Number = len(a.Issues) + 1
	i.State = cmp.Or(i.State, "open")
	i.HTMLURL = "https://evil.example/" + strconv.Itoa(i.Number)
	i.Labels = objects("name", labels)
	i.repository = a.repository
	for _, c := range i.Comments {
		a.comments++
		c.ID, c.issue = a.comments, &i
	}
	a.Issues = append(a.Issues, &i)
	return &i
}

func (a *API) createIssue(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Title, Body       string
		Labels, Assignees []string
	}
	switch {
	case !decode(w, r, &in):
	case slices.Contains(in.Assignees, "nobody"):
		Refuse(w, http.StatusUnprocessableEntity)
	default:
		if a.DropLabels {
			in.Labels = nil
		}
		i := a.Add(Issue{Title: in.Title, Body: in.Body, Assignees: objects("login", in.Assignees)}, in.Labels...)
		answer(w, http.StatusCreated, i)
	}
}

// issue returns the issue that a request is about, or nil after a 404.
func (a *API) issue(w http.ResponseWriter, r *http.Request) *Issue {
	n, err := strconv.Atoi(r.PathValue("number"))
	if err != nil || n < 1 || n > len(a.Issues) {
		Refuse(w, http.StatusNotFound)
		return nil
	}
	return a.Issues[n-1]
}

func (a *API) editIssue(w http.ResponseWriter, r *http.Request) {
	i := a.issue(w, r)
	if i == nil {
		return
	}
	edited := *i
	switch reasons := []string{"", "completed", "not_planned", "duplicate", "reopened"}; {
	case !decode(w, r, &edited):
	case utf8.RuneCountInString(edited.Body) > maxBody || !slices.Contains(reasons, edited.Reason), a.NoDuplicates && edited.Reason == "duplicate":
		Refuse(w, http.StatusUnprocessableEntity)
	default:
		if edited.State == "open" {
			edited.Reason = ""
		}
		*i = edited
		answer(w, http.StatusOK, i)
	}
}

// maxBody is the most that GitHub accepts as a body, in characters.
const maxBody = 65536

func (a *API) listComments(w http.ResponseWriter, r *http.Request) {
	if i := a.issue(w, r); i != nil {
		paged(a, w, r, i.Comments)
	}
}

func (a *API) createComment(w http.ResponseWriter, r *http.Request) {
	i := a.issue(w, r)
	if i == nil {
		return
	}
	if i.Locked {
		answer(w, http.StatusForbidden, Object{"message": "Unable to create comment because issue is locked."})
		return
	}
	c := &Comment{issue: i}
	if !decode(w, r, c) {
		return
	}
	a.comments++
	c.ID = a.comments
	i.Comments = append(i.Comments, c)
	answer(w, http.StatusCreated, c)
}

func (a *API) deleteComment(w http.ResponseWriter, r *http.Request) {
	id, _ := strconv.ParseInt(r.PathValue("id"), 10, 64)
	for _, i := range a.Issues {
		before := len(i.Comments)
		i.Comments = slices.DeleteFunc(i.Comments, func(c *Comment) bool { return c.ID == id })
		if len(i.Comments) < before {
			w.WriteHeader(http.StatusNoContent)
			return
		}
	}
	Refuse(w, http.StatusNotFound)
}

func (a *API) createLabel(w http.ResponseWriter, r *http.Request) {
	var in struct{ Name string }
	switch {
	case !decode(w, r, &in):
	case a.Labels[in.Name]:
		Refuse(w, http.StatusUnprocessableEntity)
	default:
		a.Labels[in.Name] = true
		answer(w, http.StatusCreated, label(a.repository, in.Name))
	}
}

// Open returns the open issues with a label, without pull requests.
func (a *API) Open(label string) []*Issue {
	a.mu.Lock()
	defer a.mu.Unlock()
	var open []*Issue
	for _, i := range a.Issues {
		if i.State == "open" && i.labelled(label) && i.PR == nil {
			open = append(open, i)
		}
	}
	return open
}

// TakeWrites returns the writes since it was last called.
func (a *API) TakeWrites() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := strings.Join(a.writes, ", ")
	a.writes = nil
	return out
}
