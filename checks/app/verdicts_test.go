package app_test

import (
	"fmt"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/emulator"
)

// A situation is an answer of the API, and what it alone means.
type situation struct {
	api     func(*emulator.API)
	verdict string // with no other check failing
	valid   string
	code    string // of the error
	ip      string
	failing string // the check that does not hold, if one is made
}

// situations is one for each line of the table of verdicts.
var situations = map[string]situation{
	"good":              {verdict: "pass", valid: "true"},
	"disabled":          {api: having(func(k *emulator.Key) { k.Enabled = false }), verdict: "pass", valid: "true", failing: "state"},
	"SANDBOX":           {api: having(func(k *emulator.Key) { k.Type = "SANDBOX" }), verdict: "pass", valid: "true", failing: "type"},
	"rejected":          {api: revoked, verdict: "invalid", valid: "false", code: "INVALID_ACCESS_TOKEN"},
	"rejected, other":   {api: rejected("TOKEN_EXPIRED", 4), verdict: "invalid", valid: "false", code: "TOKEN_EXPIRED"},
	"address blocked":   {api: blocked, verdict: "blocked", code: "IP_BLOCKED"},
	"address unlisted":  {api: refused(notAllowed), verdict: "blocked", code: "IP_NOT_ALLOWED", ip: "203.0.113.45"},
	"unlisted, SANDBOX": {api: refused("Your IP address 203.0.113.45 is not whitelisted for this SANDBOX API key"), verdict: "blocked", code: "IP_NOT_ALLOWED", ip: "203.0.113.45", failing: "type"},
	"header lost":       {api: always(emulator.Error(401, "MISSING_ACCESS_TOKEN", "no", nil)), verdict: "unavailable", code: "MISSING_ACCESS_TOKEN"},
	"not found":         {api: answering(404, "no"), verdict: "unavailable"},
	"not trusted":       {api: answering(200, "no"), verdict: "unavailable"},
}

// A policy is how the run is to take what it finds.
type policy struct{ unavailable, notAllowed, warnOn, rotatedOn string }

// ages is days of rotation, and what they mean today.
var ages = map[string]string{"": "", "2026-10-01": "young", "2026-07-25": "due", "2026-07-01": "overdue"}

// verdictWant is what section 4 of the contract makes of both.
func verdictWant(s situation, p policy) want {
	warnOn := p.warnOn
	if warnOn == "" {
		warnOn = "rotation"
	}
	var failed bool
	var remarks []string
	remark := func(check string) {
		level := "error"
		if strings.Contains(warnOn, check) {
			level = "warning"
		} else {
			failed = true
		}
		remarks = append(remarks, level+": api-key: "+check)
	}
	if s.failing != "" {
		remark(s.failing)
	}
	switch ages[p.rotatedOn] {
	case "due":
		remarks = append(remarks, "warning: api-key: rotation")
	case "overdue":
		remark("rotation")
	}
	w := want{Sends: 1, Verdict: s.verdict, Valid: s.valid, ErrorCode: s.code, RunnerIP: s.ip}
	if failed && (s.verdict == "pass" || s.code == "IP_NOT_ALLOWED") {
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
		if softening == "warn" && !failed {
			w.Code, level = 0, "warning"
		}
	}
	// What fails without a key does not say that the address is refused.
	if w.Verdict == s.verdict && s.verdict != "pass" || s.code == "IP_NOT_ALLOWED" && s.failing == "" {
		w.Annotations = []string{level + ": api-key: " + w.Verdict}
	}
	w.Annotations = append(w.Annotations, remarks...)
	if s.verdict == "invalid" {
		w.AttemptsLeft = "4"
	}
	return w
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	rows := table{}
	for name, s := range situations {
		for _, unavailable := range []string{"", "warn"} {
			for _, notAllowed := range []string{"fail", "warn"} {
				for _, warnOn := range []string{"", "none", "rotation,state,type"} {
					for rotatedOn := range ages {
						p := policy{unavailable, notAllowed, warnOn, rotatedOn}
						rows[fmt.Sprintf("%s, %+v", name, p)] = row{
							given: map[string]string{"on-unavailable": p.unavailable, "on-ip-not-allowed": p.notAllowed,
								"warn-on": p.warnOn, "rotated-on": p.rotatedOn},
							api:  s.api,
							want: verdictWant(s, p),
						}
					}
				}
			}
		}
	}
	rows.run(t)
}

