package app_test

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"

	"flexy-key-check/checks/internal/test/emulator"
	"flexy-key-check/checks/internal/test/testkit"
)

// A scenario is a run as an action against an API and a GitHub of its own: with
// the good key, where production is expected, unless it says otherwise.
type scenario struct {
	title   string              // in messages.txt
	given   map[string]string   // inputs, and variables, which have "_" in their name
	args    []string            // command-line arguments
	secrets []string            // besides the usual ones
	world   *emulator.Options   // another account of the API than most tests use
	api     func(*emulator.API) // changes the API
	github  func(*hub)          // changes a GitHub that knows a secret of 80 days; without it there is none
	policy  string              // text of a policy file that replaces the key
	event   string              // the payload of the event
	proxy   func(*http.Request) (*url.URL, error)
	outside bool // of Actions
	summary bool // messages.txt has the log and the job summary, too
	want    want
	waits   time.Duration // at least, between the first two requests
}

// run runs the scenario.
func (sc scenario) run(t *testing.T) (ran, *server) {
	t.Helper()
	s := serve(t)
	if sc.world != nil {
		s = serveWorld(t, *sc.world)
	}
	if sc.api != nil {
		sc.api(s.API)
	}
	given := map[string]string{"base-url": s.URL}
	if sc.policy != "" {
		workspace, name := policyFile(t, sc.policy)
		maps.Copy(given, pairs("api-key", "", "environment", "", "policy", name, "GITHUB_WORKSPACE", workspace, "FLEXY_A_KEY", theKey))
	}
	if sc.event != "" {
		given["GITHUB_EVENT_PATH"] = testkit.File(t, sc.event)
	}
	maps.Copy(given, sc.given)
	var p program
	switch {
	case sc.outside:
		p = shell(t, s.URL, given)
	case sc.github != nil:
		h := newHub(t, ago(80))
		sc.github(h)
		p = reminding(t, h, given)
	default:
		p = action(t, s.URL, given)
	}
	p.args, p.proxy, p.secrets = sc.args, sc.proxy, append([]string{secretsToken}, sc.secrets...)
	return p.run(t), s
}

// A table has scenarios by name.
type table map[string]scenario

func (scenarios table) run(t *testing.T) {
	t.Helper()
	for name, sc := range scenarios {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, s := sc.run(t)
			testkit.Diff(t, sc.want, r.came(s, sc.want))
			if gap := s.gap(); gap < sc.waits {
				t.Errorf("waited %v, want at least %v", gap, sc.waits)
			}
		})
	}
}

// want is the expected result of a run. Of the outputs without a field of their
// own, only those in More matter.
type want struct {
	Code         int
	Sends        int // as the server counts them
	Verdict      string
	Valid        string
	ErrorCode    string
	AttemptsLeft string
	RunnerIP     string
	Annotations  []string          // "level: title", in order
	More         map[string]string // further outputs
	Says         string            // a regexp that the annotations' text matches
}

// came returns the result of the run, as far as w looks at it.
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
		Annotations:  r.titles(),
	}
	for name := range w.More {
		if got.More == nil {
			got.More = map[string]string{}
		}
		got.More[name] = outputs[name]
	}
	if w.Says != "" {
		for _, a := range r.annotations() {
			got.Says += a.message + "\n"
		}
		if regexp.MustCompile(w.Says).MatchString(got.Says) {
			got.Says = w.Says
		}
	}
	return got
}

// with returns w with a regexp for the annotations' text.
func (w want) with(says string) want {
	w.Says = says
	return w
}

// passes returns a clean pass.
func passes() want { return want{Sends: 1, Verdict: "pass", Valid: "true"} }

// warns returns a pass with a warning from one check.
func warns(check string) want {
	w := passes()
	w.Annotations = []string{"warning: Flexy key: " + check}
	return w
}

// mismatches returns an accepted key that fails one check.
func mismatches(check string) want {
	return want{Code: 1, Sends: 1, Verdict: "mismatch", Valid: "true", Annotations: []string{"error: Flexy key: " + check}}
}

// unavailable returns a run without an answer.
func unavailable(sends int) want {
	return want{Code: 3, Sends: sends, Verdict: "unavailable", Annotations: []string{"error: Flexy key: unavailable"}}
}

// misconfigured returns a run with one mistake.
func misconfigured(says string) want {
	return want{Code: 2, Verdict: "misconfigured", Annotations: []string{"error: flexy-key-check: misconfigured"}, Says: says}
}

// with returns a scenario whose inputs are alternating names and values.
func with(w want, given ...string) scenario { return scenario{given: pairs(given...), want: w} }

// pairs makes a map of alternating names and values.
func pairs(texts ...string) map[string]string {
	given := map[string]string{}
	for i := 0; i < len(texts); i += 2 {
		given[texts[i]] = texts[i+1]
	}
	return given
}

// outputting returns w with further outputs.
func (w want) outputting(texts ...string) want {
	w.More = pairs(texts...)
	return w
}

// annotated returns w with other annotations.
func annotated(w want, annotations ...string) want {
	w.Annotations = annotations
	return w
}

// invalid returns a rejected key.
func invalid(code, attemptsLeft string) want {
	return want{Code: 1, Sends: 1, Verdict: "invalid", Valid: "false", ErrorCode: code, AttemptsLeft: attemptsLeft,
		Annotations: []string{"error: Flexy key: invalid"}}
}

// unjudged returns a run that says nothing of the key, with an error code.
func unjudged(verdict, code string) want {
	return want{Code: 3, Sends: 1, Verdict: verdict, ErrorCode: code, Annotations: []string{"error: Flexy key: " + verdict}}
}

// mistakes returns a run with n mistakes.
func mistakes(n int) want {
	w := misconfigured("")
	for len(w.Annotations) < n {
		w.Annotations = append(w.Annotations, w.Annotations[0])
	}
	return w
}
