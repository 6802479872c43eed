package app_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"flexy-key-check/checks/internal/test/emulator"
)

// A server is the emulated API with a socket of its own.
type server struct {
	*emulator.API
	URL string

	mu    sync.Mutex
	times []time.Time // of the requests
}

// serve starts the API with these keys, or with goodKey.
func serve(t testing.TB, keys ...emulator.Key) *server {
	t.Helper()
	if len(keys) == 0 {
		keys = []emulator.Key{goodKey()}
	}
	return serveWorld(t, emulator.Options{Lockout: emulator.DocumentedLockout, Keys: keys})
}

// serveWorld starts the API as one of the accounts of it describes it.
func serveWorld(t testing.TB, opts emulator.Options) *server {
	t.Helper()
	opts.Now = func() time.Time { return today }
	s := &server{API: emulator.New(opts)}
	s.URL = listen(t, keyHeader, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.times = append(s.times, time.Now())
		s.mu.Unlock()
		if r.UserAgent() != "flexy-key-check/1.2.3" && r.UserAgent() != "flexy-key-check/dev" {
			t.Errorf("the user agent is %q", r.UserAgent())
		}
		s.ServeHTTP(w, r)
	}))
	return s
}

// sends returns how many keys arrived.
func (s *server) sends() int {
	n := 0
	for _, count := range s.Stats().ByKey {
		n += count
	}
	return n
}

// gap returns the time between the first two requests.
func (s *server) gap() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.times) < 2 {
		return 0
	}
	return s.times[1].Sub(s.times[0])
}

// goodKey returns a key that passes.
func goodKey() emulator.Key {
	return emulator.Key{
		Text: theKey, Echo: theEcho, Username: theAccount,
		Enabled: true, Type: "PRODUCTION", Scope: "READ-WRITE", Balance: theBalance,
	}
}

// next applies faults to the next requests, one each.
func next(faults ...emulator.Fault) func(*emulator.API) {
	return func(api *emulator.API) { api.Next(faults...) }
}

// always applies a fault to every request.
func always(fault emulator.Fault) func(*emulator.API) {
	return func(api *emulator.API) { api.Always(fault) }
}

// having changes the good key in the API.
func having(change func(*emulator.Key)) func(*emulator.API) {
	return func(api *emulator.API) {
		key := goodKey()
		change(&key)
		api.Set(key)
	}
}

// revoked removes the good key.
func revoked(api *emulator.API) { api.Revoke(theKey) }

// blocked makes the API block this address.
func blocked(api *emulator.API) { api.Block("127.0.0.1") }

// notAllowed is the documented message of IP_NOT_ALLOWED.
const notAllowed = "Your IP address 203.0.113.45 is not whitelisted for this PRODUCTION API key. " +
	"Add your IP to the whitelist at https://oneclickdz.com/#/settings"

// refused answers IP_NOT_ALLOWED with a message.
func refused(message string) func(*emulator.API) {
	return always(emulator.Error(403, emulator.CodeNotAllowed, message, nil))
}

// rejected answers 401 with a code, and with attemptsLeft unless that is nil.
func rejected(code string, attemptsLeft any) func(*emulator.API) {
	var details map[string]any
	if attemptsLeft != nil {
		details = map[string]any{"attemptsLeft": attemptsLeft}
	}
	return always(emulator.Error(401, code, "The provided access token is invalid", details))
}

// document is the documented answer for a good key.
const document = `{"success":true,"data":{"username":"` + theAccount + `","apiKey":{"key":"` + theEcho + `",` +
	`"isEnabled":true,"type":"PRODUCTION","allowedips":[],"scope":"READ-WRITE"}},` +
	`"meta":{"timestamp":"2025-10-29T00:00:00.000Z"},"requestId":"req_1234567890_abc123"}`

// edited returns the document with pairs of old and new text replaced.
func edited(pairs ...string) []byte {
	text := document
	for i := 0; i < len(pairs); i += 2 {
		if strings.Count(text, pairs[i]) != 1 {
			panic("not once in the document: " + pairs[i])
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return []byte(text)
}

// body answers 200 with a body.
func body(text []byte) func(*emulator.API) {
	return always(emulator.Body(200, "application/json", text))
}

// answering answers with a status and a body.
func answering(status int, text string) func(*emulator.API) {
	return always(emulator.Body(status, "application/json", []byte(text)))
}

// listed answers with the document and a JSON allowlist.
func listed(json string) func(*emulator.API) {
	return body(edited(`"allowedips":[]`, `"allowedips":`+json))
}

// plainly returns a fault with a status and a meaningless body.
func plainly(status int) emulator.Fault { return emulator.Body(status, "text/plain", []byte("no")) }
