package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/test/testkit"
)

// A secret may be given as a file, as Docker and Kubernetes mount them, except
// in an action. No path is shown.
func TestSecretFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good, link, forbidden := file(t, "key", "\n "+key+"\r\n"), filepath.Join(dir, "link"), file(t, "key", key)
	testkit.NoError(t, os.Symlink(good, link)) // as Kubernetes does
	testkit.NoError(t, os.Chmod(forbidden, 0))
	denied := []string{"FLEXY_API_KEY_FILE: permission denied (path not shown)"}
	if os.Getuid() == 0 { // root may read everything
		denied = nil
	}
	api := func(path string) given { return given{"FLEXY_API_KEY_FILE": path} }
	fault := func(text string) []string { return []string{"FLEXY_API_KEY_FILE: " + text + " (path not shown)"} }
	policy := func(variable string) string {
		return file(t, "flexy.yml", "keys: [{name: a, env: "+variable+", type: any}]")
	}
	for name, tt := range map[string]struct {
		env  given
		want []string
	}{
		"link":              {api(" " + link + "\n"), nil},
		"4 KiB":             {api(file(t, "key", strings.Repeat(" ", 4<<10-len(key))+key)), nil},
		"more":              {api(file(t, "key", strings.Repeat(" ", 4<<10-len(key)+1)+key)), fault("the file is larger than 4 KiB")},
		"key as path":       {api(key), fault("no such file")},
		"NUL":               {api("\x00"), fault("cannot read the file")},
		"forbidden":         {api(forbidden), denied},
		"directory":         {api(dir), fault("not a regular file")},
		"pipe":              {api(namedPipe(t)), fault("not a regular file")},
		"device":            {api(os.DevNull), fault("not a regular file")},
		"empty":             {api(file(t, "key", " \n")), fault("the file is empty")},
		"not a key":         {api(file(t, "key", "***")), []string{"FLEXY_API_KEY: not a Flexy API key: masked, as a log shows a secret (not shown)"}},
		"both":              {given{"api-key": key, "FLEXY_API_KEY_FILE": good}, []string{"FLEXY_API_KEY_FILE: cannot be combined with FLEXY_API_KEY"}},
		"secrets token":     {given{"api-key": key, "secret-name": "X", "FLEXY_SECRETS_TOKEN_FILE": file(t, "token", token)}, nil},
		"GitHub token":      {given{"api-key": key, "FLEXY_GITHUB_TOKEN_FILE": dir}, []string{"FLEXY_GITHUB_TOKEN_FILE: not a regular file (path not shown)"}},
		"policy":            {given{"policy": policy("FLEXY_C_KEY"), "FLEXY_C_KEY_FILE": good}, nil},
		"policy, directory": {given{"policy": policy("FLEXY_C_KEY"), "FLEXY_C_KEY_FILE": dir}, []string{"FLEXY_C_KEY_FILE: not a regular file (path not shown)"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, mistakes := judge(t, tt.env.with(given{"environment": "production"}), false)
			testkit.Diff(t, tt.want, texts(mistakes))
			if len(mistakes) == 0 && c.Entries[0].Key.Reveal() != key {
				t.Errorf("the key is %q", c.Entries[0].Key.Reveal())
			}
		})
	}
	_, mistakes := judge(t, given{"environment": "production", "FLEXY_API_KEY_FILE": good}, true)
	testkit.Diff(t, []string{"api-key: the key is blank"}, texts(mistakes))
}
