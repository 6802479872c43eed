package github

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/testkit"
)

const (
	pathInRepo = "/repos/acme/shop/actions/secrets/FLEXY_API_KEY"
	pathInEnv  = "/repos/acme/shop/environments/pro%2Fduction%20eu/secrets/FLEXY_API_KEY"
	pathInOrg  = "/orgs/acme/actions/secrets/FLEXY_API_KEY"
	metadata   = `{"name":"FLEXY_API_KEY","created_at":"2020-01-01T00:00:00Z","updated_at":"2025-12-15T23:30:00-02:00"}`
)

var (
	inRepository   = Secret{Repository: testRepo, Name: "FLEXY_API_KEY"}
	inEnvironment  = Secret{Repository: testRepo, Environment: "pro/duction eu", Name: "FLEXY_API_KEY"}
	inOrganization = Secret{Repository: testRepo, Organization: "acme", Name: "FLEXY_API_KEY"}
)

func TestSecretDates(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		path   string
		secret Secret
	}{
		"repository":   {pathInRepo, inRepository},
		"environment":  {pathInEnv, inEnvironment},
		"organization": {pathInOrg, inOrganization},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newModel()
			m.secrets[tt.path] = metadata
			got, err := overSockets(t, m).SecretDates(t.Context(), secret.New(testToken), tt.secret)
			testkit.NoError(t, err)
			testkit.Diff(t, SecretDates{UpdatedAt: time.Date(2025, time.December, 16, 1, 30, 0, 0, time.UTC)}, got)
			testkit.Diff(t, []string{"GET " + tt.path}, m.log)
		})
	}
}

// The address of the API is used as given: with a path, and with or without a
// slash behind it.
func TestEnterpriseServer(t *testing.T) {
	t.Parallel()
	for _, suffix := range []string{"/api/v3", "/api/v3/"} {
		m := newModel()
		m.secrets[pathInEnv] = metadata
		server := httptest.NewServer(http.StripPrefix("/api/v3", m))
		t.Cleanup(server.Close)
		c := New(Options{APIURL: parse(t, server.URL+suffix), Now: func() time.Time { return today }})
		if _, err := c.SecretDates(t.Context(), secret.New(testToken), inEnvironment); err != nil {
			t.Errorf("%s: %v", suffix, err)
		}
		address, err := c.Remind(t.Context(), secret.New(testToken), reminder(80))
		if diff := cmp.Diff("https://github.com/acme/shop/issues/1", address); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", suffix, err, diff)
		}
	}
}

// faults are answers that are of no use, whatever was asked for.
var faults = []struct {
	name    string
	handler http.HandlerFunc
	message string // part of it
	status  int
	tries   int
}{
	{"401", status(401), "rejected the token (401)", 401, 1},
	{"403", status(403), "lacks the permission (403)", 403, 1},
	{"404", status(404), "hidden from this token (404)", 404, 1},
	{"410", status(410), "issues are switched off", 410, 1},
	{"418", status(418), "unexpected status from GitHub (418)", 418, 1},
	{"422", status(422), "invalid (422)", 422, 1},
	{"500", status(500), "server error from GitHub (500)", 500, 3},
	{"503", status(503), "server error from GitHub (503)", 503, 3},
	{"202", status(202), "not the documented one", 202, 1},
	{"429", status(429), "rate limit", 429, 3},
	{"403 with Retry-After", status(403, "Retry-After", "1"), "rate limit", 403, 3},
	{"403 with a long Retry-After", status(403, "Retry-After", "60"), "rate limit", 403, 1},
	{"403 with Retry-After beyond any time", status(403, "Retry-After", "99999999999999999999"), "rate limit", 403, 1},
	{"403 with nothing remaining", status(403, "X-RateLimit-Remaining", "0"), "rate limit", 403, 3},
	{"403 until an hour from now", status(403, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", seconds(time.Hour)), "rate limit", 403, 1},
	{"429 until a second from now", status(429, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", seconds(time.Second)), "rate limit", 429, 3},
	{"403 with a garbled reset", status(403, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "soon"), "rate limit", 403, 3},
	{"403 that says rate limit", body(403, `{"message":"You have exceeded a secondary rate limit"}`), "rate limit", 403, 3},
	{"403 that says it in capitals", body(403, `{"message":"API Rate Limit exceeded for installation"}`), "rate limit", 403, 3},
	{"403 that documents a rate limit", body(403, `{"documentation_url":"https://docs.github.com/x#about-secondary-rate-limits"}`), "rate limit", 403, 3},
	{"401 with a one-time password", status(401, "X-GitHub-OTP", "required; app"), "(401)", 401, 1},
	{"HTML", body(200, "<!DOCTYPE html><title>Sign in ##[error]</title>"), "not the documented one", 200, 1},
	{"empty", body(200, ""), "", 200, 1},
	{"null", body(200, "null"), "", 200, 1},
	{"a number", body(200, "7"), "not the documented one", 200, 1},
	{"cut", body(200, `{"name":"FLEXY`), "not the documented one", 200, 3},
	{"50 MB", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`[{"name":"` + strings.Repeat("x", 50<<20) + `"}]`))
	}, "too large", 200, 1},
	{"301", status(301, "Location", "https://evil.example/"), "redirect (301)", 301, 1},
	{"302 without an address", status(302), "redirect (302)", 302, 1},
	{"307", status(307, "Location", "https://evil.example/"), "redirect (307)", 307, 1},
	{"hangs", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "in time", 0, 3},
}

// seconds is a moment after today as GitHub writes when a limit ends.
func seconds(after time.Duration) string { return strconv.FormatInt(today.Add(after).Unix(), 10) }

// status answers with a status and a header, given as names and values.
func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		refuse(w, code)
	}
}

