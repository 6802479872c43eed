// Command bench compares the program's run time with that of a curl and jq script
// that makes the same checks, and of a Go program that only makes the same GET. All
// use TLS on loopback and the same CA bundle, and run in turn. It needs curl and jq.
// See .ci/bench.
package main

import (
	"cmp"
	"crypto/tls"
	"encoding/pem"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"flexy-key-check/checks/internal/test/emulator"
)

const key = "bench-production-4f1c9a7e"

// bare is a minimal Go program.
const bare = `package main

import ("io"; "net/http"; "os")

func main() {
	req, _ := http.NewRequest("GET", os.Getenv("FLEXY_BASE_URL")+"/v3/validate", nil)
	req.Header.Set("X-Access-Token", os.Getenv("FLEXY_API_KEY"))
	res, err := http.DefaultClient.Do(req)
	if err != nil { panic(err) }
	io.Copy(os.Stdout, res.Body)
}
`

// script makes the same checks as the program with environment's settings, with one
// call of each tool.
const script = `curl -sSf -H "X-Access-Token: $FLEXY_API_KEY" "$FLEXY_BASE_URL/v3/validate" |
jq -e '.success and .data.username == env.FLEXY_EXPECT_ACCOUNT and (.data.apiKey |
	.isEnabled and .type == "PRODUCTION" and .scope == "READ-WRITE" and .allowedips == [])'
`

func main() {
	runs := flag.Int("runs", 40, "how often to run each program")
	flag.Parse()
	if err := bench(*runs); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(runs int) error {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	good := emulator.Key{Text: key, Username: "+213665983439", Enabled: true, Type: "PRODUCTION", Scope: "READ-WRITE"}
	server := httptest.NewUnstartedServer(emulator.New(emulator.Options{Now: time.Now, Keys: []emulator.Key{good}}))
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	server.StartTLS()
	defer server.Close()
	env, err := environment(dir, server)
	if err != nil {
		return err
	}
	if err := build(dir); err != nil {
		return err
	}
	return inTurn([][]string{{filepath.Join(dir, "flexy-key-check")}, {filepath.Join(dir, "bare")}, {"bash", "-c", script}}, env, runs)
}

// environment returns the environment of all programs.
func environment(dir string, server *httptest.Server) ([]string, error) {
	bundle, err := os.ReadFile("/etc/ssl/certs/ca-certificates.crt")
	if err != nil {
		return nil, err
	}
	bundle = append(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})...)
	path := filepath.Join(dir, "bundle.pem")
	if err := os.WriteFile(path, bundle, 0o600); err != nil {
		return nil, err
	}
	return []string{
		"PATH=" + os.Getenv("PATH"), "SSL_CERT_FILE=" + path, "SSL_CERT_DIR=/nowhere", "CURL_CA_BUNDLE=" + path,
		"FLEXY_BASE_URL=" + server.URL, "FLEXY_API_KEY=" + key, "FLEXY_ENVIRONMENT=production",
		"FLEXY_EXPECT_SCOPE=READ-WRITE", "FLEXY_EXPECT_ALLOWED_IPS=unrestricted", "FLEXY_EXPECT_ACCOUNT=+213665983439",
	}, nil
}

// build builds the program as a release does, and bare with the same flags.
func build(dir string) error {
	source := filepath.Join(dir, "bare.go")
	if err := os.WriteFile(source, []byte(bare), 0o600); err != nil {
		return err
	}
	for name, pkg := range map[string]string{"flexy-key-check": ".", "bare": source} {
		cmd := exec.Command("go", "build", "-trimpath", "-tags=nethttpomithttp2", "-gcflags=go.yaml.in/yaml/v4/...=-l", "-ldflags=-s -w", "-o", filepath.Join(dir, name), pkg)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		cmd.Stderr = os.Stderr
		if err := cmd.Run(); err != nil {
			return err
		}
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		fmt.Printf("%s: %.1f MB\n", name, float64(info.Size())/1e6)
	}
	return nil
}

// inTurn runs each command a number of times, in turn. It prints each median, and its
// ratio to the first.
func inTurn(commands [][]string, env []string, runs int) error {
	times := make([][]time.Duration, len(commands))
	for range runs {
		for i, c := range commands {
			cmd := exec.Command(c[0], c[1:]...)
			cmd.Env = env
			began := time.Now()
			if out, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("%s: %w\n%s", c[0], err, out)
			}
			times[i] = append(times[i], time.Since(began))
		}
	}
	var own time.Duration
	for i, c := range commands {
		slices.Sort(times[i])
		median := times[i][runs/2]
		own = cmp.Or(own, median)
		fmt.Printf("%-16s %8.1f ms, %5.2f times\n", filepath.Base(c[0]), float64(median)/1e6, float64(median)/float64(own))
	}
	return nil
}
