// Command demo runs the real program offline, against an emulator of the API on
// loopback. It exits with 0 if each run ends as it should. With
// -listen 127.0.0.1:8085 the emulator then stays up as a playground, with a key
// for each verdict and each answer of the API; with -documented it answers as the
// vendor documents. In both, five failed attempts block an address.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"time"

	"flexy-key-check/checks/app"
	"flexy-key-check/checks/internal/test/emulator"
)

func main() {
	ctx, _ := signal.NotifyContext(context.Background(), os.Interrupt)
	if err := demo(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// demo shows the scenarios. With -listen it then waits until ctx is done.
func demo(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("demo", flag.ExitOnError)
	listen := flags.String("listen", "", "keep the emulator up at this loopback `address`, such as 127.0.0.1:8085")
	documented := flags.Bool("documented", false, "answer as the vendor documents, not as the API was seen to")
	_ = flags.Parse(args) // exits on error
	url, stop, err := serve(cmp.Or(*listen, "127.0.0.1:0"), *documented)
	if err != nil {
		return err
	}
	defer stop()
	fmt.Fprintf(out, "flexy-key-check against an emulator of the Flexy API at %s\n", url)

	runs, wrong := scenarios(time.Now().UTC()), 0
	for i, s := range runs {
		fmt.Fprintf(out, "\n%d. %s\n\n", i+1, s.title)
		if !s.run(ctx, url, out) {
			wrong++
		}
	}
	if wrong > 0 {
		return fmt.Errorf("%d of %d runs did not end as they should", wrong, len(runs))
	}
	fmt.Fprintf(out, "\nall %d runs ended as they should\n", len(runs))
	if *listen != "" {
		invite(out, url, time.Now().UTC())
		<-ctx.Done()
	}
	return nil
}

// serve starts the emulator on a loopback address.
func serve(address string, documented bool) (url string, stop func(), err error) {
	addr, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return "", nil, err
	}
	if !addr.IP.IsLoopback() {
		return "", nil, fmt.Errorf("expected a loopback address such as 127.0.0.1:8085, found %s", address)
	}
	listener, err := net.ListenTCP("tcp", addr)
	if err != nil {
		return "", nil, err
	}
	lockout := emulator.DocumentedLockout
	if !documented {
		lockout = emulator.SeenLockout
		lockout.Attempts = emulator.DocumentedLockout.Attempts // the worse account
	}
	api := emulator.New(emulator.Options{Now: time.Now, Keys: keys(), Documented: documented, Lockout: lockout})
	api.Always(pretend)
	server := &http.Server{Handler: api, ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(listener) }()
	return "http://" + listener.Addr().String(), func() { _ = server.Close() }, nil
}

// A scenario is one run of the program and how it must end.
type scenario struct {
	title, key string
	settings   []string // without the key
	code       int
	says       string // text that the output must contain
}

func scenarios(today time.Time) []scenario {
	const forProduction, writes = "FLEXY_ENVIRONMENT=production", "FLEXY_EXPECT_SCOPE=READ-WRITE"
	return []scenario{
		{"a production key that passes", production, []string{forProduction, writes, rotated(today, 30)}, 0, "verdict: pass"},
		{"a sandbox key where production is expected", sandbox, []string{forProduction}, 1, "type: expected"},
		{"an account that has too little money", production, []string{forProduction, "FLEXY_MIN_BALANCE=5000"}, 1, "balance: expected"},
		{"a key whose rotation is overdue", production, []string{forProduction, rotated(today, 97)}, 0, "rotation: 7 days overdue"},
	}
}

// rotated returns the setting for a key that is a number of days old.
func rotated(today time.Time, days int) string {
	return today.AddDate(0, 0, -days).Format("FLEXY_ROTATED_ON=2006-01-02")
}

const (
	margin  = "  | "
	columns = 80 - len(margin) // of the program's output
)

// run shows what a user would see, and reports whether the run ended as it must.
func (s scenario) run(ctx context.Context, url string, out io.Writer) bool {
	env := map[string]string{"FLEXY_API_KEY": s.key, "FLEXY_BASE_URL": url, "NO_COLOR": "1"}
	fmt.Fprint(out, `  $ FLEXY_API_KEY="$KEY" \`+"\n")
	for _, setting := range s.settings {
		name, value, _ := strings.Cut(setting, "=")
		env[name] = value
		fmt.Fprintf(out, "    %s \\\n", setting)
	}
	lookup := func(name string) (string, bool) { value, ok := env[name]; return value, ok }
	var shown strings.Builder
	code := app.Main(ctx, app.Env{
		LookupEnv: lookup, Now: time.Now, Version: "demo",
		Stdout: &shown, StdoutColumns: columns, Stderr: &shown, StderrColumns: columns,
	})
	fmt.Fprint(out, "    flexy-key-check\n")
	for line := range strings.Lines(shown.String()) {
		fmt.Fprint(out, margin+line)
	}
	fmt.Fprintf(out, "  exit code %d, expected %d\n", code, s.code)
	return code == s.code && strings.Contains(unwrapped(shown.String()), s.says)
}

// unwrapped returns a text on one line, without its margin.
func unwrapped(text string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(text, margin, "")), " ")
}
