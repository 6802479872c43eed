package github

import (
	"errors"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/secret"
)

const (
	oldKey = "0e5d2c7b9a41"
	newKey = "f00ba4c0ffee"
)

// holding is a reminder with a key at hand.
func holding(r Reminder, fingerprint string) Reminder {
	r.Fingerprint = fingerprint
	return r
}

// resaved is a reminder of a key whose secret was saved so many days before today.
func resaved(age int, fingerprint string) Reminder {
	r := proven(holding(reminder(age), fingerprint))
	r.AtLeast = true
	return r
}

// notedBy returns the fingerprint that the key's oldest open issue notes.
func notedBy(m *model, key string) string {
	for _, i := range m.of(key) {
		p, _ := find(i.Body, key)
		return p.fingerprint
	}
	return ""
}

func isSameKey(err error) bool {
	var e *Error
	return errors.As(err, &e) && strings.Contains(e.Message, "holds the same key")
}

// checkSameKey runs a Remind twice that finds the old key in a secret that looks
// young: the one issue is open, and says so once.
func checkSameKey(t *testing.T, m *model, r Reminder) {
	t.Helper()
	for _, writes := range []bool{true, false} {
		before := *m.of(r.KeyName)[0]
		was, _ := find(before.Body, r.KeyName)
		m.takeWrites()
		address, err := inMemory(m).Remind(t.Context(), secret.New(testToken), r)
		open := m.of(r.KeyName)
		if !isSameKey(err) || len(open) != 1 || open[0].Number != before.Number || open[0].Body != before.Body || address == "" {
			t.Fatalf("%d issues are open, the address is %q, the error %v", len(open), address, err)
		}
		expect(t, "comments", 1, count(open[0], sameKeyComment(r, was)))
		if got := m.takeWrites(); !writes {
			expect(t, "writes when nothing changed", nil, got)
		}
	}
}

// A secret that is saved again closes nothing, another key does.
func TestSavedAgain(t *testing.T) {
	t.Parallel()
	m := newModel()
	step := func(name string, r Reminder, open int, noted string) {
		t.Helper()
		address, err := inMemory(m).Remind(t.Context(), secret.New(testToken), r)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		expect(t, name+": address", open == 1, address != "")
		expect(t, name+": open", open, len(m.of("checkout")))
		expect(t, name+": noted", noted, notedBy(m, "checkout"))
	}
	step("due, and no key at hand", reminder(80), 1, "")
	m.takeWrites()
	step("the key is at hand", holding(reminder(80), oldKey), 1, oldKey)
	expect(t, "writes", []string{editFirst}, m.takeWrites())
	step("not at hand again", reminder(80), 1, oldKey)
	step("another key, but the date is the old one", holding(reminder(80), newKey), 1, oldKey)
	expect(t, "writes", nil, m.takeWrites())

	checkSameKey(t, m, resaved(0, oldKey))
	checkSameKey(t, m, resaved(3, oldKey))
	expect(t, "comments", 1, len(m.issues[0].Comments))
	golden(t, "comment-same-key.md", m.issues[0].Comments[0].Body+"\n")

	step("due once more", holding(reminder(78), oldKey), 1, oldKey)
	checkSameKey(t, m, holding(reminder(0), oldKey)) // by its date, with checks that fail
	expect(t, "comments", 2, len(m.issues[0].Comments))

	unproven := resaved(1, newKey)
	unproven.Proven = false
	step("another key, which fails", unproven, 1, oldKey)
	checkSameKey(t, m, resaved(1, oldKey)) // swapped back
	step("another key", resaved(1, newKey), 0, "")
	step("the old key again", resaved(1, oldKey), 0, "")
}

// Where one of the two fingerprints is not known, a young key closes the issue.
func TestSavedAgainUnknown(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ opened, young string }{
		"by rotation-only at last": {oldKey, ""}, "by rotation-only at first": {"", oldKey}, "by rotation-only": {"", ""},
	} {
		m := newModel()
		remind(t, m, holding(reminder(80), tt.opened))
		expect(t, name, "", remind(t, m, resaved(1, tt.young)))
		expect(t, name, 0, len(m.of("checkout")))
	}
}

// What a person, or an older version, made of the marker is mended, and neither
// closes an issue nor keeps it open.
func TestTamperedFingerprint(t *testing.T) {
	t.Parallel()
	ours := Body(holding(reminder(80), oldKey))
	is := `fingerprint="` + oldKey + `"`
	edited := strings.Replace(ours, "Four steps", "Five steps", 1)
	for name, tt := range map[string]struct{ body, noted, writes string }{
		"as it was":                {ours, oldKey, ""},
		"gone":                     {strings.Replace(ours, " "+is, "", 1), oldKey, editFirst},
		"blank":                    {strings.Replace(ours, is, `fingerprint=""`, 1), oldKey, editFirst},
		"another's":                {strings.Replace(ours, is, `fingerprint="`+newKey+`"`, 1), oldKey, editFirst},
		"in upper case":            {strings.Replace(ours, is, strings.ToUpper(is), 1), oldKey, editFirst},
		"longer":                   {strings.Replace(ours, is, `fingerprint="`+oldKey+`0"`, 1), oldKey, editFirst},
		"hostile":                  {strings.Replace(ours, is, `fingerprint="${{ x }}::error::"`, 1), oldKey, editFirst},
		"in an edited text":        {edited, oldKey, editFirst},
		"gone from an edited text": {strings.Replace(edited, is, `fingerprint="none"`, 1), newKey, editFirst},
		"that of the text":         {strings.Replace(ours, "'"+oldKey+"'", "'"+newKey+"'", 1), oldKey, editFirst},
		"of an older version":      {strings.Replace(Body(reminder(80)), ` fingerprint=""`, "", 1), newKey, editFirst},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newModel()
			m.add(modelIssue{Title: Title(reminder(80)), Body: tt.body}, Label)
			remind(t, m, holding(reminder(80), newKey))
			expect(t, "writes", tt.writes, strings.Join(m.takeWrites(), " "))
			expect(t, "body", Body(holding(reminder(80), tt.noted)), m.issues[0].Body)
		})
	}
}

// The comment is made once even if nobody can tell for which date.
func TestSameKeyWithoutDate(t *testing.T) {
	t.Parallel()
	m := newModel()
	body := strings.Replace(Body(holding(reminder(80), oldKey)), `due="2026-03-11"`, `due="--"`, 1)
	m.add(modelIssue{Title: Title(reminder(80)), Body: body}, Label)
	checkSameKey(t, m, resaved(1, oldKey))
}
