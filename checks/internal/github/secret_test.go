package github

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/test/testkit"
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
	for path, tt := range map[string]struct {
		secret     Secret
		permission string
	}{
		pathInRepo: {inRepository, `the repository permission "Secrets: read"`},
		pathInEnv:  {inEnvironment, `the repository permission "Environments: read"`},
		pathInOrg:  {inOrganization, `the organization's permission "Secrets: read"`},
	} {
		m := newModel()
		m.Secrets[path] = metadata
		got, err := inMemory(m).SecretDates(t.Context(), secret.New(testToken), tt.secret)
		testkit.NoError(t, err)
		expect(t, path, SecretDates{UpdatedAt: time.Date(2025, time.December, 16, 1, 30, 0, 0, time.UTC)}, got)
		expect(t, path, []string{"GET " + path}, m.Log)
		_, err = inMemory(status(403)).SecretDates(t.Context(), secret.New(testToken), tt.secret)
		checkError(t, err, `cannot read when the secret "FLEXY_API_KEY" was last saved: the token lacks the permission (403)`, tt.permission)
		_, err = inMemory(status(401)).SecretDates(t.Context(), secret.New(testToken), tt.secret)
		checkError(t, err, "(401)", "replace the token: it is wrong, revoked or expired; give {secrets-token} "+tt.permission)
	}
}

// The API's URL is used as given: with a path, and with or without a final slash.
func TestEnterpriseServer(t *testing.T) {
	t.Parallel()
	for _, suffix := range []string{"/api/v3", "/api/v3/"} {
		m := newModel()
		m.Secrets[pathInEnv] = metadata
		server := httptest.NewServer(http.StripPrefix("/api/v3", m))
		t.Cleanup(server.Close)
		address, err := url.Parse(server.URL + suffix)
		testkit.NoError(t, err)
		c := New(Options{APIURL: address, Now: atToday})
		_, err = c.SecretDates(t.Context(), secret.New(testToken), inEnvironment)
		testkit.NoError(t, err)
		records, err := c.Records(t.Context(), secret.New(testToken), Home{testRepo, testServer})
		testkit.NoError(t, err)
		expect(t, suffix, issue1, records.Keep(t.Context(), []Run{aged(80)})[0].Address)
	}
}

func TestSecretDatesAnswers(t *testing.T) {
	t.Parallel()
	at := func(d time.Duration) string {
		return fmt.Sprintf(`{"updated_at":%q}`, today.Add(d).Format(time.RFC3339))
	}
	for name, tt := range map[string]struct{ body, message string }{
		"within the clock's skew": {at(24 * time.Hour), ""},
		"beyond the clock's skew": {at(24*time.Hour + time.Second), "in the future"},
		"null":                    {"null", "has no date"},
		"no date":                 {`{"name":"FLEXY_API_KEY"}`, "has no date"},
		"null date":               {`{"updated_at":null}`, "not the documented one"},
		"garbled date":            {`{"updated_at":"yesterday"}`, "not the documented one"},
		"over the limit":          {`{"x":"` + strings.Repeat("x", 1<<20) + `",` + at(0)[1:], "too large"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := inMemory(body(200, tt.body)).SecretDates(t.Context(), secret.New(testToken), inRepository)
			if tt.message == "" {
				testkit.NoError(t, err)
				return
			}
			checkError(t, err, tt.message, "")
		})
	}
}

// GitHub writes the date on which a token expires in two forms. It comes with
// errors as well.
func TestTokenExpires(t *testing.T) {
	t.Parallel()
	expires := time.Date(2026, time.December, 3, 10, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Time{
		"":                          {},
		"2026-12-03 10:00:00 UTC":   expires,
		"2026-12-03 12:00:00 +0200": expires,
		"0001-01-01 00:00:00 UTC":   {},
		"2026-12-03 10:00:00 UTC x": {},
	} {
		for _, handler := range []http.HandlerFunc{body(200, metadata), status(404)} {
			got, _ := inMemory(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("GitHub-Authentication-Token-Expiration", header)
				handler(w, r)
			})).SecretDates(t.Context(), secret.New(testToken), inRepository)
			expect(t, header, want, got.TokenExpires)
		}
	}
}

func TestNothingIsSent(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 100)
	for name, tt := range map[string]struct {
		api                            *url.URL
		token, repository, environment string
		message                        string
	}{
		"no address":              {nil, testToken, testRepo, "", "address of GitHub's API is unknown"},
		"no host":                 {&url.URL{Scheme: "https"}, testToken, testRepo, "", "address of GitHub's API is unknown"},
		"plain http":              {&url.URL{Scheme: "http", Host: "api.github.com"}, testToken, testRepo, "", "is not https"},
		"no token":                {apiURL, "", testRepo, "", "there is no token"},
		"dots for a repository":   {apiURL, testToken, "acme/..", "", "the repository is unknown"},
		"dots for an owner":       {apiURL, testToken, "../shop", "", "the repository is unknown"},
		"repository of three":     {apiURL, testToken, "a/b/c", "", "the repository is unknown"},
		"long repository":         {apiURL, testToken, long + "/" + long, "", "the repository is unknown"},
		"dots for an environment": {apiURL, testToken, testRepo, "..", "two dots"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := New(Options{APIURL: tt.api, Now: atToday})
			if c.http != nil {
				c.http.Transport = roundTrip(func(*http.Request) (*http.Response, error) {
					t.Error("a request was sent")
					return nil, http.ErrServerClosed
				})
			}
			_, err := c.SecretDates(t.Context(), secret.New(tt.token), Secret{Repository: tt.repository, Environment: tt.environment, Name: "X"})
			checkError(t, err, tt.message, "")
			if tt.environment == "" {
				_, err = c.Records(t.Context(), secret.New(tt.token), Home{tt.repository, testServer})
				checkError(t, err, tt.message, "")
			}
		})
	}
}
