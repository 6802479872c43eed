package github

import "testing"

// A hundred comments before ours do not hide it.
func TestCommentAmongMany(t *testing.T) {
	t.Parallel()
	m := newModel()
	remind(t, m, reminder(80))
	for n := range 250 {
		c := &modelComment{ID: int64(n + 1), Body: "> " + overdueComment(reminder(90)).text}
		if n == 120 || n == 240 {
			c.Body = c.Body[2:]
		}
		m.issues[0].Comments = append(m.issues[0].Comments, c)
	}
	m.takeWrites()
	remind(t, m, reminder(90))
	expect(t, "writes", []string{"DELETE " + issuesPath + "/comments/241", editFirst}, m.takeWrites())
}

// A marker that a stranger has copied is not ours: it keeps no comment back, and
// deletes none. Who has access, an app and a server that does not say are ours.
func TestCommentOfStranger(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		kind, association string
		writes            []string
	}{
		{"User", "NONE", []string{commentIt, editFirst}}, {"User", "CONTRIBUTOR", []string{commentIt, editFirst}},
		{"User", "OWNER", []string{editFirst}}, {"User", "MEMBER", []string{editFirst}}, {"User", "COLLABORATOR", []string{editFirst}},
		{"Bot", "NONE", []string{editFirst}}, {"", "", []string{editFirst}},
	} {
		m := newModel()
		remind(t, m, reminder(80))
		m.issues[0].Comments = []*modelComment{{ID: 1, Body: overdueComment(reminder(90)).text, User: map[string]string{"type": tc.kind}, Association: tc.association}}
		m.comments = 1
		m.takeWrites()
		remind(t, m, reminder(90))
		expect(t, tc.kind+" "+tc.association, tc.writes, m.takeWrites())
	}
}

// Of two comments that two runs made at the same time the next run leaves one.
func TestTwoComments(t *testing.T) {
	t.Parallel()
	m := newModel()
	r := reminder(90)
	i := m.add(modelIssue{Title: Title(r), Body: Body(r)}, Label)
	for n := range int64(2) {
		i.Comments = append(i.Comments, &modelComment{ID: n + 1, Body: overdueComment(r).text})
	}
	i.Count = len(i.Comments)
	remind(t, m, r)
	expect(t, "writes", []string{"DELETE " + issuesPath + "/comments/2"}, m.takeWrites())
}
