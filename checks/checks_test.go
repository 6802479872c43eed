package checks_test

import (
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/testkit"
)

// specified is the order of the contract; the last check is made of many keys
// only.
var specified = testkit.Names("checks")

func TestRegistry(t *testing.T) {
	t.Parallel()
	kebab := regexp.MustCompile(`\A[a-z]+(-[a-z]+)*\z`)
	sentence := regexp.MustCompile(`\A[A-Z][^\n]*[^.]\.\z`)
	var ids []string
	for _, c := range checks.All {
		ids = append(ids, c.ID)
		if !kebab.MatchString(c.ID) {
			t.Errorf("id %q is not in kebab case", c.ID)
		}
		if !sentence.MatchString(c.Doc) || strings.Contains(c.Doc, ". ") {
			t.Errorf("doc of %s is not one sentence: %q", c.ID, c.Doc)
		}
		if c.Run == nil {
			t.Errorf("%s does nothing", c.ID)
		}
	}
	if diff := cmp.Diff(specified, ids); diff != "" {
		t.Errorf("ids of All (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(specified, checks.IDs()); diff != "" {
		t.Errorf("what warn-on can name (-want +got):\n%s", diff)
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	type row struct {
		Text   string
		Failed bool
	}
	got := map[checks.Status]row{}
	for s := checks.Unknown; s <= checks.Fail; s++ {
		got[s] = row{s.String(), s.Failed()}
	}
	want := map[checks.Status]row{
		checks.Unknown: {"unknown", true},
		checks.Pass:    {"pass", false},
		checks.Skip:    {"skip", false},
		checks.Warn:    {"warn", false},
		checks.Fail:    {"fail", true},
	}
	testkit.Diff(t, want, got)
}

// What nobody has filled in must never look like a pass.
func TestZeroValuesFailClosed(t *testing.T) {
	t.Parallel()
	var status checks.Status
	if !status.Failed() {
		t.Errorf("the zero Status is %s, which does not fail", status)
	}
	var verdict checks.Verdict
	if verdict.ExitCode() == checks.ExitPass {
		t.Errorf("the zero Verdict is %s, which exits with 0", verdict)
	}
	if !checks.AnyFailed([]checks.Finding{{}}) {
		t.Error("the zero Finding does not fail")
	}
	if got := checks.Judge(flexy.Answer{}, checks.Expectation{}, nil); got != checks.Unavailable {
		t.Errorf("the zero Answer is judged %s, want unavailable", got)
	}
	// A key about which nothing was expected, not even its state.
	findings := checks.Run(checks.Input{Answer: accepted(nil)})
	if got := checks.Judge(accepted(nil), checks.Expectation{}, findings); got != checks.Mismatch {
		t.Errorf("the zero Expectation is judged %s, want mismatch", got)
	}
}

// everything expects something of every check, and nothing of it holds.
func everything() checks.Expectation {
	return checks.Expectation{
		State:        checks.StateDisabled,
		Type:         checks.ExpectedType{Want: flexy.Sandbox},
		Scope:        flexy.ReadOnly,
		Account:      secret.New("+213555000111"),
		AllowedIPs:   checks.ExpectedIPs{Mode: checks.ExactIPs, Addrs: addrs("203.0.113.45")},
		MustAllowIPs: addrs("203.0.113.45"),
		Fingerprint:  "0123456789ab",
		MinBalance:   "5000",
		Rotated:      checks.RotationDate{Asked: true, Message: "no date"},
		MaxAgeDays:   90,
		RemindDays:   14,
	}
}

func statuses(findings []checks.Finding) map[string]checks.Status {
	out := map[string]checks.Status{}
	for _, f := range findings {
		out[f.Check] = f.Status
	}
	return out
}

func TestRun(t *testing.T) {
	t.Parallel()
	answer := accepted(func(k *flexy.Key) { k.AllowedIPs = flexy.Allowlist{Known: true, Addrs: addrs("198.51.100.7")} })
	unreadable := accepted(func(k *flexy.Key) { k.AllowedIPs = flexy.Allowlist{} })
	for _, tc := range []struct {
		name   string
		answer flexy.Answer
		change func(*checks.Expectation)
		most   checks.Status // of the checks
		but    map[string]checks.Status
	}{
		{"all fail", answer, nil, checks.Fail, map[string]checks.Status{"balance": checks.Unknown, "rotation": checks.Unknown}},
		{"failures and unknowns softened", unreadable, func(e *checks.Expectation) { e.WarnOn = []string{"scope", "rotation", "allowed-ips", "balance"} }, checks.Fail,
			map[string]checks.Status{"scope": checks.Warn, "allowed-ips": checks.Warn, "must-allow-ips": checks.Unknown, "balance": checks.Warn, "rotation": checks.Warn}},
		{"no key", flexy.Answer{}, nil, checks.Skip, map[string]checks.Status{"fingerprint": checks.Fail, "rotation": checks.Unknown}},
		{"revoked asks for the state, and which key it is", answer, func(e *checks.Expectation) { e.State = checks.StateRevoked }, checks.Skip, map[string]checks.Status{"fingerprint": checks.Fail, "state": checks.Fail}},
		{"nothing asked", answer, func(e *checks.Expectation) { *e = checks.Expectation{State: checks.StateEnabled} }, checks.Skip, map[string]checks.Status{"state": checks.Pass}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			expect := everything()
			if tc.change != nil {
				tc.change(&expect)
			}
			in := checks.Input{Answer: tc.answer, Expect: expect, Fingerprint: "ba9876543210", Today: time.Now()}
			one := checks.Run(in)
			want := map[string]checks.Status{}
			for _, id := range specified[:len(specified)-1] {
				want[id] = tc.most
			}
			maps.Copy(want, tc.but)
			testkit.Diff(t, want, statuses(one))
			in.Many = true
			many := checks.Run(in)
			if diff := cmp.Diff(one, many[:len(many)-1]); diff != "" {
				t.Errorf("of one key and of many (-one +many):\n%s", diff)
			}
			var order []string
			for _, f := range many {
				order = append(order, f.Check)
			}
			testkit.Diff(t, specified, order)
		})
	}
}

// Softening changes nothing but failures, and nothing but the status.
func TestSoftening(t *testing.T) {
	t.Parallel()
	for _, expect := range []checks.Expectation{everything(), {State: checks.StateEnabled}} {
		in := checks.Input{Answer: accepted(nil), Expect: expect}
		hard := checks.Run(in)
		in.Expect.WarnOn = checks.IDs()
		for i, soft := range checks.Run(in) {
			want := hard[i]
			if want.Status == checks.Fail || want.Status == checks.Unknown {
				want.Status = checks.Warn
			}
			testkit.Diff(t, want, soft)
		}
	}
}

// Each text is lower case without a full stop, and a finding that is not a
// pass or a skip says what to do.
func TestTexts(t *testing.T) {
	t.Parallel()
	for _, in := range []checks.Input{
		{Answer: accepted(nil), Expect: everything()},
		{Answer: accepted(nil), Expect: everything(), Fingerprint: "ba9876543210"},
		{Answer: accepted(func(k *flexy.Key) { k.Type, k.Scope, k.AllowedIPs = "TEST", "", flexy.Allowlist{} }), Expect: everything()},
		{Answer: accepted(func(k *flexy.Key) { k.Type, k.Scope = "TEST", "NONE" }), Expect: checks.Expectation{State: checks.StateEnabled}},
	} {
		for _, f := range checks.Run(in) {
			if f.Check == "rotation" {
				continue // its texts come from outside here
			}
			bad := f.Status != checks.Pass && f.Status != checks.Skip
			if bad && (f.Message == "" || f.Hint == "" || f.Found == "") {
				t.Errorf("incomplete: %+v", f)
			}
			if bad && !strings.HasPrefix(f.Message, "expected ") {
				t.Errorf("message of %s does not say what was expected: %s", f.Check, f.Message)
			}
			for _, text := range []string{f.Message, f.Hint} {
				if strings.HasSuffix(text, ".") || text != "" && strings.ToLower(text[:1]) != text[:1] {
					t.Errorf("%s: %q", f.Check, text)
				}
				if secret.NewTraces(in.Answer.Key.Username, in.Answer.Key.Echo, in.Expect.Account).In(text) {
					t.Errorf("%s shows a secret: %q", f.Check, text)
				}
			}
		}
	}
}

func TestAsserted(t *testing.T) {
	t.Parallel()
	if (checks.Finding{Found: "any address"}).Asserted() {
		t.Error("a finding that expected nothing is asserted")
	}
	if !(checks.Finding{Expected: "enabled"}).Asserted() {
		t.Error("a finding that expected something is not asserted")
	}
}
