package container_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"debug/buildinfo"
	"debug/elf"
	"encoding/pem"
	"errors"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks/internal/emulator"
	"flexy-key-check/checks/internal/oracle"
)

// The limits of the image.
const (
	maxSize       = 9_000_000
	maxCompressed = 3_500_000
)

// The keys that the emulator knows, and one that was revoked.
var (
	shop    = emulator.Key{Text: "k-3f9a1c77be204d58a6217e0c94d5b3f8", Username: account, Enabled: true, Type: "PRODUCTION", Scope: "READ-WRITE", Balance: "7392651.84"}
	renewed = emulator.Key{Text: "k-b7e04d91c2586fa3170c8ed5f64a2b39", Username: account, Enabled: true, Type: "PRODUCTION", Scope: "READ-WRITE"}
	trial   = emulator.Key{Text: "k-81d2e60fa5b34c19", Username: account, Enabled: true, Type: "SANDBOX", Scope: "READ-WRITE"}
	reports = emulator.Key{Text: "k-c05b7f3e92d1486a", Username: account, Enabled: true, Type: "PRODUCTION", Scope: "READ-ONLY", Balance: "1326.139"}
)

const (
	account = "+213665983439"
	revoked = "k-6be8a04d17f2c935d08b1e47c6a9f352"
)

func TestImage(t *testing.T) {
	for name, build := range map[string]func() (string, error){"plain": plainImage, "BuildKit": buildKitImage} {
		t.Run(name, func(t *testing.T) {
			img := save(t, built(t, build))
			want := []string{"etc/ssl/certs/ca-certificates.crt", "flexy-key-check"}
			if d := cmp.Diff(want, slices.Sorted(maps.Keys(img.files))); d != "" {
				t.Errorf("files (-want +got):\n%s", d)
			}
			config := img.config.Config
			if d := cmp.Diff([]string{"/flexy-key-check"}, config.Entrypoint); d != "" {
				t.Errorf("entrypoint (-want +got):\n%s", d)
			}
			if config.User != "" || strings.Trim(config.WorkingDir, "/") != "" || len(config.Cmd)+len(config.Volumes)+len(config.ExposedPorts) > 0 {
				t.Errorf("the image says more than the runner bears: %+v", config)
			}
			labels := map[string]string{
				"org.opencontainers.image.title":       "flexy-key-check",
				"org.opencontainers.image.description": config.Labels["org.opencontainers.image.description"],
				"org.opencontainers.image.licenses":    "MIT",
				"org.opencontainers.image.version":     version,
				"org.opencontainers.image.revision":    commit,
			}
			if d := cmp.Diff(labels, config.Labels); d != "" {
				t.Errorf("labels (-want +got):\n%s", d)
			}
			checkSize(t, img)
			checkBinary(t, img.binary)
		})
	}
}

func checkSize(t *testing.T, img image) {
	t.Helper()
	size, compressed := 0, 0
	for _, layer := range img.layers {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := w.Write(layer); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		size, compressed = size+len(layer), compressed+b.Len()
	}
	t.Logf("image: %.2f MB, %.2f MB compressed", float64(size)/1e6, float64(compressed)/1e6)
	if size > maxSize || compressed > maxCompressed {
		t.Errorf("the image has %d bytes, %d compressed: more than %d and %d", size, compressed, maxSize, maxCompressed)
	}
}

