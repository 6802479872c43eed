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
	"flexy-key-check/checks/internal/test/testkit"
)

// cut ends the connection without the closing alert of TLS.
func cut(conn net.Conn) { _ = conn.(interface{ NetConn() net.Conn }).NetConn().Close() }

// endless writes a text over and over, until the other side has enough.
func endless(first, text string) exchange {
	return func(conn net.Conn, _ int) {
		_, err := io.WriteString(conn, first)
		for err == nil {
			_, err = io.WriteString(conn, text)
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
	ok200   = "HTTP/1.1 200 OK\r\n"
	chunked = ok200 + "Transfer-Encoding: chunked\r\n\r\n"
	short   = "Content-Length: 900\r\n\r\n"
)

// What a server can do after a request.
func TestNetworkFaults(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		reply  exchange
		fault  flexy.Fault
		status int
		sends  int
	}{
		"closed before the header":    {say(""), flexy.FaultTruncated, 0, 2},
		"cut before the header":       {then("", cut), flexy.FaultTruncated, 0, 2},
		"closed in the header":        {say(ok200 + "X: x\r\n"), flexy.FaultTruncated, 0, 2},
		"closed in a header line":     {say(ok200 + "Content-Le"), flexy.FaultMalformed, 0, 1}, // net/http reads it as an invalid line
		"short body":                  {say(ok200 + short + okBody), flexy.FaultTruncated, 200, 2},
		"cut body":                    {then(ok200+short+okBody, cut), flexy.FaultTruncated, 200, 2},
		"closed in a chunk":           {say(chunked + "ff\r\n{"), flexy.FaultTruncated, 200, 2},
		"broken chunking":             {say(chunked + "xyz\r\n{"), flexy.FaultShape, 200, 1},
		"endless trailer":             {endless(chunked+"0\r\n", "X: x\r\n"), flexy.FaultShape, 200, 1},
		"two lengths":                 {say(ok200 + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}"), flexy.FaultMalformed, 0, 1},
		"endless header":              {endless(ok200, "X: x\r\n"), flexy.FaultMalformed, 0, 1},
		"endless 1xx":                 {endless("", "HTTP/1.1 103 Early Hints\r\nX: x\r\n\r\n"), flexy.FaultMalformed, 0, 1},
		"another protocol":            {say("SSH-2.0-OpenSSH_9.9\r\n\r\n"), flexy.FaultMalformed, 0, 1},
		"101":                         {say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n" + okBody), flexy.FaultStatus, 101, 1},
		"gzip bomb":                   {say(answer(200, "Content-Encoding: gzip\r\n", zipped(2<<20))), flexy.FaultShape, 200, 1},
		"one byte too many":           {say(answer(200, "", okBody+strings.Repeat(" ", flexy.MaxBody+1-len(okBody)))), flexy.FaultTooLarge, 200, 1},
		"endless body":                {endless(ok200+"\r\n", strings.Repeat(" ", 1<<10)), flexy.FaultTooLarge, 200, 1},
		"endless 401":                 {endless("HTTP/1.1 401 X\r\n\r\n", strings.Repeat(" ", 1<<10)), flexy.FaultUnauthorized, 401, 1},
		"endless 503":                 {endless("HTTP/1.1 503 X\r\n\r\n", strings.Repeat(" ", 1<<10)), flexy.FaultServer, 503, 2},
		"401 with a short body":       {say("HTTP/1.1 401 X\r\n" + short + problem(flexy.CodeInvalid, "")), flexy.FaultUnauthorized, 401, 1}, // the key is judged
		"500 with a short body":       {say("HTTP/1.1 500 X\r\n" + short), flexy.FaultServer, 500, 2},
		"302 whose body never comes":  {then("HTTP/1.1 302 X\r\n"+short, hang), flexy.FaultRedirect, 302, 1}, // the client does not wait for it
		"redirect to an unusable URL": {say(answer(302, "Location: http://[::1/%zz\r\n", "")), flexy.FaultMalformed, 0, 1},
	} {
		inBubble(t, name, func(t *testing.T) {
			c, s := overTLS(t, secured(goodTLS(), tt.reply))
			a, took := s.validate(t, c, time.Minute)
			testkit.Diff(t, summary{flexy.Unavailable, tt.fault, tt.status, tt.sends}, summarize(a))
			testkit.Diff(t, counts{tt.sends, tt.sends}, s.counted())
			between(t, "took", took, 0, 10*time.Second)
		})
	}
}

// A whole answer is accepted, however it arrives.
func TestUnusualResponses(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]exchange{
		"cut":            then(ok200+"\r\n"+okBody, cut), // the JSON is whole
		"HTTP/1.0":       say("HTTP/1.0 200 OK\r\n\r\n" + okBody),
		"chunks":         say(chunked + fmt.Sprintf("%x;ext\r\n%s\r\n0\r\nX: x\r\n\r\n", len(okBody), okBody)),
		"after some 1xx": say(strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", 3) + answer(200, "", okBody)),
		"64 KiB":         say(answer(200, "", okBody+strings.Repeat(" ", flexy.MaxBody-len(okBody)))),
		"another answer": say(answer(200, "", okBody) + answer(401, "", problem(flexy.CodeInvalid, ""))),
	} {
		inBubble(t, name, func(t *testing.T) {
			c, s := overTLS(t, secured(goodTLS(), reply))
			a, _ := s.validate(t, c, time.Minute)
			want := accept()
			want.Sends, want.At = 1, a.At
			testkit.Diff(t, want, a)
			testkit.Diff(t, counts{1, 1}, s.counted())
		})
	}
}

// No redirect is followed, as safehttp proves for every kind of Location.
func TestRedirects(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		fault  flexy.Fault
	}{"302": {302, flexy.FaultRedirect}, "307": {307, flexy.FaultRedirect}, "201": {201, flexy.FaultStatus}, "401": {401, flexy.FaultUnauthorized}} {
		inBubble(t, name, func(t *testing.T) {
			c, s := overTLS(t, secured(goodTLS(), say(answer(tt.status, "Retry-After: 1\r\nLocation: https://127.0.0.2/\r\n", ""))))
			a, _ := s.validate(t, c, time.Minute)
			testkit.Diff(t, summary{flexy.Unavailable, tt.fault, tt.status, 1}, summarize(a))
			testkit.Diff(t, counts{1, 1}, s.counted())
		})
	}
}
