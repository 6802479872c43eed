package github

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	gh "github.com/google/go-github/v89/github"

	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/secret"
)

const (
	perPage  = 100
	maxPages = 100 // of one list
)

// An issue is the part of a GitHub issue that Remind needs.
type issue struct {
	number      int
	title, body string
	comments    int
}

// A board is a repository's issues, seen with one token, and the reminder to
// keep there.
type board struct {
	c           *Client
	api         *gh.Client
	owner, repo string
	r           Reminder
}

// newBoard returns the board for a reminder. Its *Error is incomplete: see about.
func (c *Client) newBoard(token secret.Value, r Reminder) (*board, *Error) {
	owner, repo, e := split(r.Repository)
	if e != nil {
		return nil, e
	}
	api, e := c.api(token, maxPage)
	if e != nil {
		return nil, e
	}
	return &board{c, api, owner, repo, r}, nil
}

// failed turns a fault into a complete Error, and nil into nil.
func failed(task string, f *fault) *Error {
	if f == nil {
		return nil
	}
	return explain(f).about(task, reminderNeeds)
}

// address returns an issue's URL on the website, or "" if that is unknown. It
// does not come from GitHub's answer, because people click on it.
func (b *board) address(number int) string {
	site := website(b.r.ServerURL)
	if site == nil || number <= 0 {
		return ""
	}
	return site.JoinPath(b.owner, b.repo, "issues", strconv.Itoa(number)).String()
}

// mine returns the key's issues among those that list returns, oldest first.
func (b *board) mine(ctx context.Context, list func(context.Context) ([]issue, *fault)) ([]issue, *Error) {
	all, f := list(ctx)
	return b.ofKey(all), failed("read the reminder issues", f)
}

// ofKey returns the key's issues, oldest first.
func (b *board) ofKey(all []issue) []issue {
	var out []issue
	for _, i := range all {
		if _, ok := find(i.body, b.r.KeyName); ok {
			out = append(out, i)
		}
	}
	slices.SortFunc(out, func(a, b issue) int { return cmp.Compare(a.number, b.number) })
	return slices.CompactFunc(out, func(a, b issue) bool { return a.number == b.number })
}

// known returns what list returned earlier in this run, or calls list if it has
// not yet or if something has been written since.
func (b *board) known(ctx context.Context) ([]issue, *fault) {
	b.c.mu.Lock()
	all, ok := b.c.open[b.r.Repository]
	b.c.mu.Unlock()
	if ok {
		return all, nil
	}
	return b.list(ctx)
}

// forget makes known call list again. It is called before each write.
func (b *board) forget() {
	b.c.mu.Lock()
	defer b.c.mu.Unlock()
	delete(b.c.open, b.r.Repository)
}

// list returns the repository's open issues with the Label.
func (b *board) list(ctx context.Context) ([]issue, *fault) {
	found, f := pages(ctx, b.c, func(ctx context.Context, next cursor) ([]*gh.Issue, *gh.Response, error) {
		return b.api.Issues.ListByRepo(ctx, b.owner, b.repo, &gh.IssueListByRepoOptions{
			State: "open", Labels: []string{Label}, Sort: "created", Direction: "asc",
			ListOptions:       gh.ListOptions{Page: next.page, PerPage: perPage},
			ListCursorOptions: gh.ListCursorOptions{After: next.after},
		})
	})
	if f != nil {
		return nil, f
	}
	all := []issue{}
	for _, i := range found {
		labelled := slices.ContainsFunc(i.GetLabels(), func(l *gh.Label) bool { return strings.EqualFold(l.GetName(), Label) })
		if labelled && i.GetState() == "open" && !i.IsPullRequest() && i.GetNumber() > 0 {
			all = append(all, issue{i.GetNumber(), i.GetTitle(), i.GetBody(), i.GetComments()})
		}
	}
	b.c.mu.Lock()
	defer b.c.mu.Unlock()
	b.c.open[b.r.Repository] = all
	return all, nil
}

// A cursor is where the next page of a list begins. GitHub pages lists by number,
// and long lists of issues by an opaque text:
// https://github.com/google/go-github/issues/3565
type cursor struct {
	page  int
	after string
}

