package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/test/oracle"
	"flexy-key-check/checks/internal/test/testkit"
)

// A ran is a finished run.
type ran struct {
	code           int
	format         string // text, json or github; none for --help and the like
	stdout, stderr []byte
	files          map[string][]byte // the runner's writable files, by variable
	sent           map[string][]byte // to each server, by variable: all but the key or token in its header
	progress       []byte            // cut from stderr
	key            string            // trimmed
	runner         bool              // an Actions runner reads the output, and nobody redirects it
	policy         bool              // many keys in one run
	unseen         bool              // stdout is
	broken         bool              // its files are not as usual
	masked         []string          // must be
	secrets        []string
}

var (
	outputNames = testkit.Names("outputs")
	ofOneKey    = testkit.OfOneKey()
	codes       = testkit.Codes() // by verdict
)

const (
	most      = 10       // annotations of a kind
	mostBytes = 64 << 10 // of the summary, and of the result
)

// hold asserts what is true of every run.
func (r ran) hold(t testing.TB) {
	t.Helper()
	streams := map[string][]byte{oracle.Stdout: r.stdout, "stderr": r.stderr}
	maps.Copy(streams, r.files)
	maps.Copy(streams, r.sent)
	maps.DeleteFunc(streams, func(_ string, text []byte) bool { return len(text) == 0 })
	switch {
	case r.broken:
	case r.format == "github":
		r.holdGitHub(t)
	default:
		r.holdOutside(t)
	}
	oracle.NoLeak(t, streams, r.secrets...)
}

// holdOutside asserts what is true outside the github format.
func (r ran) holdOutside(t testing.TB) {
	t.Helper()
	for name, text := range r.files {
		if len(text) > 0 {
			t.Errorf("format %s wrote to %s:\n%s", r.format, name, text)
		}
	}
	if got := append(oracle.Commands(r.stdout), oracle.Commands(r.stderr)...); len(got) > 0 {
		t.Errorf("format %s issued commands: %v", r.format, got)
	}
	if r.format == "none" {
		return
	}
	for line := range strings.Lines(string(r.stderr)) {
		if !stderrLine.MatchString(line) {
			t.Errorf("standard error has the line %q", line)
		}
	}
	if r.format == "json" {
		r.holdResult(t, r.stdout)
	}
}

var stderrLine = regexp.MustCompile(`\Aflexy-key-check: (error|warning|hint|debug): .+\n\z`)

// holdGitHub asserts what is true of the github format.
func (r ran) holdGitHub(t testing.TB) {
	t.Helper()
	if len(r.stderr) > 0 {
		t.Errorf("standard error is not empty:\n%s", r.stderr)
	}
	if !oracle.MasksLead(r.stdout) {
		t.Errorf("the log has a mask after something else:\n%s", r.stdout)
	}
	masks, rest := r.masks()
	for i, s := range r.masked {
		if isMasked := slices.Contains(masks, s); isMasked != r.runner && !r.unseen {
			t.Errorf("of %d masks, secret %d of the run is one: %v", len(masks), i+1, isMasked)
		}
	}
	counts := map[string]int{}
	for _, c := range oracle.Commands(rest) {
		counts[c.Name]++
		if c.Name != "debug" && (c.Name != "error" && c.Name != "warning" || !ownTitle.MatchString(c.Properties["title"])) {
			t.Errorf("the log has the command %q after the masks: %v", c.Name, c)
		}
	}
	for name, n := range counts {
		if name != "debug" && n > most {
			t.Errorf("%d annotations of level %s", n, name)
		}
	}
	if summary, ok := r.files["GITHUB_STEP_SUMMARY"]; ok && (len(summary) == 0 || len(summary) > mostBytes) {
		t.Errorf("the summary has %d bytes", len(summary))
	}
	for _, name := range []string{"GITHUB_ENV", "GITHUB_STATE"} {
		if text := r.files[name]; len(text) > 0 {
			t.Errorf("%s was written:\n%s", name, text)
		}
	}
	if _, ok := r.files["GITHUB_OUTPUT"]; ok {
		r.holdOutputs(t)
	}
}

// ownTitle matches how the title of each annotation begins.
var ownTitle = regexp.MustCompile(`\A(Flexy keys?|flexy-key-check)\b`)

// isOrdinary reports whether a key may look like a word or a number, which may not be
// masked.
func isOrdinary(key string) bool {
	const digits = "0123456789"
	return len(key) < 8 || !strings.ContainsAny(key, digits) || strings.Trim(key, digits+"-.:/") == ""
}

// firstLine returns the first line of a text: the runner masks each separately.
func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// safeToken matches outputs that are safe in a shell command.
var safeToken = regexp.MustCompile(`\A[A-Za-z0-9_.:-]{0,64}\z`)

