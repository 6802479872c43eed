package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"flexy-key-check/checks/internal/emulator"
	"flexy-key-check/checks/internal/testkit"
)

// BenchmarkManyKeys runs the real program over N good keys, each of which the
// API takes 100 ms for. The goal is a ratio of at most 1.3 to the ideal, one
// key alone and then three at a time, and memory that does not grow with N but
// for the results:
//
//	go test ./checks/app -run '^$' -bench ManyKeys -benchtime 3x
func BenchmarkManyKeys(b *testing.B) {
	const latency = 100 * time.Millisecond
	program := binary(b)
	for _, n := range []int{4, 10, 30, 100, 300} {
		b.Run(fmt.Sprint("N=", n), func(b *testing.B) {
			f := fleetOf(n, allGood)
			api := emulator.New(emulator.Options{Now: time.Now, Keys: f.good})
			api.Always(emulator.Latency(latency))
			server := httptest.NewServer(http.HandlerFunc(api.ServeHTTP))
			defer server.Close()
			policy := filepath.Join(b.TempDir(), "keys.yml")
			testkit.NoError(b, os.WriteFile(policy, []byte(f.text), 0o600))
			environ := []string{"FLEXY_POLICY=" + policy, "FLEXY_BASE_URL=" + server.URL}
			for variable, key := range f.vars {
				environ = append(environ, variable+"="+key)
			}
			var took time.Duration
			var memory int64
			for b.Loop() {
				cmd := exec.CommandContext(b.Context(), program)
				cmd.Env = environ
				began := time.Now()
				testkit.NoError(b, cmd.Start())
				memory = max(memory, mostMemory(cmd))
				took += time.Since(began)
				if code := cmd.ProcessState.ExitCode(); code != 0 {
					b.Fatalf("exit code %d", code)
				}
			}
			if stats := api.Stats(); stats.Requests != n*b.N || stats.Peak > 3 {
				b.Errorf("%d requests for %d keys, %d at a time", stats.Requests, n*b.N, stats.Peak)
			}
			ideal := time.Duration(float64(latency) * (1 + float64(n-1)/3))
			b.ReportMetric(took.Seconds()/float64(b.N)/ideal.Seconds(), "ratio")
			b.ReportMetric(float64(memory)/(1<<20), "MiB")
			b.ReportMetric(0, "ns/op")
		})
	}
}
