package app_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"flexy-key-check/checks/internal/emulator"
	"flexy-key-check/checks/internal/testkit"
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
	testkit.Diff(t, want, got)
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

// with returns a row whose inputs are names and values in turn.
func with(w want, given ...string) row { return row{given: pairs(given...), want: w} }

// pairs makes a map of names and values in turn.
func pairs(texts ...string) map[string]string {
	given := map[string]string{}
	for i := 0; i < len(texts); i += 2 {
		given[texts[i]] = texts[i+1]
	}
	return given
}

// outputting is the want with further outputs, as names and values in turn.
func (w want) outputting(texts ...string) want {
	w.More = pairs(texts...)
	return w
}

// annotated is the want with other annotations.
func annotated(w want, annotations ...string) want {
	w.Annotations = annotations
	return w
}

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

// softened is an exit code 3 that is configured to be a warning.
func softened(w want) want {
	w.Code = 0
	w.Annotations = []string{"warning" + w.Annotations[0][len("error"):]}
	return w
}

// mistakes is n mistakes in the configuration.
func mistakes(n int) want {
	w := misconfigured("")
	for len(w.Annotations) < n {
		w.Annotations = append(w.Annotations, w.Annotations[0])
	}
	return w
}
