// Package testkit contains helpers shared by the tests of several packages. The
// program does not link it.
package testkit

import (
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Diff fails a test if got differs from want. It shows no secret.
func Diff(t testing.TB, want, got any, options ...cmp.Option) {
	t.Helper()
	options = append(options, cmp.Comparer(func(a, b netip.Addr) bool { return a == b }))
	if diff := cmp.Diff(want, got, options...); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// NoError ends a test if there is an error.
func NoError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Addrs parses addresses.
func Addrs(texts ...string) []netip.Addr {
	var addrs []netip.Addr
	for _, text := range texts {
		addrs = append(addrs, netip.MustParseAddr(text))
	}
	return addrs
}

// File writes a temporary file, and returns its path.
func File(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// RunTogether lets n tests run at a time, because most of them wait. It has no
// effect with -parallel, nor with -fuzz, which would start as many processes. Call
// it in TestMain.
func RunTogether(n int) {
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
