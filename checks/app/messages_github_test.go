package app_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"flexy-key-check/checks/internal/test/githubtest"
)

func githubMessages() []scenario {
	const secretPath = "GET actions/secrets/FLEXY_API_KEY"
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
	}
	scenarios = append(scenarios, github("the secret's age: single sign-on", secretPath, status(403, "X-GitHub-SSO", "required")),
		github("the secret's age: an IP allow list", secretPath, saying(403, "the `shop` organization has an IP allow list enabled")),
		github("the secret's age: a token that lives too long", secretPath, saying(403, "the token's lifetime is greater than 366 days")),
		github("the secret's age: an archived repository", secretPath, saying(403, "Repository was archived so is read-only.")))
	return slices.Concat(scenarios, recordFailures(status), recordMessages())
}

// saying answers with a status and GitHub's own words.
func saying(status int, words string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `{"message": %q}`, words)
	}
}

// The fields of a record that is due, as its marker has them.
const (
	dueRecord = `date="2026-07-22" by="secret" due="2026-10-20" stage="due-soon"`
	anotherOf = anotherFingerprint + ":2026-07-22"
)

// addRecord adds a record of the key.
func addRecord(h *hub, fields, seen string) *githubtest.Issue {
	return h.Add(githubtest.Issue{
		Title: "x", Body: `<!-- flexy-key-check:begin key="FLEXY_API_KEY" place="FLEXY_API_KEY" ` + fields + ` seen="` + seen + `" sum="0" -->`,
	}, "flexy-key-rotation")
}

// recordFailures are what GitHub can refuse of a record.
func recordFailures(status func(int, ...string) http.HandlerFunc) []scenario {
	refused := func(title, path string, instead http.HandlerFunc, before func(*hub), given ...string) scenario {
		return scenario{title: "the record: " + title, given: pairs(given...), github: func(h *hub) {
			if before != nil {
				before(h)
			}
			h.instead = map[string]http.HandlerFunc{path: instead}
		}}
	}
	overdue := func(h *hub) {
		addRecord(h, dueRecord, "")
		h.updated = ago(95)
	}
	only := []string{"api-key", "", "environment", "", "rotation-only", "true"}
	return []scenario{
		refused("not permitted to read issues", "GET issues", status(403), nil), refused("issues are off", "GET issues", status(410), nil),
		refused("not permitted to create the label", "POST labels", status(403), nil),
		refused("not permitted to create it", "POST issues", status(403), nil), refused("an invalid request", "POST issues", status(422), nil),
		{title: "the record: created without its label", github: func(h *hub) { h.DropLabels = true }},
		refused("created without its label, and not closed", "POST issues", unlabelled, nil),
		{title: "the record: an unknown assignee", given: pairs("reminder-assignees", "nobody"), github: func(*hub) {}},
		refused("an update that fails", "PATCH issues/1", status(500), overdue),
		refused("comments that cannot be read", "GET issues/1/comments", status(403), overdue),
		refused("a comment that is refused", "POST issues/1/comments", status(403), overdue),
		refused("it was deleted meanwhile", "PATCH issues/1", saying(410, "This issue was deleted"), overdue),
		{title: "the record: it is locked", github: func(h *hub) {
			overdue(h)
			h.Issues[0].Locked = true
		}},
		refused("a second one that stays open", "PATCH issues/2", status(403), func(h *hub) {
			overdue(h)
			addRecord(h, dueRecord, "")
		}),
		refused("a run for nothing else", "GET issues", status(403), nil, only...),
		refused("a required rotation", "GET issues", status(403), nil, "secret-name", "", "key-name", "checkout", "require", "rotation"),
		{title: "the record: a run for nothing else, and no date", given: pairs(only...), github: func(h *hub) {
			h.instead = map[string]http.HandlerFunc{"GET actions/secrets/FLEXY_API_KEY": status(404)}
		}},
	}
}

// recordMessages are what a record says about a key.
func recordMessages() []scenario {
	this := fingerprintOf(theKey)
	known := func(title, fields, seen string, given ...string) scenario {
		return scenario{title: "the record: " + title, given: pairs(given...), github: func(h *hub) {
			h.updated = ago(1)
			addRecord(h, fields, seen)
		}}
	}
	dated := func(day string) []string {
		return []string{"secret-name", "", "key-name", "FLEXY_API_KEY", "rotated-on", day}
	}
	only := []string{"api-key", "", "environment", "", "rotation-only", "true"}
	return []scenario{
		known("another secret", dueRecord, anotherOf, "key-name", "FLEXY_API_KEY", "secret-organization", "shop"),
		known("an earlier key is back", dueRecord, this+":2026-09-22 "+anotherOf), known("saved again", dueRecord, this+":2026-07-22"),
		known("the date was forgotten", strings.Replace(dueRecord, "secret", "rotated-on", 1), anotherOf, dated("2026-07-22")...),
		{title: "the record: another key than in the secret", github: func(h *hub) { addRecord(h, dueRecord, anotherOf) }},
		known("a date of another source", dueRecord, this+":2026-07-22", append(dated("2026-10-09"), only...)...),
		known("the secret as another source", strings.Replace(dueRecord, "secret", "record", 1), this+":2026-07-22", only...),
		known("a first day that was edited", strings.Replace(dueRecord, "secret", "record", 1), this+":soon", "secret-name", "", "key-name", "FLEXY_API_KEY"),
		{title: "the record: a key that is too short", given: pairs("secret-name", "", "key-name", "checkout", "api-key", "k-6be8a04d17f2c935"), github: func(*hub) {}},
	}
}
