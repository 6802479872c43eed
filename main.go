// Command flexy-key-check checks that a OneClickDz Flexy API key is what you expect,
// as a GitHub Action or on the command line.
package main

import (
	"context"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"flexy-key-check/checks/app"
)

// version is set by the release build.
var version = "dev"

func main() {
	// A closed standard output must not end the run.
	signal.Ignore(syscall.SIGPIPE)
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT}
	if !signal.Ignored(syscall.SIGHUP) { // nohup ignores it
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, _ := signal.NotifyContext(context.Background(), signals...)
	// A write to standard output can block forever. After a signal, exit anyway.
	context.AfterFunc(ctx, func() {
		time.Sleep(grace)
		os.Exit(exitInterrupted)
	})
	os.Exit(app.Main(ctx, app.Env{
		Args:             os.Args[1:],
		LookupEnv:        os.LookupEnv,
		Environ:          os.Environ(),
		Stdout:           os.Stdout,
		Stderr:           os.Stderr,
		StdoutIsTerminal: terminal(os.Stdout),
		StderrIsTerminal: terminal(os.Stderr),
		Now:              time.Now,
		Proxy:            http.ProxyFromEnvironment,
		Version:          version,
	}))
}

const (
	grace           = 1500 * time.Millisecond // to report after a signal
	exitInterrupted = 3
)

func terminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
