package github

import (
	"fmt"
	"slices"
	"strconv"

	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/plain"
)

// A comment is what a comment states: its kind, and two values that tell it from
// others of that kind. Of each comment a record has one.
type comment struct{ kind, first, second string }

// A kind of comment has names for its values, and a text.
type kind struct {
	first, second string
	text          func(c comment, p plan) string
}

// kinds has every kind of comment by its name.
var kinds = map[string]kind{
	"overdue": {first: "due", text: func(c comment, p plan) string {
		return fmt.Sprintf("**Overdue.** The Flexy API key `%s` was to be rotated by %s%s.%s", p.shownName(), c.first, p.inRun(), p.steps())
	}},
	"changed": {first: "from", second: "to", text: func(c comment, p plan) string {
		return fmt.Sprintf("**Changed** from `%s` to `%s`%s: these are the fingerprints of the old key and of the new one. %s", c.first, c.second, p.inRun(), p.outlook())
	}},
	"saved-again": {first: "date", second: "fingerprint", text: func(c comment, p plan) string {
		return fmt.Sprintf("**Saved again.** It is the same key (fingerprint `%s`) since %s, whatever the date (%s) says%s.%s "+
			"If that earlier date was wrong, take the label `%s` off this issue, and the next run begins a new record.", c.second, p.next.since(c.second), c.first, p.inRun(), p.steps(), Label)
	}},
	"limits": {first: "max-age-days", second: "remind-days", text: func(c comment, p plan) string {
		return fmt.Sprintf("**The limits changed.** `max-age-days` is now %s, and `remind-days` %s%s. The age of the key counts from the same day as before. %s", c.first, c.second, p.inRun(), p.outlook())
	}},
	"later": {first: "date", text: func(c comment, p plan) string {
		return fmt.Sprintf("**The date is later; the key was not seen.** The date is now %s%s. %s", c.first, p.inRun(), p.outlook())
	}},
	"moved": {first: "date", text: func(c comment, p plan) string {
		return fmt.Sprintf("**The date is now %s**%s. The age of the key counts from there. %s", c.first, p.inRun(), p.outlook())
	}},
}

func overdueComment(s sight) comment { return comment{"overdue", string(s.next.due), ""} }
func changedComment(s sight) comment { return comment{"changed", s.last(), s.f} }
func againComment(s sight) comment   { return comment{"saved-again", string(s.dated), s.f} }
func laterComment(s sight) comment   { return comment{"later", string(s.dated), ""} }
func movedComment(s sight) comment   { return comment{"moved", string(s.base), ""} }

func limitsComment(s sight) comment {
	return comment{"limits", strconv.Itoa(s.run.MaxAgeDays), strconv.Itoa(s.run.RemindDays)}
}

// values returns the comment's values, as attributes.
func (c comment) values() string {
	k := kinds[c.kind]
	text := fmt.Sprintf(`%s="%s"`, k.first, c.first)
	if k.second != "" {
		text += fmt.Sprintf(` %s="%s"`, k.second, c.second)
	}
	return text
}

// marker returns how the comment begins, so that a later run recognizes it.
func (c comment) marker() string {
	return fmt.Sprintf(`<!-- flexy-key-check:%s %s -->`, c.kind, c.values())
}

// note returns the note of a comment that GitHub refused, for the body.
func (c comment) note() string {
	return fmt.Sprintf("<!-- flexy-key-check:unsaid %s %s -->\n", c.kind, c.values())
}

// notes matches what note returns.
var notes = plain.Pattern(`<!-- flexy-key-check:unsaid ([a-z-]+) ([^<>]*)-->\r?\n?`)

// value matches the values of comments: days, fingerprints and numbers.
var value = plain.Pattern(`\A[0-9a-f-]{1,12}\z`)

// takeNotes returns a text without its notes, and what they note.
func takeNotes(text string) (rest string, unsaid []comment) {
	for _, m := range notes().FindAllStringSubmatch(text, -1) {
		k, has := kinds[m[1]], attributes(m[2])
		c := comment{m[1], has[k.first], has[k.second]}
		isWhole := k.text != nil && value().MatchString(c.first) && (k.second == "" || value().MatchString(c.second))
		if isWhole && !slices.Contains(unsaid, c) {
			unsaid = append(unsaid, c)
		}
	}
	return notes().ReplaceAllString(text, ""), unsaid
}

// outlook says until when there is nothing to do, at the end of a comment.
func (p plan) outlook() string {
	if p.next.stage != Young {
		return fmt.Sprintf("The key must be rotated by %s.", p.next.due)
	}
	return fmt.Sprintf("There is nothing to do before %s.", p.remind)
}

// steps says where the steps are, as long as there are any.
func (p plan) steps() string {
	if p.next.stage == Young {
		return ""
	}
	return " The steps are at the top of this issue."
}

// inRun returns a link to the run, in parentheses, or "" if its URL is unknown.
func (p plan) inRun() string {
	if website(p.run.URL) == nil {
		return ""
	}
	return " ([this run](" + p.run.URL + "))"
}

// shownName returns the key's name for a text in backticks.
func (p plan) shownName() string { return inCode(p.run.Name) }

// The warnings. Their values are days, fingerprints, numbers of issues and names
// that config has validated.

func backWarning(s sight) mistake.Notice {
	return mistake.Say(
		fmt.Sprintf("an earlier key is back: its fingerprint is %s, and the last one was %s", s.f, s.last()),
		fmt.Sprintf("put the newer key back, unless this was meant: a key that comes back keeps its age, counted from %s", s.known),
	)
}

func againWarning(s sight) mistake.Notice {
	return mistake.Say(
		fmt.Sprintf("saved again: it is the same key since %s, whatever the date (%s) says", s.known, s.dated),
		fmt.Sprintf("generate a new key and put it into the secret; if that earlier date was wrong, take the label %s off issue #%d, and the next run begins a new record", Label, s.number),
	)
}

func forgottenWarning(s sight) mistake.Notice {
	if s.run.By == BySecret {
		return mistake.Say(
			fmt.Sprintf("the key changed on %s, but its secret was last saved on %s", s.known, s.dated),
			"the key at hand is not the one in that secret: correct {secret-name} or {api-key}; the record stays open until then",
		)
	}
	return mistake.Say(
		fmt.Sprintf("the key changed on %s, but {rotated-on} still says %s", s.known, s.dated),
		"set {rotated-on} to the day on which the new key was generated; the record stays open until then",
	)
}

func sourceWarning(s sight) mistake.Notice {
	from := "{rotated-on}"
	if s.run.By == BySecret {
		from = "the day on which the secret was last saved"
	}
	return mistake.Say(
		fmt.Sprintf("the age now comes from %s, and the record counts from another date", from),
		fmt.Sprintf("close issue #%d if the key was rotated", s.number),
	)
}

func beginsWarning(s sight) mistake.Notice {
	return mistake.Say(
		"the record's marker was edited, so that the key's first day is lost: its age begins again today",
		fmt.Sprintf("give the day in {rotated-on} if you know it, and leave the hidden first line of issue #%d as it is", s.number),
	)
}

func placeWarning(name string, number int) mistake.Notice {
	return mistake.Say(
		fmt.Sprintf("two keys are called %q: the secret of this one is not that of issue #%d, so nothing was written", name, number),
		fmt.Sprintf("give each key its own {key-name}; if the secret has moved, take the label %s off #%d", Label, number),
	)
}
