package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/report"
)

// run does everything except report.
func run(ctx context.Context, env Env, given *config.Source) report.Report {
	cfg, mistakes := given.Config(env.Now())
	if len(mistakes) > 0 {
		return report.Report{
			Verdict:  checks.Misconfigured,
			ExitCode: checks.ExitMisconfigured,
			Mistakes: mistakes,
		}
	}
	gh := newGitHubSession(env, cfg)
	cfg.Entries = gh.withRotationDates(ctx, cfg.Entries)
	debug := env.debugLog()
	holders := holders(cfg.Entries)
	validate(ctx, env, cfg, holders, debug.write)
	r := report.Report{Verdict: checks.Passed, Policy: cfg.Policy, Debug: debug.lines}
	inputs := make([]checks.Input, len(cfg.Entries))
	for _, h := range holders {
		r.Personal = append(r.Personal, report.Personal{Echo: h.answer.Key.Echo, Username: h.answer.Key.Username})
		for _, i := range h.entries {
			inputs[i].Answer, inputs[i].Balance, inputs[i].SameKey = h.answer, h.balance, h.others(cfg.Entries, i)
		}
	}
	cfg.Entries = gh.readRecords(ctx, cfg.Entries, inputs)
	for i, key := range cfg.Entries {
		in := inputs[i]
		in.Expect, in.Today, in.Fingerprint, in.Many = key.Expect, env.Now(), key.Key.Fingerprint(), cfg.Policy
		r.Keys = append(r.Keys, judge(cfg, key, in))
	}
	r.Notes = append(gh.keepRecords(ctx, cfg.Entries, r.Keys), gh.notes...)
	interrupted := ctx.Err() != nil
	for i := range r.Keys {
		k := &r.Keys[i]
		if interrupted && undetermined(*k) {
			k.Verdict = checks.Unavailable
			k.Notice = flexy.Answer{Fault: flexy.FaultInterrupted}.Explain()
		}
		k.Softened = k.Softened && !interrupted
		r.Verdict = min(r.Verdict, k.Verdict)
	}
	r.ExitCode = exitCode(r.Keys)
	return expand(given.Names, r)
}

// undetermined reports whether an interrupted run leaves open what the key is: nothing
// has failed, but for what could not be determined.
func undetermined(k report.Result) bool {
	failed := func(f checks.Finding) bool { return f.Status == checks.Fail }
	return k.Verdict > checks.Unavailable || k.Verdict == checks.Mismatch && !slices.ContainsFunc(k.Findings, failed)
}

// expand replaces the names of settings in braces with those that the user knows.
// Values in these texts contain no braces: a value from outside is a plain token, an
// address or a name that config has validated.
func expand(n config.Names, r report.Report) report.Report {
	for i := range r.Keys {
		k := &r.Keys[i]
		k.Notice = k.Map(n.Expand)
		for j := range k.Findings {
			k.Findings[j].Notice = k.Findings[j].Map(n.Expand)
		}
	}
	for i := range r.Notes {
		r.Notes[i].Title = n.Expand(r.Notes[i].Title)
		r.Notes[i].Notice = r.Notes[i].Map(n.Expand)
	}
	return r
}

// judge compares a key with its expectation.
func judge(cfg config.Config, key config.Entry, in checks.Input) report.Result {
	k := report.Result{Name: key.Name, Answer: in.Answer, Fingerprint: in.Fingerprint, Place: key.Place, Places: key.Places}
	if key.Skipped {
		k.Verdict, k.Skipped = checks.Skipped, true
		k.Message = "GitHub gives this pull request no secrets, and {on-missing-key} is skip"
		return k
	}
	k.Findings = checks.Run(in)
	if cfg.RotationOnly {
		k.Verdict = checks.JudgeRotation(k.Findings)
		if !in.Expect.Rotated.Known {
			inVain(cfg, &k, mistake.Say("this run is for the key's age alone, and that could not be read", "see the warning about rotation"))
		}
	} else {
		k.Verdict = checks.Judge(in, k.Findings)
		k.Notice = checks.Explain(in.Answer, k.Verdict, k.Findings)
		k.Softened = softened(cfg, in, k)
	}
	if age, known := in.Expect.Age(in.Today); known {
		k.Age = &age
	}
	return k
}

// inVain makes a pass unavailable, because the run could not do what it is for.
func inVain(cfg config.Config, k *report.Result, why mistake.Notice) {
	if k.Verdict == checks.Passed {
		k.Verdict, k.Notice, k.Softened = checks.Unavailable, why, cfg.WarnUnavailable
	}
}

// softened reports whether the configuration turns the key's exit code 3 into a
// warning.
func softened(cfg config.Config, in checks.Input, k report.Result) bool {
	switch {
	case k.Verdict.ExitCode() != checks.ExitUndetermined:
		return false
	case checks.AnyFailed(k.Findings) && in.Answer.Outcome != flexy.Accepted: // if it is accepted, only the balance failed
		return false
	case in.Answer.Outcome == flexy.NotAllowed:
		return cfg.WarnIPNotAllowed
	default:
		return cfg.WarnUnavailable && in.MayPass()
	}
}

// exitCode returns the exit code of the worst key with an exit code other than 0.
func exitCode(keys []report.Result) int {
	worst, code := checks.Passed, checks.ExitPass
	for _, k := range keys {
		own := k.Verdict.ExitCode()
		switch {
		case k.Softened:
			own = checks.ExitPass
		case k.Answer.Held():
			own = checks.ExitUndetermined
		}
		if own != checks.ExitPass && k.Verdict <= worst {
			worst, code = k.Verdict, own
		}
	}
	return code
}

// internalFault returns the report after a panic.
func internalFault(given *config.Source) report.Report {
	var answer flexy.Answer
	return report.Report{
		Verdict:  checks.Unavailable,
		ExitCode: checks.ExitUndetermined,
		Keys:     []report.Result{{Name: given.KeyName(), Verdict: checks.Unavailable, Answer: answer, Notice: answer.Explain()}},
	}
}

// A debugLog keeps debug lines until all secrets are masked.
type debugLog struct {
	wanted bool
	lines  []string
}

// debugLog returns a log that keeps lines only with RUNNER_DEBUG=1.
func (e Env) debugLog() *debugLog {
	wanted, _ := e.LookupEnv("RUNNER_DEBUG")
	return &debugLog{wanted: wanted == "1"}
}

// write adds a line.
func (n *debugLog) write(line string) {
	if n.wanted {
		n.lines = append(n.lines, line)
	}
}

// progress shows on a terminal how many keys are done, and wipes that at the end.
func (e Env) progress(done, all int) {
	if e.StderrColumns > 0 && all > 1 {
		fmt.Fprintf(quiet{e.Stderr}, "\r%d of %d keys", done, all)
		if done == all {
			fmt.Fprintf(quiet{e.Stderr}, "\r%s\r", strings.Repeat(" ", 20))
		}
	}
}
