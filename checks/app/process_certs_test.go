package app_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"flexy-key-check/checks/internal/test/testkit"
)

// Whatever the variables for certificates name, the process ends in time, with outputs.
func TestProcessCertificates(t *testing.T) { //nolint:tparallel // its runs share a pipe
	t.Parallel()
	s := serve(t)
	address, ca := serveTLS(t, keyHeader, s)
	folder := t.TempDir()
	pipe := filepath.Join(folder, "pipe")
	testkit.NoError(t, syscall.Mkfifo(pipe, 0o600))
	for name, tt := range map[string]struct {
		given   map[string]string
		written bool // to the pipe
		signal  bool
		verdict string
	}{
		"a pipe":                    {pairs("SSL_CERT_FILE", pipe), true, false, "pass"},
		"a pipe without a writer":   {pairs("SSL_CERT_FILE", pipe, "timeout", "1s"), false, false, "unavailable"},
		"the same, with a CA":       {pairs("SSL_CERT_FILE", pipe, "timeout", "1s", "ca-certificate", ca), false, false, "unavailable"},
		"the same, and a signal":    {pairs("SSL_CERT_FILE", pipe, "ca-certificate", ca), false, true, "unavailable"},
		"a folder with a pipe":      {pairs("SSL_CERT_DIR", folder, "ca-certificate", ca), false, false, "pass"},
		"a device":                  {pairs("SSL_CERT_FILE", "/dev/zero", "ca-certificate", ca), false, false, "misconfigured"},
		"a pipe that nobody awaits": {pairs("SSL_CERT_FILE", pipe, "base-url", s.URL), false, false, "pass"},
	} {
		t.Run(name, func(t *testing.T) {
			p := action(t, address, tt.given)
			if tt.written {
				go func() { _ = os.WriteFile(pipe, []byte(ca), 0o600) }()
			}
			began, sends := time.Now(), s.sends()
			r := p.exec(t, func(cmd *exec.Cmd) {
				if tt.signal {
					time.Sleep(300 * time.Millisecond)
					if took := interrupt(t, cmd, syscall.SIGTERM); took > 2*time.Second {
						t.Errorf("took %v after the signal", took)
					}
				}
			})
			if tt.verdict == "unavailable" && !tt.signal && !r.annotates("error", "cannot read SSL_CERT_FILE or SSL_CERT_DIR in time") {
				t.Errorf("the cause is not named:\n%s", r.stdout)
			}
			sent := s.sends() > sends
			if took := time.Since(began); r.outputs()["verdict"] != tt.verdict || sent != (tt.verdict == "pass") || took > 10*time.Second {
				t.Errorf("took %v, exit code %d, verdict %s, sent %v:\n%s", took, r.code, r.outputs()["verdict"], sent, r.stdout)
			}
		})
	}
}
