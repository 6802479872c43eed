package app_test

import (
	"fmt"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/test/emulator"
)

// A situation is an answer of the API and its meaning.
type situation struct {
	api     func(*emulator.API)
	verdict string // if no other check fails
	valid   string
	code    string // of the error
	ip      string
	failing string // the check that fails
	hard    bool   // nothing softens it
}

// situations has one for each line of the table of verdicts.
var situations = map[string]situation{
	"good":              {verdict: "pass", valid: "true"},
	"disabled":          {api: having(func(k *emulator.Key) { k.Enabled = false }), verdict: "pass", valid: "true", failing: "state"},
	"SANDBOX":           {api: having(func(k *emulator.Key) { k.Type = "SANDBOX" }), verdict: "pass", valid: "true", failing: "type"},
	"rejected":          {api: revoked, verdict: "invalid", valid: "false", code: "INVALID_ACCESS_TOKEN"},
	"rejected, other":   {api: rejected("TOKEN_EXPIRED", 4), verdict: "invalid", valid: "false", code: "TOKEN_EXPIRED"},
	"address blocked":   {api: blocked, verdict: "blocked", code: "IP_BLOCKED"},
	"address unlisted":  {api: refused(notAllowed), verdict: "blocked", code: "IP_NOT_ALLOWED", ip: "203.0.113.45"},
	"unlisted, SANDBOX": {api: refused("Your IP address 203.0.113.45 is not whitelisted for this SANDBOX API key"), verdict: "blocked", code: "IP_NOT_ALLOWED", ip: "203.0.113.45", failing: "type"},
	"header lost":       {api: always(emulator.Error(401, "MISSING_ACCESS_TOKEN", "no", nil)), verdict: "unavailable", code: "MISSING_ACCESS_TOKEN", hard: true},
	"switched off":      {api: always(emulator.SwitchedOff), verdict: "unavailable", code: "API_DISABLED", failing: "state", hard: true},
	"another refusal":   {api: always(emulator.Error(403, "KEY_PAUSED", "no", nil)), verdict: "unavailable", code: "KEY_PAUSED", hard: true},
	"the CDN's":         {api: always(emulator.CDN(403)), verdict: "unavailable"},
	"not trusted":       {api: answering(200, "no"), verdict: "unavailable"},
}

// A policy is how a run treats what it finds.
type policy struct{ unavailable, notAllowed, warnOn, rotatedOn string }

// ages is days of rotation and their meaning today.
var ages = map[string]string{"": "", "2026-10-01": "young", "2026-07-25": "due", "2026-07-01": "overdue"}

// verdictWant applies the rules of the README's table of verdicts.
func verdictWant(s situation, p policy) want {
	warnOn := p.warnOn
	if warnOn == "" {
		warnOn = "rotation"
	}
	var failed bool
	var annotations []string
	annotate := func(check string) {
		level := "error"
		if strings.Contains(warnOn, check) {
			level = "warning"
		} else {
			failed = true
		}
		annotations = append(annotations, level+": Flexy key: "+check)
	}
	if s.failing != "" {
		annotate(s.failing)
	}
	switch ages[p.rotatedOn] {
	case "due":
		annotations = append(annotations, "warning: Flexy key: rotation")
	case "overdue":
		annotate("rotation")
	}
	w := want{Sends: 1, Verdict: s.verdict, Valid: s.valid, ErrorCode: s.code, RunnerIP: s.ip}
	knows := s.verdict == "pass" || s.code == "IP_NOT_ALLOWED" || s.code == "API_DISABLED"
	if failed && knows {
		w.Verdict = "mismatch" // the API knows the key
	}
	level := "error"
	switch w.Verdict {
	case "invalid", "mismatch":
		w.Code = 1
	case "blocked", "unavailable":
		w.Code = 3
		softening := p.unavailable
		if s.code == "IP_NOT_ALLOWED" {
			softening = p.notAllowed
		}
		if softening == "warn" && !failed && !s.hard {
			w.Code, level = 0, "warning"
		}
	}
	if w.Verdict == s.verdict && s.verdict != "pass" || s.code == "IP_NOT_ALLOWED" && s.failing == "" {
		w.Annotations = []string{level + ": Flexy key: " + s.verdict}
	}
	w.Annotations = append(w.Annotations, annotations...)
	if s.verdict == "invalid" {
		w.AttemptsLeft = "4"
	}
	return w
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	scenarios := table{}
	for name, s := range situations {
		for _, unavailable := range []string{"", "warn"} {
			for _, notAllowed := range []string{"fail", "warn"} {
				for _, warnOn := range []string{"", "none", "rotation,state,type"} {
					for rotatedOn := range ages {
						p := policy{unavailable, notAllowed, warnOn, rotatedOn}
						given := pairs("on-unavailable", unavailable, "on-ip-not-allowed", notAllowed, "warn-on", warnOn, "rotated-on", rotatedOn)
						if warnOn == "none" {
							given["RUNNER_DEBUG"] = "1" // which changes nothing else
						}
						scenarios[fmt.Sprintf("%s, %+v", name, p)] = scenario{given: given, api: s.api, want: verdictWant(s, p)}
					}
				}
			}
		}
	}
	scenarios.run(t)
}

// With expect-state: revoked the API must reject the key, and nothing else about it is
// checked.
func TestRevoked(t *testing.T) {
	t.Parallel()
	given := func(more ...string) map[string]string {
		return pairs(append([]string{"expect-state", "revoked", "environment", "", "expect-type", "SANDBOX", "expect-scope", "READ-ONLY", "rotated-on", "2026-01-01", "warn-on", "none"}, more...)...)
	}
	noAge := func(w want) want { return w.outputting("key-age-days", "", "rotation-due", "", "days-left", "") }
	noProof := unjudged("unavailable", "TOKEN_EXPIRED")
	noProof.AttemptsLeft = "3"
	table{
		"revoked":                    {api: revoked, given: given(), want: noAge(want{Sends: 1, Verdict: "pass", Valid: "false", ErrorCode: "INVALID_ACCESS_TOKEN", AttemptsLeft: "4"})},
		"not revoked":                {given: given(), want: noAge(mismatches("state"))},
		"refused, softened":          {api: refused(notAllowed), given: given("on-ip-not-allowed", "warn"), want: want{Code: 1, Sends: 1, Verdict: "mismatch", ErrorCode: "IP_NOT_ALLOWED", RunnerIP: "203.0.113.45", Annotations: []string{"error: Flexy key: state"}}},
		"another code, not softened": {api: rejected("TOKEN_EXPIRED", 3), given: given("on-unavailable", "warn"), want: noProof},
	}.run(t)
}
