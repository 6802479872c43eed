package github

import "testing"

// A comment is posted once, and of several only the oldest stays. A copy by a
// person without access to the repository is not ours; a comment whose author
// the server does not name is.
func TestComments(t *testing.T) {
	t.Parallel()
	const post, deleteThird = commentIt + ", " + editFirst, "DELETE " + issuesPath + "/comments/3"
	due, overdue := reminder(80), reminder(90)
	text := overdueComment(overdue).text
	by := func(kind, association string) *modelComment {
		return &modelComment{Body: text, User: object{"type": kind}, Association: association}
	}
	for name, tt := range map[string]struct {
		was      Reminder
		comments []*modelComment
		writes   string
	}{
		"stranger":              {due, []*modelComment{by("User", "NONE")}, post},
		"contributor":           {due, []*modelComment{by("User", "CONTRIBUTOR")}, post},
		"owner":                 {due, []*modelComment{by("User", "OWNER")}, editFirst},
		"member":                {due, []*modelComment{by("User", "MEMBER")}, editFirst},
		"collaborator":          {due, []*modelComment{by("User", "COLLABORATOR")}, editFirst},
		"app":                   {due, []*modelComment{by("Bot", "NONE")}, editFirst},
		"unnamed":               {due, []*modelComment{by("", "")}, editFirst},
		"quoted":                {due, []*modelComment{{Body: "> " + text}}, post},
		"two among others":      {due, []*modelComment{{Body: "> " + text}, by("Bot", ""), by("Bot", ""), by("User", "NONE")}, deleteThird + ", " + editFirst},
		"two of an earlier run": {overdue, []*modelComment{by("Bot", ""), by("Bot", "")}, "DELETE " + issuesPath + "/comments/2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newModel()
			m.add(modelIssue{Title: Title(tt.was), Body: Body(tt.was), Comments: tt.comments}, Label)
			remind(t, m, overdue)
			expect(t, "writes", tt.writes, m.takeWrites())
		})
	}
}
