package client

import (
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/testkit"
	"net"
	"strings"
	"testing"
)

// No redirect is followed: a header of our own would go along to any host.
func TestRedirects(t *testing.T) {
	t.Parallel()
	type hosts struct{ self, other, plain string }
	tests := map[string]struct {
		header func(hosts) string
		status int
		fault  flexy.Fault
	}{
		"same host":       {func(hosts) string { return "Location: /v3/other\r\n" }, 302, flexy.FaultRedirect},
		"loop":            {func(h hosts) string { return "Location: " + h.self + "/v3/validate\r\n" }, 302, flexy.FaultRedirect},
		"other host, 302": {func(h hosts) string { return "Location: " + h.other + "/v3/validate\r\n" }, 302, flexy.FaultRedirect},
		"other host, 307": {func(h hosts) string { return "Location: " + h.other + "/v3/validate\r\n" }, 307, flexy.FaultRedirect},
		"other name": {func(h hosts) string {
			return "Location: " + strings.Replace(h.other, "127.0.0.1", "localhost", 1) + "\r\n"
		}, 307, flexy.FaultRedirect},
		"https to http":     {func(h hosts) string { return "Location: " + h.plain + "/v3/validate\r\n" }, 307, flexy.FaultRedirect},
		"no Location":       {func(hosts) string { return "" }, 302, flexy.FaultRedirect},
		"not modified":      {func(hosts) string { return "" }, 304, flexy.FaultRedirect},
		"asks for patience": {func(h hosts) string { return "Retry-After: 1\r\nLocation: " + h.other + "\r\n" }, 302, flexy.FaultRedirect},
		"201 and Location":  {func(h hosts) string { return "Location: " + h.other + "\r\n" }, 201, flexy.FaultStatus},
		"401 and Location":  {func(h hosts) string { return "Location: " + h.other + "\r\n" }, 401, flexy.FaultShape},
		"refresh":           {func(h hosts) string { return "Refresh: 0; url=" + h.other + "\r\n" }, 200, flexy.FaultShape},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ok := say(answer(200, "", okBody))
			other := api(t, ok)
			plain := serve(t, "http", func(s *server, conn net.Conn) { s.exchange(conn, ok) })
			var header string
			s := api(t, func(conn net.Conn, send int) { say(answer(tt.status, header, ""))(conn, send) })
			header = tt.header(hosts{s.url, other.url, plain.url})
			a, got := s.validate(t, patience)
			testkit.Diff(t, flexy.Answer{Fault: tt.fault, Status: tt.status, Sends: 1}, flexy.Answer{Outcome: a.Outcome, Fault: a.Fault, Status: a.Status, Sends: a.Sends})
			testkit.Diff(t, counts{1, 1}, got)
			testkit.Diff(t, counts{}, counts{int(other.dials.Load()), int(plain.dials.Load())})
		})
	}
}

// A redirect to nowhere is one all the same.
func TestRedirectToGarbage(t *testing.T) {
	t.Parallel()
	a, got := api(t, say(answer(302, "Location: http://[::1/%zz\r\n", ""))).validate(t, patience)
	testkit.Diff(t, flexy.Answer{Sends: 1}, flexy.Answer{Outcome: a.Outcome, Sends: a.Sends})
	testkit.Diff(t, counts{1, 1}, got)
}
