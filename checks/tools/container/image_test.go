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
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks/internal/test/emulator"
	"flexy-key-check/checks/internal/test/oracle"
	"flexy-key-check/checks/internal/test/testkit"
)

// Keys that the emulator knows, one that was revoked and one that never existed.
var (
	shop       = emulator.Key{Text: "k-3f9a1c77be204d58a6217e0c94d5b3f8", Username: account, Enabled: true, Type: "PRODUCTION", Scope: "READ-WRITE", Balance: "7392651.84"}
	renewed    = emulator.Key{Text: "k-b7e04d91c2586fa3170c8ed5f64a2b39", Username: account, Enabled: true, Type: "PRODUCTION", Scope: "READ-WRITE"}
	again      = emulator.Key{Text: "k-5ac7e20f81d94b36920ef4b7a3c1685d", Username: account, Enabled: true, Type: "PRODUCTION", Scope: "READ-WRITE"}
	trial      = emulator.Key{Text: "k-81d2e60fa5b34c19", Username: account, Enabled: true, Type: "SANDBOX", Scope: "READ-WRITE"}
	reports    = emulator.Key{Text: "k-c05b7f3e92d1486a", Username: account, Enabled: true, Type: "PRODUCTION", Scope: "READ-ONLY", Balance: "1326.139"}
	revoked    = emulator.Key{Text: "k-6be8a04d17f2c935d08b1e47c6a9f352"}
	unknownKey = emulator.Key{Text: "k-nobody-knows-this-one"}
)

const account = "+213665983439"

// An api is an emulator on loopback.
type api struct {
	*emulator.API
	url string
}

func startAPI(t *testing.T, keys ...emulator.Key) api {
	t.Helper()
	a := emulator.New(emulator.Options{Now: time.Now, Keys: keys, Lockout: emulator.DocumentedLockout})
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	return api{a, server.URL}
}

func TestImage(t *testing.T) {
	binaries := map[string][]byte{}
	for name, build := range map[string]func() (string, error){"plain": plainImage, "BuildKit": buildKitImage} {
		t.Run(name, func(t *testing.T) {
			img := save(t, built(t, build))
			config := img.config.Config
			labels := map[string]string{
				"org.opencontainers.image.title":       "flexy-key-check",
				"org.opencontainers.image.description": config.Labels["org.opencontainers.image.description"],
				"org.opencontainers.image.licenses":    "MIT",
				"org.opencontainers.image.version":     version,
				"org.opencontainers.image.revision":    commit,
			}
			for what, pair := range map[string][2]any{
				"files":      {[]string{"etc/ssl/certs/ca-certificates.crt", "flexy-key-check"}, slices.Sorted(maps.Keys(img.files))},
				"entrypoint": {[]string{"/flexy-key-check"}, config.Entrypoint},
				"labels":     {labels, config.Labels},
			} {
				if d := cmp.Diff(pair[0], pair[1]); d != "" {
					t.Errorf("%s (-want +got):\n%s", what, d)
				}
			}
			if config.User != "" || strings.Trim(config.WorkingDir, "/") != "" || len(config.Cmd)+len(config.Volumes)+len(config.ExposedPorts) > 0 {
				t.Errorf("the image sets more than a runner tolerates: %+v", config)
			}
			checkSize(t, img)
			checkBinary(t, img.binary)
			binaries[name] = img.binary
		})
	}
	if !t.Failed() && len(binaries) == 2 && !bytes.Equal(binaries["plain"], binaries["BuildKit"]) {
		t.Error("two builds of one commit differ")
	}
}

func checkSize(t *testing.T, img image) {
	t.Helper()
	size, compressed := 0, 0
	for _, layer := range img.layers {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		w.Write(layer)
		w.Close()
		size, compressed = size+len(layer), compressed+b.Len()
	}
	t.Logf("image: %.2f MB, %.2f MB compressed", float64(size)/1e6, float64(compressed)/1e6)
	said := regexp.MustCompile(`smaller than ([\d.]+) MB, and than ([\d.]+) MB compressed`).FindStringSubmatch(read(t, ".github/BENCHMARKS.md"))
	if said == nil {
		t.Fatal("BENCHMARKS.md does not say how large the image is")
	}
	for i, n := range []int{size, compressed} {
		limit, err := strconv.ParseFloat(said[i+1], 64)
		testkit.NoError(t, err)
		if float64(n) >= limit*1e6 {
			t.Errorf("%d bytes are not smaller than %s MB, as BENCHMARKS.md says", n, said[i+1])
		}
	}
}

