// Command flexy-key-check checks that a OneClickDz Flexy API key is what you expect,
// as a GitHub Action or on the command line.
package main

import (
	"cmp"
	"context"
	"io"
	"log" //nolint:depguard // to silence it
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"flexy-key-check/checks"
	"flexy-key-check/checks/app"
	"flexy-key-check/checks/app/terminal"
)

// version is set by the release build.
var version string

func main() {
	// net/http logs raw responses through the standard logger.
	log.SetOutput(io.Discard)
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
		os.Exit(checks.ExitUndetermined)
	})
	os.Exit(app.Main(ctx, app.Env{
		Args:          os.Args[1:],
		LookupEnv:     os.LookupEnv,
		Environ:       os.Environ(),
		Stdout:        os.Stdout,
		Stderr:        os.Stderr,
		StdoutColumns: terminal.Columns(os.Stdout),
		StderrColumns: terminal.Columns(os.Stderr),
		Now:           time.Now,
		Proxy:         http.ProxyFromEnvironment,
		Version:       programVersion(),
	}))
}

// programVersion returns the version that the release build has set, or else that of the
// module, which go install knows.
func programVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && version == "" {
		if number, ok := strings.CutPrefix(info.Main.Version, "v"); ok {
			return number
		}
	}
	return cmp.Or(version, "dev")
}

const grace = 1500 * time.Millisecond // to report after a signal
