package app_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"flexy-key-check/checks/internal/test/emulator"
)

// A wire is what a server received, except for the header that carries a secret.
type wire struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// wires has the wire of each server by its host and port, so that hold finds those of a
// run.
var wires sync.Map

// listen starts a server that records what it receives, and returns its URL. Only
// one header may carry a secret there.
func listen(t testing.TB, secretHeader string, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(recorded(secretHeader, h))
	t.Cleanup(server.Close)
	return server.URL
}

// recorded returns a handler that records what it receives under the address that it
// is asked for, and then lets h answer.
func recorded(secretHeader string, h http.Handler) http.Handler {
	w := &wire{}
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		w.mu.Lock()
		fmt.Fprintln(&w.text, r.Method, r.RequestURI)
		for name, values := range r.Header {
			if name != secretHeader {
				fmt.Fprintln(&w.text, name, values)
			}
		}
		w.text.Write(append(body, '\n'))
		w.mu.Unlock()
		wires.Store(r.Host, w)
		h.ServeHTTP(rw, r)
	})
}

// received returns what the server at an address received, in all runs so far.
func received(address string) []byte {
	w, ok := wires.Load(address)
	if !ok {
		return nil
	}
	w.(*wire).mu.Lock()
	defer w.(*wire).mu.Unlock()
	return bytes.Clone(w.(*wire).text.Bytes())
}

// The headers that carry a key to the API, and a token to GitHub.
var keyHeader, tokenHeader = http.CanonicalHeaderKey(emulator.Header), "Authorization"
