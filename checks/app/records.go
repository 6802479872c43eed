package app

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/github"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/plain"
	"flexy-key-check/checks/internal/report"
)

// keepsRecord reports whether the run reads and keeps the key's record.
func (h *githubSession) keepsRecord(k config.Entry) bool {
	return h.cfg.Reminder && !k.Skipped && k.Expect.State != checks.StateRevoked
}

// readRecords reads the keys' records, and returns the keys with the dates since when
// they are in use by them. It comes after the API's answers, because a record takes
// notice only of a key that the API knows.
func (h *githubSession) readRecords(ctx context.Context, keys []config.Entry, inputs []checks.Input) []config.Entry {
	h.runs = make([]github.Run, len(keys))
	dated := make([]config.Entry, len(keys))
	for i, k := range keys {
		dated[i] = k
		if !h.keepsRecord(k) || ctx.Err() != nil {
			continue
		}
		h.runs[i] = h.run(k, inputs[i].Answer)
		if h.records == nil && h.failed == nil {
			h.spend(ctx, func(ctx context.Context) {
				var err error
				h.records, err = h.client.Records(ctx, h.cfg.GitHubToken, h.home())
				h.failed = asError(err)
			})
		}
		dated[i].Expect.Rotated = h.inUse(k, h.runs[i])
	}
	return dated
}

// home is where the records are.
func (h *githubSession) home() github.Home {
	return github.Home{Repository: h.env.variable("GITHUB_REPOSITORY", ""), ServerURL: h.env.variable("GITHUB_SERVER_URL", "https://github.com")}
}

// inUse returns since when a key is in use.
func (h *githubSession) inUse(k config.Entry, run github.Run) checks.RotationDate {
	date := k.Expect.Rotated
	switch {
	case h.cfg.RotationOnly, run.Unread, run.Fingerprint == "" && date.Known:
		return date // the record knows no more
	case run.Fingerprint != "" && h.records == nil:
		return notDated("cannot tell the key's age: its record could not be read", "see the warning about {reminder-issue}")
	case run.Fingerprint == "" && k.Key.Fingerprint() == "":
		return notDated("cannot tell the key's age: a key of fewer than 32 characters has no fingerprint, by which its record would know it", "give {rotated-on}")
	case run.Fingerprint == "":
		not := notDated("not checked: a record begins with a key that the API accepts", "")
		not.NotYet = true
		return not
	}
	start := h.records.Start(run)
	return checks.RotationDate{Asked: true, Known: true, On: start.On, AtLeast: start.AtLeast}
}

// notDated returns why there is no date.
func notDated(message, hint string) checks.RotationDate {
	return checks.RotationDate{Asked: true, Notice: mistake.Say(message, hint)}
}

// run returns what this run knows of a key, before its verdict.
func (h *githubSession) run(k config.Entry, answer flexy.Answer) github.Run {
	date, home := k.Expect.Rotated, h.home()
	r := github.Run{
		Name:         k.Name,
		Named:        k.Named,
		Secret:       h.secret(k.Secret),
		Unread:       date.Asked && !date.Known,
		MaxAgeDays:   k.Expect.MaxAgeDays,
		RemindDays:   k.Expect.RemindDays,
		RotationOnly: h.cfg.RotationOnly,
		Today:        h.env.Now(),
		Home:         home,
		Assignees:    h.cfg.Assignees,
	}
	if date.Known {
		r.Date, r.By = date.On, github.ByDate
		if date.AtLeast {
			r.By = github.BySecret
		}
	}
	if answer.Outcome == flexy.Accepted || answer.Outcome == flexy.NotAllowed {
		r.Fingerprint = k.Key.Fingerprint()
	}
	if id := h.env.variable("GITHUB_RUN_ID", ""); id != "" {
		r.URL = home.ServerURL + "/" + home.Repository + "/actions/runs/" + id
	}
	if action, ref := h.env.variable("GITHUB_ACTION_REPOSITORY", ""), h.env.variable("GITHUB_ACTION_REF", ""); action != "" && ref != "" {
		r.Action = action + "@" + ref
	}
	return r
}

// keepRecords brings the record of each key up to date, and puts its URL into results.
// It returns the warnings, those first that say that a record could not be kept.
func (h *githubSession) keepRecords(ctx context.Context, keys []config.Entry, results []report.Result) []report.Note {
	if ctx.Err() != nil || h.records == nil && h.failed == nil {
		return nil
	}
	var at []int
	var runs []github.Run
	for i, k := range keys {
		if h.keepsRecord(k) {
			h.runs[i].Passed = results[i].Verdict == checks.Passed
			at, runs = append(at, i), append(runs, h.runs[i])
		}
	}
	kept := make([]github.Kept, len(runs))
	if h.records != nil {
		h.spend(ctx, func(ctx context.Context) { kept = h.records.Keep(ctx, runs) })
	}
	var failures, warnings notes
	waiting := 0
	for j, i := range at {
		k, r := kept[j], &results[i]
		title := report.Title(r.Name, h.cfg.Policy, "{reminder-issue}")
		r.ReminderIssue = plain.Line(k.Address)
		failed := cmp.Or(k.Failed, h.failed)
		if !runs[j].Unread && (k.Waiting || failed != nil && failed.Ours) {
			waiting++
		}
		if failed != nil {
			failures.add(title, failed.Notice)
		}
		if failed != nil || k.Waiting {
			h.cannotRemind(keys[i], runs[j], r)
		}
		for _, w := range k.Warnings {
			warnings.add(title, w)
		}
	}
	if waiting > 0 && len(failures) > 0 {
		failures[len(failures)-1].Message += "; " + plain.Count(waiting, "record waits", "records wait") + " for the next run"
	}
	return append(failures, warnings...)
}

// cannotRemind fails a run that is for the reminder alone, or that must know the key's
// age and has it from the record only, because the record could not be kept.
func (h *githubSession) cannotRemind(k config.Entry, run github.Run, r *report.Result) {
	const hint = "see the warning about {reminder-issue}"
	switch {
	case h.cfg.RotationOnly:
		inVain(h.cfg, r, mistake.Say("this run is for the reminder alone, and the key's record could not be kept", hint))
	case slices.Contains(k.Require, checks.Rotation.ID) && run.Date.IsZero():
		inVain(h.cfg, r, mistake.Say("{require} names rotation, and the key's record, which knows its age, could not be kept", hint))
	}
}

// notes are warnings, each text once.
type notes []report.Note

func (n *notes) add(title string, notice mistake.Notice) {
	if !slices.ContainsFunc(*n, func(other report.Note) bool { return other.Message == notice.Message }) {
		*n = append(*n, report.Note{Title: title, Notice: notice.Map(plain.Text)})
	}
}

// asError returns an error from package github.
func asError(err error) *github.Error {
	var e *github.Error
	if err != nil && !errors.As(err, &e) {
		return &github.Error{Notice: flexy.Answer{}.Explain()}
	}
	return e
}
