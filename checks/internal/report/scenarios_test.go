package report_test

import (
	"net/netip"
	"time"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/report"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/test/testkit"
)

var today = time.Date(2026, 10, 20, 12, 30, 0, 0, time.UTC)

const username = "+213665983439"

// daysAgo returns a rotation date.
func daysAgo(n int) checks.RotationDate {
	return checks.RotationDate{Asked: true, Known: true, On: today.AddDate(0, 0, -n)}
}

// accepted is the answer for a good key.
func accepted() flexy.Answer {
	return flexy.Answer{
		Outcome: flexy.Accepted, At: today, Sends: 1, Status: 200, RequestID: "req_01HZY3",
		Key: flexy.Key{
			Username: secret.New(username), Echo: secret.New("ea27b376-echoed-key"), Enabled: true,
			Type: flexy.Production, Scope: flexy.ReadWrite,
			AllowedIPs: flexy.Allowlist{Known: true, Addrs: testkit.Addrs("203.0.113.45", "2001:db8::1")},
		},
	}
}

// balance is the answer for an account with that balance.
func balance(amount string) flexy.Answer {
	return flexy.ClassifyBalance(flexy.Response{Status: 200, Body: []byte(`{"success":true,"data":{"balance":` + amount + `}}`)})
}

// other is the answer for a key that differs from accepted in everything.
func other() flexy.Answer {
	a := accepted()
	a.Key.Enabled, a.Key.Type, a.Key.Scope, a.Key.Username = false, flexy.Sandbox, flexy.ReadOnly, secret.New("0665112233")
	a.Key.AllowedIPs.Addrs = testkit.Addrs("198.51.100.7")
	return a
}

// refused is an answer with an error code.
func refused(o flexy.Outcome, status int, code string) flexy.Answer {
	return flexy.Answer{Outcome: o, At: today, Sends: 1, Status: status, Code: code, RequestID: "req_01HZY4"}
}

func rejected(left int) flexy.Answer {
	a := refused(flexy.Rejected, 401, flexy.CodeInvalid)
	a.AttemptsLeft = &left
	return a
}

func notAllowed() flexy.Answer {
	a := refused(flexy.NotAllowed, 403, flexy.CodeNotAllowed)
	a.RunnerIP, a.Environment = netip.MustParseAddr("192.0.2.9"), flexy.Production
	return a
}

func unavailable(f flexy.Fault, status int) flexy.Answer {
	return flexy.Answer{At: today, Sends: 2, Status: status, Fault: f}
}

// fingerprint is that of all keys.
const fingerprint = "0e5d2c7b9a41"

// expected asserts all that accepted has.
func expected() checks.Expectation {
	return checks.Expectation{
		State: checks.StateEnabled, Type: checks.ExpectedType{Want: flexy.Production}, Scope: flexy.ReadWrite,
		Account: secret.New("+213 665 98 34 39"), AllowedIPs: checks.ExpectedIPs{Mode: checks.RestrictedIPs},
		MustAllowIPs: testkit.Addrs("203.0.113.45"), Fingerprint: fingerprint, MinBalance: "5000", Rotated: daysAgo(30), MaxAgeDays: 90, RemindDays: 14, WarnOn: []string{"rotation"},
	}
}

// little asserts the type only.
func little() checks.Expectation {
	return checks.Expectation{State: checks.StateEnabled, Type: checks.ExpectedType{Want: flexy.Production}, MaxAgeDays: 90, RemindDays: 14}
}

func rotated(e checks.Expectation, date checks.RotationDate) checks.Expectation {
	e.Rotated = date
	return e
}

// judged returns the result of a run with an answer.
func judged(name string, in checks.Input) report.Result {
	in.Today, in.Balance = today, balance("7392651.84")
	if in.Answer.Key.Type == flexy.Sandbox { // the account of other
		in.Balance = balance("1326.139")
	}
	k := report.Result{Name: name, Answer: in.Answer, Fingerprint: in.Fingerprint, Findings: checks.Run(in)}
	k.Verdict = checks.Judge(in, k.Findings)
	k.Notice = checks.Explain(in.Answer, k.Verdict, k.Findings)
	if age, known := in.Expect.Age(today); known {
		k.Age = &age
	}
	return k
}

// described adds what a report says of the program.
func described(r report.Report) report.Report {
	r.Version, r.Readme = "1.2.3+4a6e0b1f", "https://github.com/an.owner/flexy-key-check/blob/v1.2.3/README.md"
	r.Settings = []string{"api-key", "environment", "expect-type", "expect-scope", "reminder-issue", "base-url", "timeout", "account", "env", "scope", "state", "type"}
	return r
}

// of returns the report on keys.
func of(keys ...report.Result) report.Report {
	r := described(report.Report{Verdict: checks.Passed, Keys: keys})
	for _, k := range keys {
		r.Verdict = min(r.Verdict, k.Verdict)
	}
	r.ExitCode = r.Verdict.ExitCode()
	return r
}

// policyOf returns the report on keys of a policy file.
func policyOf(keys ...report.Result) report.Report {
	r := of(keys...)
	r.Policy = true
	return r
}

// single returns the report on one key.
func single(a flexy.Answer, e checks.Expectation) report.Report {
	return of(judged("checkout", checks.Input{Answer: a, Expect: e, Fingerprint: fingerprint}))
}

// softened makes a report a warning.
func softened(r report.Report) report.Report {
	r.ExitCode, r.Keys[0].Softened = checks.ExitPass, true
	return r
}

