package container_test

import (
	"encoding/pem"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"flexy-key-check/checks/internal/test/emulator"
	"flexy-key-check/checks/internal/test/oracle"
	"flexy-key-check/checks/internal/test/testkit"
)

// A way is a use of the action, with the same result in a container and native.
type way struct {
	name  string
	with  map[string]string
	env   map[string]string
	down  bool // whether the API answers 404
	tls   bool
	wants string // part of the transcript
}

var (
	fenced  = emulator.Key{Text: "k-e4a98c016d27fb53", Username: account, Enabled: true, Type: "PRODUCTION", Scope: "READ-WRITE", AllowedIPs: []string{"203.0.113.9"}}
	listed  = emulator.Key{Text: "k-19f3d7a0c8b6e254", Username: account, Enabled: true, Type: "PRODUCTION", Scope: "READ-WRITE", AllowedIPs: []string{"127.0.0.1", "2001:db8::9"}}
	strange = emulator.Key{Text: "k-\"$(id)'`id`\\n%0A!{}/<&>|;*~#=", Username: account, Enabled: true, Type: "PRODUCTION", Scope: "READ-WRITE"}
)

// key returns inputs with a key.
func key(k emulator.Key, more ...string) map[string]string {
	return pairs(append([]string{"api-key", k.Text}, more...)...)
}

var ways = []way{
	{name: "pass", with: key(shop, "environment", "production"), wants: "verdict: pass"},
	{name: "mismatch", with: key(trial, "environment", "production"), wants: "error[Flexy key: type]"},
	{name: "invalid", with: key(unknownKey, "environment", "production"), wants: "output attempts-left=19"},
	{name: "no key", with: pairs("environment", "production"), wants: "output verdict=misconfigured"},
	{name: "several mistakes", with: key(shop, "environment", "prod", "timeout", "90", "expect-scope", "READ"), wants: "did you mean production?"},
	{name: "key in another input", with: key(shop, "environment", "production", "key-name", shop.Text), wants: "output verdict=misconfigured"},
	{name: "scope", with: key(shop, "expect-type", "PRODUCTION", "expect-scope", "READ-ONLY", "key-name", "reports (1)"), wants: "error[Flexy key reports (1): scope]"},
	{name: "scope as a warning", with: key(shop, "expect-type", "any", "expect-scope", "READ-ONLY", "warn-on", "scope, rotation"), wants: "warning[Flexy key: scope]"},
	{name: "account", with: key(shop, "environment", "production", "expect-account", "+213 665 98 34 30"), wants: "error[Flexy key: account]"},
	{name: "allowlist", with: key(listed, "environment", "production", "expect-allowed-ips", "127.0.0.1\n203.0.113.7"), wants: "output verdict=mismatch"},
	{name: "addresses", with: key(listed, "environment", "production", "must-allow-ips", "2001:DB8:0::9"), wants: `output allowed-ips=["127.0.0.1","2001:db8::9"]`},
	{name: "not allowed", with: key(fenced, "environment", "production"), wants: "output runner-ip=127.0.0.1"},
	{name: "unavailable, as a warning", with: key(shop, "environment", "production", "on-unavailable", "warn"), down: true, wants: "output verdict=unavailable"},
	{name: "revoked", with: key(unknownKey, "expect-state", "revoked"), wants: "output valid=false"},
	{name: "overdue", with: pairs("rotation-only", "true", "rotated-on", daysAgo(100), "warn-on", "none"), wants: "output days-left=-10"},
	{name: "due", with: key(shop, "environment", "production", "rotated-on", daysAgo(80)), wants: "warning[Flexy key: rotation]"},
	{name: "strange characters", with: key(strange, "environment", "production"), wants: "verdict: pass"},
	{name: "white space", with: pairs("api-key", "\n "+shop.Text+" \n", "environment", "Production"), wants: "verdict: pass"},
	{name: "TLS with its CA", with: key(shop, "environment", "production"), tls: true, wants: "verdict: pass"},
	{name: "policy", with: pairs("policy", "keys.yml"), env: pairs("FLEXY_ONE", shop.Text, "FLEXY_TWO", trial.Text, "FLEXY_OLD", unknownKey.Text), wants: "error[Flexy key two: type]"},
	{name: "policy with mistakes", with: pairs("policy", "bad.yml"), env: pairs("FLEXY_ONE", shop.Text), wants: "output verdict=misconfigured"},
}

var wayFiles = pairs(
	"keys.yml", "keys:\n  - {name: one, env: FLEXY_ONE, environment: production}\n  - {name: two, env: FLEXY_TWO, type: PRODUCTION}\n  - {name: old, env: FLEXY_OLD, state: revoked}\n",
	"bad.yml", "keys:\n  - name: one\n    env: FLEXY_ONE\n    tpye: PRODUCTION\n  - name: one\n    env: FLEXY_MISSING\n    type: SANDBOX\n",
)

var wayKeys = []emulator.Key{shop, trial, reports, fenced, listed, strange}

// In a container and native the action prints, annotates, masks and outputs the
// same.
func TestBothWaysAgree(t *testing.T) {
	image := built(t, plainImage)
	source := t.TempDir()
	files := nativeRelease(t, source)
	write(t, source, "action.yml", imageLine.ReplaceAllString(read(t, "action.yml"), "  image: docker://"+image))

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
	log := runSteps(t, source, wayFiles, jobs, "--env", "GITHUB_SERVER_URL="+files.URL)
	secrets := []string{account, unknownKey.Text}
	for _, k := range wayKeys {
		secrets = append(secrets, k.Text)
	}
	for i, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			container, native := observe(log, "container", i), observe(log, "native", i)
			testkit.Diff(t, container, native)
			if got := container.String(); !strings.Contains(got, w.wants) {
				t.Errorf("lacks %q:\n%s", w.wants, got)
			}
			oracle.NoLeak(t, map[string][]byte{"container": []byte(container.String()), "native": []byte(native.String())}, secrets...)
		})
	}
	look := func(job string) string {
		text := clock.ReplaceAllString(said(log, job, "look"), "hh:mm UTC")
		return regexp.MustCompile(`(?m)^ *"(program|sum)": .*\n`).ReplaceAllString(text, "") // act mistakes a step's outputs for the action's
	}
	testkit.Diff(t, look("container"), look("native"))
	if files.downloads != 1 {
		t.Errorf("%d downloads, want 1", files.downloads)
	}
}

// useAction returns a step that uses the action, with an API of its own.
func useAction(t *testing.T, id, uses string, w way) workflowStep {
	t.Helper()
	api := emulator.New(emulator.Options{Now: time.Now, Keys: wayKeys})
	if w.down {
		api.Always(emulator.Status(http.StatusNotFound))
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

// What may differ: when a block ends, and what only the native way's steps print.
var (
	clock = regexp.MustCompile(`\d\d((:|&#58;)\d\d)+ UTC`)
	own   = regexp.MustCompile(`^(flexy-key-check 1\.2\.3\+[0-9a-f]{40}|step .*|output (program|sum)=.*)\n$`)
)

// observed is what a step did.
type observed struct {
	Said   string // log and annotations
	Masks  int
	Handed []string // outputs and summary
}

func (o observed) String() string { return o.Said + strings.Join(o.Handed, "") }

// observe returns what a case did in a job.
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
	seen.Handed = slices.Compact(seen.Handed) // act also logs those of the step inside
	return seen
}
