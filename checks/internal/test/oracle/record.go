package oracle

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// record keeps a stream for a scanner of another hand, if FLEXY_RECORD names a
// directory: without the masks, and each text once.
func record(t testing.TB, stream string, text []byte) {
	t.Helper()
	dir := os.Getenv("FLEXY_RECORD") //nolint:forbidigo // only tests call it
	if dir == "" || len(text) == 0 {
		return
	}
	if stream == Stdout {
		rest, _ := cutMasks(string(text))
		text = []byte(rest)
	}
	name := fmt.Sprintf("%s-%x.txt", strings.ToLower(filepath.Base(stream)), sha256.Sum256(text))
	if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil { //nolint:gosec // the directory is the caller's
		t.Error(err)
	}
}
