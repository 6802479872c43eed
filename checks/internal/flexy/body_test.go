package flexy

import (
	"net/netip"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/test/testkit"
)

// badBodies change okBody so that a 200 cannot be trusted.
var badBodies = []struct{ name, old, replacement string }{
	{"success a string", `"success":true`, `"success":"true"`},
	{"success missing", `"success":true,`, ``},
	{"success, other case only", `"success"`, `"SUCCESS"`},
	{"data null", `"data":{`, `"data":null,"date":{`},
	{"apiKey, Kelvin sign only", `"apiKey"`, "\"api\u212aey\""},
	{"apiKey a list", `"apiKey":{`, `"apiKey":[{}],"api":{`},
	{"username null", `"` + testUser + `"`, `null`},
	{"username a number", `"` + testUser + `"`, `213665983439`},
	{"isEnabled, other case only", `"isEnabled"`, `"isenabled"`},
	{"isEnabled a string", `"isEnabled":true`, `"isEnabled":"true"`},
	{"type null", `"PRODUCTION"`, `null`},
	{"type a number", `"PRODUCTION"`, `1`},
	{"scope a boolean", `"READ-WRITE"`, `true`},

	{"success twice", `"success":true`, `"success":true,"success":true`},
	{"success twice, first upper", `"success":true`, `"Success":false,"success":true`},
	{"isEnabled twice, escaped", `"isEnabled":true`, `"\u0069sEnabled":false,"isEnabled":true`},
	{"apiKey twice, escaped Kelvin sign", `"apiKey":{`, `"api\u212aey":{},"apiKey":{`},
	{"data twice", `"data":{`, `"data":{},"data":{`},
	{"twice in meta, which is not used", `"timestamp"`, `"Timestamp":"","timestamp"`},
	{"twice in a list, which is not used", `"allowedips":[]`, `"allowedips":[[{"a":1,"A":2}]]`},
	{"an empty name twice", `"meta":{`, `"meta":{"":1,"":2,`},
	{"three folds of sigma", `"meta":{`, `"meta":{"σ":1,"ς":2,`},

	{"cut", `"req_1"}`, `"req_1"`},
	{"trailing text", `"req_1"}`, `"req_1"}x`},
	{"another document", `"req_1"}`, `"req_1"} {}`},
	{"a comment", `"req_1"}`, `"req_1"/**/}`},
	{"a control character in a string", `req_1`, "req\n1"},
	{"not UTF-8 in a value", `req_1`, "req\xff1"},
	{"not UTF-8 in a name", `"meta"`, "\"met\xe0\""},
	{"an invalid number", `"req_1"`, `01`},
	{"nested too deep", `"meta":{`, `"meta":` + nest(maxDepth) + `,"metas":{`},
	{"lists nested too deep", `"meta":{`, `"meta":` + strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth) + `,"metas":{`},
	{"nested 10,000 deep", `"meta":{`, `"meta":` + nest(10_000) + `,"metas":{`},
}

// nest returns objects nested n deep.
func nest(n int) string {
	return strings.Repeat(`{"a":`, n-1) + `{}` + strings.Repeat(`}`, n-1)
}

func TestClassifyBadBodies(t *testing.T) {
	t.Parallel()
	for _, tt := range badBodies {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := Classify(answered(200, swap(t, okBody, tt.old, tt.replacement)), secret.NewTraces(secret.New(testKey)))
			fault := got.Fault
			got.RequestID, got.Fault = "", 0
			testkit.Diff(t, Answer{Status: 200}, got)
			testkit.Diff(t, FaultShape, fault)
		})
	}
	for name, body := range map[string]string{
		"a byte order mark": "\ufeff" + okBody,
		"in a list":         "[" + okBody + "]",
		"a closing bracket": "}",
		"blank":             " \n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testkit.Diff(t, Answer{Status: 200, Fault: FaultShape}, Classify(answered(200, body)))
		})
	}
}