func checkBinary(t *testing.T, binary []byte) {
	t.Helper()
	file, err := elf.NewFile(bytes.NewReader(binary))
	testkit.NoError(t, err)
	for _, prog := range file.Progs {
		if prog.Type == elf.PT_INTERP || prog.Type == elf.PT_DYNAMIC {
			t.Errorf("the binary is not static: it has %s", prog.Type)
		}
	}
	info, err := buildinfo.Read(bytes.NewReader(binary))
	testkit.NoError(t, err)
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	for key, want := range map[string]string{"CGO_ENABLED": "0", "-trimpath": "true", "-tags": "nethttpomithttp2"} {
		if settings[key] != want {
			t.Errorf("built with %s=%q, want %q", key, settings[key], want)
		}
	}
	if bytes.Contains(binary, []byte("checks/internal/test/emulator")) {
		t.Error("the binary contains the emulator")
	}
}

// Outside Actions the image needs no rights at all. A secret that is mounted as a
// file is read if the user may read it.
func TestHardened(t *testing.T) {
	tag, plain := built(t, plainImage), startAPI(t, shop, trial)
	secure := httptest.NewTLSServer(plain.API)
	t.Cleanup(secure.Close)
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw}))
	// mount makes a file with a key that belongs to a user.
	mount := func(owner int) string {
		path := filepath.Join(t.TempDir(), "key")
		testkit.NoError(t, errors.Join(os.WriteFile(path, []byte(shop.Text+"\n"), 0o400), os.Chown(path, owner, owner)))
		return "--mount=type=bind,readonly,target=/run/secrets/key,source=" + path
	}
	const file = "FLEXY_API_KEY_FILE=/run/secrets/key"
	for name, tt := range map[string]struct {
		url, key, ca string
		flags        []string
		code         int
		want         string
	}{
		"pass":                {plain.url, "FLEXY_API_KEY=" + shop.Text, "", nil, 0, "verdict: pass"},
		"mismatch":            {plain.url, "FLEXY_API_KEY=" + trial.Text, "", nil, 1, "verdict: mismatch"},
		"blank":               {plain.url, "FLEXY_API_KEY=", "", nil, 2, "verdict: misconfigured"},
		"unknown certificate": {secure.URL, "FLEXY_API_KEY=" + shop.Text, "", nil, 3, "verdict: unavailable"},
		"added certificate":   {secure.URL, "FLEXY_API_KEY=" + shop.Text, ca, nil, 0, "verdict: pass"},
		"file":                {plain.url, file, "", []string{mount(65532)}, 0, "verdict: pass"},
		"root's file":         {plain.url, file, "", []string{mount(0)}, 2, "FLEXY_API_KEY_FILE: permission denied"},
	} {
		t.Run(name, func(t *testing.T) {
			env := []string{"FLEXY_ENVIRONMENT=production", "FLEXY_BASE_URL=" + tt.url, tt.key, "FLEXY_CA_CERTIFICATE=" + tt.ca}
			code, output := container(t, tag, tt.flags, env)
			if code != tt.code || !strings.Contains(output, tt.want) {
				t.Errorf("exit code %d, want %d and %q in:\n%s", code, tt.code, tt.want, output)
			}
		})
	}
	code, output := container(t, tag, nil, nil, "--version")
	if want := "flexy-key-check " + version + "+" + commit + "\n"; code != 0 || output != want {
		t.Errorf("exit code %d, %q, want %q", code, output, want)
	}
}

// container runs the image with no more rights than it needs, on the host's
// network. The values of settings are not on the command line.
func container(t *testing.T, tag string, flags, env []string, args ...string) (code int, output string) {
	t.Helper()
	command := append([]string{
		"run", "--rm", "--network=host", "--read-only", "--cap-drop=ALL", "--user=65532", "--security-opt=no-new-privileges",
	}, flags...)
	for _, setting := range env {
		name, _, _ := strings.Cut(setting, "=")
		command = append(command, "--env="+name)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	output, err := run(ctx, env, "docker", append(append(command, tag), args...)...)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code, output = exit.ExitCode(), output+err.Error()
	} else if err != nil {
		t.Fatal(err)
	}
	oracle.NoLeak(t, map[string][]byte{"output": []byte(output)}, shop.Text, trial.Text, unknownKey.Text, account)
	return code, output
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
	testkit.NoError(t, err)
	return tag
}
