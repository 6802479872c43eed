package github

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/secret"
)

// Label is the label of every issue that Remind opens. Outsiders cannot set it.
const Label = "flexy-key-rotation"

// DefaultAction is the action in the runbook's workflows if Reminder.Action is
// not valid.
const DefaultAction = "<owner>/flexy-key-check@v1"

// Stage is how close a key is to its due date.
type Stage int

// The stages, in the order in which a key goes through them.
const (
	Young   Stage = iota // nothing to do yet
	DueSoon              // within the days in which to remind
	Overdue              // on the due date or after it
)

// String returns the stage as it is written in the marker.
func (s Stage) String() string {
	switch s {
	case DueSoon:
		return "due-soon"
	case Overdue:
		return "overdue"
	case Young:
	}
	return "young"
}

// A Reminder describes one key's issue.
type Reminder struct {
	Repository string // where the issue is, as "owner/name"
	ServerURL  string // GITHUB_SERVER_URL, the website
	RunURL     string // of this run, for people
	KeyName    string // identifies the key

	Fingerprint string // of the key in this run, "" if the run has no key or the key no fingerprint

	Stage    Stage
	DueOn    time.Time // the UTC day by which the key must be rotated
	AgeDays  int
	AtLeast  bool // the age is a lower bound, counted from when the secret was last saved
	DaysLeft int  // negative if overdue
	Proven   bool // the run's verdict allows a young key's issue to be closed

	Assignees []string // logins, assigned when the issue is opened
	Secret    Secret   // contains the key, for the runbook; zero if unknown
	Action    string   // "owner/name@ref", for the runbook; DefaultAction if not valid
}

// reminderNeeds is a hint that names the permission for Remind.
const reminderNeeds = `give {github-token} the permission "issues: write" (permissions: in the workflow)`

// Remind brings a key's issue up to date:
//
//   - A key that is due soon or overdue has exactly one open issue, whose marked
//     part is for this due date and stage.
//   - When the key becomes overdue, its issue gets one comment.
//   - The issue notes the fingerprint of the first key that a run had.
//   - A young key's issue stays unchanged until the rotation is proven, and is
//     then closed with one comment.
//   - If the young key has the fingerprint that the issue notes, the issue stays
//     open and gets one comment, and Remind returns an error.
//
// Remind returns the URL of the key's open issue, "" if there is none. The URL may
// come with an error, which is an *Error. If a call stops halfway, or runs at the
// same time as another, the next call repairs what it left behind.
//
// An open issue is the key's if it has the Label and a begin marker with the
// key's name, whoever wrote it. Of several issues the oldest stays. Remind never
// changes other issues, closed issues or pull requests.
func (c *Client) Remind(ctx context.Context, token secret.Value, r Reminder) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, Budget)
	defer cancel()
	b, e := c.newBoard(token, r)
	if e != nil {
		return "", e.about("keep the reminder issue", reminderNeeds)
	}
	address, e := b.remind(ctx)
	if e != nil { // avoid returning a typed nil
		return address, e
	}
	return address, nil
}

func (b *board) remind(ctx context.Context) (string, *Error) {
	found, e := b.mine(ctx, b.known)
	if e != nil {
		return "", e
	}
	if len(found) == 0 && b.r.Stage != Young {
		return b.open(ctx)
	}
	return b.settle(ctx, found)
}

// open opens the issue. If another run did so at the same time, settle closes one
// of the two.
func (b *board) open(ctx context.Context) (string, *Error) {
	if e := b.ensureLabel(ctx); e != nil {
		return "", e
	}
	opened, warning, e := b.create(ctx)
	if e != nil {
		return "", e
	}
	found, e := b.mine(ctx, b.list)
	if e != nil {
		return b.address(opened.number), e
	}
	if len(found) == 0 { // GitHub ignores labels that the token may not set
		if opened.number == 0 {
			return "", failed("open the reminder issue", &fault{status: http.StatusCreated, cause: errShape})
		}
		if e = b.addLabel(ctx, opened.number); e != nil {
			return b.address(opened.number), e
		}
		found = []issue{opened}
	}
	address, e := b.settle(ctx, found)
	if e == nil {
		e = warning
	}
	return address, e
}

// settle closes all but the oldest of the key's issues, and brings that one up to
// date.
func (b *board) settle(ctx context.Context, found []issue) (string, *Error) {
	if len(found) == 0 {
		return "", nil
	}
	oldest := found[0]
	address := b.address(oldest.number)
	for _, duplicate := range found[1:] {
		if e := b.close(ctx, duplicate.number, "not_planned"); e != nil {
			return address, e
		}
	}
	was, _ := find(oldest.body, b.r.KeyName)
	switch {
	case b.r.Stage != Young:
		return address, b.update(ctx, oldest, was)
	case was.fingerprint != "" && was.fingerprint == b.r.Fingerprint:
		if e := b.commentOnce(ctx, oldest.number, sameKeyComment(b.r, was), true); e != nil {
			return address, e
		}
		return address, sameKey(b.r)
	case !b.r.Proven:
		return address, nil
	}
	// The comment comes first: if this run ends in between, the next one finds the
	// comment by its marker. It would never see a closed issue again.
	if e := b.commentOnce(ctx, oldest.number, rotatedComment(b.r), true); e != nil {
		return address, e
	}
	if e := b.close(ctx, oldest.number, "completed"); e != nil {
		return address, e
	}
	return "", nil
}

// sameKey returns the error for a key that looks young but is the old one.
func sameKey(r Reminder) *Error {
	return &Error{Notice: mistake.Say(r.claim()+" holds the same key (fingerprint "+r.Fingerprint+")",
		"generate a new key and put it into the secret: the reminder issue stays open until then")}
}

// claim says why the key looks young. It precedes "holds the same key".
func (r Reminder) claim() string {
	if r.AtLeast {
		return "the secret was saved again, but it"
	}
	return "{rotated-on} has changed, but the secret"
}

// update rewrites the marked part of an issue if the due date or the stage has
// changed, if somebody has edited it, or to note the fingerprint. Until now that
// part was was.
func (b *board) update(ctx context.Context, i issue, was part) *Error {
	r := b.r
	r.Fingerprint = cmp.Or(was.fingerprint, r.Fingerprint)
	// The comment comes first: if this run ends before it rewrites the body, the
	// next one still finds the stage due-soon there, and the comment by its marker.
	// Two runs at once can post two comments; a later run deletes one.
	turned := b.r.Stage == Overdue && was.stage != Overdue.String()
	if turned || b.r.Stage == Overdue && i.comments > 1 {
		if e := b.commentOnce(ctx, i.number, overdueComment(b.r), turned); e != nil {
			return e
		}
	}
	if was.intact && was.due == date(r.DueOn) && was.stage == r.Stage.String() && was.fingerprint == r.Fingerprint {
		return nil
	}
	body := i.body[:was.start] + Body(r) + i.body[was.end:]
	return b.rewrite(ctx, i, retitle(i.title, r), body)
}
