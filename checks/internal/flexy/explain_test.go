package flexy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"flexy-key-check/checks/internal/testkit"
)

// declaredFaults reads the names and values of all Faults from the source, so
// that a new one cannot be forgotten.
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

// wellSaid checks a message and its hint for the house's style.
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
			t.Errorf("%s and %s say the same: %s", name, other, message)
		}
		said[message] = name
		if a.Code = "TEAPOT"; strings.Contains(message, "418") {
			message += " with code TEAPOT"
		}
		got, _ := a.Explain()
		testkit.Diff(t, message, got)
	}
	if len(faults) != len(said) {
		t.Errorf("words for %d faults, want %d", len(faults), len(said))
	}
}

// What a person needs is in the words.
func TestExplainNames(t *testing.T) {
	t.Parallel()
	tests := []struct {
		answer Answer
		words  []string
	}{
		{Answer{Outcome: NotAllowed}, []string{"this runner's address is not on the allowlist of this key (IP_NOT_ALLOWED)", "hosted runners change address", "Settings, API Configuration"}},
		{Answer{Outcome: NotAllowed, RunnerIP: netip.MustParseAddr("2001:db8::1"), Environment: Sandbox}, []string{"address 2001:db8::1 is", "this SANDBOX key"}},
		{Answer{Outcome: Blocked, At: time.Date(2025, 12, 31, 23, 50, 59, 0, time.FixedZone("", 3600))}, []string{"IP_BLOCKED", "2025-12-31 23:05:59 UTC", "another job"}},
	}
	for _, tt := range tests {
		message, hint := tt.answer.Explain()
		wellSaid(t, message, hint)
		for _, word := range tt.words {
			if !strings.Contains(message+"\n"+hint, word) {
				t.Errorf("%+v: no %q in\n%s\n%s", tt.answer, word, message, hint)
			}
		}
	}
}

func TestExplainAccepted(t *testing.T) {
	t.Parallel()
	message, hint := accept().Explain()
	testkit.Diff(t, "", message+hint)
}

func TestExplainRejected(t *testing.T) {
	t.Parallel()
	const (
		plain   = "the API rejected the key"
		correct = "check that the secret holds the whole, current key; if it was revoked, generate a new one in the dashboard (Settings, API Configuration)"
		wait    = "do not re-run this for 15 minutes: another failed attempt may block this address for 15 minutes; then " + correct
	)
	tests := []struct {
		answer        Answer
		message, hint string
	}{
		{Answer{}, plain, correct},
		{Answer{Code: CodeInvalid}, plain + " (INVALID_ACCESS_TOKEN)", correct},
		{Answer{Code: CodeAuth, AttemptsLeft: left(4)}, plain + " (ERR_AUTH): 4 of 5 attempts left for this address", correct},
		{Answer{AttemptsLeft: left(2)}, plain + ": 2 of 5 attempts left for this address", correct},
		{Answer{AttemptsLeft: left(1)}, plain + ": 1 of 5 attempts left for this address", wait},
		{Answer{AttemptsLeft: left(0)}, plain + ": 0 of 5 attempts left for this address", wait},
	}
	for _, tt := range tests {
		tt.answer.Outcome = Rejected
		message, hint := tt.answer.Explain()
		wellSaid(t, message, hint)
		testkit.Diff(t, tt.message, message)
		testkit.Diff(t, tt.hint, hint)
	}
}
