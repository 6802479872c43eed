//go:build unix

package terminal

import (
	"syscall"
	"unsafe"
)

// columns asks the terminal, as tty_ioctl(4) describes.
func columns(fd uintptr) (width int, ok bool) {
	var size struct{ rows, columns, x, y uint16 }
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, syscall.TIOCGWINSZ, uintptr(unsafe.Pointer(&size))) //nolint:gosec // the call takes an address
	return int(size.columns), errno == 0
}
