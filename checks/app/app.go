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

	StdoutColumns int // of the terminal; 0 if it is none
	StderrColumns int // as above; a terminal shows progress
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
	if given.Format != config.Text {
		env.StderrColumns = 0
	}
	r, ok := guarded(func() report.Report {
		given.Read(env.Args, env.Environ)
		mask()
		r := run(ctx, env, given)
		if notice, ok := given.Unread(); ok && r.Verdict != checks.Misconfigured { // there it is a mistake
			r.Notes = append(r.Notes, report.Note{Title: report.Name + ": variables", Notice: notice})
		}
		return r
	})
	if !ok {
		mask()
		r = internalFault(given)
	}
	code, ok = guarded(func() int { return reporter.Report(env.described(r)) })
	if !ok {
		return reporter.Report(env.described(internalFault(given)))
	}
	if code == checks.ExitPass && ctx.Err() != nil {
		return checks.ExitUndetermined
	}
	return code
}

// guarded calls f and reports whether it returned. The value of a panic is dropped,
// because it could contain a secret.
func guarded[T any](f func() T) (result T, ok bool) {
	defer func() { _ = recover() }()
	return f(), true
}

func (e Env) reporter(given *config.Source) report.Reporter {
	stdout, stderr := e.stream(e.Stdout, e.StdoutColumns), e.stream(e.Stderr, e.StderrColumns)
	switch given.Format {
	case config.GitHub:
		return report.NewActions(stdout, e.LookupEnv, given.Masks)
	case config.JSON:
		return report.JSON{Stdout: stdout, Stderr: stderr}
	default:
		return report.Text{Stdout: stdout, Stderr: stderr}
	}
}

// stream returns an output, with colours if it is a terminal that shows them.
func (e Env) stream(w io.Writer, columns int) report.Stream {
	colour := columns > 0 && e.variable("NO_COLOR", "") == "" && e.variable("TERM", "") != "dumb"
	return report.Stream{Writer: quiet{w}, Columns: columns, Colour: colour}
}

// quiet is a writer that never fails: a closed output does not change the result.
type quiet struct{ w io.Writer }

func (q quiet) Write(p []byte) (int, error) {
	_, _ = q.w.Write(p)
	return len(p), nil
}
