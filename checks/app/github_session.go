package app

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"sync"
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

// spend calls f within the rest of the budget.
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
	known := map[config.Secret]checks.RotationDate{}
	var secrets []config.Secret
	var dated []config.Entry
	for _, k := range keys {
		if k.Secret.Name != "" && !k.Expect.Rotated.Known && !k.Skipped && k.Expect.State != checks.StateRevoked {
			dated = append(dated, k)
			if _, seen := known[k.Secret]; !seen {
				known[k.Secret] = k.Expect.Rotated
				secrets = append(secrets, k.Secret)
			}
		}
	}
	if len(secrets) == 0 {
		return keys
	}
	dates, ends := make([]checks.RotationDate, len(secrets)), make([]time.Time, len(secrets))
	h.spend(ctx, func(ctx context.Context) {
		inParallel(len(secrets), func(i int) { dates[i], ends[i] = h.date(ctx, secrets[i]) })
	})
	for i, s := range secrets {
		known[s] = dates[i]
	}
	keys = slices.Clone(keys)
	for i, k := range keys {
		if date, ok := known[k.Secret]; ok && !k.Expect.Rotated.Known {
			date.Asked, date.AtLeast = true, true
			keys[i].Expect.Rotated = date
		}
	}
	h.noteTokenEnd(dated, ends)
	return keys
}

// noteTokenEnd warns that secrets-token expires once the days left are at most the
// largest remind-days of the keys that need it.
func (h *githubSession) noteTokenEnd(keys []config.Entry, ends []time.Time) {
	ends = slices.DeleteFunc(ends, time.Time.IsZero)
	if len(ends) == 0 || strings.HasPrefix(h.cfg.SecretsToken.Reveal(), "ghs_") { // an app renews it
		return
	}
	remind := 0
	for _, k := range keys {
		remind = max(remind, k.Expect.RemindDays)
	}
	end := slices.MinFunc(ends, time.Time.Compare)
	if checks.DaysUntil(end, h.env.Now()) <= remind {
		h.notes = append(h.notes, report.Note{
			Title: report.Name + ": secrets-token",
			Notice: mistake.Say("the token expires on "+end.Format(time.DateOnly)+", after which the key's age cannot be read",
				"generate a new token with the same permission, and put it into the secret that holds this one"),
		})
	}
}

// inParallel calls f for each number below n, three at a time. A panic in one call
// does not affect the others.
func inParallel(n int, f func(int)) {
	var workers sync.WaitGroup
	queue := make(chan int)
	for range min(3, n) {
		workers.Go(func() {
			for i := range queue {
				guarded(func() struct{} { f(i); return struct{}{} })
			}
		})
	}
	for i := range n {
		queue <- i
	}
	close(queue)
	workers.Wait()
}

// date requests when a secret was last saved, and when the token expires.
func (h *githubSession) date(ctx context.Context, s config.Secret) (checks.RotationDate, time.Time) {
	dates, err := h.client.SecretDates(ctx, h.cfg.SecretsToken, h.named(s))
	if err != nil {
		return checks.RotationDate{Notice: asError(err).Map(plain.Text)}, dates.TokenExpires
	}
	return checks.RotationDate{Known: true, On: dates.UpdatedAt}, dates.TokenExpires
}

func (h *githubSession) named(s config.Secret) github.Secret {
	return github.Secret{
		Repository:   h.env.variable("GITHUB_REPOSITORY", ""),
		Environment:  s.Environment,
		Organization: s.Organization,
		Name:         s.Name,
	}
}
