package container_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"flexy-key-check/checks/internal/test/githubtest"
)

// startGitHub starts GitHub's API for the weekly reminder. It accepts only the token
// meant for each request.
func startGitHub(t *testing.T, j job) (a *githubtest.API, url string) {
	t.Helper()
	a = githubtest.New(repository)
	a.Secrets["/repos/"+repository+"/actions/secrets/FLEXY_API_KEY"] = fmt.Sprintf(`{"updated_at": %q}`, time.Now().AddDate(0, 0, -j.secretAge).Format(time.RFC3339))
	a.Around = func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
		token := "GITHUB_TOKEN"
		if strings.Contains(r.URL.Path, "/secrets/") {
			token = "SECRETS_TOKEN"
		}
		if r.Header.Get("Authorization") != "Bearer "+j.secrets[token] {
			githubtest.Refuse(w, http.StatusUnauthorized)
			return
		}
		serve(w, r)
	}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	return a, server.URL
}
