package oracle_test

import (
	"fmt"
	"testing"

	"flexy-key-check/checks/internal/test/oracle"
	"flexy-key-check/checks/internal/test/testkit"
)

func TestCommands(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, stream, want string }{
		{"text", "all is well\n", "[]"},
		{"command", "::error::x\n", "[{error map[] x}]"},
		{"no line feed at the end", "::error::x", "[{error map[] x}]"},
		{"after blanks", " \t::error::x\n", "[{error map[] x}]"},
		{"after Unicode spaces", "\u00a0\u2003\u3000\u0085::error::x\n", "[{error map[] x}]"},
		{"after a zero-width space", "\u200b::error::x\n", "[]"},
		{"in mid-line", "see ::error::x\n", "[]"},
		{"after LF", "a\n::error::x", "[{error map[] x}]"},
		{"after CR", "a\r::error::x\rb", "[{error map[] x}]"},
		{"after CR LF", "a\r\n::error::x\r\n", "[{error map[] x}]"},
		{"not closed", "::error:x\n", "[]"},
		{"no name", ":::: x\n", "[]"},
		{"any name", "::set-env name=A::b\n", "[{set-env map[name:A] b}]"},
		{"properties", "::error file=a%2Cb%3Ac%25,line=3,title=d=e,none::x\n", "[{error map[file:a,b:c% line:3 title:d=e] x}]"},
		{"escapes in a message", "::error::a%0Ab%0Dc%25d%3Ae%250A\n", "[{error map[] a\nb\rc%d%3Ae%0A}]"},
		{"legacy", "##[error]x\n", "[{error map[] x}]"},
		{"legacy in mid-line", "a\tb ##[error]x\n", "[{error map[] x}]"},
		{"legacy with properties", "a##[error title=b%5D%3B;line=3]x%3B\n", "[{error map[line:3 title:b];] x;}]"},
		{"legacy not closed", "##[error\n", "[]"},
		{"legacy broken", "# #[error]x\n", "[]"},
		{"command before a legacy one", "::error::a ##[warning]b\n", "[{error map[] a ##[warning]b}]"},
		{"stopped", "::stop-commands::T0ken\n::error::a\n##[error]b\n::t0KEN::\n::error::c\n", "[{stop-commands map[] T0ken} {error map[] c}]"},
		{"stopped for good", "::stop-commands::t\n::error::a\n", "[{stop-commands map[] t}]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			testkit.Diff(t, tt.want, fmt.Sprint(oracle.Commands([]byte(tt.stream))))
		})
	}
}
