package github

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"flexy-key-check/checks/internal/safehttp"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/test/githubtest"
)

// status answers with an error and a header, given as names and values.
func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		githubtest.Refuse(w, code)
	}
}

// body answers with a status and a body.
func body(code int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, text)
	}
}

// seconds is a moment after today as GitHub writes the end of a rate limit.
func seconds(after time.Duration) string { return strconv.FormatInt(today.Add(after).Unix(), 10) }

// tasks are the two things that a Client does, by the permission they need.
var tasks = map[string]func(context.Context, *Client) error{
	`"Secrets: read"`: func(ctx context.Context, c *Client) error {
		_, err := c.SecretDates(ctx, secret.New(testToken), inRepository)
		return err
	},
	`"issues: write"`: reading,
}

// reading reads the records, and then keeps one of a key that is due.
func reading(ctx context.Context, c *Client) error {
	records, err := c.Records(ctx, secret.New(testToken), Home{testRepo, testServer})
	if err != nil {
		return err
	}
	if e := records.Keep(ctx, []Run{aged(80)})[0].Failed; e != nil { // avoid returning a typed nil
		return e
	}
	return nil
}

// said answers with a status and GitHub's own words.
func said(code int, words string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, `{"message": "HOSTILE `+words+` ##[error]"}`)
	}
}

func hangs(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// checkError checks what is true of every error: it is a *Error in our own words,
// with a hint. It returns its Status.
func checkError(t *testing.T, err error, message, hint string) (status int) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a *Error", err)
	}
	switch {
	case !strings.Contains(err.Error(), message), !strings.Contains(e.Hint, hint):
		t.Errorf("got %q, hint %q, want %q, hint %q", e.Message, e.Hint, message, hint)
	case e.Hint == "", !strings.HasPrefix(e.Message, "cannot ") || !strings.Contains(e.Message, ": "), strings.HasSuffix(e.Message, "."), strings.HasSuffix(e.Hint, "."):
		t.Errorf("not in our style: %q, %q", e.Message, e.Hint)
	}
	for _, foreign := range []string{"HOSTILE", "##[", "evil.example", "json", "context", "http: ", "<!DOCTYPE", testToken} {
		if strings.Contains(e.Message+"\n"+e.Hint, foreign) {
			t.Errorf("%q, %q let %q through", e.Message, e.Hint, foreign)
		}
	}
	return e.Status
}

// hintOf returns the hint of a *Error.
func hintOf(err error) string {
	var e *Error
	if !errors.As(err, &e) {
		return ""
	}
	return e.Hint
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		message string // part of it
		status  int
		tries   int
	}{
		{"401", status(401), "rejected the token (401)", 401, 1},
		{"403", status(403), "lacks the permission (403)", 403, 1},
		{"403 of single sign-on", said(403, "Resource protected by organization SAML enforcement.", "X-GitHub-SSO", "required; url=https://evil.example"), "single sign-on", 403, 1},
		{"403 of an IP allow list", said(403, "the `acme` organization has an IP allow list enabled, and your IP address is not permitted"), "IP allow list does not admit this runner", 403, 1},
		{"403 of a token that lives too long", said(403, "The 'acme' organization forbids access via a fine-grained personal access tokens if the token's lifetime is greater than 366 days."), "lives longer than the organization allows", 403, 1},
		{"403 of an archived repository", said(403, "Repository was archived so is read-only."), "archived", 403, 1},
		{"404", status(404), "hidden from this token (404)", 404, 1},
		{"410", status(410), "issues are switched off", 410, 1},
		{"410 of a deleted issue", said(410, "This issue was deleted"), "the issue was deleted", 410, 1},
		{"418", status(418), "unexpected status from GitHub (418)", 418, 1},
		{"422", status(422), "invalid (422)", 422, 1},
		{"500", status(500), "server error from GitHub (500)", 500, 3},
		{"202", status(202), "not the documented one", 202, 1},
		{"429", status(429), "rate limit", 429, 3},
		{"403 with Retry-After", status(403, "Retry-After", "1"), "rate limit", 403, 3},
		{"403 with a long Retry-After", status(403, "Retry-After", "60"), "rate limit", 403, 1},
		{"403 with nothing remaining", status(403, "X-RateLimit-Remaining", "0"), "rate limit", 403, 3},
		{"403 until an hour from now", status(403, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", seconds(time.Hour)), "rate limit", 403, 1},
		{"429 until a second from now", status(429, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", seconds(time.Second)), "rate limit", 429, 3},
		{"403 that says rate limit", body(403, `{"message":"API Rate Limit exceeded for installation"}`), "rate limit", 403, 3},
		{"403 that documents a rate limit", body(403, `{"documentation_url":"https://docs.github.com/x#about-secondary-rate-limits"}`), "rate limit", 403, 3},
		{"HTML", body(200, "<!DOCTYPE html><title>Sign in ##[error]</title>"), "not the documented one", 200, 1},
		{"truncated", body(200, `{"name":"FLEXY`), "not the documented one", 200, 3},
		{"33 MB", body(200, `[{"name":"`+strings.Repeat("x", 33<<20)+`"}]`), "too large", 200, 1},
		{"301", status(301, "Location", "https://evil.example/"), "redirect (301)", 301, 1},
		{"302 without an address", status(302), "redirect (302)", 302, 1},
		{"308", status(308, "Location", "https://evil.example/"), "redirect (308)", 308, 1},
		{"hangs", hangs, "own limit of 10 seconds", 0, 3},
	} {
		for permission, task := range tasks {
			t.Run(tt.name+" "+permission, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					tries, start := 0, time.Now()
					ctx, cancel := context.WithTimeout(t.Context(), Budget)
					defer cancel()
					err := task(ctx, inMemory(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						tries++
						tt.handler(w, r)
					})))
					got, took := checkError(t, err, tt.message, ""), time.Since(start)
					if names := strings.Contains(hintOf(err), permission); names != slices.Contains([]string{"401", "403", "404"}, tt.name) {
						t.Errorf("the hint names the permission: %v: %q", names, hintOf(err))
					}
					if got != tt.status || tries != tt.tries {
						t.Errorf("status %d after %d tries, want %d after %d", got, tries, tt.status, tt.tries)
					}
					if took > Budget || tries == 1 && took > 0 || tt.name == "hangs" && took < Budget {
						t.Errorf("took %v", took)
					}
				})
			})
		}
	}
}

