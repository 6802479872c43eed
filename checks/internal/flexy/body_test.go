package flexy

import (
	"net/netip"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/testkit"
)

// What makes a 200 worthless: each row changes okBody.
var badBodies = []struct{ name, old, replacement string }{
	{"success a string", `"success":true`, `"success":"true"`},
	{"success a number", `"success":true`, `"success":1`},
	{"success null", `"success":true`, `"success":null`},
	{"success missing", `"success":true,`, ``},
	{"success, other case only", `"success"`, `"SUCCESS"`},
	{"data missing", `"data"`, `"date"`},
	{"data null", `"data":{`, `"data":null,"date":{`},
	{"data a list", `"data":{`, `"data":[],"date":{`},
	{"apiKey missing", `"apiKey"`, `"api"`},
	{"apiKey, other case only", `"apiKey"`, `"apikey"`},
	{"apiKey, Kelvin sign only", `"apiKey"`, "\"api\u212aey\""},
	{"apiKey a string", `"apiKey":{`, `"apiKey":"x","api":{`},
	{"apiKey a list", `"apiKey":{`, `"apiKey":[{}],"api":{`},
	{"username missing", `"username"`, `"user"`},
	{"username null", `"` + testUser + `"`, `null`},
	{"username a number", `"` + testUser + `"`, `213665983439`},
	{"username a list", `"` + testUser + `"`, `["` + testUser + `"]`},
	{"isEnabled missing", `"isEnabled"`, `"enabled"`},
	{"isEnabled, other case only", `"isEnabled"`, `"isenabled"`},
	{"isEnabled null", `"isEnabled":true`, `"isEnabled":null`},
	{"isEnabled a string", `"isEnabled":true`, `"isEnabled":"true"`},
	{"isEnabled a number", `"isEnabled":true`, `"isEnabled":1`},
	{"type missing", `"type"`, `"kind"`},
	{"type null", `"PRODUCTION"`, `null`},
	{"type a number", `"PRODUCTION"`, `1`},
	{"type a list", `"PRODUCTION"`, `["PRODUCTION"]`},
	{"scope missing", `"scope"`, `"scopes"`},
	{"scope null", `"READ-WRITE"`, `null`},
	{"scope a boolean", `"READ-WRITE"`, `true`},
	{"scope a list", `"READ-WRITE"`, `["READ-WRITE"]`},

	{"success twice", `"success":true`, `"success":true,"success":true`},
	{"success twice, the last false", `"requestId"`, `"success":false,"requestId"`},
	{"success twice, first upper", `"success":true`, `"Success":false,"success":true`},
	{"success twice, long s", `"success":true`, "\"success\":true,\"\u017fuccess\":false"},
	{"success twice, escaped", `"success":true`, `"success":true,"\u0073uccess":false`},
	{"isEnabled twice, escaped", `"isEnabled":true`, `"\u0069sEnabled":false,"isEnabled":true`},
	{"isEnabled twice, upper", `"isEnabled":true`, `"isEnabled":true,"ISENABLED":false`},
	{"isEnabled twice, escaped long s", `"isEnabled":true`, `"isEnabled":true,"i\u017fEnabled":false`},
	{"apiKey twice, Kelvin sign", `"apiKey":{`, "\"api\u212aey\":{},\"apiKey\":{"},
	{"apiKey twice, escaped Kelvin sign", `"apiKey":{`, `"api\u212aey":{},"apiKey":{`},
	{"key twice, Kelvin sign", `"key"`, "\"\u212aey\":\"x\",\"key\""},
	{"data twice", `"data":{`, `"data":{},"data":{`},
	{"twice in meta, where nobody looks", `"timestamp"`, `"Timestamp":"","timestamp"`},
	{"twice in a list, where nobody looks", `"allowedips":[]`, `"allowedips":[[{"a":1,"A":2}]]`},
	{"twice blank", `"meta":{`, `"meta":{"":1,"":2,`},
	{"twice beyond ASCII", `"meta":{`, `"meta":{"é":1,"É":2,`},
	{"three folds of sigma", `"meta":{`, `"meta":{"σ":1,"ς":2,`},

	{"cut", `"req_1"}`, `"req_1"`},
	{"cut in a string", `"req_1"}`, `"req_`},
	{"something behind", `"req_1"}`, `"req_1"}x`},
	{"a document behind", `"req_1"}`, `"req_1"} {}`},
	{"NUL behind", `"req_1"}`, "\"req_1\"}\x00"},
	{"a comma too many", `"req_1"}`, `"req_1",}`},
	{"a comment", `"req_1"}`, `"req_1"/**/}`},
	{"single quotes", `"req_1"`, `'req_1'`},
	{"a control character in a string", `req_1`, "req\n1"},
	{"not UTF-8 in a value", `req_1`, "req\xff1"},
	{"not UTF-8 in a name", `"meta"`, "\"met\xe0\""},
	{"a surrogate in UTF-8", `req_1`, "req\xed\xa0\x801"},
	{"a number that is none", `"req_1"`, `01`},
	{"NaN", `"req_1"`, `NaN`},
	{"nested too deep", `"meta":{`, `"meta":` + nest(maxDepth) + `,"metas":{`},
	{"lists nested too deep", `"meta":{`, `"meta":` + strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth) + `,"metas":{`},
	{"nested 10,000 deep", `"meta":{`, `"meta":` + nest(10_000) + `,"metas":{`},
	{"nested 10,000 deep and not closed", `"meta":{`, `"meta":` + strings.Repeat("[", 10_000)},
}

