package config

import (
	"encoding/json"
	"slices"
	"strings"

	"flexy-key-check/checks/internal/secret"
)

// maxEvent is the largest event payload that is read, in bytes. GitHub's own limit
// is 25 MB.
const maxEvent = 32 << 20

// withheld is why GitHub gives the run no secrets.
type withheld int

const (
	notWithheld withheld = iota
	byFork               // a pull request from another repository
	byDependabot
)

// A blankKeyPolicy says what to do about a blank key, and how to report it.
type blankKeyPolicy struct {
	skip         bool
	reason, hint string // reason is appended to the message
}

// of returns the message about a blank key. In a policy file, variable holds the key
// of the entry with that name.
func (b blankKeyPolicy) of(variable, name string) string {
	pasted := !strings.Contains(name, " ") && secret.New(name).Fingerprint() != "" // it is as long as a key
	switch {
	case variable == "":
		return "the key is blank" + b.reason
	case !validKeyName(name) || pasted:
		return shownVariable(variable) + " is blank" + b.reason
	}
	return shownVariable(variable) + ", the key of " + name + ", is blank" + b.reason
}

// blankKeyPolicy evaluates the event. A blank key is skipped only if the user
// asked for it, GitHub withholds secrets and the event deploys nothing. If a mistake
// leaves open what the user asked for, nothing follows from a blank key there.
func (s *Source) blankKeyPolicy(onMissing string) blankKeyPolicy {
	reason, pullRequest := secretsWithheld(s.lookup)
	asked := onMissing != "fail" || s.settings.OnMissingKey.reported
	b := blankKeyPolicy{
		skip: asked && pullRequest && reason != notWithheld,
		hint: s.blankKeyHint(),
	}
	skipping := s.assign("on-missing-key", "skip")
	if onMissing == "skip" && !b.skip {
		b.hint += "; " + skipping + " applies only to pull requests that GitHub gives no secrets"
	}
	offer := "skip the check there with " + skipping
	switch reason {
	case byFork:
		b.reason = ": GitHub gives no secrets to a pull request from a fork"
		b.hint = offer
	case byDependabot:
		b.reason = ": GitHub gives Dependabot only Dependabot secrets"
		b.hint = "also store the key as a Dependabot secret"
		if pullRequest {
			b.hint += ", or " + offer
		}
	}
	return b
}

// vendorVariables are the names that the vendor's own libraries give a key.
var vendorVariables = []string{"ONECLICK_API_KEY", "ONECLICKDZ_API_KEY"}

// blankKeyHint returns the usual causes on this platform, in at most 20 words.
func (s *Source) blankKeyHint() string {
	for _, name := range vendorVariables {
		named := slices.ContainsFunc(s.entries, func(e policyEntry) bool { return e.env.value == name })
		switch {
		case s.action || named || s.lookup.get(name) == "":
		case s.settings.Policy.given():
			return "set the variable, or name " + name + " in env if that holds the key"
		default:
			return "set " + variable("api-key") + `="$` + name + `": a key in ` + name + " is not read"
		}
	}
	switch {
	case s.action && s.settings.Policy.given():
		return "set the variable in the step's env: from a secret; check the secret's name; forks and Dependabot get no secrets"
	case s.onRunner:
		return "check the secret's name, the job's environment: and a reusable workflow's secrets: inherit; forks and Dependabot get no secrets"
	case s.lookup.get("GITLAB_CI") == "true":
		return "define the CI/CD variable; a protected one reaches pipelines of protected branches and tags only"
	default:
		return "set the variable, or append _FILE to its name and set that to the path of the key's file"
	}
}

// secretsWithheld reports why GitHub withholds secrets for the event, if it does,
// and whether the event is a pull request, which deploys nothing. If in doubt,
// secrets are not withheld.
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

// fromFork reports whether the payload at path describes a pull request whose
// head is in a different repository from its base, or in a deleted one.
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
	text, fault := readRegular(path, maxEvent)
	if fault != "" || json.Unmarshal([]byte(text), &payload) != nil {
		return false
	}
	base := fullName(payload.PullRequest.Base.Repo)
	head := fullName(payload.PullRequest.Head.Repo)
	deleted := string(payload.PullRequest.Head.Repo) == "null"
	return base != "" && (deleted || head != "" && !strings.EqualFold(head, base))
}

// fullName returns a repository's "owner/name", or "".
func fullName(repo json.RawMessage) string {
	var r struct {
		FullName string `json:"full_name"`
	}
	if json.Unmarshal(repo, &r) != nil {
		return ""
	}
	return r.FullName
}
