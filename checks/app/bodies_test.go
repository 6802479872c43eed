package app_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/emulator"
)

func TestBodiesNotTrusted(t *testing.T) {
	t.Parallel()
	bodies := map[string][]byte{
		"empty":                          {},
		"white space":                    []byte(" \n"),
		"HTML":                           []byte("<!doctype html><title>Sign in</title>"),
		"null":                           []byte("null"),
		"a list":                         []byte("[" + document + "]"),
		"a text":                         []byte(`"ok"`),
		"an empty object":                []byte("{}"),
		"cut":                            []byte(document[:len(document)-1]),
		"cut in the middle":              []byte(document[:len(document)/2]),
		"a second document behind it":    []byte(document + "{}"),
		"text behind it":                 []byte(document + "x"),
		"a NUL behind it":                []byte(document + "\x00"),
		"10 MB":                          []byte(`{"pad":"` + strings.Repeat("x", 10<<20) + `",` + document[1:]),
		"10 MB of white space in front":  []byte(strings.Repeat(" ", 10<<20) + document),
		"nested 10,000 deep":             edited(`"meta":{`, `"deep":`+strings.Repeat("[", 10_000)+strings.Repeat("]", 10_000)+`,"meta":{`),
		"invalid UTF-8":                  edited("req_1234567890", "req_\xff\xfe"),
		"a BOM":                          []byte("\ufeff" + document),
		"UTF-16":                         []byte("\xff\xfe{\x00}\x00"),
		"single quotes":                  []byte(strings.ReplaceAll(document, `"`, "'")),
		"a trailing comma":               edited(`"scope":"READ-WRITE"`, `"scope":"READ-WRITE",`),
		"a comment":                      edited(`"data":`, `/**/"data":`),
		"success twice":                  edited(`"success":true`, `"success":false,"success":true`),
		"isEnabled twice":                edited(`"isEnabled":true`, `"isEnabled":false,"isEnabled":true`),
		"isEnabled in another case":      edited(`"isEnabled":true`, `"isEnabled":true,"ISENABLED":false`),
		"isEnabled only in another case": edited(`"isEnabled"`, `"isenabled"`),
		"type in another case":           edited(`"type":`, `"Type":"SANDBOX","type":`),
		"scope, escaped":                 edited(`"scope":`, `"\u0073cope":"READ-ONLY","scope":`),
		"type, folded by Unicode":        edited(`"key":`, `"\u212aey":"x","key":`),
		"data twice":                     edited(`"data":`, `"data":{},"data":`),
		"data: a list":                   []byte(`{"success":true,"data":[]}`),
		"apiKey: null":                   []byte(`{"success":true,"data":{"username":"x","apiKey":null}}`),
		"success: false":                 edited(`"success":true`, `"success":false`),
	}
	for name, text := range fields() {
		for what, value := range map[string]string{
			"missing": "", "null": "null", "a number": "1", "a list": "[]", "an object": "{}",
			"of the other type": map[bool]string{true: `"true"`, false: "true"}[text == "true"],
		} {
			replacement := fmt.Sprintf(`"%s":%s,`, name, value)
			if what == "missing" {
				replacement = ""
			}
			bodies[name+": "+what] = edited(fmt.Sprintf(`"%s":%s,`, name, text), replacement)
		}
	}
	rows := table{}
	for name, text := range bodies {
		rows[name] = row{api: body(text), want: unavailable(1)}
	}
	rows["a gzip bomb"] = row{api: always(emulator.Chain(header("Content-Encoding", "gzip"), emulator.Body(200, "application/json", bomb(t)))), want: unavailable(1)}
	rows["HTML, as such"] = row{api: always(emulator.Body(200, "text/html", []byte("<p>hello"))), want: unavailable(1)}
	rows.run(t)
}

// fields is the required fields of the document with their values, each but
// the last of its object.
func fields() map[string]string {
	return map[string]string{
		"success": "true", "username": `"` + theAccount + `"`, "isEnabled": "true", "type": `"PRODUCTION"`,
	}
}

func TestBodiesScope(t *testing.T) {
	t.Parallel()
	rows := table{"missing": {api: body(edited(`,"scope":"READ-WRITE"`, "")), want: unavailable(1)}}
	for _, value := range []string{"null", "1", "true", "[]", "{}", `["READ-WRITE"]`} {
		rows[value] = row{api: body(edited(`"scope":"READ-WRITE"`, `"scope":`+value)), want: unavailable(1)}
	}
	rows.run(t)
}

// bomb is 10 MB in 10 kB.
func bomb(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	block := make([]byte, 1<<20)
	for range 10 {
		if _, err := w.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestBodiesTrusted(t *testing.T) {
	t.Parallel()
	id := func(id string) want {
		w := passes()
		w.More = map[string]string{"request-id": id}
		return w
	}
	var pad strings.Builder
	for i := range 2_000 {
		fmt.Fprintf(&pad, `"field%d":"x",`, i)
	}
	table{
		"as documented":            {api: body([]byte(document)), want: id("req_1234567890_abc123")},
		"in white space":           {api: body([]byte("\r\n " + document + "\n\t")), want: id("req_1234567890_abc123")},
		"without meta and id":      {api: body(edited(`,"meta":{"timestamp":"2025-10-29T00:00:00.000Z"},"requestId":"req_1234567890_abc123"`, "")), want: id("")},
		"without the echo":         {api: body(edited(`"key":"`+theEcho+`",`, "")), want: passes()},
		"the echo is null":         {api: body(edited(`"key":"`+theEcho+`"`, `"key":null`)), want: passes()},
		"the echo is the key":      {api: body(edited(theEcho, theKey)), want: passes()},
		"the echo is a word":       {api: body(edited(theEcho, "PRODUCTION")), want: passes()},
		"the username is a word":   {api: body(edited(theAccount, "READ-WRITE")), want: passes()},
		"the id is null":           {api: body(edited(`"req_1234567890_abc123"`, "null")), want: id("")},
		"the id is a number":       {api: body(edited(`"req_1234567890_abc123"`, "7")), want: id("")},
		"the id is not safe":       {api: body(edited(`req_1234567890_abc123`, `$(id)\n::error::x`)), want: id("")},
		"the id is too long":       {api: body(edited(`req_1234567890_abc123`, strings.Repeat("x", 65))), want: id("")},
		"the longest id":           {api: body(edited(`req_1234567890_abc123`, strings.Repeat("x", 64))), want: id(strings.Repeat("x", 64))},
		"the id is the key":        {api: body(edited(`req_1234567890_abc123`, theKey)), want: id("")},
		"the id is the echo":       {api: body(edited(`req_1234567890_abc123`, theEcho)), want: id("")},
		"the id holds the account": {api: body(edited(`req_1234567890_abc123`, "req_"+theAccount[1:])), want: id("")},
		"unknown fields":           {api: body(edited(`"meta":{`, pad.String()+`"meta":{"more":[1,{"x":null}],`)), want: passes()},
		"another content type":     {api: always(emulator.Body(200, "text/plain", []byte(document))), want: passes()},
		"disabled":                 {api: body(edited(`"isEnabled":true`, `"isEnabled":false`)), want: mismatches("state")},
		"disabled, as expected": {
			api: body(edited(`"isEnabled":true`, `"isEnabled":false`)), given: map[string]string{"expect-state": "disabled"}, want: passes()},
		"enabled, where disabled is expected": {
			given: map[string]string{"expect-state": "disabled"}, want: mismatches("state")},
	}.run(t)
}
