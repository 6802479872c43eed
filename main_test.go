package main

import (
	"io"
	"log"
	"os"
	"testing"
)

// net/http logs raw responses through the standard logger, which must write nowhere.
func TestMainSilencesTheStandardLogger(t *testing.T) {
	os.Args = []string{"flexy-key-check", "--version"}
	defer func() {
		if recover() == nil { // a test panics where os.Exit(0) would end it
			t.Error("the program does not exit with 0")
		}
		if log.Writer() != io.Discard {
			t.Error("the standard logger writes")
		}
	}()
	main()
}
