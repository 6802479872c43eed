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

// absolute returns the environment with an absolute path of the policy file, which
// is the same in an action and outside.
func (g given) absolute() given {
	return g.with(given{"policy": filepath.Join(g["GITHUB_WORKSPACE"], g["policy"])})
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
	{"no keys", "other: x\nan-other-of-letters-alone: x\n", nil, []string{"1:1: other: unknown field", "1:1: keys: required", "2:1: unknown field"}},
	{"misspelled keys", "key: [{name: a, env: FLEXY_A_KEY, type: any}]\n", nil, []string{"1:1: key: unknown field"}},
	{"empty keys", "keys: []\n", nil, []string{"1:1: keys: must be a list with at least one key"}},
	{"most keys", manyEntries(300, "type: any"), nil, nil},
	{"too many keys", manyEntries(301, "type: any"), nil, []string{"1:1: keys: 301 keys, but at most 300 are supported"}},
	{"largest file", entries("#" + strings.Repeat("x", 256<<10-1-len(entries("")))), nil, nil},
	{"larger file", entries("#" + strings.Repeat("x", 256<<10-len(entries("")))), nil, []string{"1:1: the file is larger than 256 KiB"}},
	{"quote that is not closed", entries("    account: \"x\n    state: enabled\n\n\n"), nil, []string{"5:14: invalid YAML"}},
	{"bracket that is not closed", entries("    warn-on: [type,\n    state: enabled\n\n\n"), nil, []string{"5:14: invalid YAML"}},
	{"quote over two lines", entries("    account: \"x\n\n     y\"\n"), nil, nil},
	{"line of a quote that is not indented", entries("    account: \"x\n\n    y\"\n"), nil, []string{"7:5: a line of a value that is not indented"}},
	{"line of a quote that looks like a comment", entries("    account: \"x\n# y\"\n"), nil, []string{"6:1: a line of a value that is not indented"}},
	{"line of a name that is not indented", entries("    ? 'x\n  y'\n"), nil, []string{"6:3: a line of a value that is not indented"}},
	{"brackets as many write them", entries("    warn-on: [\n      # 'all of\n      type, 'scope',\n# these\n    ]\n"), nil, nil},
	{"the same behind a quote", entries("    \"warn-on\": [\n      type,\n# these\n    ]\n"), nil, nil},
	{"brackets that are not indented", entries("    warn-on: [\n    type]\n"), nil, []string{"6:5: a line of a value that is not indented"}},
	{"last bracket too far out", entries("    warn-on: [ type\n   ]\n"), nil, []string{"6:4: a line of a value that is not indented"}},
	{"JSON over many lines", "{\"keys\": [\n{\"name\":\"a\",\n\"env\":\"FLEXY_A_KEY\",\"type\":'any'\n}\n]\n}", nil, nil},
	{"alias without an anchor", entries("    account: *x\n"), nil, []string{"5:14: anchors, aliases and merges are not supported"}},
	{"alias in brackets", entries("    account: &x 1\n    warn-on: [*x,\n      type]\n    scope: READ-ONLY\n"), nil, []string{
		"5:14: anchors, aliases and merges are not supported", "6:15: anchors, aliases and merges are not supported"}},
	{"tags without a name", "! keys:\n- name: ! a\n  env: FLEXY_A_KEY\n  type: any\n  account: ! ~\n", nil, []string{
		"1:1: tags are not supported", "2:9: tags are not supported", "5:12: tags are not supported"}},
	{"tag of the root", "!\n" + entries(""), nil, []string{"1:1: tags are not supported"}},
	{"tag of a list", "keys: !\n- {name: a, env: FLEXY_A_KEY, type: any}\n- ! {name: b, env: FLEXY_B_KEY, type: any}", nil, []string{
		"1:7: tags are not supported", "3:3: tags are not supported"}},
	{"tag after an anchor", entries("    account: &x ! 1\n"), nil, []string{"5:14: anchors, aliases and merges are not supported"}},
	{"tag of nothing", entries("    account: !\n"), nil, []string{"5:14: tags are not supported"}},
	{"YAML 1.1", "%YAML 1.1 # old\n---\n" + entries(""), nil, nil},
	{"YAML 1.2", "\ufeff# mine\r\n\n%YAML\t1.2\r\n---\n" + entries("    scope: x\n"), nil, []string{"9:12: scope: must be READ-WRITE or READ-ONLY, not \"x\""}},
	{"YAML 1.2 without ---", "%YAML 1.2\n" + entries(""), nil, []string{"2:5: invalid YAML"}},
	{"YAML 1.2 twice", "%YAML 1.2\n%YAML 1.2\n---\n" + entries(""), nil, []string{"2:1: invalid YAML"}},
	{"YAML of the future", "%YAML 1.3\n---\n" + entries(""), nil, []string{"1:1: only the directives %YAML 1.1 and %YAML 1.2 are supported"}},
	{"other directives", "%YAML 1.2\n%TAG ! tag:x,2026:\n#\n%FOO\n---\n" + entries(""), nil, []string{
		"2:1: only the directives %YAML 1.1 and %YAML 1.2 are supported", "4:1: only the directives %YAML 1.1 and %YAML 1.2 are supported"}},
	{"text like a directive", entries("    account: |\n      a\n      %TAG\n"), nil, nil},
	{"invalid UTF-8", "keys:\n- \xff", nil, []string{"2:1: invalid UTF-8"}},
	{"deepest", "keys: " + strings.Repeat("[", 7) + strings.Repeat("]", 7), nil, []string{"1:8: must be an entry with the fields of a key"}},
	{"too deep", "keys: " + strings.Repeat("[", 8) + strings.Repeat("]", 8), nil, []string{"1:14: nested more than 8 levels deep"}},
	{"item without words", entries("    allowed-ips:\n      - 1.2.3.4\n      - \",\"\n"), nil, []string{
		"7:9: allowed-ips: must be a list separated by commas, spaces or newlines" + hidden}},
	{"document after the end", entries("...\n# over\nkeys: []\n"), nil, []string{"7:1: a second document"}},
	{"second document not YAML", entries("---\n[\n"), nil, []string{"6:1: invalid YAML"}},
	{"a key in several fields", "keys: [{name: " + key + ", env: " + key + ", environment: " + key + "}, {name: b, env: FLEXY_A_KEY, type: any}]", nil, []string{
		"1:15: name: " + foundSecret, "1:53: env: " + foundSecret, "1:99: environment: " + foundSecret}},
	{"key", entries(""), given{"api-key": key}, []string{"api-key: cannot be combined with policy (not shown)"}},
	{"rotation only", entries(""), given{"rotation-only": "true"}, []string{"rotation-only: cannot be combined with policy"}},
	{"reminder longer than an entry's age", entries("    max-age-days: 20\n"), given{"remind-days": "20"}, []string{
		"5:19: max-age-days: must be more than remind-days, which is 20" + hidden}},
	{"own reminder longer than the age", entries("    remind-days: 30\n"), given{"max-age-days": "30"}, []string{
		"5:18: remind-days: must be less than max-age-days, which is 30" + hidden}},
	{"own reminder and age", entries("    remind-days: 30\n    max-age-days: 7\n"), nil, []string{
		"5:18: remind-days: must be less than max-age-days, which is 7" + hidden}},
	{"reminder longer than every entry's age", entries("") + "  - {name: b, env: FLEXY_B_KEY, type: any}\n", given{"remind-days": "90"}, []string{
		"remind-days: must be less than max-age-days, which is 90, not \"90\""}},
	{"reminder shorter than each age", entries("    max-age-days: 200\n"), given{"remind-days": "100"}, nil},
	{"a setting of the step", entries("    timeout: 5s\n    base_url: x\n    api-key: x\n    only: a\n"), nil, []string{
		"5:5: timeout: a setting of the whole run, not a field", "6:5: base-url: a setting of the whole run, not a field",
		"7:5: api-key: a setting of the whole run, not a field", "8:5: only: a setting of the whole run, not a field"}},
	{"fields that are no names", "? {}\n: x\n? []\n: y\n? [a, b]\n: z\nkeys: x\n", nil, []string{
		"1:3: a field's name must be plain text", "3:3: a field's name must be plain text", "5:3: a field's name must be plain text",
		"7:1: keys: must be a list with at least one key"}},
	{"reminder without a date", entries(""), given{"reminder-issue": "true"}, nil},
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
		"name: a, env: FLEXY_A_KEY, type: any, must_alow_ips: 1.2.3.4":               "1:47: must_alow_ips: unknown field; did you mean must-allow-ips?",
		"name: a, env: FLEXY_A_KEY, type: any, secret-nam: X, secret-environment: y": "1:47: secret-nam: unknown field; did you mean secret-name?",
	} {
		_, mistakes := judge(t, policyEnv(t, "keys: [{"+text+"}]", nil), true)
		testkit.Diff(t, []string{"flexy.yml:" + want}, hinted(mistakes))
	}
}

