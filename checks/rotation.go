package checks

import (
	"fmt"
	"time"

	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/plain"
)

// Rotation asserts that the key is not too old. The API does not report a key's
// age: it comes from rotated-on, from the secret's last update or from the key's
// record.
var Rotation = Check{
	ID:  "rotation",
	Doc: "The key is younger than `max-age-days`; a warning comes `remind-days` before, and overdue is a warning too, unless `warn-on: none`.",
	Run: func(in Input) Finding {
		date := in.Expect.Rotated
		if !date.Asked {
			return Finding{Status: Skip}
		}
		expected := fmt.Sprintf("younger than %s", Days(in.Expect.MaxAgeDays))
		age, known := in.Expect.Age(in.Today)
		if date.NotYet {
			return Finding{Status: Skip, Expected: expected, Notice: date.Notice}
		}
		if !known {
			return Finding{Status: Unknown, Expected: expected, Found: "(not readable)", Notice: date.Notice}
		}
		f := Finding{Status: Pass, Expected: expected, Found: Days(age.Days) + " old"}
		if date.AtLeast {
			f.Found = "at least " + f.Found
		}
		due := age.DueOn.Format(time.DateOnly)
		switch {
		case age.Left > 0:
			f.Message = fmt.Sprintf("%s left: rotate the key by %s", Days(age.Left), due)
		case age.Left == 0:
			f.Message = "rotate the key today"
		default:
			f.Message = fmt.Sprintf("%s overdue: the key was to be rotated by %s", Days(-age.Left), due)
		}
		f.Message += fmt.Sprintf(" (it is %s, the limit is %d)", f.Found, in.Expect.MaxAgeDays)
		switch {
		case age.Left <= 0:
			f.Status = Fail
		case age.Due:
			f.Status = Warn
		}
		if age.Due {
			f.Hint = "generate a new key in " + flexy.Dashboard + ", update the secret, verify it with this action, then revoke the old key"
		}
		return f
	},
}

// An Age is how old a key is, and how many days are left until it must be rotated.
type Age struct {
	Days  int       // since the rotation, never negative
	Left  int       // until the next rotation is due; negative when overdue
	DueOn time.Time // midnight UTC of the day on which Left is 0
	Due   bool      // the reminder has started, or the key is overdue

	AtLeast bool // the key may be older
}

// Age returns the age of the key on today's UTC date, and whether it is known.
func (e Expectation) Age(today time.Time) (Age, bool) {
	if !e.Rotated.Asked || !e.Rotated.Known || e.State == StateRevoked {
		return Age{}, false
	}
	rotated := midnight(e.Rotated.On)
	age := Age{
		Days:  max(-DaysUntil(rotated, today), 0),
		DueOn: rotated.AddDate(0, 0, e.MaxAgeDays),

		AtLeast: e.Rotated.AtLeast,
	}
	age.Left = e.MaxAgeDays - age.Days
	age.Due = age.Left <= max(e.RemindDays, 0)
	return age, true
}

// DaysUntil returns the number of days from today's UTC date to then's. It is
// negative if then is in the past.
func DaysUntil(then, today time.Time) int {
	return int(midnight(then).Unix()-midnight(today).Unix()) / secondsPerDay
}

const secondsPerDay = 24 * 60 * 60

// midnight returns the start of t's UTC date.
func midnight(t time.Time) time.Time {
	year, month, day := t.UTC().Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// Days returns a number of days in words, such as "1 day".
func Days(n int) string { return plain.Count(n, "day", "days") }
