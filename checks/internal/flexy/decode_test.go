package flexy

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/test/testkit"
)

// statusCases are statuses and bodies, and their meaning.
var statusCases = []struct {
	name   string
	status int
	body   string
	want   Answer // without Status and RequestID
}{
	{"accepted", 200, okBody, Answer{Outcome: Accepted, Key: okKey()}},
	{"success false with 200", 200, problem(CodeBlocked, `,"details":{"attemptsLeft":2}`), Answer{Fault: FaultContradiction, Code: CodeBlocked, AttemptsLeft: new(2)}},
	{"success false with 200, no code", 200, `{"success":false,"requestId":"req_2"}`, Answer{Fault: FaultContradiction}},
	{"success true with 401", 401, okBody, Answer{Fault: FaultUnauthorized}},
	{"success true with 403", 403, okBody, Answer{Fault: FaultFirewall}},
	{"success true with 404", 404, okBody, Answer{Fault: FaultStatus}},
	{"success true with 500", 500, okBody, Answer{Fault: FaultServer}},

	{"rejected", 401, problem(CodeInvalid, `,"message":"no","details":{"attemptsLeft":4}`), Answer{Outcome: Rejected, Code: CodeInvalid, AttemptsLeft: new(4)}},
	{"rejected, alias", 401, problem(CodeAuth, ""), Answer{Outcome: Rejected, Code: CodeAuth}},
	{"rejected, another code", 401, problem("KEY_EXPIRED", ""), Answer{Outcome: Rejected, Code: "KEY_EXPIRED"}},
	{"rejected, lower case", 401, problem("err-auth", ""), Answer{Outcome: Rejected, Code: "err-auth"}},
	{"blocked, hyphens", 403, problem("IP-BLOCKED", ""), Answer{Outcome: Blocked, Code: "IP-BLOCKED"}},
	{"not allowed, mixed", 403, problem("Ip-Not_Allowed", ""), Answer{Outcome: NotAllowed, Code: "Ip-Not_Allowed"}},
	{"switched off, lower case", 401, problem("api_disabled", ""), Answer{Outcome: Disabled, Code: "api_disabled"}},
	{"no letters that only Unicode folds", 401, problem("\u0131P_BLOCKED", ""), Answer{Outcome: Rejected}},
	{"no other separator", 403, problem("IP.BLOCKED", ""), Answer{Fault: FaultRefused, Code: "IP.BLOCKED"}},
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

	{"switched off", 403, problem(CodeDisabled, ""), Answer{Outcome: Disabled, Code: CodeDisabled}},
	{"switched off, 400", 400, problem(CodeDisabled, ""), Answer{Fault: FaultRefused, Code: CodeDisabled}},
	{"invalid with 400", 400, problem(CodeInvalid, ""), Answer{Fault: FaultRefused, Code: CodeInvalid}},
	{"invalid with 403", 403, problem(CodeInvalid, ""), Answer{Fault: FaultRefused, Code: CodeInvalid}},
	{"blocked with 400", 400, problem(CodeBlocked, ""), Answer{Fault: FaultRefused, Code: CodeBlocked}},
	{"not allowed with 400", 400, problem(CodeNotAllowed, ""), Answer{Fault: FaultRefused, Code: CodeNotAllowed}},
	{"not allowed with 404", 404, problem(CodeNotAllowed, `,"message":"203.0.113.45"`), Answer{Fault: FaultRefused, Code: CodeNotAllowed}},
	{"not allowed with 429", 429, problem(CodeNotAllowed, ""), Answer{Fault: FaultRateLimited, Code: CodeNotAllowed}},
	{"not allowed with 500", 500, problem(CodeNotAllowed, ""), Answer{Fault: FaultServer, Code: CodeNotAllowed}},
	{"header lost, 404", 404, problem(CodeMissing, ""), Answer{Fault: FaultHeaderLost, Code: CodeMissing}},
	{"header lost, 429", 429, problem(CodeMissing, ""), Answer{Fault: FaultRateLimited, Code: CodeMissing}},
	{"header lost, 503", 503, problem(CodeMissing, ""), Answer{Fault: FaultServer, Code: CodeMissing}},
	{"another 403", 403, problem("KEY_PAUSED", ""), Answer{Fault: FaultRefused, Code: "KEY_PAUSED"}},
	{"a 402", 402, problem("PAYMENT_REQUIRED", ""), Answer{Fault: FaultRefused, Code: "PAYMENT_REQUIRED"}},
	{"a 422, code not safe to show", 422, problem("a b", ""), Answer{Fault: FaultRefused}},
	{"not found", 404, problem("NOT_FOUND", ""), Answer{Fault: FaultRefused, Code: "NOT_FOUND"}},
	{"not verified", 503, problem("AUTH_UNAVAILABLE", ""), Answer{Fault: FaultUnverified, Code: "AUTH_UNAVAILABLE"}},
	{"not verified, lower case", 500, problem("auth-unavailable", ""), Answer{Fault: FaultUnverified, Code: "auth-unavailable"}},
	{"not verified with 401", 401, problem("AUTH_UNAVAILABLE", ""), Answer{Outcome: Rejected, Code: "AUTH_UNAVAILABLE"}},
	{"not implemented", 501, problem("NOT_IMPLEMENTED", ""), Answer{Fault: FaultServer, Code: "NOT_IMPLEMENTED"}},
	{"a status of no class", 600, problem("X", ""), Answer{Fault: FaultStatus, Code: "X"}},
	{"too many", 429, problem("TOO_MANY_REQUESTS", ""), Answer{Fault: FaultRateLimited, Code: "TOO_MANY_REQUESTS"}},
	{"server", 500, problem("INTERNAL_SERVER_ERROR", ""), Answer{Fault: FaultServer, Code: "INTERNAL_SERVER_ERROR"}},
	{"blocked with 429", 429, problem(CodeBlocked, ""), Answer{Fault: FaultRateLimited, Code: CodeBlocked}},
	{"invalid with 500", 500, problem(CodeInvalid, ""), Answer{Fault: FaultServer, Code: CodeInvalid}},
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
			testkit.Diff(t, want, Classify(answered(tt.status, tt.body), secret.NewTraces(secret.New(testKey))))
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
		"Fastify's":            `{"statusCode":401,"error":"Unauthorized","message":"no"}`,
		"code a number":        `{"success":false,"error":{"code":401}}`,
		"code, other case":     `{"success":false,"error":{"Code":"INVALID_ACCESS_TOKEN"}}`,
		"two codes":            `{"success":false,"error":{"code":"OTHER","code":"INVALID_ACCESS_TOKEN"}}`,
		"not UTF-8, elsewhere": problem(CodeInvalid, ",\"message\":\"\xc3\""),
	}
	statuses := map[int]Fault{
		400: FaultStatus, 401: FaultUnauthorized, 403: FaultFirewall, 404: FaultStatus, 405: FaultStatus, 302: FaultRedirect, 206: FaultStatus,
		429: FaultRateLimited, 500: FaultServer, 501: FaultServer, 508: FaultServer, 511: FaultNetwork, 522: FaultServer, 530: FaultServer, 999: FaultStatus,
	}
	for name, body := range bodies {
		for status, fault := range statuses {
			t.Run(fmt.Sprint(name, ", ", status), func(t *testing.T) {
				t.Parallel()
				got := Classify(answered(status, body), secret.NewTraces(secret.New(testKey)))
				got.RequestID = "" // the document may still contain one
				testkit.Diff(t, Answer{Status: status, Fault: fault}, got)
			})
		}
	}
}

