package config_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/test/testkit"
)

// Each check's expectation has a place, which an annotation points to.
func TestPolicyPlaces(t *testing.T) {
	t.Parallel()
	c, mistakes := judgePolicy(t, policyFiles(t, "every-field.yml")["every-field.yml"], given{"secrets-token": token, "expect-scope": "READ-WRITE"})
	if len(mistakes) > 0 || len(c.Entries) != 3 {
		t.Fatalf("%d entries, mistakes %q", len(c.Entries), mistakes)
	}
	want := []map[string]mistake.Place{{
		"distinct": at("env", 4, 10), "state": at("state", 8, 12), "type": at("type", 6, 11), "scope": at("scope", 7, 12), "account": at("account", 9, 14),
		"allowed-ips": at("allowed-ips", 10, 18), "must-allow-ips": at("must-allow-ips", 12, 7), "fingerprint": at("fingerprint", 14, 18), "balance": at("min-balance", 20, 18), "rotation": at("secret-name", 15, 18),
	}, {
		"distinct": at("env", 22, 10), "type": at("environment", 23, 18), "account": at("account", 24, 14),
		"allowed-ips": at("allowed-ips", 25, 18), "must-allow-ips": at("must-allow-ips", 26, 21), "fingerprint": at("fingerprint", 27, 18), "balance": at("min-balance", 30, 18), "rotation": at("rotated-on", 28, 17),
	}, {
		"distinct": at("env", 32, 10), "state": at("state", 33, 12),
	}}
	names := []mistake.Place{at("name", 3, 11), at("name", 21, 11), at("name", 31, 11)} // where the entry gives nothing else
	for i, k := range c.Entries {
		for _, id := range testkit.Names("checks") {
			if want[i][id] == (mistake.Place{}) {
				want[i][id] = names[i]
			}
		}
		testkit.Diff(t, want[i], k.Places)
		testkit.Diff(t, want[i]["distinct"], k.Place)
	}
}

func at(field string, line, column int) mistake.Place {
	return mistake.Place{Name: field, File: "flexy.yml", Line: line, Column: column}
}

// A path is relative to the workspace in an action, elsewhere to the working
// directory. GitHub finds the file of an annotation only by its plain path. What can be wrong with a file is in TestSecretFiles.
func TestPolicyPath(t *testing.T) {
	t.Parallel()
	absolute := file(t, "keys.yml", "keys: [{name: a, env: FLEXY_A_KEY, type: any, scope: x-y}]")
	workspace := filepath.Dir(absolute)
	testkit.NoError(t, os.Mkdir(filepath.Join(workspace, "sub dir"), 0o700))
	const read, noFile = ":1:54: scope: must be READ-WRITE or READ-ONLY, not \"x-y\"", "<policy>: no such file"
	for path, want := range map[string][]string{ // in an action, outside
		"sub dir/../keys.yml":        {"keys.yml" + read, noFile},
		"./keys.yml":                 {"keys.yml" + read, noFile},
		absolute:                     {absolute + read, absolute + read},
		"none.yml":                   {noFile, noFile},
		".":                          {"<policy>: not a regular file", "<policy>: not a regular file"},
		policies + "/bad/syntax.yml": {noFile, policies + "/bad/syntax.yml:4:4: invalid YAML"},
	} {
		for i, name := range []string{"policy", "FLEXY_POLICY"} {
			_, mistakes := judge(t, given{"policy": path, "GITHUB_WORKSPACE": workspace, "FLEXY_A_KEY": key}, i == 0)
			testkit.Diff(t, []string{strings.Replace(want[i], "<policy>", name, 1)}, texts(mistakes))
		}
	}
}

// A path that contains a key or a token is not shown, nor is any mistake in the
// file.
func TestPolicyPathWithSecret(t *testing.T) {
	t.Parallel()
	for _, pasted := range []string{key, token} {
		path := filepath.Join(t.TempDir(), pasted)
		testkit.NoError(t, os.WriteFile(path, []byte("keys: [{name: a, env: FLEXY_A_KEY, bogus: 1}]"), 0o600))
		env := given{"policy": path, "FLEXY_A_KEY": key, "github-token": token}
		expectMistakes(t, env, "<policy>: "+foundSecret)
		if pasted == token { // a key would be unknown without the file
			expectMistakes(t, env.with(given{"policy": path + "/none.yml"}), "<policy>: "+foundSecret)
		}
	}
}

// These files took a parser without limits minutes, or never ended.
func TestPolicyHostileFiles(t *testing.T) {
	t.Parallel()
	full := func(head, unit string) string { return head + strings.Repeat(unit, (256<<10-len(head))/len(unit)) }
	const deep, invalid, noMapping, noKeys, twice = "nested more than 8 levels deep", "invalid YAML", "must be a mapping", "required", "given twice"
	for name, tt := range map[string]struct{ text, found string }{
		"brackets":               {full("", "["), deep},
		"braces":                 {full("", "{a: "), deep},
		"dashes":                 {full("", "- "), deep},
		"entries":                {full("keys:\n", "  - x\n"), "43689 keys, but at most 300"},
		"fields":                 {full("keys:\n  - name: a\n", "    a: b\n"), twice},
		"anchors":                {full("", "&a "), invalid},
		"aliases":                {full("keys: [", "*a, "), "anchors, aliases"},
		"documents":              {full("", "---\n"), noMapping},
		"blank lines in a block": {full("a: >\n  x\n", " \n"), noKeys},
		"many blocks":            {full("", "- |\n  x\n"+strings.Repeat("\n", 99)), noMapping},
		"comments":               {full("", "#\n"), noMapping},
		"quotes":                 {full("", `"`), invalid},
		"escapes":                {full(`"`, `\n`), invalid},
		"addresses":              {full(entries("    must-allow-ips:\n"), "      - 203.0.113.45\n"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := policyEnv(t, tt.text, nil)
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			began := threadTime()
			_, mistakes := read(nil, env.as(true)).Config(now)
			if took := threadTime() - began; took > 3*time.Second { // with the race detector, too
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

// threadTime is the processor time of this thread: wall time depends on the
// machine's load.
func threadTime() time.Duration {
	const thisThread = 1 // RUSAGE_THREAD on Linux
	var usage syscall.Rusage
	if syscall.Getrusage(thisThread, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
