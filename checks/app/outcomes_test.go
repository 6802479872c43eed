package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"flexy-key-check/checks/internal/emulator"
	"flexy-key-check/checks/internal/testkit"
)

// What each value of an input and each answer of the API means, the packages'
// own tables say. These rows hold what only a whole run can show of it: that it
// reaches the exit code, the outputs and the annotations, and gives nothing away.

func TestOutcomesOfAnswers(t *testing.T) {
	t.Parallel()
	const notAgain = `(?i)(not|n't) (re-?run|run).*15 minutes`
	sandbox := refused("Your IP address 203.0.113.45 is not whitelisted for this SANDBOX API key")
	kept := unjudged("blocked", "IP_NOT_ALLOWED")
	kept.RunnerIP = "203.0.113.45"
	contrary := kept
	contrary.Code, contrary.Verdict, contrary.Annotations = 1, "mismatch", []string{"error: api-key: type"}
	list := body(edited(`"allowedips":[]`, `"allowedips":["203.0.113.45","2001:0DB8:0:0::1"]`))
	n := (64<<10 - len(document) - 16) / len(`"203.0.113.45",`)
	long := "[" + strings.TrimSuffix(strings.Repeat(`"203.0.113.45",`, n), ",") + "]"
	table{
		"few attempts are left":                       {api: rejected("INVALID_ACCESS_TOKEN", 1), want: invalid("INVALID_ACCESS_TOKEN", "1").with(notAgain)},
		"a code that is not safe to show":             {api: rejected("x\n::error::boo $(rm -rf /)", nil), want: invalid("", "")},
		"a rejection is not softened":                 {api: revoked, given: pairs("on-unavailable", "warn", "on-ip-not-allowed", "warn", "warn-on", strings.Join(testkit.Names("checks"), ",")), want: invalid("INVALID_ACCESS_TOKEN", "4")},
		"a rejection where disabled is expected":      {api: revoked, given: pairs("expect-state", "disabled"), want: invalid("INVALID_ACCESS_TOKEN", "4")},
		"the contrary type":                           {api: sandbox, want: contrary.with("SANDBOX")},
		"the contrary type, only a warning":           {api: sandbox, given: pairs("warn-on", "type"), want: annotated(kept, "error: api-key: blocked", "warning: api-key: type")},
		"the contrary type, softened only otherwise":  {api: sandbox, given: pairs("on-ip-not-allowed", "warn"), want: contrary},
		"another type outside production":             {given: pairs("environment", "staging"), want: warns("type")},
		"any type":                                    {given: pairs("environment", "", "expect-type", "any"), want: passes().outputting("type", "PRODUCTION", "scope", "READ-WRITE", "enabled", "true", "request-id", "req_1234567890_abc123"), api: body([]byte(document))},
		"an undocumented type, which may be anything": {api: having(func(k *emulator.Key) { k.Type = "##[error]x\n::error::y" }), want: mismatches("type").outputting("type", "")},
		"an undocumented scope that is the key":       {api: having(func(k *emulator.Key) { k.Scope = theKey }), want: warns("scope").outputting("scope", "")},
		"a request id that is the echo":               {api: body(edited("req_1234567890_abc123", theEcho)), want: passes().outputting("request-id", "")},
		"a disabled key, as expected":                 {api: having(func(k *emulator.Key) { k.Enabled = false }), given: pairs("expect-state", "disabled"), want: passes().outputting("enabled", "false")},
		"an allowlist":                                {api: list, given: pairs("expect-allowed-ips", "2001:db8::1 203.0.113.45", "must-allow-ips", "203.0.113.45"), want: passes().outputting("allowed-ips", `["203.0.113.45","2001:db8::1"]`)},
		"an allowlist that is none":                   {api: listed(`["203.0.113.0/24"]`), given: pairs("must-allow-ips", "203.0.113.45"), want: mismatches("must-allow-ips").outputting("allowed-ips", "")},
		"the longest allowlist":                       {api: listed(long), given: pairs("must-allow-ips", "203.0.113.45", "expect-allowed-ips", "203.0.113.45"), want: passes().outputting("allowed-ips", long)},
		"another account":                             {api: having(func(k *emulator.Key) { k.Username = "+213665983400" }), given: pairs("expect-account", theAccount), secrets: []string{"+213665983400"}, want: mismatches("account").with("39(?s).*00")},
		"too much":                                    {api: body([]byte(strings.Repeat(" ", 10<<20) + document)), want: unavailable(1)},
	}.run(t)
}

