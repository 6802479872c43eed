package app_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"flexy-key-check/checks/app"
	"flexy-key-check/checks/internal/emulator"
)

// A pass that the next steps cannot see is none; what else the run found stays.
func TestMachineOutputFiles(t *testing.T) {
	t.Parallel()
	places := map[string]string{
		"unset": "", "a folder": t.TempDir(), "full": "/dev/full", "in no folder": filepath.Join(t.TempDir(), "none", "output"),
	}
	if os.Getuid() != 0 { // root may write all
		sealed := filepath.Join(t.TempDir(), "sealed")
		if err := os.WriteFile(sealed, nil, 0o400); err != nil {
			t.Fatal(err)
		}
		places["not writable"] = sealed
	}
	for name, path := range places {
		for verdict, tt := range map[string]struct {
			given   map[string]string
			api     func(*emulator.API)
			outputs int // exit code without outputs
			summary int // and without a summary
		}{
			"pass":          {outputs: 3},
			"mismatch":      {given: map[string]string{"expect-scope": "READ-ONLY"}, outputs: 1, summary: 1},
			"invalid":       {api: revoked, outputs: 1, summary: 1},
			"misconfigured": {given: map[string]string{"environment": "x"}, outputs: 2, summary: 2},
			"blocked":       {api: blocked, outputs: 3, summary: 3},
			"unavailable":   {given: map[string]string{"on-unavailable": "warn"}, api: answering(404, ""), outputs: 3},
		} {
			for variable, code := range map[string]int{"GITHUB_OUTPUT": tt.outputs, "GITHUB_STEP_SUMMARY": tt.summary} {
				t.Run(fmt.Sprintf("%s of %s %s", verdict, variable, name), func(t *testing.T) {
					t.Parallel()
					s := serve(t)
					if tt.api != nil {
						tt.api(s.API)
					}
					p := action(t, s.URL, tt.given)
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

// What is in a file before is another step's.
func TestMachineFilesAreAppendedTo(t *testing.T) {
	t.Parallel()
	p := action(t, serve(t).URL, nil)
	const before = "mine=1\n"
	for _, name := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
		if err := os.WriteFile(p.vars[name], []byte(before), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var stdout, stderr bytes.Buffer
	code := app.Main(t.Context(), p.env(&stdout, &stderr))
	r := p.ended(t, code, stdout.Bytes(), stderr.Bytes())
	for _, name := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
		if text := string(r.files[name]); code != 0 || !strings.HasPrefix(text, before) || len(text) == len(before) || !strings.HasSuffix(text, "\n") {
			t.Errorf("exit code %d, %s is %q", code, name, text)
		}
	}
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

// One request on the good path, and just so.
func TestMachineRequest(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{"": "/v3/validate", "/": "/v3/validate", "/api": "/api/v3/validate", "/api/": "/api/v3/validate"} {
		t.Run("base-url ends in "+path, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			var got string
			s.Always(func(_ *emulator.API, _ http.ResponseWriter, r *http.Request) bool {
				h := r.Header
				got = fmt.Sprint(r.Method, " ", r.URL, " ", r.Proto, " key ", h.Get("X-Access-Token") == theKey, " ",
					h.Get("Accept"), " ", h.Get("User-Agent"), " ", len(h))
				r.URL.Path = emulator.Path
				return false
			})
			compare(t, passes(), action(t, s.URL+path, nil).run(t).came(s, passes()))
			// Connection, because connections are not kept, is the fourth header.
			if want := "GET " + want + " HTTP/1.1 key true application/json flexy-key-check/1.2.3 4"; got != want {
				t.Errorf("the request was %q, want %q", got, want)
			}
		})
	}
}
