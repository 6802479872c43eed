package app_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks/internal/emulator"
)

// onBalance befalls the question for the balance only.
func onBalance(fault emulator.Fault) func(*emulator.API) {
	return always(emulator.On(emulator.BalancePath, fault))
}

// sending is the want with another number of sends.
func (w want) sending(n int) want {
	w.Sends = n
	return w
}

// The second question is asked where somebody wants to know and the key is known,
// and a run tells no more of its answer than how it compares. Every run searches
// all that it writes for theBalance.
func TestBalance(t *testing.T) {
	t.Parallel()
	low := mismatches("balance").sending(2).with("expected the account to hold at least 9000000 DZD, found less than 9000000 DZD\nhint: top up")
	table{
		"enough":          {given: pairs("min-balance", "5000"), want: passes().sending(2)},
		"too little":      {given: pairs("min-balance", "9000000"), want: low},
		"a debt":          {given: pairs("min-balance", "0"), api: having(func(k *emulator.Key) { k.Balance = "-" + theBalance }), want: mismatches("balance").sending(2)},
		"as a warning":    {given: pairs("min-balance", "9000000", "warn-on", "rotation, balance"), want: warns("balance").sending(2)},
		"not wanted":      {want: passes()},
		"a wrong key":     {given: pairs("min-balance", "5000"), api: revoked, want: want{Code: 1, Sends: 1, Verdict: "invalid", Valid: "false", ErrorCode: "INVALID_ACCESS_TOKEN", AttemptsLeft: "4", Annotations: []string{"error: api-key: invalid"}}},
		"a revoked key":   {given: pairs("min-balance", "5000", "expect-state", "revoked"), api: revoked, want: want{Sends: 1, Verdict: "pass", Valid: "false", ErrorCode: "INVALID_ACCESS_TOKEN", AttemptsLeft: "4"}},
		"not yet revoked": {given: pairs("min-balance", "5000", "expect-state", "revoked"), want: mismatches("state")},
		"API down":        {given: pairs("min-balance", "5000"), api: always(plainly(404)), want: unavailable(1)},
		"a disabled key":  {given: pairs("min-balance", "5000"), api: having(func(k *emulator.Key) { k.Enabled = false }), want: mismatches("state").sending(2)},
		"with debug":      {given: pairs("min-balance", "9000000", "RUNNER_DEBUG", "1"), want: low},
	}.run(t)
}

// Whatever befalls the second question, the balance is unknown and the key what
// it was.
func TestBalanceUnknown(t *testing.T) {
	t.Parallel()
	is := func(sends int, says string) want {
		return mismatches("balance").sending(sends).with("(?s)found no balance: .*" + says)
	}
	given := pairs("min-balance", "5000", "RUNNER_DEBUG", "1", "on-unavailable", "warn", "on-ip-not-allowed", "warn")
	text := func(balance string) func(*emulator.API) {
		return onBalance(emulator.Body(200, "application/json", []byte(`{"success":true,"data":{"balance":`+balance+`}}`)))
	}
	rows := table{
		"401":          {api: onBalance(emulator.Error(401, emulator.CodeInvalid, theBalance, map[string]any{"attemptsLeft": 3})), want: is(2, "3 of 5 attempts left")},
		"IP_BLOCKED":   {api: onBalance(emulator.Error(403, emulator.CodeBlocked, "", nil)), want: is(2, "IP_BLOCKED")},
		"kept off":     {api: onBalance(emulator.Error(403, emulator.CodeNotAllowed, notAllowed, nil)), want: is(2, "203.0.113.45")},
		"no money":     {api: onBalance(emulator.Error(403, "NO_BALANCE", theBalance, nil)), want: is(2, "unexpected status 403")},
		"404":          {api: onBalance(plainly(404)), want: is(2, "unexpected status 404")},
		"429 for ever": {api: onBalance(plainly(429)), want: is(3, "rate-limiting")},
		"500 for ever": {api: onBalance(plainly(500)), want: is(3, "server error")},
		"a redirect":   {api: onBalance(emulator.Status(302)), want: is(2, "redirect")},
		"closed":       {api: onBalance(emulator.Drop), want: is(3, "closed")},
		"reset":        {api: onBalance(emulator.Reset), want: is(3, "closed")},
		"hangs":        {api: onBalance(emulator.Latency(time.Minute)), want: is(2, "no answer from the API within")},
		"a text":       {api: text(`"` + theBalance + `"`), want: is(2, "not the documented JSON")},
		"a list":       {api: text(`[` + theBalance + `]`), want: is(2, "not the documented JSON")},
		"too much":     {api: text(theBalance + "e999999999"), want: is(2, "not the documented JSON")},
		"twice":        {api: text(theBalance + `,"balance":` + theBalance), want: is(2, "not the documented JSON")},
		"huge":         {api: text(theBalance + strings.Repeat("1", 1<<20)), want: is(2, "larger than 64 KiB")},
	}
	for name, r := range rows {
		r.given = map[string]string{"timeout": "5s"}
		if name == "hangs" {
			r.given["timeout"] = "1s"
		}
		for input, value := range given {
			r.given[input] = value
		}
		rows[name] = r
	}
	rows["as a warning"] = row{given: pairs("min-balance", "5000", "warn-on", "balance"), api: onBalance(plainly(404)), want: warns("balance").sending(2)}
	rows["once"] = row{given: pairs("min-balance", "5000"), api: func(api *emulator.API) { api.Next(nil, plainly(500)) }, want: passes().sending(3)}
	rows.run(t)
}