func TestOutcomesOfWaiting(t *testing.T) {
	t.Parallel()
	const minWait = 100 * time.Millisecond // between two sends
	sent := func(n int, w want) want {
		w.Sends = n
		return w
	}
	late := unavailable(1)
	late.ErrorCode = "SERVICE_UNAVAILABLE"
	table{
		"tried again, then good":        {api: next(emulator.Drop), want: sent(2, passes()), waits: minWait},
		"lost, and the attempt counted": {api: func(api *emulator.API) { revoked(api); api.Next(emulator.Lose) }, want: sent(2, invalid("INVALID_ACCESS_TOKEN", "3")), waits: minWait},
		"tried again, in vain":          {api: always(plainly(503)), given: pairs("on-unavailable", "warn"), want: softened(unavailable(2)), waits: minWait},
		"a Retry-After":                 {api: next(emulator.RetryAfter(429, today.Add(2*time.Second).Format(time.RFC1123))), want: sent(2, passes()), waits: minWait},
		"too long a Retry-After":        {api: always(emulator.Chain(header("Retry-After", "900"), plainly(429))), want: unavailable(1).with("Retry-After")},
		"a Retry-After over timeout":    {api: always(emulator.RetryAfter(503, "9")), given: pairs("timeout", "9s"), want: late},
		"too slow for timeout":          {api: always(emulator.Latency(time.Minute)), given: pairs("timeout", "2s"), want: unavailable(1).with("timeout")},
	}.run(t)
	s, other := serve(t), serve(t)
	s.Always(emulator.Chain(header("Location", other.URL+emulator.Path), plainly(307)))
	compare(t, unavailable(1), action(t, s.URL, nil).run(t).came(s, unavailable(1)))
	if n := other.Stats().Requests; n > 0 {
		t.Errorf("%d requests behind a redirect", n)
	}
}

func TestOutcomesOfRotation(t *testing.T) {
	t.Parallel()
	aged := func(w want, age, left int, due bool, dueOn string) want {
		return w.outputting("key-age-days", fmt.Sprint(age), "days-left", fmt.Sprint(left), "rotation-due", fmt.Sprint(due), "rotation-due-on", dueOn)
	}
	only := func(w want, given ...string) row {
		r := with(w, append([]string{"rotation-only", "true", "api-key", "", "environment", ""}, given...)...)
		r.api = always(emulator.Status(500))
		return r
	}
	pass, failed := want{Verdict: "pass"}, want{Code: 1, Verdict: "mismatch"}
	table{
		"young":                  with(aged(passes(), 9, 81, false, "2026-12-30"), "rotated-on", "2026-10-01"),
		"due":                    with(aged(warns("rotation").with(`\b1 day\b`), 89, 1, true, "2026-10-11"), "rotated-on", "2026-07-13", "warn-on", "none"),
		"overdue":                with(aged(mismatches("rotation"), 91, -1, true, "2026-10-09"), "rotated-on", "2026-07-11", "warn-on", "none"),
		"another age":            with(aged(warns("rotation"), 5, 2, true, "2026-10-12"), "rotated-on", "2026-10-05", "max-age-days", "7", "remind-days", "2"),
		"not asked":              with(passes().outputting("key-age-days", "", "days-left", "", "rotation-due", "", "rotation-due-on", "")),
		"only that, young":       only(aged(pass, 9, 81, false, "2026-12-30"), "rotated-on", "2026-10-01", "environment", "production", "on-missing-key", "skip"),
		"only that, softened":    only(aged(annotated(pass, "warning: api-key: rotation"), 101, -11, true, "2026-09-29"), "rotated-on", "2026-07-01"),
		"only that, and overdue": only(aged(annotated(failed, "error: api-key: rotation"), 101, -11, true, "2026-09-29"), "rotated-on", "2026-07-01", "warn-on", "none"),
	}.run(t)
}

