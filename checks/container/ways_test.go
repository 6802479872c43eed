package container_test

import (
	"encoding/pem"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks/internal/emulator"
	"flexy-key-check/checks/internal/oracle"
)

// A way is a use of the action, which both ways must answer alike.
type way struct {
	name  string
	with  map[string]string
	env   map[string]string
	api   func(*emulator.API) // what happened to the API before
	tls   bool
	wants string // must be said
}

var (
	off     = emulator.Key{Text: "k-7d10b2c94fe3a865", Username: account, Enabled: false, Type: "PRODUCTION", Scope: "READ-WRITE"}
	fenced  = emulator.Key{Text: "k-e4a98c016d27fb53", Username: account, Enabled: true, Type: "PRODUCTION", Scope: "READ-WRITE", AllowedIPs: []string{"203.0.113.9"}}
	listed  = emulator.Key{Text: "k-19f3d7a0c8b6e254", Username: account, Enabled: true, Type: "PRODUCTION", Scope: "READ-WRITE", AllowedIPs: []string{"127.0.0.1", "2001:db8::9"}}
	strange = emulator.Key{Text: "k-\"$(id)'`id`\\n%0A!{}/<&>|;*~#=", Username: account, Enabled: true, Type: "PRODUCTION", Scope: "READ-WRITE"}
	echoing = emulator.Key{Text: "k-5b6e0c4f9a17d238", Echo: "5b6e0c4f-masked", Username: account, Enabled: true, Type: "PRODUCTION", Scope: "READ-WRITE"}
)

func key(k emulator.Key, more ...string) map[string]string {
	with := map[string]string{"api-key": k.Text}
	for i := 0; i < len(more); i += 2 {
		with[more[i]] = more[i+1]
	}
	return with
}

var unknownKey = emulator.Key{Text: "k-nobody-knows-this-one"}

var ways = []way{
	{name: "pass", with: key(shop, "environment", "production"), wants: "verdict: pass"},
	{name: "mismatch", with: key(trial, "environment", "production"), wants: "error[api-key: type]"},
	{name: "warning", with: key(shop, "environment", "staging"), wants: "warning[api-key: type]"},
	{name: "invalid", with: key(unknownKey, "environment", "production"), wants: "output attempts-left=4"},
	{name: "one attempt left", with: key(unknownKey, "environment", "production"), api: func(a *emulator.API) { a.Fail("127.0.0.1", 3) }, wants: "output attempts-left=1"},
	{name: "no key", with: map[string]string{"environment": "production"}, wants: "output verdict=misconfigured"},
	{name: "several mistakes", with: key(shop, "environment", "prod", "timeout", "90", "expect-scope", "READ"), wants: "did you mean production?"},
	{name: "a key in another input", with: key(shop, "environment", "production", "key-name", shop.Text), wants: "output verdict=misconfigured"},
	{name: "neither", with: key(shop), wants: "expect-type"},
	{name: "disabled", with: key(off, "environment", "production"), wants: "error[api-key: state]"},
	{name: "disabled, as expected", with: key(off, "environment", "production", "expect-state", "disabled"), wants: "verdict: pass"},
	{name: "scope", with: key(shop, "expect-type", "PRODUCTION", "expect-scope", "READ-ONLY", "key-name", "reports (1)"), wants: "error[reports (1): scope]"},
	{name: "scope, as a warning", with: key(shop, "expect-type", "any", "expect-scope", "READ-ONLY", "warn-on", "scope, rotation"), wants: "warning[api-key: scope]"},
	{name: "account", with: key(shop, "environment", "production", "expect-account", "+213 665 98 34 30"), wants: "error[api-key: account]"},
	{name: "allowlist", with: key(listed, "environment", "production", "expect-allowed-ips", "127.0.0.1\n203.0.113.7"), wants: "output verdict=mismatch"},
	{name: "addresses", with: key(listed, "environment", "production", "must-allow-ips", "2001:DB8:0::9"), wants: `output allowed-ips=["127.0.0.1","2001:db8::9"]`},
	{name: "not allowed", with: key(fenced, "environment", "production"), wants: "output runner-ip=127.0.0.1"},
	{name: "not allowed, as a warning", with: key(fenced, "environment", "production", "on-ip-not-allowed", "warn"), wants: "output verdict=blocked"},
	{name: "blocked", with: key(shop, "environment", "production"), api: func(a *emulator.API) { a.Fail("127.0.0.1", 5) }, wants: "output error-code=IP_BLOCKED"},
	{name: "unavailable", with: key(shop, "environment", "production"), api: func(a *emulator.API) { a.Always(emulator.Status(http.StatusServiceUnavailable)) }, wants: "output verdict=unavailable"},
	{name: "unavailable, as a warning", with: key(shop, "environment", "production", "on-unavailable", "warn"), api: func(a *emulator.API) { a.Always(emulator.Status(http.StatusNotFound)) }, wants: "output verdict=unavailable"},
	{name: "revoked", with: key(unknownKey, "expect-state", "revoked"), wants: "output valid=false"},
	{name: "not revoked", with: key(shop, "expect-state", "revoked"), wants: "error[api-key: state]"},
	{name: "overdue", with: map[string]string{"rotation-only": "true", "rotated-on": daysAgo(100), "warn-on": "none"}, wants: "output days-left=-10"},
	{name: "due", with: key(shop, "environment", "production", "rotated-on", daysAgo(80)), wants: "warning[api-key: rotation]"},
	{name: "strange characters", with: key(strange, "environment", "production"), wants: "verdict: pass"},
	{name: "white space", with: map[string]string{"api-key": "\n " + shop.Text + " \n", "environment": "Production"}, wants: "verdict: pass"},
	{name: "another key echoed", with: key(echoing, "environment", "production"), wants: "verdict: pass"},
	{name: "TLS, with its CA", with: key(shop, "environment", "production"), tls: true, wants: "verdict: pass"},
	{name: "policy", with: map[string]string{"policy": "keys.yml"}, env: map[string]string{"FLEXY_ONE": shop.Text, "FLEXY_TWO": trial.Text, "FLEXY_OLD": unknownKey.Text}, wants: "error[two: type]"},
	{name: "policy with mistakes", with: map[string]string{"policy": "bad.yml"}, env: map[string]string{"FLEXY_ONE": shop.Text}, wants: "output verdict=misconfigured"},
}

