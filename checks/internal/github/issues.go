package github

import (
	"context"
	"net/http"
	"slices"
	"strings"

	gh "github.com/google/go-github/v89/github"

	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/secret"
)

const (
	perPage  = 100
	maxPages = 100 // of one list
)

// An issue is the part of a GitHub issue that a record needs.
type issue struct {
	number      int
	title, body string
	comments    int // how many it has
	open        bool
}

// A board is a repository's issues, seen with one token.
type board struct {
	c           *Client
	api         *gh.Client
	home        Home
	owner, repo string
}

// newBoard returns a repository's board. Its *Error is incomplete: see about.
func (c *Client) newBoard(token secret.Value, home Home) (*board, *Error) {
	owner, repo, e := split(home.Repository)
	if e != nil {
		return nil, e
	}
	api, e := c.api(token, maxPage)
	if e != nil {
		return nil, e
	}
	return &board{c, api, home, owner, repo}, nil
}

// failed turns a fault into a complete Error, and nil into nil.
func failed(task string, f *fault) *Error {
	if f == nil {
		return nil
	}
	return explain(f).about(task, recordNeeds)
}

// list returns the repository's issues with the Label, open and closed.
func (b *board) list(ctx context.Context) ([]issue, *fault) {
	found, f := pages(ctx, b.c, func(ctx context.Context, next cursor) ([]*gh.Issue, *gh.Response, error) {
		return b.api.Issues.ListByRepo(ctx, b.owner, b.repo, &gh.IssueListByRepoOptions{
			State: "all", Labels: []string{Label}, Sort: "created", Direction: "asc",
			ListOptions:       gh.ListOptions{Page: next.page, PerPage: perPage},
			ListCursorOptions: gh.ListCursorOptions{After: next.after},
		})
	})
	var all []issue
	for _, i := range found {
		if labelled(i) && !i.IsPullRequest() && i.GetNumber() > 0 {
			all = append(all, asIssue(i))
		}
	}
	return all, f
}

func asIssue(i *gh.Issue) issue {
	return issue{i.GetNumber(), i.GetTitle(), i.GetBody(), i.GetComments(), i.GetState() == "open"}
}

// labelled reports whether an issue has the Label.
func labelled(i *gh.Issue) bool {
	return slices.ContainsFunc(i.GetLabels(), func(l *gh.Label) bool { return strings.EqualFold(l.GetName(), Label) })
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

// create creates the record, with a warning if GitHub rejected an assignee, so that the
// issue has none.
func (b *board) create(ctx context.Context, p plan) (_ issue, warnings []mistake.Notice, _ *Error) {
	const task = "create the key's record"
	request := &gh.IssueRequest{Title: new(title(p.run.Name, p.next.due)), Body: new(p.next.around(p.text(), nil)), Labels: &[]string{Label}}
	if len(p.run.Assignees) > 0 {
		request.Assignees = &p.run.Assignees
	}
	opened, f := b.post(ctx, request)
	if f != nil && f.status == http.StatusUnprocessableEntity && request.Assignees != nil {
		request.Assignees = nil
		opened, f = b.post(ctx, request)
		warnings = []mistake.Notice{mistake.Say("cannot assign the key's record: GitHub rejected one of the assignees (422), so it was created without any",
			"let {reminder-assignees} name people with access to the repository")}
	}
	switch {
	case f != nil:
		return issue{}, nil, failed(task, f)
	case opened.GetNumber() <= 0:
		return issue{}, nil, failed(task, &fault{status: http.StatusCreated, cause: errShape})
	case !labelled(opened): // GitHub ignores labels that the token may not set
		f = b.edit(ctx, opened.GetNumber(), &gh.IssueRequest{State: new("closed"), StateReason: new("not_planned")})
		if f != nil {
			return issue{}, nil, failed("close an issue that GitHub created without its label", f)
		}
		return issue{}, nil, (&Error{Notice: mistake.Say("GitHub created the issue without its label, so it was closed again", "")}).about(task, recordNeeds)
	}
	return asIssue(opened), warnings, nil
}

// post sends the new issue. If an answer is lost, it looks for the issue before it
// tries again.
func (b *board) post(ctx context.Context, request *gh.IssueRequest) (*gh.Issue, *fault) {
	return createOnce(ctx, b.c, func(ctx context.Context) (*gh.Issue, bool, *fault) {
		found, f := b.list(ctx)
		for _, i := range found {
			if i.body == *request.Body && i.open {
				return &gh.Issue{
					Number: &i.number, Title: &i.title, Body: &i.body, Comments: &i.comments,
					State: new("open"), Labels: []*gh.Label{{Name: new(Label)}},
				}, true, nil
			}
		}
		return nil, false, f
	}, func(ctx context.Context) (*gh.Issue, *gh.Response, error) {
		return b.api.Issues.Create(ctx, b.owner, b.repo, request)
	})
}

// update writes the body, the title and the state, whatever of them is out of date,
// with one call.
func (b *board) update(ctx context.Context, p plan, unsaid []comment) *Error {
	request := &gh.IssueRequest{}
	if p.write || !p.create && !slices.Equal(unsaid, p.unsaid) {
		request.Body = new(p.body[:p.start] + p.next.around(p.text(), unsaid) + p.body[p.end:])
		if changed := retitle(p.title, p.run.Name, p.next.due); changed != p.title {
			request.Title = &changed
		}
	}
	if p.state != "" {
		request.State = &p.state
	}
	if p.state == "closed" {
		request.StateReason = new("completed")
	}
	if request.Body == nil && request.State == nil {
		return nil
	}
	f := b.edit(ctx, p.number, request)
	if f != nil && f.status == http.StatusUnprocessableEntity && request.Body != nil && request.State != nil {
		request.Body, request.Title = nil, nil // there is no room for the text: its state counts more
		if again := b.edit(ctx, p.number, request); again != nil {
			f = again
		}
	}
	return failed("update the key's record", f)
}

// closeDuplicate closes a second record of the same key. Older servers do not know
// that reason.
func (b *board) closeDuplicate(ctx context.Context, number int) *Error {
	f := b.edit(ctx, number, &gh.IssueRequest{State: new("closed"), StateReason: new("duplicate")})
	if f != nil && f.status == http.StatusUnprocessableEntity {
		f = b.edit(ctx, number, &gh.IssueRequest{State: new("closed"), StateReason: new("not_planned")})
	}
	return failed("close a second record of the same key", f)
}

// edit changes an issue. It is idempotent.
func (b *board) edit(ctx context.Context, number int, request *gh.IssueRequest) *fault {
	_, f := call(ctx, b.c, func(ctx context.Context) (*gh.Issue, *gh.Response, error) {
		return b.api.Issues.Edit(ctx, b.owner, b.repo, number, request)
	})
	return f
}

// createLabel creates the Label, unless it exists.
func (b *board) createLabel(ctx context.Context) *Error {
	_, f := call(ctx, b.c, func(ctx context.Context) (*gh.Label, *gh.Response, error) {
		return b.api.Issues.CreateLabel(ctx, b.owner, b.repo, &gh.Label{
			Name: new(Label), Color: new("d93f0b"), Description: new("The record of a Flexy API key, kept by flexy-key-check"),
		})
	})
	if f != nil && f.status == http.StatusUnprocessableEntity {
		return nil
	}
	return failed("create the label of the keys' records", f)
}
