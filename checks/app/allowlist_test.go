package app_test

import (
	"fmt"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/emulator"
)

// listed is the document with another allowlist, as JSON.
func listed(json string) func(*emulator.API) {
	return body(edited(`"allowedips":[]`, `"allowedips":`+json))
}

func allowing(ips string) want {
	w := passes()
	w.More = map[string]string{"allowed-ips": ips}
	return w
}

// What is no list of addresses makes the checks that need one unknown, and
// nothing else.
func TestAllowlistNotReadable(t *testing.T) {
	t.Parallel()
	lists := map[string]string{
		"null": "null", "a text": `"203.0.113.45"`, "a number": "1", "an object": `{"0":"203.0.113.45"}`, "true": "true",
		"an empty object in it": "[{}]", "a number in it": "[3405803821]", "null in it": "[null]", "a list in it": `[["203.0.113.45"]]`,
		"no address in it": `["everywhere"]`, "a range in it": `["203.0.113.0/24"]`, "a port in it": `["203.0.113.45:443"]`,
		"a zone in it": `["fe80::1%eth0"]`, "a blank in it": `[""]`, "white space in it": `[" 203.0.113.45"]`,
		"an address and something else": `["203.0.113.45",{}]`, "a leading zero in it": `["203.0.113.045"]`,
		"a command in it": `["203.0.113.45\n::error::x"]`,
	}
	apis := map[string]func(*emulator.API){"missing": body(edited(`"allowedips":[],`, ""))}
	for name, json := range lists {
		apis[name] = listed(json)
	}
	rows := table{}
	for name, api := range apis {
		rows[name] = row{api: api, want: allowing("")}
		for input, values := range map[string][]string{
			"expect-allowed-ips": {"restricted", "unrestricted", "203.0.113.45"},
			"must-allow-ips":     {"203.0.113.45"},
		} {
			check := strings.TrimPrefix(input, "expect-")
			for _, value := range values {
				rows[name+", "+input+" "+value] = row{api: api, given: map[string]string{input: value}, want: mismatches(check)}
			}
			rows[name+", warn on "+input] = row{api: api, given: map[string]string{input: values[0], "warn-on": check}, want: warns(check)}
		}
	}
	rows.run(t)
}

func TestAllowlistCompared(t *testing.T) {
	t.Parallel()
	const (
		exact = "expect-allowed-ips"
		must  = "must-allow-ips"
	)
	wrong := func(check, says string) want { return mismatches(check).with(says) }
	rows := table{}
	for _, tt := range []struct {
		list, input, value string
		want               want
	}{
		{`[]`, exact, "unrestricted", allowing("[]")},
		{`[]`, exact, "restricted", wrong("allowed-ips", "restricted")},
		{`[]`, exact, "203.0.113.45", wrong("allowed-ips", `missing.*203\.0\.113\.45`)},
		{`[]`, must, "203.0.113.45", allowing("[]")},
		{`["203.0.113.45"]`, exact, "restricted", allowing(`["203.0.113.45"]`)},
		{`["203.0.113.45"]`, exact, "unrestricted", wrong("allowed-ips", `203\.0\.113\.45`)},
		{`["203.0.113.45"]`, exact, "203.0.113.45", allowing(`["203.0.113.45"]`)},
		{`["203.0.113.45"]`, must, "203.0.113.45", allowing(`["203.0.113.45"]`)},
		{`["203.0.113.45"]`, must, "203.0.113.46", wrong("must-allow-ips", `203\.0\.113\.46`)},
		{`["203.0.113.45","203.0.113.46"]`, exact, "203.0.113.46,203.0.113.45,203.0.113.46", passes()},
		{`["203.0.113.45","203.0.113.46"]`, exact, "203.0.113.46", wrong("allowed-ips", `extra.*203\.0\.113\.45`)},
		{`["203.0.113.45","203.0.113.46"]`, exact, "203.0.113.46 203.0.113.47", wrong("allowed-ips", `missing.*203\.0\.113\.47.*extra.*203\.0\.113\.45`)},
		{`["203.0.113.45","203.0.113.46"]`, must, "203.0.113.46", passes()},
		{`["203.0.113.45","203.0.113.45"]`, exact, "203.0.113.45", passes()},
		{`["::ffff:203.0.113.45"]`, exact, "203.0.113.45", allowing(`["203.0.113.45"]`)},
		{`["203.0.113.45"]`, exact, "::ffff:203.0.113.45", passes()},
		{`["203.0.113.45"]`, must, "::FFFF:CB00:712D", passes()},
		{`["2001:0DB8:0000:0000:0000:0000:0000:0001"]`, exact, "2001:db8::1", allowing(`["2001:db8::1"]`)},
		{`["2001:db8::1"]`, must, "2001:db8:0:0::1", passes()},
		{`["2001:db8::1"]`, must, "2001:db8::10", wrong("must-allow-ips", "2001:db8::10")},
	} {
		name := fmt.Sprintf("%s, %s %s", tt.list, tt.input, tt.value)
		rows[name] = row{api: listed(tt.list), given: map[string]string{tt.input: tt.value}, want: tt.want}
	}
	rows.run(t)
}

// The longest allowlist that fits into an answer does not fit into the result
// with everything else.
func TestAllowlistLong(t *testing.T) {
	t.Parallel()
	n := (64<<10 - len(document) - 16) / len(`"203.0.113.45",`)
	ips := "[" + strings.TrimSuffix(strings.Repeat(`"203.0.113.45",`, n), ",") + "]"
	table{
		"fits":       {api: listed(ips), want: allowing(ips)},
		"by all two": {api: listed(ips), given: map[string]string{"must-allow-ips": "203.0.113.45", "expect-allowed-ips": "203.0.113.45"}, want: allowing(ips)},
	}.run(t)
}
