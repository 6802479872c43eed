package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.uber.org/goleak"

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
		"warning: api-key: rotation", "all 3 runs ended as they should",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output lacks %q", want)
		}
	}
	for _, secret := range []string{production, sandbox, "+213665983439"} {
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
	shown := readUntil(t, out, "15 minutes.\n")
	for _, key := range []string{production, sandbox} {
		if !strings.Contains(shown, "FLEXY_API_KEY="+key) {
			t.Errorf("no command line with the key %s", key)
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
