package oracle_test

import (
	"fmt"
	"testing"

	"flexy-key-check/checks/internal/test/oracle"
	"flexy-key-check/checks/internal/test/testkit"
)

func TestOutputs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, file, want string // names, then values
		valid            bool
	}{
		{"empty", "", `[] map[]`, true},
		{"one", "a=b\n", `["a"] map["a":"b"]`, true},
		{"no line feed at the end", "a=b", `["a"] map["a":"b"]`, true},
		{"blank lines", "\n\na=b\n\nc=\n", `["a" "c"] map["a":"b" "c":""]`, true},
		{"two equals signs", "a=b=c\n", `["a"] map["a":"b=c"]`, true},
		{"equals before heredoc", "a=b<<c\nd=e\n", `["a" "d"] map["a":"b<<c" "d":"e"]`, true},
		{"heredoc before equals", "a<<b=c\nd=e\nb=c\n", `["a"] map["a":"d=e"]`, true},
		{"heredoc", "a<<EOF\nb\n\nc=d\nEOF\ne=f\n", `["a" "e"] map["a":"b\n\nc=d" "e":"f"]`, true},
		{"empty heredoc", "a<<EOF\nEOF", `["a"] map["a":""]`, true},
		{"set twice", "a=b\na=c\n", `["a" "a"] map["a":"c"]`, true},
		{"CR in a value", "a=b\r\n", `["a"] map["a":"b\r"]`, true},
		{"neither", "a=b\nc\n", `["a"] map["a":"b"]`, false},
		{"no name", "=b\n", `[] map[]`, false},
		{"no name before a heredoc", "<<EOF\nb\nEOF\n", `[] map[]`, false},
		{"no name before equals in a heredoc", "<<b=c\nd\nb=c\n", `[] map[]`, false},
		{"no delimiter", "a<<\nb\n\n", `[] map[]`, false},
		{"delimiter missing at the end", "a<<EOF\nb\n", `[] map[]`, false},
		{"delimiter with more on its line", "a<<EOF\nb\nEOF \n", `[] map[]`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			names, values, err := oracle.Outputs([]byte(tt.file))
			testkit.Diff(t, tt.want, fmt.Sprintf("%q %q", names, values))
			testkit.Diff(t, tt.valid, err == nil)
		})
	}
}
