package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"go.uber.org/goleak"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/test/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// emulate starts the emulator for a test.
func emulate(t *testing.T, documented bool) (url string) {
	t.Helper()
	url, stop, err := serve("127.0.0.1:0", documented)
	testkit.NoError(t, err)
	t.Cleanup(stop)
	return url
}

// expectFits requires that each line fits into 80 columns.
func expectFits(t *testing.T, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if utf8.RuneCountInString(strings.TrimSuffix(line, "\n")) > 80 {
			t.Errorf("more than 80 columns: %s", line)
		}
	}
}

func TestDemo(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	testkit.NoError(t, demo(t.Context(), nil, &out))
	for _, want := range []string{"exit code 1, expected 1", "found less than 5000 DZD", "all 4 runs ended as they should"} {
		if !strings.Contains(unwrapped(out.String()), want) {
			t.Errorf("the output lacks %q:\n%s", want, out.String())
		}
	}
	for _, secret := range []string{production, sandbox, "+213665983439", "1326.13"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("the output contains %q:\n%s", secret, out.String())
		}
	}
	expectFits(t, out.String())
}

func TestUnexpectedEnd(t *testing.T) {
	t.Parallel()
	url := emulate(t, false)
	for _, s := range scenarios(time.Now()) {
		code, says := s, s
		code.code += 2
		says.says = "not in any output"
		if !s.run(t.Context(), url, io.Discard) || code.run(t.Context(), url, io.Discard) || says.run(t.Context(), url, io.Discard) {
			t.Errorf("%s: a wrong end was accepted, or the right one was not", s.title)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := demo(ctx, nil, io.Discard); err == nil {
		t.Error("interrupted: got no error")
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
	var text strings.Builder
	for reader := bufio.NewReader(out); !strings.HasSuffix(text.String(), playgroundTail); {
		line, err := reader.ReadString('\n')
		testkit.NoError(t, err)
		text.WriteString(line)
	}
	shown := text.String()
	for _, s := range playground(time.Now().UTC()) {
		if !strings.Contains(shown, "# "+s.title+"\n  "+s.command()+"\n") {
			t.Errorf("no command for %s", s.title)
		}
	}
	expectFits(t, shown)
	_, rest, _ := strings.Cut(shown, "FLEXY_BASE_URL=")
	url, _, _ := strings.Cut(rest, "\n")
	stays := scenario{key: sandbox, settings: []string{"FLEXY_EXPECT_TYPE=SANDBOX"}, says: "verdict: pass"}
	if !stays.run(ctx, url, io.Discard) {
		t.Error("the emulator is not up")
	}
	interrupt()
	testkit.NoError(t, <-ended)
}

// Each key of the playground does what its title says, and there is one for each
// verdict of a single key.
func TestPlayground(t *testing.T) {
	t.Parallel()
	for _, documented := range []bool{false, true} {
		t.Run(fmt.Sprint("documented ", documented), func(t *testing.T) {
			t.Parallel()
			playAll(t, emulate(t, documented))
		})
	}
}

func playAll(t *testing.T, url string) {
	t.Helper()
	verdicts := map[string]bool{}
	for _, s := range playground(time.Now().UTC()) {
		s.key = strings.Trim(s.key, "'") // as a shell does
		var out bytes.Buffer
		if !s.run(t.Context(), url, &out) {
			t.Errorf("%s: wrong end:\n%s", s.title, out.String())
		}
		verdict := regexp.MustCompile(`^\w+`).FindString(s.title)
		if !strings.Contains(out.String(), "verdict: "+verdict) && verdict != "misconfigured" {
			t.Errorf("%s: wrong verdict:\n%s", s.title, out.String())
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
}

func TestListenOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	for _, address := range []string{":8085", "0.0.0.0:0", "[::]:0", "192.0.2.1:0", "127.0.0.1", "127.0.0.1:99999"} {
		if err := demo(t.Context(), []string{"-listen", address}, io.Discard); err == nil {
			t.Errorf("%s: got no error", address)
		}
	}
}

// Workflows and documents use the emulator's keys, which nothing else would compare.
func TestDemoKeysExist(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, s := range playground(time.Now()) {
		known[s.key] = true
	}
	demoKey, found := regexp.MustCompile(`\bdemo-[a-z][\w-]*\d[\w-]*`), 0
	for _, pattern := range []string{"README.md", "action.yml", ".github/*.md", ".github/*/*.yml", ".github/actions/*/*", "testdata/*/*"} {
		files, err := filepath.Glob("../../" + pattern)
		testkit.NoError(t, err)
		for _, file := range files {
			text, err := os.ReadFile(file)
			if errors.Is(err, syscall.EISDIR) {
				continue
			}
			testkit.NoError(t, err)
			for _, key := range demoKey.FindAllString(string(text), -1) {
				if found++; !known[key] {
					t.Errorf("%s: the emulator does not know the key %s", file, key)
				}
			}
		}
	}
	if found < 4 {
		t.Errorf("only %d keys found: ci.yml alone has four", found)
	}
}