// holdOutputs asserts that each output was written once, and that the outputs agree
// with each other and with the exit code.
func (r ran) holdOutputs(t testing.TB) {
	t.Helper()
	names, outputs, err := oracle.Outputs(r.files["GITHUB_OUTPUT"])
	if err != nil {
		t.Errorf("outputs: %v", err)
	}
	testkit.Diff(t, outputNames, names)
	verdict := outputs["verdict"]
	if !slices.Contains(codes[verdict], r.code) {
		t.Errorf("verdict %q with exit code %d", verdict, r.code)
	}
	for _, name := range []string{"type", "scope", "error-code", "request-id"} {
		if !safeToken.MatchString(outputs[name]) {
			t.Errorf("output %s is %q", name, outputs[name])
		}
	}
	for _, name := range []string{"valid", "enabled", "rotation-due"} {
		if !slices.Contains([]string{"", "true", "false"}, outputs[name]) {
			t.Errorf("output %s is %q", name, outputs[name])
		}
	}
	for name, value := range outputs {
		if strings.Contains(value, "'") {
			t.Errorf("output %s has a single quote: %q", name, value)
		}
	}
	if summary, ok := r.files["GITHUB_STEP_SUMMARY"]; ok && !bytes.Contains(summary, []byte(verdict)) {
		t.Errorf("the summary does not name the verdict %s:\n%s", verdict, summary)
	}
	if !bytes.Contains(r.stdout, []byte(verdict)) && !r.unseen {
		t.Errorf("the log does not name the verdict %s:\n%s", verdict, r.stdout)
	}
	result := r.holdResult(t, []byte(outputs["result"]))
	if got := fmt.Sprint(result["verdict"]); got != verdict {
		t.Errorf("result says %s, verdict %s", got, verdict)
	}
	if keys := result["keys"].([]any); r.policy {
		for _, name := range ofOneKey {
			if outputs[name] != "" {
				t.Errorf("output %s of a policy is %q", name, outputs[name])
			}
		}
	} else if len(keys) == 1 {
		holdKey(t, keys[0].(map[string]any), outputs, result["truncated"] == true)
		if !r.unseen {
			r.holdFingerprint(t, keys[0].(map[string]any))
		}
	}
}

// holdKey asserts that the only key of the result agrees with the outputs.
func holdKey(t testing.TB, key map[string]any, outputs map[string]string, truncated bool) {
	t.Helper()
	for _, name := range outputNames {
		value, ok := key[name]
		if name == "result" || truncated && value == nil {
			continue
		}
		if !ok {
			t.Errorf("the result lacks %s", name)
		}
		text := fmt.Sprint(value)
		if list, isList := value.([]any); isList {
			compact, _ := json.Marshal(list)
			text = string(compact)
		}
		if outputs[name] != "" && text != outputs[name] || outputs[name] == "" && value != nil && name != "type" && name != "scope" {
			t.Errorf("%s is %v in the result, the output is %q", name, text, outputs[name])
		}
	}
}

// holdResult asserts that text is a result on one line, and returns it.
func (r ran) holdResult(t testing.TB, text []byte) map[string]any {
	t.Helper()
	text = bytes.TrimSuffix(text, []byte("\n"))
	var result map[string]any
	if err := json.Unmarshal(text, &result); err != nil {
		t.Fatalf("result: %v\n%s", err, text)
	}
	if len(text) > mostBytes || bytes.ContainsAny(text, "\r\n") {
		t.Errorf("the result has %d bytes, or several lines", len(text))
	}
	if _, ok := result["keys"].([]any); !ok {
		t.Fatalf("the result has no list of keys: %s", text)
	}
	return result
}

// masks returns the masks at the start of standard output, and the rest of it.
func (r ran) masks() (masks []string, rest []byte) {
	rest = r.stdout
	for bytes.HasPrefix(rest, []byte("::add-mask::")) {
		line, after, _ := bytes.Cut(rest, []byte("\n"))
		for _, c := range oracle.Commands(line) {
			masks = append(masks, c.Message)
		}
		rest = after
	}
	return masks, rest
}

// outputs returns the outputs of the run.
func (r ran) outputs() map[string]string {
	_, outputs, _ := oracle.Outputs(r.files["GITHUB_OUTPUT"])
	return outputs
}

// An annotation is one as the runner shows it. Its place is "file:line", if it has
// one.
type annotation struct{ level, title, place, message string }

// annotations returns the run's annotations, in order.
func (r ran) annotations() []annotation {
	var out []annotation
	for _, c := range oracle.Commands(r.stdout) {
		if slices.Contains([]string{"error", "warning", "notice"}, c.Name) {
			a := annotation{level: c.Name, title: c.Properties["title"], message: c.Message}
			if file := c.Properties["file"]; file != "" {
				a.place = file + ":" + c.Properties["line"]
			}
			out = append(out, a)
		}
	}
	return out
}

// titles returns the annotations as "level: title place".
func (r ran) titles() []string {
	var titles []string
	for _, a := range r.annotations() {
		titles = append(titles, strings.TrimSpace(a.level+": "+a.title+" "+a.place))
	}
	return titles
}

// annotates reports whether an annotation of the level contains text.
func (r ran) annotates(level, text string) bool {
	return slices.ContainsFunc(r.annotations(), func(a annotation) bool { return a.level == level && strings.Contains(a.message, text) })
}