func checkBinary(t *testing.T, binary []byte) {
	t.Helper()
	file, err := elf.NewFile(bytes.NewReader(binary))
	if err != nil {
		t.Fatal(err)
	}
	for _, prog := range file.Progs {
		if prog.Type == elf.PT_INTERP || prog.Type == elf.PT_DYNAMIC {
			t.Errorf("the binary is not static: it has %s", prog.Type)
		}
	}
	info, err := buildinfo.Read(bytes.NewReader(binary))
	if err != nil {
		t.Fatal(err)
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	for key, want := range map[string]string{"CGO_ENABLED": "0", "-trimpath": "true", "-tags": "nethttpomithttp2"} {
		if settings[key] != want {
			t.Errorf("built with %s=%q, want %q", key, settings[key], want)
		}
	}
	if bytes.Contains(binary, []byte("checks/internal/emulator")) {
		t.Error("the emulator is in the binary")
	}
}

// Two builds of one commit, from scratch and by different builders, give the
// same bytes.
func TestBinaryIsReproducible(t *testing.T) {
	plain, buildKit := built(t, plainImage), built(t, buildKitImage)
	if !bytes.Equal(save(t, plain).binary, save(t, buildKit).binary) {
		t.Error("two builds of one commit differ")
	}
}

func TestVersion(t *testing.T) {
	code, output := container(t, built(t, plainImage), nil, "--version")
	if want := "flexy-key-check " + version + "+" + commit + "\n"; code != 0 || output != want {
		t.Errorf("exit code %d, %q, want %q", code, output, want)
	}
}

// Outside Actions the image needs no rights at all.
func TestHardened(t *testing.T) {
	tag := built(t, plainImage)
	api := emulator.New(emulator.Options{Now: time.Now, Keys: []emulator.Key{shop, trial}})
	plain, secure := httptest.NewServer(api), httptest.NewTLSServer(api)
	t.Cleanup(plain.Close)
	t.Cleanup(secure.Close)
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw}))
	tests := map[string]struct {
		server  *httptest.Server
		key, ca string
		code    int
		want    string
	}{
		"pass":                {plain, shop.Text, "", 0, "verdict: pass"},
		"mismatch":            {plain, trial.Text, "", 1, "verdict: mismatch"},
		"invalid":             {plain, "no-such-key-at-all", "", 1, "verdict: invalid"},
		"blank":               {plain, "", "", 2, "verdict: misconfigured"},
		"unknown certificate": {secure, shop.Text, "", 3, "verdict: unavailable"},
		"added certificate":   {secure, shop.Text, ca, 0, "verdict: pass"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			code, output := container(t, tag, []string{
				"FLEXY_API_KEY=" + tt.key, "FLEXY_ENVIRONMENT=production",
				"FLEXY_BASE_URL=" + tt.server.URL, "FLEXY_CA_CERTIFICATE=" + tt.ca,
			})
			if code != tt.code || !strings.Contains(output, tt.want) {
				t.Errorf("exit code %d, want %d and %q in:\n%s", code, tt.code, tt.want, output)
			}
			oracle.NoLeak(t, map[string][]byte{"output": []byte(output)}, tt.key, account)
		})
	}
	if got := api.Stats().Requests; got != 4 {
		t.Errorf("the API saw %d requests, want 4", got)
	}
}

// A secret that is mounted as a file is read where the user may, and reported
// where not.
func TestSecretFile(t *testing.T) {
	tag := built(t, plainImage)
	server := httptest.NewServer(emulator.New(emulator.Options{Now: time.Now, Keys: []emulator.Key{shop}}))
	t.Cleanup(server.Close)
	for owner, want := range map[int]string{65532: "verdict: pass", 0: "FLEXY_API_KEY_FILE: permission denied"} {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, []byte(shop.Text+"\n"), 0o400); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(path, owner, owner); err != nil {
			t.Fatal(err)
		}
		mount := []string{"--mount=type=bind,readonly,target=/run/secrets/key,source=" + path}
		code, output := containerWith(t, mount, tag, []string{
			"FLEXY_API_KEY_FILE=/run/secrets/key", "FLEXY_ENVIRONMENT=production", "FLEXY_BASE_URL=" + server.URL,
		})
		if (code == 0) != (owner != 0) || !strings.Contains(output, want) {
			t.Errorf("file of user %d: exit code %d, want %q in:\n%s", owner, code, want, output)
		}
		oracle.NoLeak(t, map[string][]byte{"output": []byte(output)}, shop.Text, account)
	}
}

// container runs the image with no more rights than it needs, on the host's
// network. The settings do not show on the command line.
func container(t *testing.T, tag string, env []string, args ...string) (code int, output string) {
	t.Helper()
	return containerWith(t, nil, tag, env, args...)
}

func containerWith(t *testing.T, flags []string, tag string, env []string, args ...string) (code int, output string) {
	t.Helper()
	command := append([]string{
		"run", "--rm", "--network=host", "--read-only", "--cap-drop=ALL",
		"--user=65532", "--security-opt=no-new-privileges",
	}, flags...)
	for _, setting := range env {
		name, _, _ := strings.Cut(setting, "=")
		command = append(command, "--env="+name)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	output, err := run(ctx, env, "docker", append(append(command, tag), args...)...)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if err != nil {
		return exit.ExitCode(), output + err.Error()
	}
	return 0, output
}

// built returns the image that build makes.
func built(t *testing.T, build func() (string, error)) string {
	t.Helper()
	_, err := goImage()
	need(t, err)
	tag, err := build()
	if err != nil && strings.Contains(err.Error(), "buildx component is missing") {
		need(t, err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return tag
}
