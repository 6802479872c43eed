package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/testkit"
)

// policies is where the policy files are that tests share with the README.
const policies = "../../../testdata/policy"

// policyFiles reads the good policy files, or the bad ones, by name.
func policyFiles(t testing.TB, pattern string) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(policies, pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no file is like %s (%v)", pattern, err)
	}
	files := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		testkit.NoError(t, err)
		files[filepath.Base(path)] = string(text)
	}
	return files
}

// judgePolicy judges a policy file and returns its mistakes without the file's
// name. Every variable with FLEXY_ in front and _KEY behind holds a key.
func judgePolicy(t *testing.T, text string, step given) (config.Config, []string) {
	t.Helper()
	set := policyEnv(t, text, step).as(true)
	lookup := func(name string) (string, bool) {
		value, ok := set(name)
		if !ok && strings.HasPrefix(name, "FLEXY_") && strings.HasSuffix(name, "_KEY") && name != "FLEXY_API_KEY" && name != "FLEXY_NO_KEY" {
			return "some-" + strings.ToLower(name), true
		}
		return value, ok
	}
	c, mistakes := read(nil, lookup).Config(now)
	var got []string
	for _, m := range mistakes {
		if m.Place.File != "" && (m.Place.File != "flexy.yml" || m.Place.Line < 1 || m.Place.Column < 1) {
			t.Errorf("no place: %+v", m)
		}
		got = append(got, strings.TrimPrefix(m.String(), "flexy.yml:"))
	}
	return c, got
}

// The files that the README and others show are good, whatever surrounds them.
func TestPolicyGoodFiles(t *testing.T) {
	t.Parallel()
	files := policyFiles(t, "*.yml")
	files["many.yml"] = "keys:\n" + strings.Repeat("  - {name: N, env: FLEXY_N_KEY, type: any}\n", config.MaxPolicyKeys)
	for i := range config.MaxPolicyKeys {
		files["many.yml"] = strings.Replace(files["many.yml"], "N, env: FLEXY_N_", fmt.Sprintf("k%d, env: FLEXY_K%d_", i, i), 1)
	}
	for name, text := range files {
		for how, variant := range map[string]string{
			"as it is":                   text,
			"byte order mark":            "\ufeff" + text,
			"CRLF":                       strings.ReplaceAll(text, "\n", "\r\n"),
			"CR":                         strings.ReplaceAll(text, "\n", "\r"),
			"begun":                      "---\n" + text,
			"begun behind a comment":     "# mine\n\n---\n" + text,
			"begun, with a comment":      "--- # mine\n" + text,
			"ended":                      text + "\n...\n",
			"ended, and a comment":       text + "\n...\n# bye\n",
			"no newline at its end":      strings.TrimRight(text, "\n"),
			"a comment at its end":       text + "\n# bye",
			"100 blank lines at its end": text + strings.Repeat("\n", 100),
			"blanks at the ends":         strings.ReplaceAll(text, "\n", "  \n"),
		} {
			t.Run(name+", "+how, func(t *testing.T) {
				t.Parallel()
				c, mistakes := judgePolicy(t, variant, given{"secrets-token": token})
				if len(mistakes) > 0 || len(c.Entries) == 0 {
					t.Errorf("%d keys, mistakes %q", len(c.Entries), mistakes)
				}
			})
		}
	}
}

// A bad file says in comments at its end what is wrong with it, all of it and
// in order: "#! line:column: field: message", which may be only its beginning.
func TestPolicyBadFiles(t *testing.T) {
	t.Parallel()
	for name, text := range policyFiles(t, "bad/*.yml") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var want []string
			for line := range strings.Lines(text) {
				if said, ok := strings.CutPrefix(line, "#! "); ok {
					want = append(want, strings.TrimSpace(said))
				}
			}
			c, got := judgePolicy(t, text, nil)
			for i := range got {
				if i < len(want) && strings.HasPrefix(got[i], want[i]) {
					got[i] = want[i]
				}
				if secret.NewTraces(secret.New("sk_live_51H8xQeWZnP")).In(got[i]) {
					t.Errorf("shows the key that was pasted: %s", got[i])
				}
			}
			if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
				t.Errorf("mistakes (-want +got):\n%s\n%d keys", diff, len(c.Entries))
			}
		})
	}
}

