package oracle_test

import (
	"testing"

	"flexy-key-check/checks/internal/oracle"
	"flexy-key-check/checks/internal/testkit"
)

func TestCommands(t *testing.T) {
	t.Parallel()
	type properties = map[string]string
	plain := func(name, message string) oracle.Command {
		return oracle.Command{Name: name, Properties: properties{}, Message: message}
	}
	tests := []struct {
		name, stream string
		want         []oracle.Command
	}{
		{"nothing", "", nil},
		{"text", "all is well\n", nil},
		{"a command", "::error::x\n", []oracle.Command{plain("error", "x")}},
		{"without an end of line", "::error::x", []oracle.Command{plain("error", "x")}},
		{"after blanks", " \t::error::x\n", []oracle.Command{plain("error", "x")}},
		{"after a no-break space", "\u00a0::error::x\n", []oracle.Command{plain("error", "x")}},
		{"after other Unicode spaces", "\u2003\u3000\u0085::error::x\n", []oracle.Command{plain("error", "x")}},
		{"after a zero-width space", "\u200b::error::x\n", nil},
		{"in mid-line", "see ::error::x\n", nil},
		{"after LF", "a\n::error::x", []oracle.Command{plain("error", "x")}},
		{"after CR", "a\r::error::x\rb", []oracle.Command{plain("error", "x")}},
		{"after CR LF", "a\r\n::error::x\r\n", []oracle.Command{plain("error", "x")}},
		{"not closed", "::error:x\n", nil},
		{"without a name", ":::: x\n", nil},
		{"of any name", "::set-env name=A::b\n", []oracle.Command{{Name: "set-env", Properties: properties{"name": "A"}, Message: "b"}}},
		{
			"properties", "::error file=a%2Cb%3Ac%25,line=3,title=d=e,none::x\n",
			[]oracle.Command{{Name: "error", Properties: properties{"file": "a,b:c%", "line": "3", "title": "d=e"}, Message: "x"}},
		},
		{"escapes in a message", "::error::a%0Ab%0Dc%25d%3Ae%250A\n", []oracle.Command{plain("error", "a\nb\rc%d%3Ae%0A")}},
		{"legacy", "##[error]x\n", []oracle.Command{plain("error", "x")}},
		{"legacy in mid-line", "a\tb ##[error]x\n", []oracle.Command{plain("error", "x")}},
		{"legacy with properties", "a##[error title=b%5D%3B;line=3]x%3B\n", []oracle.Command{{Name: "error", Properties: properties{"title": "b];", "line": "3"}, Message: "x;"}}},
		{"legacy not closed", "##[error\n", nil},
		{"legacy broken", "# #[error]x\n", nil},
		{"a command goes before a legacy one", "::error::a ##[warning]b\n", []oracle.Command{plain("error", "a ##[warning]b")}},
		{
			"stopped", "::stop-commands::T0ken\n::error::a\n##[error]b\n::t0KEN::\n::error::c\n",
			[]oracle.Command{plain("stop-commands", "T0ken"), plain("error", "c")},
		},
		{"stopped for good", "::stop-commands::t\n::error::a\n", []oracle.Command{plain("stop-commands", "t")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			testkit.Diff(t, tt.want, oracle.Commands([]byte(tt.stream)))
		})
	}
}
