package config

import (
	"encoding/json"
	"io"
	"os"
	"slices"
	"strings"
)

// maxEvent is how much of an event's payload is read, in bytes; GitHub's own
// limit is 25 MB.
const maxEvent = 32 << 20

// withheld is why GitHub gives the run no secrets.
type withheld int

const (
	notWithheld withheld = iota
	byFork               // a pull request from another repository
	byDependabot
)

// missing is what to do about a blank key, and what to say of it.
type missing struct {
	skip          bool // pass over it
	message, hint string
}

// missing judges the event: a blank key is passed over only if skip asks for
// it, GitHub withholds secrets and nothing is deployed.
func (g *Given) missing(skip bool) missing {
	usual := "check that the secret exists and is spelled right; an environment's secret needs environment: on the job; a reusable workflow needs secrets: inherit, for environment secrets too; GitHub withholds secrets from forks and Dependabot"
	if g.Action && g.Settings.Policy != "" {
		usual = "set the variable in the step's env:, from a secret; " + usual
	}
	reason, pullRequest := secretsWithheld(g.lookup)
	m := missing{
		skip:    skip && pullRequest && reason != notWithheld,
		message: "expected a key, found it blank",
		hint:    g.pick(usual, "set the variable; in a workflow "+usual),
	}
	skipping := g.pick("on-missing-key: skip", "FLEXY_ON_MISSING_KEY=skip")
	if skip && !m.skip {
		m.hint += "; " + skipping + " counts only on pull requests that GitHub gives no secrets"
	}
	offer := "skip the check there with " + skipping
	switch reason {
	case byFork:
		m.message += ": GitHub gives no secrets to a pull request from a fork"
		m.hint = offer
	case byDependabot:
		m.message += ": GitHub gives Dependabot none but Dependabot secrets"
		m.hint = "store the key as a Dependabot secret too"
		if pullRequest {
			m.hint += ", or " + offer
		}
	}
	return m
}

// secretsWithheld tells from the event whether GitHub withholds secrets, and
// whether the event is one that deploys nothing. What it cannot find out is
// not withheld.
func secretsWithheld(lookup Lookup) (reason withheld, pullRequest bool) {
	event := lookup.get("GITHUB_EVENT_NAME")
	pullRequest = slices.Contains([]string{"pull_request", "pull_request_review", "pull_request_review_comment"}, event)
	switch {
	case lookup.get("GITHUB_ACTOR") == "dependabot[bot]" && event != "":
		return byDependabot, pullRequest
	case pullRequest && fromFork(lookup.get("GITHUB_EVENT_PATH")):
		return byFork, pullRequest
	}
	return notWithheld, pullRequest
}

// fromFork reports whether the payload at path is of a pull request whose head
// is in another repository than its base, or in one that was deleted.
func fromFork(path string) bool {
	type side struct {
		Repo json.RawMessage `json:"repo"`
	}
	var payload struct {
		PullRequest struct {
			Head side `json:"head"`
			Base side `json:"base"`
		} `json:"pull_request"`
	}
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxEvent))
	if err != nil || json.Unmarshal(text, &payload) != nil {
		return false
	}
	base := fullName(payload.PullRequest.Base.Repo)
	head := fullName(payload.PullRequest.Head.Repo)
	deleted := string(payload.PullRequest.Head.Repo) == "null"
	return base != "" && (deleted || head != "" && !strings.EqualFold(head, base))
}

// fullName reads "owner/name" from a repository's object, or "".
func fullName(repo json.RawMessage) string {
	var r struct {
		FullName string `json:"full_name"`
	}
	if json.Unmarshal(repo, &r) != nil {
		return ""
	}
	return r.FullName
}
