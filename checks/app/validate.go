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

// validate sends each distinct key to the API, those that must be revoked last, and
// then requests the balances that are checked. The answers are in the order of the
// entries. The answer of a blank key is zero.
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
	// The lockout guard lets the first key go alone. Here it is always the same one.
	alone := min(1, len(first))
	for _, keys := range [][]int{first[:alone], first[alone:], last} {
		inParallel(keys, ask)
	}
	// Balances come after all keys, so that a failure there affects no key.
	inParallel(needBalance(cfg.Entries, stands, answers), func(i int) {
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

// distinct returns, for each distinct key, the index of the entry that represents it,
// and these indices in the order to send: first the others, last those that must be
// revoked.
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

// needBalance returns the representatives of the accepted keys whose balance some
// entry checks.
func needBalance(entries []config.Entry, stands map[string]int, answers []flexy.Answer) []int {
	var need []int
	for _, k := range entries {
		if k.Key.Blank() || k.Expect.MinBalance == "" || k.Expect.State == checks.StateRevoked {
			continue
		}
		i := stands[k.Key.Reveal()]
		if answers[i].Outcome == flexy.Accepted && !slices.Contains(need, i) {
			need = append(need, i)
		}
	}
	return need
}

// inParallel calls f for each item, at most lockout.MaxConcurrent at a time. A panic
// in one call does not affect the others.
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
