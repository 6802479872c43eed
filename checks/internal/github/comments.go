package github

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	gh "github.com/google/go-github/v89/github"
)

// A posted comment is one on the website.
type posted struct {
	id   int64
	text string
}

// sayAll posts the comments that the record does not have yet. If two runs posted one
// at the same time, all but the oldest are deleted. A comment that GitHub does not
// take is returned: it must not stop what comes after it.
func (b *board) sayAll(ctx context.Context, p plan) (unsaid []comment, warning *Error) {
	if len(p.say) == 0 {
		return nil, nil
	}
	var there []posted
	if !p.create {
		var f *fault
		if there, f = b.comments(ctx, p.number); f != nil {
			return p.say, failed("read the comments of the key's record", f)
		}
	}
	said := false
	for _, c := range p.say {
		marker := c.marker()
		if isThere(there, marker) {
			continue
		}
		if f := b.comment(ctx, p.number, marker, kinds[c.kind].text(c, p)); f != nil {
			unsaid = append(unsaid, c)
			warning = failed("comment on the key's record", f)
			if refused(f) && !strings.Contains(warning.Message, "locked") {
				warning.Message += ", or the issue is locked"
			}
			continue
		}
		said = true
	}
	if said {
		there, _ = b.comments(ctx, p.number)
	}
	b.deleteCopies(ctx, there)
	return unsaid, warning
}

// isThere reports whether one of the comments has the marker.
func isThere(there []posted, marker string) bool {
	return slices.ContainsFunc(there, func(c posted) bool { return strings.HasPrefix(c.text, marker) })
}

// deleteCopies deletes all but the oldest of the record's equal comments. What it
// cannot delete stays.
func (b *board) deleteCopies(ctx context.Context, there []posted) {
	first := map[string]bool{}
	for _, c := range there {
		marker, _, _ := strings.Cut(c.text, "\n")
		if !strings.HasPrefix(marker, "<!-- flexy-key-check:") {
			continue
		}
		if first[marker] {
			b.deleteComment(ctx, c.id)
		}
		first[marker] = true
	}
}

// comments returns the issue's comments, oldest first, without those of outsiders. An
// issue that no longer exists has none.
func (b *board) comments(ctx context.Context, number int) ([]posted, *fault) {
	all, f := pages(ctx, b.c, func(ctx context.Context, next cursor) ([]*gh.IssueComment, *gh.Response, error) {
		return b.api.Issues.ListComments(ctx, b.owner, b.repo, number, &gh.IssueListCommentsOptions{
			ListOptions: gh.ListOptions{Page: next.page, PerPage: perPage},
		})
	})
	if f != nil && f.status == http.StatusNotFound {
		return nil, nil
	}
	var there []posted
	for _, found := range all {
		if !byOutsider(found) {
			there = append(there, posted{found.GetID(), found.GetBody()})
		}
	}
	slices.SortFunc(there, func(a, b posted) int { return cmp.Compare(a.id, b.id) })
	return there, f
}

// byOutsider reports whether a comment is by a person who has no access to the
// repository. Such a person could have copied the marker.
func byOutsider(c *gh.IssueComment) bool {
	outside := []string{"NONE", "FIRST_TIMER", "FIRST_TIME_CONTRIBUTOR", "CONTRIBUTOR", "MANNEQUIN"}
	return c.GetUser().GetType() == "User" && slices.Contains(outside, c.GetAuthorAssociation())
}

// comment posts a comment. If an answer is lost, it looks for the comment before it
// tries again.
func (b *board) comment(ctx context.Context, number int, marker, text string) *fault {
	_, f := createOnce(ctx, b.c, func(ctx context.Context) (*gh.IssueComment, bool, *fault) {
		there, f := b.comments(ctx, number)
		return nil, isThere(there, marker), f
	}, func(ctx context.Context) (*gh.IssueComment, *gh.Response, error) {
		return b.api.Issues.CreateComment(ctx, b.owner, b.repo, number, &gh.IssueComment{Body: new(marker + "\n" + text)})
	})
	return f
}

// deleteComment deletes a comment, unless another run has already done so.
func (b *board) deleteComment(ctx context.Context, id int64) {
	_, _ = call(ctx, b.c, func(ctx context.Context) (struct{}, *gh.Response, error) {
		res, err := b.api.Issues.DeleteComment(ctx, b.owner, b.repo, id)
		return struct{}{}, res, err
	})
}
