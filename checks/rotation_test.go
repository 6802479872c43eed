package checks_test

import (
	"testing"
	"time"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/test/testkit"
)

func at(t *testing.T, text string) time.Time {
	t.Helper()
	moment, err := time.Parse(time.RFC3339, text)
	testkit.NoError(t, err)
	return moment
}

// day returns the start of a UTC date.
func day(t *testing.T, date string) time.Time {
	t.Helper()
	return at(t, date+"T00:00:00Z")
}

func expectRotation(on time.Time) checks.Expectation {
	return checks.Expectation{
		State: checks.StateEnabled, MaxAgeDays: 90, RemindDays: 14,
		Rotated: checks.RotationDate{Asked: true, Known: !on.IsZero(), On: on},
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	today := day(t, "2026-10-01")
	const ninety = "younger than 90 days"
	aged := func(days int, change func(*checks.Expectation)) checks.Input {
		expect := expectRotation(today.AddDate(0, 0, -days))
		if change != nil {
			change(&expect)
		}
		return checks.Input{Expect: expect, Today: today.Add(11 * time.Hour)}
	}
	oneDay := func(e *checks.Expectation) { e.MaxAgeDays, e.RemindDays = 1, 0 }
	atLeast := func(e *checks.Expectation) { e.Rotated.AtLeast = true }
	notAsked := func(e *checks.Expectation) { e.Rotated.Asked = false }
	expectRows(t, "rotation", []row{
		{"today", aged(0, nil), pass(ninety, "0 days old")},
		{"tomorrow", aged(-1, nil), pass(ninety, "0 days old")},
		{"yesterday", aged(1, nil), pass(ninety, "1 day old")},
		{"a day before the reminder", aged(75, nil), pass(ninety, "75 days old")},
		{"first day of the reminder", aged(76, nil), warn(ninety, "76 days old")},
		{"last day", aged(89, nil), warn(ninety, "89 days old")},
		{"due", aged(90, nil), fail(ninety, "90 days old")},
		{"overdue", aged(91, nil), fail(ninety, "91 days old")},
		{"may be older", aged(76, atLeast), warn(ninety, "at least 76 days old")},
		{"one day", aged(0, oneDay), pass("younger than 1 day", "0 days old")},
		{"not asserted", aged(400, notAsked), skip("", "")},
	})
	for _, answer := range unjudged() { // the age does not come from the API
		in := aged(0, nil)
		in.Answer = answer
		expectFinding(t, "rotation", in, pass(ninety, "0 days old"))
	}

	in := checks.Input{Expect: expectRotation(time.Time{}), Today: today}
	in.Expect.Rotated.Notice = mistake.Say("expected a date, found none", "give one")
	expectFinding(t, "rotation", in, unknown(ninety, notReadable))
	if f := run(t, "rotation", in); f.Notice != in.Expect.Rotated.Notice {
		t.Errorf("the reason for the missing date is lost: %+v", f)
	}
}

func TestAge(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, rotated, today string
		maxAge, remind       int
		want                 checks.Age // without DueOn, which is below
		dueOn                string
	}{
		{"same day, may be older", "2026-10-01T23:59:59Z", "2026-10-01T00:00:00Z", 90, 14, checks.Age{Days: 0, Left: 90, AtLeast: true}, "2026-12-30"},
		{"a second over midnight", "2026-09-30T23:59:59Z", "2026-10-01T00:00:00Z", 90, 14, checks.Age{Days: 1, Left: 89}, "2026-12-29"},
		{"nearly two days are one", "2026-09-30T00:00:00Z", "2026-10-01T23:59:59Z", 90, 14, checks.Age{Days: 1, Left: 89}, "2026-12-29"},
		{"ahead by a day", "2026-10-02T00:00:00Z", "2026-10-01T23:59:59Z", 90, 14, checks.Age{Days: 0, Left: 90}, "2026-12-31"},
		{"rotated with an offset", "2026-10-02T01:00:00+02:00", "2026-10-02T00:00:00Z", 90, 14, checks.Age{Days: 1, Left: 89}, "2026-12-30"},
		{"today with an offset", "2026-10-01T00:00:00Z", "2026-10-01T23:30:00-05:00", 90, 14, checks.Age{Days: 1, Left: 89}, "2026-12-30"},
		{"over a leap day", "2028-02-28T12:00:00Z", "2028-03-01T00:00:00Z", 90, 14, checks.Age{Days: 2, Left: 88}, "2028-05-28"},
		{"from a leap day, a year on", "2028-02-29T00:00:00Z", "2029-02-28T00:00:00Z", 365, 14, checks.Age{Days: 365, Left: 0, Due: true}, "2029-02-28"},
		{"overdue", "2026-01-01T00:00:00Z", "2026-04-02T00:00:00Z", 90, 14, checks.Age{Days: 91, Left: -1, Due: true}, "2026-04-01"},
		{"no reminder ahead", "2026-01-01T00:00:00Z", "2026-03-31T00:00:00Z", 90, 0, checks.Age{Days: 89, Left: 1}, "2026-04-01"},
		{"no reminder ahead, due", "2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z", 90, 0, checks.Age{Days: 90, Left: 0, Due: true}, "2026-04-01"},
		{"reminder from the first day", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", 90, 90, checks.Age{Days: 0, Left: 90, Due: true}, "2026-04-01"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			expect := expectRotation(at(t, tc.rotated))
			expect.MaxAgeDays, expect.RemindDays, expect.Rotated.AtLeast = tc.maxAge, tc.remind, tc.want.AtLeast
			got, known := expect.Age(at(t, tc.today))
			if !known {
				t.Error("the age is not known")
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
		"not asserted": func(e *checks.Expectation) { e.Rotated.Asked = false },
		"no date":      func(e *checks.Expectation) { e.Rotated.Known = false },
		"revoked":      func(e *checks.Expectation) { e.State = checks.StateRevoked },
	} {
		expect := expectRotation(today)
		change(&expect)
		if age, known := expect.Age(today); known || age != (checks.Age{}) {
			t.Errorf("%s: %+v, known %v", name, age, known)
		}
	}
}

func TestDaysUntil(t *testing.T) {
	t.Parallel()
	for then, want := range map[string]int{
		"2026-10-01T00:00:00Z": 0, "2026-10-01T23:59:59Z": 0, "2026-10-02T00:00:00Z": 1, "2026-10-02T01:00:00+02:00": 0,
		"2026-09-30T23:59:59Z": -1, "2027-10-01T00:00:00Z": 365, "9999-12-31T00:00:00Z": 2912169,
	} {
		if got := checks.DaysUntil(at(t, then), at(t, "2026-10-01T12:00:00Z")); got != want {
			t.Errorf("%d days until %s, want %d", got, then, want)
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
		rebuilt, want := on.UTC().AddDate(0, 0, age.Days).Format(time.DateOnly), today.UTC().Format(time.DateOnly)
		if age.Days > 0 && rebuilt != want {
			t.Errorf("%s and %d days is %s, want %s", on.UTC(), age.Days, rebuilt, want)
		}
		if then, _ := expect.Age(age.DueOn); then.Left != 0 || then.Days != expect.MaxAgeDays {
			t.Errorf("on %s: %+v", age.DueOn, then)
		}
	})
}
