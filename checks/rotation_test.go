package checks_test

import (
	"testing"
	"time"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/testkit"
)

// at reads a moment.
func at(t *testing.T, text string) time.Time {
	t.Helper()
	moment, err := time.Parse(time.RFC3339, text)
	testkit.NoError(t, err)
	return moment
}

// day is the start of a UTC date.
func day(t *testing.T, date string) time.Time {
	t.Helper()
	return at(t, date+"T00:00:00Z")
}

func expectRotation(on time.Time) checks.Expectation {
	return checks.Expectation{
		State:      checks.StateEnabled,
		Rotated:    checks.RotationDate{Asked: true, Known: !on.IsZero(), On: on},
		MaxAgeDays: 90,
		RemindDays: 14,
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	today := day(t, "2026-10-01")
	for _, tc := range []struct {
		name string
		age  int // in days
		f    checks.Finding
	}{
		{"today", 0, checks.Finding{Status: checks.Pass, Found: "0 days old"}},
		{"tomorrow", -1, checks.Finding{Status: checks.Pass, Found: "0 days old"}},
		{"yesterday", 1, checks.Finding{Status: checks.Pass, Found: "1 day old"}},
		{"a day before the reminder", 75, checks.Finding{Status: checks.Pass, Found: "75 days old"}},
		{"first day of the reminder", 76, checks.Finding{Status: checks.Warn, Found: "76 days old"}},
		{"second day of the reminder", 77, checks.Finding{Status: checks.Warn, Found: "77 days old"}},
		{"last day", 89, checks.Finding{Status: checks.Warn, Found: "89 days old"}},
		{"due", 90, checks.Finding{Status: checks.Fail, Found: "90 days old"}},
		{"overdue", 91, checks.Finding{Status: checks.Fail, Found: "91 days old"}},
		{"long overdue", 400, checks.Finding{Status: checks.Fail, Found: "400 days old"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.f.Check, tc.f.Expected = "rotation", "younger than 90 days"
			expect := expectRotation(today.AddDate(0, 0, -tc.age))
			for _, hour := range []time.Duration{0, 11 * time.Hour, 24*time.Hour - 1} {
				expectFinding(t, checks.Input{Expect: expect, Today: today.Add(hour)}, tc.f)
			}
		})
	}
}

func TestRotationDates(t *testing.T) {
	t.Parallel()
	today := day(t, "2026-10-01")
	atLeast := expectRotation(today.AddDate(0, 0, -76))
	atLeast.Rotated.AtLeast = true
	if age, _ := atLeast.Age(today); !age.AtLeast {
		t.Errorf("the age is exact: %+v", age)
	}
	expectFinding(t, checks.Input{Expect: atLeast, Today: today}, checks.Finding{Check: "rotation", Status: checks.Warn, Expected: "younger than 90 days", Found: "at least 76 days old"})

	oneDay := expectRotation(today)
	oneDay.MaxAgeDays, oneDay.RemindDays = 1, 0
	expectFinding(t, checks.Input{Expect: oneDay, Today: today}, checks.Finding{Check: "rotation", Status: checks.Pass, Expected: "younger than 1 day", Found: "0 days old"})

	unknown := expectRotation(time.Time{})
	unknown.Rotated.Message, unknown.Rotated.Hint = "expected a date, found none", "give one"
	expectFinding(t, checks.Input{Expect: unknown, Today: today}, checks.Finding{Check: "rotation", Status: checks.Unknown, Expected: "younger than 90 days", Found: "(not readable)"})
	if f := run(t, "rotation", checks.Input{Expect: unknown, Today: today}); f.Message != unknown.Rotated.Message || f.Hint != unknown.Rotated.Hint {
		t.Errorf("why there is no date is not told: %+v", f)
	}

	notAsked := expectRotation(today)
	notAsked.Rotated.Asked = false
	expectFinding(t, checks.Input{Expect: notAsked, Today: today}, checks.Finding{Check: "rotation", Status: checks.Skip})

	// No answer is needed: the age does not come from the API.
	for _, answer := range unjudged() {
		if f := run(t, "rotation", checks.Input{Answer: answer, Expect: expectRotation(today), Today: today}); f.Status != checks.Pass {
			t.Errorf("outcome %v: %+v", answer.Outcome, f)
		}
	}
}

func TestAge(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, rotated, today string
		maxAge, remind       int
		want                 checks.Age // DueOn is compared as a date below
		dueOn                string
	}{
		{"same day", "2026-10-01T23:59:59Z", "2026-10-01T00:00:00Z", 90, 14, checks.Age{Days: 0, Left: 90}, "2026-12-30"},
		{"a second over midnight", "2026-09-30T23:59:59Z", "2026-10-01T00:00:00Z", 90, 14, checks.Age{Days: 1, Left: 89}, "2026-12-29"},
		{"nearly two days are one", "2026-09-30T00:00:00Z", "2026-10-01T23:59:59Z", 90, 14, checks.Age{Days: 1, Left: 89}, "2026-12-29"},
		{"ahead by a day", "2026-10-02T00:00:00Z", "2026-10-01T23:59:59Z", 90, 14, checks.Age{Days: 0, Left: 90}, "2026-12-31"},
		{"rotated with an offset", "2026-10-02T01:00:00+02:00", "2026-10-02T00:00:00Z", 90, 14, checks.Age{Days: 1, Left: 89}, "2026-12-30"},
		{"today with an offset", "2026-10-01T00:00:00Z", "2026-10-01T23:30:00-05:00", 90, 14, checks.Age{Days: 1, Left: 89}, "2026-12-30"},
		{"over a leap day", "2028-02-28T12:00:00Z", "2028-03-01T00:00:00Z", 90, 14, checks.Age{Days: 2, Left: 88}, "2028-05-28"},
		{"over no leap day", "2026-02-28T12:00:00Z", "2026-03-01T00:00:00Z", 90, 14, checks.Age{Days: 1, Left: 89}, "2026-05-29"},
		{"from a leap day, a year on", "2028-02-29T00:00:00Z", "2029-02-28T00:00:00Z", 365, 14, checks.Age{Days: 365, Left: 0, Due: true}, "2029-02-28"},
		{"over a change to summer time", "2026-03-28T12:00:00+01:00", "2026-03-30T00:30:00+02:00", 90, 14, checks.Age{Days: 1, Left: 89}, "2026-06-26"},
		{"longest", "2016-10-03T00:00:00Z", "2026-10-01T00:00:00Z", 3650, 14, checks.Age{Days: 3650, Left: 0, Due: true}, "2026-10-01"},
		{"overdue", "2026-01-01T00:00:00Z", "2026-04-02T00:00:00Z", 90, 14, checks.Age{Days: 91, Left: -1, Due: true}, "2026-04-01"},
		{"no reminder ahead", "2026-01-01T00:00:00Z", "2026-03-31T00:00:00Z", 90, 0, checks.Age{Days: 89, Left: 1}, "2026-04-01"},
		{"no reminder ahead, due", "2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z", 90, 0, checks.Age{Days: 90, Left: 0, Due: true}, "2026-04-01"},
		{"reminder from the first day", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", 90, 90, checks.Age{Days: 0, Left: 90, Due: true}, "2026-04-01"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			expect := expectRotation(at(t, tc.rotated))
			expect.MaxAgeDays, expect.RemindDays = tc.maxAge, tc.remind
			got, known := expect.Age(at(t, tc.today))
			if !known {
				t.Fatal("the age is not known")
			}
			tc.want.DueOn = day(t, tc.dueOn)
			testkit.Diff(t, tc.want, got)
		})
	}
}

