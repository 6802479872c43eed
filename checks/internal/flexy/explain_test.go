package flexy

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
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
	for i, name := range regexp.MustCompile(`(?m)^\tFault\w+ `).FindAllString(string(source), -1) {
		a := Answer{Fault: Fault(i), Status: 418}
		why := a.Explain()
		checkStyle(t, why)
		message := why.Message
		if other, ok := said[message]; ok {
			t.Errorf("%s and %s say the same: %s", name, other, message)
		}
		said[message] = name
		a.Code = "TEAPOT"
		switch {
		case a.Fault == FaultRetryAfter:
			message = "unexpected status 418 from the API with code TEAPOT: it asks to wait 1 second (Retry-After), longer than {timeout} allows"
		case a.Fault == FaultRefused:
			message = "the API refuses the request (TEAPOT)"
		case strings.Contains(message, "418"):
			message += " with code TEAPOT"
		}
		testkit.Diff(t, message, a.Explain().Message)
	}
	testkit.Diff(t, len(said), len(faults))
	for _, unknown := range []int{-1, len(faults)} {
		testkit.Diff(t, faults[FaultInternal], Answer{Fault: Fault(unknown)}.Explain())
	}
}

func TestCost(t *testing.T) {
	t.Parallel()
	unknown, few := Answer{Status: 401}, Answer{Status: 401, AttemptsLeft: new(1)}
	testkit.Diff(t, true, strings.HasPrefix(unknown.Cost(), "do not re-run"))
	testkit.Diff(t, "2 attempts left for this address", Answer{Status: 401, AttemptsLeft: new(2)}.Cost())
	testkit.Diff(t, true, strings.HasPrefix(few.Cost(), "1 attempt left for this address: do not re-run"))
}

// A 401 of any shape says what it may have cost, but for those that cost nothing more.
func TestAny401Warns(t *testing.T) {
	t.Parallel()
	for body, warns := range map[string]bool{
		"": true, "<html>": true, `{"error":"ERR_AUTH"}`: true, okBody: true,
		problem(CodeNotAllowed, ""): true, problem(CodeDisabled, ""): true, problem("OTHER", ""): true,
		problem("OTHER", `,"message":"2 attempts left"`): false,
		problem(CodeMissing, ""):                         false, problem(CodeBlocked, ""): false,
	} {
		a := Classify(answered(401, body))
		if got := a.Explain(); strings.Contains(got.Hint, waitFirst) != warns {
			t.Errorf("%s: %+v", body, got)
		}
		if got := Classify(answered(403, body)).Explain(); strings.Contains(got.Hint, waitFirst) {
			t.Errorf("403, %s: %+v", body, got)
		}
	}
}

// A wait that the API asks for is named.
func TestExplainWait(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		answer        Answer
		message, hint string // what they contain
	}{
		{Answer{Fault: FaultRateLimited, Status: 429}, "this key or address (status 429)", "wait a few minutes, then"},
		{Answer{Fault: FaultRateLimited, Status: 429, Wait: 2 * time.Second}, "this key or address (status 429)", "wait 2 seconds, then"},
		{Answer{Fault: FaultRetryAfter, Status: 429, Wait: 900 * time.Second, Code: "RATE_LIMIT_EXCEEDED"},
			"the API is rate-limiting this key or address (status 429) with code RATE_LIMIT_EXCEEDED: it asks to wait 900 seconds (Retry-After), longer than {timeout} allows", "wait 900 seconds, then run again"},
		{Answer{Fault: FaultRetryAfter, Status: 503, Wait: time.Second}, "server error from the API (status 503): it asks to wait 1 second (Retry-After)", ", or raise {timeout}"},
		{Answer{Fault: FaultRetryAfter, Wait: 1500 * time.Millisecond}, "the API asks to wait 2 seconds (Retry-After)", "wait 2 seconds"},
		{Answer{Fault: FaultRetryAfter, Wait: 1<<63 - 1}, "asks to wait more than a day", "wait more than a day"},
	} {
		got := tt.answer.Explain()
		checkStyle(t, got)
		if !strings.Contains(got.Message, tt.message) || !strings.Contains(got.Hint, tt.hint) {
			t.Errorf("%+v; want %q, %q", got, tt.message, tt.hint)
		}
		if tt.answer.Wait >= MaxTimeout && strings.Contains(got.Hint, "raise") {
			t.Errorf("%+v: no timeout is that long", got)
		}
	}
}

// What the list of section 4 of the contract lets through, and nothing else.
func TestMayPass(t *testing.T) {
	t.Parallel()
	for status := 200; status < 620; status++ {
		for _, ray := range []string{"", "8f1a-MRS"} {
			for _, body := range []string{"", "<html>", problem("OTHER", ""), problem(CodeInvalid, ""), `{"success":true}`, `{"message":"Route not found","statusCode":404}`} {
				a := Classify(Response{Status: status, Body: []byte(body), Ray: ray})
				cdn := status == 403 && ray != "" && (body == "" || body == "<html>")
				want := status == 200 || status == 429 || status/100 == 5 || cdn
				if a.MayPass() != want || a.Down() != (want && status != 200 && !cdn) {
					t.Errorf("%d, ray %q, %s: %t, %t, want %t", status, ray, body, a.MayPass(), a.Down(), want)
				}
			}
		}
		testkit.Diff(t, status == 401 || status == 403 || status == 429 || status/100 == 5, Classify(answered(status, problem(CodeBlocked, ""))).MayPass() && status != 200)
	}
	for fault, want := range map[Fault]bool{
		FaultInternal: false, FaultHeld: false, FaultInterrupted: false, FaultPlainHTTP: false, FaultMalformed: false, FaultHeaderLost: false,
		FaultNoSuchHost: true, FaultProxy: true, FaultUnknownAuthority: true, FaultTimeout: true, FaultOutOfTime: true, FaultRetryAfter: true,
	} {
		testkit.Diff(t, want, Answer{Fault: fault}.MayPass())
		testkit.Diff(t, want, Answer{Fault: fault}.Down())
	}
	for _, outcome := range []Outcome{Accepted, Rejected, NotAllowed, Disabled} {
		testkit.Diff(t, false, Answer{Outcome: outcome, Fault: FaultTimeout}.MayPass())
	}
}

// Whatever the status, IP_BLOCKED says until when.
func TestExplainBlocked(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 401, 403, 429, 500} {
		a := Classify(answered(status, problem("ip-blocked", "")))
		a.At = time.Date(2026, 11, 22, 13, 50, 0, 0, time.UTC)
		if got := a.Explain(); !strings.HasPrefix(got.Hint, "run again after 2026-11-22 14:05:00 UTC") {
			t.Errorf("%d: %+v", status, got)
		}
	}
}
