package githubtest

import (
	"cmp"
	"encoding/json"
	"strconv"
)

// The answers have every field that GitHub's description of its API requires, so
// that a reader of them meets the same names and types as on github.com.

const (
	base    = "https://api.github.com"
	created = "2026-01-01T00:00:00Z"
)

// MarshalJSON returns the issue as GitHub answers with it.
func (i *Issue) MarshalJSON() ([]byte, error) {
	here := i.url()
	closed := any(nil)
	if i.State == "closed" {
		closed = created
	}
	reason := any(nil)
	if i.Reason != "" {
		reason = i.Reason
	}
	labels, assignees := []any{}, []any{}
	for _, l := range i.Labels {
		labels = append(labels, label(i.repository, l["name"]))
	}
	for _, a := range i.Assignees {
		assignees = append(assignees, user(a["login"], "User"))
	}
	assignee := any(nil)
	if len(assignees) > 0 {
		assignee = assignees[0]
	}
	object := map[string]any{
		"id": 1000 + i.Number, "node_id": "I_" + strconv.Itoa(i.Number), "number": i.Number,
		"url": here, "repository_url": base + "/repos/" + i.repository, "labels_url": here + "/labels{/name}",
		"comments_url": here + "/comments", "events_url": here + "/events", "html_url": i.HTMLURL,
		"state": i.State, "state_reason": reason, "title": i.Title, "body": i.Body,
		"user": user("github-actions[bot]", "Bot"), "labels": labels, "assignee": assignee, "assignees": assignees,
		"milestone": nil, "locked": i.Locked, "active_lock_reason": nil, "comments": len(i.Comments),
		"closed_at": closed, "created_at": created, "updated_at": created, "author_association": "NONE",
	}
	if i.PR != nil {
		object["pull_request"] = map[string]any{"diff_url": nil, "html_url": nil, "patch_url": nil, "url": here}
	}
	return json.Marshal(object)
}

func (i *Issue) url() string {
	return base + "/repos/" + i.repository + "/issues/" + strconv.Itoa(i.Number)
}

// MarshalJSON returns the comment as GitHub answers with it.
func (c *Comment) MarshalJSON() ([]byte, error) {
	id := strconv.FormatInt(c.ID, 10)
	object := map[string]any{
		"id": c.ID, "node_id": "IC_" + id, "url": base + "/issues/comments/" + id, "html_url": c.issue.HTMLURL + "#issuecomment-" + id,
		"issue_url": c.issue.url(), "body": c.Body, "created_at": created, "updated_at": created,
		"user": user(cmp.Or(c.User["login"], "github-actions[bot]"), cmp.Or(c.User["type"], "Bot")), "author_association": cmp.Or(c.Association, "NONE"),
	}
	return json.Marshal(object)
}

// user is a person or an app.
func user(login, kind string) map[string]any {
	here := base + "/users/" + login
	return map[string]any{
		"login": login, "id": 1, "node_id": "U_1", "avatar_url": "https://avatars.githubusercontent.com/u/1", "gravatar_id": "",
		"url": here, "html_url": "https://github.com/" + login, "followers_url": here + "/followers", "following_url": here + "/following{/other_user}",
		"gists_url": here + "/gists{/gist_id}", "starred_url": here + "/starred{/owner}{/repo}", "subscriptions_url": here + "/subscriptions",
		"organizations_url": here + "/orgs", "repos_url": here + "/repos", "events_url": here + "/events{/privacy}",
		"received_events_url": here + "/received_events", "type": kind, "site_admin": false,
	}
}

// label is a label of a repository.
func label(repository, name string) map[string]any {
	return map[string]any{
		"id": 1, "node_id": "LA_1", "url": base + "/repos/" + repository + "/labels/" + name, "name": name,
		"description": nil, "color": "d93f0b", "default": false,
	}
}
