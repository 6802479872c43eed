package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"flexy-key-check/checks/internal/test/testkit"
)

const (
	nativeFile   = ".github/actions/native/action.yml"
	nativeAction = root + "/" + nativeFile

	digest    = "sha256:0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9"
	imageRepo = "ghcr.io/octo-org/flexy-key-check"
	image     = imageRepo + "@" + digest
)

// The Marketplace's form, which a person sees only when a release is to be published,
// wants a short description, one of its colours, and an icon that it does not omit.
func TestMarketplace(t *testing.T) {
	t.Parallel()
	var action struct {
		Name, Description string
		Branding          struct{ Icon, Color string }
	}
	load(t, root+"/action.yml", &action)
	if n := len(action.Description); n == 0 || n >= 125 {
		t.Errorf("the description has %d characters, want fewer than 125", n)
	}
	if action.Name != "flexy-key-check" || action.Branding.Icon != "shield" || action.Branding.Color != "green" {
		t.Errorf("look up whether the Marketplace takes %+v", action)
	}
}

// Pinning changes the line of the image and nothing else.
func TestPin(t *testing.T) {
	t.Parallel()
	before := text(t, root+"/action.yml")
	pinned, err := pin(before, image)
	if want := strings.TrimSuffix(before, "Dockerfile\n") + "docker://" + image + "\n"; err != nil || pinned != want {
		t.Errorf("%v (-want +got):\n%s", err, cmp.Diff(want, pinned))
	}
	for _, image := range []string{
		"", imageRepo, imageRepo + ":v1.2.3@" + digest, imageRepo + "@sha512:" + strings.Repeat("0a", 64), image[:len(image)-1], image + "0",
		"ghcr.io/Octo-Org/flexy-key-check@" + digest, "ghcr.io/flexy-key-check@" + digest, imageRepo + "/extra@" + digest,
		"docker.io/octo-org/flexy-key-check@" + digest, "ghcr-io/octo-org/flexy-key-check@" + digest, "docker://" + image, image + "\n  args: [--help]", " " + image,
	} {
		if got, err := pin(before, image); err == nil {
			t.Errorf("accepted %q: %q", image, got)
		}
	}
	for name, action := range map[string]string{
		"empty":           "",
		"already pinned":  pinned,
		"arguments":       before + "  args: [--help]\n",
		"another program": strings.Replace(before, "using: docker", "using: composite", 1),
		"two ends":        before + before,
		"CRLF":            strings.ReplaceAll(before, "\n", "\r\n"),
		"no last newline": strings.TrimSuffix(before, "\n"),
	} {
		if got, err := pin(action, image); err == nil {
			t.Errorf("%s: pinned it: %q", name, got)
		}
	}
}

// Pinning changes two variables and nothing else, and they are read back as they
// were written.
func TestPinNative(t *testing.T) {
	t.Parallel()
	before, sums := text(t, nativeAction), someSums()
	pinned, err := pinNative(before, image, "v1.2.3", sums)
	testkit.NoError(t, err)
	read := func(action string) (document map[string]any, env map[string]any) {
		testkit.NoError(t, yaml.Load([]byte(action), &document))
		return document, document["runs"].(map[string]any)["steps"].([]any)[0].(map[string]any)["env"].(map[string]any)
	}
	want, env := read(before)
	env["RELEASE"], env["SHA256SUMS"] = account+"/flexy-key-check/releases/download/v1.2.3", sums
	got, _ := read(pinned)
	testkit.Diff(t, want, got)

	lines := strings.SplitAfter(sums, "\n")
	for name, tt := range map[string][4]string{
		"another action":  {text(t, root+"/action.yml"), image, "v1.2.3", sums},
		"already pinned":  {pinned, image, "v1.2.3", sums},
		"two places":      {before + before, image, "v1.2.3", sums},
		"no image":        {before, "", "v1.2.3", sums},
		"no version":      {before, image, "1.2.3", sums},
		"another line":    {before, image, "v1.2.3\n  X: y", sums},
		"five sums":       {before, image, "v1.2.3", strings.Join(lines[1:], "")},
		"seven sums":      {before, image, "v1.2.3", sums + lines[0]},
		"another order":   {before, image, "v1.2.3", lines[1] + lines[0] + strings.Join(lines[2:], "")},
		"a short sum":     {before, image, "v1.2.3", sums[1:]},
		"upper case":      {before, image, "v1.2.3", strings.Replace(sums, "000", "00A", 1)},
		"no last newline": {before, image, "v1.2.3", strings.TrimSuffix(sums, "\n")},
	} {
		if got, err := pinNative(tt[0], tt[1], tt[2], tt[3]); err == nil {
			t.Errorf("%s: pinned it: %q", name, got)
		}
	}
}

// The step that gets the program has no input in its environment, and no script
// contains one. What the other step has is proven where it is written from the code.
func TestNativeActionKeepsInputsOutOfScripts(t *testing.T) {
	t.Parallel()
	var action struct{ Runs struct{ Steps []step } }
	load(t, nativeAction, &action)
	for _, step := range action.Runs.Steps {
		if strings.Contains(step.Run, "${{") {
			t.Errorf("a script contains an expression: %s", step.Run)
		}
	}
	want := map[string]string{"RELEASE": "", "SHA256SUMS": ""}
	if diff := cmp.Diff(want, action.Runs.Steps[0].Env); diff != "" || len(action.Runs.Steps) != 2 {
		t.Errorf("%d steps, variables of the first (-want +got):\n%s", len(action.Runs.Steps), diff)
	}
}
