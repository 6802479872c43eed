package config_test

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"flexy-key-check/checks/internal/testkit"
)

// A secret may be given as a file, as Docker and Kubernetes mount them; never
// both ways, and nothing but the variable is named.
func TestSecretFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pipe, link := filepath.Join(dir, "pipe"), filepath.Join(dir, "link")
	good := file(t, "key", "\n "+key+"\r\n")
	testkit.NoError(t, syscall.Mkfifo(pipe, 0o600))
	if err := os.Symlink(good, link); err != nil { // as Kubernetes does
		t.Fatal(err)
	}
	const hidden = " (path not shown)"
	for name, tt := range map[string]struct {
		set  given
		want []string
	}{
		"the key":         {given{"FLEXY_API_KEY_FILE": good}, nil},
		"by a link":       {given{"FLEXY_API_KEY_FILE": " " + link + "\n"}, nil},
		"4 KiB":           {given{"FLEXY_API_KEY_FILE": file(t, "key", strings.Repeat(" ", 4<<10-len(key))+key)}, nil},
		"more":            {given{"FLEXY_API_KEY_FILE": file(t, "key", strings.Repeat(" ", 4<<10)+key)}, []string{"FLEXY_API_KEY_FILE: the file is larger than 4 KiB" + hidden}},
		"both":            {given{"api-key": key, "FLEXY_API_KEY_FILE": good}, []string{"FLEXY_API_KEY_FILE: cannot be combined with FLEXY_API_KEY"}},
		"missing":         {given{"FLEXY_API_KEY_FILE": filepath.Join(dir, "none")}, []string{"FLEXY_API_KEY_FILE: no such file" + hidden}},
		"the key itself":  {given{"FLEXY_API_KEY_FILE": key}, []string{"FLEXY_API_KEY_FILE: no such file" + hidden}},
		"a folder":        {given{"FLEXY_API_KEY_FILE": dir}, []string{"FLEXY_API_KEY_FILE: not a regular file" + hidden}},
		"a pipe":          {given{"FLEXY_API_KEY_FILE": pipe}, []string{"FLEXY_API_KEY_FILE: not a regular file" + hidden}},
		"a device":        {given{"FLEXY_API_KEY_FILE": os.DevNull}, []string{"FLEXY_API_KEY_FILE: not a regular file" + hidden}},
		"empty":           {given{"FLEXY_API_KEY_FILE": file(t, "key", " \n")}, []string{"FLEXY_API_KEY_FILE: the file is empty" + hidden}},
		"not a key":       {given{"FLEXY_API_KEY_FILE": file(t, "key", "***")}, []string{"FLEXY_API_KEY: not a Flexy API key: masked, as a log shows a secret (not shown)"}},
		"a token's":       {given{"api-key": key, "secret-name": "X", "FLEXY_SECRETS_TOKEN_FILE": file(t, "token", token)}, nil},
		"a token's, none": {given{"api-key": key, "FLEXY_GITHUB_TOKEN_FILE": dir}, []string{"FLEXY_GITHUB_TOKEN_FILE: not a regular file" + hidden}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.set["environment"] = "production"
			c, mistakes := judge(t, tt.set, false)
			testkit.Diff(t, tt.want, texts(mistakes))
			if len(tt.want) == 0 && c.Entries[0].Key.Reveal() != key {
				t.Errorf("the key is %q", c.Entries[0].Key.Reveal())
			}
		})
	}
	// An action does not read them.
	if _, mistakes := judge(t, given{"environment": "production", "FLEXY_API_KEY_FILE": good}, true); len(mistakes) != 1 {
		t.Errorf("in an action: %v", mistakes)
	}
}

// Only root may read everything.
func TestSecretFileForbidden(t *testing.T) {
	t.Parallel()
	path := file(t, "key", key)
	testkit.NoError(t, os.Chmod(path, 0))
	c, mistakes := judge(t, given{"environment": "production", "FLEXY_API_KEY_FILE": path}, false)
	want := []string{"FLEXY_API_KEY_FILE: permission denied (path not shown)"}
	if os.Getuid() == 0 {
		want = nil
	}
	if diff := cmp.Diff(want, texts(mistakes)); diff != "" || want == nil && c.Entries[0].Key.Blank() {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The variables that a policy file names may be files too.
func TestPolicySecretFiles(t *testing.T) {
	t.Parallel()
	policy := file(t, "flexy.yml", "keys:\n  - {name: a, env: FLEXY_C_KEY, type: any}\n")
	env := given{"policy": policy, "FLEXY_C_KEY_FILE": file(t, "key", key)}
	c, mistakes := read(nil, env.as(false), "FLEXY_C_KEY_FILE=x").Config(now)
	if len(mistakes) > 0 || c.Entries[0].Key.Reveal() != key {
		t.Errorf("%v", mistakes)
	}
	env["FLEXY_C_KEY_FILE"] = t.TempDir()
	_, mistakes = judge(t, env, false)
	testkit.Diff(t, []string{"FLEXY_C_KEY_FILE: not a regular file (path not shown)"}, texts(mistakes))
	// A variable of the program's own is not the key's.
	own := file(t, "flexy.yml", "keys:\n  - {name: a, env: FLEXY_API_KEY_FILE, type: any}\n")
	if _, mistakes = judge(t, given{"policy": own}, false); len(mistakes) != 1 || mistakes[0].Place.Name != "env" {
		t.Errorf("%v", mistakes)
	}
}

// A CA bundle may come through a pipe, such as that of <(cat ca.pem).
func TestSSLCertFilePipe(t *testing.T) {
	t.Parallel()
	const none = "SSL_CERT_FILE: no certificates came through the pipe"
	one, _ := certificate(t)
	for name, tt := range map[string]struct {
		text string
		want []string
	}{
		"certificate":    {one, nil},
		"no certificate": {"no certificate", []string{none}},
		"4 MiB":          {one + strings.Repeat("\n", 4<<20-len(one)), nil},
		"more":           {one + strings.Repeat("\n", 4<<20-len(one)+1), []string{none}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pipe := namedPipe(t)
			done := make(chan error, 1)
			go func() { done <- os.WriteFile(pipe, []byte(tt.text), 0o600) }()
			c, mistakes := judge(t, good(given{"SSL_CERT_FILE": pipe}), true)
			testkit.NoError(t, <-done)
			testkit.Diff(t, tt.want, texts(mistakes))
			if trusted := c.Roots != nil && !c.Roots.Equal(x509.NewCertPool()); trusted != (tt.want == nil) {
				t.Errorf("certificates: %v", trusted)
			}
		})
	}
}

// A pipe without a writer does not hang the program.
func TestSSLCertFilePipeWithoutWriter(t *testing.T) {
	t.Parallel()
	pipe := namedPipe(t)
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		_, mistakes := judge(t, good(given{"SSL_CERT_FILE": pipe}), true)
		testkit.Diff(t, []string{"SSL_CERT_FILE: no certificates came through the pipe"}, texts(mistakes))
		if took := time.Since(began); took < 5*time.Second || took > 6*time.Second {
			t.Errorf("gave up after %v", took)
		}
	})
}

func namedPipe(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipe")
	testkit.NoError(t, syscall.Mkfifo(path, 0o600))
	return path
}

// An event's payload in a pipe tells nothing, and does not hang.
func TestEventPipe(t *testing.T) {
	t.Parallel()
	pipe := namedPipe(t)
	expectMistakes(t, blank(given{"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": pipe}), blankKey)
}
