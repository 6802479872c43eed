package app_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks/internal/test/emulator"
)

// onBalance applies a fault to balance requests only.
func onBalance(fault emulator.Fault) func(*emulator.API) {
	return always(emulator.On(emulator.BalancePath, fault))
}

// sending returns w with another number of sends.
func (w want) sending(n int) want {
	w.Sends = n
	return w
}

// exiting returns w with another exit code.
func (w want) exiting(code int) want {
	w.Code = code
	return w
}

// hold searches all that a run prints for theBalance.
func TestBalance(t *testing.T) {
	t.Parallel()
	softenedToo := pairs("min-balance", "5000", "RUNNER_DEBUG", "1", "on-unavailable", "warn", "on-ip-not-allowed", "warn")
	unknown := mismatches("balance").sending(2).with("found no balance: ")
	lacksBalance := unknown.exiting(3)
	lacksBalance.Verdict = "unavailable"
	const letters = "echo-of-nothing-but-letters"
	echoes := func(api *emulator.API) {
		having(func(k *emulator.Key) { k.Echo = letters })(api)
		onBalance(emulator.Error(404, letters, letters, nil))(api)
	}
	table{
		"enough":            {given: pairs("min-balance", "5000"), want: passes().sending(2)},
		"too little":        {given: pairs("min-balance", "9000000", "RUNNER_DEBUG", "1"), want: mismatches("balance").sending(2)},
		"a rejected key":    {given: pairs("min-balance", "5000"), api: revoked, want: invalid("INVALID_ACCESS_TOKEN", "4")},
		"not yet revoked":   {given: pairs("min-balance", "5000", "expect-state", "revoked"), want: mismatches("state")},
		"rejected, unknown": {given: softenedToo, api: onBalance(emulator.Error(401, emulator.CodeInvalid, theBalance, map[string]any{"attemptsLeft": 3})), want: unknown},
		"down":              {given: pairs("min-balance", "5000"), api: onBalance(emulator.Status(501)), want: lacksBalance},
		"down, softened":    {given: softenedToo, api: onBalance(emulator.CDN(522)), want: annotated(lacksBalance, "warning: Flexy key: balance").exiting(0).sending(3)},
		"down, a warning":   {given: pairs("min-balance", "5000", "warn-on", "balance"), api: onBalance(emulator.Drop), want: warns("balance").sending(3)},
		"the echo, told":    {given: softenedToo, api: echoes, secrets: []string{letters}, want: unknown},
		"the CDN's 403":     {given: softenedToo, api: onBalance(emulator.CDN(403)), want: unknown},
		"a text, unknown":   {given: softenedToo, api: onBalance(emulator.Body(200, "application/json", []byte(`{"success":true,"data":{"balance":"`+theBalance+`"}}`))), want: unknown},
	}.run(t)
}

// The balance of equal keys is requested once, if one of them needs it, and each
// entry compares it with its own minimum.
func TestBalanceOfEqualKeys(t *testing.T) {
	t.Parallel()
	f := &fleet{}
	f.add(numbered(0), true, "type: PRODUCTION")
	f.add(numbered(0), false, "type: PRODUCTION", "min-balance: 5000")
	f.add(numbered(0), false, "type: PRODUCTION", "min-balance: 9000000")
	f.add(numbered(1), true, "type: PRODUCTION")
	f.add(numbered(2), true, "state: revoked", "min-balance: 5000")
	s := f.serve(t)
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

// Missing balances change no other finding.
func TestBalancesComeLast(t *testing.T) {
	t.Parallel()
	f := fleetOf(4, allGood)
	s := f.serve(t)
	onBalance(emulator.Latency(time.Minute))(s.API)
	r := f.action(t, s, pairs("min-balance", "5000", "timeout", "2s")).run(t)
	if verdicts := r.result(t).verdicts(t); verdicts["unavailable"] != 4 || s.Stats().Requests > 4+3 || r.code != 3 {
		t.Errorf("exit code %d, %v, %+v", r.code, verdicts, s.Stats())
	}
}
