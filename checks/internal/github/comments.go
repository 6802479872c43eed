package github

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	gh "github.com/google/go-github/v89/github"
)

// commentMarker begins a comment. There is one comment of each kind per key and
// due date.
const commentMarker = `<!-- flexy-key-check:%s key="%s" due="%s" -->`

// A comment is a text to post and the marker with which it begins.
type comment struct{ marker, text string }

// overdueComment returns the comment that says that the key is overdue.
func overdueComment(r Reminder) comment {
	return newComment("overdue", r, "**Overdue.** The Flexy API key `%s` was to be rotated by %s, and is %s%s. The steps are at the top of this issue.")
}

// rotatedComment returns the comment with which the issue is closed.
func rotatedComment(r Reminder) comment {
	return newComment("rotated", r, "The Flexy API key `%s` has been rotated and is next due on %s. It is %s, and all its checks passed%s. The next reminder will be a new issue.")
}

// sameKeyComment returns the comment that says that the secret still holds the
// old key. It is for the issue's due date, because the new one is wrong.
func sameKeyComment(r Reminder, was part) comment {
	due := was.due
	if _, err := time.Parse(time.DateOnly, due); err != nil {
		due = date(r.DueOn)
	}
	claim := strings.NewReplacer("{", "`", "}", "`").Replace(r.claim())
	claim = strings.ToUpper(claim[:1]) + claim[1:]
	marker := fmt.Sprintf(commentMarker, "same-key", encode(r.KeyName), due)
	return comment{marker, marker + "\n" + fmt.Sprintf("**Not rotated.** %s holds the same Flexy API key, with the fingerprint `%s`%s. "+
		"This issue stays open until the secret holds another key. The steps are at the top.", claim, r.Fingerprint, inRun(r))}
}

// newComment fills in the key's name, due date, age and run.
func newComment(kind string, r Reminder, format string) comment {
	marker := fmt.Sprintf(commentMarker, kind, encode(r.KeyName), date(r.DueOn))
	return comment{marker, marker + "\n" + fmt.Sprintf(format, inCode(r.KeyName), date(r.DueOn), ageText(r), inRun(r))}
}

// inRun returns a link to the run, in parentheses, or "" if its URL is unknown.
func inRun(r Reminder) string {
	if website(r.RunURL) == nil {
		return ""
	}
	return " ([this run](" + r.RunURL + "))"
}

// commentOnce makes sure that an issue does not have the comment more than once:
// if two runs posted it at the same time, all but the oldest are deleted. If post
// is set, a missing comment is posted.
func (b *board) commentOnce(ctx context.Context, number int, c comment, post bool) *Error {
	const task = "comment on the reminder issue"
	there, f := b.comments(ctx, number, c)
	if f == nil && len(there) == 0 && post {
		if f = b.comment(ctx, number, c); f == nil {
			there, f = b.comments(ctx, number, c)
		}
	}
	for _, id := range there[min(1, len(there)):] {
		if f = b.deleteComment(ctx, id); f != nil {
			break
		}
	}
	return failed(task, f)
}

// comments returns the ids of the issue's comments that are c, oldest first. An
// issue that no longer exists has none.
func (b *board) comments(ctx context.Context, number int, c comment) ([]int64, *fault) {
	all, f := pages(ctx, b.c, func(ctx context.Context, next cursor) ([]*gh.IssueComment, *gh.Response, error) {
		return b.api.Issues.ListComments(ctx, b.owner, b.repo, number, &gh.IssueListCommentsOptions{
			ListOptions: gh.ListOptions{Page: next.page, PerPage: perPage},
		})
	})
	if f != nil && f.status == http.StatusNotFound {
		return nil, nil
	}
	var ids []int64
	for _, found := range all {
		if strings.HasPrefix(found.GetBody(), c.marker) && !byOutsider(found) {
			ids = append(ids, found.GetID())
		}
	}
	slices.Sort(ids)
	return ids, f
}

// byOutsider reports whether a comment is by a person who has no access to the
// repository. Such a person could have copied the marker.
func byOutsider(c *gh.IssueComment) bool {
	outside := []string{"NONE", "FIRST_TIMER", "FIRST_TIME_CONTRIBUTOR", "CONTRIBUTOR", "MANNEQUIN"}
	return c.GetUser().GetType() == "User" && slices.Contains(outside, c.GetAuthorAssociation())
}

// comment posts a comment.
func (b *board) comment(ctx context.Context, number int, c comment) *fault {
	b.forget()
	_, f := createOnce(ctx, b.c, func(ctx context.Context) (*gh.IssueComment, bool, *fault) {
		there, f := b.comments(ctx, number, c)
		return nil, len(there) > 0, f
	}, func(ctx context.Context) (*gh.IssueComment, *gh.Response, error) {
		return b.api.Issues.CreateComment(ctx, b.owner, b.repo, number, &gh.IssueComment{Body: &c.text})
	})
	return f
}

// deleteComment deletes a comment, unless another run has already done so.
func (b *board) deleteComment(ctx context.Context, id int64) *fault {
	_, f := call(ctx, b.c, func(ctx context.Context) (struct{}, *gh.Response, error) {
		res, err := b.api.Issues.DeleteComment(ctx, b.owner, b.repo, id)
		return struct{}{}, res, err
	})
	if f != nil && f.status == http.StatusNotFound {
		return nil
	}
	return f
}
