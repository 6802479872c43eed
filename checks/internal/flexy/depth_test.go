package flexy

import (
	"strings"
	"testing"
)

// Lists count for the depth as objects do.
func TestDepth(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		open, end string
		most      int // inside the document's own object
	}{
		"lists":   {"[", "]", maxDepth - 1},
		"objects": {`{"a":`, "}", maxDepth - 1},
	} {
		for depth, good := range map[int]bool{1: true, tt.most: true, tt.most + 1: false, 1000: false} {
			text := `{"a":` + strings.Repeat(tt.open, depth) + strings.Repeat(tt.end, depth) + `}`
			if tt.open != "[" {
				text = `{"a":` + strings.Repeat(tt.open, depth) + `1` + strings.Repeat(tt.end, depth) + `}`
			}
			if _, err := parse([]byte(text)); (err == nil) != good {
				t.Errorf("%s, %d deep: %v", name, depth, err)
			}
		}
	}
}
