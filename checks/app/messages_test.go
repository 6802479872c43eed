package app_test

import (
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/test/emulator"
	"flexy-key-check/checks/internal/test/testkit"
)

var update = flag.Bool("update", false, "write the golden files")

const messagesFile = "../../testdata/golden/messages.txt"

// says returns what the program prints for the user: annotations inside Actions,
// standard error outside, and debug lines.
func (sc scenario) says(t *testing.T) string {
	t.Helper()
	r, _ := sc.run(t)
	said := string(r.stderr)
	for _, a := range r.annotations() {
		said += fmt.Sprintf("%s: %s: %s\n", a.level, a.title, a.message)
	}
	for line := range strings.Lines(string(r.stdout)) {
		if strings.HasPrefix(line, "::debug::") {
			said += times.ReplaceAllString(line, "…")
		} else if r.format == "none" || sc.summary && !strings.HasPrefix(line, "::") {
			said += line
		}
	}
	if sc.summary {
		said += string(r.files["GITHUB_STEP_SUMMARY"])
	}
	return said
}

// times matches times, which differ between runs.
var times = regexp.MustCompile(`[0-9.]+(µs|ms|s)\b`)

// messages returns a scenario for each message that the other golden files and
// TROUBLESHOOTING.md do not show.
func messages() []scenario {
	return slices.Concat(checkMessages(), keyMessages(), connectionMessages(), fingerprintMessages(), settingMessages(), policyMessages(), githubMessages(), machineMessages())
}

func checkMessages() []scenario {
	key := func(title string, change func(*emulator.Key), given ...string) scenario {
		return scenario{title: title, given: pairs(given...), api: having(change)}
	}
	return []scenario{
		key("a disabled key", func(k *emulator.Key) { k.Enabled = false }),
		{title: "an enabled key, disabled expected", given: pairs("expect-state", "disabled")},
		{title: "an accepted key, revoked expected", given: pairs("expect-state", "revoked")},
		{title: "a refused address, revoked expected", given: pairs("expect-state", "revoked"), api: refused(notAllowed)},
		{title: "another code, revoked expected", given: pairs("expect-state", "revoked"), api: rejected("KEY_PAUSED", nil)},
		key("a sandbox key in production", func(k *emulator.Key) { k.Type = "SANDBOX" }),
		{title: "a production key in a test", given: pairs("environment", "test")},
		{title: "a production key, SANDBOX expected", given: pairs("environment", "", "expect-type", "SANDBOX")},
		{title: "a production key on a refused address, SANDBOX expected", given: pairs("environment", "", "expect-type", "SANDBOX"), api: refused(notAllowed)},
		key("an undocumented type", func(k *emulator.Key) { k.Type = "TRIAL" }, "environment", "", "expect-type", "any"),
		{title: "another scope", given: pairs("expect-scope", "READ-ONLY")},
		{title: "another account", given: pairs("expect-account", "0661222333")},
		{title: "an account that differs in the middle", given: pairs("expect-account", "+213600003439"), summary: true},
		key("an account that lost its +", func(k *emulator.Key) { k.Username = "+33612345678" }, "expect-account", "33612345678"),
		key("a foreign account with spaces", func(k *emulator.Key) { k.Username = "+33612345678" }, "expect-account", "+33 612 345 678"),
		{title: "an unrestricted allowlist", given: pairs("expect-allowed-ips", "restricted", "must-allow-ips", "203.0.113.45")},
		{title: "a restricted allowlist", given: pairs("expect-allowed-ips", "unrestricted"), api: listed(`["203.0.113.7"]`)},
		{title: "another allowlist", given: pairs("expect-allowed-ips", "203.0.113.45", "must-allow-ips", "203.0.113.45 203.0.113.7"), api: listed(`["203.0.113.7"]`)},
		{title: "an unreadable allowlist", given: pairs("expect-allowed-ips", "restricted", "must-allow-ips", "203.0.113.45"), api: listed(`["10.0.0.0/8"]`)},
		{title: "no allowlist", given: pairs("expect-allowed-ips", "restricted", "must-allow-ips", "203.0.113.45"), api: body(edited(`"allowedips":[],`, "")), summary: true},
		{title: "a low balance", given: pairs("min-balance", "9000000"), summary: true},
		{title: "an unreadable balance", given: pairs("min-balance", "9000000"), api: always(emulator.On(emulator.BalancePath, emulator.Status(404)))},
		{title: "rotation due soon", given: pairs("rotated-on", "2026-07-24")},
		{title: "rotation due today", given: pairs("rotated-on", "2026-07-12"), summary: true},
		{title: "rotation overdue", given: pairs("rotated-on", "2026-07-11", "warn-on", "none")},
		{title: "a rejection with an unsafe code", api: rejected("not a code", 4)},
		{title: "a refused address, not named", api: refused("no")},
		{title: "an account that is switched off", api: always(emulator.SwitchedOff)},
		{title: "an account that is switched off, revoked expected", given: pairs("expect-state", "revoked"), api: always(emulator.SwitchedOff)},
		{title: "an account that is switched off, only a warning", given: pairs("warn-on", "state", "on-unavailable", "warn"), api: always(emulator.SwitchedOff), summary: true},
		{title: "a rejection with a number in its message", api: always(emulator.Error(401, "invalid-access-token", "no; 1 attempt left", nil))},
		{title: "a rejection without a number", api: rejected("ERR_AUTH", nil)},
		{title: "a 401 of something else", api: answering(401, "{}")},
		{title: "a wait longer than timeout", api: always(emulator.RetryAfter(429, "90"))},
		{title: "a wait of a year", api: always(emulator.RetryAfter(429, "31536000"))},
		{title: "a balance that is not answered", given: pairs("min-balance", "9000000", "on-unavailable", "warn"), api: always(emulator.On(emulator.BalancePath, emulator.CDN(522))), summary: true},
		{title: "an undocumented error", api: always(emulator.Error(404, "NO_SUCH_THING", "", nil))},
	}
}

