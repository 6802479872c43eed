package emulator

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"time"
)

// A Fault intercepts a request before the API handles it. It reports whether it
// is done with the request; if not, the API answers as usual. A request that a
// fault is done with does not count as a failed attempt, except with Lose.
type Fault func(api *API, w http.ResponseWriter, r *http.Request) (done bool)

// Next queues faults: each of the next requests gets one, in order. A nil fault
// does nothing.
func (a *API) Next(faults ...Fault) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.queue = append(a.queue, faults...)
}

// Always sets the fault for every request for which none is queued. The default,
// nil, does nothing.
func (a *API) Always(fault Fault) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.always = fault
}

// Chain applies faults in turn until one is done with the request, as in
// Chain(Latency(time.Second), Status(503)).
func Chain(faults ...Fault) Fault {
	return func(a *API, w http.ResponseWriter, r *http.Request) bool {
		for _, fault := range faults {
			if fault(a, w, r) {
				return true
			}
		}
		return false
	}
}

// On applies a fault only to requests for a path.
func On(path string, fault Fault) Fault {
	return func(a *API, w http.ResponseWriter, r *http.Request) bool {
		return r.URL.Path == path && fault(a, w, r)
	}
}

// Error answers with an error in the documented form.
func Error(status int, code, message string, details map[string]any) Fault {
	return send(failure(status, code, message, details))
}

// Status answers with an error in the documented form, such as a 429 or a 5xx.
func Status(status int) Fault {
	return send(plainError(status))
}

// RetryAfter is Status with a Retry-After header.
func RetryAfter(status int, value string) Fault {
	return func(a *API, w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("Retry-After", value)
		return Status(status)(a, w, r)
	}
}

// CDN answers as the CDN before the API (Cloudflare) does, without asking it: with a
// page, and its ray. It refuses an address with 403, and answers 520 to 530 if it
// cannot reach the API.
func CDN(status int) Fault {
	return func(a *API, w http.ResponseWriter, _ *http.Request) bool {
		a.mu.Lock()
		a.answers++
		a.setRay(w)
		a.mu.Unlock()
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "<!DOCTYPE html><title>%d</title><h1>Please wait…</h1>", status)
		return true
	}
}

// SwitchedOff answers as if the account's API access were switched off in the
// dashboard.
func SwitchedOff(a *API, w http.ResponseWriter, r *http.Request) bool {
	return Error(http.StatusForbidden, CodeDisabled, "API access is disabled for this account. Enable it in your dashboard.", nil)(a, w, r)
}

// Unverified answers as if the API could not verify the key in time.
func Unverified(a *API, w http.ResponseWriter, r *http.Request) bool {
	w.Header().Set("Retry-After", "5")
	return Error(http.StatusServiceUnavailable, "AUTH_UNAVAILABLE", "Could not verify your key in time. Please retry.", nil)(a, w, r)
}

// Body answers with any body.
func Body(status int, contentType string, body []byte) Fault {
	return Func(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = w.Write(body)
	})
}

// Func answers as a handler does.
func Func(handler http.HandlerFunc) Fault {
	return func(_ *API, w http.ResponseWriter, r *http.Request) bool {
		handler(w, r)
		return true
	}
}

// Latency delays a request. If the caller hangs up in the meantime, the API still
// judges the request.
func Latency(d time.Duration) Fault {
	return func(_ *API, _ http.ResponseWriter, r *http.Request) bool {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
		}
		return false
	}
}

// Drop closes the connection without an answer.
func Drop(*API, http.ResponseWriter, *http.Request) bool {
	panic(http.ErrAbortHandler) // net/http closes the connection and logs nothing
}

// Lose lets the API judge the request, but closes the connection without the
// answer. Unlike with Drop, a failed attempt is counted.
func Lose(a *API, w http.ResponseWriter, r *http.Request) bool {
	a.judge(r)
	return Drop(a, w, r)
}

// Reset resets the TCP connection of an HTTP/1 request.
func Reset(a *API, w http.ResponseWriter, r *http.Request) bool {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return Drop(a, w, r)
	}
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // discard unsent data and send a RST
	}
	_ = conn.Close()
	return true
}

// send returns a fault that sends an answer.
func send(ans answer) Fault {
	return func(a *API, w http.ResponseWriter, _ *http.Request) bool {
		a.send(w, ans)
		return true
	}
}
