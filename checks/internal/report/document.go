package report

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/plain"
)

const (
	documentVersion = 1
	maxDocument     = 64 << 10 // bytes
)

// A document is the whole report as data. Its fields have the names of the
// outputs, and are null if unknown.
type document struct {
	Version   int               `json:"version"`
	Tool      *string           `json:"tool-version"`
	Verdict   string            `json:"verdict"`
	ExitCode  int               `json:"exit-code"`
	Truncated bool              `json:"truncated"`
	Errors    []documentMistake `json:"errors"`
	Warnings  []documentNote    `json:"warnings"`
	Keys      []documentKey     `json:"keys"`
}

// A documentMistake is one mistake in the configuration.
type documentMistake struct {
	Input   *string `json:"input"`
	File    *string `json:"file"`
	Line    *int    `json:"line"`
	Column  *int    `json:"column"`
	Message string  `json:"message"`
	Hint    *string `json:"hint"`
}

// A documentNote is a warning about the run.
type documentNote struct {
	Title   string  `json:"title"`
	Message string  `json:"message"`
	Hint    *string `json:"hint"`
}

type documentKey struct {
	Name    string `json:"name"`
	Verdict string `json:"verdict"`
	*documentDetail
}

// A documentDetail is left out of a document that would be too long.
type documentDetail struct {
	Message       *string           `json:"message"`
	Hint          *string           `json:"hint"`
	Valid         *bool             `json:"valid"`
	Enabled       *bool             `json:"enabled"`
	Type          *string           `json:"type"`
	Scope         *string           `json:"scope"`
	AllowedIPs    []netip.Addr      `json:"allowed-ips"`
	ErrorCode     *string           `json:"error-code"`
	RequestID     *string           `json:"request-id"`
	AttemptsLeft  *int              `json:"attempts-left"`
	RunnerIP      *string           `json:"runner-ip"`
	KeyAgeDays    *int              `json:"key-age-days"`
	DaysLeft      *int              `json:"days-left"`
	RotationDue   *bool             `json:"rotation-due"`
	RotationDueOn *string           `json:"rotation-due-on"`
	ReminderIssue *string           `json:"reminder-issue"`
	Fingerprint   *string           `json:"key-fingerprint"`
	Findings      []documentFinding `json:"findings"`
}

type documentFinding struct {
	Check    string  `json:"check"`
	Status   string  `json:"status"`
	Expected *string `json:"expected"`
	Found    *string `json:"found"`
	Message  *string `json:"message"`
	Hint     *string `json:"hint"`
}

func newDocument(r Report) document {
	d := document{
		Version:  documentVersion,
		Tool:     optional(r.Version),
		Verdict:  r.Verdict.String(),
		ExitCode: r.ExitCode,
		Errors:   make([]documentMistake, 0, len(r.Mistakes)),
		Warnings: make([]documentNote, 0, len(r.Notes)),
		Keys:     make([]documentKey, 0, len(r.Keys)),
	}
	for _, m := range r.Mistakes {
		dm := documentMistake{Input: optional(m.Place.Name), Message: plain.Text(m.Message), Hint: optional(m.Hint)}
		if m.Place.File != "" {
			dm.File, dm.Line, dm.Column = optional(m.Place.File), &m.Place.Line, &m.Place.Column
		}
		d.Errors = append(d.Errors, dm)
	}
	for _, n := range r.Notes {
		d.Warnings = append(d.Warnings, documentNote{plain.Text(n.Title), plain.Text(n.Message), optional(n.Hint)})
	}
	for _, k := range r.Keys {
		d.Keys = append(d.Keys, newDocumentKey(k))
	}
	return d
}

func newDocumentKey(k Result) documentKey {
	d := &documentDetail{
		Message:       optional(k.Message),
		Hint:          optional(k.Hint),
		Valid:         k.valid(),
		ErrorCode:     optional(k.Answer.Code),
		RequestID:     optional(k.Answer.RequestID),
		AttemptsLeft:  k.Answer.AttemptsLeft,
		ReminderIssue: optional(k.issue()),
		Fingerprint:   optional(k.Fingerprint),
		Findings:      make([]documentFinding, 0, len(k.Findings)),
	}
	if k.Answer.Outcome == flexy.Accepted {
		d.Enabled = &k.Answer.Key.Enabled
		d.Type = optional(k.Answer.Key.Type)
		d.Scope = optional(k.Answer.Key.Scope)
		d.AllowedIPs = k.Answer.Key.AllowedIPs.Addrs
	}
	if k.Answer.RunnerIP.IsValid() {
		d.RunnerIP = optional(k.Answer.RunnerIP.String())
	}
	if k.Age != nil {
		d.KeyAgeDays, d.DaysLeft, d.RotationDue = &k.Age.Days, &k.Age.Left, &k.Age.Due
		d.RotationDueOn = optional(k.Age.DueOn.Format(time.DateOnly))
	}
	for _, f := range k.Findings {
		d.Findings = append(d.Findings, documentFinding{f.Check, f.Status.String(), optional(f.Expected), optional(f.Found), optional(f.Message), optional(f.Hint)})
	}
	return documentKey{plain.Line(k.Name), k.Verdict.String(), d}
}

// optional returns a harmless text, or nil for an empty one.
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return new(plain.Text(text))
}