// pages returns a whole list. get requests one page of it.
func pages[T any](ctx context.Context, c *Client, get func(context.Context, cursor) ([]*T, *gh.Response, error)) ([]*T, *fault) {
	var all []*T
	var next cursor
	for range maxPages {
		var answer *gh.Response
		page, f := call(ctx, c, func(ctx context.Context) (page []*T, _ *gh.Response, err error) {
			page, answer, err = get(ctx, next)
			return page, answer, err
		})
		switch {
		case f != nil:
			return nil, f
		case page == nil || slices.Contains(page, nil): // an empty body or null: not a list without elements
			return nil, &fault{status: http.StatusOK, cause: errShape}
		}
		all = append(all, page...)
		next = cursor{answer.NextPage, answer.After}
		if next == (cursor{}) {
			return all, nil
		}
	}
	return nil, &fault{status: http.StatusOK, cause: errShape}
}

// create opens the issue. The first *Error is a warning: GitHub rejected an
// assignee, so the issue has none.
func (b *board) create(ctx context.Context) (issue, *Error, *Error) {
	const task = "open the reminder issue"
	opened, f := b.post(ctx, b.r.Assignees)
	if f == nil || f.status != http.StatusUnprocessableEntity || len(b.r.Assignees) == 0 {
		return opened, nil, failed(task, f)
	}
	opened, f = b.post(ctx, nil)
	return opened, &Error{
		Notice: mistake.Say("cannot assign the reminder issue: GitHub rejected one of the assignees (422), so it was opened without any",
			"let {reminder-assignees} name people with access to the repository; "+reminderNeeds),
		Status: http.StatusUnprocessableEntity,
	}, failed(task, f)
}

// post sends the new issue. The result has no number if GitHub's answer could
// not be read.
func (b *board) post(ctx context.Context, assignees []string) (issue, *fault) {
	b.forget()
	request := &gh.IssueRequest{Title: new(Title(b.r)), Body: new(Body(b.r)), Labels: &[]string{Label}}
	if len(assignees) > 0 {
		request.Assignees = &assignees
	}
	return createOnce(ctx, b.c, func(ctx context.Context) (issue, bool, *fault) {
		all, f := b.list(ctx)
		if found := b.ofKey(all); len(found) > 0 {
			return found[0], true, f
		}
		return issue{}, false, f
	}, func(ctx context.Context) (issue, *gh.Response, error) {
		i, res, err := b.api.Issues.Create(ctx, b.owner, b.repo, request)
		return issue{i.GetNumber(), Title(b.r), Body(b.r), 0}, res, err
	})
}

// rewrite changes an issue's body, and its title if that differs.
func (b *board) rewrite(ctx context.Context, i issue, title, body string) *Error {
	request := &gh.IssueRequest{Body: &body}
	if title != i.title {
		request.Title = &title
	}
	return failed("update the reminder issue", b.edit(ctx, i.number, request))
}

// close closes an issue. The reason is "completed" or "not_planned".
func (b *board) close(ctx context.Context, number int, reason string) *Error {
	return failed("close the reminder issue", b.edit(ctx, number, &gh.IssueRequest{State: new("closed"), StateReason: &reason}))
}

// edit changes an issue. It is idempotent.
func (b *board) edit(ctx context.Context, number int, request *gh.IssueRequest) *fault {
	b.forget()
	_, f := call(ctx, b.c, func(ctx context.Context) (*gh.Issue, *gh.Response, error) {
		return b.api.Issues.Edit(ctx, b.owner, b.repo, number, request)
	})
	return f
}

// ensureLabel creates the Label if the repository has none.
func (b *board) ensureLabel(ctx context.Context) *Error {
	const task = "create the label of the reminder issue"
	_, f := call(ctx, b.c, func(ctx context.Context) (*gh.Label, *gh.Response, error) {
		return b.api.Issues.GetLabel(ctx, b.owner, b.repo, Label)
	})
	if f == nil || f.status != http.StatusNotFound {
		return failed(task, f)
	}
	_, f = call(ctx, b.c, func(ctx context.Context) (*gh.Label, *gh.Response, error) {
		return b.api.Issues.CreateLabel(ctx, b.owner, b.repo, &gh.Label{
			Name: new(Label), Color: new("d93f0b"), Description: new("A Flexy API key is due for rotation (kept by flexy-key-check)"),
		})
	})
	if f != nil && f.status == http.StatusUnprocessableEntity { // another run was faster
		return nil
	}
	return failed(task, f)
}

// addLabel puts the Label on an issue.
func (b *board) addLabel(ctx context.Context, number int) *Error {
	b.forget()
	_, f := call(ctx, b.c, func(ctx context.Context) ([]*gh.Label, *gh.Response, error) {
		return b.api.Issues.AddLabelsToIssue(ctx, b.owner, b.repo, number, []string{Label})
	})
	return failed("label the reminder issue", f)
}
