package github

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"

	gh "github.com/google/go-github/v89/github"

	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/safehttp"
)

// An Error tells a user why a task failed, in this program's words, never
// GitHub's.
type Error struct {
	mistake.Notice     // what failed and why; the hint includes the permission that the task needs
	Status         int // HTTP status of the answer, 0 if there was none
}

// Error implements error.
func (e *Error) Error() string { return e.Message }

// about completes an Error that only says why: task is what failed, and needs
// is the hint that names the permission.
func (e *Error) about(task, needs string) *Error {
	out := &Error{Notice: mistake.Say("cannot "+task+": "+e.Message, needs), Status: e.Status}
	if e.Hint != "" {
		out.Hint = e.Hint + "; " + needs
	}
	return out
}

// explain turns a fault into an Error, which about completes.
func explain(f *fault) *Error {
	return &Error{Notice: f.words(), Status: f.status}
}

// words returns why a call failed, and what to do besides checking the token's
// permission, if anything.
func (f *fault) words() mistake.Notice {
	const later = "try again later, and see https://www.githubstatus.com"
	switch {
	case f.limited:
		return mistake.Say("GitHub's rate limit for this token is used up", "try again later")
	case f.status == 0 || f.status/100 == 2:
		return f.unanswered()
	case f.status/100 == 3:
		return mistake.Say(fmt.Sprintf("GitHub answered with a redirect (%d), which is never followed with a token", f.status),
			"check GITHUB_API_URL, and whether the repository was renamed")
	case f.status == http.StatusUnauthorized:
		return mistake.Say("GitHub rejected the token (401)", "replace the token: it is wrong, revoked or expired")
	case f.status == http.StatusForbidden:
		return mistake.Say("the token lacks the permission (403)", "")
	case f.status == http.StatusNotFound:
		return mistake.Say("not found, or hidden from this token (404)", "check the names")
	case f.status == http.StatusGone:
		return mistake.Say("issues are switched off in this repository (410)", "switch them on in the repository's settings, or set {reminder-issue} to false")
	case f.status == http.StatusUnprocessableEntity:
		return mistake.Say("GitHub rejected the request as invalid (422)", "")
	case f.status >= http.StatusInternalServerError:
		return mistake.Say(fmt.Sprintf("server error from GitHub (%d)", f.status), later)
	}
	return mistake.Say(fmt.Sprintf("unexpected status from GitHub (%d)", f.status), later)
}

// unanswered is words for a call without a status, or with a 2xx status and an
// unusable body.
func (f *fault) unanswered() mistake.Notice {
	var certificate *tls.CertificateVerificationError
	var timeout interface{ Timeout() bool }
	var op *net.OpError
	switch {
	case errors.Is(f.cause, context.Canceled):
		return mistake.Say("the run was interrupted", "")
	case errors.As(f.cause, &certificate):
		return mistake.Say("the certificate of GitHub's API is not trusted", "give the authority that signed it with {ca-certificate} or SSL_CERT_FILE")
	case errors.Is(f.cause, safehttp.ErrProxyRefused):
		return mistake.Say("the proxy refused to connect to GitHub's API", "check HTTPS_PROXY and NO_PROXY")
	case errors.As(f.cause, &op) && op.Op == "proxyconnect":
		return mistake.Say("the proxy to GitHub's API cannot be reached", "check HTTPS_PROXY and that the proxy runs")
	case errors.Is(f.cause, gh.ErrPathForbidden):
		return mistake.Say("a name is two dots", "check the names")
	case errors.Is(f.cause, errTooLarge):
		return mistake.Say("GitHub's answer is too large", "check GITHUB_API_URL")
	case errors.As(f.cause, &timeout) && timeout.Timeout():
		return mistake.Say("GitHub did not answer in time", "try again later, and see https://www.githubstatus.com")
	case f.status != 0:
		return mistake.Say("GitHub's answer is not the documented one", "check GITHUB_API_URL")
	}
	return mistake.Say("GitHub's API cannot be reached", "check GITHUB_API_URL and the network")
}
