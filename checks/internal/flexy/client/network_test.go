package client

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/testkit"
)

// cut ends the connection without a word, over TLS without the closing alert.
func cut(conn net.Conn) {
	if secure, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = secure.NetConn()
	}
	_ = conn.Close()
}

// reset ends the connection with a RST.
func reset(conn net.Conn) {
	if secure, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = secure.NetConn()
	}
	_ = conn.(*tapped).Conn.(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}

// then writes a text and goes on.
func then(text string, next func(net.Conn)) exchange {
	return func(conn net.Conn, _ int) {
		_, _ = io.WriteString(conn, text)
		next(conn)
	}
}

// endless writes a text over and over, until the other side has enough.
func endless(first, text string, pause time.Duration) exchange {
	return func(conn net.Conn, _ int) {
		_, err := io.WriteString(conn, first)
		for err == nil {
			_, err = io.WriteString(conn, text)
			time.Sleep(pause)
		}
	}
}

// zipped packs n zeros.
func zipped(n int) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(make([]byte, n))
	_ = w.Close()
	return b.String()
}

const (
	patience   = 8 * time.Second // for a test that does not wait for its end
	impatience = time.Second     // for one that does
)

// What a server can do after a request has come. The bounds are those of
// cases.md, "Network".
var networkCases = []struct {
	name    string
	timeout time.Duration
	reply   exchange
	fault   flexy.Fault
	status  int
	sends   int
}{
	{"reset after the request", patience, then("", reset), flexy.FaultTruncated, 0, 2},
	{"closed before the header", patience, say(""), flexy.FaultTruncated, 0, 2},
	{"closed before the header, without a word", patience, then("", cut), flexy.FaultTruncated, 0, 2},
	{"closed in the header", patience, say("HTTP/1.1 200 OK\r\nX: x\r\n"), flexy.FaultTruncated, 0, 2},
	{"closed in a line of the header", patience, say("HTTP/1.1 200 OK\r\nContent-Le"), flexy.FaultMalformed, 0, 1}, // net/http takes it for a bad line
	{"closed in the status line", patience, say("HTT"), flexy.FaultMalformed, 0, 1},
	{"reset in the header", patience, then("HTTP/1.1 200 OK\r\n", reset), flexy.FaultTruncated, 0, 2},
	{"no header in time", impatience, then("", hang), flexy.FaultOutOfTime, 0, 1},
	{"slow header", impatience, endless("HTTP/1.1 200 OK\r\nX: ", "x", 50*time.Millisecond), flexy.FaultOutOfTime, 0, 1},
	{"no body in time", impatience, then("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", hang), flexy.FaultOutOfTime, 200, 1},
	{"slow body", impatience, endless("HTTP/1.1 200 OK\r\n\r\n", " ", 50*time.Millisecond), flexy.FaultOutOfTime, 200, 1},
	{"short body", patience, say("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + okBody), flexy.FaultTruncated, 200, 2},
	{"short body, without a word", patience, then("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"+okBody, cut), flexy.FaultTruncated, 200, 2},
	{"reset in the body", patience, then("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"+okBody, reset), flexy.FaultTruncated, 200, 2},
	{"closed in a chunk", patience, say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{"), flexy.FaultTruncated, 200, 2},
	{"closed between chunks", patience, say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"), flexy.FaultTruncated, 200, 2},
	{"broken chunking", patience, say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{"), flexy.FaultMalformed, 200, 1},
	{"chunk longer than it says", patience, say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n"), flexy.FaultMalformed, 200, 1},
	{"endless trailer", patience, endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X: x\r\n", 0), flexy.FaultMalformed, 200, 1},
	{"unknown coding", patience, say("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"), flexy.FaultMalformed, 0, 1},
	{"two lengths", patience, say("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}"), flexy.FaultMalformed, 0, 1},
	{"200 KB header", patience, say("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 200<<10) + "\r\n\r\n" + okBody), flexy.FaultMalformed, 0, 1},
	{"200 KB of header lines", patience, say("HTTP/1.1 200 OK\r\n" + strings.Repeat("X: x\r\n", 200<<10/6) + "\r\n" + okBody), flexy.FaultMalformed, 0, 1},
	{"endless header", patience, endless("HTTP/1.1 200 OK\r\n", "X: x\r\n", 0), flexy.FaultMalformed, 0, 1},
	{"endless 1xx", patience, endless("", "HTTP/1.1 103 Early Hints\r\nX: x\r\n\r\n", 0), flexy.FaultMalformed, 0, 1},
	{"endless 100", patience, endless("", "HTTP/1.1 100 Continue\r\n\r\n", 0), flexy.FaultMalformed, 0, 1},
	{"garbage", patience, say("\x15\x03\x01\x00\x02\x02\x28\r\n\r\n"), flexy.FaultMalformed, 0, 1},
	{"garbage status line", patience, say("HTTP/1.1 OK 200\r\n\r\n"), flexy.FaultMalformed, 0, 1},
	{"status of four digits", patience, say("HTTP/1.1 2000 OK\r\n\r\n"), flexy.FaultMalformed, 0, 1},
	{"another protocol", patience, say("SSH-2.0-OpenSSH_9.9\r\n\r\n"), flexy.FaultMalformed, 0, 1},
	{"broken header", patience, say("HTTP/1.1 200 OK\r\nno colon\r\n\r\n" + okBody), flexy.FaultMalformed, 0, 1},
	{"101", patience, say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n" + okBody), flexy.FaultStatus, 101, 1},
	{"gzip bomb", patience, say(answer(200, "Content-Encoding: gzip\r\n", zipped(2<<20))), flexy.FaultShape, 200, 1},
	{"10 MB body", patience, say(answer(200, "", strings.Repeat(" ", 10<<20))), flexy.FaultTooLarge, 200, 1},
	{"one byte too many", patience, say(answer(200, "", okBody+strings.Repeat(" ", flexy.MaxBody+1-len(okBody)))), flexy.FaultTooLarge, 200, 1},
	{"endless body", patience, endless("HTTP/1.1 200 OK\r\n\r\n", strings.Repeat(" ", 1<<10), 0), flexy.FaultTooLarge, 200, 1},
	{"endless 401", patience, endless("HTTP/1.1 401 X\r\n\r\n", strings.Repeat(" ", 1<<10), 0), flexy.FaultTooLarge, 401, 1},
	{"endless 503", patience, endless("HTTP/1.1 503 X\r\n\r\n", strings.Repeat(" ", 1<<10), 0), flexy.FaultServer, 503, 2},
	{"endless 404", patience, endless("HTTP/1.1 404 X\r\n\r\n", strings.Repeat(" ", 1<<10), 0), flexy.FaultStatus, 404, 1},
	// The key is judged: another send would cost another attempt.
	{"401 with a short body", patience, say("HTTP/1.1 401 X\r\nContent-Length: 900\r\n\r\n" + problem(flexy.CodeInvalid, "")), flexy.FaultTruncated, 401, 1},
	{"403 with a short body", patience, say("HTTP/1.1 403 X\r\nContent-Length: 900\r\n\r\n" + problem(flexy.CodeBlocked, "")), flexy.FaultTruncated, 403, 1},
	{"429 with a short body", patience, say("HTTP/1.1 429 X\r\nContent-Length: 900\r\n\r\n"), flexy.FaultRateLimited, 429, 2},
	{"500 with a short body", patience, say("HTTP/1.1 500 X\r\nContent-Length: 900\r\n\r\n"), flexy.FaultServer, 500, 2},
	// The body of these is not waited for.
	{"502 with an endless body", patience, then("HTTP/1.1 502 X\r\nContent-Length: 9\r\n\r\n", hang), flexy.FaultServer, 502, 2},
	{"418 with an endless body", patience, then("HTTP/1.1 418 X\r\nContent-Length: 9\r\n\r\n", hang), flexy.FaultStatus, 418, 1},
}

func TestNetworkFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range networkCases {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := api(t, tt.reply)
			a, got := s.validate(t, tt.timeout)
			testkit.Diff(t, counts{tt.sends, tt.sends}, got)
			testkit.Diff(t, flexy.Answer{Fault: tt.fault, Status: tt.status, Sends: tt.sends}, flexy.Answer{Outcome: a.Outcome, Fault: a.Fault, Status: a.Status, Sends: a.Sends})
		})
	}
}

// However an answer comes, a whole one is taken.
func TestNetworkOddities(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]exchange{
		"length":            say(answer(200, "", okBody)),
		"broken off":        then("HTTP/1.1 200 OK\r\n\r\n"+okBody, cut), // without the closing alert of TLS: the JSON is whole
		"HTTP/1.0":          say("HTTP/1.0 200 OK\r\n\r\n" + okBody),
		"to the end":        say("HTTP/1.1 200\r\n\r\n" + okBody),
		"line feeds":        say("HTTP/1.1 200 OK\nContent-Length: " + fmt.Sprint(len(okBody)) + "\n\n" + okBody),
		"chunks":            say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + fmt.Sprintf("%x;ext\r\n%s\r\n0\r\nX: x\r\n\r\n", len(okBody), okBody)),
		"after some 1xx":    say(strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", 3) + answer(200, "", okBody)),
		"64 KiB":            say(answer(200, "", okBody+strings.Repeat(" ", flexy.MaxBody-len(okBody)))),
		"something behind":  say(answer(200, "", okBody) + answer(401, "", problem(flexy.CodeInvalid, ""))),
		"an encoding named": say(answer(200, "Content-Encoding: identity\r\nContent-Type: text/html\r\n", okBody)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := api(t, reply)
			a, got := s.validate(t, patience)
			testkit.Diff(t, counts{1, 1}, got)
			want := accept()
			want.Sends, want.At = 1, a.At
			testkit.Diff(t, want, a)
		})
	}
}
