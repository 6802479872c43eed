package flexy

import (
	"fmt"
	"net/netip"
	"testing"

	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/test/testkit"
)

func left(n int) *int { return &n }

// statusCases are statuses and bodies, and their meaning.
var statusCases = []struct {
	name   string
	status int
	body   string
	want   Answer // without Status and RequestID
}{
	{"accepted", 200, okBody, Answer{Outcome: Accepted, Key: okKey()}},
	{"success false with 200", 200, problem(CodeInvalid, ""), Answer{Fault: FaultContradiction}},
	{"success true with 401", 401, okBody, Answer{Fault: FaultContradiction}},
	{"success true with 500", 500, okBody, Answer{Fault: FaultServer}},

	{"rejected", 401, problem(CodeInvalid, `,"message":"no","details":{"attemptsLeft":4}`), Answer{Outcome: Rejected, Code: CodeInvalid, AttemptsLeft: left(4)}},
	{"rejected, alias", 401, problem(CodeAuth, ""), Answer{Outcome: Rejected, Code: CodeAuth}},
	{"rejected, another code", 401, problem("KEY_EXPIRED", ""), Answer{Outcome: Rejected, Code: "KEY_EXPIRED"}},
	{"rejected, another case", 401, problem("ip_blocked", ""), Answer{Outcome: Rejected, Code: "ip_blocked"}},
	{"rejected, code not safe to show", 401, problem("a b", ""), Answer{Outcome: Rejected}},
	{"rejected, details null", 401, problem(CodeInvalid, `,"details":null`), Answer{Outcome: Rejected, Code: CodeInvalid}},

	{"header lost, 400", 400, problem(CodeMissing, ""), Answer{Fault: FaultHeaderLost, Code: CodeMissing}},
	{"header lost, 403", 403, problem(CodeMissing, ""), Answer{Fault: FaultHeaderLost, Code: CodeMissing}},
	{"blocked", 403, problem(CodeBlocked, ""), Answer{Outcome: Blocked, Code: CodeBlocked}},
	{"blocked, 401", 401, problem(CodeBlocked, ""), Answer{Outcome: Blocked, Code: CodeBlocked}},
	{"not allowed", 403, problem(CodeNotAllowed, `,"message":"Your IP address 203.0.113.45 is not whitelisted for this PRODUCTION API key."`),
		Answer{Outcome: NotAllowed, Code: CodeNotAllowed, RunnerIP: netip.MustParseAddr("203.0.113.45"), Environment: Production}},
	{"not allowed, 401, no message", 401, problem(CodeNotAllowed, ""), Answer{Outcome: NotAllowed, Code: CodeNotAllowed}},
	{"not allowed, message of another type", 403, problem(CodeNotAllowed, `,"message":["203.0.113.45"]`), Answer{Outcome: NotAllowed, Code: CodeNotAllowed}},

	{"invalid with 400", 400, problem(CodeInvalid, ""), Answer{Fault: FaultStatus, Code: CodeInvalid}},
	{"invalid with 403", 403, problem(CodeInvalid, ""), Answer{Fault: FaultStatus, Code: CodeInvalid}},
	{"blocked with 400", 400, problem(CodeBlocked, ""), Answer{Fault: FaultStatus, Code: CodeBlocked}},
	{"not found", 404, problem("NOT_FOUND", ""), Answer{Fault: FaultStatus, Code: "NOT_FOUND"}},
	{"too many", 429, problem("TOO_MANY_REQUESTS", ""), Answer{Fault: FaultRateLimited, Code: "TOO_MANY_REQUESTS"}},
	{"server", 500, problem("INTERNAL_SERVER_ERROR", ""), Answer{Fault: FaultServer, Code: "INTERNAL_SERVER_ERROR"}},
	// After these codes the API allows no retry, whatever the status.
	{"blocked with 429", 429, problem(CodeBlocked, ""), Answer{Fault: FaultStatus, Code: CodeBlocked}},
	{"invalid with 500", 500, problem(CodeInvalid, ""), Answer{Fault: FaultStatus, Code: CodeInvalid}},
}

func TestClassifyStatuses(t *testing.T) {
	t.Parallel()
	for _, tt := range statusCases {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := tt.want
			want.Status, want.RequestID = tt.status, "req_2"
			if tt.body == okBody {
				want.RequestID = "req_1"
			}
			testkit.Diff(t, want, Classify(tt.status, []byte(tt.body), secret.NewTraces(secret.New(testKey))))
		})
	}
}

