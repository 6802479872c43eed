package flexy

import (
	"net/netip"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/test/testkit"
)

// checkStyle checks a message and its hint against the project's style.
func checkStyle(t *testing.T, n mistake.Notice) {
	t.Helper()
	for _, text := range []string{n.Message, n.Hint} {
		first, _ := utf8.DecodeRuneInString(text)
		if !unicode.IsLower(first) || strings.HasSuffix(text, ".") || strings.ContainsAny(text, "%\n\r!") || strings.TrimSpace(text) != text {
			t.Errorf("%q is not one lower-case line without a full stop", text)
		}
	}
}

// The names of all Faults are read from the source, so that none is forgotten.
func TestExplainFaults(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("fault.go")
	testkit.NoError(t, err)
	said := map[string]string{}
	for i, name := range regexp.MustCompile(`(?m)^\tFault\w+`).FindAllString(string(source), -1) {
		a := Answer{Fault: Fault(i), Status: 418}
		why := a.Explain()
		checkStyle(t, why)
		message := why.Message
		if other, ok := said[message]; ok {
			t.Errorf("%s and %s say the same: %s", name, other, message)
		}
		said[message] = name
		if a.Code = "TEAPOT"; strings.Contains(message, "418") {
			message += " with code TEAPOT"
		}
		testkit.Diff(t, message, a.Explain().Message)
	}
	testkit.Diff(t, len(said), len(faults))
	for _, unknown := range []int{-1, len(faults)} {
		testkit.Diff(t, faults[FaultInternal], Answer{Fault: Fault(unknown)}.Explain())
	}
}

// A hint starts with what could block the address. The golden files contain the
// full texts.
func TestExplainRejected(t *testing.T) {
	t.Parallel()
	testkit.Diff(t, mistake.Notice{}, accept().Explain())
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
		got := tt.answer.Explain()
		checkStyle(t, got)
		if !strings.HasSuffix(got.Message, tt.ends) || strings.HasPrefix(got.Hint, "do not re-run this for 15 minutes") != tt.waits {
			t.Errorf("%+v; want %q", got, tt.ends)
		}
	}
}

func TestExplainNotAllowed(t *testing.T) {
	t.Parallel()
	for want, a := range map[string]Answer{
		"this runner's address is not on the allowlist of this key ":                         {},
		"this runner's address 203.0.113.45 is not on the allowlist of this PRODUCTION key ": {RunnerIP: netip.MustParseAddr("203.0.113.45"), Environment: Production},
	} {
		a.Outcome = NotAllowed
		if got := a.Explain(); !strings.HasPrefix(got.Message, want) {
			t.Errorf("%+v, want %q", got, want)
		}
	}
}

func TestCost(t *testing.T) {
	t.Parallel()
	testkit.Diff(t, "", Answer{}.Cost())
	testkit.Diff(t, "2 of 5 attempts left for this address", Answer{AttemptsLeft: left(2)}.Cost())
	testkit.Diff(t, true, strings.HasPrefix(Answer{AttemptsLeft: left(1)}.Cost(), "1 of 5 attempts left for this address: do not re-run"))
}
