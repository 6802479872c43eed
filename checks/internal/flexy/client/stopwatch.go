package client

import (
	"context"
	"crypto/tls"
	"net/http/httptrace"
	"strings"
	"sync"
	"time"
)

// A stopwatch records how far one try got, and when, for debug lines. It sees no
// header and no body.
type stopwatch struct {
	deadline time.Time // of the try

	mu    sync.Mutex
	left  time.Duration // until the deadline, at the end of the last lap
	stage stage
	laps  []string
}

// newStopwatch starts a stopwatch for a try that ends with ctx.
func newStopwatch(ctx context.Context) *stopwatch {
	deadline, _ := ctx.Deadline()
	return &stopwatch{deadline: deadline, left: time.Until(deadline)}
}

// trace returns hooks that net/http calls, from its own goroutines.
func (w *stopwatch) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		DNSDone:              func(httptrace.DNSDoneInfo) { w.lap("DNS", stageDial) },
		ConnectDone:          func(string, string, error) { w.lap("dial", stageDial) },
		TLSHandshakeStart:    func() { w.reach(stageTLS) },
		TLSHandshakeDone:     func(tls.ConnectionState, error) { w.lap("TLS", stageTLS) },
		WroteHeaders:         func() { w.reach(stageSent) },
		GotFirstResponseByte: func() { w.lap("first byte", stageAnswered) },
	}
}

func (w *stopwatch) reach(s stage) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stage = max(w.stage, s)
}

func (w *stopwatch) lap(name string, s stage) {
	w.reach(s)
	w.mu.Lock()
	defer w.mu.Unlock()
	left := time.Until(w.deadline)
	w.laps = append(w.laps, name+" "+(w.left-left).Round(time.Millisecond/10).String())
	w.left = left
}

// reached returns how far the try got.
func (w *stopwatch) reached() stage {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stage
}

// String lists the laps and their durations.
func (w *stopwatch) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.laps) == 0 {
		return "no stage was completed"
	}
	return strings.Join(w.laps, ", ")
}
