package app_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"flexy-key-check/checks/internal/test/emulator"
	"flexy-key-check/checks/internal/test/testkit"
)

// A panic anywhere is caught and reported as unavailable.
func TestMachinePanics(t *testing.T) {
	t.Parallel()
	for name, given := range map[string]map[string]string{
		"key":           nil,
		"rotation":      {"rotated-on": "2026-01-01", "on-unavailable": "warn"},
		"rotation only": {"rotation-only": "true", "api-key": "", "rotated-on": "2026-01-01"},
		"revoked":       {"expect-state": "revoked"},
	} {
		for n := range 6 {
			t.Run(fmt.Sprintf("%s, in call %d of the clock", name, n+1), func(t *testing.T) {
				t.Parallel()
				var calls atomic.Int32
				p := action(t, serve(t).URL, given)
				p.now = func() time.Time {
					if int(calls.Add(1)) == n+1 {
						panic("the clock holds " + theKey + theEcho + theAccount)
					}
					return today
				}
				r := p.run(t)
				if int(calls.Load()) > n && (r.code != 3 || r.outputs()["verdict"] != "unavailable" || !slices.Contains(r.titles(), "error: Flexy key: unavailable")) {
					t.Errorf("exit code %d, verdict %q, %q", r.code, r.outputs()["verdict"], r.titles())
				}
			})
		}
	}
	p := shell(t, "", nil)
	p.panics = "INPUT_API-KEY" // which is looked up before there can be a report
	testkit.Diff(t, 3, p.run(t).code)
	address, ca := serveTLS(t, keyHeader, serve(t))
	for request, given := range map[string]map[string]string{
		"/balance":       pairs("min-balance", "5000", "warn-on", "balance"),
		"/FLEXY_API_KEY": pairs("secret-name", "FLEXY_API_KEY", "secrets-token", secretsToken, "GITHUB_API_URL", "https://github.example"),
	} {
		given["ca-certificate"] = ca
		p = action(t, address, given)
		p.proxy = func(r *http.Request) (*url.URL, error) {
			if strings.HasSuffix(r.URL.Path, request) {
				panic(fmt.Sprint("cannot proxy ", r.Header))
			}
			return nil, nil
		}
		p.secrets = []string{secretsToken}
		testkit.Diff(t, 3, p.run(t).code)
	}
}

// So is a panic while the run reports. If that cannot be reported either, the exit code
// tells.
func TestMachinePanicsWhileReporting(t *testing.T) {
	t.Parallel()
	for _, format := range formats {
		for _, times := range []int{1, 2} {
			p, left := shell(t, serve(t).URL, pairs("FLEXY_FORMAT", format)), times
			p.broken = times == 2
			p.writes = func(text []byte) {
				if left > 0 && bytes.Contains(text, []byte("verdict")) {
					left--
					panic("the line holds " + theKey)
				}
			}
			if r := p.run(t); r.code != 3 || left > 0 || strings.Contains(string(r.stdout), "unavailable") != (times == 1) {
				t.Errorf("%s, %d times: exit code %d:\n%s", format, times, r.code, r.stdout)
			}
		}
	}
}

// So is a panic while the settings are read, at any of them.
func TestMachinePanicsWhileReading(t *testing.T) {
	t.Parallel()
	for _, at := range append([]string{"GITHUB_EVENT_NAME", "HTTPS_PROXY", "SSL_CERT_FILE", "FLEXY_A_KEY"}, declared[1:]...) {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			given := pairs("on-unavailable", "warn")
			if at == "FLEXY_A_KEY" {
				workspace, name := policyFile(t, "keys: [{name: a, env: FLEXY_A_KEY}]")
				given["policy"], given["api-key"], given[at] = filepath.Join(workspace, name), "", theKey
			}
			s := serve(t)
			inside, outside := action(t, s.URL, given), shell(t, s.URL, given)
			inside.panics, outside.panics = at, at
			if slices.Contains(declared, at) {
				inside.panics, outside.panics = inputVariable(at), shellVariable(at)
			}
			for _, p := range []program{inside, outside} {
				if r := p.run(t); r.code != 3 || !strings.Contains(string(r.stdout), "verdict: unavailable") || s.sends() > 0 {
					t.Errorf("exit code %d, %d sends:\n%s", r.code, s.sends(), r.stdout)
				}
			}
		})
	}
}

// A run that is interrupted before it starts never passes.
func TestMachineInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, given := range map[string]map[string]string{
		"key":           {},
		"softened":      {"on-unavailable": "warn", "on-ip-not-allowed": "warn", "warn-on": "rotation,state,type"},
		"rotation only": {"rotation-only": "true", "api-key": "", "rotated-on": "2026-10-01"},
		"skipped":       {"api-key": "", "on-missing-key": "skip", "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": testkit.File(t, ofFork)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			r := action(t, s.URL, given).runContext(ctx, t)
			if r.code != 3 || r.outputs()["verdict"] != "unavailable" || s.sends() > 0 {
				t.Errorf("exit code %d, verdict %q, %d sends", r.code, r.outputs()["verdict"], s.sends())
			}
		})
	}
}

// Nor does one that is interrupted while it asks something other than what the key is.
func TestMachineInterruptedLater(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		given map[string]string
		valid string
	}{
		"the balance":                 {pairs("min-balance", "5000"), "true"},
		"the balance, softened":       {pairs("min-balance", "5000", "on-unavailable", "warn", "warn-on", "balance"), ""},
		"the secret's date":           {pairs("secret-name", "FLEXY_API_KEY", "warn-on", "none"), ""},
		"the secret's date, alone":    {pairs("secret-name", "FLEXY_API_KEY", "warn-on", "none", "rotation-only", "true", "api-key", "", "environment", ""), ""},
		"the secret's date, softened": {pairs("secret-name", "FLEXY_API_KEY", "on-unavailable", "warn", "rotation-only", "true", "api-key", "", "environment", ""), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			end := func(w http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() }
			s, h := serve(t), newHub(t, ago(80))
			onBalance(emulator.Func(end))(s.API)
			h.instead = map[string]http.HandlerFunc{"GET actions/secrets/FLEXY_API_KEY": end}
			given := pairs("base-url", s.URL, "GITHUB_API_URL", h.URL+"/api/v3", "secrets-token", secretsToken)
			maps.Copy(given, tt.given)
			r := action(t, s.URL, given).runContext(ctx, t)
			testkit.Diff(t, []string{"unavailable", tt.valid, "3"}, []string{r.outputs()["verdict"], r.outputs()["valid"], fmt.Sprint(r.code)})
			if ctx.Err() == nil {
				t.Error("the run asked nothing")
			}
		})
	}
}
