package main

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// The commands of SECURITY.md run as they stand there, on a release that was
// rehearsed.
func TestSecurityCommands(t *testing.T) {
	t.Parallel()
	h := rehearsal(t)
	first := h.release(t, "v1.0.0")
	must(t, first)
	h.commit(edit(t, "README.md"))
	must(t, h.release(t, "v1.1.0"))

	security := h.git("cat-file", "blob", "v1.0.0:.github/SECURITY.md")
	script := regexp.MustCompile("(?s)## Checking a release\n.*?```sh\n(.*?)```").FindStringSubmatch(security)
	if script == nil {
		t.Fatal("no commands found")
	}
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "bash", "-euxo", "pipefail", "-c", script[1])
	cmd.Dir = dir
	cmd.Env = append(first.environment(dir), "GH_TOKEN=contents=read",
		"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=url.file://"+h.dir+".insteadOf", "GIT_CONFIG_VALUE_0=https://github.com/"+h.repository)
	log, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	repo := " --repo " + h.repository
	signer := repo + " --signer-workflow " + h.repository + "/.github/workflows/release.yml"
	for _, want := range []string{
		h.ref("v1.0.0") + "\trefs/tags/v1.0.0\n", "\nahead\n",
		"[gh release verify v1.0.0" + repo + "]\n",
		"[gh attestation verify oci://" + first.outputs["image"]["pinned"] + signer + "]\n",
		"[gh attestation verify oci://" + first.outputs["image"]["pinned"] + signer + " --predicate-type https://spdx.dev/Document/v2.3]\n",
		"[gh release verify-asset v1.0.0 flexy-key-check-linux-amd64" + repo + "]\n",
		"[gh attestation verify flexy-key-check-linux-amd64" + signer + "]\n",
		"git checkout --quiet " + first.commit + "\n",
	} {
		if !strings.Contains(string(log), want) {
			t.Errorf("the log lacks %q:\n%s", want, log)
		}
	}
}
