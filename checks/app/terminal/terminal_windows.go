package terminal

import (
	"syscall"
	"unsafe"
)

var screenBufferInfo = syscall.NewLazyDLL("kernel32.dll").NewProc("GetConsoleScreenBufferInfo")

// columns asks the console for its window, as CONSOLE_SCREEN_BUFFER_INFO describes.
func columns(fd uintptr) (width int, ok bool) {
	var info struct {
		columns, rows            int16 // of the buffer
		x, y                     int16 // of the cursor
		attributes               uint16
		left, top, right, bottom int16 // of the window
		mostColumns, mostRows    int16
	}
	success, _, _ := screenBufferInfo.Call(fd, uintptr(unsafe.Pointer(&info)))
	return int(info.right) - int(info.left) + 1, success != 0
}
