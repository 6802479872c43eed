package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/test/testkit"
)

// policies is the directory of the policy files that the README also shows.
const policies = "../../../testdata/policy"

// policyFiles reads the good policy files or the bad ones, by name.
func policyFiles(t testing.TB, pattern string) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(policies, pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no file matches %s (%v)", pattern, err)
	}
	files := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		testkit.NoError(t, err)
		files[filepath.Base(path)] = string(text)
	}
	return files
}

var keyVariable = regexp.MustCompile(`FLEXY_[A-Z0-9_]+_KEY`)

// policyEnv is an action's environment with a policy file, and with a key in
// each variable that it names FLEXY_…_KEY, except FLEXY_NO_KEY.
func policyEnv(t *testing.T, text string, step given) given {
	t.Helper()
	env := given{"policy": "flexy.yml", "GITHUB_WORKSPACE": filepath.Dir(file(t, "flexy.yml", text))}
	for _, name := range keyVariable.FindAllString(text, -1) {
		env[name] = "some-" + strings.ToLower(name)
	}
	return env.with(given{"FLEXY_A_KEY": key, "FLEXY_NO_KEY": " "}).with(step)
}

// setPolicy replaces the policy file of policyEnv.
func setPolicy(t *testing.T, env given, text string) {
	t.Helper()
	testkit.NoError(t, os.WriteFile(filepath.Join(env["GITHUB_WORKSPACE"], "flexy.yml"), []byte(text), 0o600))
}

// judgePolicy judges a policy file and returns its mistakes, without the file's
// name.
func judgePolicy(t *testing.T, text string, step given) (config.Config, []string) {
	t.Helper()
	c, mistakes := judge(t, policyEnv(t, text, step), true)
	var got []string
	for _, m := range mistakes {
		if m.Place.File != "" && (m.Place.File != "flexy.yml" || m.Place.Line < 1 || m.Place.Column < 1) {
			t.Errorf("no place: %+v", m)
		}
		got = append(got, strings.TrimPrefix(m.String(), "flexy.yml:"))
	}
	return c, got
}

func expectPolicyMistakes(t *testing.T, text string, step given, want ...string) {
	t.Helper()
	_, got := judgePolicy(t, text, step)
	testkit.Diff(t, want, got)
}

// entries is a policy file of one entry, with more fields or entries.
func entries(more string) string {
	return "keys:\n  - name: a\n    env: FLEXY_A_KEY\n    type: any\n" + more
}

// manyEntries is a policy file of n entries with these fields.
func manyEntries(n int, fields string) string {
	text := "keys:\n"
	for i := range n {
		text += fmt.Sprintf("  - {name: k%d, env: FLEXY_K%d_KEY, %s}\n", i, i, fields)
	}
	return text
}

// The files that the documents show are good, whatever surrounds them.
func TestPolicyGoodFiles(t *testing.T) {
	t.Parallel()
	for name, text := range policyFiles(t, "*.yml") {
		for how, variant := range map[string]string{
			"as is":                      text,
			"byte order mark":            "\ufeff" + text,
			"CRLF":                       strings.ReplaceAll(text, "\n", "\r\n"),
			"start and end":              "# mine\n\n--- # mine\n" + text + "\n...\n# bye\n",
			"no newline at the end":      strings.TrimRight(text, "\n"),
			"trailing blanks":            strings.ReplaceAll(text, "\n", "  \n"),
			"100 blank lines at the end": text + strings.Repeat("\n", 100),
		} {
			t.Run(name+", "+how, func(t *testing.T) {
				t.Parallel()
				c, mistakes := judgePolicy(t, variant, given{"secrets-token": token})
				if len(mistakes) > 0 || len(c.Entries) == 0 || !c.Policy {
					t.Errorf("%d keys, mistakes %q", len(c.Entries), mistakes)
				}
			})
		}
	}
}

// A bad file lists its mistakes in comments at its end, in order: "#!
// line:column: field: message".
func TestPolicyBadFiles(t *testing.T) {
	t.Parallel()
	for name, text := range policyFiles(t, "bad/*.yml") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var want []string
			for line := range strings.Lines(text) {
				if m, ok := strings.CutPrefix(line, "#! "); ok {
					want = append(want, strings.ReplaceAll(strings.TrimSpace(m), "{checks}", strings.Join(testkit.Names("checks"), ", ")))
				}
			}
			_, got := judgePolicy(t, text, nil)
			testkit.Diff(t, want, got)
			if secret.NewTraces(secret.New("sk_live_51H8xQeWZnP")).In(strings.Join(got, "\n")) {
				t.Error("the mistakes show the key that was pasted")
			}
		})
	}
}

