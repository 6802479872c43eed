package app

import (
	"context"
	"slices"
	"sync"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/flexy/client"
	"flexy-key-check/checks/internal/lockout"
	"flexy-key-check/checks/internal/report"
	"flexy-key-check/checks/internal/safehttp"
)

// validate asks the API about every key that there is, equal ones once, those
// that must be revoked last, and for the balances that somebody wants to know.
// The answers are in the order of the keys; where nothing was asked they are zero.
func validate(ctx context.Context, env Env, cfg config.Config, debug func(string)) []flexy.Answer {
	ctx, cancel := context.WithTimeout(ctx, cfg.Timeout)
	defer cancel()
	api := client.New(client.Options{
		BaseURL:   cfg.BaseURL,
		HTTP:      safehttp.Options{Roots: cfg.Roots, Proxy: env.Proxy},
		UserAgent: report.Name + "/" + env.Version,
		Now:       env.Now,
		Secrets:   cfg.Secrets(),
		Debug:     debug,
	})
	stands, first, last := distinct(cfg.Entries)
	answers := make([]flexy.Answer, len(cfg.Entries))
	var mu sync.Mutex
	done := 0
	ask := func(i int) {
		answers[i] = api.Validate(ctx, cfg.Entries[i].Key)
		mu.Lock()
		defer mu.Unlock()
		done++
		env.progress(done, len(stands))
	}
	// The first key goes alone, as the guard wants it; which one is the first is
	// then not left to chance.
	alone := min(1, len(first))
	for _, keys := range [][]int{first[:alone], first[alone:], last} {
		inParallel(keys, ask)
	}
	// The balances come behind all keys: whatever goes wrong with one of them, no
	// key is judged the worse for it.
	inParallel(wanting(cfg.Entries, stands, answers), func(i int) {
		balance := api.Balance(ctx, cfg.Entries[i].Key, answers[i].Key)
		answers[i].Balance = &balance
	})
	for i, k := range cfg.Entries {
		if j, ok := stands[k.Key.Reveal()]; ok {
			answers[i] = answers[j]
		}
	}
	return answers
}

// distinct returns of each distinct key the entry that stands for it, and these in
// order: those to ask about first, and those that must be revoked.
func distinct(entries []config.Entry) (stands map[string]int, first, last []int) {
	stands = map[string]int{}
	for _, revoked := range []bool{false, true} {
		for i, k := range entries {
			if k.Key.Blank() || revoked != (k.Expect.State == checks.StateRevoked) {
				continue
			}
			if _, ok := stands[k.Key.Reveal()]; ok {
				continue
			}
			stands[k.Key.Reveal()] = i
			if revoked {
				last = append(last, i)
			} else {
				first = append(first, i)
			}
		}
	}
	return stands, first, last
}

// wanting returns those entries, of the ones that stand for a key which the API
// has accepted, where the account's balance matters to an entry with that key.
func wanting(entries []config.Entry, stands map[string]int, answers []flexy.Answer) []int {
	var wanting []int
	for _, k := range entries {
		if k.Key.Blank() || k.Expect.MinBalance == "" || k.Expect.State == checks.StateRevoked {
			continue
		}
		i := stands[k.Key.Reveal()]
		if answers[i].Outcome == flexy.Accepted && !slices.Contains(wanting, i) {
			wanting = append(wanting, i)
		}
	}
	return wanting
}

// inParallel calls f for each item, as many at a time as the lockout guard may
// let through. A panic in one call leaves its item alone.
func inParallel(items []int, f func(int)) {
	var workers sync.WaitGroup
	queue := make(chan int)
	for range min(lockout.MaxConcurrent, len(items)) {
		workers.Go(func() {
			for i := range queue {
				guarded(func() struct{} { f(i); return struct{}{} })
			}
		})
	}
	for _, i := range items {
		queue <- i
	}
	close(queue)
	workers.Wait()
}
