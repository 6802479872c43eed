package app_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A pass that the next steps cannot see is none; what else the run found stays.
func TestMachineOutputFiles(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"unset": "", "a folder": t.TempDir(), "full": "/dev/full"} {
		for verdict, tt := range map[string]struct {
			given            map[string]string
			outputs, summary int // exit code without outputs, and without a summary
		}{
			"pass":        {outputs: 3},
			"mismatch":    {given: pairs("expect-scope", "READ-ONLY"), outputs: 1, summary: 1},
			"unavailable": {given: pairs("on-unavailable", "warn", "base-url", "http://127.0.0.1:1"), outputs: 3},
		} {
			for variable, code := range map[string]int{"GITHUB_OUTPUT": tt.outputs, "GITHUB_STEP_SUMMARY": tt.summary} {
				t.Run(fmt.Sprintf("%s of %s %s", verdict, variable, name), func(t *testing.T) {
					t.Parallel()
					p := action(t, serve(t).URL, tt.given)
					p.vars[variable] = path
					r := p.run(t)
					level := map[string]string{"GITHUB_OUTPUT": "error", "GITHUB_STEP_SUMMARY": "warning"}[variable]
					if r.code != code || !r.remarks(level, variable) || !strings.Contains(string(r.stdout), verdict) {
						t.Errorf("exit code %d, want %d, and a %s about %s:\n%s", r.code, code, level, variable, r.stdout)
					}
				})
			}
		}
	}
}

// remarks reports whether there is an annotation of a level that holds text.
func (r ran) remarks(level, text string) bool {
	for _, a := range r.annotations() {
		if a.level == level && strings.Contains(a.message, text) {
			return true
		}
	}
	return false
}

// A panic anywhere is caught, and reported as what it is: nobody can tell.
func TestMachinePanics(t *testing.T) {
	t.Parallel()
	for name, given := range map[string]map[string]string{
		"key":           nil,
		"rotation":      {"rotated-on": "2026-01-01", "on-unavailable": "warn"},
		"rotation only": {"rotation-only": "true", "api-key": "", "rotated-on": "2026-01-01"},
		"revoked":       {"expect-state": "revoked"},
	} {
		for n := range 6 {
			for what, again := range map[string]bool{"once": false, "for good": true} {
				t.Run(fmt.Sprintf("%s, in call %d of the clock, %s", name, n+1, what), func(t *testing.T) {
					t.Parallel()
					var calls atomic.Int32
					p := action(t, serve(t).URL, given)
					p.now = func() time.Time {
						if i := int(calls.Add(1)); i == n+1 || again && i > n {
							panic("the clock holds " + theKey + theEcho + theAccount)
						}
						return today
					}
					r := p.run(t)
					if int(calls.Load()) > n && (r.code != 3 || r.outputs()["verdict"] != "unavailable") {
						t.Errorf("exit code %d, verdict %q", r.code, r.outputs()["verdict"])
					}
				})
			}
		}
	}
}

// So is one in reading the configuration, wherever that has come to.
func TestMachinePanicsWhileReading(t *testing.T) {
	t.Parallel()
	for _, at := range append([]string{"GITHUB_EVENT_NAME", "HTTPS_PROXY", "SSL_CERT_FILE", "FLEXY_A_KEY"}, declared[1:]...) {
		for _, policy := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, policy %v", at, policy), func(t *testing.T) {
				t.Parallel()
				given := map[string]string{"on-unavailable": "warn"}
				if policy {
					workspace, name := policyFile(t, "keys: [{name: a, env: FLEXY_A_KEY}]")
					given["policy"], given["api-key"], given["FLEXY_A_KEY"] = filepath.Join(workspace, name), "", theKey
				}
				s := serve(t)
				inside, outside := action(t, s.URL, given), shell(t, s.URL, given)
				outside.vars["FLEXY_FORMAT"] = "json"
				inside.panics, outside.panics = at, at
				if slices.Contains(declared, at) {
					inside.panics, outside.panics = inputVariable(at), shellVariable(at)
				}
				read := at != "FLEXY_A_KEY" || policy
				if r := inside.run(t); read && (r.code != 3 || r.outputs()["verdict"] != "unavailable") {
					t.Errorf("in Actions: exit code %d, verdict %q", r.code, r.outputs()["verdict"])
				}
				if r := outside.run(t); read && (r.code != 3 || !strings.Contains(string(r.stdout), `"verdict":"unavailable"`)) {
					t.Errorf("outside: exit code %d, output %s", r.code, r.stdout)
				}
				if read && s.sends() > 0 {
					t.Errorf("%d sends", s.sends())
				}
			})
		}
	}
}

func TestMachinePanicsElsewhere(t *testing.T) {
	t.Parallel()
	s := serve(t)
	address, ca := serveTLS(t, s)
	p := action(t, address, map[string]string{"on-unavailable": "warn", "ca-certificate": ca})
	p.proxy = func(*http.Request) (*url.URL, error) { panic("the proxy holds " + theKey) }
	w := unavailable(0)
	compare(t, w, p.run(t).came(s, w))
}

// A run that is ended before it has begun, or while it waits, is no pass.
func TestMachineInterrupted(t *testing.T) {
	t.Parallel()
	for name, given := range map[string]map[string]string{
		"key":           {},
		"softened":      {"on-unavailable": "warn", "on-ip-not-allowed": "warn", "warn-on": "rotation,state,type"},
		"rotation only": {"rotation-only": "true", "api-key": "", "rotated-on": "2026-10-01"},
		"skipped": {"api-key": "", "on-missing-key": "skip", "GITHUB_EVENT_NAME": "pull_request",
			"GITHUB_EVENT_PATH": payload(t, ofFork)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			s := serve(t)
			r := action(t, s.URL, given).runContext(ctx, t)
			if r.code != 3 || r.outputs()["verdict"] != "unavailable" || s.sends() > 0 {
				t.Errorf("exit code %d, verdict %q, %d sends", r.code, r.outputs()["verdict"], s.sends())
			}
		})
	}
}
