package app

import (
	"context"
	"slices"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/flexy/client"
	"flexy-key-check/checks/internal/report"
	"flexy-key-check/checks/internal/safehttp"
	"flexy-key-check/checks/internal/secret"
)

// A holder is a distinct key, with the entries that hold it.
type holder struct {
	key     secret.Value
	entries []int
	revoked bool // all of them expect it to be revoked
	asks    bool // one of them checks the balance
	answer  flexy.Answer
	balance flexy.Answer // to the balance request
}

// holders returns the distinct keys, in the order of their first entries.
func holders(entries []config.Entry) []*holder {
	var all []*holder
	for i, e := range entries {
		if e.Key.Blank() {
			continue
		}
		at := slices.IndexFunc(all, func(h *holder) bool { return h.key.Equal(e.Key) })
		if at < 0 {
			at, all = len(all), append(all, &holder{key: e.Key, revoked: true})
		}
		h, revoked := all[at], e.Expect.State == checks.StateRevoked
		h.entries = append(h.entries, i)
		h.revoked = h.revoked && revoked
		h.asks = h.asks || e.Expect.MinBalance != "" && !revoked
	}
	return all
}

// others returns the names of the entries with this key, except one.
func (h *holder) others(entries []config.Entry, except int) []string {
	var names []string
	for _, i := range h.entries {
		if i != except {
			names = append(names, entries[i].Name)
		}
	}
	return names
}

// validate sends the keys to the API, one after the other: first those that it should
// accept, so that a failure of another request affects none of them, then requests for
// their balances, then the keys that must be revoked, because each costs an attempt.
func validate(ctx context.Context, env Env, cfg config.Config, holders []*holder, debug func(string)) {
	ctx, cancel := context.WithTimeout(ctx, cfg.Timeout)
	defer cancel()
	api := client.New(client.Options{
		BaseURL:   cfg.BaseURL,
		HTTP:      safehttp.Options{Roots: cfg.Roots.Pool, Proxy: env.Proxy},
		UserAgent: report.Name + "/" + env.Version,
		Now:       env.Now,
		Secrets:   cfg.Secrets(),
		Debug:     debug,
	})
	done := 0
	send := func(revoked bool) {
		for _, h := range holders {
			if h.revoked == revoked {
				h.answer, _ = guarded(func() flexy.Answer { return api.Validate(ctx, h.key) })
				done++
				env.progress(done, len(holders))
			}
		}
	}
	send(false)
	for _, h := range holders {
		if h.asks && h.answer.Outcome == flexy.Accepted {
			h.balance = api.Balance(ctx, h.key, h.answer.Key)
		}
	}
	send(true)
}
