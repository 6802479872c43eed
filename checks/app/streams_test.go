package app_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"flexy-key-check/checks/internal/test/testkit"
)

// eager starts a server that answers each connection before a request. net/http
// prints such an answer through the standard logger.
func eager(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	testkit.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	raw := fmt.Sprintf("HTTP/1.1 200 OK\r\nX-Evil: ##[error]x\r\nContent-Length: %d\r\n\r\n%s", len(document), document)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				_, _ = io.WriteString(conn, raw)
				_ = conn.SetReadDeadline(time.Now().Add(time.Second))
				_, _ = io.Copy(io.Discard, conn)
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

// What a library writes to the standard logger reaches no stream. The test of main has
// the proof: here it is a race whether net/http writes anything.
func TestStreamsEagerServer(t *testing.T) {
	t.Parallel()
	url := eager(t)
	for format, program := range map[string]func() program{
		"github": func() program { return action(t, url, nil) },
		"text":   func() program { return shell(t, url, nil) },
		"GitHub": func() program {
			return action(t, url, map[string]string{"api-key": "", "environment": "", "rotation-only": "true",
				"secret-name": "FLEXY_API_KEY", "secrets-token": secretsToken, "GITHUB_API_URL": url})
		},
	} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			for range 5 {
				p := program()
				p.secrets = []string{secretsToken}
				if r := p.exec(t, nil); strings.Contains(string(r.stdout)+string(r.stderr), "X-Evil") {
					t.Fatalf("exit code %d:\n%s%s", r.code, r.stdout, r.stderr)
				}
			}
		})
	}
}

// If the disk fills up, a partial output is removed, and a pass becomes exit code 3.
func TestStreamsFullDisk(t *testing.T) {
	t.Parallel()
	p := shell(t, serve(t).URL, map[string]string{"GITHUB_ACTIONS": "true"}) // sh drops variables with a hyphen
	earlier := "earlier=" + strings.Repeat("x", 700) + "\n"
	for _, variable := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
		testkit.NoError(t, os.WriteFile(p.vars[variable], []byte(earlier), 0o600))
	}
	p.through, p.broken = `ulimit -f 2; exec "$0"`, true // 1 or 2 KiB
	r := p.exec(t, nil)
	if r.code != 3 || !r.annotates("error", "GITHUB_OUTPUT") || string(r.files["GITHUB_OUTPUT"]) != earlier {
		t.Errorf("exit code %d, outputs %q:\n%s%s", r.code, r.files["GITHUB_OUTPUT"], r.stdout, r.stderr)
	}
}
