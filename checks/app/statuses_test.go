package app_test

import (
	"fmt"
	"testing"

	"flexy-key-check/checks/internal/emulator"
)

// invalid is a key that the API rejects.
func invalid(code, attemptsLeft string) want {
	return want{Code: 1, Sends: 1, Verdict: "invalid", Valid: "false", ErrorCode: code, AttemptsLeft: attemptsLeft,
		Annotations: []string{"error: api-key: invalid"}}
}

// unjudged is a run that the API refused, or answered in a way that cannot be
// trusted, with an error code.
func unjudged(verdict, code string) want {
	return want{Code: 3, Sends: 1, Verdict: verdict, ErrorCode: code, Annotations: []string{"error: api-key: " + verdict}}
}

func TestStatusesRejected(t *testing.T) {
	t.Parallel()
	const notAgain = `(?i)(not|n't) (re-?run|run).*15 minutes`
	table{
		"attempts left: 4":       {api: revoked, want: invalid("INVALID_ACCESS_TOKEN", "4").with(`\b4\b`)},
		"attempts left: 2":       {api: rejected("INVALID_ACCESS_TOKEN", 2), want: invalid("INVALID_ACCESS_TOKEN", "2").with(`\b2\b`)},
		"attempts left: 1":       {api: rejected("INVALID_ACCESS_TOKEN", 1), want: invalid("INVALID_ACCESS_TOKEN", "1").with(notAgain)},
		"attempts left: 0":       {api: rejected("INVALID_ACCESS_TOKEN", 0), want: invalid("INVALID_ACCESS_TOKEN", "0").with(notAgain)},
		"attempts left: 5":       {api: rejected("INVALID_ACCESS_TOKEN", 5), want: invalid("INVALID_ACCESS_TOKEN", "5")},
		"attempts left: missing": {api: rejected("INVALID_ACCESS_TOKEN", nil), want: invalid("INVALID_ACCESS_TOKEN", "")},
		"attempts left: text":    {api: rejected("INVALID_ACCESS_TOKEN", "3"), want: invalid("INVALID_ACCESS_TOKEN", "")},
		"attempts left: -1":      {api: rejected("INVALID_ACCESS_TOKEN", -1), want: invalid("INVALID_ACCESS_TOKEN", "")},
		"attempts left: 6":       {api: rejected("INVALID_ACCESS_TOKEN", 6), want: invalid("INVALID_ACCESS_TOKEN", "")},
		"attempts left: 1e9":     {api: rejected("INVALID_ACCESS_TOKEN", 1e9), want: invalid("INVALID_ACCESS_TOKEN", "")},
		"attempts left: 2.5":     {api: rejected("INVALID_ACCESS_TOKEN", 2.5), want: invalid("INVALID_ACCESS_TOKEN", "")},
		"attempts left: null":    {api: answering(401, `{"success":false,"error":{"code":"INVALID_ACCESS_TOKEN","details":{"attemptsLeft":null}}}`), want: invalid("INVALID_ACCESS_TOKEN", "")},
		"details: a list":        {api: answering(401, `{"success":false,"error":{"code":"INVALID_ACCESS_TOKEN","details":[3]}}`), want: invalid("INVALID_ACCESS_TOKEN", "")},
		"ERR_AUTH":               {api: rejected("ERR_AUTH", 3), want: invalid("ERR_AUTH", "3")},
		"another code":           {api: rejected("TOKEN_EXPIRED", 3), want: invalid("TOKEN_EXPIRED", "3")},
		"a code in another case": {api: rejected("invalid_access_token", nil), want: invalid("invalid_access_token", "")},
		"a code that is not safe to show": {
			api: rejected("x\n::error::boo $(rm -rf /)", nil), want: invalid("", "")},
		"a code that is the key":     {api: rejected(theKey, nil), want: invalid("", "")},
		"no message and no id":       {api: answering(401, `{"success":false,"error":{"code":"INVALID_ACCESS_TOKEN"}}`), want: invalid("INVALID_ACCESS_TOKEN", "")},
		"where disabled is expected": {api: revoked, given: map[string]string{"expect-state": "disabled"}, want: invalid("INVALID_ACCESS_TOKEN", "4")},
		"not softened": {api: revoked, given: map[string]string{"on-unavailable": "warn", "on-ip-not-allowed": "warn", "warn-on": "state,type,scope,account,allowed-ips,must-allow-ips,rotation"},
			want: invalid("INVALID_ACCESS_TOKEN", "4")},
	}.run(t)
}

