package app_test

import (
	"fmt"
	"testing"
	"time"

	"flexy-key-check/checks/internal/emulator"
)

// aged is a want with what the outputs say of the key's age.
func aged(w want, age, left int, due bool, dueOn string) want {
	w.More = map[string]string{
		"key-age-days": fmt.Sprint(age), "days-left": fmt.Sprint(left),
		"rotation-due": fmt.Sprint(due), "rotation-due-on": dueOn,
	}
	return w
}

func TestRotation(t *testing.T) {
	t.Parallel()
	overdue := mismatches("rotation")
	unknown := passes()
	unknown.More = map[string]string{"key-age-days": "", "days-left": "", "rotation-due": "", "rotation-due-on": ""}
	noon := func(year int, month time.Month, day int) time.Time {
		return time.Date(year, month, day, 12, 0, 0, 0, time.UTC)
	}
	for name, tt := range map[string]struct {
		rotatedOn, maxAge, remind string
		now                       time.Time
		want                      want
	}{
		"today":                          {rotatedOn: "2026-10-10", want: aged(passes(), 0, 90, false, "2027-01-08")},
		"tomorrow: clocks differ":        {rotatedOn: "2026-10-11", want: aged(passes(), 0, 90, false, "2027-01-09")},
		"yesterday":                      {rotatedOn: "2026-10-09", want: aged(passes(), 1, 89, false, "2027-01-07")},
		"one day before the reminder":    {rotatedOn: "2026-07-27", want: aged(passes(), 75, 15, false, "2026-10-25")},
		"the reminder starts":            {rotatedOn: "2026-07-26", want: aged(warns("rotation"), 76, 14, true, "2026-10-24")},
		"one day after that":             {rotatedOn: "2026-07-25", want: aged(warns("rotation"), 77, 13, true, "2026-10-23")},
		"one day left":                   {rotatedOn: "2026-07-13", want: aged(warns("rotation").with(`\b1 day\b`), 89, 1, true, "2026-10-11")},
		"due today":                      {rotatedOn: "2026-07-12", want: aged(overdue, 90, 0, true, "2026-10-10")},
		"one day overdue":                {rotatedOn: "2026-07-11", want: aged(overdue, 91, -1, true, "2026-10-09")},
		"ten years overdue":              {rotatedOn: "2016-07-11", maxAge: "3650", want: aged(overdue, 3743, -93, true, "2026-07-09")},
		"another age":                    {rotatedOn: "2026-10-03", maxAge: "7", remind: "2", want: aged(overdue, 7, 0, true, "2026-10-10")},
		"another reminder":               {rotatedOn: "2026-10-05", maxAge: "7", remind: "2", want: aged(warns("rotation"), 5, 2, true, "2026-10-12")},
		"no reminder, one day left":      {rotatedOn: "2026-07-13", remind: "0", want: aged(passes(), 89, 1, false, "2026-10-11")},
		"no reminder, due today":         {rotatedOn: "2026-07-12", remind: "0", want: aged(overdue, 90, 0, true, "2026-10-10")},
		"a reminder longer than the age": {rotatedOn: "2026-10-10", maxAge: "7", remind: "3650", want: aged(warns("rotation"), 0, 7, true, "2026-10-17")},
		"one day is the shortest age":    {rotatedOn: "2026-10-10", maxAge: "1", remind: "1", want: aged(warns("rotation"), 0, 1, true, "2026-10-11")},
		"from a leap day":                {rotatedOn: "2028-02-29", now: noon(2028, 3, 1), want: aged(passes(), 1, 89, false, "2028-05-29")},
		"over a leap day":                {rotatedOn: "2028-02-28", now: noon(2028, 3, 1), maxAge: "2", remind: "0", want: aged(overdue, 2, 0, true, "2028-03-01")},
		"over no leap day":               {rotatedOn: "2027-02-28", now: noon(2027, 3, 1), maxAge: "2", remind: "0", want: aged(passes(), 1, 1, false, "2027-03-02")},
		"a leap day by the year":         {rotatedOn: "2028-02-29", now: noon(2029, 2, 28), maxAge: "365", want: aged(overdue, 365, 0, true, "2029-02-28")},
		"RFC 3339":                       {rotatedOn: "2026-10-08T23:59:59Z", want: aged(passes(), 2, 88, false, "2027-01-06")},
		"the UTC date, offset ahead":     {rotatedOn: "2026-10-09T00:30:00+01:00", want: aged(passes(), 2, 88, false, "2027-01-06")},
		"the UTC date, offset behind":    {rotatedOn: "2026-10-08T23:30:00-05:00", want: aged(passes(), 1, 89, false, "2027-01-07")},
		"fractions of a second":          {rotatedOn: "2026-10-08T23:59:59.999Z", want: aged(passes(), 2, 88, false, "2027-01-06")},
		"late today elsewhere":           {rotatedOn: "2026-10-09", now: time.Date(2026, 10, 11, 0, 30, 0, 0, time.FixedZone("", 3600)), want: aged(passes(), 1, 89, false, "2027-01-07")},
		"a minute before midnight":       {rotatedOn: "2026-10-09", now: time.Date(2026, 10, 10, 23, 59, 0, 0, time.UTC), want: aged(passes(), 1, 89, false, "2027-01-07")},
		"a minute after midnight":        {rotatedOn: "2026-10-09", now: time.Date(2026, 10, 11, 0, 1, 0, 0, time.UTC), want: aged(passes(), 2, 88, false, "2027-01-07")},
		"the first day of all":           {rotatedOn: "0001-01-01", want: aged(overdue, 739898, -739808, true, "0001-04-01")},
		"not asked":                      {want: unknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			p := action(t, s.URL, map[string]string{
				"rotated-on": tt.rotatedOn, "max-age-days": tt.maxAge, "remind-days": tt.remind, "warn-on": "none"})
			if !tt.now.IsZero() {
				p.now = func() time.Time { return tt.now }
			}
			compare(t, tt.want, p.run(t).came(s, tt.want))
		})
	}
}

// Only rotation is checked: no key, nothing sent, no verdict on a key.
func TestRotationOnly(t *testing.T) {
	t.Parallel()
	pass := want{Verdict: "pass"}
	due := annotated(pass, "warning: api-key: rotation")
	overdue := annotated(want{Code: 1, Verdict: "mismatch"}, "error: api-key: rotation")
	rows := table{
		"young": with(aged(pass, 9, 81, false, "2026-12-30"), "rotated-on", "2026-10-01"),
		"due":   with(aged(due, 76, 14, true, "2026-10-24"), "rotated-on", "2026-07-26"),
		"overdue, as is by default only a warning": with(aged(due, 101, -11, true, "2026-09-29"), "rotated-on", "2026-07-01"),
		"overdue":                      with(aged(overdue, 101, -11, true, "2026-09-29"), "rotated-on", "2026-07-01", "warn-on", "none"),
		"needs no type, and takes one": with(pass, "rotated-on", "2026-10-01", "environment", "production"),
		"defaults are no assertions":   with(pass, "rotated-on", "2026-10-01", "expect-state", "Enabled", "warn-on", "rotation"),
		"nor is the policy on answers": with(pass, "rotated-on", "2026-10-01", "on-unavailable", "warn", "on-missing-key", "skip", "timeout", "1s"),
	}
	for name, r := range rows {
		r.given["rotation-only"], r.given["api-key"] = "true", ""
		if _, ok := r.given["environment"]; !ok {
			r.given["environment"] = ""
		}
		r.api = always(emulator.Status(500))
		rows[name] = r
	}
	rows.run(t)
}