var wayFiles = map[string]string{
	"keys.yml": "keys:\n  - {name: one, env: FLEXY_ONE, environment: production}\n  - {name: two, env: FLEXY_TWO, type: PRODUCTION}\n  - {name: old, env: FLEXY_OLD, state: revoked}\n",
	"bad.yml":  "keys:\n  - name: one\n    env: FLEXY_ONE\n    tpye: PRODUCTION\n  - name: one\n    env: FLEXY_MISSING\n    type: SANDBOX\n",
}

var wayKeys = []emulator.Key{shop, trial, reports, off, fenced, listed, strange, echoing}

// The container and the native way are one action: what they print, annotate,
// mask and hand on is the same.
func TestBothWaysAgree(t *testing.T) {
	image := built(t, plainImage)
	dist, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	source := t.TempDir()
	write(t, source, "action.yml", imageLine.ReplaceAllString(read(t, "action.yml"), "  image: docker://"+image))
	writeNative(t, source, filepath.Join(dist, "SHA256SUMS"))

	jobs := map[string][]workflowStep{}
	for job, uses := range map[string]string{"container": containerized, "native": native} {
		jobs[job] = append(jobs[job], workflowStep{ID: "files", Uses: checkout.FindString(read(t, reusable))})
		look := workflowStep{ID: "look", Env: map[string]string{}}
		for i, w := range ways {
			id := fmt.Sprint("case-", i)
			jobs[job] = append(jobs[job], useAction(t, id, uses, w))
			look.Env[fmt.Sprint("CASE_", i)] = strings.ReplaceAll("id: ${{ steps.id.outcome }} ${{ steps.id.conclusion }} ${{ toJSON(steps.id.outputs) }}", "id", id)
			look.Run += fmt.Sprintf("echo \"$CASE_%d\"\n", i)
		}
		jobs[job] = append(jobs[job], look)
	}
	files := startRelease(t, dist, nil)
	log := runSteps(t, source, wayFiles, jobs, "--env", "GITHUB_SERVER_URL="+files.URL)
	for i, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			container, native := observe(log, "container", i), observe(log, "native", i)
			if d := cmp.Diff(container, native); d != "" {
				t.Errorf("(-container +native):\n%s", d)
			}
			if got := container.String(); !strings.Contains(got, w.wants) {
				t.Errorf("lacks %q:\n%s", w.wants, got)
			}
			secrets := []string{account}
			for _, k := range append(wayKeys, unknownKey) {
				secrets = append(secrets, k.Text)
			}
			oracle.NoLeak(t, map[string][]byte{"container": []byte(container.String()), "native": []byte(native.String())}, secrets...)
		})
	}
	look := func(job string) string {
		text := clock.ReplaceAllString(said(log, job, "look"), "hh:mm UTC")
		return regexp.MustCompile(`(?m)^ *"program": .*\n`).ReplaceAllString(text, "") // act takes a step's output for the action's
	}
	if d := cmp.Diff(look("container"), look("native")); d != "" {
		t.Errorf("outcomes and outputs, as later steps see them (-container +native):\n%s", d)
	}
	if files.downloads != 1 {
		t.Errorf("%d downloads, want 1", files.downloads)
	}
}

// useAction is a step that uses the action in a way, with an API of its own.
func useAction(t *testing.T, id, uses string, w way) workflowStep {
	t.Helper()
	api := emulator.New(emulator.Options{Now: time.Now, Keys: wayKeys})
	if w.api != nil {
		w.api(api)
	}
	step := workflowStep{ID: id, Continue: true, Uses: uses, With: maps.Clone(w.with), Env: w.env}
	server := httptest.NewUnstartedServer(api)
	if w.tls {
		server.StartTLS()
		step.With["ca-certificate"] = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	step.With["base-url"] = server.URL
	return step
}

// What may differ: when a block ends, and what only the native way's steps say.
var (
	clock = regexp.MustCompile(`\d\d((:|&#58;)\d\d)+ UTC`)
	own   = regexp.MustCompile(`^(flexy-key-check 1\.2\.3\+[0-9a-f]{40}|step .*|output program=.*)\n$`)
)

// observe returns what came of a case in a job.
func observe(log []message, job string, i int) (seen observed) {
	for _, m := range log {
		text := clock.ReplaceAllString(m.String(), "hh:mm UTC")
		if m.JobID != job || len(m.StepID) == 0 || m.StepID[0] != fmt.Sprint("case-", i) || own.MatchString(text) {
			continue
		}
		switch m.Command {
		case "add-mask":
			seen.Masks++
		case "set-output", "summary":
			seen.Handed = append(seen.Handed, text)
		default:
			seen.Said += text
		}
	}
	slices.Sort(seen.Handed)
	seen.Handed = slices.Compact(seen.Handed) // act tells of the step inside, too
	return seen
}

// observed is what a step did.
type observed struct {
	Said   string // log and annotations
	Masks  int
	Handed []string // outputs and summary
}

func (o observed) String() string { return o.Said + strings.Join(o.Handed, "") }