// A CDN stands before the API: its answers have no JSON, but its header.
func TestClassifyWhoAnswered(t *testing.T) {
	t.Parallel()
	const page, router = "<!DOCTYPE html><title>Just a moment...</title>", `{"message":"Route GET:/v3/v3/validate not found","error":"Not Found","statusCode":404}`
	for _, tt := range []struct {
		status int
		ray    string
		body   string
		want   Fault
	}{
		{403, "8f1a2b3c4d5e6f70-MRS", page, FaultCDN},
		{403, "8f1a2b3c4d5e6f70-MRS", "", FaultCDN},
		{403, "8f1a2b3c4d5e6f70-MRS", `{"error":"no"}`, FaultFirewall},
		{403, "8f1a2b3c4d5e6f70-MRS", "[]", FaultFirewall},
		{403, "8f1a2b3c4d5e6f70-MRS", `{"success":false,"Success":false,"error":{"code":"KEY_PAUSED"}}`, FaultFirewall},
		{403, "8f1a2b3c4d5e6f70-MRS", problem(CodeNotAllowed, ",\"message\":\"\xc3\""), FaultFirewall},
		{403, "", page, FaultFirewall},
		{401, "8f1a2b3c4d5e6f70-MRS", page, FaultUnauthorized},
		{503, "8f1a2b3c4d5e6f70-MRS", page, FaultOrigin},
		{522, "8f1a2b3c4d5e6f70-MRS", page, FaultOrigin},
		{522, "", page, FaultServer},
		{530, "8f1a2b3c4d5e6f70-MRS", "error code: 1033", FaultOrigin},
		{429, "8f1a2b3c4d5e6f70-MRS", page, FaultRateLimited},
		{511, "8f1a2b3c4d5e6f70-MRS", page, FaultNetwork},
		{200, "8f1a2b3c4d5e6f70-MRS", page, FaultShape},
		{404, "8f1a2b3c4d5e6f70-MRS", router, FaultRoute},
		{404, "", router, FaultRoute},
		{404, "", `{"message":"Route GET:/x not found","error":"Not Found","statusCode":"404"}`, FaultStatus},
		{405, "", router, FaultStatus},
		{404, "", page, FaultStatus},
	} {
		got := Classify(Response{Status: tt.status, Body: []byte(tt.body), Ray: tt.ray})
		if want := (Answer{Status: tt.status, Fault: tt.want, RequestID: tt.ray}); got.Fault != want.Fault || got.RequestID != want.RequestID || got.Outcome != Unavailable {
			t.Errorf("%d, ray %q, %s: %+v, want fault %d", tt.status, tt.ray, tt.body, got, tt.want)
		}
	}
}

