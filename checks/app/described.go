package app

import (
	"strings"

	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/github"
	"flexy-key-check/checks/internal/plain"
	"flexy-key-check/checks/internal/report"
)

// described adds to a report what it says of the program itself.
func (e Env) described(r report.Report) report.Report {
	r.Version, r.Readme = e.Version, e.readme()
	for _, input := range config.Inputs() {
		r.Settings = append(r.Settings, input.Name)
	}
	for _, field := range config.PolicyFields() {
		r.Settings = append(r.Settings, field.Policy)
	}
	return r
}

var (
	release = plain.Pattern(`\A\d+\.\d+\.\d+(?:\+|\z)`)
	commit  = plain.Pattern(`\A[0-9a-f]{40}\z`)
)

// readme returns the URL of the README of this version: in the repository that
// the workflow names, which may be a copy, or else in the project's own. It is ""
// if either is unknown.
func (e Env) readme() string {
	own, _, _ := strings.Cut(github.DefaultAction, "@")
	server, repository, ref := "https://github.com", own, ""
	used := e.variable("GITHUB_ACTION_REPOSITORY", "")
	if account, _, ok := strings.Cut(used+"/", "/"+report.Name+"/"); ok { // the native action has a path
		server, repository, ref = e.variable("GITHUB_SERVER_URL", server), account+"/"+report.Name, e.variable("GITHUB_ACTION_REF", "")
	}
	number, hash, _ := strings.Cut(e.Version, "+")
	switch {
	case commit().MatchString(hash):
		ref = hash
	case release().MatchString(e.Version):
		ref = "v" + number
	}
	if ref == "" || strings.Contains(repository, "<") {
		return ""
	}
	return server + "/" + repository + "/blob/" + ref + "/README.md"
}
