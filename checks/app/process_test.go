package app_test

import (
	"encoding/pem"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"flexy-key-check/checks/internal/test/emulator"
	"flexy-key-check/checks/internal/test/testkit"
)

// A signal ends a run soon, whatever it waits for, and never with 0.
func TestProcessSignals(t *testing.T) {
	t.Parallel()
	hang := emulator.Latency(time.Minute)
	stages := map[string]func(*emulator.API){
		"waits for an answer":     always(hang),
		"waits for the next try":  always(emulator.RetryAfter(503, "30")),
		"waits for the body":      always(emulator.Func(cutShort(hang))),
		"waits on the second try": next(plainly(500), hang),
		"waits for the balance":   onBalance(hang),
	}
	for stage, api := range stages {
		for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
			t.Run(fmt.Sprint(stage, ", ", signal), func(t *testing.T) {
				t.Parallel()
				s := serve(t)
				api(s.API)
				p := action(t, s.URL, map[string]string{"on-unavailable": "warn", "rotated-on": "2020-01-01"})
				requests := 1 + strings.Count(stage, "second")
				if strings.HasSuffix(stage, "balance") {
					p.vars[inputVariable("min-balance")], requests = "5000", 2
				}
				var took time.Duration
				r := p.exec(t, func(cmd *exec.Cmd) {
					waitFor(t, func() bool { return s.Stats().Requests >= requests })
					time.Sleep(50 * time.Millisecond) // the answer is under way
					took = interrupt(t, cmd, signal)
				})
				if took > 2*time.Second || r.code != 3 || r.outputs()["verdict"] != "unavailable" {
					t.Errorf("took %v, exit code %d, verdict %q", took, r.code, r.outputs()["verdict"])
				}
			})
		}
	}
}

// The debugging of net/http, which prints headers, has nothing to print.
func TestProcessGodebug(t *testing.T) {
	t.Parallel()
	s := serve(t)
	if r := action(t, s.URL, pairs("GODEBUG", "http2debug=2")).exec(t, nil); r.code != 0 || len(r.stderr) > 0 {
		t.Errorf("exit code %d, standard error:\n%s", r.code, r.stderr)
	}
}

// Under nohup a run survives its terminal.
func TestProcessNohup(t *testing.T) {
	t.Parallel()
	s := serve(t)
	always(emulator.Latency(300 * time.Millisecond))(s.API)
	p := shell(t, s.URL, nil)
	p.through = `trap "" HUP; exec "$0"`
	r := p.exec(t, func(cmd *exec.Cmd) {
		waitFor(t, func() bool { return s.Stats().Requests > 0 })
		interrupt(t, cmd, syscall.SIGHUP)
	})
	testkit.Diff(t, 0, r.code)
}

// cutShort sends half a body, then applies fault.
func cutShort(fault emulator.Fault) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, document[:10])
		_ = http.NewResponseController(w).Flush()
		fault(nil, w, r)
	}
}

// waitFor waits until is returns true.
func waitFor(t *testing.T, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Error("gave up waiting")
			return
		}
	}
}

// interrupt sends a signal and returns how long the process then took to end.
func interrupt(t *testing.T, cmd *exec.Cmd, signal os.Signal) time.Duration {
	t.Helper()
	start := time.Now()
	if err := cmd.Process.Signal(signal); err != nil {
		t.Error(err)
	}
	_ = cmd.Wait()
	return time.Since(start)
}

// A signal also ends a request to GitHub, and the run does not pass.
func TestProcessSignalInTheReminder(t *testing.T) {
	t.Parallel()
	h := newHub(t, "")
	asked, end := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(end) })
	h.instead = map[string]http.HandlerFunc{"GET issues": func(http.ResponseWriter, *http.Request) {
		close(asked)
		<-end
	}}
	p := reminding(t, h, map[string]string{"secret-name": "", "key-name": "checkout", "rotated-on": time.Now().AddDate(0, 0, -80).Format(time.DateOnly), "on-unavailable": "warn"})
	var took time.Duration
	r := p.exec(t, func(cmd *exec.Cmd) {
		<-asked
		took = interrupt(t, cmd, syscall.SIGTERM)
	})
	outputs := r.outputs()
	if took > 2*time.Second || r.code != 3 || outputs["verdict"] != "unavailable" || outputs["valid"] != "" || !r.annotates("error", "interrupted") {
		t.Errorf("took %v, exit code %d, verdict %s, valid %s:\n%s", took, r.code, outputs["verdict"], outputs["valid"], r.stdout)
	}
}

