package container_test

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"flexy-key-check/checks/internal/test/oracle"
	"flexy-key-check/checks/internal/test/testkit"
)

// directories contain the workflows: the documents' ones and those that only test.
var directories = []string{"testdata/workflows", "checks/tools/container/testdata"}

// pairs makes a map of names and values.
func pairs(all ...string) map[string]string {
	m := map[string]string{}
	for pair := range slices.Chunk(all, 2) {
		m[pair[0]] = pair[1]
	}
	return m
}

const (
	secretsToken = "s-5e8c1fa0b7d3492e"
	githubToken  = "w-90b64ac2f1e8d375"
	firstIssue   = "output reminder-issue=https://github.com/SELLER/shop/issues/1\n"
	manual       = "workflow_dispatch"
)

var policyFile = pairs(".github/flexy-keys.yml", "testdata/policy/keys.yml")

// workflows contains the runs of each file there.
var workflows = map[string][]job{
	"native.yml": {
		{name: "production key", native: true, secrets: pairs("FLEXY_API_KEY", shop.Text), sends: 1,
			says: []string{"flexy-key-check 1.2.3+", "output verdict=pass\n", "verdict pass, type PRODUCTION\n"}},
	},
	"outputs.yml": {
		{name: "mismatch that may happen", secrets: pairs("FLEXY_API_KEY", trial.Text), sends: 1,
			says: []string{"error[Flexy key: type] ", "outcome failure, conclusion success, verdict mismatch\n",
				"verdict mismatch, type SANDBOX, scope READ-WRITE, allowlist []\n", "type in the result SANDBOX\n", "job read: success\n"}},
	},
	"slip.yml": {
		{name: "misspelled input", secrets: pairs("FLEXY_API_KEY", shop.Text), failed: true,
			says: []string{"error[flexy-key-check: misconfigured] expect-scop: not an input of this action", "did you mean expect-scope?",
				"does not read FLEXY_EXPECT_ACCOUNT", "output verdict=misconfigured\n"}},
	},
	"inherited.yml": {
		{name: "another account", secrets: pairs("FLEXY_API_KEY", shop.Text, "FLEXY_ACCOUNT", "+213550000000"), sends: 1, failed: true,
			says: []string{"error[Flexy key: account] ", "output verdict=mismatch\n"}},
	},
	"rotation-only.yml": {
		{name: "due soon", secrets: pairs("FLEXY_API_KEY", shop.Text, "FLEXY_ACCOUNT", account), vars: pairs("FLEXY_KEY_ROTATED_ON", daysAgo(80)),
			says: []string{"warning[Flexy key: rotation] ", "output days-left=10\n", "job check: success\n"}, never: []string{"error["}},
	},
	"quick-start.yml": {
		{name: "production key", secrets: pairs("FLEXY_API_KEY", shop.Text), sends: 1,
			says: []string{"verdict: pass", "output verdict=pass\n", "output type=PRODUCTION\n", "summary ### ✅ Flexy key: pass\n",
				"put your deployment here\n", "job deploy: success\n"}, never: []string{"error[", "warning["}},
		{name: "sandbox key, and the image built from its Dockerfile", source: true, secrets: pairs("FLEXY_API_KEY", trial.Text), sends: 1, failed: true,
			says:  []string{"error[Flexy key: type] ", "output verdict=mismatch\n", "output valid=true\n", "step Check the Flexy API key: failure\n"},
			never: []string{"put your deployment here"}},
	},
	"deploy-with-age.yml": {
		{name: "due soon", secrets: pairs("FLEXY_API_KEY", shop.Text), vars: pairs("FLEXY_KEY_ROTATED_ON", daysAgo(80)), sends: 1,
			says: []string{"warning[Flexy key: rotation] ", "must be rotated by " + daysAgo(-10) + "\n", "put your deployment here\n"}},
	},
	"environments.yml": {
		{name: "sandbox key everywhere", secrets: pairs("FLEXY_API_KEY", trial.Text), sends: 2, failed: true,
			says: []string{"put your deployment here\n", "error[Flexy key production key: type] "}, never: []string{"[Flexy key staging key"}},
	},
	"fork-safe.yml": {
		{name: "fork", event: "pull_request", payload: pullRequest("stranger/shop"),
			says: []string{"output verdict=skipped\n", "job test: success\n"}, never: []string{"error[", "put your tests here"}},
		{name: "branch", event: "pull_request", payload: pullRequest(repository), secrets: pairs("FLEXY_SANDBOX_KEY", trial.Text), sends: 1,
			says: []string{"output verdict=pass\n", "put your tests here\n"}},
		{name: "branch without a key", event: "pull_request", payload: pullRequest(repository), failed: true, says: []string{"output verdict=misconfigured\n"}},
	},
	"least-privilege.yml": {
		{name: "read-only key", secrets: pairs("FLEXY_REPORTS_KEY", reports.Text, "FLEXY_ACCOUNT", account), sends: 1,
			says: []string{"scope READ-ONLY, allowlist []\n"}},
		{name: "no account", secrets: pairs("FLEXY_REPORTS_KEY", reports.Text), failed: true,
			says: []string{"error[flexy-key-check: misconfigured] expect-account: blank, but require lists account"}},
		{name: "too much power", secrets: pairs("FLEXY_REPORTS_KEY", shop.Text, "FLEXY_ACCOUNT", account), sends: 1, failed: true,
			says: []string{"error[Flexy key reports: scope] "}},
	},
	"low-balance.yml": {
		{name: "enough", event: manual, sends: 2, secrets: pairs("FLEXY_API_KEY", shop.Text),
			says: []string{"output verdict=pass\n", "job balance: success\n"}, never: []string{"error[", "warning["}},
		{name: "too little", event: manual, sends: 2, failed: true, secrets: pairs("FLEXY_API_KEY", reports.Text),
			says: []string{"balance] expected the account to hold at least 5000 DZD, found less than 5000 DZD", "output verdict=mismatch\n"}},
	},
	"many-keys.yml": {
		{name: "as expected", files: policyFile, sends: 2,
			secrets: pairs("FLEXY_API_KEY", shop.Text, "FLEXY_SANDBOX_KEY", trial.Text),
			says:    []string{"output verdict=pass\n", "summary ### ✅ 2 of 2 Flexy keys pass\n", "job keys: success\n"}},
		{name: "swapped", files: policyFile, sends: 2, failed: true,
			secrets: pairs("FLEXY_API_KEY", trial.Text, "FLEXY_SANDBOX_KEY", shop.Text),
			says:    []string{"error[Flexy key production: type] ", "error[Flexy key sandbox: type] ", "output verdict=mismatch\n"}},
		{name: "the same", files: policyFile, sends: 1, failed: true,
			secrets: pairs("FLEXY_API_KEY", shop.Text, "FLEXY_SANDBOX_KEY", shop.Text),
			says:    []string{"error[Flexy key production: distinct] ", "error[Flexy key sandbox: distinct] ", "output verdict=mismatch\n"}},
	},
	"matrix.yml": {
		{name: "both", event: manual, secrets: pairs("FLEXY_API_KEY", shop.Text), sends: 2, says: []string{"Flexy key checkout\n", "Flexy key reports\n", "job key: success\n"}},
	},
	"reusable.yml": {
		{name: "production key", secrets: pairs("FLEXY_API_KEY", shop.Text), sends: 1, says: []string{"output verdict=pass\n", "job check: success\n"}},
	},
	"rotation.yml": {
		{name: "compare a key with itself", event: manual, payload: `{"inputs": {"step": "compare"}}`, sends: 2, failed: true,
			secrets: pairs("FLEXY_API_KEY_OLD", shop.Text, "FLEXY_API_KEY", shop.Text, "FLEXY_ACCOUNT", account),
			says:    []string{"nothing shows that these are two keys\n", "job compare: failure\n"}},
		{name: "another key revoked", event: manual, payload: revocation, old: shop.Text, sends: 1, failed: true,
			secrets: pairs("FLEXY_API_KEY_OLD", revoked.Text), says: []string{"error[Flexy key old key: fingerprint] "}},
		{name: "revoked without a fingerprint", event: manual, payload: revocation, failed: true,
			secrets: pairs("FLEXY_API_KEY_OLD", revoked.Text), says: []string{"error[flexy-key-check: misconfigured] expect-fingerprint: "}},
		{name: "not revoked", event: manual, payload: revocation, old: shop.Text, sends: 1, failed: true,
			secrets: pairs("FLEXY_API_KEY_OLD", shop.Text), says: []string{"error[Flexy key old key: state] "}},
	},
	"reminder-with-date.yml": {
		{name: "due soon", event: manual, github: true, secrets: pairs("GITHUB_TOKEN", githubToken), vars: pairs("FLEXY_KEY_ROTATED_ON", daysAgo(80)),
			says: []string{"warning[Flexy key checkout: rotation] ", "output days-left=10\n", firstIssue, "job rotation: success\n"}},
		{name: "no variable", event: manual, failed: true, says: []string{"output verdict=misconfigured\n"}},
	},
	"reminder-with-token.yml": {
		{name: "overdue", event: manual, secretAge: 100, failed: true, secrets: pairs("SECRETS_TOKEN", secretsToken, "GITHUB_TOKEN", githubToken),
			says: []string{"error[Flexy key FLEXY_API_KEY: rotation] ", "output days-left=-10\n", firstIssue}},
		{name: "recent", event: manual, secretAge: 10, secrets: pairs("SECRETS_TOKEN", secretsToken, "GITHUB_TOKEN", githubToken),
			says: []string{"output days-left=80\n", "output reminder-issue=\n", "job rotation: success\n"}},
	},
	"self-hosted.yml": {
		{name: "no allowlist", secrets: pairs("FLEXY_API_KEY", shop.Text), vars: pairs("SHOP_IP", "203.0.113.45"), sends: 1, failed: true,
			says: []string{"error[Flexy key: allowed-ips] "}, never: []string{"[Flexy key: must-allow-ips]"}},
	},
	chat: { // TestKeysLife runs it when the key is due
		{name: "a sandbox key", event: manual, github: true, sends: 2, failed: true, vars: pairs("CHAT_ID", "-42"),
			secrets: pairs("FLEXY_API_KEY", trial.Text, "CHAT_URL", chatAddress, "GITHUB_TOKEN", githubToken),
			says:    []string{"chat -42 got \"Flexy key: mismatch. https://"}},
		{name: "nothing to tell", event: manual, github: true, sends: 2, vars: pairs("CHAT_ID", "-42"),
			secrets: pairs("FLEXY_API_KEY", shop.Text, "CHAT_URL", chatAddress, "GITHUB_TOKEN", githubToken),
			says:    []string{"output verdict=pass\n", firstIssue}, never: []string{"chat -42 got"}},
	},
	weekly: nil, // TestKeysLife runs it
}