func TestNetworkFaults(t *testing.T) {
	t.Parallel()
	op := func(op string, err error) error { return &net.OpError{Op: op, Err: err} }
	for name, tt := range map[string]struct {
		err     error
		message string
		tries   int
	}{
		"connection refused":    {op("dial", syscall.ECONNREFUSED), "cannot be reached", 3},
		"connection closed":     {io.EOF, "cannot be reached", 3},
		"body cut short":        {io.ErrUnexpectedEOF, "cannot be reached", 3},
		"untrusted certificate": {&tls.CertificateVerificationError{}, "certificate", 1},
		"proxy refuses":         {safehttp.ErrProxyRefused, "the proxy refused", 1},
		"no proxy":              {op("proxyconnect", syscall.ECONNREFUSED), "the proxy to GitHub's API cannot be reached", 3},
		"not HTTP":              {errors.New("malformed HTTP response"), "cannot be reached", 1},
		"name not found":        {op("dial", &net.DNSError{IsNotFound: true}), "cannot be reached", 1},
		"name server is down":   {op("dial", &net.DNSError{IsTimeout: true}), "in time", 3},
		"not loopback":          {op("dial", safehttp.ErrNotLoopback), "cannot be reached", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tries := 0
				c := client(func(*http.Request) (*http.Response, error) {
					tries++
					return nil, tt.err
				})
				checkError(t, tasks[`"Secrets: read"`](t.Context(), c), tt.message, "")
				expect(t, "tries", tt.tries, tries)
			})
		})
	}
}

// A body of just the limit is whole. A larger one is too large, and no more than
// one byte over the limit is read.
func TestBodyLimit(t *testing.T) {
	t.Parallel()
	const body = "0123456789"
	for limit, want := range map[int64]error{10: nil, 9: errTooLarge, 3: errTooLarge} {
		for name, r := range map[string]io.Reader{"at once": strings.NewReader(body), "byte by byte": iotest.OneByteReader(strings.NewReader(body)), "with its end": iotest.DataErrReader(strings.NewReader(body))} {
			got, err := io.ReadAll(&capped{ReadCloser: io.NopCloser(r), left: limit})
			expect(t, name+": error", want, err, cmpopts.EquateErrors())
			expect(t, name+": body", body[:min(limit+1, 10)], string(got))
		}
	}
}

// A write is tried again, but what it creates is not created twice if only the
// answers were lost.
func TestRetries(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"requests lost", "answers lost", "answers unreadable"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newModel()
				calls := map[string]int{}
				m.Around = func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
					call := r.Method + " " + r.URL.Path
					if calls[call]++; r.Method == http.MethodGet || calls[call]%3 == 0 {
						serve(w, r)
						return
					}
					answer := status([]int{500, 429}[calls[call]%2])
					if name != "requests lost" {
						serve(httptest.NewRecorder(), r)
					}
					if name == "answers unreadable" && call == commentIt {
						answer = body(201, "<html>")
					}
					answer(w, r)
				}
				for _, run := range []Run{aged(80), aged(90), seeing(oldKey)} {
					if kept := keep(t, m, run); kept.Failed != nil {
						t.Error(kept.Failed)
					}
				}
				expect(t, "issues", 1, len(m.Issues))
				expect(t, "comments", 1, len(m.Issues[0].Comments))
				expect(t, "deleted", false, strings.Contains(m.TakeWrites(), http.MethodDelete))
			})
		})
	}
}

// If the list cannot show whether a lost issue was created, it is not sent again.
func TestNoBlindRetry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newModel()
		m.Around = func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
			if slices.Contains(m.Log, openIssue) {
				serve = status(502)
			}
			serve(w, r)
		}
		checkError(t, reading(t.Context(), inMemory(m)), "cannot create the key's record: server error from GitHub (502)", "githubstatus")
		const list = "GET " + issuesPath
		expect(t, "calls", []string{list, createLabel, openIssue, list, list, list}, m.Log)
	})
}

// A call ends with its context, also while it waits, and then names the last
// real error.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		for _, left := range []time.Duration{time.Second, 0} { // the second call begins too late
			start := time.Now()
			err := reading(ctx, inMemory(http.HandlerFunc(hangs)))
			checkError(t, err, "the run was interrupted", "run again")
			expect(t, "took", left, time.Since(start))
		}
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := reading(ctx, inMemory(status(429, "Retry-After", "5")))
		checkError(t, err, "rate limit", "later")
		expect(t, "ended", context.DeadlineExceeded, ctx.Err(), cmpopts.EquateErrors())
	})
}
