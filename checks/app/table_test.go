package app_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks/internal/emulator"
)

// A row is a run as an action against an API of its own: the good key, where
// production is expected, unless it says otherwise.
type row struct {
	given   map[string]string   // inputs, and variables, which have "_" in their name
	args    []string            // command-line arguments
	secrets []string            // besides the usual ones
	api     func(*emulator.API) // what is different there
	want    want
	waits   time.Duration // at least, between the first two sends
}

// want is what a run must come to. Outputs that it does not name do not
// matter, but those with a field of their own do.
type want struct {
	Code         int
	Sends        int // counted at the server
	Verdict      string
	Valid        string
	ErrorCode    string
	AttemptsLeft string
	RunnerIP     string
	Annotations  []string          // "level: title", in order
	More         map[string]string // further outputs
	Says         string            // a regexp that the text of some annotation matches
}

// A table is rows by name.
type table map[string]row

func (rows table) run(t *testing.T) {
	t.Helper()
	for name, r := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r.check(t)
		})
	}
}

func (r row) check(t *testing.T) {
	t.Helper()
	s := serve(t)
	if r.api != nil {
		r.api(s.API)
	}
	p := action(t, s.URL, r.given)
	p.args, p.secrets = r.args, r.secrets
	compare(t, r.want, p.run(t).came(s, r.want))
	if gap := s.gap(); gap < r.waits {
		t.Errorf("waited %v, want %v at least", gap, r.waits)
	}
}

func compare(t *testing.T, want, got want) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// came is what the run came to, as far as w looks at it.
func (r ran) came(s *server, w want) want {
	outputs := r.outputs()
	got := want{
		Code:         r.code,
		Sends:        s.sends(),
		Verdict:      outputs["verdict"],
		Valid:        outputs["valid"],
		ErrorCode:    outputs["error-code"],
		AttemptsLeft: outputs["attempts-left"],
		RunnerIP:     outputs["runner-ip"],
	}
	var said []string
	for _, a := range r.annotations() {
		got.Annotations = append(got.Annotations, a.level+": "+a.title)
		said = append(said, a.message)
	}
	for name := range w.More {
		if got.More == nil {
			got.More = map[string]string{}
		}
		got.More[name] = outputs[name]
	}
	if w.Says != "" {
		got.Says = strings.Join(said, "\n")
		if regexp.MustCompile(w.Says).MatchString(got.Says) {
			got.Says = w.Says
		}
	}
	return got
}

// with is the want with another text that some annotation must hold.
func (w want) with(says string) want {
	w.Says = says
	return w
}

// passes is a clean pass.
func passes() want { return want{Sends: 1, Verdict: "pass", Valid: "true"} }

// warns is a pass with a warning of one check.
func warns(check string) want {
	w := passes()
	w.Annotations = []string{"warning: api-key: " + check}
	return w
}

// mismatches is a key that the API accepts and a check does not.
func mismatches(check string) want {
	return want{Code: 1, Sends: 1, Verdict: "mismatch", Valid: "true", Annotations: []string{"error: api-key: " + check}}
}

// unavailable is a run that nothing was learnt in.
func unavailable(sends int) want {
	return want{Code: 3, Sends: sends, Verdict: "unavailable", Annotations: []string{"error: api-key: unavailable"}}
}

// misconfigured is one mistake in the configuration.
func misconfigured(says string) want {
	return want{Code: 2, Verdict: "misconfigured", Annotations: []string{"error: api-key: misconfigured"}, Says: says}
}
