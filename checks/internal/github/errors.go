package github

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"

	gh "github.com/google/go-github/v89/github"

	"flexy-key-check/checks/internal/safehttp"
)

// An Error tells a user why a task failed, in this program's words, never
// GitHub's.
type Error struct {
	Message string // what failed and why: lower case, no full stop
	Hint    string // what to do next, including the permission that the task needs
	Status  int    // HTTP status of the answer, 0 if there was none
}

// Error implements error.
func (e *Error) Error() string { return e.Message }

// about completes an Error that only says why: task is what failed, and needs
// is the hint that names the permission.
func (e *Error) about(task, needs string) *Error {
	out := &Error{Message: "cannot " + task + ": " + e.Message, Hint: needs, Status: e.Status}
	if e.Hint != "" {
		out.Hint = e.Hint + "; " + needs
	}
	return out
}

// explain turns a fault into an Error, which about completes.
func explain(f *fault) *Error {
	message, hint := f.words()
	return &Error{Message: message, Hint: hint, Status: f.status}
}

// words returns why a call failed, and what to do besides checking the token's
// permission, if anything.
func (f *fault) words() (message, hint string) {
	const later = "try again later, and see https://www.githubstatus.com"
	switch {
	case f.limited:
		return "GitHub's rate limit for this token is used up", "try again later"
	case f.status == 0 || f.status/100 == 2:
		return f.unanswered()
	case f.status/100 == 3:
		return fmt.Sprintf("GitHub answered with a redirect (%d), which is never followed with a token", f.status),
			"check GITHUB_API_URL, and whether the repository was renamed"
	case f.status == http.StatusUnauthorized:
		return "GitHub rejected the token (401)", "replace the token: it is wrong, revoked or expired"
	case f.status == http.StatusForbidden:
		return "the token lacks the permission (403)", ""
	case f.status == http.StatusNotFound:
		return "not found, or hidden from this token (404)", "check the names"
	case f.status == http.StatusGone:
		return "issues are switched off in this repository (410)", "switch them on in the repository's settings, or set {reminder-issue} to false"
	case f.status == http.StatusUnprocessableEntity:
		return "GitHub rejected the request as invalid (422)", ""
	case f.status >= http.StatusInternalServerError:
		return fmt.Sprintf("server error from GitHub (%d)", f.status), later
	}
	return fmt.Sprintf("unexpected status from GitHub (%d)", f.status), later
}

// unanswered is words for a call without a status, or with a 2xx status and an
// unusable body.
func (f *fault) unanswered() (message, hint string) {
	var certificate *tls.CertificateVerificationError
	var timeout interface{ Timeout() bool }
	var op *net.OpError
	switch {
	case errors.Is(f.cause, context.Canceled):
		return "the run was interrupted", ""
	case errors.As(f.cause, &certificate):
		return "the certificate of GitHub's API is not trusted", "give the authority that signed it with {ca-certificate} or SSL_CERT_FILE"
	case errors.Is(f.cause, safehttp.ErrProxyRefused):
		return "the proxy refused to connect to GitHub's API", "check HTTPS_PROXY and NO_PROXY"
	case errors.As(f.cause, &op) && op.Op == "proxyconnect":
		return "the proxy to GitHub's API cannot be reached", "check HTTPS_PROXY and that the proxy runs"
	case errors.Is(f.cause, gh.ErrPathForbidden):
		return "a name is two dots", "check the names"
	case errors.Is(f.cause, errTooLarge):
		return "GitHub's answer is too large", "check GITHUB_API_URL"
	case errors.As(f.cause, &timeout) && timeout.Timeout():
		return "GitHub did not answer in time", "try again later, and see https://www.githubstatus.com"
	case f.status != 0:
		return "GitHub's answer is not the documented one", "check GITHUB_API_URL"
	}
	return "GitHub's API cannot be reached", "check GITHUB_API_URL and the network"
}
