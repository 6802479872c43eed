package config_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/testkit"
)

// Each check is told where its expectation stands: an annotation points there.
func TestPolicyPlaces(t *testing.T) {
	t.Parallel()
	c, mistakes := judgePolicy(t, policyFiles(t, "every-field.yml")["every-field.yml"], given{"secrets-token": token, "expect-scope": "READ-WRITE"})
	if len(mistakes) > 0 || len(c.Entries) != 3 {
		t.Fatalf("%d entries, mistakes %q", len(c.Entries), mistakes)
	}
	want := []map[string]mistake.Place{{
		"": at("env", 4, 10), "distinct": at("env", 4, 10), "state": at("state", 8, 12), "type": at("type", 6, 11), "scope": at("scope", 7, 12), "account": at("account", 9, 14),
		"allowed-ips": at("allowed-ips", 10, 18), "must-allow-ips": at("must-allow-ips", 12, 7), "fingerprint": at("fingerprint", 14, 18), "balance": at("min-balance", 20, 18), "rotation": at("secret-name", 15, 18),
	}, {
		"": at("env", 22, 10), "distinct": at("env", 22, 10), "type": at("environment", 23, 18), "account": at("account", 24, 14),
		"allowed-ips": at("allowed-ips", 25, 18), "must-allow-ips": at("must-allow-ips", 26, 21), "fingerprint": at("fingerprint", 27, 18), "balance": at("min-balance", 30, 18), "rotation": at("rotated-on", 28, 17),
	}, {
		"": at("env", 32, 10), "distinct": at("env", 32, 10), "state": at("state", 33, 12),
	}}
	names := []mistake.Place{at("name", 3, 11), at("name", 21, 11), at("name", 31, 11)} // of what the entry does not give
	for i, k := range c.Entries {
		for _, id := range testkit.Names("checks") {
			if want[i][id] == (mistake.Place{}) {
				want[i][id] = names[i]
			}
		}
		testkit.Diff(t, want[i], k.Places)
	}
}

func at(field string, line, column int) mistake.Place {
	return mistake.Place{Name: field, File: "flexy.yml", Line: line, Column: column}
}