// policyMistakes are those that the files in testdata/policy/bad do not have.
var policyMistakes = []struct {
	name, text string
	step       given
	want       []string
}{
	{"empty", "", nil, []string{"1:1: must be a mapping with the field keys"}},
	{"no keys", "other: x\n", nil, []string{"1:1: other: unknown field", "1:1: keys: required"}},
	{"empty keys", "keys: []\n", nil, []string{"1:1: keys: must be a list with at least one key"}},
	{"most keys", manyEntries(300, "type: any"), nil, nil},
	{"too many keys", manyEntries(301, "type: any"), nil, []string{"1:1: keys: 301 keys, but at most 300 are supported"}},
	{"largest file", entries("#" + strings.Repeat("x", 256<<10-1-len(entries("")))), nil, nil},
	{"larger file", entries("#" + strings.Repeat("x", 256<<10-len(entries("")))), nil, []string{"1:1: the file is larger than 256 KiB"}},
	{"invalid UTF-8", "keys:\n- \xff", nil, []string{"2:1: invalid UTF-8"}},
	{"deepest", "keys: " + strings.Repeat("[", 7) + strings.Repeat("]", 7), nil, []string{"1:8: must be an entry with the fields of a key"}},
	{"too deep", "keys: " + strings.Repeat("[", 8) + strings.Repeat("]", 8), nil, []string{"1:14: nested more than 8 levels deep"}},
	{"item without words", entries("    allowed-ips:\n      - 1.2.3.4\n      - \",\"\n"), nil, []string{
		"7:9: allowed-ips: must be a list separated by commas, spaces or newlines" + hidden}},
	{"document after the end", entries("...\n# over\nkeys: []\n"), nil, []string{"7:1: a second document"}},
	{"second document not YAML", entries("---\n[\n"), nil, []string{"7:1: invalid YAML"}},
	{"a key in several fields", "keys: [{name: " + key + ", env: " + key + ", environment: " + key + "}, {name: b, env: FLEXY_A_KEY, type: any}]", nil, []string{
		"1:15: name: " + foundSecret, "1:53: env: " + foundSecret, "1:99: environment: " + foundSecret}},
	{"key", entries(""), given{"api-key": key}, []string{"api-key: cannot be combined with policy (not shown)"}},
	{"rotation only", entries(""), given{"rotation-only": "true"}, []string{"rotation-only: cannot be combined with policy"}},
	{"reminder without a date", entries(""), given{"reminder-issue": "true"}, []string{"reminder-issue: needs rotated-on or secret-name"}},
	{"reminder with one date", entries("  - {name: b, env: FLEXY_B_KEY, type: any, rotated-on: 2026-09-01}\n"), given{"reminder-issue": "true"}, nil},
	// Nothing more is reported about a file that could not be read.
	{"reminder without entries", "keys: []", given{"reminder-issue": "true"}, []string{"1:1: keys: must be a list with at least one key"}},
}

func TestPolicyMistakes(t *testing.T) {
	t.Parallel()
	for _, tc := range policyMistakes {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			expectPolicyMistakes(t, tc.text, tc.step, tc.want...)
		})
	}
}

// A misspelled field is one mistake: a missing field is not another.
func TestPolicyMisspelledFields(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"name: a, env: FLEXY_A_KEY, tpye: any":                                       "1:36: tpye: unknown field; did you mean type?",
		"nmae: a, env: FLEXY_A_KEY, type: any":                                       "1:9: nmae: unknown field; did you mean name?",
		"key-name: a, env: FLEXY_A_KEY, type: any":                                   "1:9: key-name: unknown field; did you mean name?",
		"name: a, env: FLEXY_A_KEY, type: any, max-age-day: 5":                       "1:47: max-age-day: unknown field; did you mean max-age-days?",
		"name: a, evn: FLEXY_A_KEY, type: any":                                       "1:18: evn: unknown field; did you mean env?",
		"name: a, env: FLEXY_A_KEY, type: any, must_allow_ips: 1.2.3.4":              "1:47: must_allow_ips: unknown field; did you mean must-allow-ips?",
		"name: a, env: FLEXY_A_KEY, type: any, secret-nam: X, secret-environment: y": "1:47: secret-nam: unknown field; did you mean secret-name?",
	} {
		_, mistakes := judge(t, policyEnv(t, "keys: [{"+text+"}]", nil), true)
		testkit.Diff(t, []string{"flexy.yml:" + want}, hinted(mistakes))
	}
}

// The variable of an entry is not a setting, in either way to give it.
func TestPolicyVariables(t *testing.T) {
	t.Parallel()
	refused := []string{"FLEXY_", "flexy_a_key", "FLEXY-A-KEY", "FLEXY_A=B", "XFLEXY_A", "PATH", "FLEXY_É", `FLEXY_A\nB`, "FLEXY_FORMAT", "FLEXY_API_KEY_FILE"}
	for _, input := range config.Inputs() {
		refused = append(refused, input.Variable())
	}
	text := "keys:\n"
	var want []string
	for i, name := range refused {
		text += fmt.Sprintf("- {name: k%02d, env: \"%s\", type: any}\n", i, name)
		want = append(want, fmt.Sprintf("%d:20: env: must be the name of an environment variable that begins with FLEXY_ and is not a setting%s", i+2, hidden))
	}
	expectPolicyMistakes(t, text, nil, want...)
	for _, name := range []string{"FLEXY_A", "FLEXY_API_KEY_2", "FLEXY_1", "FLEXY__", "FLEXY_lower", "FLEXY_FORMAT_", "FLEXY_SCOPE"} {
		expectPolicyMistakes(t, "keys: [{name: a, env: "+name+", type: any}]", given{name: "some-key-or-other"})
	}
}