// If a body is not the documented one, only the status has a meaning.
func TestClassifyOtherBodies(t *testing.T) {
	t.Parallel()
	bodies := map[string]string{
		"empty":                "",
		"HTML":                 "<!DOCTYPE html><title>Sign in</title>",
		"a list":               "[" + okBody + "]",
		"no success":           `{"error":{"code":"INVALID_ACCESS_TOKEN"}}`,
		"success a string":     `{"success":"false"}`,
		"success, other case":  `{"Success":false,"error":{"code":"INVALID_ACCESS_TOKEN"}}`,
		"error a string":       `{"success":false,"error":"INVALID_ACCESS_TOKEN"}`,
		"code missing":         `{"success":false,"error":{"message":"INVALID_ACCESS_TOKEN"}}`,
		"code blank":           `{"success":false,"error":{"code":""}}`,
		"code a number":        `{"success":false,"error":{"code":401}}`,
		"code, other case":     `{"success":false,"error":{"Code":"INVALID_ACCESS_TOKEN"}}`,
		"two codes":            `{"success":false,"error":{"code":"OTHER","code":"INVALID_ACCESS_TOKEN"}}`,
		"not UTF-8, elsewhere": problem(CodeInvalid, ",\"message\":\"\xc3\""),
	}
	statuses := map[int]Fault{
		400: FaultShape, 401: FaultShape, 403: FaultShape, 404: FaultStatus,
		429: FaultRateLimited, 500: FaultServer, 503: FaultServer,
	}
	for name, body := range bodies {
		for status, fault := range statuses {
			t.Run(fmt.Sprint(name, ", ", status), func(t *testing.T) {
				t.Parallel()
				got := Classify(status, []byte(body), secret.NewTraces(secret.New(testKey)))
				got.RequestID = "" // the document may still contain one
				testkit.Diff(t, Answer{Status: status, Fault: fault}, got)
			})
		}
	}
}

func TestAttemptsLeft(t *testing.T) {
	t.Parallel()
	tests := map[string]*int{
		"0": left(0), "1": left(1), "4": left(4), "5": left(5),
		"6": nil, "-1": nil, `"3"`: nil, "3.0": nil, "1e0": nil, "99999999999999999999": nil, "null": nil, "[3]": nil,
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			got := Classify(401, []byte(problem(CodeInvalid, `,"details":{"attemptsLeft":`+text+`}`)))
			testkit.Diff(t, Answer{Outcome: Rejected, Status: 401, Code: CodeInvalid, RequestID: "req_2", AttemptsLeft: want}, got)
		})
	}
}

// The message of IP_NOT_ALLOWED should name this machine's address and the key's
// environment, but may contain anything.
func TestCaller(t *testing.T) {
	t.Parallel()
	type want struct{ IP, Environment string }
	tests := map[string]want{
		"Your IP address 203.0.113.45 is not whitelisted for this PRODUCTION API key. " +
			"Add your IP to the whitelist at https://oneclickdz.com/#/settings": {"203.0.113.45", "PRODUCTION"},
		"Your IP address 2001:db8::1 is not whitelisted for this SANDBOX API key.": {"2001:db8::1", "SANDBOX"},
		"Your IP is 2001:DB8:0:0::45.":                                             {"2001:db8::45", ""},
		"203.0.113.45: not allowed (SANDBOX)":                                      {"203.0.113.45", "SANDBOX"},
		"address [2001:db8::1] refused":                                            {"2001:db8::1", ""},
		"address \"203.0.113.45\"\nand <PRODUCTION>":                               {"203.0.113.45", "PRODUCTION"},
		"::ffff:203.0.113.45 is 203.0.113.45":                                      {"203.0.113.45", ""},
		"PRODUCTION, really PRODUCTION":                                            {"", "PRODUCTION"},
		"203.0.113.45 or 203.0.113.46":                                             {"", ""},
		"neither SANDBOX nor PRODUCTION":                                           {"", ""},
		"production sandbox Production PRODUCTION_2 PRE-PRODUCTION":                {"", ""},
		"see https://203.0.113.45/SANDBOX":                                         {"", ""},
		"203.0.113.0/24 fe80::1%eth0 203.0.113.045 203.0.113 1.2.3.4.5":            {"", ""},
		"": {"", ""},
	}
	for message, tt := range tests {
		ip, environment := caller(message)
		got := want{Environment: environment}
		if ip.IsValid() {
			got.IP = ip.String()
		}
		if got != tt {
			t.Errorf("%q:", message)
			testkit.Diff(t, tt, got)
		}
	}
}

func TestHeld(t *testing.T) {
	t.Parallel()
	for want, answers := range map[bool][]Answer{true: {{Fault: FaultHeld}}, false: {{}, {Outcome: Accepted, Fault: FaultHeld}}} {
		for _, a := range answers {
			testkit.Diff(t, want, a.Held())
		}
	}
}

func TestRevoked(t *testing.T) {
	t.Parallel()
	for outcome := Unavailable; outcome <= Blocked; outcome++ {
		for code, revoked := range map[string]bool{CodeInvalid: true, CodeAuth: true, CodeBlocked: false, "OTHER": false, "": false} {
			if got := (Answer{Outcome: outcome, Code: code}).Revoked(); got != (revoked && outcome == Rejected) {
				t.Errorf("outcome %d, code %q: Revoked() = %t", outcome, code, got)
			}
		}
	}
}
