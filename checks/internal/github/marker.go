package github

import (
	"fmt"
	"hash/crc32"
	"net/url"
	"slices"
	"strings"
	"time"

	"flexy-key-check/checks/internal/plain"
	"flexy-key-check/checks/internal/secret"
)

// A day is a UTC date, such as "2026-03-01". Days are ordered as texts are. The
// empty day is unknown.
type day string

func dayOf(t time.Time) day { return day(t.UTC().Format(time.DateOnly)) }

// add returns the day n days later.
func (d day) add(n int) day { return dayOf(d.time().AddDate(0, 0, n)) }

// since returns how many days d is after another day.
func (d day) since(other day) int { return int(d.time().Sub(other.time()) / (24 * time.Hour)) }

// time returns the start of a known day.
func (d day) time() time.Time {
	t, _ := time.Parse(time.DateOnly, string(d))
	return t
}

// parseDay returns a day that is well formed and not after the last one, else "".
func parseDay(text string, last day) day {
	if _, err := time.Parse(time.DateOnly, text); err != nil || day(text) > last {
		return ""
	}
	return day(text)
}

// lastDay is the last day that can be written.
const lastDay day = "9999-12-31"

// A Source is where the date comes from, since which a key is in use.
type Source string

// The sources.
const (
	ByDate   Source = "rotated-on"
	BySecret Source = "secret" // the day on which the secret was last saved
	ByRecord Source = "record" // since when the record knows the key
)

// Stage is how close a key is to its due date, as the marker spells it.
type Stage string

// The stages, in the order in which a key goes through them.
const (
	Young   Stage = "young"    // nothing to do yet
	DueSoon Stage = "due-soon" // within the days in which to remind
	Overdue Stage = "overdue"  // on the due date or after it
)

// A sighting is a key, by its fingerprint, and the day since when it is known.
type sighting struct {
	fingerprint string
	since       day
}

// maxSeen is how many keys a record remembers.
const maxSeen = 8

// A marker is what a record knows. A field that is malformed, or a day after
// tomorrow, is unknown, and then empty.
type marker struct {
	key, place string
	date       day    // the last date that the record has taken into account
	by         Source // where it came from
	due        day
	stage      Stage
	seen       []sighting // the last keys, the current one last
	garbled    bool       // seen was malformed or is missing, so nothing of it is believed
}

// These two enclose the marked part of an issue's body.
const (
	beginMarker = `<!-- flexy-key-check:begin key="%s" place="%s" date="%s" by="%s" due="%s" stage="%s" seen="%s" sum="%s" -->`
	endMarker   = `<!-- flexy-key-check:end -->`
)

// begins matches any begin marker, even if its attributes were edited.
var begins = plain.Pattern(`<!-- flexy-key-check:begin ([^<>]*)-->`)

// around returns the marked part of a body: the marker, the text and, if a comment
// was refused, the note of it.
func (m marker) around(text string, unsaid []comment) string {
	seen := make([]string, len(m.seen))
	for i, s := range m.seen {
		seen[i] = s.fingerprint + ":" + string(s.since)
	}
	part := fmt.Sprintf(beginMarker, encode(m.key), encode(m.place), m.date, m.by, m.due, m.stage, strings.Join(seen, " "), sum(text)) + text
	for _, c := range unsaid {
		part += c.note()
	}
	return part + endMarker
}

// A part is the marked part of an issue's body.
type part struct {
	marker

	start, end int       // the part is body[start:end]
	intact     bool      // nobody has edited the text since it was written
	unsaid     []comment // comments that GitHub has refused
}

