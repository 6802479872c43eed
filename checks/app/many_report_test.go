package app_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks/internal/emulator"
)

// Each remark points at the field that says what was expected.
func TestManyRemarksHavePlaces(t *testing.T) {
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
		"error: key 000: type " + f.line(0, "type"),
		"error: key 000: scope " + f.line(0, "scope"),
		"error: key 000: account " + f.line(0, "account"),
		"error: key 000: allowed-ips " + f.line(0, "allowed-ips"),
		"error: key 001: state " + f.line(1, "state"),
		"error: key 001: scope " + f.line(1, "name"), // of the step
		"error: key 002: invalid " + f.line(2, "env"),
		"error: key 003: state " + f.line(3, "state"),
		"error: key 004: scope " + f.line(4, "name"),
		"error: key 005: scope " + f.line(5, "name"),
		"warning: key 001: type " + f.line(1, "environment"),
		"warning: key 001: rotation " + f.line(1, "rotated-on"),
	}
	if diff := cmp.Diff(want, titled(r.remarkList())); diff != "" {
		t.Errorf("remarks (-want +got):\n%s", diff)
	}
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

// The same key in ten entries is sent once, and each entry names the others.
func TestManyTimesTheSameKey(t *testing.T) {
	t.Parallel()
	f := &fleet{}
	for i := range 10 {
		f.add(numbered(0), i == 0, "type: PRODUCTION")
	}
	f.add(numbered(1), true, "type: PRODUCTION")
	f.add(numbered(1), true, "state: revoked")
	s := f.serve(t)
	r := f.action(t, s, nil).run(t)
	if stats := s.Stats(); stats.Requests != 2 || r.code != 1 || r.outputs()["verdict"] != "mismatch" {
		t.Errorf("exit code %d, verdict %s, %+v", r.code, r.outputs()["verdict"], stats)
	}
	failed := map[string][]string{}
	for _, k := range r.result(t).Keys {
		for _, finding := range k.Findings {
			if finding.Status == "fail" {
				failed[k.Name] = append(failed[k.Name], finding.Check)
			}
		}
	}
	want := map[string][]string{}
	for i := range 12 {
		want[name(i)] = []string{"distinct"}
	}
	want[name(11)] = []string{"state", "distinct"} // the API still takes it
	if diff := cmp.Diff(want, failed); diff != "" {
		t.Errorf("failed checks (-want +got):\n%s", diff)
	}
	for i, remark := range r.remarkList() {
		if remark.Title != name(i)+": distinct" || remark.Place != f.line(i, "env") {
			t.Errorf("%+v", remark)
		}
		for other := range 10 {
			if named := strings.Contains(remark.Message, name(other)); i < 10 && named != (other != i) {
				t.Errorf("%s names %s: %v", remark.Title, name(other), named)
			}
		}
	}
}

