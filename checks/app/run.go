package app

import (
	"context"
	"slices"
	"time"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/report"
	"flexy-key-check/checks/internal/safehttp"
	"flexy-key-check/checks/internal/secret"
)

// run does all but the reporting.
func run(ctx context.Context, env Env, given *config.Given, reporter report.Reporter) report.Report {
	cfg, mistakes := given.Config(env.Now())
	if len(mistakes) > 0 {
		return report.Report{
			Verdict:  checks.Misconfigured,
			ExitCode: checks.ExitMisconfigured,
			Mistakes: mistakes,
			KeyName:  given.KeyName(),
		}
	}
	r := report.Report{Verdict: checks.Passed}
	for _, key := range cfg.Keys {
		k := judge(ctx, env, cfg, key, reporter)
		r.Keys = append(r.Keys, k)
		r.Verdict = min(r.Verdict, k.Verdict)
	}
	r.ExitCode = exitCode(r.Keys)
	return r
}

// judge finds out all about one key.
func judge(ctx context.Context, env Env, cfg config.Config, key config.Key, reporter report.Reporter) report.Key {
	k := report.Key{Name: key.Name}
	in := checks.Input{Expect: key.Expect, Today: env.Now()}
	switch {
	case key.Skipped:
		k.Verdict = checks.Skipped
		return k
	case cfg.RotationOnly:
		k.Findings = checks.Run(in)
		k.Verdict = checks.JudgeRotation(k.Findings)
	default:
		in.Answer = validate(ctx, env, cfg, key.Value)
		reporter.Mask(personal(in.Answer.Key)...)
		k.Answer = in.Answer
		k.Findings = checks.Run(in)
		k.Verdict = checks.Judge(in.Answer, in.Expect, k.Findings)
		k.Message, k.Hint = checks.Explain(in.Answer, k.Verdict)
	}
	if age, known := in.Expect.Age(in.Today); known {
		k.Age = &age
	}
	interrupted := ctx.Err() != nil
	if interrupted && k.Verdict > checks.Unavailable {
		k.Verdict = checks.Unavailable
		k.Message, k.Hint = flexy.Answer{Fault: flexy.FaultInterrupted}.Explain()
	}
	k.Softened = softened(cfg, k, interrupted)
	return k
}

// validate asks the API about a key.
func validate(ctx context.Context, env Env, cfg config.Config, key secret.Value) flexy.Answer {
	ctx, cancel := context.WithTimeout(ctx, cfg.Timeout)
	defer cancel()
	client := flexy.New(flexy.Options{
		BaseURL:   cfg.BaseURL,
		HTTP:      safehttp.Options{Roots: cfg.Roots, Proxy: env.Proxy},
		UserAgent: report.Name + "/" + env.Version,
		Now:       env.Now,
	})
	return client.Validate(ctx, key)
}

// personal lists what an answer brings that must be masked before anything
// derived from it is shown. A short text or a word that outputs contain would
// make the runner drop those outputs.
func personal(k flexy.Key) []string {
	var texts []string
	for _, v := range []secret.Value{k.Echo, k.Username} {
		text := v.Reveal()
		_, isAddress := flexy.ParseAddr(text)
		if len(text) >= secret.MinLength && !isAddress && !slices.Contains(vocabulary(), text) {
			texts = append(texts, text)
		}
	}
	return texts
}

// vocabulary lists the documented words that outputs may contain.
func vocabulary() []string {
	words := []string{flexy.Sandbox, flexy.Production, flexy.ReadWrite, flexy.ReadOnly,
		flexy.CodeInvalid, flexy.CodeAuth, flexy.CodeMissing, flexy.CodeNotAllowed, flexy.CodeBlocked}
	for _, v := range checks.Verdicts {
		words = append(words, v.String())
	}
	for _, o := range report.Outputs {
		words = append(words, o.Name)
	}
	return append(words, checks.IDs()...)
}

// softened reports whether the configuration makes a warning of an exit code 3.
func softened(cfg config.Config, k report.Key, interrupted bool) bool {
	if k.Verdict.ExitCode() != checks.ExitUndetermined || interrupted || checks.AnyFailed(k.Findings) {
		return false
	}
	if k.Answer.Outcome == flexy.NotAllowed {
		return cfg.WarnIPNotAllowed
	}
	return cfg.WarnUnavailable && k.Answer.Fault != flexy.FaultInternal
}

// exitCode returns that of the worst key whose own is not 0.
func exitCode(keys []report.Key) int {
	worst, code := checks.Passed, checks.ExitPass
	for _, k := range keys {
		if own := k.Verdict.ExitCode(); own != checks.ExitPass && !k.Softened && k.Verdict <= worst {
			worst, code = k.Verdict, own
		}
	}
	return code
}

// internalFault is what is reported after a panic.
func internalFault(given *config.Given, now time.Time) report.Report {
	answer := flexy.Answer{At: now}
	message, hint := answer.Explain()
	return report.Report{
		Verdict:  checks.Unavailable,
		ExitCode: checks.ExitUndetermined,
		Keys:     []report.Key{{Name: given.KeyName(), Verdict: checks.Unavailable, Answer: answer, Message: message, Hint: hint}},
	}
}
