package github

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/secret"
)

// Label is the label of every record. Outsiders cannot set it.
const Label = "flexy-key-rotation"

// Home is where a run's records are.
type Home struct {
	Repository string // "owner/name"
	ServerURL  string // GITHUB_SERVER_URL, the website
}

// Records are the records of a repository, as they were read once. They are for one
// run, and not safe for concurrent use.
type Records struct {
	b     *board
	all   []record
	ready bool   // the label exists
	never *Error // why no record can be created
}

// recordNeeds is a hint that names the permission for records.
const recordNeeds = `give {github-token} the permission "issues: write" (permissions: in the workflow)`

// Records reads all records of a repository, open and closed: with one call, and one
// more for each further hundred. The error is an *Error.
func (c *Client) Records(ctx context.Context, token secret.Value, home Home) (*Records, error) {
	const task = "read the keys' records"
	b, e := c.newBoard(token, home)
	if e != nil {
		return nil, e.about(task, recordNeeds)
	}
	found, f := b.list(ctx)
	if f != nil {
		return nil, failed(task, f)
	}
	return &Records{b: b, all: parseAll(found, dayOf(c.o.Now()))}, nil
}

// parseAll returns the records among issues, the oldest first.
func parseAll(issues []issue, today day) []record {
	var all []record
	for _, i := range issues {
		if p, ok := parse(i.body, today); ok {
			all = append(all, record{part: p, issue: i})
		}
	}
	slices.SortStableFunc(all, func(a, b record) int { return cmp.Compare(a.number, b.number) })
	return slices.CompactFunc(all, func(a, b record) bool { return a.number == b.number })
}

// find returns the record of a run's key. A key is its name; without one that
// somebody gave it, it is the whole place of its secret. other is the number of a
// record of that name with another place, if this run must not touch it.
func (r *Records) find(run Run) (found record, other int) {
	place := run.Secret.place()
	var mine []record
	for _, i := range r.all {
		same := strings.EqualFold(i.place, place)
		switch {
		case !strings.EqualFold(i.key, run.Name):
		case run.Named && (i.place == "" || place == "" || same), !run.Named && same:
			mine = append(mine, i)
		case run.Named:
			other = i.number
		}
	}
	for _, i := range mine { // without a place of its own, the run cannot tell them apart
		if place = cmp.Or(place, i.place); i.place != "" && !strings.EqualFold(i.place, place) {
			return record{}, i.number
		}
	}
	if len(mine) > 0 {
		other = 0
	}
	return joinAll(mine), other
}

// A Start is since when a key is in use.
type Start struct {
	On      time.Time // zero if it is not known
	AtLeast bool      // the key may be older
}

// Start returns since when a run's key is in use, by rule 1. It is unknown without
// the key and without a date.
func (r *Records) Start(run Run) Start {
	found, _ := r.find(run)
	run.Passed = true // that is not known yet
	s, known := look(found, run)
	if !known {
		return Start{}
	}
	return Start{On: s.base.time(), AtLeast: s.source != ByDate}
}

// Kept is what became of a key's record.
type Kept struct {
	Address  string           // of the record, "" if there is none
	Warnings []mistake.Notice // what the record says about the key, and that nobody was assigned
	Failed   *Error           // why the record could not be written
	Waiting  bool             // it was not tried any more
}

// Keep brings the records of a run's keys up to date, those first that are due. If a
// call stops halfway, or runs at the same time as another, the next run repairs what
// it left behind. It never changes issues without the Label or without a marker.
func (r *Records) Keep(ctx context.Context, runs []Run) []Kept {
	kept, plans := make([]Kept, len(runs)), make([]plan, len(runs))
	var due, young []int
	for i, run := range runs {
		found, other := r.find(run)
		if other != 0 {
			kept[i].Warnings = []mistake.Notice{placeWarning(run.Name, other)}
			continue
		}
		plans[i] = decide(found, run)
		kept[i].Address, kept[i].Warnings = r.b.address(found.number), plans[i].warnings
		if plans[i].next.stage == Young {
			young = append(young, i)
		} else {
			due = append(due, i)
		}
	}
	over := false
	for _, i := range append(due, young...) {
		switch p := plans[i]; {
		case p.idle():
		case over:
			kept[i].Waiting = true
		default:
			e := r.apply(ctx, p, &kept[i])
			kept[i].Failed, over = e, e != nil && (e.final || ctx.Err() != nil)
		}
	}
	return kept
}

// apply does what is planned. Each step can be the last one: the next run then finds
// what is left to do.
func (r *Records) apply(ctx context.Context, p plan, kept *Kept) *Error {
	if p.create {
		opened, warnings, e := r.create(ctx, p)
		if e != nil {
			return e
		}
		p.issue, kept.Address, kept.Warnings = opened, r.b.address(opened.number), append(kept.Warnings, warnings...)
	}
	// The comment comes first: if the run ends before it writes the body, the next one
	// finds the comment by its marker.
	unsaid, uncommented := r.b.sayAll(ctx, p)
	if uncommented != nil && uncommented.final {
		return uncommented
	}
	if e := r.b.update(ctx, p, unsaid); e != nil {
		return e
	}
	for _, number := range p.close {
		if e := r.b.closeDuplicate(ctx, number); e != nil {
			return e
		}
	}
	return uncommented
}

// create creates a record, after the Label. Where one of the two is refused, it is not
// tried for other keys: every run would create one more issue.
func (r *Records) create(ctx context.Context, p plan) (opened issue, warnings []mistake.Notice, _ *Error) {
	if !r.ready && r.never == nil {
		r.never = r.b.createLabel(ctx)
		r.ready = r.never == nil
	}
	if r.never == nil {
		opened, warnings, r.never = r.b.create(ctx, p)
	}
	return opened, warnings, r.never
}

// address returns an issue's URL on the website, or "" if that is unknown. It does
// not come from GitHub's answer, because people click on it.
func (b *board) address(number int) string {
	site := website(b.home.ServerURL)
	if site == nil || number <= 0 {
		return ""
	}
	return site.JoinPath(b.owner, b.repo, "issues", strconv.Itoa(number)).String()
}

// refused reports whether GitHub refused a comment, as it does if the issue is locked.
func refused(f *fault) bool {
	return slices.Contains([]int{http.StatusForbidden, http.StatusNotFound, http.StatusGone, http.StatusUnprocessableEntity}, f.status) && !f.limited
}