func daysAgo(n int) string { return time.Now().UTC().AddDate(0, 0, -n).Format(time.DateOnly) }

func fingerprint(key string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(key)))[:12] }

// revocation is the event that checks the last step of a rotation.
const revocation = `{"inputs": {"step": "revoked"}}`

// pullRequest returns the event of a pull request from a repository.
func pullRequest(head string) string {
	return `{"pull_request": {"head": {"ref": "topic", "repo": {"full_name": "` + head + `"}},` +
		` "base": {"ref": "main", "repo": {"full_name": "` + repository + `"}}}}`
}

func TestWorkflows(t *testing.T) {
	built(t, plainImage)
	times := map[bool][]time.Duration{}
	for _, file := range slices.Sorted(maps.Keys(workflows)) {
		for _, j := range workflows[file] {
			t.Run(file+"/"+j.name, func(t *testing.T) {
				transcript, took := runWorkflow(t, file, j)
				times[j.source] = append(times[j.source], took...)
				j.compare(t, transcript)
			})
		}
	}
	for source, name := range map[bool]string{false: "prebuilt image", true: "Dockerfile"} {
		if n := len(times[source]); n > 0 {
			slices.Sort(times[source])
			t.Logf("%s: %s from step start to verdict, median of %d", name, times[source][n/2].Round(10*time.Millisecond), n)
		}
	}
}

// compare compares a transcript with what it must contain, and what not.
func (j job) compare(t *testing.T, transcript string) {
	t.Helper()
	for _, want := range j.says {
		if !strings.Contains(transcript, want) {
			t.Errorf("the transcript lacks %q", want)
		}
	}
	for _, text := range j.never {
		if strings.Contains(transcript, text) {
			t.Errorf("the transcript contains %q", text)
		}
	}
	secrets := append(slices.Collect(maps.Values(j.secrets)), account, string(shop.Balance), string(reports.Balance))
	oracle.NoLeak(t, map[string][]byte{"transcript": []byte(transcript)}, secrets...)
	if t.Failed() {
		t.Log(transcript)
	}
}

// Every workflow is in the table.
func TestAllWorkflowsAreRun(t *testing.T) {
	t.Parallel()
	var files []string
	for _, dir := range directories {
		entries, err := os.ReadDir(filepath.Join(root, dir))
		testkit.NoError(t, err)
		for _, entry := range entries {
			files = append(files, entry.Name())
		}
	}
	slices.Sort(files)
	testkit.Diff(t, files, slices.Sorted(maps.Keys(workflows)))
}