// Outside Actions and in the result the finding is one as any other.
func TestBalanceOutside(t *testing.T) {
	t.Parallel()
	for format, says := range map[string]string{"text": "  balance  at least 9000000 DZD  less than 9000000 DZD  fail\n", "json": ""} {
		s := serve(t)
		r := shell(t, s.URL, pairs("min-balance", "9000000", "FLEXY_FORMAT", format, "RUNNER_DEBUG", "1")).run(t)
		if r.code != 1 || s.sends() != 2 || !strings.Contains(string(r.stdout), says) {
			t.Errorf("exit code %d, %d sends:\n%s", r.code, s.sends(), r.stdout)
		}
		if format != "json" {
			continue
		}
		type finding struct{ Check, Status, Expected, Found string }
		var got struct {
			Keys []struct{ Findings []finding }
		}
		if err := json.Unmarshal(r.stdout, &got); err != nil {
			t.Fatal(err)
		}
		want := finding{"balance", "fail", "at least 9000000 DZD", "less than 9000000 DZD"}
		if diff := cmp.Diff(want, got.Keys[0].Findings[7]); diff != "" {
			t.Errorf("finding (-want +got):\n%s", diff)
		}
	}
}

// Equal keys ask once, if one of them wants to know, and each compares for itself.
func TestBalanceOfEqualKeys(t *testing.T) {
	t.Parallel()
	f := &fleet{}
	f.add(numbered(0), true, "type: PRODUCTION")
	f.add(numbered(0), false, "type: PRODUCTION", "min-balance: 5000")
	f.add(numbered(0), false, "type: PRODUCTION", "min-balance: 9000000")
	f.add(numbered(1), true, "type: PRODUCTION")
	f.add(numbered(2), true, "state: revoked", "min-balance: 5000")
	s := f.serve(t)
	for i := range 3 {
		key := goodKey()
		key.Text = numbered(i)
		s.Set(key)
	}
	r := f.action(t, s, nil).run(t)
	got := map[string]string{}
	for _, k := range r.result(t).Keys {
		for _, finding := range k.Findings {
			if finding.Check == "balance" {
				got[k.Name] = finding.Status
			}
		}
	}
	want := map[string]string{name(0): "skip", name(1): "pass", name(2): "fail", name(3): "skip", name(4): "skip"}
	if diff := cmp.Diff(want, got); diff != "" || s.Stats().Requests != 4 || s.Stats().ByKey[numbered(0)] != 2 {
		t.Errorf("%+v, balances (-want +got):\n%s", s.Stats(), diff)
	}
}

// No key is judged the worse for balances that do not come.
func TestBalancesComeLast(t *testing.T) {
	t.Parallel()
	f := fleetOf(12, allGood)
	s := f.serve(t)
	onBalance(emulator.Latency(time.Minute))(s.API)
	r := f.action(t, s, pairs("min-balance", "5000", "timeout", "2s")).run(t)
	if verdicts := r.result(t).verdicts(t); verdicts["mismatch"] != 12 || s.Stats().Requests > 12+3 || r.code != 1 {
		t.Errorf("exit code %d, %v, %+v", r.code, verdicts, s.Stats())
	}
}
