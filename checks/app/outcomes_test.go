package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"flexy-key-check/checks/internal/test/emulator"
	"flexy-key-check/checks/internal/test/testkit"
)

// The packages' own tables say what each value of an input and each answer of the
// API means. These scenarios show what only a whole run can: that it reaches the
// exit code, outputs and annotations, and that nothing leaks.

func TestOutcomesOfAnswers(t *testing.T) {
	t.Parallel()
	list := body(edited(`"allowedips":[]`, `"allowedips":["203.0.113.45","2001:0DB8:0:0::1"]`))
	table{
		"all outputs":             {given: pairs("environment", "", "expect-type", "any"), want: passes().outputting("type", "PRODUCTION", "scope", "READ-WRITE", "enabled", "true", "request-id", "req_1234567890_abc123"), api: body([]byte(document))},
		"an unsafe code":          {api: rejected("x\n::error::boo $(rm -rf /)", nil), want: invalid("", "")},
		"a scope that is the key": {api: having(func(k *emulator.Key) { k.Scope = theKey }), want: warns("scope").outputting("scope", "")},
		"an echo as request id":   {api: body(edited("req_1234567890_abc123", theEcho)), want: passes().outputting("request-id", "")},
		"the key in headers":      {api: always(repeating), want: passes().outputting("request-id", "8f1a2b3c4d5e6f70-MRS")},
		"an allowlist":            {api: list, given: pairs("expect-allowed-ips", "2001:db8::1 203.0.113.45", "must-allow-ips", "203.0.113.45"), want: passes().outputting("allowed-ips", `["203.0.113.45","2001:db8::1"]`)},
		"another account":         {api: having(func(k *emulator.Key) { k.Username = "+213665983400" }), given: pairs("expect-account", theAccount), secrets: []string{"+213665983400"}, want: mismatches("account").with("39(?s).*00")},
		"a retry":                 {api: next(emulator.Drop), want: passes().sending(2), waits: 100 * time.Millisecond},
		"a timeout":               {api: always(emulator.Latency(time.Minute)), given: pairs("timeout", "1s"), want: unavailable(1).with("timeout")},
		"a key of punctuation":    with(invalid("INVALID_ACCESS_TOKEN", "4"), "api-key", `%s"q'<>&|;:,.!?#~^=+/\`),
	}.run(t)
}

// repeating answers with headers that repeat the key and the account.
func repeating(_ *emulator.API, w http.ResponseWriter, r *http.Request) bool {
	key := r.Header.Get(emulator.Header)
	w.Header()["X-Request-Id"] = []string{"id-" + key, "req-2"}
	w.Header()["Cf-Ray"] = []string{"8f1a2b3c4d5e6f70-MRS", theAccount[1:]}
	w.Header().Set("X-Echo", theEcho+key)
	_, _ = w.Write(edited(`"requestId":"req_1234567890_abc123"`, `"requestId":"`+theAccount[1:]+`"`, `"timestamp"`, `"requestId":"`+theEcho+`","timestamp"`))
	return true
}

func TestOutcomesOfRotation(t *testing.T) {
	t.Parallel()
	aged := func(w want, age, left int, due bool, dueOn string) want {
		return w.outputting("key-age-days", fmt.Sprint(age), "days-left", fmt.Sprint(left), "rotation-due", fmt.Sprint(due), "rotation-due-on", dueOn)
	}
	only := func(w want, given ...string) scenario {
		sc := with(w, append([]string{"rotation-only", "true", "api-key", "", "environment", ""}, given...)...)
		sc.api = always(emulator.Status(500))
		return sc
	}
	table{
		"due":                   with(aged(warns("rotation").with(`\b1 day\b`), 89, 1, true, "2026-10-11"), "rotated-on", "2026-07-13", "warn-on", "none"),
		"only that, young":      only(aged(want{Verdict: "pass"}, 9, 81, false, "2026-12-30"), "rotated-on", "2026-10-01", "on-missing-key", "skip"),
		"only that, a warning":  only(aged(annotated(want{Verdict: "pass"}, "warning: Flexy key: rotation"), 101, -11, true, "2026-09-29"), "rotated-on", "2026-07-01"),
		"only that, a mismatch": only(aged(annotated(want{Code: 1, Verdict: "mismatch"}, "error: Flexy key: rotation"), 101, -11, true, "2026-09-29"), "rotated-on", "2026-07-01", "warn-on", "none"),
	}.run(t)
}

func TestOutcomesOfSettings(t *testing.T) {
	t.Parallel()
	onFork := func(w want, given ...string) scenario {
		sc := with(w, append([]string{"on-missing-key", "skip", "GITHUB_EVENT_NAME", "pull_request"}, given...)...)
		sc.event = ofFork
		return sc
	}
	defaults := map[string]string{}
	for _, input := range testkit.Entries("inputs") {
		if input.Name != "github-token" && input.Name != "base-url" && input.Rest != "" {
			defaults[input.Name] = input.Rest
		}
	}
	table{
		"the defaults, as the runner passes them": {given: defaults, want: passes()},
		"more mistakes than the runner keeps": with(mistakes(10).with("and 3 more"), "environment", "x", "expect-type", "x", "expect-scope", "x",
			"expect-state", "x", "expect-allowed-ips", "x", "must-allow-ips", "x", "rotated-on", "x", "max-age-days", "x",
			"remind-days", "x", "rotation-only", "x", "on-unavailable", "x", "on-ip-not-allowed", "x", "timeout", "x"),
		"--help":                    {args: []string{"--help"}, want: misconfigured("argument")},
		"an argument that is a key": {args: []string{theKey}, want: misconfigured("argument")},
		"a proxy's password":        {given: pairs("HTTPS_PROXY", "http://u:hunter2hunter2@"), secrets: []string{"hunter2hunter2"}, want: misconfigured("HTTPS_PROXY")},
		"a key of two lines":        with(misconfigured(""), "api-key", "W7qZ4tNv9\n::debug::RbXk2JmP"),
		"a fork's blank key":        onFork(want{Verdict: "skipped"}, "api-key", "", "environment", ""),
		"a fork's key":              onFork(passes()),
		"a fork's blank token":      onFork(annotated(passes(), "warning: Flexy key FLEXY_KEY: rotation"), "secret-name", "FLEXY_KEY", "secrets-token", ""),
		"neither key nor token":     onFork(want{Verdict: "skipped"}, "api-key", "", "secret-name", "FLEXY_KEY", "secrets-token", ""),
	}.run(t)
}

// A gate loses no check unseen: what is blank, misspelled, misplaced or not shown
// ends the run before anything is sent.
func TestOutcomesOfLostChecks(t *testing.T) {
	t.Parallel()
	const two = "keys:\n  - {name: shop, env: FLEXY_A_KEY, environment: production}\n  - {name: other, env: FLEXY_B_KEY, environment: production}\n"
	inPolicy := func(text string, w want, given ...string) scenario {
		sc := with(w, given...)
		sc.policy = text
		return sc
	}
	wrong := func(line, says string) want {
		return annotated(misconfigured(says), strings.TrimSpace("error: flexy-key-check: misconfigured "+line))
	}
	onFork := with(passes(), "require", "account", "on-missing-key", "skip", "GITHUB_EVENT_NAME", "pull_request")
	onFork.event = ofFork
	table{
		"a required check, set":         with(passes(), "require", "type account", "expect-account", theAccount),
		"a required check, blank":       with(misconfigured("expect-account: blank"), "require", "account", "expect-account", ""),
		"a required check on a fork":    onFork,
		"variables in place of inputs":  with(misconfigured(`does not read FLEXY_API_KEY, FLEXY_ENVIRONMENT\nhint: .*api-key, environment`), "api-key", "", "environment", "", "FLEXY_API_KEY", theKey, "FLEXY_ENVIRONMENT", "test"),
		"a variable beside the action":  with(annotated(passes(), "warning: flexy-key-check: variables"), "FLEXY_ON_UNAVAILABLE", "warn"),
		"an entry that is chosen":       inPolicy(two, want{Sends: 1, Verdict: "pass"}, "only", "Shop"),
		"an entry that is not there":    inPolicy(two, wrong("", "only: must be the name"), "only", "shops"),
		"a line break that is not seen": inPolicy("keys:\n  - name: shop\n    env: FLEXY_A_KEY\n    environment: production # not\u0085    type: any\n", wrong("keys.yml:4", `:4:34: contains U\+0085`)),
		"a tag without a name":          inPolicy("keys:\n  - {name: shop, env: FLEXY_A_KEY, environment: ! production}\n", wrong("keys.yml:2", "tags are not supported")),
		"a file in place of a key":      inPolicy("keys:\n  - {name: shop, env: FLEXY_A_KEY_FILE, environment: production}\n", wrong("keys.yml:2", "must not end in _FILE"), "FLEXY_A_KEY_FILE", "k"),
	}.run(t)
}
