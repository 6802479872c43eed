package app

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/github"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/plain"
	"flexy-key-check/checks/internal/report"
	"flexy-key-check/checks/internal/safehttp"
)

// A githubSession talks to GitHub during a run: it reads when secrets were saved, and
// reads and keeps the keys' records, all within github.Budget.
type githubSession struct {
	env     Env
	cfg     config.Config
	client  *github.Client
	left    time.Duration
	records *github.Records // nil if they were not read
	failed  *github.Error   // why they could not be read
	runs    []github.Run    // what this run knows of each key
	notes   []report.Note   // about the token
}

func newGitHubSession(env Env, cfg config.Config) *githubSession {
	address := env.variable("GITHUB_API_URL", "https://api.github.com")
	base, _ := url.Parse(address) // nil if it is malformed, which the client reports
	return &githubSession{env: env, cfg: cfg, left: github.Budget, client: github.New(github.Options{
		APIURL:    base,
		HTTP:      safehttp.Options{Roots: cfg.Roots.Pool, Proxy: env.Proxy},
		UserAgent: report.Name + "/" + env.Version,
		Now:       env.Now,
	})}
}

// variable returns an environment variable, or a default if it is blank.
func (e Env) variable(name, otherwise string) string {
	if value, _ := e.LookupEnv(name); value != "" {
		return value
	}
	return otherwise
}

// spend calls f within the rest of the budget. Waits for the Flexy API do not count.
func (h *githubSession) spend(ctx context.Context, f func(context.Context)) {
	ctx, cancel := context.WithTimeout(ctx, max(h.left, 0))
	defer cancel()
	began := time.Now()
	f(ctx)
	h.left -= time.Since(began)
}

// withRotationDates returns the keys with the rotation dates that come from GitHub,
// requesting each secret once. It notes when the token expires.
func (h *githubSession) withRotationDates(ctx context.Context, keys []config.Entry) []config.Entry {
	var secrets []config.Secret
	remind := 0 // the largest remind-days of the keys that need them
	for _, k := range keys {
		if k.NeedsSecretDate() {
			remind = max(remind, k.Expect.RemindDays)
			if !slices.Contains(secrets, k.Secret) {
				secrets = append(secrets, k.Secret)
			}
		}
	}
	if len(secrets) == 0 {
		return keys
	}
	var answers []secretDate
	h.spend(ctx, func(ctx context.Context) {
		answers = inParallel(secrets, func(s config.Secret) secretDate { return h.date(ctx, s) })
	})
	keys = slices.Clone(keys)
	for i, k := range keys {
		if k.NeedsSecretDate() {
			date := answers[slices.Index(secrets, k.Secret)].rotated
			date.Asked, date.AtLeast = true, true
			keys[i].Expect.Rotated = date
		}
	}
	h.noteTokenEnd(answers, remind)
	return keys
}

// noteTokenEnd warns that secrets-token expires once at most that many days are left.
func (h *githubSession) noteTokenEnd(answers []secretDate, remind int) {
	var ends []time.Time
	for _, a := range answers {
		if !a.tokenEnds.IsZero() {
			ends = append(ends, a.tokenEnds)
		}
	}
	if len(ends) == 0 || strings.HasPrefix(h.cfg.SecretsToken.Reveal(), "ghs_") { // an app renews it
		return
	}
	if end := slices.MinFunc(ends, time.Time.Compare); checks.DaysUntil(end, h.env.Now()) <= remind {
		h.notes = append(h.notes, report.Note{
			Title: report.Name + ": {secrets-token}",
			Notice: mistake.Say("the token expires on "+end.Format(time.DateOnly)+", after which the key's age cannot be read",
				"generate a new token with the same permission, and put it into the secret that holds this one"),
		})
	}
}

// inParallel returns what f returns for each element, three at a time. It panics if a
// call of f does.
func inParallel[T, R any](all []T, f func(T) R) []R {
	results := make([]R, len(all))
	var workers sync.WaitGroup
	var panicked atomic.Bool
	slots := make(chan struct{}, 3)
	for i := range all {
		slots <- struct{}{}
		workers.Go(func() {
			defer func() { <-slots }()
			var ok bool
			if results[i], ok = guarded(func() R { return f(all[i]) }); !ok {
				panicked.Store(true)
			}
		})
	}
	workers.Wait()
	if panicked.Load() {
		panic("in a call")
	}
	return results
}

// A secretDate is what GitHub says about a secret.
type secretDate struct {
	rotated   checks.RotationDate
	tokenEnds time.Time // zero if it does not say
}

// date requests when a secret was last saved, and when the token expires.
func (h *githubSession) date(ctx context.Context, s config.Secret) secretDate {
	dates, err := h.client.SecretDates(ctx, h.cfg.SecretsToken, h.secret(s))
	if err != nil {
		return secretDate{checks.RotationDate{Notice: asError(err).Map(plain.Text)}, dates.TokenExpires}
	}
	return secretDate{checks.RotationDate{Known: true, On: dates.UpdatedAt}, dates.TokenExpires}
}

func (h *githubSession) secret(s config.Secret) github.Secret {
	return github.Secret{
		Repository:   h.env.variable("GITHUB_REPOSITORY", ""),
		Environment:  s.Environment,
		Organization: s.Organization,
		Name:         s.Name,
	}
}