// parse finds the marked part of a body. Only the first marker counts: text that
// somebody copied from another record makes no second one.
func parse(body string, today day) (part, bool) {
	all := begins().FindAllStringSubmatchIndex(body, 2)
	if len(all) == 0 {
		return part{}, false
	}
	first := all[0]
	has := attributes(body[first[2]:first[3]])
	p := part{start: first[0], end: first[1], marker: marker{
		key:   decode(has["key"]),
		place: decode(has["place"]),
		date:  parseDay(has["date"], today.add(1)),
		by:    oneOf(has["by"], ByDate, BySecret, ByRecord),
		due:   parseDay(has["due"], lastDay),
		stage: oneOf(has["stage"], Young, DueSoon, Overdue),
	}}
	p.seen, p.garbled = parseSeen(has["seen"], today)
	if _, there := has["seen"]; !there || p.by == ByRecord && len(p.seen) == 0 {
		p.garbled = true
	}
	limit := len(body)
	if len(all) > 1 {
		limit = all[1][0]
	}
	// Without an end marker we own only the begin marker.
	if at := strings.Index(body[first[1]:limit], endMarker); at >= 0 {
		p.end = first[1] + at + len(endMarker)
		text, unsaid := takeNotes(body[first[1] : first[1]+at])
		p.unsaid, p.intact = unsaid, sum(text) == has["sum"]
	}
	return p, p.key != ""
}

// parseSeen parses a list of sightings. It believes all of it or nothing.
func parseSeen(text string, today day) (seen []sighting, garbled bool) {
	for item := range strings.FieldsSeq(text) {
		fingerprint, since, _ := strings.Cut(item, ":")
		s := sighting{fingerprint, parseDay(since, today.add(1))}
		if !secret.IsFingerprint(fingerprint) || s.since == "" {
			return nil, true
		}
		seen = note(seen, s)
	}
	return seen, false
}

// note returns seen with a sighting as the last one. A key keeps its earliest day.
func note(seen []sighting, s sighting) []sighting {
	kept := slices.Clone(seen)
	if i := indexOf(seen, s.fingerprint); i >= 0 {
		s.since = min(s.since, seen[i].since)
		kept = slices.Delete(kept, i, i+1)
	}
	kept = append(kept, s)
	return kept[max(len(kept)-maxSeen, 0):]
}

// indexOf returns where a fingerprint is in seen, or -1.
func indexOf(seen []sighting, fingerprint string) int {
	return slices.IndexFunc(seen, func(s sighting) bool { return s.fingerprint == fingerprint })
}

// last returns the fingerprint of the current key, or "".
func (m marker) last() string {
	if len(m.seen) == 0 {
		return ""
	}
	return m.seen[len(m.seen)-1].fingerprint
}

// since returns since when a key is known, or "".
func (m marker) since(fingerprint string) day {
	if i := indexOf(m.seen, fingerprint); i >= 0 {
		return m.seen[i].since
	}
	return ""
}

// attribute matches an attribute of a marker.
var attribute = plain.Pattern(`([a-z-]+)="([^"]*)"`)

// attributes returns the attributes of a marker. Of several with one name the first
// counts.
func attributes(text string) map[string]string {
	all := map[string]string{}
	for _, m := range attribute().FindAllStringSubmatch(text, -1) {
		if _, twice := all[m[1]]; !twice {
			all[m[1]] = m[2]
		}
	}
	return all
}

// oneOf returns text as one of the words, or "".
func oneOf[T ~string](text string, words ...T) T {
	if slices.Contains(words, T(text)) {
		return T(text)
	}
	return ""
}

// encode makes a name safe in an attribute of an HTML comment, which "--" or ">"
// could end.
func encode(name string) string {
	return strings.ReplaceAll(url.QueryEscape(name), "-", "%2D")
}

// decode reverts encode. It returns "" for a text that encode did not write.
func decode(text string) string {
	name, err := url.QueryUnescape(text)
	if err != nil {
		return ""
	}
	return name
}

// sum returns the checksum that reveals whether the text was edited. It ignores
// line ends, because GitHub's editor rewrites them.
func sum(text string) string {
	return fmt.Sprintf("%08x", crc32.ChecksumIEEE([]byte(strings.ReplaceAll(text, "\r", ""))))
}