// The last step of a rotation: the API must reject the key.
func TestRevoked(t *testing.T) {
	t.Parallel()
	proven := func(code, left string) want {
		return want{Sends: 1, Verdict: "pass", Valid: "false", ErrorCode: code, AttemptsLeft: left}
	}
	still := want{Code: 1, Sends: 1, Verdict: "mismatch", Valid: "true", Annotations: []string{"error: api-key: state"}}
	unlisted := still
	unlisted.Valid, unlisted.ErrorCode, unlisted.RunnerIP = "", "IP_NOT_ALLOWED", "203.0.113.45"
	noProof := unjudged("unavailable", "TOKEN_EXPIRED")
	noProof.AttemptsLeft = "3"
	rows := table{
		"INVALID_ACCESS_TOKEN":         {api: revoked, want: proven("INVALID_ACCESS_TOKEN", "4")},
		"ERR_AUTH":                     {api: rejected("ERR_AUTH", 3), want: proven("ERR_AUTH", "3")},
		"no attempts left":             {api: rejected("INVALID_ACCESS_TOKEN", 0), want: proven("INVALID_ACCESS_TOKEN", "0")},
		"another code":                 {api: rejected("TOKEN_EXPIRED", 3), want: noProof},
		"a code that is not safe":      {api: rejected("no such key", 3), want: func() want { w := noProof; w.ErrorCode = ""; return w }()},
		"the key works":                {want: still},
		"the key is disabled":          {api: having(func(k *emulator.Key) { k.Enabled = false }), want: still},
		"the address is unlisted":      {api: refused(notAllowed), want: unlisted},
		"unlisted, softened":           {api: refused(notAllowed), given: map[string]string{"on-ip-not-allowed": "warn"}, want: unlisted},
		"the address is blocked":       {api: blocked, want: unjudged("blocked", "IP_BLOCKED")},
		"MISSING_ACCESS_TOKEN":         {api: always(emulator.Error(401, "MISSING_ACCESS_TOKEN", "no", nil)), want: unjudged("unavailable", "MISSING_ACCESS_TOKEN")},
		"403 INVALID_ACCESS_TOKEN":     {api: always(emulator.Error(403, "INVALID_ACCESS_TOKEN", "no", nil)), want: unjudged("unavailable", "INVALID_ACCESS_TOKEN")},
		"401 with an HTML page":        {api: answering(401, "<html>"), want: unavailable(1)},
		"404":                          {api: answering(404, "no"), want: unavailable(1)},
		"unavailable, softened":        {api: answering(404, "no"), given: map[string]string{"on-unavailable": "warn"}, want: softened(unavailable(1))},
		"another code, softened":       {api: rejected("TOKEN_EXPIRED", 3), given: map[string]string{"on-unavailable": "warn"}, want: softened(noProof)},
		"without a type":               {api: revoked, given: map[string]string{"environment": ""}, want: proven("INVALID_ACCESS_TOKEN", "4")},
		"all other checks are skipped": {api: revoked, given: everythingElse, want: proven("INVALID_ACCESS_TOKEN", "4")},
		"and if the key works too":     {given: everythingElse, want: still},
		"and if the address is unlisted": {
			api:   refused("Your IP address 203.0.113.45 is not whitelisted for this SANDBOX API key"),
			given: everythingElse, want: unlisted},
	}
	for name, r := range rows {
		given := map[string]string{"expect-state": "revoked"}
		for input, value := range r.given {
			given[input] = value
		}
		r.given = given
		r.want.More = map[string]string{"key-age-days": "", "rotation-due": "", "days-left": ""}
		rows[name] = r
	}
	rows.run(t)
}

// everythingElse asserts what the good key fails.
var everythingElse = map[string]string{
	"environment": "", "expect-type": "SANDBOX", "expect-scope": "READ-ONLY", "expect-account": "+213600000000",
	"expect-allowed-ips": "restricted", "rotated-on": "2026-01-01", "warn-on": "none",
}
