package flexy

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/test/testkit"
)

const testToken = "ghp_0123456789abcdefTOKEN"

// An answer does not show the key that was sent, the echoed key, the account or a
// token, wherever the API repeats them. Package secret proves in which forms.
func TestNothingGivenAway(t *testing.T) {
	t.Parallel()
	bodies := map[string]struct {
		status   int
		body     string
		personal bool // whether the body describes the account
	}{
		"type":                           {200, strings.Replace(okBody, "PRODUCTION", "%s", 1), true},
		"scope":                          {200, strings.Replace(okBody, "READ-WRITE", "%s", 1), true},
		"requestId":                      {200, strings.Replace(okBody, "req_1", "%s", 1), true},
		"requestId of another shape":     {200, strings.NewReplacer("req_1", "%s", `"isEnabled":true,`, "").Replace(okBody), true},
		"requestId of a contradiction":   {401, strings.Replace(okBody, "req_1", "%s", 1), true},
		"requestId of a fault with data": {500, strings.NewReplacer("req_1", "%s", `"success":true`, `"success":false`).Replace(okBody), true},
		"requestId without the rest":     {200, `{"requestId":"%s"}`, false},
		"requestId of a refusal":         {401, `{"success":false,"error":{"code":"ERR_AUTH"},"requestId":"%s"}`, false},
		"code":                           {401, problem("%s", ""), false},
		"code of a fault":                {500, problem("%s", ""), false},
		"code of a refusal with data":    {403, `{"success":false,"error":{"code":"%s"},"data":{"username":"` + testUser + `","apiKey":{"key":"` + testEcho + `"}}}`, true},
	}
	for name, tt := range bodies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, s := range []string{testKey, testToken, testEcho, testUser} {
				if (s == testEcho || s == testUser) && !tt.personal {
					continue
				}
				for _, text := range []string{s, "req_" + s + ".1", strings.TrimPrefix(s, "+"), "x" + s[2:10] + "x", hex.EncodeToString([]byte(s))} {
					got := Classify(answered(tt.status, fmt.Sprintf(tt.body, text)), secret.NewTraces(secret.New(testKey), secret.New(testToken)))
					for field, shown := range shownFields(got) {
						if strings.Contains(shown, text) {
							t.Errorf("%s shows %q, which reveals %s…", field, shown, s[:4])
						}
					}
				}
			}
		})
	}
}

// The digits alone also reveal a phone number.
func TestPhoneNumberGivenAway(t *testing.T) {
	t.Parallel()
	for _, username := range []string{"+213 665 98 34 39", "+213-665-983-439", "(213) 665.983.439"} {
		got := Classify(answered(200, swap(t, swap(t, okBody, testUser, username), "req_1", "req_213665983439")))
		testkit.Diff(t, "", got.RequestID)
	}
	// So do numbers in place of texts.
	for old, number := range map[string]string{testUser: "213665983439", testEcho: "4807112233445566"} {
		got := Classify(answered(200, swap(t, swap(t, okBody, `"`+old+`"`, number), "req_1", "req_"+number)))
		testkit.Diff(t, "", got.RequestID)
	}
}

// A text that shares fewer than eight characters with a secret may be shown.
func TestNotGivenAway(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"req_" + testKey[:7], "req_1", testUser[1:8], "SANDBOX_2"} {
		got := Classify(answered(200, swap(t, okBody, "req_1", text)), secret.NewTraces(secret.New(testKey)))
		testkit.Diff(t, text, got.RequestID)
	}
	// A documented word is not a secret, even if a key contains it.
	got := Classify(answered(401, problem(CodeInvalid, "")), secret.NewTraces(secret.New("test-invalid_access_token")))
	testkit.Diff(t, CodeInvalid, got.Code)
}

// shownFields returns the texts of an answer that callers show.
func shownFields(a Answer) map[string]string {
	fields := map[string]string{
		"Type": a.Key.Type, "Scope": a.Key.Scope, "Code": a.Code, "RequestID": a.RequestID,
		"Environment": a.Environment, "AllowedIPs": fmt.Sprint(a.Key.AllowedIPs.Addrs),
	}
	fields["notice"] = fmt.Sprint(a.Explain())
	return fields
}

// An Answer can be printed, encoded and logged as it is.
func TestAnswerIsSilent(t *testing.T) {
	t.Parallel()
	a := Classify(answered(200, okBody), secret.NewTraces(secret.New(testKey)))
	balance := ClassifyBalance(answered(200, balanceBody(testAmount)))
	encoded, err := json.Marshal([]Answer{a, balance})
	testkit.NoError(t, err)
	texts := []string{string(encoded)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		texts = append(texts, fmt.Sprintf(verb, a), fmt.Sprintf(verb, balance), fmt.Sprintf(verb, []any{balance.Amount, &balance.Amount}))
	}
	for _, text := range texts {
		if secret.NewTraces(secret.New(testKey), secret.New(testEcho), secret.New(testUser), secret.New(testAmount)).In(text) {
			t.Errorf("leaks: %s", text)
		}
	}
}
