package config

import (
	"slices"
	"strings"

	"flexy-key-check/checks"
)

// required reports checks in require that nothing turns on: an input that takes its
// value from a misspelled secret or variable is blank, and a blank input asserts
// nothing. g is the entry in a policy file, or nil.
func (p entryParser) required(s settings, e Entry, g *policyEntry) {
	if p.blank.skip || p.otherKind(s) {
		return
	}
	asked := checks.IDs()
	if revokedOrUnknown(e, s) {
		asked = []string{checks.State.ID, checks.Fingerprint.ID, checks.Distinct.ID}
	}
	for _, id := range e.Require {
		if slices.Contains(asked, id) {
			p.requiredCheck(id, s, g)
		}
	}
}

func (p entryParser) requiredCheck(id string, s settings, g *policyEntry) {
	from, list := s.first(id), s.Require.place.Name
	hint := "check the name of the secret or variable that its value comes from"
	switch id {
	case checks.State.ID:
		return
	case checks.Distinct.ID:
		if g == nil {
			p.fail(s.Require.place, "remove distinct from {require}: one key cannot equal another", "distinct needs {policy}")
		}
		return
	case checks.Type.ID:
		if strings.EqualFold(from.value, "any") {
			p.fail(from.place, "write SANDBOX or PRODUCTION, or remove type from "+list, "any leaves the type open, but %s lists type", list)
		}
		return // if both inputs are blank, requireType says so
	case checks.Rotation.ID:
		if s.dated() || s.ReminderIssue.value != "false" || s.ReminderIssue.reported {
			return
		}
		hint += ", or use {secret-name} or {reminder-issue}"
	}
	switch {
	case from.given():
	case g == nil:
		p.fail(from.place, hint, "blank, but %s lists %s", list, id)
	default:
		p.fail(g.place(from.input.Policy), "give the entry this field, or "+hint, "missing, and %s is blank, but %s lists %s", p.of(from.input.Name), list, id)
	}
}

// first returns the setting that turns a check on.
func (s *settings) first(id string) *field {
	for _, f := range s.all() {
		if f.input.check == id+" 1" {
			return f
		}
	}
	return nil
}

// dated reports whether the settings say where the date of the rotation comes from, if
// only in part: what is missing then is another mistake.
func (s *settings) dated() bool {
	return s.RotatedOn.given() || s.SecretName.given() || s.SecretEnvironment.given() || s.SecretOrganization.given()
}
