package app_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"flexy-key-check/checks/internal/test/emulator"
)

// Keys are sent one after the other. The process takes at most 64 MiB.
func TestManyGoodKeys(t *testing.T) {
	t.Parallel()
	const n, latency, mostMiB = 60, 30 * time.Millisecond, 64
	f := fleetOf(n, allGood)
	s := f.serve(t)
	s.Always(emulator.Latency(latency))
	var memory int64
	r := f.action(t, s, nil).exec(t, func(cmd *exec.Cmd) { memory = mostMemory(cmd) })
	if stats := s.Stats(); r.code != 0 || stats.Requests != n || stats.Peak != 1 || r.result(t).verdicts(t)["pass"] != n {
		t.Fatalf("exit code %d, %d requests, %d at a time", r.code, stats.Requests, stats.Peak)
	}
	if memory == 0 || memory > mostMiB<<20 {
		t.Errorf("took %d bytes", memory)
	}
}

// mostMemory waits for a process to end and returns its peak memory in bytes, 0 if
// unknown. What Wait reports includes the memory of the tests that started it.
func mostMemory(cmd *exec.Cmd) int64 {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // see the exit code
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

// A signal ends a run over many keys soon. It never passes, whatever is softened.
func TestManySignals(t *testing.T) {
	t.Parallel()
	f := fleetOf(300, allGood)
	s := f.serve(t)
	s.Always(emulator.Latency(100 * time.Millisecond))
	var took time.Duration
	r := f.action(t, s, pairs("on-unavailable", "warn")).exec(t, func(cmd *exec.Cmd) {
		waitFor(t, func() bool { return s.Stats().Requests >= 5 })
		took = interrupt(t, cmd, syscall.SIGTERM)
	})
	verdicts, annotations := r.result(t).verdicts(t), r.titles()
	if took > 2*time.Second || r.code != 3 || verdicts["unavailable"] != 300 || s.Stats().Requests > 60 || !slices.Equal(annotations, []string{"error: Flexy keys: unavailable " + f.line(0, "env")}) {
		t.Errorf("took %v, exit code %d, %v, %d requests, annotations %q", took, r.code, verdicts, s.Stats().Requests, annotations)
	}
}

// A panic while one key is checked is that key's alone, and nothing softens it.
func TestManyPanicsAreOneKeys(t *testing.T) {
	t.Parallel()
	for _, at := range []int32{1, 7} {
		t.Run(fmt.Sprint("at request ", at), func(t *testing.T) {
			t.Parallel()
			f := fleetOf(20, allGood)
			s := f.serve(t)
			s.Always(emulator.Latency(5 * time.Millisecond))
			address, ca := serveTLS(t, keyHeader, s)
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
			if annotations := r.annotations(); r.code != 3 || len(annotations) != 1 || !strings.HasSuffix(annotations[0].title, ": unavailable") || !strings.Contains(annotations[0].message, "internal error") {
				t.Errorf("exit code %d, annotations %q", r.code, annotations)
			}
		})
	}
}

// On a terminal, text shows on standard error how many keys are done, and wipes
// that at the end.
func TestManyProgress(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		keys    int
		columns int
		format  string
		want    string // at the end of standard error
	}{
		{7, 80, "text", "\r7 of 7 keys\r" + strings.Repeat(" ", 20) + "\r"},
		{7, 0, "text", ""}, {1, 80, "text", ""}, {7, 80, "json", ""}, {7, 80, "github", ""},
	} {
		f := fleetOf(tt.keys, allGood)
		p := f.program(t, f.serve(t), pairs("FLEXY_FORMAT", tt.format), shell)
		p.progress = tt.columns
		r := p.run(t)
		if got := string(r.progress); r.code != 0 || !strings.HasSuffix(got, tt.want) || tt.want == "" && got != "" || strings.Count(got, "    ") > 5 {
			t.Errorf("%+v: exit code %d, %q", tt, r.code, got)
		}
	}
}
