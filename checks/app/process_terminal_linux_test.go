package app_test

import (
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"
	"unsafe"

	"flexy-key-check/checks/internal/test/oracle"
	"flexy-key-check/checks/internal/test/testkit"
)

// Of two streams, one can be a terminal: progress is for standard error, colours and
// the width are for standard output.
func TestProcessTerminal(t *testing.T) {
	t.Parallel()
	for redirect, columns := range map[string]uint16{">": 40, "2>": 0} { // 0: it does not tell
		t.Run(redirect, func(t *testing.T) {
			t.Parallel()
			f := fleetOf(2, allGood)
			p := f.program(t, f.serve(t), nil, shell)
			name, shown := openTerminal(t, columns)
			p.through = `exec "$0" ` + redirect + name
			r := p.exec(t, nil)
			text := shown()
			oracle.NoLeak(t, map[string][]byte{"terminal": []byte(text)}, r.secrets...)
			if redirect == "2>" {
				testkit.Diff(t, "\r1 of 2 keys\r2 of 2 keys\r"+strings.Repeat(" ", 20)+"\r", text)
				testkit.Diff(t, false, strings.Contains(string(r.stdout), "\x1b"))
				return
			}
			testkit.Diff(t, "", string(r.stderr))
			text = strings.ReplaceAll(text, "\r\n", "\n")
			uncoloured := strings.NewReplacer("\x1b[32m", "", "\x1b[0m", "").Replace(text)
			for line := range strings.SplitSeq(uncoloured, "\n") {
				if utf8.RuneCountInString(line) > int(columns) || text == uncoloured {
					t.Errorf("too wide, or without colours: %q", line)
				}
			}
		})
	}
}

// openTerminal opens a pseudo-terminal (pty(7)) and returns the path of its file.
// shown closes it, and returns what was written to it.
func openTerminal(t *testing.T, columns uint16) (path string, shown func() string) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	testkit.NoError(t, err)
	t.Cleanup(func() { _ = screen.Close() })
	control := func(request uintptr, argument unsafe.Pointer) {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, screen.Fd(), request, uintptr(argument)); errno != 0 {
			t.Fatal(errno)
		}
	}
	var locked, number int32
	size := [4]uint16{0, columns}
	control(syscall.TIOCSPTLCK, unsafe.Pointer(&locked))
	control(syscall.TIOCGPTN, unsafe.Pointer(&number))
	control(syscall.TIOCSWINSZ, unsafe.Pointer(&size))
	path = fmt.Sprintf("/dev/pts/%d", number)
	open, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOCTTY, 0)
	testkit.NoError(t, err)
	t.Cleanup(func() { _ = open.Close() })
	written := make(chan string)
	go func() {
		text, _ := io.ReadAll(screen) // an error is its end: nobody has it open
		written <- string(text)
	}()
	return path, func() string { _ = open.Close(); return <-written }
}
