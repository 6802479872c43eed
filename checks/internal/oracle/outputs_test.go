package oracle_test

import (
	"testing"

	"flexy-key-check/checks/internal/oracle"
	"flexy-key-check/checks/internal/testkit"
)

func TestOutputs(t *testing.T) {
	t.Parallel()
	type values = map[string]string
	tests := []struct {
		name, file string
		names      []string
		values     values
		fails      bool
	}{
		{"nothing", "", nil, values{}, false},
		{"one", "a=b\n", []string{"a"}, values{"a": "b"}, false},
		{"without an end of line", "a=b", []string{"a"}, values{"a": "b"}, false},
		{"blank lines", "\n\na=b\n\nc=\n", []string{"a", "c"}, values{"a": "b", "c": ""}, false},
		{"the first equals sign counts", "a=b=c\n", []string{"a"}, values{"a": "b=c"}, false},
		{"equals before heredoc", "a=b<<c\nd=e\n", []string{"a", "d"}, values{"a": "b<<c", "d": "e"}, false},
		{"heredoc before equals", "a<<b=c\nd=e\nb=c\n", []string{"a"}, values{"a": "d=e"}, false},
		{"heredoc", "a<<EOF\nb\n\nc=d\nEOF\ne=f\n", []string{"a", "e"}, values{"a": "b\n\nc=d", "e": "f"}, false},
		{"heredoc with nothing in it", "a<<EOF\nEOF", []string{"a"}, values{"a": ""}, false},
		{"the last counts", "a=b\na=c\n", []string{"a", "a"}, values{"a": "c"}, false},
		{"CR is part of a value", "a=b\r\n", []string{"a"}, values{"a": "b\r"}, false},
		{"neither", "a=b\nc\n", []string{"a"}, values{"a": "b"}, true},
		{"no name", "=b\n", nil, values{}, true},
		{"no name before a heredoc", "<<EOF\nb\nEOF\n", nil, values{}, true},
		{"no delimiter", "a<<\nb\n\n", nil, values{}, true},
		{"delimiter never comes", "a<<EOF\nb\n", nil, values{}, true},
		{"delimiter with more on its line", "a<<EOF\nb\nEOF \n", nil, values{}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			names, values, err := oracle.Outputs([]byte(tt.file))
			testkit.Diff(t, tt.names, names)
			testkit.Diff(t, tt.values, values)
			if (err != nil) != tt.fails {
				t.Errorf("error %v, want one: %v", err, tt.fails)
			}
		})
	}
}
