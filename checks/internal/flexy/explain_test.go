package flexy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"flexy-key-check/checks/internal/testkit"
)

// declaredFaults returns the names and values of all Faults in the source.
func declaredFaults(t *testing.T) map[string]Fault {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "fault.go", nil, 0)
	testkit.NoError(t, err)
	found := map[string]Fault{}
	for _, decl := range file.Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
			continue
		}
		for i, spec := range group.Specs {
			if name := spec.(*ast.ValueSpec).Names[0].Name; strings.HasPrefix(name, "Fault") {
				found[name] = Fault(i)
			}
		}
	}
	if len(found) == 0 {
		t.Fatal("no faults in fault.go")
	}
	return found
}

// wellSaid asserts the style of a message and its hint.
func wellSaid(t *testing.T, message, hint string) {
	t.Helper()
	for _, text := range []string{message, hint} {
		first, _ := utf8.DecodeRuneInString(text)
		if !unicode.IsLower(first) || strings.HasSuffix(text, ".") || strings.ContainsAny(text, "%\n\r!") || strings.TrimSpace(text) != text {
			t.Errorf("%q is not one lower-case line without a full stop", text)
		}
	}
}

func TestExplainFaults(t *testing.T) {
	t.Parallel()
	said := map[string]string{}
	for name, fault := range declaredFaults(t) {
		a := Answer{Fault: fault, Status: 418}
		message, hint := a.Explain()
		wellSaid(t, message, hint)
		if other, ok := said[message]; ok {
			t.Errorf("%s and %s have the same message: %s", name, other, message)
		}
		said[message] = name
		if a.Code = "TEAPOT"; strings.Contains(message, "418") {
			message += " with code TEAPOT"
		}
		got, _ := a.Explain()
		testkit.Diff(t, message, got)
	}
	if len(faults) != len(said) {
		t.Errorf("messages for %d faults, want %d", len(faults), len(said))
	}
}

func TestExplainAccepted(t *testing.T) {
	t.Parallel()
	message, hint := accept().Explain()
	testkit.Diff(t, "", message+hint)
}

// A hint first warns if another attempt could block the address.
func TestExplainRejected(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		answer Answer
		ends   string // of the message
		waits  bool
	}{
		{Answer{}, "the API rejected the key", false},
		{Answer{Code: CodeInvalid}, " (INVALID_ACCESS_TOKEN)", false},
		{Answer{Code: CodeAuth, AttemptsLeft: left(2)}, " (ERR_AUTH): 2 of 5 attempts left for this address", false},
		{Answer{AttemptsLeft: left(1)}, ": 1 of 5 attempts left for this address", true},
		{Answer{AttemptsLeft: left(0)}, ": 0 of 5 attempts left for this address", true},
	} {
		tt.answer.Outcome = Rejected
		message, hint := tt.answer.Explain()
		wellSaid(t, message, hint)
		if !strings.HasSuffix(message, tt.ends) || strings.HasPrefix(hint, "do not re-run this for 15 minutes") != tt.waits {
			t.Errorf("%q, hint %q; want %q", message, hint, tt.ends)
		}
	}
}
