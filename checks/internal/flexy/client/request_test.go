package client

import (
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"flexy-key-check/checks/internal/emulator"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/safehttp"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/testkit"
)

// This, to the byte, is what leaves the machine.
func TestRequest(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"":            "/v3/validate",
		"/":           "/v3/validate",
		"/a/b":        "/a/b/v3/validate",
		"/a/b/":       "/a/b/v3/validate",
		"/a%2fb/../c": "/c/v3/validate",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			s := serve(t, "http", func(s *server, conn net.Conn) { s.exchange(conn, say(answer(200, "", okBody))) })
			a, _ := s.validateWith(t, patience, newClient(t, s.url+path, safehttp.Options{}))
			testkit.Diff(t, flexy.Accepted, a.Outcome)
			testkit.Diff(t, "GET "+want+" HTTP/1.1\r\nHost: "+strings.TrimPrefix(s.url, "http://")+
				"\r\nUser-Agent: flexy-key-check/test\r\nAccept: application/json\r\nX-Access-Token: "+testKey+
				"\r\nConnection: close\r\n\r\n", string(s.arrived()))
		})
	}
}

// The client reads what the emulator of the documented API says.
func TestEmulator(t *testing.T) {
	t.Parallel()
	today := time.Date(2026, time.March, 1, 9, 30, 0, 0, time.UTC)
	api := emulator.New(emulator.Options{
		Now: func() time.Time { return today },
		Keys: []emulator.Key{
			{Text: testKey, Echo: testEcho, Username: testUser, Enabled: true, Type: flexy.Production, Scope: flexy.ReadWrite},
			{Text: "restricted", Type: flexy.Sandbox, AllowedIPs: []string{"203.0.113.45"}},
		},
	})
	web := httptest.NewServer(api)
	t.Cleanup(web.Close)
	tests := []struct {
		key   string
		fault emulator.Fault
		want  flexy.Answer
	}{
		{testKey, nil, flexy.Answer{Outcome: flexy.Accepted, Status: 200, Sends: 1, Key: okKey()}},
		{testKey, emulator.Status(500), flexy.Answer{Outcome: flexy.Accepted, Status: 200, Sends: 2, Key: okKey()}},
		{testKey, emulator.Drop, flexy.Answer{Outcome: flexy.Accepted, Status: 200, Sends: 2, Key: okKey()}},
		{testKey, emulator.Reset, flexy.Answer{Outcome: flexy.Accepted, Status: 200, Sends: 2, Key: okKey()}},
		{"restricted", nil, flexy.Answer{Outcome: flexy.NotAllowed, Status: 403, Sends: 1, Code: flexy.CodeNotAllowed, Environment: flexy.Sandbox}},
		{"wrong", nil, flexy.Answer{Outcome: flexy.Rejected, Status: 401, Sends: 1, Code: flexy.CodeInvalid, AttemptsLeft: new(4)}},
		{"wrong", emulator.Lose, flexy.Answer{Outcome: flexy.Rejected, Status: 401, Sends: 2, Code: flexy.CodeInvalid, AttemptsLeft: new(2)}},
		{"", nil, flexy.Answer{Fault: flexy.FaultHeaderLost, Status: 400, Sends: 1, Code: flexy.CodeMissing}},
	}
	for _, tt := range tests {
		api.Next(tt.fault)
		c := newClient(t, web.URL, safehttp.Options{})
		c.o.Now = func() time.Time { return today }
		a := c.Validate(t.Context(), secret.New(tt.key))
		testkit.Diff(t, true, strings.HasPrefix(a.RequestID, "req_"))
		testkit.Diff(t, tt.want.Outcome == flexy.NotAllowed, a.RunnerIP.IsLoopback())
		testkit.Diff(t, today, a.At)
		a.RequestID, a.At, a.RunnerIP = "", time.Time{}, tt.want.RunnerIP
		testkit.Diff(t, tt.want, a)
	}
}

// What belongs to one try does not reach the next one's answer.
func TestAnswerIsOfTheLastTry(t *testing.T) {
	t.Parallel()
	s := api(t, inTurn(answer(503, "", problem("MAINTENANCE", `,"details":{"attemptsLeft":4}`)), answer(500, "", "")))
	a, _ := s.validate(t, patience)
	testkit.Diff(t, flexy.Answer{Fault: flexy.FaultServer, Status: 500, Sends: 2, At: a.At}, a)
}