// A blank key is skipped only where the step's inputs and the event allow it;
// mistakes in its entry are reported.
func TestPolicyMissingKeys(t *testing.T) {
	t.Parallel()
	step := given{"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": file(t, "event.json", payload(fork, shop)), "on-missing-key": "skip"}
	text := "keys:\n  - {name: a, env: FLEXY_NO_KEY, secret-name: X}\n  - {name: b, env: FLEXY_NO_KEY, state: revoked}\n  - {name: c, env: FLEXY_C_KEY, type: any}\n"
	c, got := judgePolicy(t, text, step)
	if len(got) != 0 || len(c.Entries) != 3 || !c.Entries[0].Skipped || !c.Entries[1].Skipped || c.Entries[2].Skipped {
		t.Errorf("%+v, %q", c.Entries, got)
	}
	expectPolicyMistakes(t, strings.Replace(text, "revoked", "gone", 1), step, `3:41: state: must be enabled, disabled or revoked, not "gone"`)
	_, got = judgePolicy(t, text, step.with(given{"on-missing-key": ""}))
	if len(got) != 4 || got[0] != "2:20: env: the key is blank: GitHub gives no secrets to a pull request from a fork" {
		t.Errorf("skipped without being asked to: %q", got)
	}
}

// Many mistakes do not take long.
func TestManyMistakesAreFast(t *testing.T) {
	t.Parallel()
	began := time.Now()
	_, got := judgePolicy(t, manyEntries(300, "type: x, scope: y, max-age-days: z, state: w"), given{"expect-scope": "READ"})
	if took := time.Since(began); took > 5*time.Second || len(got) != 4*300+1 {
		t.Errorf("%d mistakes took %v", len(got), took)
	}
}

// No mistake shows a key that was pasted anywhere, whether or not the program
// knows that it is one.
func TestPolicyShowsNoKey(t *testing.T) {
	t.Parallel()
	const text = "keys:\n  - name: checkout\n    env: FLEXY_CHECKOUT_KEY\n    type: any\n    must-allow-ips:\n      - 203.0.113.45\n"
	lines := strings.Split(text, "\n")
	const pasted = "sk_live_51H8xQeWZnP"
	for _, known := range []string{pasted, "another-key"} {
		env := policyEnv(t, "", given{"FLEXY_CHECKOUT_KEY": known})
		for i, line := range lines {
			for _, mangled := range mangle(line, pasted) {
				expectNotShown(t, env, strings.Join(slices.Concat(lines[:i], []string{mangled}, lines[i+1:]), "\n"), pasted)
			}
		}
	}
	// A key of lower-case letters could be the name of a field, except that it is known.
	for _, pasted := range []string{"lower-case_letters", "scope-scope-scope"} {
		env := policyEnv(t, "", given{"FLEXY_CHECKOUT_KEY": pasted})
		for _, field := range []string{pasted, "a-" + pasted, "'" + pasted + "'"} {
			expectNotShown(t, env, text+"  - name: other\n    "+field+": x\n    "+field+": x\n", pasted)
		}
	}
}

func expectNotShown(t *testing.T, env given, text, pasted string) {
	t.Helper()
	setPolicy(t, env, text)
	_, mistakes := read(nil, env.as(true)).Config(now)
	for _, m := range mistakes {
		if strings.Contains(strings.Join([]string{m.String(), m.Hint, m.Place.Name}, " "), pasted) {
			t.Errorf("%q: %+v", text, m)
		}
	}
}

// mangle returns a line of YAML with a text pasted into it in many ways.
func mangle(line, pasted string) []string {
	field, value, _ := strings.Cut(line, ": ")
	indent := line[:len(line)-len(strings.TrimLeft(line, " -"))]
	blank := strings.ReplaceAll(indent, "-", " ")
	var out []string
	for _, v := range []string{"", "'", `"`, "&", "*", "!", "[", "{", "|\n", "- ", "? ", "%", "@", "<<: "} {
		out = append(out, field+": "+v+pasted, line+"\n"+blank+v+pasted)
	}
	return append(out,
		indent+pasted+": "+value, indent+pasted, field+": "+pasted+": "+value, field+" "+pasted, line+pasted, pasted+line, line+"\n"+pasted,
		indent+pasted+": x\n"+blank+pasted+": y", line+"\n"+blank+"'"+pasted+"': x\n"+blank+pasted+": y", pasted+": x\n"+pasted+": y\n"+line,
		field+": ["+pasted+", "+pasted+"]", field+": {"+pasted+": x, "+pasted+": y}", line+"\n---\n"+pasted,
	)
}
