package github

import "flexy-key-check/checks/internal/plain"

var login = plain.Pattern(`\A[A-Za-z0-9][A-Za-z0-9_-]*\z`)

// ValidLogin reports whether a text can be the login of a user or an organization,
// which becomes part of an API path or an issue.
func ValidLogin(name string) bool { return login().MatchString(name) }