func settingMessages() []scenario {
	blank := func(event, actor string) []string {
		return []string{"api-key", "", "GITHUB_EVENT_NAME", event, "GITHUB_ACTOR", actor}
	}
	outside := func(title string, given ...string) scenario {
		return scenario{title: title + ", outside Actions", given: pairs(given...), outside: true}
	}
	inside := func(title string, given ...string) scenario { return scenario{title: title, given: pairs(given...)} }
	return []scenario{
		outside("a blank key", "api-key", ""),
		outside("no environment", "environment", ""),
		outside("a record of no repository", "reminder-issue", "true", "key-name", "checkout"),
		outside("a variable that was not expanded", "api-key", "$KEY"),
		outside("a blank key on GitLab", "api-key", "", "GITLAB_CI", "true"),
		outside("a missing key file", "api-key", "", "FLEXY_API_KEY_FILE", "/none"),
		outside("a key and a key file", "FLEXY_API_KEY_FILE", "/none"),
		outside("a key file that is a device", "api-key", "", "FLEXY_API_KEY_FILE", os.DevNull),
		inside("a misspelled input", "INPUT_EXPECT-SCOP", "READ-ONLY"), inside("an unknown input", "INPUT_COLOUR", "red"),
		{title: "a variable beside an action", given: pairs("FLEXY_EXPECT_SCOPE", "READ-ONLY"), summary: true},
		outside("a misspelled variable", "FLEXY_EXPECT_TYP", "SANDBOX"),
		outside("a policy field as a variable", "FLEXY_SCOPE", "READ-ONLY"),
		outside("a missing policy", "api-key", "", "policy", "none.yml"),
		outside("an unknown format", "FLEXY_FORMAT", "xml"),
		{title: "an argument", args: []string{"-v"}},
		{title: "an argument, outside Actions", args: []string{"-v"}, outside: true},
		{title: "the fingerprint of a short key", args: []string{"--fingerprint"}, given: pairs("api-key", theKey[:31]), outside: true},
		{title: "help", args: []string{"--help"}, outside: true},
		inside("a blank key of Dependabot's push", blank("push", "dependabot[bot]")...),
		inside("a blank key of Dependabot's pull request", blank("pull_request", "dependabot[bot]")...),
		{title: "a blank key of a fork", given: pairs(blank("pull_request", "octocat")...), event: ofFork},
		inside("a bad secret-name", "secret-name", "a b", "secrets-token", secretsToken),
		inside("a bad secret-organization", "secret-name", "KEY", "secret-organization", "a b", "secrets-token", secretsToken),
		inside("an expectation with rotation-only", "api-key", "", "environment", "", "rotation-only", "true", "rotated-on", "2026-10-01", "expect-scope", "READ-ONLY"),
		inside("rotation-only with a policy", "api-key", "", "rotation-only", "true", "policy", "none.yml"),
		inside("not a URL", "base-url", "https://%zz"), inside("a query", "base-url", "https://a?b"),
		inside("a key in quotes", "api-key", `"`+theKey+`"`), inside("a key with its variable", "api-key", "FLEXY_API_KEY="+theKey),
		inside("the endpoint as base-url", "base-url", "https://api.oneclickdz.com/v3/validate"),
		inside("a key as environment", "api-key", "", "environment", theKey), inside("an abbreviated word", "environment", "prod"),
		{title: "a blank key of a fork, skipped", given: pairs(append(blank("pull_request", "octocat"), "on-missing-key", "skip")...), event: ofFork, summary: true},
		inside("a blank key of a push, not skipped", append(blank("push", "octocat"), "on-missing-key", "skip")...),
		inside("a key as name", "key-name", "ea27b376-9f5c-4b09-883f-1b96cd7b541c"),
		inside("a token with something else", "secrets-token", secretsToken+" x", "secret-name", "KEY"),
		inside("a malformed NO_PROXY", "NO_PROXY", "10.0.0.0/99"),
		inside("a blank input whose check is required", "require", "account,rotation,distinct"),
		inside("any type, although it is required", "require", "type", "expect-type", "any"),
		inside("entries without a policy", "only", "checkout"),
		inside("a reminder longer than the age", "max-age-days", "30", "remind-days", "30"),
		inside("a type of key as environment", "environment", "sandbox"),
		inside("a blank date with rotation-only", "api-key", "", "environment", "", "rotation-only", "true", "reminder-issue", "true"),
		outside("a blank date with rotation-only", "api-key", "", "environment", "", "rotation-only", "true"),
		inside("variables in place of inputs", "api-key", "", "environment", "", "FLEXY_API_KEY", theKey, "FLEXY_ENVIRONMENT", "production"),
		outside("the vendor's variable", "api-key", "", "ONECLICK_API_KEY", theKey),
		outside("a file of another setting", "FLEXY_POLICY_FILE", "keys.yml"),
		inside("no scheme", "base-url", "api.oneclickdz.com"), inside("no host", "base-url", "https://"),
	}
}