// Of an answer without its body the status remains, and of a 200 nothing.
func TestClassifyLost(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]Fault{
		200: FaultTruncated, 400: FaultStatus, 401: FaultUnauthorized, 403: FaultFirewall, 404: FaultStatus, 429: FaultRateLimited, 502: FaultServer,
	} {
		got := Classify(Response{Status: status, Lost: FaultTruncated, Ray: "8f1a2b3c4d5e6f70-MRS"})
		testkit.Diff(t, Answer{Status: status, Fault: want, RequestID: "8f1a2b3c4d5e6f70-MRS"}, got)
	}
	// What is too large is no JSON of the API's.
	for status, want := range map[int]Fault{200: FaultTooLarge, 401: FaultUnauthorized, 403: FaultCDN, 404: FaultStatus, 522: FaultOrigin} {
		testkit.Diff(t, want, Classify(Response{Status: status, Lost: FaultTooLarge, Ray: "8f1a2b3c4d5e6f70-MRS"}).Fault)
	}
	testkit.Diff(t, FaultFirewall, Classify(Response{Status: 403, Lost: FaultTooLarge}).Fault)
}

// The first request ID that is safe to show counts.
func TestRequestID(t *testing.T) {
	t.Parallel()
	const withMeta = `{"success":false,"error":{"code":"X"},"meta":{"requestId":"req_meta"}}`
	both := swap(t, withMeta, `"success"`, `"requestId":"req_body","success"`)
	for _, tt := range []struct{ body, header, ray, want string }{
		{both, "req-fpg", "8f1a-MRS", "req_body"},
		{withMeta, "req-fpg", "8f1a-MRS", "req_meta"},
		{okBody, "req-fpg", "8f1a-MRS", "req_1"},
		{`{}`, "req-fpg", "8f1a-MRS", "req-fpg"},
		{"<html>", "req-fpg", "8f1a-MRS", "req-fpg"},
		{"<html>", "", "8f1a-MRS", "8f1a-MRS"},
		{"", "", "", ""},
		{swap(t, both, "req_body", "req body"), "req-fpg", "", "req_meta"},
		{swap(t, both, "req_body", testKey), "req-fpg", "", "req_meta"},
		{swap(t, withMeta, `"req_meta"`, `["req_meta"]`), "req-fpg", "", "req-fpg"},
		{"", "::error ::x", "8f1a-MRS", "8f1a-MRS"},
		{"", "id-" + testKey, "8f1a-MRS", "8f1a-MRS"},
		{"", "req 1", "8f1a\u00a0", ""},
		{"", strings.Repeat("x", 65), strings.Repeat("y", 64), strings.Repeat("y", 64)},
		{swap(t, okBody, "req_1", testEcho), testUser[1:], "ray-" + testEcho[:12], ""},
	} {
		for _, status := range []int{200, 401, 403, 404, 500} {
			got := Classify(Response{Status: status, Body: []byte(tt.body), RequestID: tt.header, Ray: tt.ray}, secret.NewTraces(secret.New(testKey)))
			if got.RequestID != tt.want {
				t.Errorf("%d, %s, %q, %q: %q, want %q", status, tt.body, tt.header, tt.ray, got.RequestID, tt.want)
			}
		}
	}
}

