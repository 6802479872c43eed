package github

import (
	"testing"

	"flexy-key-check/checks/internal/test/githubtest"
)

// A comment is posted once, and of several only the oldest stays. A copy by a
// person without access to the repository is not ours; a comment whose author
// the server does not name is.
func TestComments(t *testing.T) {
	t.Parallel()
	const post, deleteThird = commentIt + ", " + editFirst, "DELETE " + issuesPath + "/comments/3"
	due, overdue := reminder(80), reminder(90)
	text := overdueComment(overdue).text
	by := func(kind, association string) *githubtest.Comment {
		return &githubtest.Comment{Body: text, User: githubtest.Object{"type": kind}, Association: association}
	}
	for name, tt := range map[string]struct {
		was      Reminder
		comments []*githubtest.Comment
		writes   string
	}{
		"stranger":              {due, []*githubtest.Comment{by("User", "NONE")}, post},
		"contributor":           {due, []*githubtest.Comment{by("User", "CONTRIBUTOR")}, post},
		"owner":                 {due, []*githubtest.Comment{by("User", "OWNER")}, editFirst},
		"member":                {due, []*githubtest.Comment{by("User", "MEMBER")}, editFirst},
		"collaborator":          {due, []*githubtest.Comment{by("User", "COLLABORATOR")}, editFirst},
		"app":                   {due, []*githubtest.Comment{by("Bot", "NONE")}, editFirst},
		"unnamed":               {due, []*githubtest.Comment{by("", "")}, editFirst},
		"quoted":                {due, []*githubtest.Comment{{Body: "> " + text}}, post},
		"two among others":      {due, []*githubtest.Comment{{Body: "> " + text}, by("Bot", ""), by("Bot", ""), by("User", "NONE")}, deleteThird + ", " + editFirst},
		"two of an earlier run": {overdue, []*githubtest.Comment{by("Bot", ""), by("Bot", "")}, "DELETE " + issuesPath + "/comments/2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newModel()
			m.Add(githubtest.Issue{Title: Title(tt.was), Body: Body(tt.was), Comments: tt.comments}, Label)
			remind(t, m, overdue)
			expect(t, "writes", tt.writes, m.TakeWrites())
		})
	}
}
