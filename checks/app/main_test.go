package app_test

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"flexy-key-check/checks/internal/testkit"
)

// scratch is the folder of what the tests share; TestMain makes and removes it.
var scratch string

func TestMain(m *testing.M) {
	testkit.RunTogether(16)
	// A hangup that go test was told to ignore, as under nohup, would be ignored by
	// the program too.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	dir, err := os.MkdirTemp("", "flexy-key-check")
	if err != nil {
		panic(err)
	}
	scratch = dir
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(dir)
		os.Exit(code)
	}))
}

// buildBinary builds the real program, once for all tests. GOCOVERDIR=DIR go
// test leaves in DIR what the program covers when tests run it as a process
// (under go test -cover the go command takes that variable for itself): go tool
// covdata merges it with what go test -cover -args -test.gocoverdir=… leaves.
var buildBinary = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "flexy-key-check")
	args := []string{"build", "-o", path}
	if os.Getenv("GOCOVERDIR") != "" {
		args = append(args, "-cover", "-coverpkg=flexy-key-check/...")
	}
	out, err := exec.Command("go", append(args, "flexy-key-check")...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// binary returns the path of the real program.
func binary(t testing.TB) string {
	t.Helper()
	path, err := buildBinary()
	testkit.NoError(t, err)
	return path
}