func policyMessages() []scenario {
	policy := func(title, text string) scenario { return scenario{title: title + " in a policy", policy: text} }
	const entry = "keys:\n  - name: a\n    env: FLEXY_A_KEY\n    type: any\n"
	return []scenario{
		policy("a duplicate name", entry+"  - name: a\n    env: FLEXY_A_KEY\n    type: any\n"),
		policy("three revoked keys", "keys:\n"+strings.Repeat("  - name: a\n    env: FLEXY_A_KEY\n    state: revoked\n", 3)),
		policy("neither name nor env", "keys:\n  - type: any\n"),
		policy("a pasted key", "keys:\n  - name: a\n    env: "+theKey+"\n    type: any\n"),
		{title: "a blank variable in a policy", policy: entry, given: pairs("FLEXY_A_KEY", "")},
		policy("a blank variable with another key pasted", "keys:\n  - name: a\n    env: FLEXY_A_KEYx\n    type: any\n"),
		policy("variables of the program itself", "keys:\n  - {name: a, env: FLEXY_API_KEY, type: any}\n  - {name: b, env: FLEXY_API_KEY_FILE, type: any}\n  - {name: c, env: FLEXY_FORMAT, type: any}\n"),
		policy("a variable for a file", "keys:\n  - {name: a, env: FLEXY_A_KEY_FILE, type: any}\n"),
		{title: "an entry that is not there", policy: entry, given: pairs("only", "b, checkout")},
		{title: "no entry", policy: entry, given: pairs("only", ",")},
		policy("a blank field whose check is required", entry+"    require: [account, rotation]\n"),
		{title: "a reminder longer than the age in a policy", policy: entry + "    max-age-days: 10\n", given: pairs("remind-days", "20")},
		policy("settings of the run", entry+"    timeout: 5s\n    api-key: x\n"),
		policy("a character that is not shown", entry+"    # \u2028account: 1\n"),
		policy("a line that is not indented", entry+"    account: \"a\n  b\"\n"), policy("a directive", "%TAG ! x\n---\n"+entry), policy("a field's name that is a list", entry+"    ? []\n    : x\n"),
		policy("a type of key as environment", "keys:\n  - {name: a, env: FLEXY_A_KEY, environment: sandbox}\n"),
		policy("no type", "keys:\n  - name: a\n    env: FLEXY_A_KEY\n"),
		policy("invalid YAML", "keys: [\n"), policy("not a mapping", "- a\n"), policy("no keys", "keys: []\n"), policy("no field keys", "{}\n"),
		policy("too many keys", "keys:\n"+strings.Repeat("  - name: a\n", 301)),
		policy("an entry that is not a mapping", "keys:\n  - a\n"),
		policy("a duplicate field", entry+"    type: any\n"),
		policy("unknown fields", entry+"    scop: READ-ONLY\n    colour: red\n"),
		policy("no value", entry+"    scope:\n"), policy("several values", entry+"    scope: [READ-ONLY]\n"),
		policy("an empty list", entry+"    allowed-ips: []\n"), policy("a blank item", entry+"    allowed-ips: ['']\n"),
		policy("invalid UTF-8", "keys: \xff\n"),
		policy("an anchor", "keys: &a []\n"), policy("a tag", "keys: !!seq []\n"),
		policy("a tab", "keys:\n\t- a\n"), policy("a second document", entry+"---\na: b\n"),
		policy("deep nesting", "keys: "+strings.Repeat("[", 20)+strings.Repeat("]", 20)+"\n"),
		policy("a large file", strings.Repeat("# a\n", 70_000)),
		{title: "a directory as policy", given: pairs("api-key", "", "policy", ".")},
		{title: "a policy below a file", given: pairs("api-key", "", "policy", "/dev/null/keys.yml")},
	}
}