// A closed standard output does not change the result.
func TestProcessClosedStdout(t *testing.T) {
	t.Parallel()
	for name, given := range map[string]map[string]string{"pass": nil, "misconfigured": pairs("environment", "x"), "unavailable": pairs("base-url", "http://127.0.0.1:1")} {
		for what, program := range map[string]func(*testing.T, string, map[string]string) program{"action": action, "shell": shell} {
			t.Run(name+", "+what, func(t *testing.T) {
				t.Parallel()
				read, write, err := os.Pipe()
				testkit.NoError(t, err)
				defer func() { _ = write.Close() }()
				_ = read.Close()
				p := program(t, serve(t).URL, given)
				p.stdout = write
				r := p.exec(t, nil)
				if r.code != codes[name][0] || what == "action" && r.outputs()["verdict"] != name {
					t.Errorf("exit code %d, verdict %s", r.code, r.outputs()["verdict"])
				}
			})
		}
	}
}

// A write to standard output can block for ever. After a signal the run ends anyway.
func TestProcessFullPipe(t *testing.T) {
	t.Parallel()
	for what, program := range map[string]func(*testing.T, string, map[string]string) program{"action": action, "shell": shell} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			read, write, err := os.Pipe()
			testkit.NoError(t, err)
			defer func() { _, _ = read.Close(), write.Close() }()
			fill(t, write)
			s := serve(t)
			p := program(t, s.URL, nil)
			p.stdout, p.broken = write, true // an action masks before it writes files
			var took time.Duration
			r := p.exec(t, func(cmd *exec.Cmd) {
				if what == "shell" { // an action blocks on the first mask, before it sends anything
					waitFor(t, func() bool { return s.Stats().Requests > 0 })
				}
				time.Sleep(300 * time.Millisecond)
				if ended := cmd.Process.Signal(syscall.Signal(0)); ended != nil {
					t.Errorf("the run did not block: %v", ended)
				}
				took = interrupt(t, cmd, syscall.SIGTERM)
			})
			if took > 2*time.Second || r.code != 3 {
				t.Errorf("took %v, exit code %d", took, r.code)
			}
		})
	}
}

// fill fills a pipe, so that the next write to it blocks.
func fill(t *testing.T, pipe *os.File) {
	t.Helper()
	testkit.NoError(t, pipe.SetWriteDeadline(time.Now().Add(200*time.Millisecond)))
	for {
		if _, err := pipe.Write(make([]byte, 4096)); err != nil {
			break // full
		}
	}
	for {
		if _, err := pipe.Write([]byte{0}); err != nil {
			return
		}
	}
}

// serveTLS starts a server with HTTP/2, and returns its URL and its CA as PEM.
func serveTLS(t *testing.T, secretHeader string, h http.Handler) (address, ca string) {
	t.Helper()
	server := httptest.NewUnstartedServer(recorded(secretHeader, h))
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
}

// net/http logs raw responses through the standard logger. Whether it does in a run is
// a matter of timing, so this looks at the source: main silences it first.
func TestProcessSilencesTheStandardLogger(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "../../main.go", nil, 0)
	testkit.NoError(t, err)
	first := file.Scope.Lookup("main").Decl.(*ast.FuncDecl).Body.List[0]
	var said strings.Builder
	testkit.NoError(t, printer.Fprint(&said, token.NewFileSet(), first))
	testkit.Diff(t, "log.SetOutput(io.Discard)", said.String())
}

// A check must not contain a server that accepts every key, and starts no process.
func TestProcessLinksOnlyWhatShips(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "../..").Output()
	testkit.NoError(t, err)
	linked := strings.Fields(string(out))
	unwanted := regexp.MustCompile(`^(flexy-key-check/checks/(internal/test|tools|demo)(/.*)?|testing|os/exec|plugin)$`)
	for _, path := range linked {
		if unwanted.MatchString(path) {
			t.Errorf("the program links %s", path)
		}
	}
	if len(linked) < 50 {
		t.Errorf("go list names %d packages: %s", len(linked), out)
	}
}