func TestOutcomesOfSettings(t *testing.T) {
	t.Parallel()
	onFork := func(w want, given ...string) row {
		return with(w, append([]string{"on-missing-key", "skip", "GITHUB_EVENT_NAME", "pull_request", "GITHUB_EVENT_PATH", payload(t, ofFork)}, given...)...)
	}
	defaults := map[string]string{}
	for _, input := range testkit.Entries("inputs") {
		if input.Name != "github-token" && input.Name != "base-url" && input.Rest != "" {
			defaults[input.Name] = input.Rest
		}
	}
	table{
		"the defaults, as the runner hands them over": {given: defaults, want: passes()},
		"three mistakes": with(mistakes(3), "environment", "prod", "expect-scope", "RW", "timeout", "1"),
		"more mistakes than the runner takes": with(mistakes(10).with("and 3 more"), "environment", "x", "expect-type", "x", "expect-scope", "x",
			"expect-state", "x", "expect-allowed-ips", "x", "must-allow-ips", "x", "rotated-on", "x", "max-age-days", "x",
			"remind-days", "x", "rotation-only", "x", "on-unavailable", "x", "on-ip-not-allowed", "x", "timeout", "x"),
		"an argument":                {args: []string{"--help"}, want: misconfigured("argument")},
		"an argument that is a key":  {args: []string{theKey}, want: misconfigured("argument")},
		"an empty argument":          {args: []string{""}, want: misconfigured("argument")},
		"a password for the proxy":   {given: pairs("HTTPS_PROXY", "http://u:hunter2hunter2@"), secrets: []string{"hunter2hunter2"}, want: misconfigured("HTTPS_PROXY")},
		"a blank key":                with(misconfigured(`(?s)secret.*environment:.*secrets: inherit.*[Ff]ork.*Dependabot`), "api-key", " \t\r\n\u00a0"),
		"a fork's blank key":         onFork(want{Verdict: "skipped"}, "api-key", "", "environment", ""),
		"a push's blank key":         onFork(misconfigured("(?i)api-key"), "api-key", "", "GITHUB_EVENT_NAME", "push"),
		"a fork's key":               onFork(passes()),
		"a fork's mistake":           onFork(misconfigured("expect-scope"), "api-key", "", "expect-scope", "RW"),
		"a fork's blank token":       onFork(annotated(passes(), "warning: FLEXY_KEY: rotation"), "secret-name", "FLEXY_KEY", "secrets-token", ""),
		"neither key nor token":      onFork(want{Verdict: "skipped"}, "api-key", "", "secret-name", "FLEXY_KEY", "secrets-token", ""),
		"a key with a final newline": with(passes(), "api-key", " "+theKey+"\r\n"),
		"a key of two lines":         with(misconfigured(""), "api-key", "W7qZ4tNv9\n::debug::RbXk2JmP"),
		"a key of 10 kB":             with(misconfigured(""), "api-key", strings.Repeat("k7Qz", 2500)),
		"a key that is masked":       with(misconfigured(""), "api-key", "***"),
		"a key of punctuation":       with(invalid("INVALID_ACCESS_TOKEN", "4"), "api-key", `%s"q'<>&|;:,.!?#~^=+/\`),
	}.run(t)
}

// A key or a token in the wrong line of with: is a classic slip.
func TestOutcomesOfSecretsElsewhere(t *testing.T) {
	t.Parallel()
	rows := table{
		"the key in a URL":     with(misconfigured("base-url"), "base-url", "https://api.oneclickdz.com/"+theKey),
		"the key in two lines": with(mistakes(2), "expect-account", theKey, "key-name", theKey),
	}
	for _, input := range declared {
		if input == "api-key" || input == "policy" { // whose mistakes TestPolicyOrKey holds
			continue
		}
		given := pairs("expect-type", "any", input, theKey)
		rows["the key in "+input] = row{given: given, want: misconfigured(input)}
		if input != "secrets-token" && input != "github-token" {
			rows["a token in "+input] = row{given: pairs("secrets-token", secretsToken, input, secretsToken), want: misconfigured(input), secrets: []string{secretsToken}}
		}
	}
	rows.run(t)
}