// nest is an object in an object …, n deep.
func nest(n int) string {
	return strings.Repeat(`{"a":`, n-1) + `{}` + strings.Repeat(`}`, n-1)
}

func TestClassifyBadBodies(t *testing.T) {
	t.Parallel()
	for _, tt := range badBodies {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := Classify(200, []byte(swap(t, okBody, tt.old, tt.replacement)), secret.NewTraces(secret.New(testKey)))
			fault := got.Fault
			got.RequestID, got.Fault = "", 0
			testkit.Diff(t, Answer{Status: 200}, got)
			testkit.Diff(t, FaultShape, fault)
		})
	}
	for name, body := range map[string]string{
		"a byte order mark": "\ufeff" + okBody,
		"UTF-16":            "\xff\xfe{\x00}\x00",
		"in a list":         "[" + okBody + "]",
		"in a string":       `"{}"`,
		"a closing bracket": "}",
		"blank":             " \n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testkit.Diff(t, Answer{Status: 200, Fault: FaultShape}, Classify(200, []byte(body)))
		})
	}
}

func TestClassifyGoodBodies(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		old, replacement string
		change           func(*Answer)
	}{
		"as documented":           {},
		"without meta":            {`"meta":{"timestamp":"2025-10-29T00:00:00.000Z"},`, ``, nil},
		"meta null":               {`{"timestamp":"2025-10-29T00:00:00.000Z"}`, `null`, nil},
		"unknown names":           {`"meta":{`, `"more":[1,-2.5e3,true,null,{"a":[]}],"meta":{"":"",`, nil},
		"white space":             {`"requestId"`, "\r\n\t \"requestId\"", nil},
		"an escaped name":         {`"isEnabled"`, `"\u0069sEnabled"`, nil},
		"as deep as may be":       {`"meta":{`, `"more":` + nest(maxDepth-1) + `,"meta":{`, nil},
		"lists as deep as may be": {`"meta":{`, `"more":` + strings.Repeat("[", maxDepth-1) + strings.Repeat("]", maxDepth-1) + `,"meta":{`, nil},
		"same name, other places": {`"meta":{`, `"meta":{"success":false,"data":{},`, nil},
		"disabled":                {`"isEnabled":true`, `"isEnabled":false`, func(a *Answer) { a.Key.Enabled = false }},
		"sandbox":                 {`"PRODUCTION"`, `"SANDBOX"`, func(a *Answer) { a.Key.Type = Sandbox }},
		"read only":               {`"READ-WRITE"`, `"READ-ONLY"`, func(a *Answer) { a.Key.Scope = ReadOnly }},
		"unknown type":            {`"PRODUCTION"`, `"STAGING"`, func(a *Answer) { a.Key.Type = "STAGING" }},
		"type, other case":        {`"PRODUCTION"`, `"production"`, func(a *Answer) { a.Key.Type = "production" }},
		"type, blank":             {`"PRODUCTION"`, `""`, func(a *Answer) { a.Key.Type = "" }},
		"type, not safe":          {`"PRODUCTION"`, `"PRO DUCTION"`, func(a *Answer) { a.Key.Type = "" }},
		"unknown scope":           {`"READ-WRITE"`, `"ADMIN"`, func(a *Answer) { a.Key.Scope = "ADMIN" }},
		"scope, not safe":         {`"READ-WRITE"`, `"READ|WRITE"`, func(a *Answer) { a.Key.Scope = "" }},
		"username blank":          {testUser, ``, func(a *Answer) { a.Key.Username = secret.Value{} }},
		"key missing":             {`"key":"` + testEcho + `",`, ``, func(a *Answer) { a.Key.Echo = secret.Value{} }},
		"key null":                {`"` + testEcho + `"`, `null`, func(a *Answer) { a.Key.Echo = secret.Value{} }},
		"key a number":            {`"` + testEcho + `"`, `1`, func(a *Answer) { a.Key.Echo = secret.Value{} }},
		"requestId missing":       {`,"requestId":"req_1"`, ``, func(a *Answer) { a.RequestID = "" }},
		"requestId null":          {`"req_1"`, `null`, func(a *Answer) { a.RequestID = "" }},
		"requestId a number":      {`"req_1"`, `1`, func(a *Answer) { a.RequestID = "" }},
		"requestId not safe":      {`req_1`, `req_1;id`, func(a *Answer) { a.RequestID = "" }},
		"requestId 64 long":       {`req_1`, strings.Repeat("x", 64), func(a *Answer) { a.RequestID = strings.Repeat("x", 64) }},
		"requestId 65 long":       {`req_1`, strings.Repeat("x", 65), func(a *Answer) { a.RequestID = "" }},
		"requestId and a command": {`req_1`, `\n::error::x`, func(a *Answer) { a.RequestID = "" }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body, want := okBody, accept()
			if tt.old != "" {
				body = swap(t, okBody, tt.old, tt.replacement)
			}
			if tt.change != nil {
				tt.change(&want)
			}
			testkit.Diff(t, want, Classify(200, []byte(body), secret.NewTraces(secret.New(testKey))))
		})
	}
}

