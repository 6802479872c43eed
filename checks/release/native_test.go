package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

const (
	nativeFile   = ".github/actions/native/action.yml"
	nativeAction = root + "/" + nativeFile
)

// someSums are checksums as build writes them.
func someSums() string {
	var b strings.Builder
	for i, platform := range platforms {
		fmt.Fprintf(&b, "%064x  %s\n", i, binaryName(platform))
	}
	return b.String()
}

func writeFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Only the two variables change, and they are read as they were written.
func TestPinNative(t *testing.T) {
	t.Parallel()
	before := text(t, nativeAction)
	after, err := pinNative(before, image, "v1.2.3", someSums())
	if err != nil {
		t.Fatal(err)
	}
	type action struct {
		Name, Description, Author string
		Inputs, Outputs           map[string]map[string]string
		Runs                      struct {
			Using string
			Steps []struct {
				Name, ID, Shell, Run string
				Env                  map[string]string
			}
		}
	}
	var want, got action
	for file, into := range map[string]*action{before: &want, after: &got} {
		if err := yaml.Load([]byte(file), into, yaml.WithKnownFields()); err != nil {
			t.Fatal(err)
		}
	}
	env := want.Runs.Steps[0].Env
	env["RELEASE"], env["SHA256SUMS"] = account+"/flexy-key-check/releases/download/v1.2.3", someSums()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPinNativeRefuses(t *testing.T) {
	t.Parallel()
	before, sums := text(t, nativeAction), someSums()
	pinned, err := pinNative(before, image, "v1.2.3", sums)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(sums, "\n")
	for name, tt := range map[string][4]string{
		"another action":    {text(t, root+"/action.yml"), image, "v1.2.3", sums},
		"pinned already":    {pinned, image, "v1.2.3", sums},
		"two places":        {before + before, image, "v1.2.3", sums},
		"no image":          {before, "", "v1.2.3", sums},
		"no version":        {before, image, "1.2.3", sums},
		"another line":      {before, image, "v1.2.3\n  X: y", sums},
		"no sums":           {before, image, "v1.2.3", ""},
		"five sums":         {before, image, "v1.2.3", strings.Join(lines[1:], "")},
		"seven sums":        {before, image, "v1.2.3", sums + lines[0]},
		"another order":     {before, image, "v1.2.3", lines[1] + lines[0] + strings.Join(lines[2:], "")},
		"a short sum":       {before, image, "v1.2.3", sums[1:]},
		"upper case":        {before, image, "v1.2.3", strings.Replace(sums, "000", "00A", 1)},
		"no last newline":   {before, image, "v1.2.3", strings.TrimSuffix(sums, "\n")},
		"another file name": {before, image, "v1.2.3", strings.Replace(sums, "darwin", "plan9", 1)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := pinNative(tt[0], tt[1], tt[2], tt[3]); err == nil {
				t.Errorf("pinned it: %q", got)
			}
		})
	}
}

// A program that was not released, or whose checksum differs, is no release.
func TestVerifyNativeRefuses(t *testing.T) {
	t.Parallel()
	before := text(t, nativeAction)
	want, err := pinNative(before, image, "v1.2.3", someSums())
	if err != nil {
		t.Fatal(err)
	}
	for name, released := range map[string]string{
		"nothing pinned": before,
		"another sum":    strings.Replace(want, "0005  ", "0006  ", 1),
		"another place":  strings.Replace(want, account+"/", "stranger/", 1),
		"another script": strings.Replace(want, `"$GITHUB_ACTION_PATH/check"`, `"$GITHUB_ACTION_PATH/check" || true`, 1),
	} {
		if released == want {
			t.Fatalf("%s: nothing was replaced", name)
		}
		if err := verify(want, released); err == nil {
			t.Errorf("took %s", name)
		}
	}
}

// The key and the other inputs are in the environment of the step that becomes
// the program, and in nothing else: in no script, and not where the program is
// fetched.
func TestNativeActionKeepsInputsOutOfScripts(t *testing.T) {
	t.Parallel()
	var action struct {
		Inputs map[string]any
		Runs   struct {
			Steps []struct {
				ID, Run string
				Env     map[string]string
			}
		}
	}
	if err := yaml.Load([]byte(text(t, nativeAction)), &action); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"PROGRAM": "${{ steps.get.outputs.program }}", "INPUTS": "${{ toJSON(inputs) }}", "MSYS2_ENV_CONV_EXCL": "*",
	}
	for name := range action.Inputs {
		want["INPUT_"+strings.ToUpper(name)] = "${{ inputs." + name + " }}"
	}
	for _, step := range action.Runs.Steps {
		if strings.Contains(step.Run, "${{") {
			t.Errorf("an expression is put into a script: %s", step.Run)
		}
		if step.ID != "check" {
			want := map[string]string{"RELEASE": "", "SHA256SUMS": ""}
			if diff := cmp.Diff(want, step.Env); diff != "" {
				t.Errorf("variables of step %s (-want +got):\n%s", step.ID, diff)
			}
			continue
		}
		if diff := cmp.Diff(want, step.Env); diff != "" {
			t.Errorf("variables of the program (-want +got):\n%s", diff)
		}
	}
}

// pinned is what a release must make of an action.yml.
func (d *dispatch) pinned(name, action string) string {
	d.t.Helper()
	image := d.outputs["image"]["pinned"]
	pinned, err := pin(action, image)
	if name == nativeFile {
		pinned, err = pinNative(action, image, d.version, string(d.hub.artifacts[d.id()]["SHA256SUMS"]))
	}
	if err != nil {
		d.t.Fatal(err)
	}
	return pinned
}
