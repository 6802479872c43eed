package safehttp

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"
)

// ErrRoots means that the certificate authorities could not be read in time.
var ErrRoots = errors.New("the certificate authorities could not be read")

// Authorities are certificate authorities to trust. A nil pointer stands for the
// system's alone.
//
// crypto/x509 would read SSL_CERT_FILE and SSL_CERT_DIR by itself, but would wait for
// a pipe without end, and read a device until there is no memory left.
type Authorities struct {
	File  string              // SSL_CERT_FILE: replaces the system's files
	Dirs  string              // SSL_CERT_DIR: replaces the system's folders
	Extra []*x509.Certificate // trusted besides these

	once   sync.Once
	loaded chan struct{} // closed once pool is set
	pool   *x509.CertPool
}

// The system's files, of which the first that can be read counts, and folders, as in
// crypto/x509 for Linux (root_linux.go).
var (
	systemFiles = []string{
		"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
		"/etc/pki/tls/cacert.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem",
	}
	systemDirs = []string{"/etc/ssl/certs", "/etc/pki/tls/certs"}
)

// Pool returns the authorities, nil for the system's alone. It reads them once; ctx
// limits only how long to wait.
func (a *Authorities) Pool(ctx context.Context) (*x509.CertPool, error) {
	if a == nil {
		return nil, nil
	}
	a.once.Do(func() {
		a.loaded = make(chan struct{})
		go a.load() // it may block for ever
	})
	select {
	case <-a.loaded:
		return a.pool, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrRoots, ctx.Err())
	}
}

// load reads the authorities. What cannot be read is left out, as in crypto/x509.
func (a *Authorities) load() {
	defer close(a.loaded)
	defer func() { _ = recover() }() // without a pool nothing is trusted
	a.pool = x509.NewCertPool()
	pool := x509.NewCertPool()
	// Where the system has no such files, crypto/x509 heeds none of the variables.
	elsewhere := runtime.GOOS == "darwin" || runtime.GOOS == "windows"
	if a.File == "" && a.Dirs == "" || elsewhere {
		if system, err := x509.SystemCertPool(); err == nil {
			pool = system
		}
	}
	if a.File != "" || a.Dirs != "" {
		files, dirs := systemFiles, systemDirs
		if a.File != "" {
			files = []string{a.File}
		}
		if a.Dirs != "" {
			dirs = filepath.SplitList(a.Dirs)
		}
		appendFirst(pool, files)
		appendAll(pool, dirs)
	}
	for _, certificate := range a.Extra {
		pool.AddCert(certificate)
	}
	a.pool = pool
}

// appendFirst adds the certificates of the first file that can be read.
func appendFirst(pool *x509.CertPool, files []string) {
	for _, file := range files {
		if text, err := readLimited(file); err == nil {
			pool.AppendCertsFromPEM(text)
			return
		}
	}
}

// appendAll adds the certificates of all regular files in folders.
func appendAll(pool *x509.CertPool, dirs []string) {
	for _, dir := range dirs {
		entries, _ := os.ReadDir(dir)
		for _, entry := range entries {
			path := filepath.Join(dir, entry.Name())
			if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
				continue
			}
			if text, err := readLimited(path); err == nil {
				pool.AppendCertsFromPEM(text)
			}
		}
	}
}

// readLimited reads the first 8 MiB of a file or a pipe. The largest bundle of
// certificate authorities is smaller than 1 MiB.
func readLimited(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	const limit = 8 << 20
	var text bytes.Buffer
	if info, err := file.Stat(); err == nil && info.Size() < limit {
		text.Grow(int(info.Size()) + bytes.MinRead) // growing while it reads is slow
	}
	_, err = text.ReadFrom(io.LimitReader(file, limit))
	return text.Bytes(), err
}

// withRoots makes a transport ask for its roots before the first request. It does so
// when it is asked for a proxy, which is before it dials.
func withRoots(t *http.Transport, roots func(context.Context) (*x509.CertPool, error)) {
	proxy := t.Proxy
	var once sync.Once
	t.Proxy = func(req *http.Request) (*url.URL, error) {
		pool, err := roots(req.Context())
		if err != nil {
			return nil, err
		}
		once.Do(func() { t.TLSClientConfig.RootCAs = pool })
		if proxy == nil {
			return nil, nil
		}
		return proxy(req)
	}
}
