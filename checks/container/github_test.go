package container_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// startGitHub starts the parts of GitHub's API that the weekly reminder needs: the
// secret's date of update, and issues. Each accepts only the token meant for it.
func startGitHub(t *testing.T, j job) *httptest.Server {
	t.Helper()
	issues := []map[string]any{}
	mux := http.NewServeMux()
	handle := func(pattern, token string, answer func(*http.Request) any) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if r.Header.Get("Authorization") != "Bearer "+j.secrets[token] {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			if r.Method == http.MethodPost {
				w.WriteHeader(http.StatusCreated)
			}
			_ = json.NewEncoder(w).Encode(answer(r))
		})
	}
	const repo, label = "/repos/" + repository, "flexy-key-rotation"
	handle("GET "+repo+"/actions/secrets/FLEXY_API_KEY", "SECRETS_TOKEN", func(*http.Request) any {
		return map[string]any{"name": "FLEXY_API_KEY", "updated_at": time.Now().AddDate(0, 0, -j.secretAge)}
	})
	handle("GET "+repo+"/labels/"+label, "GITHUB_TOKEN", func(*http.Request) any { return map[string]any{"name": label} })
	handle("GET "+repo+"/issues", "GITHUB_TOKEN", func(*http.Request) any { return issues })
	handle("POST "+repo+"/issues", "GITHUB_TOKEN", func(r *http.Request) any {
		issue := map[string]any{}
		_ = json.NewDecoder(r.Body).Decode(&issue)
		issue["number"], issue["state"], issue["labels"] = len(issues)+1, "open", []map[string]any{{"name": label}}
		issues = append(issues, issue)
		return issue
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}