// The number may be in three places. The lowest one counts.
func TestAttemptsLeft(t *testing.T) {
	t.Parallel()
	details := func(n string) string { return `,"details":{"attemptsLeft":` + n + `}` }
	message := func(text string) string { return `,"message":"` + text + `"` }
	for more, want := range map[string]*int{
		"":                                 nil,
		details("0"):                       new(0),
		details("4"):                       new(4),
		details("19"):                      new(19),
		details("99"):                      new(99),
		details("100"):                     nil,
		details("-1"):                      nil,
		details(`"3"`):                     nil,
		details("3.0"):                     nil,
		details("1e0"):                     nil,
		details("1e9"):                     nil,
		details("99999999999999999999"):    nil,
		details("null"):                    nil,
		details("[3]"):                     nil,
		`,"details":[{"attemptsLeft":3}]`:  nil,
		`,"attemptsLeft":7`:                new(7),
		`,"attemptsLeft":"7"`:              nil,
		`,"attemptsLeft":7` + details("8"): new(7),
		`,"attemptsLeft":7` + details("6") + message("9 attempts left"):               new(6),
		`,"attemptsLeft":7` + details("6") + message("You have 5 attempts left."):     new(5),
		details("600") + message("2 attempts left, then 1 attempt left"):              new(1),
		message("Invalid token. 12 of 20 attempts left before a block of 15 minutes"): new(12),
		`,"details":{"attemptsleft":3}`:                                               nil,
		`,"message":["2 attempts left"]`:                                              nil,
		`,"details":{"message":"2 attempts left"}`:                                    nil,
	} {
		got := Classify(answered(401, problem(CodeInvalid, more)))
		if got.Outcome != Rejected {
			t.Errorf("%s: %+v", more, got)
		}
		testkit.Diff(t, want, got.AttemptsLeft)
	}
}

func TestAttemptsLeftInMessage(t *testing.T) {
	t.Parallel()
	const none = -1
	for message, want := range map[string]int{
		"2 attempts left": 2, "1 attempt left": 1, "0 attempts left": 0, "(3 attempts left)": 3, "19 ATTEMPTS LEFT": 19,
		"Invalid access token, 2 attempts left": 2, "The token is invalid; 4 attempts remaining.": 4,
		"You have 3 more attempts": 3, "you have 1 more login attempt before your IP is blocked for 15 minutes": 1,
		"only 2 remaining attempts": 2, "18 consecutive attempts remain": 18, "2 failed attempts left": 2, "5 attempts are left": 5,
		"you have 4 attempts before your IP is blocked": 4, "3 tries left": 3, "1 try left": 1, "1 more try": 1,
		"2 attempt(s) left": 2, "3 more attempt(s)": 3, "attempt(s) remaining: 1": 1, "Remaining attempt(s): 0": 0, "1 attempt(s) until a block": 1,
		"attempts left: 3": 3, "Attempts left: 3.": 3, "attempts remaining: 0": 0, "remaining attempts = 7, then a block": 7,
		"attemptsLeft: 6": 6, "attempts_left=6": 6, "remainingAttempts: 2": 2, "attempts left 2/5": 2, "attempts: 4 left": 4,
		"2 of 5 attempts left": 2, "2/5 attempts left": 2, "3 of 5 attempts used, 2 left": 2, "after 5 failed attempts, 3 attempts left": 3,

		"": none, "after 5 failed attempts": none, "After 5 failed attempts, your IP will be blocked for 15 minutes.": none,
		"error 12": none, "error 12: no attempts left": none, "attempt 3 of 5": none, "3 failed attempts": none, "blocked after 5 attempts": none,
		"3 of 5 attempts used": none, "-1 attempts left": none, "\u22121 attempts left": none, "1.5 attempts left": none, "100 attempts left": none,
		"1,000 attempts left": none, "1e9 attempts left": none, "attempts left: 300": none, "attempts left: -1": none, "attempts left: 1.5": none,
		"attempts left: 50%": none, "x2 attempts left": none, "two attempts left": none, "\u0662 attempts left": none, "15 minutes left": none,
		"after too many attempts 15 minutes left": none, "2 attempts. 3 left in stock": none, "attempts left: 3rd": none, "2 reattempts left": none,
	} {
		got := none
		if n := attemptsLeft(nil, message); n != nil {
			got = *n
		}
		if got != want {
			t.Errorf("%q: %d, want %d", message, got, want)
		}
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
	for outcome := Unavailable; outcome <= Disabled; outcome++ {
		for code, revoked := range map[string]bool{CodeInvalid: true, CodeAuth: true, "err-auth": true, "Invalid-Access_Token": true, CodeBlocked: false, "OTHER": false, "": false} {
			if got := (Answer{Outcome: outcome, Code: code}).Revoked(); got != (revoked && outcome == Rejected) {
				t.Errorf("outcome %d, code %q: Revoked() = %t", outcome, code, got)
			}
		}
	}
}
