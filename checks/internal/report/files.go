package report

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/sethvargo/go-githubactions"

	"flexy-key-check/checks/internal/mistake"
)

// errNotMade means that the runner's file is not there: what the step writes would
// never reach the runner.
var errNotMade = errors.New("names a file that is not there")

// unwritten says that a file of the runner was not written, and what to do.
func unwritten(what string, err error) mistake.Notice {
	hint := "run this where the runner sets the variable, on a disk that is not full; on a self-hosted runner SELinux can forbid it, and so can a file of another user (userns-remap, rootless Docker)"
	if errors.Is(err, errNotMade) {
		hint = "its folder is not mounted: a runner in a container must give its work folder to the steps' containers under the same path"
	}
	return mistake.Say("cannot write "+what+": "+err.Error(), hint)
}

// appendTo appends text to the file that a variable names. The library's command
// panics if it fails. A partial write is then undone, since half a value is worse
// than none.
func (a *Actions) appendTo(variable, command, text string) (err error) {
	path := a.getenv(variable)
	if path == "" {
		return errors.New(variable + " is not set")
	}
	failed := errors.New("the file in " + variable + " cannot be written")
	info, err := os.Stat(path)
	exists := err == nil
	if a.step && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s %w", variable, errNotMade)
	}
	if exists && !info.Mode().IsRegular() && info.Mode()&os.ModeDevice == 0 {
		return failed // a pipe would hang
	}
	if exists && info.Mode().IsRegular() && !endsLine(path, info.Size()) {
		text = "\n" + text // do not continue the last line of an earlier step
	}
	defer func() {
		if recover() == nil {
			return
		}
		err = failed
		if exists && info.Mode().IsRegular() {
			_ = os.Truncate(path, info.Size())
		}
	}()
	a.actions.IssueFileCommand(&githubactions.Command{Name: command, Message: text})
	return nil
}

// endsLine reports whether a file of that size is empty or known to end in a line
// feed.
func endsLine(path string, size int64) bool {
	if size == 0 {
		return true
	}
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	last := make([]byte, 1)
	_, err = file.ReadAt(last, size-1)
	return (err == nil || errors.Is(err, io.EOF)) && last[0] == '\n'
}
