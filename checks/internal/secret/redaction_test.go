package secret_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	html "html/template"
	"log"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	plain "text/template"

	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/test/testkit"
)

// expectHidden fails a test if a text shows the secret.
func expectHidden(t *testing.T, how, shown string) {
	t.Helper()
	if strings.Contains(shown, text) || secret.NewTraces(secret.New(text)).In(shown) {
		t.Errorf("%s shows the secret: %s", how, shown)
	}
}

type holder struct {
	Exported   secret.Value
	unexported secret.Value
	Any        any
	hidden     any
}

type nested struct {
	one     holder
	pointer *holder
	deeper  **holder
	inner   struct{ holder }
}

type embedded struct{ secret.Value }

// carriers returns values that contain the secret in every way Go offers.
func carriers() map[string]any {
	v := secret.New(text)
	h := holder{v, v, v, v}
	p := &h
	full := make(chan secret.Value, 1)
	full <- v
	return map[string]any{
		"value": v, "pointer": &v, "struct": h, "struct pointer": p, "pointer to pointer": &p,
		"nested":         nested{h, p, &p, struct{ holder }{h}},
		"nested pointer": &nested{h, p, &p, struct{ holder }{h}},
		"slice":          []secret.Value{v}, "slice of pointers": []*secret.Value{&v}, "array": [2]secret.Value{v, v},
		"slice of structs": []holder{h}, "slice of any": []any{v, &v, h},
		"map value": map[string]secret.Value{"k": v}, "map key": map[secret.Value]int{v: 1},
		"map of structs": map[string]holder{"k": h}, "channel": full, "func": v.Reveal,
		"error": fmt.Errorf("failed with %v", v), "wrapped error": fmt.Errorf("outer: %w", fmt.Errorf("inner %v: %w", v, errors.ErrUnsupported)),
		"joined error": errors.Join(fmt.Errorf("%s", v), fmt.Errorf("%q", v)), "error type": failure{v},
		"embedded": embedded{v}, "interface field": struct{ s fmt.Stringer }{v},
	}
}

// failure is an error that formats a secret of its own.
type failure struct{ key secret.Value }

func (f failure) Error() string { return fmt.Sprintf("bad key %#v %x", f.key, f.key) }

func TestEveryVerb(t *testing.T) {
	t.Parallel()
	for name, carrier := range carriers() {
		for _, flags := range []string{"", "+", "#", " ", "-", "0", "+#", "# ", "60", "-60", "060", ".3", "40.20", "#.2"} {
			// All letters, since fmt prints the operand of unknown verbs as well.
			for _, verb := range "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!é" {
				format := "%" + flags + string(verb)
				expectHidden(t, name+" in "+format, fmt.Sprintf(format, carrier))
			}
		}
		expectHidden(t, name+" in Sprint", fmt.Sprint(carrier))
		expectHidden(t, name+" in Sprintln", fmt.Sprintln(carrier, carrier))
		for _, format := range []string{"no verb", "%*d", "%.*d", "%[2]v", "%[1]", "%", "%!"} {
			expectHidden(t, name+" in "+format, fmt.Sprintf(format, carrier, carrier))
		}
	}
}

func TestFormatOfValue(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%z", "%30s"} {
		testkit.Diff(t, secret.Redacted, fmt.Sprintf(format, secret.New(text)))
		testkit.Diff(t, "", fmt.Sprintf(format, secret.Value{}))
	}
	var none *secret.Value
	expectHidden(t, "nil pointer", fmt.Sprintf("%v %s %#v", none, none, none))
}

// writers are ways for a value to leave the program.
var writers = map[string]func(*bytes.Buffer, any) error{
	"JSON":      func(b *bytes.Buffer, v any) error { return json.NewEncoder(b).Encode(v) },
	"XML":       func(b *bytes.Buffer, v any) error { return xml.NewEncoder(b).Encode(v) },
	"gob":       func(b *bytes.Buffer, v any) error { return gob.NewEncoder(b).Encode(v) },
	"slog":      func(b *bytes.Buffer, v any) error { return record(slog.NewTextHandler(b, options), v) },
	"slog JSON": func(b *bytes.Buffer, v any) error { return record(slog.NewJSONHandler(b, options), v) },
	"log": func(b *bytes.Buffer, v any) error {
		log.New(b, "", log.LstdFlags).Println("key", v)
		return nil
	},
	"template": func(b *bytes.Buffer, v any) error {
		const source = `{{.}} {{printf "%v %q %x" . .}} {{print .}} {{html .}} {{js .}} {{urlquery .}} {{len (printf "%s" .)}}`
		return plain.Must(plain.New("").Parse(source)).Execute(b, v)
	},
	"HTML template": func(b *bytes.Buffer, v any) error {
		const page = `<a href="/?k={{.}}" title="{{.}}" onclick="f({{.}})">{{.}}</a><script>var k = {{.}}</script><style>p { color: {{.}} }</style>`
		return html.Must(html.New("").Parse(page)).Execute(b, v)
	},
}

var options = &slog.HandlerOptions{AddSource: true, Level: slog.LevelDebug}

func record(handler slog.Handler, v any) error {
	slog.New(handler).With("with", v).WithGroup("group").Info("message", "key", v, slog.Group("inner", slog.Any("any", v)))
	return nil
}

func TestWriters(t *testing.T) {
	t.Parallel()
	for how, write := range writers {
		for name, carrier := range carriers() {
			if name == "func" && strings.HasSuffix(how, "template") {
				continue // a template may call it, and so reveal the secret
			}
			var b bytes.Buffer
			err := write(&b, carrier)
			if b.Len() == 0 && err == nil {
				t.Errorf("%s in %s: nothing written", name, how)
			}
			expectHidden(t, name+" in "+how, fmt.Sprint(b.String(), err))
		}
	}
	out, err := json.Marshal(map[string]any{"key": secret.New(text), "none": secret.Value{}})
	testkit.NoError(t, err)
	testkit.Diff(t, `{"key":"[redacted]","none":""}`, string(out))
	type element struct {
		Key  secret.Value
		Attr secret.Value `xml:",attr"`
	}
	out, err = xml.Marshal(element{secret.New(text), secret.New(text)})
	testkit.NoError(t, err)
	testkit.Diff(t, `<element Attr="[redacted]"><Key>[redacted]</Key></element>`, string(out))
}

// A crash prints the panic's value and all stacks.
func TestCrash(t *testing.T) {
	t.Parallel()
	const variable = "SECRET_TEST_CRASH"
	if name := os.Getenv(variable); name != "" {
		panic(carriers()[name])
	}
	for _, name := range []string{"value", "pointer", "struct", "nested", "wrapped error", "joined error", "error type"} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrash$")
		cmd.Env = append(os.Environ(), variable+"="+name, "GOTRACEBACK=system")
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "panic:") {
			t.Errorf("%s: no crash: %v", name, err)
		}
		expectHidden(t, name+" in a crash", string(out))
	}
}

// Traces contain secrets, and must not show them either.
func TestFormatOfTraces(t *testing.T) {
	t.Parallel()
	traces := secret.NewTraces(secret.New(text))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		expectHidden(t, verb, fmt.Sprintf(verb, traces))
		expectHidden(t, verb, fmt.Sprintf(verb, struct{ unexported secret.Traces }{traces}))
	}
}