func machineMessages() []scenario {
	elsewhere := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusFound) }
	noProxy := func(*http.Request) (*url.URL, error) { return nil, fmt.Errorf("no proxy") }
	return []scenario{
		{title: "outputs that cannot be written", given: pairs("GITHUB_OUTPUT", "", "GITHUB_STEP_SUMMARY", "/dev/full")},
		{title: "outputs that no runner reads", given: pairs("GITHUB_OUTPUT", "/tmp/none/output", "GITHUB_STEP_SUMMARY", "/dev/full")},
		{title: "a fault and debugging", given: pairs("RUNNER_DEBUG", "1"), api: always(emulator.Status(503))},
		{title: "no connection and debugging", given: pairs("RUNNER_DEBUG", "1", "base-url", "https://127.0.0.1:1"), proxy: noProxy},
		{title: "more than ten mistakes", policy: manyWarnings()},
		manyReasons(),
		{title: "a redirect, outside Actions", api: always(emulator.Func(elsewhere)), outside: true},
		{title: "a refused address and an overdue key", given: pairs("rotated-on", "2026-01-01", "warn-on", "none"), api: refused(notAllowed)},
	}
}

// manyReasons has keys that are unavailable for different reasons.
func manyReasons() scenario {
	l := scenario{title: "many keys without an answer, for different reasons", given: map[string]string{}, policy: "keys:\n"}
	for i := range 12 {
		variable := fmt.Sprintf("FLEXY_KEY_%d", i)
		l.given[variable] = numbered(i)
		l.policy += fmt.Sprintf("  - {name: key %d, env: %s, type: any}\n", i, variable)
	}
	var sends atomic.Int32
	l.api = func(api *emulator.API) {
		api.Always(emulator.Func(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound + int(sends.Add(1)-1)%2)
		}))
	}
	return l
}

