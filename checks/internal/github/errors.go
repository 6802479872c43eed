package github

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	gh "github.com/google/go-github/v89/github"

	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/safehttp"
)

// An Error tells a user why a task failed, in this program's words, never
// GitHub's.
type Error struct {
	mistake.Notice      // what failed and why
	Status         int  // HTTP status of the answer, 0 if there was none
	Ours           bool // it was this program's limit, the Budget, that ended the task

	final bool // other tasks with the same token would fail as well
}

// Error implements error.
func (e *Error) Error() string { return e.Message }

// about completes an Error that only says why: task is what failed, and needs is the
// hint that names the permission, if it may be that the token lacks it.
func (e *Error) about(task, needs string) *Error {
	out := *e
	out.Message = "cannot " + task + ": " + e.Message
	switch {
	case e.Hint == "":
		out.Hint = needs
	case e.Status == http.StatusUnauthorized, e.Status == http.StatusNotFound:
		out.Hint += "; " + needs
	}
	return &out
}

// explain turns a fault into an Error, which about completes.
func explain(f *fault) *Error {
	return &Error{Notice: f.words(), Status: f.status, Ours: f.ours, final: f.ours || f.limited ||
		f.status == http.StatusUnauthorized || f.status == http.StatusGone && !f.deleted() || errors.Is(f.cause, context.Canceled)}
}

// deleted reports whether the issue was deleted.
func (f *fault) deleted() bool {
	return f.status == http.StatusGone && strings.Contains(f.said(), "deleted")
}

// said returns GitHub's words, in lower case.
func (f *fault) said() string {
	answer, ok := errors.AsType[*gh.ErrorResponse](f.cause)
	if !ok {
		return ""
	}
	return strings.ToLower(answer.Message)
}

const tryLater = "try again later, and see https://www.githubstatus.com"

// words returns why a call failed, and what to do, unless it is the token's
// permission.
func (f *fault) words() mistake.Notice {
	switch {
	case f.ours:
		return mistake.Say(fmt.Sprintf("this program's own limit of %.0f seconds for GitHub is over", Budget.Seconds()), "run again, and see https://www.githubstatus.com if it stays so")
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
		return f.forbidden()
	case f.status == http.StatusNotFound:
		return mistake.Say("not found, or hidden from this token (404)", "check the names")
	case f.deleted():
		return mistake.Say("the issue was deleted (410)", "run again: the key's record then begins anew")
	case f.status == http.StatusGone:
		return mistake.Say("issues are switched off in this repository (410)", "switch them on in the repository's settings, or set {reminder-issue} to false")
	case f.status == http.StatusUnprocessableEntity:
		return mistake.Say("GitHub rejected the request as invalid (422)", "run again, and report it if it happens again")
	case f.status >= http.StatusInternalServerError:
		return mistake.Say(fmt.Sprintf("server error from GitHub (%d)", f.status), tryLater)
	}
	return mistake.Say(fmt.Sprintf("unexpected status from GitHub (%d)", f.status), tryLater)
}

// forbidden is words for a 403. GitHub has one for many reasons, and tells which by a
// header or in its message.
func (f *fault) forbidden() mistake.Notice {
	said := f.said()
	switch {
	case f.singleSignOn:
		return mistake.Say("the token is not authorized for the organization's single sign-on (403)", "authorize it: in your account's list of tokens, Configure SSO")
	case strings.Contains(said, "ip allow list"):
		return mistake.Say("the organization's IP allow list does not admit this runner (403)", "run this on a runner whose address is on that list, or add the address")
	case strings.Contains(said, "lifetime"):
		return mistake.Say("the token lives longer than the organization allows (403)", "generate a token that expires earlier")
	case strings.Contains(said, "locked"):
		return mistake.Say("the issue is locked (403)", "unlock the issue")
	case strings.Contains(said, "archived"):
		return mistake.Say("the repository is archived, so it is read-only (403)", "run this in a repository that is not archived")
	}
	return mistake.Say("the token lacks the permission (403)", "")
}

// unanswered is words for a call without a status, or with a 2xx status and an
// unusable body.
func (f *fault) unanswered() mistake.Notice {
	var certificate *tls.CertificateVerificationError
	var timeout interface{ Timeout() bool }
	var op *net.OpError
	switch {
	case errors.Is(f.cause, context.Canceled):
		return mistake.Say("the run was interrupted", "run again")
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
		return mistake.Say("GitHub did not answer in time", tryLater)
	case f.status != 0:
		return mistake.Say("GitHub's answer is not the documented one", "check GITHUB_API_URL")
	}
	return mistake.Say("GitHub's API cannot be reached", "check GITHUB_API_URL and the network")
}
