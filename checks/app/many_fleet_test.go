package app_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/test/emulator"
)

// core is part of every key of a fleet, so the leak oracle finds them all by it.
const core = "W7qZ4tNv9RbXk2Jm"

// A fleet is many keys, in a policy file and in the API.
type fleet struct {
	text string
	vars map[string]string
	good []emulator.Key
	keys []string // by entry
}

// numbered returns a key of a fleet.
func numbered(i int) string { return fmt.Sprintf("sk_live_%s_%04d", core, i) }

// name returns the name of the entry with that key.
func name(i int) string { return fmt.Sprintf("key %03d", i) }

// add adds an entry with these lines. The API accepts its key if it is good.
func (f *fleet) add(key string, good bool, lines ...string) {
	i := len(f.keys)
	if f.vars == nil {
		f.text, f.vars = "keys:\n", map[string]string{}
	}
	variable := fmt.Sprintf("FLEXY_K%03d_KEY", i)
	f.text += fmt.Sprintf("  - name: %s\n    env: %s\n", name(i), variable)
	for _, line := range lines {
		f.text += "    " + line + "\n"
	}
	f.vars[variable] = key
	f.keys = append(f.keys, key)
	if good {
		known := goodKey()
		known.Text, known.Echo = key, fmt.Sprintf("%s-%04d", theEcho, i)
		f.good = append(f.good, known)
	}
}

// line returns the place of an entry's field, as "file:line".
func (f *fleet) line(i int, field string) string {
	within := false
	n := 0
	for line := range strings.Lines(f.text) {
		n++
		if strings.HasPrefix(line, "  - name: ") {
			within = strings.TrimSpace(line) == "- name: "+name(i)
		}
		if within && strings.HasPrefix(strings.TrimLeft(line, " -"), field+": ") {
			return fmt.Sprint("keys.yml:", n)
		}
	}
	return "nowhere"
}

// fleetOf returns n keys that are good or not.
func fleetOf(n int, good func(i int) bool) *fleet {
	f := &fleet{}
	for i := range n {
		f.add(numbered(i), good(i), "type: PRODUCTION")
	}
	return f
}

func allGood(int) bool { return true }

// action returns the program as an action with the fleet's policy.
func (f *fleet) action(t *testing.T, s *server, given map[string]string) program {
	t.Helper()
	return f.program(t, s, given, action)
}

func (f *fleet) program(t *testing.T, s *server, given map[string]string, mode func(*testing.T, string, map[string]string) program) program {
	t.Helper()
	workspace, file := policyFile(t, f.text)
	p := mode(t, s.URL, map[string]string{"api-key": "", "environment": "", "policy": file})
	variable := inputVariable
	if _, isAction := p.vars["INPUT_API-KEY"]; !isAction {
		p.vars["FLEXY_POLICY"], variable = workspace+"/"+file, shellVariable
	}
	for setting, value := range given {
		if slices.Contains(declared, setting) {
			setting = variable(setting)
		}
		p.vars[setting] = value
	}
	p.vars["GITHUB_WORKSPACE"] = workspace
	maps.Copy(p.vars, f.vars)
	p.secrets = []string{core, f.keys[0], f.keys[len(f.keys)-1]}
	return p
}

// serve starts an API with the good keys.
func (f *fleet) serve(t *testing.T) *server {
	t.Helper()
	return serve(t, append([]emulator.Key{goodKey()}, f.good...)...)
}

// byKey applies faults to the requests with these keys of a fleet, by number.
func byKey(faults map[int]emulator.Fault) emulator.Fault {
	return func(api *emulator.API, w http.ResponseWriter, r *http.Request) bool {
		key := r.Header.Get(emulator.Header)
		i, err := strconv.Atoi(key[max(len(key)-4, 0):])
		fault := faults[i]
		return err == nil && fault != nil && fault(api, w, r)
	}
}

// A result is the part of the output result that is about many keys.
type result struct {
	Verdict   string `json:"verdict"`
	ExitCode  int    `json:"exit-code"`
	Truncated bool   `json:"truncated"`
	Keys      []struct {
		Name     string `json:"name"`
		Verdict  string `json:"verdict"`
		Message  string `json:"message"`
		Findings []struct {
			Check  string `json:"check"`
			Status string `json:"status"`
		} `json:"findings"`
	} `json:"keys"`
}

func (r ran) result(t *testing.T) result {
	t.Helper()
	text := []byte(r.outputs()["result"])
	if r.format == "json" {
		text = r.stdout
	}
	var out result
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatalf("result: %v\n%s", err, text)
	}
	return out
}

// verdicts counts the keys by verdict, and asserts that they are in the policy's
// order.
func (r result) verdicts(t *testing.T) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for i, k := range r.Keys {
		counts[k.Verdict]++
		if k.Name != name(i) {
			t.Errorf("key %d of the result is %s", i, k.Name)
		}
	}
	return counts
}