func TestAgeNotKnown(t *testing.T) {
	t.Parallel()
	today := day(t, "2026-10-01")
	for name, change := range map[string]func(*checks.Expectation){
		"not asked": func(e *checks.Expectation) { e.Rotated.Asked = false },
		"no date":   func(e *checks.Expectation) { e.Rotated.Known = false },
		"revoked":   func(e *checks.Expectation) { e.State = checks.StateRevoked },
	} {
		expect := expectRotation(today)
		change(&expect)
		if age, known := expect.Age(today); known || age != (checks.Age{}) {
			t.Errorf("%s: %+v, known %v", name, age, known)
		}
	}
}

// A key ages by a day at each midnight UTC, and is due on the day DueOn.
func FuzzAge(f *testing.F) {
	f.Add(int64(1790812800), int64(3600), uint16(90), uint16(14))
	f.Add(int64(1835395200), int64(86400*366), uint16(365), uint16(0))
	f.Add(int64(1790812800), int64(-86400), uint16(1), uint16(1))
	f.Fuzz(func(t *testing.T, rotated, later int64, maxAge, remind uint16) {
		const year = 366 * 86400
		on := time.Unix(rotated%(2000*year), 0)
		today := on.Add(time.Duration(later%(50*year)) * time.Second)
		if on.IsZero() {
			t.Skip()
		}
		expect := expectRotation(on)
		expect.MaxAgeDays, expect.RemindDays = int(maxAge), min(int(remind), int(maxAge))
		age, _ := expect.Age(today)
		if age.Days < 0 || age.Left != expect.MaxAgeDays-age.Days || age.Due != (age.Left <= expect.RemindDays) {
			t.Fatalf("%+v contradicts itself", age)
		}
		if age.Days > 0 {
			rebuilt := on.UTC().AddDate(0, 0, age.Days).Format(time.DateOnly)
			if want := today.UTC().Format(time.DateOnly); rebuilt != want {
				t.Errorf("%s and %d days is %s, want %s", on.UTC(), age.Days, rebuilt, want)
			}
		}
		if then, _ := expect.Age(age.DueOn); then.Left != 0 || then.Days != expect.MaxAgeDays {
			t.Errorf("on %s: %+v", age.DueOn, then)
		}
	})
}
