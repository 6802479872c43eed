package config_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"flexy-key-check/checks/internal/test/testkit"
)

// Payloads that GitHub has sent are read as what they are. FLEXY_PAYLOADS names a
// file of them, which .ci/run takes from npm: @octokit/webhooks-examples.
func TestRecordedPayloads(t *testing.T) {
	t.Parallel()
	path := os.Getenv("FLEXY_PAYLOADS")
	if path == "" {
		t.Skip("FLEXY_PAYLOADS is not set")
	}
	text, err := os.ReadFile(path)
	testkit.NoError(t, err)
	var events []struct {
		Name     string
		Examples []map[string]any
	}
	testkit.NoError(t, json.Unmarshal(text, &events))
	seen := map[bool]int{}
	for _, e := range events {
		for _, payload := range e.Examples {
			run := func() given {
				text, err := json.Marshal(payload)
				testkit.NoError(t, err)
				return blank(e.Name, file(t, "event.json", string(text)), nil)
			}
			isPullRequest := slices.Contains(pullRequests, e.Name)
			seen[isPullRequest]++
			expectMistakes(t, run(), blankKey)
			if !isPullRequest {
				continue
			}
			head := payload["pull_request"].(map[string]any)["head"].(map[string]any)
			head["repo"].(map[string]any)["full_name"] = "stranger/Hello-World"
			expectSkipped(t, run(), true)
			head["repo"] = nil // deleted since
			expectSkipped(t, run(), true)
		}
	}
	t.Logf("%d payloads, %d of them of pull requests", seen[true]+seen[false], seen[true])
	if seen[true] < 30 || seen[false] < 200 {
		t.Error("too few")
	}
}
