package flexy

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"flexy-key-check/checks/internal/secret"
)

// FuzzClassify compares the classifier with an independent reading of the same
// bytes: what is accepted or rejected, and what may be shown.
func FuzzClassify(f *testing.F) {
	for _, tt := range statusCases {
		f.Add(tt.status, []byte(tt.body), "req-fpg", "")
	}
	for _, tt := range badBodies {
		if body := strings.Replace(okBody, tt.old, tt.replacement, 1); len(body) < 4096 {
			f.Add(200, []byte(body), "", "8f1a2b3c4d5e6f70-MRS")
		}
	}
	f.Add(401, []byte(problem(testKey, `,"details":{"attemptsLeft":0}`)), testKey, "ray "+testKey)
	f.Add(200, []byte(strings.Replace(okBody, "req_1", testEcho, 1)), testEcho, testUser[1:])
	f.Add(403, []byte("<html>"), "::error::x", "8f1a2b3c4d5e6f70-MRS")
	f.Fuzz(func(t *testing.T, status int, body []byte, id, ray string) {
		key := secret.New(testKey)
		got := Classify(Response{Status: status, Body: body, RequestID: id, Ray: ray}, secret.NewTraces(key))
		doc, strict := strictly(body)
		if want := outcome(status, doc, strict); got.Outcome != want {
			t.Errorf("outcome %d, want %d", got.Outcome, want)
		}
		if got.Status != status || got.Sends != 0 || !got.At.IsZero() {
			t.Errorf("status %d, sends %d, at %v", got.Status, got.Sends, got.At)
		}
		if (got.Fault != FaultInternal) != (got.Outcome == Unavailable) {
			t.Errorf("outcome %d with fault %d", got.Outcome, got.Fault)
		}
		if got.Outcome == Accepted {
			agrees(t, got.Key, doc)
		} else if !got.Key.Username.Blank() || !got.Key.Echo.Blank() || got.Key.Enabled || got.Key.Type+got.Key.Scope != "" || got.Key.AllowedIPs.Known {
			t.Errorf("outcome %d has a key", got.Outcome)
		}
		username, _ := path(doc, "data", "username").(string)
		echo, _ := path(doc, "data", "apiKey", "key").(string)
		harmless(t, got, key, secret.New(username), secret.New(echo))
	})
}

// FuzzAttemptsLeft proves that a number from a message is a whole number in it, and
// that the message speaks of attempts.
func FuzzAttemptsLeft(f *testing.F) {
	for _, message := range []string{"2 attempts left", "attempts remaining: 19", "2 of 5 attempts left", "after 5 failed attempts", "-1 attempts left", "1.5 tries left"} {
		f.Add(message)
	}
	whole, attempts := regexp.MustCompile(`-?\d+`), regexp.MustCompile(`(?i)attempt|try|tries`)
	f.Fuzz(func(t *testing.T, message string) {
		n := attemptsLeft(nil, message)
		if n == nil {
			return
		}
		isWhole := slices.ContainsFunc(whole.FindAllString(message, -1), func(text string) bool {
			return strings.TrimLeft(text, "0") == strings.TrimLeft(strconv.Itoa(*n), "0")
		})
		if !isWhole || *n < 0 || *n > 99 || !attempts.MatchString(message) {
			t.Errorf("%q: %d", message, *n)
		}
	})
}

var (
	shellSafe  = regexp.MustCompile(`\A[A-Za-z0-9_.:-]{0,64}\z`)
	documented = strings.Fields(`SANDBOX PRODUCTION READ-WRITE READ-ONLY
		INVALID_ACCESS_TOKEN ERR_AUTH MISSING_ACCESS_TOKEN IP_NOT_ALLOWED IP_BLOCKED API_DISABLED`)
)

// harmless checks that all texts may be shown.
func harmless(t *testing.T, a Answer, secrets ...secret.Value) {
	t.Helper()
	for _, text := range []string{a.Key.Type, a.Key.Scope, a.Code, a.RequestID, a.Environment} {
		if !shellSafe.MatchString(text) || secret.NewTraces(secrets...).In(text) && !slices.Contains(documented, strings.ReplaceAll(strings.ToUpper(text), "-", "_")) && !slices.Contains(documented, text) {
			t.Errorf("shows %q", text)
		}
	}
	if a.AttemptsLeft != nil && (*a.AttemptsLeft < 0 || *a.AttemptsLeft > 99) {
		t.Errorf("%d attempts left", *a.AttemptsLeft)
	}
	why := a.Explain()
	for _, text := range []string{why.Message, why.Hint} {
		if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("explains %q", text)
		}
	}
}