// line returns the document as one line of JSON of at most maxDocument bytes. To
// make it fit, it drops the findings of keys that passed, then all findings, then
// all but the names and verdicts of keys. If that is not enough, it halves the
// keys, errors and warnings until it is.
func (d document) line() string {
	line := marshal(d)
	for _, cut := range []func(*documentKey){
		func(k *documentKey) {
			if k.Verdict == checks.Passed.String() {
				k.Findings = nil
			}
		},
		func(k *documentKey) { k.Findings = nil },
		func(k *documentKey) { k.documentDetail = nil },
	} {
		if len(line) <= maxDocument {
			return line
		}
		d.Truncated = true
		for i := range d.Keys {
			cut(&d.Keys[i])
		}
		line = marshal(d)
	}
	for len(line) > maxDocument {
		d.Keys, d.Errors, d.Warnings = d.Keys[:len(d.Keys)/2], d.Errors[:len(d.Errors)/2], d.Warnings[:len(d.Warnings)/2]
		line = marshal(d)
	}
	return line
}

func marshal(d document) string {
	text, err := json.Marshal(d)
	if err != nil {
		panic(err) // strings, numbers and addresses cannot fail
	}
	// People paste outputs into shell lines.
	return strings.ReplaceAll(string(text), "'", `\u0027`)
}

// An Output is one output of the step.
type Output struct {
	Name  string
	Doc   string
	value func(document, documentKey) string
}

// Outputs lists every output in documented order. A value that is unknown, or
// might be unsafe in a shell line, is empty.
var Outputs = []Output{
	{"verdict", "What the run found: pass, mismatch, invalid, misconfigured, blocked, unavailable or skipped.", func(d document, _ documentKey) string { return d.Verdict }},
	{"valid", "true if the API accepts the key, false if it rejects it, empty if it did not say.", func(_ document, k documentKey) string { return boolean(k.Valid) }},
	{"enabled", "true if the key is enabled, false if it is disabled.", func(_ document, k documentKey) string { return boolean(k.Enabled) }},
	{"type", "The key's type: SANDBOX or PRODUCTION.", func(_ document, k documentKey) string { return token(k.Type) }},
	{"scope", "The key's scope: READ-WRITE or READ-ONLY.", func(_ document, k documentKey) string { return token(k.Scope) }},
	{"allowed-ips", "The key's allowlist as a JSON array of addresses; [] means that any address may use the key.", func(_ document, k documentKey) string { return addresses(k.AllowedIPs) }},
	{"error-code", "The error code that the API answered with, such as INVALID_ACCESS_TOKEN.", func(_ document, k documentKey) string { return token(k.ErrorCode) }},
	{"request-id", "The API's id for the request, for its support.", func(_ document, k documentKey) string { return token(k.RequestID) }},
	{"attempts-left", fmt.Sprintf("How many failed attempts, 0 to %d, the API still allows this address, if known.", flexy.MaxAttemptsLeft), func(_ document, k documentKey) string { return number(k.AttemptsLeft) }},
	{"runner-ip", "The runner's address as the API sees it, if the API said that it is not on the allowlist.", func(_ document, k documentKey) string { return text(k.RunnerIP) }},
	{"key-age-days", "Days since the key was generated.", func(_ document, k documentKey) string { return number(k.KeyAgeDays) }},
	{"days-left", "Days until the key must be rotated, negative when overdue.", func(_ document, k documentKey) string { return number(k.DaysLeft) }},
	{"rotation-due", "true once the reminder has started or the key is overdue, else false.", func(_ document, k documentKey) string { return boolean(k.RotationDue) }},
	{"rotation-due-on", "The day by which the key must be rotated, YYYY-MM-DD.", func(_ document, k documentKey) string { return text(k.RotationDueOn) }},
	{"reminder-issue", "URL of the issue that is the key's record, open or closed.", func(_ document, k documentKey) string { return text(k.ReminderIssue) }},
	{"key-fingerprint", "The key's fingerprint: the first 12 hexadecimal digits of its SHA-256; empty for a key of fewer than 32 characters.", func(_ document, k documentKey) string { return text(k.Fingerprint) }},
	{"result", fmt.Sprintf("The whole result as one line of JSON, at most %d KiB.", maxDocument>>10), func(d document, _ documentKey) string { return d.line() }},
}

// An outputValue is an output with its value.
type outputValue struct{ Name, Value string }

// outputValues returns all outputs.
func outputValues(r Report) []outputValue {
	d := newDocument(r)
	key := documentKey{documentDetail: &documentDetail{}}
	switch {
	case r.Policy:
		key = nextRotation(d.Keys)
	case len(d.Keys) == 1:
		key = d.Keys[0]
	}
	out := make([]outputValue, len(Outputs))
	for i, o := range Outputs {
		out[i] = outputValue{o.Name, o.value(d, key)}
	}
	return out
}

// nextRotation returns a key with the details that outputs give for several keys:
// the rotation that is due first.
func nextRotation(keys []documentKey) documentKey {
	next := documentKey{documentDetail: &documentDetail{}}
	for _, k := range keys {
		if k.DaysLeft == nil {
			continue
		}
		if next.DaysLeft == nil || *k.DaysLeft < *next.DaysLeft {
			next.DaysLeft = k.DaysLeft
		}
		if next.RotationDueOn == nil || *k.RotationDueOn < *next.RotationDueOn {
			next.RotationDueOn = k.RotationDueOn
		}
		if next.RotationDue == nil || *k.RotationDue {
			next.RotationDue = k.RotationDue
		}
	}
	return next
}

func boolean(v *bool) string {
	if v == nil {
		return ""
	}
	return strconv.FormatBool(*v)
}

func number(v *int) string {
	if v == nil {
		return ""
	}
	return strconv.Itoa(*v)
}

func text(v *string) string {
	if v == nil {
		return ""
	}
	return *v
}

func token(v *string) string { return plain.Token(text(v)) }

func addresses(v []netip.Addr) string {
	if v == nil {
		return ""
	}
	list, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(list)
}
