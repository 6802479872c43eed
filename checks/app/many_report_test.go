package app_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks/internal/test/emulator"
	"flexy-key-check/checks/internal/test/testkit"
)

// Each annotation points at the field with the expectation.
func TestManyPlaces(t *testing.T) {
	t.Parallel()
	f := &fleet{}
	f.add(numbered(0), true, "type: SANDBOX", "scope: READ-ONLY", "account: +213665983438", "allowed-ips: [203.0.113.45]", "must-allow-ips:", "  - 203.0.113.45")
	f.add(numbered(1), true, "environment: staging", "rotated-on: 2026-01-01", "state: disabled")
	f.add(numbered(2), false, "type: any")
	f.add(numbered(3), true, "state: revoked")
	f.add(numbered(4), true, "type: any", "rotated-on: 2026-10-01")
	f.add(numbered(5), true)
	s := f.serve(t)
	r := f.action(t, s, map[string]string{"environment": "production", "expect-scope": "READ-ONLY", "warn-on": "rotation,must-allow-ips"}).run(t)
	want := []string{
		"error: Flexy key key 000: type " + f.line(0, "type"),
		"error: Flexy keys: scope " + f.line(0, "scope"), // of four keys
		"error: Flexy key key 000: account " + f.line(0, "account"),
		"error: Flexy key key 000: allowed-ips " + f.line(0, "allowed-ips"),
		"error: Flexy key key 001: state " + f.line(1, "state"),
		"error: Flexy key key 002: invalid " + f.line(2, "env"),
		"error: Flexy key key 003: state " + f.line(3, "state"),
		"warning: Flexy key key 001: type " + f.line(1, "environment"),
		"warning: Flexy key key 001: rotation " + f.line(1, "rotated-on"),
	}
	testkit.Diff(t, want, r.titles())
	wantOutputs := map[string]string{"verdict": "invalid", "rotation-due": "true", "days-left": "-192", "rotation-due-on": "2026-04-01"}
	for _, output := range ofOneKey {
		wantOutputs[output] = ""
	}
	got := r.outputs()
	delete(got, "result")
	if diff := cmp.Diff(wantOutputs, got); diff != "" || r.code != 1 {
		t.Errorf("exit code %d, outputs (-want +got):\n%s", r.code, diff)
	}
}

// The same key in six entries is sent once. Each entry names the others.
func TestManyTimesTheSameKey(t *testing.T) {
	t.Parallel()
	f := &fleet{}
	for i := range 6 {
		f.add(numbered(0), i == 0, "type: PRODUCTION")
	}
	f.add(numbered(1), true, "type: PRODUCTION")
	f.add(numbered(1), true, "state: revoked")
	s := f.serve(t)
	r := f.action(t, s, nil).run(t)
	if s.Stats().Requests != 2 || r.code != 1 || r.outputs()["verdict"] != "mismatch" {
		t.Errorf("exit code %d, verdict %s, %+v", r.code, r.outputs()["verdict"], s.Stats())
	}
	var want []string
	for i := range 8 {
		want = append(want, "error: Flexy key "+name(i)+": distinct "+f.line(i, "env"))
	}
	want = slices.Insert(want, 7, "error: Flexy key "+name(7)+": state "+f.line(7, "state")) // the API still accepts it
	testkit.Diff(t, want, r.titles())
	for i, a := range r.annotations()[:6] {
		for other := range 6 {
			if named := strings.Contains(a.message, name(other)); named != (other != i) {
				t.Errorf("%s names %s: %v", a.title, name(other), named)
			}
		}
	}
}

// The exit code is that of the worst key with an exit code other than 0.
func TestManyExitCodes(t *testing.T) {
	t.Parallel()
	refused, rejected := emulator.Error(403, emulator.CodeNotAllowed, notAllowed, nil), emulator.Error(401, emulator.CodeInvalid, "no", nil)
	for title, tt := range map[string]struct {
		faults  map[int]emulator.Fault
		given   map[string]string
		code    int
		verdict string
	}{
		"keys are held back":       {map[int]emulator.Fault{0: emulator.Error(403, emulator.CodeBlocked, "blocked", nil)}, pairs("on-unavailable", "warn"), 3, "blocked"},
		"one is not":               {map[int]emulator.Fault{1: refused}, pairs("on-unavailable", "warn"), 3, "blocked"},
		"the worst is softened":    {map[int]emulator.Fault{1: refused, 2: plainly(501)}, pairs("on-ip-not-allowed", "warn"), 3, "blocked"},
		"both are softened":        {map[int]emulator.Fault{1: refused, 2: plainly(501)}, pairs("on-ip-not-allowed", "warn", "on-unavailable", "warn"), 0, "blocked"},
		"a mismatch is worse":      {map[int]emulator.Fault{1: refused, 2: plainly(501)}, pairs("expect-scope", "READ-ONLY"), 1, "mismatch"},
		"a rejection is the worst": {map[int]emulator.Fault{1: refused, 0: rejected}, pairs("expect-scope", "READ-ONLY", "on-ip-not-allowed", "warn"), 1, "invalid"},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			f := fleetOf(5, allGood)
			s := f.serve(t)
			s.Always(byKey(tt.faults))
			r := f.action(t, s, tt.given).run(t)
			if r.code != tt.code || r.outputs()["verdict"] != tt.verdict {
				t.Errorf("exit code %d, verdict %s; want %d, %s", r.code, r.outputs()["verdict"], tt.code, tt.verdict)
			}
		})
	}
}
