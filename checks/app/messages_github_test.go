package app_test

import (
	"net/http"
	"strings"

	"flexy-key-check/checks/internal/test/githubtest"
)

func githubMessages() []scenario {
	const secretPath, issues = "GET actions/secrets/FLEXY_API_KEY", "GET issues"
	status := func(code int, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for name, value := range pairs(header...) {
				w.Header().Set(name, value)
			}
			githubtest.Refuse(w, code)
		}
	}
	says := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }
	}
	github := func(title, path string, instead http.HandlerFunc, given ...string) scenario {
		return scenario{title: title, given: pairs(given...), github: func(h *hub) { h.instead = map[string]http.HandlerFunc{path: instead} }}
	}
	open := func(h *hub) {
		h.Add(githubtest.Issue{Title: "x", Body: `<!-- flexy-key-check:begin key="FLEXY_API_KEY" due="2026-01-01" stage="due-soon" sum="0" -->`}, "flexy-key-rotation")
		h.updated = ago(95)
	}
	without := func(name string, given ...string) scenario {
		return scenario{title: "without " + name, given: pairs(append(given, name, "")...), github: func(*hub) {}}
	}
	tooLong := strings.Repeat(" ", 2<<20)
	scenarios := []scenario{
		github("the secret's age: invalid token", secretPath, status(401)), github("the secret's age: not permitted", secretPath, status(403)),
		github("the secret's age: not permitted in an environment", "GET environments/production/secrets/FLEXY_API_KEY", status(403), "secret-environment", "production"),
		{title: "the secret's age: of an organization", given: pairs("secret-organization", "shop"), github: func(*hub) {}},
		github("the secret's age: not found", secretPath, status(404)), github("the secret's age: a rate limit", secretPath, status(429, "Retry-After", "99")),
		github("the secret's age: server error", secretPath, status(500)), github("the secret's age: an unexpected status", secretPath, status(418)),
		github("the secret's age: a redirect", secretPath, status(301, "Location", "/")), github("the secret's age: large answer", secretPath, says(tooLong+"{}")),
		github("the secret's age: invalid JSON", secretPath, says("<html>")), github("the secret's age: no date", secretPath, says("{}")),
		github("the secret's age: in the future", secretPath, says(`{"updated_at":"2027-01-01T00:00:00Z"}`)),
		{title: "the secret's age: no API", given: pairs("GITHUB_API_URL", "http://127.0.0.1:1"), github: func(*hub) {}},
		{title: "the secret's age: plain http", given: pairs("GITHUB_API_URL", "http://203.0.113.1"), github: func(*hub) {}},
		{title: "the secret's age: an invalid API URL", given: pairs("GITHUB_API_URL", "api"), github: func(*hub) {}},
		{title: "the secret's age: an invalid repository", given: pairs("GITHUB_REPOSITORY", "../.."), github: func(*hub) {}},
		without("GITHUB_REPOSITORY"), without("github-token"),
		github("the reminder: not permitted to read issues", issues, status(403)), github("the reminder: issues are off", issues, status(410)),
		github("the reminder: not permitted to write issues", "POST issues", status(403)), github("the reminder: an invalid request", "POST issues", status(422)),
		github("the reminder: not permitted to read labels", "GET labels/flexy-key-rotation", status(403)),
		{title: "the reminder: an unknown assignee", given: pairs("reminder-assignees", "nobody"), github: func(*hub) {}},
		{title: "the reminder: an issue that cannot be closed", github: func(h *hub) {
			open(h)
			h.updated = ago(1)
			h.instead = map[string]http.HandlerFunc{"PATCH issues/1": status(500)}
		}},
		{title: "the reminder: an issue that loses its label", github: func(h *hub) {
			h.instead = map[string]http.HandlerFunc{
				"GET issues":           says("[]"),
				"POST issues/1/labels": status(403),
			}
		}},
	}
	for _, path := range []string{"POST issues/1/comments", "PATCH issues/1"} {
		refuse := scenario{title: "the reminder: " + path + " not permitted", github: func(h *hub) {
			open(h)
			h.instead = map[string]http.HandlerFunc{path: status(403)}
		}}
		scenarios = append(scenarios, refuse)
	}
	return scenarios
}
