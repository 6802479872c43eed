// Package terminal finds out how wide a terminal is.
package terminal

import "os"

// usual is the width of a terminal that does not tell its own.
const usual = 80

// Columns returns the width of the terminal that a file is, in characters, or 0 if
// it is none.
func Columns(f *os.File) int {
	width, ok := columns(f.Fd())
	switch {
	case !ok:
		return 0
	case width <= 0:
		return usual
	default:
		return width
	}
}
