// Command bench compares the program's run time with that of a curl and jq script
// that makes the same assertions, of a Go program that only makes the same GET,
// and of itself with min-balance, which needs a second request. All use TLS on
// loopback and the same CA bundle, and run in turn. It needs curl and jq. See
// .ci/bench.
package main

import (
	"crypto/tls"
	"encoding/pem"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
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

// script makes the same assertions as the program with environment's settings,
// with one call of each tool.
const script = `curl -sSf -H "X-Access-Token: $FLEXY_API_KEY" "$FLEXY_BASE_URL/v3/validate" |
jq -e '.success and .data.username == env.FLEXY_EXPECT_ACCOUNT and (.data.apiKey |
	.isEnabled and .type == "PRODUCTION" and .scope == "READ-WRITE" and .allowedips == [])' || exit 1
`

func main() {
	runs := flag.Int("runs", 40, "how often to run each program")
	many := flag.Int("keys", 30, "how many keys to check in one run, and how many times to run curl")
	flag.Parse()
	if err := bench(*runs, *many); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(runs, many int) error {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	keys := []emulator.Key{{Text: key}}
	for i := range many {
		keys = append(keys, emulator.Key{Text: fmt.Sprintf("bench-many-%04d", i)})
	}
	for i := range keys {
		keys[i].Username, keys[i].Enabled, keys[i].Type, keys[i].Scope = "+213665983439", true, "PRODUCTION", "READ-WRITE"
		keys[i].Balance = "5000"
	}
	server := httptest.NewUnstartedServer(emulator.New(emulator.Options{Now: time.Now, Keys: keys}))
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
	one := map[string]*exec.Cmd{
		"flexy-key-check":  exec.Command(filepath.Join(dir, "flexy-key-check")),
		"bare Go GET":      exec.Command(filepath.Join(dir, "bare")),
		"curl and jq":      exec.Command("bash", "-c", script),
		"with min-balance": exec.Command(filepath.Join(dir, "flexy-key-check")),
	}
	one["with min-balance"].Env = []string{"FLEXY_MIN_BALANCE=5000"}
	fmt.Printf("one key, median of %d runs in turn\n", runs)
	if err := inTurn(one, env, runs); err != nil {
		return err
	}
	policy, variables := policyOf(keys[1:])
	path := filepath.Join(dir, "policy.yml")
	if err := os.WriteFile(path, []byte(policy), 0o600); err != nil {
		return err
	}
	curls := strings.Repeat(strings.ReplaceAll(script, "exit 1", "true")+"\n", many)
	fmt.Printf("%d keys, median of %d runs in turn\n", many, max(runs/8, 3))
	return inTurn(map[string]*exec.Cmd{
		"flexy-key-check": exec.Command("env", slices.Concat([]string{"-u", "FLEXY_API_KEY", "FLEXY_POLICY=" + path}, variables, []string{filepath.Join(dir, "flexy-key-check")})...),
		"curl and jq":     exec.Command("bash", "-c", curls),
	}, env, max(runs/8, 3))
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

// policyOf returns a policy file for keys, and the variables with the keys.
func policyOf(keys []emulator.Key) (policy string, variables []string) {
	policy = "keys:\n"
	for i, k := range keys {
		policy += fmt.Sprintf("  - name: key %d\n    env: FLEXY_MANY_%d\n", i, i)
		variables = append(variables, fmt.Sprintf("FLEXY_MANY_%d=%s", i, k.Text))
	}
	return policy, variables
}

// compared describes how much faster flexy-key-check is than something else.
func compared(own, other time.Duration) string {
	switch faster := float64(other) / float64(own); {
	case own == other:
		return ""
	case faster > 1:
		return fmt.Sprintf("flexy-key-check is %.1f × faster", faster)
	default:
		return fmt.Sprintf("flexy-key-check is %.1f × slower", 1/faster)
	}
}

// inTurn runs each command a number of times, in turn, with env and its own
// variables. It prints each median and compares it with flexy-key-check's.
func inTurn(commands map[string]*exec.Cmd, env []string, runs int) error {
	times := map[string][]time.Duration{}
	for range runs {
		for name, c := range commands {
			cmd := exec.Command(c.Path, c.Args[1:]...)
			cmd.Env = slices.Concat(env, c.Env)
			began := time.Now()
			if out, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("%s: %w\n%s", name, err, out)
			}
			times[name] = append(times[name], time.Since(began))
		}
	}
	median := func(name string) time.Duration {
		slices.Sort(times[name])
		return times[name][len(times[name])/2]
	}
	own := median("flexy-key-check")
	for _, name := range []string{"flexy-key-check", "bare Go GET", "curl and jq", "with min-balance"} {
		if commands[name] != nil {
			m := median(name)
			fmt.Printf("  %-16s %8.1f ms   %s\n", name, float64(m)/1e6, compared(own, m))
		}
	}
	return nil
}
