package client

import (
	"net"
	"strings"
	"sync"
	"testing"

	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/testkit"
)

// Debug lines tell of steps, times and waits, and of nothing that was said.
func TestDebugIsSilent(t *testing.T) {
	t.Parallel()
	overheard := answer(503, "X-Echo: "+testKey+"\r\n", problem("C_"+testEcho, `,"message":"`+testKey+`"`))
	servers := map[string]*server{
		"answers": api(t, inTurn(overheard, answer(200, "", okBody))),
		"closes":  serve(t, "https", func(*server, net.Conn) {}),
	}
	for name, s := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var lines []string
			c := apiClient(t, s)
			c.o.Debug = func(line string) {
				mu.Lock()
				defer mu.Unlock()
				lines = append(lines, line)
			}
			c.traces = secret.NewTraces(secret.New(testEcho))
			_, got := s.validateWith(t, patience, c)
			mu.Lock()
			defer mu.Unlock()
			said := strings.Join(lines, "\n")
			testkit.Diff(t, got.Dials, strings.Count("\n"+said, "\ntry "))
			testkit.Diff(t, got.Dials-1, strings.Count(said, "waiting "))
			if secret.NewTraces(secret.New(testKey), secret.New(testEcho), secret.New(testUser)).In(said) {
				t.Errorf("leaks:\n%s", said)
			}
		})
	}
}