func TestClassifyGoodBodies(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		old, replacement string
		change           func(*Answer)
	}{
		"as documented":            {},
		"other names":              {`"meta":{`, `"more":[1,-2.5e3,true,null,{"a":[]}],"meta":{"":"",`, nil},
		"an escaped name":          {`"isEnabled"`, `"\u0069sEnabled"`, nil},
		"maximum depth":            {`"meta":{`, `"more":` + nest(maxDepth-1) + `,"meta":{`, nil},
		"lists, maximum depth":     {`"meta":{`, `"more":` + strings.Repeat("[", maxDepth-1) + strings.Repeat("]", maxDepth-1) + `,"meta":{`, nil},
		"same name, other objects": {`"meta":{`, `"meta":{"success":false,"data":{},`, nil},
		"disabled":                 {`"isEnabled":true`, `"isEnabled":false`, func(a *Answer) { a.Key.Enabled = false }},
		"read only":                {`"READ-WRITE"`, `"READ-ONLY"`, func(a *Answer) { a.Key.Scope = ReadOnly }},
		"unknown type":             {`"PRODUCTION"`, `"STAGING"`, func(a *Answer) { a.Key.Type = "STAGING" }},
		"type, blank":              {`"PRODUCTION"`, `""`, func(a *Answer) { a.Key.Type = "" }},
		"type, not safe":           {`"PRODUCTION"`, `"PRO DUCTION"`, func(a *Answer) { a.Key.Type = "" }},
		"scope, not safe":          {`"READ-WRITE"`, `"READ|WRITE"`, func(a *Answer) { a.Key.Scope = "" }},
		"username blank":           {testUser, ``, func(a *Answer) { a.Key.Username = secret.Value{} }},
		"key missing":              {`"key":"` + testEcho + `",`, ``, func(a *Answer) { a.Key.Echo = secret.Value{} }},
		"key a number":             {`"` + testEcho + `"`, `1`, func(a *Answer) { a.Key.Echo = secret.Value{} }},
		"requestId missing":        {`,"requestId":"req_1"`, ``, func(a *Answer) { a.RequestID = "" }},
		"requestId a number":       {`"req_1"`, `1`, func(a *Answer) { a.RequestID = "" }},
		"requestId not safe":       {`req_1`, `req_1;id`, func(a *Answer) { a.RequestID = "" }},
		"requestId 64 long":        {`req_1`, strings.Repeat("x", 64), func(a *Answer) { a.RequestID = strings.Repeat("x", 64) }},
		"requestId 65 long":        {`req_1`, strings.Repeat("x", 65), func(a *Answer) { a.RequestID = "" }},
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
			testkit.Diff(t, want, Classify(answered(200, body), secret.NewTraces(secret.New(testKey))))
		})
	}
}

func TestNoAllowlist(t *testing.T) {
	t.Parallel()
	got := Classify(answered(200, swap(t, okBody, `"allowedips":[],`, "")))
	testkit.Diff(t, Allowlist{Missing: true}, got.Key.AllowedIPs)
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
		`["::ffff:203.0.113.45"]`:         known(v4),
		`["2001:0DB8:0000:0:0:0:0:0001"]`: known(v6),
		`[" 203.0.113.45 "]`:              known(v4),
		`["203.0.113.45\r",""," \t"]`:     known(v4),
		`["","2001:db8::1"]`:              known(v6),
		`["\u00a0203.0.113.45"]`:          known(v4),
		`[""]`:                            {},
		`["  ",""]`:                       {},
		`["203.0.113.45 203.0.113.46"]`:   {},
		`["203.0.113.45",null]`:           {},
		`null`:                            {Missing: true},
		`"203.0.113.45"`:                  {},
		`{}`:                              {},
		`[null]`:                          {},
		`[3405803821]`:                    {},
		`["203.0.113.45",{}]`:             {},
		`["203.0.113.0/24"]`:              {},
		`["fe80::1%eth0"]`:                {},
		`["::ffff:203.0.113.45%1"]`:       {},
		`["localhost"]`:                   {},
	}
	for text, allowed := range tests {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			want := accept()
			want.Key.AllowedIPs = allowed
			testkit.Diff(t, want, Classify(answered(200, swap(t, okBody, `"allowedips":[]`, `"allowedips":`+text))))
		})
	}
}
