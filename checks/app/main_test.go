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

	"flexy-key-check/checks/internal/test/testkit"
)

// scratch is a directory that the tests share. TestMain creates and removes it.
var scratch string

func TestMain(m *testing.M) {
	testkit.RunTogether(16)
	// If nohup made go test ignore hangups, the program would ignore them, too.
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

// buildBinary builds the real program, once for all tests. With GOCOVERDIR=DIR the
// program writes its coverage there.
var buildBinary = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "flexy-key-check")
	args := []string{"build", "-buildvcs=false", "-o", path} // so that its version is dev
	if os.Getenv("GOCOVERDIR") != "" {
		args = append(args, "-cover", "-coverpkg=../../...")
	}
	out, err := exec.Command("go", append(args, "../..")...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// binary returns the real program's path.
func binary(t testing.TB) string {
	t.Helper()
	path, err := buildBinary()
	testkit.NoError(t, err)
	return path
}
