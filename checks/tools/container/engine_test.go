// Package container_test runs the image in a container engine, and the workflows
// in testdata/workflows in a runner (act). It needs
//
//   - docker and a running engine,
//   - a Go base image: $FLEXY_GO_IMAGE, or flexy-ci/go, which .ci/engine makes,
//   - for the workflows act and a job image: $FLEXY_JOB_IMAGE, or flexy-ci/job.
//
// They take minutes, so they run only if FLEXY_ENGINE is "require".
package container_test

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"flexy-key-check/checks/internal/test/testkit"
)

const (
	root = "../../.." // of the repository

	version = "1.2.3"
	commit  = "0123abcd0123abcd0123abcd0123abcd0123abcd"
)

// need fails the test if there is an error, or skips it if container tests are not wanted.
func need(t *testing.T, err error) {
	t.Helper()
	switch {
	case err == nil:
	case os.Getenv("FLEXY_ENGINE") == "require":
		t.Fatal(err)
	default:
		t.Skipf("skipped: %v", err)
	}
}

// environ returns this process's environment and more, but nothing that tells of a
// run of GitHub Actions or of a key: the developer's own may be in one.
func environ(more ...string) []string {
	own := slices.DeleteFunc(os.Environ(), func(v string) bool {
		return regexp.MustCompile(`^(ACTIONS|FLEXY|GITHUB|INPUT|RUNNER)_`).MatchString(v)
	})
	return append(own, more...)
}

// run runs a command and returns its standard output.
func run(ctx context.Context, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = environ(env...)
	cmd.WaitDelay = 10 * time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("%s %s: %w\n%s", name, args[0], err, stderr.String())
	}
	return stdout.String(), nil
}

// localImage returns the image named by a variable, or else a local one.
func localImage(variable, local string) (string, error) {
	image := cmp.Or(os.Getenv(variable), local)
	if image == local {
		if _, err := run(context.Background(), nil, "docker", "image", "inspect", local); err != nil {
			return "", fmt.Errorf("there is no image %s, and %s is not set: %w", local, variable, err)
		}
	}
	return image, nil
}

// goImage returns the base image of the build stage.
var goImage = sync.OnceValues(func() (string, error) {
	if os.Getenv("FLEXY_ENGINE") != "require" {
		return "", errors.New("FLEXY_ENGINE is not require")
	}
	if _, err := run(context.Background(), nil, "docker", "version"); err != nil {
		return "", fmt.Errorf("no container engine is running: %w", err)
	}
	return localImage("FLEXY_GO_IMAGE", "flexy-ci/go")
})

// plainImage builds the project's image without BuildKit.
var plainImage = sync.OnceValues(func() (string, error) { return build("flexy-key-check:e2e", "DOCKER_BUILDKIT=0") })

// buildKitImage builds the project's image with BuildKit.
var buildKitImage = sync.OnceValues(func() (string, error) { return build("flexy-key-check:buildkit", "DOCKER_BUILDKIT=1") })

func build(tag, builder string) (string, error) {
	base, err := goImage()
	if err != nil {
		return "", err
	}
	dockerfile, err := os.ReadFile(filepath.Join(root, "Dockerfile"))
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "Dockerfile")
	if err := os.WriteFile(file, []byte(standIn(string(dockerfile), base)), 0o600); err != nil {
		return "", err
	}
	_, err = run(context.Background(), []string{builder}, "docker", "build", "--quiet", "--tag", tag, "--file", file,
		"--build-arg", "VERSION="+version, "--build-arg", "COMMIT="+commit, root)
	return tag, err
}

// standIn replaces the base image in the Dockerfile, which names it literally for
// Dependabot.
func standIn(dockerfile, base string) string {
	return goImageName.ReplaceAllString(dockerfile, "${1}"+base+"${2}")
}

var goImageName = regexp.MustCompile(`(?m)^(FROM .*)\bgolang:\S+( AS build)$`)

// An image is what docker save writes of one.
type image struct {
	config struct {
		Architecture string
		Config       struct {
			User, WorkingDir string
			Entrypoint, Cmd  []string
			Env              []string
			Labels           map[string]string
			Volumes          map[string]any
			ExposedPorts     map[string]any
		}
	}
	files  map[string]*tar.Header // without directories
	binary []byte
	layers [][]byte
}

func save(t *testing.T, tag string) image {
	t.Helper()
	archive, err := run(t.Context(), nil, "docker", "save", tag)
	testkit.NoError(t, err)
	return readImage(t, []byte(archive))
}

// readImage reads an archive of docker save, whose layers are compressed if the
// engine stores images in containerd.
func readImage(t *testing.T, archive []byte) image {
	t.Helper()
	parts := map[string][]byte{}
	untar(t, archive, func(h *tar.Header, body []byte) { parts[h.Name] = body })
	var manifest []struct {
		Config string
		Layers []string
	}
	decode(t, parts["manifest.json"], &manifest)
	img := image{files: map[string]*tar.Header{}}
	decode(t, parts[manifest[0].Config], &img.config)
	for _, name := range manifest[0].Layers {
		layer := parts[name]
		if bytes.HasPrefix(layer, []byte("\x1f\x8b")) {
			r, err := gzip.NewReader(bytes.NewReader(layer))
			testkit.NoError(t, err)
			layer, err = io.ReadAll(r)
			testkit.NoError(t, err)
		}
		img.layers = append(img.layers, layer)
		untar(t, layer, func(h *tar.Header, body []byte) {
			if h.Typeflag != tar.TypeDir {
				img.files[h.Name] = h
			}
			if h.Name == "flexy-key-check" {
				img.binary = body
			}
		})
	}
	return img
}

func untar(t *testing.T, archive []byte, each func(*tar.Header, []byte)) {
	t.Helper()
	r := tar.NewReader(bytes.NewReader(archive))
	for {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		testkit.NoError(t, err)
		body, err := io.ReadAll(r)
		testkit.NoError(t, err)
		each(header, body)
	}
}

func decode(t *testing.T, data []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%v in %.200q", err, data)
	}
}

// write writes a file into a directory, and makes its parents.
func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	testkit.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	testkit.NoError(t, os.WriteFile(path, []byte(text), 0o644))
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	testkit.NoError(t, err)
	return string(text)
}
