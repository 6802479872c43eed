// Package github reads when an Actions secret was last saved, and keeps one issue
// for each key, its record. It uses the REST API of github.com or of a GitHub
// Enterprise Server.
//
// The record says since when the key is in use, is open while the key is due for
// rotation, and says what changed. A [Run] is what one run of the program knows;
// decide, which is pure, compares it with the record and returns what to do. Three
// rules carry it, and a table of what is said:
//
//  1. A key is at least as old as the record has known it.
//  2. The record is open if and only if the key is due.
//  3. Words state what differs, once, and never a cause that was not seen.
//
// It does not trust GitHub's answers: it follows no redirects, limits the size of
// bodies, and lets neither GitHub's texts nor errors of Go's libraries out of the
// package. Every error is an *Error. The caller decides how much it matters: a
// record that could not be written is a warning, unless the run is for nothing else.
package github

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	gh "github.com/google/go-github/v89/github"

	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/plain"
	"flexy-key-check/checks/internal/safehttp"
	"flexy-key-check/checks/internal/secret"
)

// Budget is how long all calls of a run may take together, including their tries and
// waits. The caller enforces it, through the context of each call.
const Budget = 10 * time.Second

// Limits on the size of a body, in bytes. An issue or a comment may have 64 Ki
// characters, so a page of a hundred can be large.
const (
	maxObject = 1 << 20
	maxPage   = 32 << 20
)

// Options configures a Client.
type Options struct {
	APIURL    *url.URL // GITHUB_API_URL, used as given
	HTTP      safehttp.Options
	UserAgent string
	Now       func() time.Time
}

// A Client talks to one API. It is safe for concurrent use.
type Client struct {
	o    Options
	http *http.Client
}

// New returns a Client of the API at o.APIURL.
func New(o Options) *Client {
	c := &Client{o: o}
	if o.APIURL != nil {
		c.http = safehttp.Client(o.APIURL, o.HTTP)
	}
	return c
}

// api returns an API client that sends the token and accepts bodies of at most
// limit bytes. Its *Error is incomplete: see about.
func (c *Client) api(token secret.Value, limit int64) (*gh.Client, *Error) {
	switch {
	case c.o.APIURL == nil || c.o.APIURL.Host == "":
		return nil, &Error{Notice: mistake.Say("the address of GitHub's API is unknown", "set GITHUB_API_URL to the address of the API, https://api.github.com for github.com")}
	case !safehttp.SecretMayGoTo(c.o.APIURL):
		return nil, &Error{Notice: mistake.Say("the address of GitHub's API is not https, so no token is sent there", "set GITHUB_API_URL to an https address")}
	case token.Blank():
		return nil, &Error{Notice: mistake.Say("there is no token", "")}
	}
	client := *c.http
	client.Transport = &transport{next: c.http.Transport, token: token, limit: limit}
	base := c.o.APIURL.String()
	api, err := gh.NewClient(gh.WithHTTPClient(&client), gh.WithURLs(&base, nil),
		gh.WithUserAgent(c.o.UserAgent), gh.WithDisableRateLimitCheck())
	if err != nil {
		return nil, &Error{Notice: mistake.Say("the address of GitHub's API is malformed", "check GITHUB_API_URL")}
	}
	return api, nil
}

// fullName matches "owner/name" as GitHub allows it.
var fullName = plain.Pattern(`\A[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+\z`)

// split returns the parts of "owner/name". Its *Error is incomplete: see about.
func split(repository string) (owner, name string, _ *Error) {
	owner, name, _ = strings.Cut(repository, "/")
	dots := strings.Trim(owner, ".") == "" || strings.Trim(name, ".") == ""
	if dots || len(repository) > 2*maxName || !fullName().MatchString(repository) {
		return "", "", &Error{Notice: mistake.Say("the repository is unknown", "set GITHUB_REPOSITORY to the repository, as owner/name")}
	}
	return owner, name, nil
}

// transport adds the token to requests and limits the bodies of responses.
type transport struct {
	next  http.RoundTripper
	token secret.Value
	limit int64
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("Authorization", "Bearer "+t.token.Reveal())
	res, err := t.next.RoundTrip(req)
	if err == nil {
		res.Body = &capped{ReadCloser: res.Body, left: t.limit}
	}
	return res, err
}

var errTooLarge = errors.New("body too large")

// capped is a body that fails once more than left bytes were read.
// io.LimitReader would make a long body look like a truncated one.
type capped struct {
	io.ReadCloser
	left int64
}

// Read implements io.Reader.
func (c *capped) Read(p []byte) (int, error) {
	if c.left < 0 {
		return 0, errTooLarge
	}
	if int64(len(p)) > c.left+1 {
		p = p[:c.left+1]
	}
	n, err := c.ReadCloser.Read(p)
	if c.left -= int64(n); c.left < 0 {
		return n, errTooLarge
	}
	return n, err
}
