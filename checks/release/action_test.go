package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	digest = "sha256:0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9"
	image  = "ghcr.io/octo-org/flexy-key-check@" + digest
)

// Only the line of the image changes.
func TestPin(t *testing.T) {
	t.Parallel()
	before := text(t, root+"/action.yml")
	after, err := pin(before, image)
	if err != nil {
		t.Fatal(err)
	}
	got, want := strings.Split(after, "\n"), strings.Split(before, "\n")
	want[len(want)-2] = "  image: docker://" + image
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := verify(after, after); err != nil {
		t.Error(err)
	}
}

func TestPinRefusesImages(t *testing.T) {
	t.Parallel()
	for name, image := range map[string]string{
		"none":            "",
		"no digest":       "ghcr.io/octo-org/flexy-key-check",
		"a tag":           "ghcr.io/octo-org/flexy-key-check:v1.2.3",
		"tag and digest":  "ghcr.io/octo-org/flexy-key-check:v1.2.3@" + digest,
		"another digest":  "ghcr.io/octo-org/flexy-key-check@sha512:" + strings.Repeat("0a", 64),
		"a short digest":  "ghcr.io/octo-org/flexy-key-check@" + digest[:len(digest)-1],
		"a long digest":   image + "0",
		"upper case":      "ghcr.io/Octo-Org/flexy-key-check@" + digest,
		"no owner":        "ghcr.io/flexy-key-check@" + digest,
		"a deeper name":   "ghcr.io/octo-org/flexy-key-check/extra@" + digest,
		"no registry":     "octo-org/flexy-key-check@" + digest,
		"other registry":  "docker.io/octo-org/flexy-key-check@" + digest,
		"almost the same": "ghcr.io.example.com/octo-org/flexy-key-check@" + digest,
		"two digests":     image + "@" + digest,
		"a scheme":        "docker://" + image,
		"another line":    image + "\n  args: [--help]",
		"white space":     " " + image,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := pin(text(t, root+"/action.yml"), image); err == nil {
				t.Errorf("took %q: %q", image, got)
			}
		})
	}
}

func TestPinRefusesFiles(t *testing.T) {
	t.Parallel()
	before := text(t, root+"/action.yml")
	pinned, err := pin(before, image)
	if err != nil {
		t.Fatal(err)
	}
	for name, action := range map[string]string{
		"empty":           "",
		"pinned already":  pinned,
		"no image":        strings.TrimSuffix(before, "  image: Dockerfile\n"),
		"another image":   strings.Replace(before, "image: Dockerfile", "image: docker://alpine", 1),
		"arguments":       before + "  args: [--help]\n",
		"another program": strings.Replace(before, "using: docker", "using: composite", 1),
		"two ends":        before + before,
		"DOS lines":       strings.ReplaceAll(before, "\n", "\r\n"),
		"no last newline": strings.TrimSuffix(before, "\n"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := pin(action, image); err == nil {
				t.Errorf("pinned it: %q", got)
			}
		})
	}
}

func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	before := text(t, root+"/action.yml")
	pinned, err := pin(before, image)
	if err != nil {
		t.Fatal(err)
	}
	other := strings.Replace(image, "sha256:0a", "sha256:0b", 1)
	for name, released := range map[string]string{
		"nothing pinned": before,
		"other image":    strings.Replace(pinned, image, other, 1),
		"other input":    strings.Replace(pinned, "  api-key:\n", "  api_key:\n", 1),
		"more":           pinned + "  entrypoint: /bin/sh\n",
		"less":           strings.TrimSuffix(pinned, "\n"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := verify(pinned, released); err == nil {
				t.Error("took it")
			}
		})
	}
}