// manyWarnings returns a policy file with more mistakes than the runner shows.
func manyWarnings() string {
	return "keys:\n" + strings.Repeat("  - name: a\n", 12)
}

var (
	messageLine = regexp.MustCompile(`(?m)^(?:flexy-key-check: )?(?:error|warning): (.+)\n(.*)`)
	finding     = regexp.MustCompile(`^[^:]+: (` + strings.Join(checks.IDs(), "|") + `): `)
	sayings     = regexp.MustCompile(`: (expected .+ found|cannot|rotate the key|\d+ days? (left|overdue):) .+[^.]$`)
	phrase      = regexp.MustCompile(`[^.]$`)
	advices     = regexp.MustCompile(`^(?:flexy-key-check: )?hint: [^A-Z].*[^.]$`)
	foreign     = regexp.MustCompile(`(?i)%!|panic|nil|goroutine|\b(x509|dial|lookup|tls|net/http|json|yaml): |0x[0-9a-f]{4}|EOF|context deadline|\.go:`)
)

// judge asserts the form of messages: a finding says what was expected and what was
// found, and each message has a hint on a line of its own. None quotes a Go error.
func judge(t *testing.T, said string) {
	t.Helper()
	for _, m := range messageLine.FindAllStringSubmatch(said, -1) {
		if message, hint := m[1], m[2]; !phrase.MatchString(message) || finding.MatchString(message) && !sayings.MatchString(message) || !advices.MatchString(hint) || foreign.MatchString(message+hint) {
			t.Errorf("a message without its form, or without a hint:\n%s\n%s", message, hint)
		}
	}
}

// TestMessages compares the program's messages with messages.txt, which people read.
// The flag -update writes it.
func TestMessages(t *testing.T) {
	t.Parallel()
	all, listed := messages(), listedMessages(t)
	var titles []string
	for _, l := range all {
		titles = append(titles, l.title)
	}
	if diff := cmp.Diff(listed.titles, titles); diff != "" && !*update {
		t.Errorf("titles (-listed +made):\n%s", diff)
	}
	said := make([]string, len(all))
	for i, l := range all {
		said[i] = listed.said[l.title] // unless it runs
	}
	t.Cleanup(func() { writeMessages(t, titles, said) }) // once all have run
	for i, l := range all {
		t.Run(l.title, func(t *testing.T) {
			t.Parallel()
			said[i] = l.says(t)
			judge(t, said[i])
			if diff := cmp.Diff(strings.Split(listed.said[l.title], "\n"), strings.Split(said[i], "\n")); diff != "" && !*update {
				t.Errorf("(-listed +said):\n%s", diff)
			}
		})
	}
}

// A list is the content of messages.txt.
type list struct {
	titles []string
	said   map[string]string // by title
}

func listedMessages(t *testing.T) list {
	t.Helper()
	text, err := os.ReadFile(messagesFile)
	testkit.NoError(t, err)
	l := list{said: map[string]string{}}
	for section := range strings.SplitSeq("\n"+strings.TrimSuffix(string(text), "\n"), "\n# ") {
		title, said, ok := strings.Cut(section, "\n\n")
		if ok {
			l.titles = append(l.titles, title)
			l.said[title] = said
		}
	}
	return l
}

// writeMessages writes messages.txt with -update.
func writeMessages(t *testing.T, titles, said []string) {
	t.Helper()
	if !*update {
		return
	}
	var list strings.Builder
	for i, title := range titles {
		fmt.Fprintf(&list, "# %s\n\n%s\n", title, said[i])
	}
	testkit.NoError(t, os.WriteFile(messagesFile, []byte(list.String()), 0o644))
}