// misconfigured returns the report on mistakes.
func misconfigured(mistakes ...mistake.Mistake) report.Report {
	return described(report.Report{Verdict: checks.Misconfigured, ExitCode: checks.ExitMisconfigured, Mistakes: mistakes})
}

// policy returns the report on a policy file with seven keys.
func policy() report.Report {
	many := func(name string, a flexy.Answer, e checks.Expectation, same ...string) report.Result {
		return judged(name, checks.Input{Answer: a, Expect: e, Fingerprint: fingerprint, Many: true, SameKey: same})
	}
	at := func(line int) mistake.Place {
		return mistake.Place{Name: "type", File: "flexy/policy.yml", Line: line, Column: 11}
	}
	failing := many("staging", other(), rotated(little(), daysAgo(80)))
	failing.Place, failing.Places = at(6), map[string]mistake.Place{"type": at(8), "state": at(6)}
	invalid := many("returns", rejected(3), little())
	invalid.Place = at(12)
	r := of(
		many("checkout", accepted(), expected(), "checkout (new)"),
		failing, invalid,
		many("till 1", unavailable(flexy.FaultHeld, 0), little()),
		many("till 2", unavailable(flexy.FaultHeld, 0), little()),
		many("accounts", accepted(), rotated(little(), daysAgo(100))),
		many("clean", accepted(), little()),
	)
	r.Policy, r.Keys[5].ReminderIssue = true, "https://github.com/shop/deploy/issues/12"
	r.Notes = []report.Note{{Title: report.Title("accounts", true, "reminder-issue"), Notice: mistake.Say("cannot open the reminder issue: issues are switched off in this repository (410)", "switch issues on")}}
	return r
}

// scenarios returns a report of each kind.
func scenarios() map[string]report.Report {
	unknownDate := checks.RotationDate{Asked: true, Notice: mistake.Say(`cannot read when the secret "FLEXY_API_KEY" was last saved: the token lacks the permission (403)`, "give the token Secrets: read")}
	revoked := little()
	revoked.State = checks.StateRevoked
	proven := revoked
	proven.Fingerprint = fingerprint
	another := little()
	another.Fingerprint = "f00ba4c0ffee"
	strict := rotated(little(), daysAgo(91))
	strict.WarnOn = nil
	return map[string]report.Report{
		"pass":      single(accepted(), expected()),
		"pass-few":  single(accepted(), little()),
		"mismatch":  single(other(), rotated(expected(), daysAgo(80))),
		"unknown":   single(accepted(), rotated(little(), unknownDate)),
		"invalid":   single(rejected(1), rotated(expected(), daysAgo(76))),
		"blocked":   single(refused(flexy.Blocked, 403, flexy.CodeBlocked), little()),
		"refused":   single(notAllowed(), expected()),
		"down":      single(unavailable(flexy.FaultServer, 503), little()),
		"softened":  softened(single(unavailable(flexy.FaultTimeout, 0), little())),
		"skipped":   of(report.Result{Name: "checkout", Verdict: checks.Skipped}),
		"due":       single(accepted(), rotated(expected(), daysAgo(89))),
		"overdue":   single(accepted(), strict),
		"revoked":   single(rejected(2), revoked),
		"proven":    single(rejected(2), proven),
		"another":   single(rejected(3), another),
		"unrevoked": single(accepted(), revoked),
		"policy":    policy(),
		"fleet":     fleet(),
		"unnamed":   of(judged(checks.DefaultKeyName, checks.Input{Answer: other(), Expect: little(), Fingerprint: fingerprint})),
		"misconfigured": misconfigured(
			mistake.Mistake{Place: mistake.Place{Name: "expect-scope"}, Notice: mistake.Say(`expected READ-WRITE or READ-ONLY, found "<all>"`, "did you mean READ-ONLY?")},
			mistake.Mistake{Place: mistake.Place{Name: "api-key"}, Notice: mistake.Say("the key is blank", "check that the secret exists")},
			mistake.Mistake{Notice: mistake.Say("one of environment and expect-type is required", "say where the key is used")},
			mistake.Mistake{Place: mistake.Place{Name: "env", File: "policy.yml", Line: 3, Column: 9}, Notice: mistake.Say("must be a name (the value is not shown)", "")},
		),
	}
}

// fleet returns the report on a policy file with ten keys, seven of which fail.
func fleet() report.Report {
	key := func(name string, a flexy.Answer, age int, change func(*flexy.Key)) report.Result {
		change(&a.Key)
		return judged(name, checks.Input{Answer: a, Expect: rotated(little(), daysAgo(age)), Fingerprint: fingerprint, Many: true})
	}
	good := func(*flexy.Key) {}
	sandbox := func(k *flexy.Key) { k.Type = flexy.Sandbox }
	disabled := func(k *flexy.Key) { k.Enabled = false }
	r := policyOf(
		key("checkout", accepted(), 12, good), key("checkout (next)", accepted(), 80, good), key("reports", accepted(), 40, good),
		key("till Algiers", accepted(), 30, sandbox), key("till Oran", accepted(), 30, sandbox), key("till Constantine", accepted(), 30, sandbox),
		key("till Annaba", accepted(), 30, sandbox), key("kiosk", accepted(), 95, disabled),
		key("returns", rejected(3), 8, good), key("wholesale", notAllowed(), 61, good),
	)
	return r
}