func TestAllowlist(t *testing.T) {
	t.Parallel()
	v4, v6 := netip.MustParseAddr("203.0.113.45"), netip.MustParseAddr("2001:db8::1")
	known := func(addrs ...netip.Addr) Allowlist {
		return Allowlist{Known: true, Addrs: append([]netip.Addr{}, addrs...)}
	}
	tests := map[string]Allowlist{
		`[]`:                              known(),
		`["203.0.113.45"]`:                known(v4),
		`["203.0.113.45","2001:db8::1"]`:  known(v4, v6),
		`["2001:db8::1","203.0.113.45"]`:  known(v6, v4),
		`["::ffff:203.0.113.45"]`:         known(v4),
		`["::FFFF:cb00:712d"]`:            known(v4),
		`["2001:0DB8:0000:0:0:0:0:0001"]`: known(v6),
		`null`:                            {},
		`""`:                              {},
		`"203.0.113.45"`:                  {},
		`{}`:                              {},
		`{"0":"203.0.113.45"}`:            {},
		`true`:                            {},
		`0`:                               {},
		`[{}]`:                            {},
		`[null]`:                          {},
		`[""]`:                            {},
		`[[]]`:                            {},
		`[["203.0.113.45"]]`:              {},
		`[3405803821]`:                    {},
		`["203.0.113.45",{}]`:             {},
		`[{"ip":"203.0.113.45"}]`:         {},
		`["203.0.113.0/24"]`:              {},
		`["203.0.113.45:443"]`:            {},
		`[" 203.0.113.45"]`:               {},
		`["203.0.113.045"]`:               {},
		`["fe80::1%eth0"]`:                {},
		`["::ffff:203.0.113.45%1"]`:       {},
		`["*"]`:                           {},
		`["localhost"]`:                   {},
	}
	for text, allowed := range tests {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			want := accept()
			want.Key.AllowedIPs = allowed
			testkit.Diff(t, want, Classify(200, []byte(swap(t, okBody, `"allowedips":[]`, `"allowedips":`+text))))
		})
	}
	t.Run("missing", func(t *testing.T) {
		t.Parallel()
		want := accept()
		want.Key.AllowedIPs = Allowlist{}
		testkit.Diff(t, want, Classify(200, []byte(swap(t, okBody, `"allowedips":[],`, ``))))
	})
}