// A path is relative to the workspace in an action, else to the working
// directory.
func TestPolicyPath(t *testing.T) {
	t.Parallel()
	workspace := filepath.Dir(file(t, "keys.yml", entries("")))
	testkit.NoError(t, os.Mkdir(filepath.Join(workspace, "sub dir"), 0o700))
	for _, name := range []string{"sub dir/keys.yml", "unreadable.yml"} {
		testkit.NoError(t, os.WriteFile(filepath.Join(workspace, name), []byte(entries("")), 0o600))
	}
	testkit.NoError(t, os.Symlink("keys.yml", filepath.Join(workspace, "link.yml")))
	testkit.NoError(t, os.Chmod(filepath.Join(workspace, "unreadable.yml"), 0))
	testkit.NoError(t, syscall.Mkfifo(filepath.Join(workspace, "pipe.yml"), 0o600))
	const bad = "policy: "
	for path, want := range map[string]string{
		"keys.yml": "", "./keys.yml": "", "sub dir/keys.yml": "", "sub dir/../keys.yml": "", "link.yml": "", " keys.yml\n": "", filepath.Join(workspace, "keys.yml"): "",
		"Keys.yml": bad + "no such file", "keys.yml/x": bad + "cannot read the file", "sub dir": bad + "not a regular file", "pipe.yml": bad + "not a regular file",
		"/dev/null": bad + "not a regular file", "keys\x00.yml": bad + "cannot read the file", strings.Repeat("x", 300): bad + "cannot read the file",
		"unreadable.yml": bad + "permission denied",
	} {
		if path == "unreadable.yml" && os.Getuid() == 0 {
			continue // to root nothing is
		}
		_, mistakes := judge(t, given{"policy": path, "GITHUB_WORKSPACE": workspace, "FLEXY_A_KEY": key}, true)
		if got := strings.Join(texts(mistakes), "\n"); got != want {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
	for path, want := range map[string]int{"keys.yml": 1, filepath.Join(workspace, "keys.yml"): 0, policies + "/one-line.yml": 0} {
		_, mistakes := judge(t, given{"policy": path, "GITHUB_WORKSPACE": workspace, "FLEXY_A_KEY": key, "FLEXY_CHECKOUT_KEY": key}, false)
		if len(mistakes) != want {
			t.Errorf("outside, %s: %q", path, texts(mistakes))
		}
	}
}

func texts(mistakes []mistake.Mistake) []string {
	var out []string
	for _, m := range mistakes {
		out = append(out, m.String())
	}
	return out
}

// An unreadable file is one mistake, whatever else depends on its keys.
func TestPolicyNothingRead(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "keys: [", "keys: []", "&a"} {
		if _, got := judgePolicy(t, text, given{"reminder-issue": "true"}); len(got) != 1 {
			t.Errorf("%q: %q", text, got)
		}
	}
	_, got := judgePolicy(t, entries(""), given{"reminder-issue": "true"})
	testkit.Diff(t, []string{"reminder-issue: needs rotated-on or secret-name"}, got)
	if _, got := judgePolicy(t, entries("  - {name: b, env: FLEXY_B_KEY, type: any, rotated-on: 2026-09-01}\n"), given{"reminder-issue": "true"}); len(got) != 0 {
		t.Errorf("with one date: %q", got)
	}
}

// The variable of an entry is none of the program's own, in any spelling that
// it reads.
func TestPolicyVariables(t *testing.T) {
	t.Parallel()
	refused := []string{"FLEXY_", "flexy_a_key", "FLEXY-A-KEY", "FLEXY_A KEY", "FLEXY_A=B", "XFLEXY_A", "PATH", "FLEXY_É", "FLEXY_A\nB", "FLEXY_FORMAT"}
	for _, input := range config.Inputs() {
		refused = append(refused, input.Variable())
	}
	for _, name := range refused {
		_, got := judgePolicy(t, "keys: [{name: a, env: \""+strings.ReplaceAll(name, "\n", `\n`)+"\", type: any}]", given{name: "some-key-or-other"})
		if len(got) != 1 || !strings.Contains(got[0], "must be the name of an environment variable that begins with FLEXY_ and is not a setting") {
			t.Errorf("%s: %q", name, got)
		}
	}
	for _, name := range []string{"FLEXY_A", "FLEXY_API_KEY_2", "FLEXY_1", "FLEXY__", "FLEXY_lower", "FLEXY_FORMAT_", "FLEXY_SCOPE"} {
		if _, got := judgePolicy(t, "keys: [{name: a, env: "+name+", type: any}]", given{name: "some-key-or-other"}); len(got) != 0 {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// A blank variable is passed over only where the step's inputs and the event
// say so; what is wrong with the entry is not.
func TestPolicyMissingKeys(t *testing.T) {
	t.Parallel()
	event := file(t, "event.json", `{"pull_request":{"head":{"repo":{"full_name":"mallory/shop"}},"base":{"repo":{"full_name":"octo/shop"}}}}`)
	fork := given{"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": event, "on-missing-key": "skip"}
	text := "keys:\n  - {name: a, env: FLEXY_BLANK_KEY, secret-name: X}\n  - {name: b, env: FLEXY_NO_KEY, state: revoked}\n  - {name: c, env: FLEXY_C_KEY, type: any}\n"
	c, got := judgePolicy(t, text, fork)
	if len(got) != 0 || len(c.Entries) != 3 || !c.Entries[0].Skipped || !c.Entries[1].Skipped || c.Entries[2].Skipped {
		t.Errorf("%+v, %q", c.Entries, got)
	}
	_, got = judgePolicy(t, strings.Replace(text, "revoked", "gone", 1)+"  - {name: d, env: HOME}\n", fork)
	want := []string{
		"3:41: state: must be enabled, disabled or revoked, not \"gone\"",
		"5:20: env: must be the name of an environment variable that begins with FLEXY_ and is not a setting (the value is not shown)",
		"5:20: environment or type is required",
	}
	testkit.Diff(t, want, got)
	delete(fork, "on-missing-key")
	_, got = judgePolicy(t, text, fork)
	if len(got) != 4 || !strings.HasPrefix(got[0], "2:20: env: the key is blank: GitHub gives no secrets to a pull request from a fork") {
		t.Errorf("not to be passed over: %q", got)
	}
}

// Files that a parser without limits takes minutes for, or for ever.
func TestPolicyHostileFiles(t *testing.T) {
	t.Parallel()
	full := func(head, unit string) string { return head + strings.Repeat(unit, (256<<10-len(head))/len(unit)) }
	const deep, invalid, noMapping, noKeys, twice = "nested more than 8 levels deep", "invalid YAML", "must be a mapping", "required", "given twice"
	for name, tt := range map[string]struct{ text, found string }{
		"brackets":               {full("", "["), deep},
		"braces":                 {full("", "{a: "), deep},
		"closed, then open":      {strings.Repeat("]", 128<<10) + strings.Repeat("[", 128<<10), invalid},
		"dashes":                 {full("", "- "), deep},
		"columns":                {full("", "a: b: c: d: e: f: g: h: i: "), invalid},
		"dashes on lines":        {full("", "-\n"), noMapping},
		"entries":                {full("keys:\n", "  - x\n"), "43689 keys, but at most 300"},
		"items":                  {full("keys: [", "a,"), invalid},
		"fields":                 {full("keys:\n  - name: a\n", "    a: b\n"), twice},
		"20,000 fields":          {full("", "abcdef: x\n")[:200_000], twice},
		"fields, just not many":  {full("", "abcdef: x\n")[:59_000], twice},
		"anchors":                {full("", "&a "), invalid},
		"aliases":                {full("keys: [", "*a, "), invalid},
		"tags":                   {full("", "! "), invalid},
		"documents":              {full("", "---\n"), noMapping},
		"blank lines in a block": {full("a: |\n", "\n"), noKeys},
		"with blanks":            {full("a: >\n  x\n", " \n"), noKeys},
		"with CR":                {full("a: |\r  x\r", "\r"), noKeys},
		"often":                  {full("", "- |\n  x\n"+strings.Repeat("\n", 99)), noMapping},
		"long block":             {"a: |\n  " + strings.Repeat("x", 255<<10) + strings.Repeat("\n", 100), noKeys},
		"comments":               {full("", "#\n"), noMapping},
		"quotes":                 {full("", `"`), invalid},
		"a quote":                {full(`"`, `\n`), invalid},
		"addresses":              {full("keys:\n  - name: a\n    env: FLEXY_A_KEY\n    type: any\n    must-allow-ips:\n", "      - 203.0.113.45\n"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := policyEnv(t, tt.text, nil)
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			began := threadTime()
			_, mistakes := read(nil, env.as(true)).Config(now)
			if took := threadTime() - began; took > time.Second {
				t.Errorf("took %v", took)
			}
			var last string
			if len(mistakes) > 0 {
				last = mistakes[len(mistakes)-1].Message
			}
			if (last == "") != (tt.found == "") || !strings.Contains(last, tt.found) || len(mistakes) > 1010 {
				t.Errorf("%d mistakes, the last is %q", len(mistakes), last)
			}
		})
	}
}

// threadTime is the time that this thread has had a processor: that of the wall
// depends on what else the machine has to do.
func threadTime() time.Duration {
	const thisThread = 1 // RUSAGE_THREAD, on Linux
	var usage syscall.Rusage
	if syscall.Getrusage(thisThread, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
