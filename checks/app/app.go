// Package app is the program: it reads the configuration, queries the API, runs the
// checks and reports. It is the only package that imports all the others.
package app

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/report"
)

// Env is the environment of the process.
type Env struct {
	Args      []string // without the program's name
	LookupEnv func(name string) (string, bool)
	Environ   []string // every variable, as NAME=value
	Stdout    io.Writer
	Stderr    io.Writer
	Now       func() time.Time
	Proxy     func(*http.Request) (*url.URL, error)
	Version   string

	StdoutIsTerminal bool
	StderrIsTerminal bool // show progress there
}

// Main runs the program and returns its exit code. If ctx is canceled, the run stops
// and does not return 0.
func Main(ctx context.Context, env Env) (code int) {
	defer func() {
		if recover() != nil {
			code = checks.ExitUndetermined
		}
	}()
	if code, ok := env.flag(); ok {
		return code
	}
	given := config.New(env.LookupEnv)
	reporter := env.reporter(given)
	mask := func() {
		for _, s := range given.Secrets() {
			reporter.Mask(s.Reveal())
		}
	}
	env.StderrIsTerminal = env.StderrIsTerminal && given.Format == config.Text
	r, ok := guarded(func() report.Report {
		given.Read(env.Args, env.Environ)
		mask()
		r := run(ctx, env, given)
		if r.Verdict != checks.Misconfigured { // there it is a mistake
			r.Notes = append(r.Notes, unread(given)...)
		}
		return r
	})
	if !ok {
		mask()
		r = internalFault(given)
	}
	code, ok = guarded(func() int { return reporter.Report(r) })
	if !ok {
		return reporter.Report(internalFault(given))
	}
	if code == checks.ExitPass && ctx.Err() != nil {
		return checks.ExitUndetermined
	}
	return code
}

// unread warns about variables that an action ignores: they were probably meant as
// assertions.
func unread(given *config.Source) []report.Note {
	notice, ok := given.Unread()
	if !ok {
		return nil
	}
	return []report.Note{{Title: report.Name + ": environment", Notice: notice}}
}

// guarded calls f and reports whether it returned. The value of a panic is dropped,
// because it could contain a secret.
func guarded[T any](f func() T) (result T, ok bool) {
	defer func() { _ = recover() }()
	return f(), true
}

func (e Env) reporter(given *config.Source) report.Reporter {
	stdout, stderr := quiet{e.Stdout}, quiet{e.Stderr}
	switch given.Format {
	case config.GitHub:
		return report.NewActions(stdout, e.LookupEnv, given.Masks)
	case config.JSON:
		return report.JSON{Stdout: stdout, Stderr: stderr}
	default:
		noColour, _ := e.LookupEnv("NO_COLOR")
		return report.Text{Stdout: stdout, Stderr: stderr, Colour: e.StdoutIsTerminal && noColour == ""}
	}
}

// quiet is a writer that never fails: a closed output does not change the result.
type quiet struct{ w io.Writer }

func (q quiet) Write(p []byte) (int, error) {
	_, _ = q.w.Write(p)
	return len(p), nil
}