func TestStatusesAddress(t *testing.T) {
	t.Parallel()
	ipNotAllowed := unjudged("blocked", "IP_NOT_ALLOWED")
	known := ipNotAllowed
	known.RunnerIP = "203.0.113.45"
	contrary := known
	contrary.Code, contrary.Verdict, contrary.Annotations = 1, "mismatch", []string{"error: api-key: type"}
	table{
		"IP_BLOCKED":                    {api: blocked, want: unjudged("blocked", "IP_BLOCKED").with(`12:15(:00)? UTC(?s).*another job`)},
		"IP_BLOCKED with 401":           {api: rejected("IP_BLOCKED", nil), want: unjudged("blocked", "IP_BLOCKED")},
		"IP_NOT_ALLOWED":                {api: refused(notAllowed), want: known.with(`203\.0\.113\.45.*PRODUCTION(?s).*(allowlisted|dashboard)`)},
		"IP_NOT_ALLOWED with 401":       {api: always(emulator.Error(401, "IP_NOT_ALLOWED", notAllowed, nil)), want: known},
		"from the allowlist":            {api: having(func(k *emulator.Key) { k.AllowedIPs = []string{"203.0.113.45"} }), want: withIP(ipNotAllowed, "127.0.0.1").with("hosted runners")},
		"an IPv6 address":               {api: refused("Your IP address 2001:DB8:0::1 is not whitelisted for this PRODUCTION API key."), want: withIP(ipNotAllowed, "2001:db8::1")},
		"no address in the message":     {api: refused("Your IP is not whitelisted for this PRODUCTION API key"), want: ipNotAllowed},
		"something like an address":     {api: refused("Your IP address 203.0.113.455 is not whitelisted for this PRODUCTION API key"), want: ipNotAllowed},
		"no message":                    {api: refused(""), want: ipNotAllowed},
		"a message that is not text":    {api: answering(403, `{"success":false,"error":{"code":"IP_NOT_ALLOWED","message":["203.0.113.45"]}}`), want: ipNotAllowed},
		"no environment in the message": {api: refused("Your IP address 203.0.113.45 is not whitelisted"), want: known},
		"a SANDBOX key where production is expected": {
			api: refused("Your IP address 203.0.113.45 is not whitelisted for this SANDBOX API key"), want: contrary.with("SANDBOX")},
		"a PRODUCTION key where SANDBOX is expected": {
			api: refused(notAllowed), given: map[string]string{"environment": "", "expect-type": "SANDBOX"}, want: contrary},
		"a PRODUCTION key in staging": {
			api: refused(notAllowed), given: map[string]string{"environment": "staging"}, want: known},
		"any type": {
			api: refused(notAllowed), given: map[string]string{"expect-type": "any"}, want: known},
		"the contrary type is only a warning": {
			api: refused("Your IP address 203.0.113.45 is not whitelisted for this SANDBOX API key"), given: map[string]string{"warn-on": "type"},
			want: annotated(known, "error: api-key: blocked", "warning: api-key: type")},
		"the contrary type is not softened with the address": {
			api: refused("Your IP address 203.0.113.45 is not whitelisted for this SANDBOX API key"), given: map[string]string{"on-ip-not-allowed": "warn"},
			want: contrary},
	}.run(t)
}

func withIP(w want, ip string) want {
	w.RunnerIP = ip
	return w
}

func annotated(w want, annotations ...string) want {
	w.Annotations = annotations
	return w
}

func TestStatusesUnavailable(t *testing.T) {
	t.Parallel()
	code := func(status int, code string) row {
		return row{api: always(emulator.Error(status, code, "no", nil)), want: unjudged("unavailable", code)}
	}
	rows := table{
		"MISSING_ACCESS_TOKEN with 400":    code(400, "MISSING_ACCESS_TOKEN"),
		"MISSING_ACCESS_TOKEN with 401":    code(401, "MISSING_ACCESS_TOKEN"),
		"MISSING_ACCESS_TOKEN with 403":    code(403, "MISSING_ACCESS_TOKEN"),
		"another code with 400":            code(400, "INVALID_ACCESS_TOKEN"),
		"another code with 403":            code(403, "INVALID_ACCESS_TOKEN"),
		"ERR_AUTH with 403":                code(403, "ERR_AUTH"),
		"IP_BLOCKED with 400":              code(400, "IP_BLOCKED"),
		"IP_BLOCKED with 404":              code(404, "IP_BLOCKED"),
		"IP_NOT_ALLOWED with 400":          code(400, "IP_NOT_ALLOWED"),
		"403 with an HTML page":            {api: always(emulator.Body(403, "text/html", []byte("<html><title>403</title>"))), want: unavailable(1)},
		"401 with an HTML page":            {api: always(emulator.Body(401, "text/html", []byte("<html><title>401</title>"))), want: unavailable(1)},
		"401 without a body":               {api: answering(401, ""), want: unavailable(1)},
		"401 without a code":               {api: answering(401, `{"success":false,"error":{"message":"no"}}`), want: unavailable(1)},
		"401 with a blank code":            {api: answering(401, `{"success":false,"error":{"code":""}}`), want: unavailable(1)},
		"401 with a code that is a number": {api: answering(401, `{"success":false,"error":{"code":401}}`), want: unavailable(1)},
		"401 with an error that is text":   {api: answering(401, `{"success":false,"error":"INVALID_ACCESS_TOKEN"}`), want: unavailable(1)},
		"401 without success":              {api: answering(401, `{"error":{"code":"INVALID_ACCESS_TOKEN"}}`), want: unavailable(1)},
		"401 with success that is text":    {api: answering(401, `{"success":"false","error":{"code":"INVALID_ACCESS_TOKEN"}}`), want: unavailable(1)},
		"401 with success: true":           {api: answering(401, `{"success":true,"error":{"code":"INVALID_ACCESS_TOKEN"}}`), want: unavailable(1)},
		"401 with a key":                   {api: answering(401, document), want: unavailable(1)},
		"401 with the code twice":          {api: answering(401, `{"success":false,"error":{"code":"X","code":"INVALID_ACCESS_TOKEN"}}`), want: unavailable(1)},
		"200 with success: false":          {api: answering(200, `{"success":false,"error":{"code":"INVALID_ACCESS_TOKEN"}}`), want: unavailable(1)},
		"201 with a key":                   {api: answering(201, document), want: unavailable(1)},
		"206 with a key":                   {api: answering(206, document), want: unavailable(1)},
		"204":                              {api: always(emulator.Body(204, "", nil)), want: unavailable(1)},
	}
	for _, n := range []int{402, 404, 405, 407, 408, 409, 410, 418, 422, 425, 451, 501, 505, 507, 511, 599} {
		rows[fmt.Sprint("status ", n)] = row{api: answering(n, "no"), want: unavailable(1)}
	}
	rows.run(t)
}
