// Package bench compares the program's run time with that of a Go program that only
// makes the same GET, and of a curl and jq script that makes the same checks. All use
// TLS on loopback and the same CA bundle, and run in turn. It needs curl and jq. See
// .ci/bench.
package bench

import (
	"encoding/pem"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"flexy-key-check/checks/internal/test/emulator"
	"flexy-key-check/checks/internal/test/testkit"
)

const key = "bench-production-4f1c9a7e"

const bareGet = `package main

import ("io"; "net/http"; "os")

func main() {
	req, _ := http.NewRequest("GET", os.Getenv("FLEXY_BASE_URL")+"/v3/validate", nil)
	req.Header.Set("X-Access-Token", os.Getenv("FLEXY_API_KEY"))
	res, err := http.DefaultClient.Do(req)
	if err != nil { panic(err) }
	io.Copy(os.Stdout, res.Body)
}
`

const script = `curl -sSf -H "X-Access-Token: $FLEXY_API_KEY" "$FLEXY_BASE_URL/v3/validate" |
jq -e '.success and .data.username == env.FLEXY_EXPECT_ACCOUNT and (.data.apiKey |
	.isEnabled and .type == "PRODUCTION" and .scope == "READ-WRITE" and .allowedips == [])'
`

// BenchmarkStart reports the median of each, in ms, and their ratios.
func BenchmarkStart(b *testing.B) {
	dir := b.TempDir()
	server := httptest.NewTLSServer(emulator.New(emulator.Options{Now: time.Now, Keys: []emulator.Key{
		{Text: key, Username: testkit.Username, Enabled: true, Type: "PRODUCTION", Scope: "READ-WRITE"},
	}}))
	defer server.Close()
	bundle, err := os.ReadFile("/etc/ssl/certs/ca-certificates.crt")
	testkit.NoError(b, err)
	bundle = append(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})...)
	ca, source := filepath.Join(dir, "bundle.pem"), filepath.Join(dir, "bare.go")
	testkit.NoError(b, os.WriteFile(ca, bundle, 0o600))
	testkit.NoError(b, os.WriteFile(source, []byte(bareGet), 0o600))
	env := []string{
		"PATH=" + os.Getenv("PATH"), "SSL_CERT_FILE=" + ca, "SSL_CERT_DIR=/nowhere", "CURL_CA_BUNDLE=" + ca,
		"FLEXY_BASE_URL=" + server.URL, "FLEXY_API_KEY=" + key, "FLEXY_ENVIRONMENT=production",
		"FLEXY_EXPECT_SCOPE=READ-WRITE", "FLEXY_EXPECT_ALLOWED_IPS=unrestricted", "FLEXY_EXPECT_ACCOUNT=" + testkit.Username,
	}
	names := []string{"program", "bare", "script"}
	commands := [][]string{{build(b, dir+"/program", "../../..")}, {build(b, dir+"/bare", source)}, {"bash", "-c", script}}
	times := make([][]time.Duration, len(commands))
	for b.Loop() {
		for i, c := range commands {
			cmd := exec.CommandContext(b.Context(), c[0], c[1:]...)
			cmd.Env = env
			began := time.Now()
			if out, err := cmd.CombinedOutput(); err != nil {
				b.Fatalf("%s: %v\n%s", names[i], err, out)
			}
			times[i] = append(times[i], time.Since(began))
		}
	}
	median := func(i int) float64 {
		slices.Sort(times[i])
		return float64(times[i][len(times[i])/2]) / 1e6
	}
	for i, name := range names {
		b.ReportMetric(median(i), name+"-ms")
	}
	b.ReportMetric(median(0)/median(1), "program/bare")
	b.ReportMetric(median(2)/median(0), "script/program")
}

// build builds a program with the flags of a release, and returns its path.
func build(b *testing.B, path, source string) string {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-tags=nethttpomithttp2", "-gcflags=go.yaml.in/yaml/v4/...=-l", "-ldflags=-s -w", "-o", path, source)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return path
}
