package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.uber.org/goleak"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/emulator"
	"flexy-key-check/checks/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestDemo(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	testkit.NoError(t, demo(t.Context(), nil, &out))
	for _, want := range []string{
		"1. ", "verdict: pass", "2. ", "verdict: mismatch", "exit code 1, expected 1", "3. ",
		"found less than 5000 DZD", "4. ", "rotation: expected", "all 4 runs ended as they should",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output lacks %q", want)
		}
	}
	for _, secret := range []string{production, sandbox, "+213665983439", "1326.13"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("the output holds %q", secret)
		}
	}
	for line := range strings.Lines(out.String()) {
		if utf8.RuneCountInString(strings.TrimSuffix(line, "\n")) > 80 {
			t.Errorf("more than 80 columns: %s", line)
		}
	}
	if t.Failed() {
		t.Logf("%s", out.String())
	}
}

// A run that does not end as it should is noticed.
func TestWrongScenarios(t *testing.T) {
	t.Parallel()
	url, stop, err := serve("127.0.0.1:0")
	testkit.NoError(t, err)
	t.Cleanup(stop)
	for _, s := range scenarios(time.Now()) {
		code, says := s, s
		code.code += 2
		says.says = "no program says this"
		if !s.run(t.Context(), url, io.Discard) || code.run(t.Context(), url, io.Discard) || says.run(t.Context(), url, io.Discard) {
			t.Errorf("%s: a wrong end was taken for a right one, or the other way round", s.title)
		}
	}
}

func TestInterruptedDemoFails(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := demo(ctx, nil, io.Discard); err == nil {
		t.Error("got no error")
	}
}

func TestListen(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	out, in := io.Pipe()
	ended := make(chan error)
	go func() {
		ended <- demo(ctx, []string{"-listen", "localhost:0"}, in)
		_ = in.Close()
	}()
	shown := readUntil(t, out, "again.\n")
	for _, s := range playground(time.Now().UTC()) {
		if !strings.Contains(shown, "# "+s.title+"\n  "+s.command()+"\n") {
			t.Errorf("no command for %s", s.title)
		}
	}
	for line := range strings.Lines(shown) {
		if utf8.RuneCountInString(strings.TrimSuffix(line, "\n")) > 80 {
			t.Errorf("more than 80 columns: %s", line)
		}
	}
	_, rest, _ := strings.Cut(shown, "FLEXY_BASE_URL=")
	url, _, _ := strings.Cut(rest, "\n")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+emulator.Path, nil)
	testkit.NoError(t, err)
	req.Close = true
	req.Header.Set(emulator.Header, sandbox)
	resp, err := http.DefaultClient.Do(req)
	testkit.NoError(t, err)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("the emulator answered %s", resp.Status)
	}
	interrupt()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func readUntil(t *testing.T, r io.Reader, end string) string {
	t.Helper()
	var shown strings.Builder
	chunk := make([]byte, 1024)
	for !strings.Contains(shown.String(), end) {
		n, err := r.Read(chunk)
		if err != nil {
			t.Fatalf("%v after:\n%s", err, shown.String())
		}
		shown.Write(chunk[:n])
	}
	return shown.String()
}

// Each key of the playground does what its line says, and there is one for each
// verdict that a single key can have.
func TestPlayground(t *testing.T) {
	t.Parallel()
	url, stop, err := serve("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	verdicts, all := map[string]bool{}, ""
	for _, s := range playground(time.Now().UTC()) {
		s.key = strings.Trim(s.key, "'") // as a shell does
		var out bytes.Buffer
		if !s.run(t.Context(), url, &out) {
			t.Errorf("%s: ended otherwise:\n%s", s.title, out.String())
		}
		all += strings.ReplaceAll(out.String(), "\n  |     ", " ") // without the folds
		verdict, _, _ := strings.Cut(s.title, ":")
		verdict, _, _ = strings.Cut(verdict, ",")
		if !strings.Contains(out.String(), "verdict: "+verdict) && verdict != "misconfigured" {
			t.Errorf("%s: the verdict is another:\n%s", s.title, out.String())
		}
		verdicts[verdict] = true
		if strings.HasPrefix(s.key, "demo-") && (len(s.key) < 32 || strings.Contains(out.String(), s.key)) {
			t.Errorf("%s: the key is too short for a fingerprint, or was shown", s.title)
		}
	}
	for _, v := range checks.Verdicts {
		if v != checks.Skipped && !verdicts[v.String()] {
			t.Errorf("no key for the verdict %s", v)
		}
	}
	for _, message := range meetFirst(t) {
		if !strings.Contains(all, message) {
			t.Errorf("no key shows %q", message)
		}
	}
}

// meetFirst are the messages that people meet first, as TROUBLESHOOTING.md has
// them, with the address that the emulator sees.
func meetFirst(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../.github/TROUBLESHOOTING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "<!-- first -->\n")
	table, _, _ = strings.Cut(table, "<!-- /first -->")
	var messages []string
	for _, row := range regexp.MustCompile(`(?m)^\| (?:[a-z-]+: )?(.+?) \| `).FindAllStringSubmatch(table, -1)[1:] {
		message, _, _ := strings.Cut(row[1], "2026-") // the time differs
		messages = append(messages, strings.ReplaceAll(message, "203.0.113.45", "127.0.0.1"))
	}
	if len(messages) < 7 {
		t.Fatalf("only %d messages", len(messages))
	}
	return messages[1:] // the line under the heading is none
}

func TestListenOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	for _, address := range []string{":8085", "0.0.0.0:0", "[::]:0", "192.0.2.1:0", "127.0.0.1", "127.0.0.1:99999"} {
		if err := demo(t.Context(), []string{"-listen", address}, io.Discard); err == nil {
			t.Errorf("%s: got no error", address)
		}
	}
}

func TestFold(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 100)
	for line, want := range map[string]string{
		"short\n":         "short",
		long:              long,
		"a " + long:       "a " + long,
		"a b c d " + long: "a b c d\n  |     " + long,
	} {
		if got := fold(line); got != want {
			t.Errorf("fold(%q) = %q, want %q", line, got, want)
		}
	}
}
