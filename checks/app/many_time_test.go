package app_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"flexy-key-check/checks/app"
	"flexy-key-check/checks/internal/emulator"
)

// Good keys are sent three at a time, and take 64 MiB at most, all that the
// process has.
func TestManyGoodKeys(t *testing.T) {
	t.Parallel()
	const n, latency, mostMiB = 60, 30 * time.Millisecond, 64
	f, l := fleetOf(n, allGood), &arrivals{}
	s := f.serve(t)
	s.Always(l.then(emulator.Latency(latency)))
	var memory int64
	r := f.action(t, s, nil).exec(t, func(cmd *exec.Cmd) { memory = mostMemory(cmd) })
	if stats := s.Stats(); r.code != 0 || stats.Requests != n || stats.Peak != 3 || r.result(t).verdicts(t)["pass"] != n {
		t.Fatalf("exit code %d, %d requests, %d at a time", r.code, stats.Requests, stats.Peak)
	}
	took, ideal := l.times[n-1].Sub(l.times[0]), latency*(1+(n-2)/3)
	if took < ideal || took > 10*ideal { // how near, the benchmark says: other tests run beside this one
		t.Errorf("the last key was sent %v after the first, the ideal is %v", took, ideal)
	}
	if memory == 0 || memory > mostMiB<<20 {
		t.Errorf("took %d bytes", memory)
	}
	if alone := l.times[1].Sub(l.times[0]); alone < latency {
		t.Errorf("the second key was sent %v after the first, before its answer", alone)
	}
	if remarks := r.remarkList(); len(remarks) != 0 {
		t.Errorf("a clean pass remarks %q", titled(remarks))
	}
}

// mostMemory waits for a process to end and returns the most bytes that it had
// in memory, 0 if the system does not tell. What Wait tells is no less than what
// the tests had when they started it.
func mostMemory(cmd *exec.Cmd) int64 {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // the exit code tells
	}()
	var most int64
	for {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
		if _, rest, ok := strings.Cut(string(status), "VmHWM:"); err == nil && ok {
			var kib int64
			if _, err := fmt.Sscan(rest, &kib); err == nil {
				most = max(most, kib<<10)
			}
		}
		select {
		case <-ended:
			return most
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// A signal ends a run over many keys soon. Nothing of it is a pass, which no
// setting softens.
func TestManySignals(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(fmt.Sprint(signal), func(t *testing.T) {
			t.Parallel()
			f := fleetOf(300, allGood)
			s := f.serve(t)
			s.Always(emulator.Latency(100 * time.Millisecond))
			var took time.Duration
			r := f.action(t, s, map[string]string{"on-unavailable": "warn"}).exec(t, func(cmd *exec.Cmd) {
				waitFor(t, func() bool { return s.Stats().Requests >= 20 })
				took = interrupt(t, cmd, signal)
			})
			if took > 2*time.Second || r.code != 3 || r.outputs()["verdict"] != "unavailable" {
				t.Errorf("took %v, exit code %d, verdict %q", took, r.code, r.outputs()["verdict"])
			}
			if verdicts := r.result(t).verdicts(t); verdicts["unavailable"] != 300 || s.Stats().Requests > 60 {
				t.Errorf("%v, %d requests", verdicts, s.Stats().Requests)
			}
			if remarks := r.remarkList(); len(remarks) != 1 || remarks[0].Title != "300 keys: unavailable" || remarks[0].Level != "error" {
				t.Errorf("remarks %q", titled(remarks))
			}
		})
	}
}

// A panic in the work on one key is that key's: the others are checked, and
// nothing softens it.
func TestManyPanicsAreOneKeys(t *testing.T) {
	t.Parallel()
	for _, at := range []int32{1, 2, 7, 20} {
		t.Run(fmt.Sprint("at request ", at), func(t *testing.T) {
			t.Parallel()
			f := fleetOf(20, allGood)
			s := f.serve(t)
			s.Always(emulator.Latency(5 * time.Millisecond))
			address, ca := serveTLS(t, s)
			p := f.action(t, s, map[string]string{"on-unavailable": "warn", "base-url": address, "ca-certificate": ca})
			var calls atomic.Int32
			p.proxy = func(r *http.Request) (*url.URL, error) {
				if calls.Add(1) == at {
					panic(fmt.Sprint("cannot proxy ", r.Header))
				}
				return nil, nil
			}
			r := p.run(t)
			if verdicts := r.result(t).verdicts(t); verdicts["unavailable"] != 1 || verdicts["pass"] != 19 || s.Stats().Requests != 19 {
				t.Errorf("%v, %d requests", verdicts, s.Stats().Requests)
			}
			if remarks := r.remarkList(); r.code != 3 || len(remarks) != 1 || !strings.HasSuffix(remarks[0].Title, ": unavailable") || !strings.Contains(remarks[0].Message, "internal error") {
				t.Errorf("exit code %d, remarks %q", r.code, remarks)
			}
		})
	}
}

// On a terminal a count on standard error shows how far the run is, and is wiped
// at its end; for one key, and elsewhere, there is none.
func TestManyProgress(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		keys     int
		terminal bool
		want     string // at the end of standard error
	}{
		{7, true, "\r7 of 7 keys\r" + strings.Repeat(" ", 20) + "\r"}, {7, false, ""}, {1, true, ""},
	} {
		f := fleetOf(tt.keys, allGood)
		var stdout, stderr bytes.Buffer
		env := f.program(t, f.serve(t), nil, shell).env(&stdout, &stderr)
		env.StderrIsTerminal = tt.terminal
		if code := app.Main(t.Context(), env); code != 0 {
			t.Errorf("exit code %d:\n%s", code, stderr.Bytes())
		}
		if got := stderr.String(); !strings.HasSuffix(got, tt.want) || tt.want == "" && got != "" || strings.Count(got, "    ") > 5 || strings.Contains(stdout.String(), "7 of 7") {
			t.Errorf("%d keys, on a terminal %v: %q", tt.keys, tt.terminal, got)
		}
	}
}
