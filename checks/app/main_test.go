package app_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"go.uber.org/goleak"
)

// scratch is the folder of what the tests share; TestMain makes and removes it.
var scratch string

func TestMain(m *testing.M) {
	runTogether(16)
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

// runTogether lets n tests run at a time, because most of them wait, unless go
// test -parallel says how many; fuzzing starts as many processes, so not there.
func runTogether(n int) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" || f.Name == "test.fuzz" })
	if given {
		return
	}
	if err := flag.Set("test.parallel", strconv.Itoa(n)); err != nil {
		panic(err)
	}
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
	if err != nil {
		t.Fatal(err)
	}
	return path
}