// agrees checks a key against the document that describes it.
func agrees(t *testing.T, k Key, doc any) {
	t.Helper()
	if k.Username.Reveal() != path(doc, "data", "username") || k.Enabled != path(doc, "data", "apiKey", "isEnabled") {
		t.Error("another account or state than in the document")
	}
	if kind := path(doc, "data", "apiKey", "type"); k.Type != "" && k.Type != kind {
		t.Errorf("type %q, want %q", k.Type, kind)
	}
	if scope := path(doc, "data", "apiKey", "scope"); k.Scope != "" && k.Scope != scope {
		t.Errorf("scope %q, want %q", k.Scope, scope)
	}
	entries, _ := path(doc, "data", "apiKey", "allowedips").([]any)
	blank := 0
	for _, entry := range entries {
		if text, ok := entry.(string); ok && strings.TrimSpace(text) == "" {
			blank++
		}
	}
	if k.AllowedIPs.Known && (entries == nil || len(entries)-blank != len(k.AllowedIPs.Addrs) || blank > 0 && blank == len(entries)) {
		t.Errorf("%d addresses of %v", len(k.AllowedIPs.Addrs), entries)
	}
}

// outcome implements section 4 of the contract.
func outcome(status int, doc any, strict bool) Outcome {
	success, known := path(doc, "success").(bool)
	code, _ := path(doc, "error", "code").(string)
	blank := code == ""
	if shellSafe.MatchString(code) { // in ASCII, strings agrees with the contract
		code = strings.ReplaceAll(strings.ToUpper(code), "-", "_")
	}
	switch {
	case !strict || !known || success != (status == 200):
		return Unavailable
	case success:
		_, username := path(doc, "data", "username").(string)
		_, enabled := path(doc, "data", "apiKey", "isEnabled").(bool)
		_, kind := path(doc, "data", "apiKey", "type").(string)
		_, scope := path(doc, "data", "apiKey", "scope").(string)
		if username && enabled && kind && scope {
			return Accepted
		}
	case status != 401 && status != 403 || code == "MISSING_ACCESS_TOKEN":
	case code == "API_DISABLED":
		return Disabled
	case code == "IP_BLOCKED":
		return Blocked
	case code == "IP_NOT_ALLOWED":
		return NotAllowed
	case status == 401 && !blank:
		return Rejected
	}
	return Unavailable
}

// strictly reads JSON using only encoding/json and reports whether every reader
// understands it alike: valid UTF-8, one document, no name twice in any case, and
// a depth of at most 16.
func strictly(body []byte) (any, bool) {
	var doc any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber() // else 1e999 is an error
	if !utf8.Valid(body) || !json.Valid(body) || d.Decode(&doc) != nil {
		return nil, false
	}
	names, unique := count(doc, 16)
	return doc, unique && names == colons(body)
}

// count counts the names in a document and reports whether they are unique within
// each object and the document is at most depth deep.
func count(v any, depth int) (n int, unique bool) {
	var members []any
	switch v := v.(type) {
	case map[string]any:
		names := make([]string, 0, len(v))
		for name, member := range v {
			if slices.ContainsFunc(names, func(other string) bool { return strings.EqualFold(name, other) }) {
				return 0, false
			}
			names, members = append(names, name), append(members, member)
		}
		n = len(names)
	case []any:
		members = v
	default:
		return 0, true
	}
	for _, member := range members {
		m, ok := count(member, depth-1)
		if !ok {
			return 0, false
		}
		n += m
	}
	return n, depth > 0
}

// colons counts the colons outside strings in valid JSON: one for each name.
func colons(body []byte) (n int) {
	quoted := false
	for i := 0; i < len(body); i++ {
		switch {
		case quoted && body[i] == '\\':
			i++
		case body[i] == '"':
			quoted = !quoted
		case !quoted && body[i] == ':':
			n++
		}
	}
	return n
}

// path returns the value at a path of names.
func path(v any, names ...string) any {
	for _, name := range names {
		object, _ := v.(map[string]any)
		v = object[name]
	}
	return v
}
