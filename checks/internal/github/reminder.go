package github

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"flexy-key-check/checks/internal/secret"
)

// Label is on every issue that Remind opens. Outsiders cannot set it.
const Label = "flexy-key-rotation"

// DefaultAction is what the runbook's workflows use unless told otherwise.
const DefaultAction = "<owner>/flexy-key-check@v1"

// Stage is how near a key is to the day on which it must be rotated.
type Stage int

// The stages, in the order in which a key goes through them.
const (
	Young   Stage = iota // nothing to do yet
	DueSoon              // within the days in which to remind
	Overdue              // the day has come, or is past
)

// String returns the stage as the marker has it.
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

// A Reminder is what the issue of one key is about. With the stage Young, and not
// Proven, Remind only closes duplicates.
type Reminder struct {
	Repository string // "owner/name" that has the issue
	ServerURL  string // GITHUB_SERVER_URL, the web site
	RunURL     string // of this run, for people
	KeyName    string // tells one key from another

	Fingerprint string // of the key at hand, "" if there is none, or it has none

	Stage    Stage
	DueOn    time.Time // the day by which the key is to be rotated, UTC
	AgeDays  int
	AtLeast  bool // the age is a lower bound: it is that of a secret's last save
	DaysLeft int  // negative if overdue
	Proven   bool // the run's verdict lets a young key's issue be closed

	Assignees []string // logins, assigned when the issue is opened
	Secret    Secret   // that holds the key, for the runbook; zero if it is not known
	Action    string   // "owner/name@ref" for the runbook; else DefaultAction
}

// reminderNeeds names the permission that all of Remind takes.
const reminderNeeds = `give {github-token} the permission "issues: write" (permissions: in the workflow)`

// Remind makes the repository's issues what they have to be:
//
//   - a key that is due soon or overdue has exactly one open issue, whose marked
//     part is for this due date and stage;
//   - an issue that goes from due soon to overdue gets one comment;
//   - the issue notes the fingerprint of the first key that was at hand;
//   - a young key's issue stays as it is until the rotation is proven, and is
//     then closed with one comment;
//   - it stays open if the key at hand is the one whose fingerprint it notes: that
//     is an error, and gets one comment.
//
// It returns the address of the key's open issue, "" if there is none. The
// address may come with an error, which is a *Error. What a call leaves behind that
// ends half-way, or runs at the same time as another, is repaired by the next call.
//
// An issue is the key's if it has the Label and a begin marker with the key's
// name, whoever wrote it. Of several the oldest stays. All others, closed ones
// and pull requests among them, are never touched.
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

// open opens the issue, and settles which one stays if another run did the same
// at the same time.
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
	if len(found) == 0 { // GitHub drops labels that the token may not set
		if opened.number == 0 {
			return "", failed("open the reminder issue", &failure{status: http.StatusCreated, cause: errShape})
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

// settle closes all but the oldest of the key's issues, and makes that one what
// it has to be.
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
	// The comment comes first: its marker tells the next run that it is there,
	// while a closed issue is never seen again.
	if e := b.commentOnce(ctx, oldest.number, rotatedComment(b.r), true); e != nil {
		return address, e
	}
	if e := b.close(ctx, oldest.number, "completed"); e != nil {
		return address, e
	}
	return "", nil
}

// sameKey says that a key that looks young is the old one.
func sameKey(r Reminder) *Error {
	return &Error{
		Message: r.claim() + " holds the same key (fingerprint " + r.Fingerprint + ")",
		Hint:    "generate a new key and put it into the secret: the reminder issue stays open until then",
	}
}

// claim is what makes the key look young, before "holds the same key".
func (r Reminder) claim() string {
	if r.AtLeast {
		return "the secret was saved again, but it"
	}
	return "{rotated-on} has changed, but the secret"
}

// update rewrites the marked part of an issue, which was was, if it is for another
// due date or stage, if somebody has edited it, or to note the fingerprint.
func (b *board) update(ctx context.Context, i issue, was part) *Error {
	r := b.r
	r.Fingerprint = cmp.Or(was.fingerprint, r.Fingerprint)
	// The comment comes first: a run that ends before the body is rewritten
	// leaves a body that is due soon, and a comment that the next run finds. Two
	// runs at once can leave two comments, which a later one sees to.
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