// body answers with a status and a body.
func body(code int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		_, _ = w.Write([]byte(text))
	}
}

// checkError holds an error to what every error must be: a *Error in our own
// words with a hint that names the permission. It returns its Status.
func checkError(t *testing.T, err error, message, permission string) (status int) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a *Error", err)
	}
	text := e.Message + "\n" + e.Hint
	switch {
	case !strings.Contains(e.Error(), message):
		t.Errorf("message %q does not say %q", e.Message, message)
	case !strings.Contains(e.Hint, permission):
		t.Errorf("hint %q does not name %q", e.Hint, permission)
	case !strings.HasPrefix(e.Message, "cannot ") || !strings.Contains(e.Message, ": "), strings.HasSuffix(e.Message, "."), strings.HasSuffix(e.Hint, "."):
		t.Errorf("not in our style: %q, %q", e.Message, e.Hint)
	}
	for _, foreign := range []string{"HOSTILE", "##[", "evil.example", "json", "context", "http: ", "<!DOCTYPE"} {
		if strings.Contains(text, foreign) {
			t.Errorf("%q lets %q through", text, foreign)
		}
	}
	if secret.NewTraces(secret.New(testToken)).In(text) {
		t.Errorf("%q gives the token away", text)
	}
	return e.Status
}

func TestSecretDatesFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range faults {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tries := 0
				c := inMemory(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					tries++
					tt.handler(w, r)
				}))
				start := time.Now()
				_, err := c.SecretDates(t.Context(), secret.New(testToken), inRepository)
				got := checkError(t, err, tt.message, `"Secrets: read"`)
				if tt.name == "empty" || tt.name == "null" {
					tt.status = 0
				}
				if got != tt.status || tries != tt.tries {
					t.Errorf("status %d after %d tries, want %d after %d", got, tries, tt.status, tt.tries)
				}
				if took := time.Since(start); took > Budget || tries == 1 && took > 0 {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

func TestSecretDatesAnswers(t *testing.T) {
	t.Parallel()
	at := func(d time.Duration) string {
		return fmt.Sprintf(`{"updated_at":%q}`, today.Add(d).Format(time.RFC3339))
	}
	tests := map[string]struct{ body, message string }{
		"now":                        {at(0), ""},
		"within the clock's skew":    {at(24 * time.Hour), ""},
		"beyond the clock's skew":    {at(24*time.Hour + time.Second), "in the future"},
		"no date":                    {`{"name":"FLEXY_API_KEY"}`, "has no date"},
		"year 1":                     {`{"updated_at":"0001-01-01T00:00:00Z"}`, "has no date"},
		"null date":                  {`{"updated_at":null}`, "not the documented one"},
		"empty date":                 {`{"updated_at":""}`, "not the documented one"},
		"garbled date":               {`{"updated_at":"yesterday"}`, "not the documented one"},
		"a list":                     {`[{"updated_at":"2026-01-01T00:00:00Z"}]`, "not the documented one"},
		"a little under the limit":   {`{"x":"` + strings.Repeat("x", 1<<20-60) + `",` + at(0)[1:], ""},
		"a little over the limit":    {`{"x":"` + strings.Repeat("x", 1<<20) + `",` + at(0)[1:], "too large"},
		"good after a failed answer": {"", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newModel()
				m.secrets[pathInRepo] = tt.body
				if tt.body == "" {
					m.secrets[pathInRepo] = at(0)
					m.around = func(n int, w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
						if n < 3 {
							serve = status(502)
						}
						serve(w, r)
					}
				}
				_, err := inMemory(m).SecretDates(t.Context(), secret.New(testToken), inRepository)
				switch {
				case tt.message != "":
					checkError(t, err, tt.message, `"Secrets: read"`)
				case err != nil:
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

func TestSecretPermissions(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		secret Secret
		want   string
	}{
		"repository":   {inRepository, `the repository permission "Secrets: read"`},
		"environment":  {inEnvironment, `the repository permission "Environments: read"`},
		"organization": {inOrganization, `the organization's permission "Secrets: read"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := inMemory(status(403)).SecretDates(t.Context(), secret.New(testToken), tt.secret)
			checkError(t, err, `cannot read when the secret "FLEXY_API_KEY" was last saved: the token lacks the permission (403)`, tt.want)
		})
	}
}

// What cannot be asked for is not asked for.
func TestNothingIsSent(t *testing.T) {
	t.Parallel()
	asked := func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") }
	with := func(change func(*Secret)) Secret {
		s := inRepository
		change(&s)
		return s
	}
	tests := map[string]struct {
		api     *url.URL
		token   string
		secret  Secret
		message string
	}{
		"no address":          {nil, testToken, inRepository, "address of GitHub's API is unknown"},
		"no host":             {&url.URL{Scheme: "https"}, testToken, inRepository, "address of GitHub's API is unknown"},
		"plain http":          {&url.URL{Scheme: "http", Host: "api.github.com"}, testToken, inRepository, "is not https"},
		"no token":            {parse(t, "https://api.github.com"), "", inRepository, "there is no token"},
		"no repository":       {parse(t, "https://api.github.com"), testToken, with(func(s *Secret) { s.Repository = "" }), "the repository is unknown"},
		"half a repository":   {parse(t, "https://api.github.com"), testToken, with(func(s *Secret) { s.Repository = "acme" }), "the repository is unknown"},
		"a path upwards":      {parse(t, "https://api.github.com"), testToken, with(func(s *Secret) { s.Repository = "acme/.." }), "the repository is unknown"},
		"too many parts":      {parse(t, "https://api.github.com"), testToken, with(func(s *Secret) { s.Repository = "a/b/c" }), "the repository is unknown"},
		"environment upwards": {parse(t, "https://api.github.com"), testToken, with(func(s *Secret) { s.Environment = ".." }), "two dots"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := New(Options{APIURL: tt.api, Now: func() time.Time { return today }})
			if c.http != nil {
				c.http.Transport = handlerTransport{http.HandlerFunc(asked)}
			}
			_, err := c.SecretDates(t.Context(), secret.New(tt.token), tt.secret)
			checkError(t, err, tt.message, `: read"`)
			r := reminder(80)
			r.Repository = tt.secret.Repository
			if tt.secret.Environment == "" {
				_, err = c.Remind(t.Context(), secret.New(tt.token), r)
				checkError(t, err, tt.message, `"issues: write"`)
			}
		})
	}
}

// A redirect to another host gets no request at all, so no token either.
func TestRedirectOverSockets(t *testing.T) {
	t.Parallel()
	var followed atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Add(1) }))
	t.Cleanup(other.Close)
	for _, code := range []int{301, 302, 303, 307, 308} {
		c := overSockets(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, code) }))
		_, err := c.SecretDates(t.Context(), secret.New(testToken), inRepository)
		checkError(t, err, "redirect", `"Secrets: read"`)
		_, err = c.Remind(t.Context(), secret.New(testToken), reminder(80))
		checkError(t, err, "redirect", `"issues: write"`)
	}
	if n := followed.Load(); n != 0 {
		t.Errorf("%d redirects were followed", n)
	}
}

