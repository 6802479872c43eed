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

// commentMarker begins a comment. It tells what the comment is about, which is
// said once for a due date.
const commentMarker = `<!-- flexy-key-check:%s key="%s" due="%s" -->`

// A comment is one that Remind makes.
type comment struct{ marker, text string }

// overdueComment says that the key has become overdue.
func overdueComment(r Reminder) comment {
	return newComment("overdue", r, "**Overdue.** The Flexy API key `%s` was to be rotated by %s, and is %s%s. The steps are at the top of this issue.")
}

// rotatedComment says why the issue is closed.
func rotatedComment(r Reminder) comment {
	return newComment("rotated", r, "The Flexy API key `%s` has been rotated and is next due on %s. It is %s, and all that was checked has passed%s. The next reminder will be a new issue.")
}

// sameKeyComment says, once for the due date of the issue as it was, that the
// rotation is none.
func sameKeyComment(r Reminder, was part) comment {
	due := was.due
	if _, err := time.Parse(time.DateOnly, due); err != nil {
		due = date(r.DueOn)
	}
	claim := strings.NewReplacer("{", "`", "}", "`", "the secret was", "The secret was").Replace(r.claim())
	marker := fmt.Sprintf(commentMarker, "same-key", encode(r.KeyName), due)
	return comment{marker, marker + "\n" + fmt.Sprintf("**Not rotated.** %s holds the same Flexy API key, with the fingerprint `%s`%s. "+
		"This issue stays open until it holds another one. The steps are at the top.", claim, r.Fingerprint, inRun(r))}
}

// newComment fills in a key's name, due date and age, and the run that says so.
func newComment(kind string, r Reminder, format string) comment {
	marker := fmt.Sprintf(commentMarker, kind, encode(r.KeyName), date(r.DueOn))
	return comment{marker, marker + "\n" + fmt.Sprintf(format, inCode(r.KeyName), date(r.DueOn), ageText(r), inRun(r))}
}

// inRun names the run that says something.
func inRun(r Reminder) string {
	if website(r.RunURL) == nil {
		return ""
	}
	return " ([this run](" + r.RunURL + "))"
}

// commentOnce sees to it that an issue has the comment once: it posts it if it
// is missing, if it may, and deletes all but the oldest if two runs did at the
// same time.
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

// comments returns the ids of an issue's comments that are c, oldest first. An
// issue that is gone has none.
func (b *board) comments(ctx context.Context, number int, c comment) ([]int64, *failure) {
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

// byOutsider reports whether a comment is that of a person who has no access to
// the repository, and could have copied the marker.
func byOutsider(c *gh.IssueComment) bool {
	outside := []string{"NONE", "FIRST_TIMER", "FIRST_TIME_CONTRIBUTOR", "CONTRIBUTOR", "MANNEQUIN"}
	return c.GetUser().GetType() == "User" && slices.Contains(outside, c.GetAuthorAssociation())
}

// comment posts a comment.
func (b *board) comment(ctx context.Context, number int, c comment) *failure {
	b.forget()
	_, f := createOnce(ctx, b.c, func(ctx context.Context) (*gh.IssueComment, bool, *failure) {
		there, f := b.comments(ctx, number, c)
		return nil, len(there) > 0, f
	}, func(ctx context.Context) (*gh.IssueComment, *gh.Response, error) {
		return b.api.Issues.CreateComment(ctx, b.owner, b.repo, number, &gh.IssueComment{Body: &c.text})
	})
	return f
}

// deleteComment deletes a comment, which another run may have done already.
func (b *board) deleteComment(ctx context.Context, id int64) *failure {
	_, f := call(ctx, b.c, func(ctx context.Context) (struct{}, *gh.Response, error) {
		res, err := b.api.Issues.DeleteComment(ctx, b.owner, b.repo, id)
		return struct{}{}, res, err
	})
	if f != nil && f.status == http.StatusNotFound {
		return nil
	}
	return f
}
