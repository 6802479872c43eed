package client

import (
	"flexy-key-check/checks/internal/flexy"
	"testing"
	"testing/synctest"
	"time"
)

// A wait that does not fit ends the run, whichever try is told of it: no other
// key is sent either.
func TestRetryAfterOnSecondTry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, m := inMemory(t, fine, inTurn(answer(503, "", ""), answer(429, "Retry-After: 900\r\n", "")))
		for range 3 {
			a, _ := validateIn(t, c, time.Minute)
			diff(t, flexy.FaultRetryAfter, a.Fault)
		}
		diff(t, 2, m.counts().Sends)
	})
}
