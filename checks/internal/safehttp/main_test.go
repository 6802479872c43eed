package safehttp_test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// TestMain gives the package a DNS of its own: loopback.test is this machine,
// any other name another.
func TestMain(m *testing.M) {
	net.DefaultResolver = &net.Resolver{
		PreferGo: true,
		Dial: func(context.Context, string, string) (net.Conn, error) {
			client, server := net.Pipe()
			go answerDNS(server)
			return client, nil
		},
	}
	goleak.VerifyTestMain(m)
}

// answerDNS answers one question, framed as over TCP (RFC 1035, section 4.2.2).
func answerDNS(conn net.Conn) {
	defer conn.Close()
	var size uint16
	if binary.Read(conn, binary.BigEndian, &size) != nil {
		return
	}
	query := make([]byte, size)
	if _, err := io.ReadFull(conn, query); err != nil {
		return
	}
	const header = 12
	end := header
	for query[end] != 0 {
		end += 1 + int(query[end])
	}
	name, kind := query[header:end], query[end+2]
	end += 5 // the root, type and class
	answer := append([]byte{}, query[:end]...)
	copy(answer[2:], []byte{0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}) // an answer without error or records
	if kind == 1 {                                               // A
		address := net.IPv4(203, 0, 113, 9).To4()
		if strings.Contains(string(name), "loopback") {
			address = net.IPv4(127, 0, 0, 1).To4()
		}
		answer[7] = 1 // one record: the name at offset 12, A, IN, 60 s, 4 bytes
		answer = append(answer, 0xc0, header, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4)
		answer = append(answer, address...)
	}
	_ = binary.Write(conn, binary.BigEndian, uint16(len(answer)))
	_, _ = conn.Write(answer)
}