// The exit code is that of the worst key whose own is not 0.
func TestManyExitCodes(t *testing.T) {
	t.Parallel()
	notAllowed := emulator.Error(403, emulator.CodeNotAllowed, notAllowed, nil)
	for title, tt := range map[string]struct {
		faults  map[int]emulator.Fault
		given   map[string]string
		code    int
		verdict string
	}{
		"all pass":                         {nil, nil, 0, "pass"},
		"one is softened":                  {map[int]emulator.Fault{1: notAllowed}, map[string]string{"on-ip-not-allowed": "warn"}, 0, "blocked"},
		"one is not":                       {map[int]emulator.Fault{1: notAllowed}, map[string]string{"on-unavailable": "warn"}, 3, "blocked"},
		"the worst is softened":            {map[int]emulator.Fault{1: notAllowed, 2: plainly(404)}, map[string]string{"on-ip-not-allowed": "warn"}, 3, "blocked"},
		"both are softened":                {map[int]emulator.Fault{1: notAllowed, 2: plainly(404)}, map[string]string{"on-ip-not-allowed": "warn", "on-unavailable": "warn"}, 0, "blocked"},
		"a mismatch is worse":              {map[int]emulator.Fault{1: notAllowed, 2: plainly(404)}, map[string]string{"expect-scope": "READ-ONLY"}, 1, "mismatch"},
		"a rejection is the worst":         {map[int]emulator.Fault{1: notAllowed, 0: rejection}, map[string]string{"expect-scope": "READ-ONLY", "on-ip-not-allowed": "warn"}, 1, "invalid"},
		"a mismatch that is only a remark": {nil, map[string]string{"expect-scope": "READ-ONLY", "warn-on": "scope"}, 0, "pass"},
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

func rejection(api *emulator.API, w http.ResponseWriter, r *http.Request) bool {
	return emulator.Error(401, emulator.CodeInvalid, "no", map[string]any{"attemptsLeft": 4})(api, w, r)
}

// More than ten keys of the same verdict have one remark together; ten have one
// each.
func TestManyOfTheSameVerdict(t *testing.T) {
	t.Parallel()
	for n, want := range map[int][]string{
		10: {"error: key 000: unavailable", "error: key 009: unavailable"},
		11: {"error: 11 keys: unavailable", "error: 11 keys: unavailable"},
	} {
		f := fleetOf(n, allGood)
		s := f.serve(t)
		s.Always(plainly(404))
		r := f.action(t, s, map[string]string{"rotated-on": "2026-01-01"}).run(t)
		remarks := titled(r.remarkList())
		var errors []string
		for _, remark := range remarks {
			if strings.HasPrefix(remark, "error: ") {
				errors = append(errors, remark[:strings.LastIndex(remark, " ")])
			}
		}
		if len(errors) == 0 || errors[0] != want[0] || errors[len(errors)-1] != want[1] || len(remarks) != len(errors)+most {
			t.Errorf("%d keys: %q", n, remarks)
		}
	}
}

// With 300 keys that fail in every way the summary and the result are cut, and
// all in them is whole.
func TestManyReportsAreShort(t *testing.T) {
	t.Parallel()
	f := &fleet{}
	for i := range 300 {
		f.add(numbered(i), true, "type: SANDBOX", "scope: READ-ONLY", "account: +213665983438", "rotated-on: 2026-01-01",
			"allowed-ips: [203.0.113.45, 203.0.113.46, 203.0.113.47, 203.0.113.48]", "must-allow-ips: [203.0.113.45, 203.0.113.46]")
	}
	for i := range f.good {
		f.good[i].AllowedIPs = []string{here, "198.51.100.7", "2001:db8::1"}
	}
	s := f.serve(t)
	r := f.action(t, s, nil).run(t)
	result := r.result(t)
	if r.code != 1 || !result.Truncated || len(result.Keys) != 300 || result.verdicts(t)["mismatch"] != 300 {
		t.Errorf("exit code %d, truncated %v, %v", r.code, result.Truncated, result.verdicts(t))
	}
	if remarks := r.remarkList(); len(remarks) != 20 || !strings.Contains(remarks[9].Message, "1490 more") || !strings.Contains(remarks[19].Message, "290 more") {
		t.Errorf("%d remarks, %q", len(remarks), titled(remarks))
	}
	summary := string(r.files["GITHUB_STEP_SUMMARY"])
	opened, closed := strings.Count(summary, "<details>"), strings.Count(summary, "</details>")
	if opened == 0 || opened != closed || !strings.Contains(summary, name(0)) || !strings.Contains(summary, name(299)) || !strings.Contains(summary, "left out") {
		t.Errorf("%d details are opened, %d closed, in a summary of %d bytes", opened, closed, len(summary))
	}
}

// Outside Actions the same is said in text, and in JSON.
func TestManyOutside(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"text", "json", "github"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			f := fleetOf(20, func(i int) bool { return i != 7 })
			f.add(numbered(20), true, "type: SANDBOX")
			s := f.serve(t)
			r := f.program(t, s, map[string]string{"FLEXY_FORMAT": format}, shell).run(t)
			if r.code != 1 || s.Stats().Requests != 21 {
				t.Errorf("exit code %d, %+v", r.code, s.Stats())
			}
			var want []string
			switch format {
			case "text":
				want = []string{"flexy-key-check: error: key 007: invalid: ", "flexy-key-check: error: key 020: type: "}
				for i := range 21 {
					if line := name(i) + "  "; !strings.Contains(string(r.stdout), line) {
						t.Errorf("the table has no line of %s", name(i))
					}
				}
			case "json":
				if got := r.result(t); got.verdicts(t)["pass"] != 19 || got.ExitCode != 1 || got.Verdict != "invalid" {
					t.Errorf("%+v", got)
				}
				want = []string{"flexy-key-check: error: key 007: invalid: ", "flexy-key-check: error: key 020: type: "}
			}
			for _, line := range want {
				if !strings.Contains(string(r.stderr), line) {
					t.Errorf("standard error has no %q:\n%s", line, r.stderr)
				}
			}
		})
	}
}

// A policy with mistakes of every kind, and a key pasted into it: nothing is
// sent, nothing of it shown, each mistake has its place.
func TestManyMistakes(t *testing.T) {
	t.Parallel()
	f := fleetOf(2, allGood)
	f.text += "  - name: key 000\n    env: " + numbered(2) + "\n    " + numbered(3) + ": x\n    " + numbered(3) + ": y\n    type: prod\n" +
		"  - " + numbered(4) + "\n  - name: three\n    env: FLEXY_NONE_KEY\n    type: any\n    scope:\n    account: " + numbered(1) + "\n"
	s := f.serve(t)
	r := f.action(t, s, nil).run(t)
	if r.code != 2 || s.Stats().Requests != 0 || r.outputs()["verdict"] != "misconfigured" {
		t.Errorf("exit code %d, %+v", r.code, s.Stats())
	}
	var places []string
	for _, remark := range r.remarkList() {
		places = append(places, remark.Place)
		if remark.Level != "error" || remark.Title != "policy: misconfigured" || !strings.HasPrefix(remark.Message, remark.Place+":") {
			t.Errorf("%+v", remark)
		}
	}
	var want []string
	for _, line := range []int{8, 9, 10, 11, 12, 13, 15, 17, 18} {
		want = append(want, fmt.Sprint("keys.yml:", line))
	}
	if diff := cmp.Diff(want, places); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
}

// Keys that a pull request from a fork does not get are passed over, the others
// checked.
func TestManyMissingKeys(t *testing.T) {
	t.Parallel()
	f := fleetOf(6, allGood)
	s := f.serve(t)
	p := f.action(t, s, map[string]string{"on-missing-key": "skip", "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": payload(t, ofFork)})
	for _, i := range []int{0, 3, 5} {
		p.vars[fmt.Sprintf("FLEXY_K%03d_KEY", i)] = " "
	}
	delete(p.vars, "FLEXY_K003_KEY")
	began := time.Now()
	r := p.run(t)
	var skipped []string
	for _, k := range r.result(t).Keys {
		if k.Verdict == "skipped" {
			skipped = append(skipped, k.Name)
		}
	}
	if !slices.Equal(skipped, []string{name(0), name(3), name(5)}) || r.code != 0 || s.Stats().Requests != 3 || r.outputs()["verdict"] != "skipped" {
		t.Errorf("skipped %q in %v, exit code %d, %+v", skipped, time.Since(began), r.code, s.Stats())
	}
	if remarks := r.remarkList(); len(remarks) != 0 {
		t.Errorf("remarks %q", remarks)
	}
}