// Somebody pastes a key anywhere, one that the program knows or another: no
// mistake shows any of it.
func TestPolicyShowsNoKey(t *testing.T) {
	t.Parallel()
	const text = "keys:\n  - name: checkout\n    env: FLEXY_CHECKOUT_KEY\n    type: any\n    must-allow-ips:\n      - 203.0.113.45\n"
	lines := strings.Split(text, "\n")
	for _, pasted := range []string{"sk_live_51H8xQeWZnP", "ea27b376-9f5c-4b09-883f-1b96cd7b541c"} {
		for i, line := range lines {
			for _, mangled := range mangle(line, pasted) {
				mangledLines := slices.Concat(lines[:i], []string{mangled}, lines[i+1:])
				expectShown(t, strings.Join(mangledLines, "\n"), pasted)
			}
		}
	}
	// A key of lower-case letters could be the name of a field, but for that the
	// program knows it.
	for _, pasted := range []string{"onlylowercase", "lower-case_letters", "scope-scope-scope"} {
		for _, field := range []string{pasted, "a-" + pasted, "'" + pasted + "'"} {
			expectShown(t, text+"  - name: other\n    "+field+": x\n    "+field+": x\n", pasted)
		}
	}
}

// expectShown holds a policy file to mistakes that show nothing of a key, the
// one in FLEXY_CHECKOUT_KEY.
func expectShown(t *testing.T, text, pasted string) {
	t.Helper()
	_, mistakes := read(nil, policyEnv(t, text, given{"FLEXY_CHECKOUT_KEY": pasted}).as(true)).Config(now)
	for _, m := range mistakes {
		if shown := strings.Join([]string{m.String(), m.Hint, m.Place.Name}, " "); strings.Contains(shown, pasted) {
			t.Errorf("%q: %s", text, m)
		}
	}
}

// A path that holds a key or a token is not shown, nor is what was said of the
// file.
func TestPolicyPathWithSecret(t *testing.T) {
	t.Parallel()
	const text = "keys:\n  - name: a\n    env: FLEXY_A_KEY\n    bogus: 1\n"
	for _, pasted := range []string{key, token} {
		for _, name := range []string{"keys.yml", "none.yml"} {
			env := policyEnv(t, text, given{"FLEXY_A_KEY": key, "github-token": token})
			dir := filepath.Join(env["GITHUB_WORKSPACE"], pasted)
			testkit.NoError(t, os.Mkdir(dir, 0o755))
			testkit.NoError(t, os.WriteFile(filepath.Join(dir, "keys.yml"), []byte(text), 0o600))
			env["policy"] = filepath.Join(dir, name)
			if name == "none.yml" && pasted == key {
				continue // nothing tells that it is a key
			}
			expectMistakes(t, env, "<policy>: contains a key or a token (not shown)")
		}
	}
}

// However many mistakes there are, they are told in a moment.
func TestManyMistakesAreFast(t *testing.T) {
	t.Parallel()
	text, env := "keys:\n", given{"expect-scope": "READ"}
	for i := range config.MaxPolicyKeys {
		variable := fmt.Sprintf("FLEXY_K%d", i)
		env[variable] = fmt.Sprintf("k-%04d-%s", i, key)
		text += fmt.Sprintf("  - {name: k%d, env: %s, type: x, scope: y, max-age-days: z, state: w}\n", i, variable)
	}
	began := time.Now()
	_, mistakes := read(nil, policyEnv(t, text, env).as(true)).Config(now)
	if took := time.Since(began); took > 5*time.Second || len(mistakes) != 4*config.MaxPolicyKeys+1 {
		t.Errorf("%d mistakes took %v", len(mistakes), took)
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