func TestNetworkFaults(t *testing.T) {
	t.Parallel()
	untrusted := httptest.NewUnstartedServer(newModel())
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	t.Cleanup(untrusted.Close)
	proxy := httptest.NewServer(status(407))
	t.Cleanup(proxy.Close)
	throughProxy := Options{APIURL: parse(t, "https://api.github.com"), Now: time.Now}
	throughProxy.HTTP.Proxy = http.ProxyURL(parse(t, proxy.URL))
	cut := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	t.Cleanup(cut.Close)
	tests := map[string]struct {
		o       Options
		message string
	}{
		"refused":     {Options{APIURL: parse(t, "http://127.0.0.1:1"), Now: time.Now}, "cannot be reached"},
		"cut":         {Options{APIURL: parse(t, cut.URL), Now: time.Now}, "cannot be reached"},
		"certificate": {Options{APIURL: parse(t, untrusted.URL), Now: time.Now}, "certificate"},
		"proxy":       {throughProxy, "the proxy refused"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := New(tt.o).SecretDates(t.Context(), secret.New(testToken), inRepository)
			checkError(t, err, tt.message, `"Secrets: read"`)
		})
	}
}

// What speaks no HTTP will not speak it a moment later.
func TestNoHTTPIsFinal(t *testing.T) {
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	testkit.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	var dials atomic.Int32
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			dials.Add(1)
			_, _ = io.WriteString(conn, "SSH-2.0-OpenSSH_9.9\r\n\r\n")
			_ = conn.Close()
		}
	}()
	_, err = New(Options{APIURL: parse(t, "http://"+listener.Addr().String()), Now: time.Now}).SecretDates(t.Context(), secret.New(testToken), inRepository)
	checkError(t, err, "cannot be reached", `"Secrets: read"`)
	expect(t, "dials", 1, int(dials.Load()))
}