// The variable of an entry has a name that shows what it is for, and is none that the
// program itself reads, in either way to give it.
func TestPolicyVariables(t *testing.T) {
	t.Parallel()
	const noName = "must be the name of an environment variable that begins with FLEXY_, ONECLICK_ or ONECLICKDZ_" + hidden
	refused := [][2]string{{"FLEXY_FORMAT", "FLEXY_FORMAT is the format of the report"}, {"FLEXY_Api_Key", "FLEXY_Api_Key is the input api-key"}}
	for _, name := range []string{"FLEXY_", "ONECLICK_", "flexy_a_key", "FLEXY-A-KEY", "FLEXY_A=B", "XFLEXY_A", "PATH", "FLEXY_É", `FLEXY_A\nB`, "ONECLICKS_KEY"} {
		refused = append(refused, [2]string{name, noName})
	}
	for _, name := range []string{"FLEXY_A_KEY_FILE", "ONECLICK_KEY_file", "FLEXY__FILE"} {
		refused = append(refused, [2]string{name, "must not end in _FILE"})
	}
	for _, input := range config.Inputs() {
		refused = append(refused, [2]string{input.Variable(), input.Variable() + " is the input " + input.Name})
		if input.File {
			refused = append(refused, [2]string{input.Variable() + "_FILE", input.Variable() + "_FILE is the path of a file with the input " + input.Name})
		}
	}
	text := "keys:\n"
	var want []string
	for i, name := range refused {
		text += fmt.Sprintf("- {name: k%02d, env: \"%s\", type: any}\n", i, name[0])
		want = append(want, fmt.Sprintf("%d:20: env: %s", i+2, name[1]))
	}
	expectPolicyMistakes(t, text, nil, want...)
	testkit.Diff(t, []secret.Value(nil), read(nil, policyEnv(t, text, nil).as(true)).Secrets()) // none is read
	for _, name := range []string{"FLEXY_A", "FLEXY_API_KEY_2", "FLEXY_1", "FLEXY__", "FLEXY_lower", "FLEXY_FORMAT_", "FLEXY_SCOPE", "ONECLICK_API_KEY", "ONECLICKDZ_1"} {
		expectPolicyMistakes(t, "keys: [{name: a, env: "+name+", type: any}]", given{name: "some-key-or-other"})
	}
	// Outside an action it holds the key that the entry names: that is no other mistake.
	env := policyEnv(t, "keys: [{name: a, env: FLEXY_API_KEY, type: any}]", nil).absolute()
	_, mistakes := judge(t, env, false)
	testkit.Diff(t, []string{env["policy"] + ":1:23: env: FLEXY_API_KEY is the input api-key"}, texts(mistakes))
	for action, hint := range map[bool]string{
		true: "write FLEXY_B_KEY, and give it the key itself: an action reads no files with keys", false: "write FLEXY_B_KEY: _FILE is appended to it",
	} {
		_, mistakes := judge(t, policyEnv(t, "keys: [{name: a, env: FLEXY_B_KEY_FILE, type: any}]", nil).absolute(), action)
		if len(mistakes) != 1 || mistakes[0].Hint != hint {
			t.Errorf("%q, want the hint %q", hinted(mistakes), hint)
		}
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
	if len(got) != 4 || got[0] != "2:20: env: FLEXY_NO_KEY, the key of a, is blank: GitHub gives no secrets to a pull request from a fork" {
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
