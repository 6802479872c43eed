package terminal_test

import (
	"os"
	"path/filepath"
	"testing"

	"flexy-key-check/checks/app/terminal"
	"flexy-key-check/checks/internal/test/testkit"
)

// A file, a device and a pipe are no terminals.
func TestColumns(t *testing.T) {
	t.Parallel()
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	testkit.NoError(t, err)
	null, err := os.Open(os.DevNull)
	testkit.NoError(t, err)
	reader, writer, err := os.Pipe()
	testkit.NoError(t, err)
	for _, f := range []*os.File{file, null, reader, writer} {
		testkit.Diff(t, 0, terminal.Columns(f))
		testkit.NoError(t, f.Close())
	}
}
