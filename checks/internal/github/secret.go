package github

import (
	"context"
	"fmt"
	"net/url"
	"time"

	gh "github.com/google/go-github/v89/github"

	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/plain"
	"flexy-key-check/checks/internal/secret"
)

// clockSkew is how far in the future a date may be.
const clockSkew = 24 * time.Hour

// A Secret names an Actions secret. It belongs to the organization if one is
// given, otherwise to the repository's environment if one is given, otherwise to
// the repository.
type Secret struct {
	Repository   string // "owner/name"
	Environment  string
	Organization string
	Name         string
}

// needs is a hint that names the permission to read the secret's metadata:
// https://docs.github.com/rest/actions/secrets
func (s Secret) needs() string {
	permission := `the repository permission "Secrets: read"`
	switch {
	case s.Organization != "":
		permission = `the organization's permission "Secrets: read"`
	case s.Environment != "":
		permission = `the repository permission "Environments: read"`
	}
	return "give {secrets-token} " + permission + ", which the workflow's own token never has"
}

// SecretDates are the dates in GitHub's answer about a secret.
type SecretDates struct {
	UpdatedAt    time.Time // when the secret was last saved: its key is at least this old
	TokenExpires time.Time // when the token expires, zero if GitHub does not say
}

// SecretDates returns when a secret was last saved, and when the token expires.
// The error is an *Error, which TokenExpires may accompany.
func (c *Client) SecretDates(ctx context.Context, token secret.Value, s Secret) (SecretDates, error) {
	var dates SecretDates
	failed := func(e *Error) (SecretDates, error) {
		return dates, e.about(fmt.Sprintf("read when the secret %q was last saved", plain.Line(s.Name)), s.needs())
	}
	send, e := c.metadata(token, s)
	if e != nil {
		return failed(e)
	}
	found, f := call(ctx, c, func(ctx context.Context) (*gh.Secret, *gh.Response, error) {
		found, res, err := send(ctx)
		if res != nil && !res.TokenExpiration.IsZero() {
			dates.TokenExpires = res.TokenExpiration.UTC()
		}
		return found, res, err
	})
	switch {
	case f != nil:
		return failed(explain(f))
	case found == nil || found.UpdatedAt.IsZero():
		return failed(&Error{Notice: mistake.Say("GitHub's answer has no date", "check GITHUB_API_URL")})
	case found.UpdatedAt.Sub(c.o.Now()) > clockSkew:
		return failed(&Error{Notice: mistake.Say("the date is in the future", "check the clock of this machine")})
	}
	dates.UpdatedAt = found.UpdatedAt.UTC()
	return dates, nil
}

// metadata returns the request for a secret's metadata. It escapes names, because
// go-github puts them into the path unchanged.
func (c *Client) metadata(token secret.Value, s Secret) (sender[*gh.Secret], *Error) {
	api, e := c.api(token, maxObject)
	if e != nil {
		return nil, e
	}
	name := url.PathEscape(s.Name)
	if s.Organization != "" {
		return func(ctx context.Context) (*gh.Secret, *gh.Response, error) {
			return api.Actions.GetOrgSecret(ctx, url.PathEscape(s.Organization), name)
		}, nil
	}
	owner, repo, e := split(s.Repository)
	if e != nil {
		return nil, e
	}
	return func(ctx context.Context) (*gh.Secret, *gh.Response, error) {
		if s.Environment != "" {
			return api.Actions.GetEnvSecret(ctx, owner, repo, url.PathEscape(s.Environment), name)
		}
		return api.Actions.GetRepoSecret(ctx, owner, repo, name)
	}, nil
}
