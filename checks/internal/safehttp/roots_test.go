package safehttp_test

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"flexy-key-check/checks/internal/safehttp"
	"flexy-key-check/checks/internal/test/testkit"
)

// write writes a file into a new folder and returns its path.
func write(t *testing.T, text []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	testkit.NoError(t, os.WriteFile(path, text, 0o600))
	return path
}

// fifo makes a named pipe, and lets its reader go at the end of the test.
func fifo(t *testing.T, path string) string {
	t.Helper()
	testkit.NoError(t, syscall.Mkfifo(path, 0o600))
	t.Cleanup(func() {
		if file, err := os.OpenFile(path, os.O_RDWR, 0); err == nil {
			time.Sleep(20 * time.Millisecond)
			file.Close()
		}
	})
	return path
}

// What the variables name is trusted, and what is no regular file in a folder is passed
// over.
func TestAuthorities(t *testing.T) {
	t.Parallel()
	s := serve(t, silent, (*httptest.Server).StartTLS)
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	path, other := write(t, text), write(t, []byte("# nothing\n"))
	pipe := fifo(t, filepath.Join(t.TempDir(), "pipe"))
	go func() { _ = os.WriteFile(pipe, text, 0o600) }()
	mixed := filepath.Dir(write(t, text))
	fifo(t, filepath.Join(mixed, "a pipe"))
	testkit.NoError(t, os.Symlink("/dev/zero", filepath.Join(mixed, "a device")))
	testkit.NoError(t, os.Symlink("/none", filepath.Join(mixed, "a broken link")))
	testkit.NoError(t, os.Mkdir(filepath.Join(mixed, "a folder"), 0o700))
	for name, tt := range map[string]struct {
		a       *safehttp.Authorities
		trusted bool
	}{
		"the system's":             {nil, false},
		"file":                     {&safehttp.Authorities{File: path}, true},
		"other file":               {&safehttp.Authorities{File: other}, false},
		"missing file":             {&safehttp.Authorities{File: path + "x"}, false},
		"endless file":             {&safehttp.Authorities{File: "/dev/zero"}, false},
		"pipe":                     {&safehttp.Authorities{File: pipe}, true},
		"folder":                   {&safehttp.Authorities{Dirs: "/none:" + mixed}, true},
		"file and folder":          {&safehttp.Authorities{File: other, Dirs: mixed}, true},
		"other folder":             {&safehttp.Authorities{Dirs: filepath.Dir(other)}, false},
		"extra":                    {&safehttp.Authorities{Extra: []*x509.Certificate{s.Certificate()}}, true},
		"extra besides other file": {&safehttp.Authorities{File: other, Extra: []*x509.Certificate{s.Certificate()}}, true},
	} {
		c, base := client(t, s.URL, safehttp.Options{Roots: tt.a.Pool})
		_, err := get(t, c, base)
		var authority x509.UnknownAuthorityError
		if (err == nil) != tt.trusted || err != nil && !errors.As(err, &authority) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A pipe without a writer blocks one goroutine, but no request beyond its own time;
// over plain HTTP it is not even opened.
func TestAuthoritiesBlocked(t *testing.T) {
	t.Parallel()
	a := &safehttp.Authorities{File: fifo(t, filepath.Join(t.TempDir(), "pipe"))}
	s := serve(t, silent, plainHTTP)
	c, base := client(t, s.URL, safehttp.Options{Roots: a.Pool})
	_, err := get(t, c, base)
	testkit.NoError(t, err)
	c, base = client(t, "https://127.0.0.1:1", safehttp.Options{Roots: a.Pool})
	for _, wait := range []time.Duration{20 * time.Millisecond, 0} {
		ctx, cancel := context.WithTimeout(t.Context(), wait)
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, base, nil)
		testkit.NoError(t, err)
		if _, err = c.Do(req); !errors.Is(err, context.DeadlineExceeded) { //nolint:bodyclose // there is none
			t.Errorf("%v", err)
		}
		cancel()
	}
}
