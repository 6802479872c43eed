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
	masked, both := policy("FLEXY_C_KEY"), file(t, "flexy.yml", "keys: [{name: a, env: FLEXY_C_KEY, type: any}, {name: b, env: FLEXY_D_KEY, type: any}]")
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
		"not a key":         {api(file(t, "key", "***")), []string{"FLEXY_API_KEY_FILE: not a Flexy API key: masked, as a log shows a secret (not shown)"}},
		"not a token":       {given{"api-key": key, "secret-name": "X", "FLEXY_SECRETS_TOKEN_FILE": file(t, "token", token+" x")}, []string{"FLEXY_SECRETS_TOKEN_FILE: " + notForToken}},
		"key as token":      {given{"api-key": key, "FLEXY_GITHUB_TOKEN_FILE": good}, []string{"FLEXY_GITHUB_TOKEN_FILE: " + foundSecret}},
		"account":           {given{"api-key": key, "FLEXY_EXPECT_ACCOUNT_FILE": file(t, "account", "+213665983439\n"), "require": "account"}, nil},
		"account, missing":  {given{"api-key": key, "FLEXY_EXPECT_ACCOUNT_FILE": dir + "/none", "require": "account"}, []string{"FLEXY_EXPECT_ACCOUNT_FILE: no such file (path not shown)"}},
		"key as account":    {given{"api-key": key, "FLEXY_EXPECT_ACCOUNT_FILE": good}, []string{"FLEXY_EXPECT_ACCOUNT_FILE: " + foundSecret}},
		"token, missing":    {given{"api-key": key, "secret-name": "X", "FLEXY_SECRETS_TOKEN_FILE": dir + "/none"}, []string{"FLEXY_SECRETS_TOKEN_FILE: no such file (path not shown)"}},
		"policy, not a key": {given{"policy": masked, "FLEXY_C_KEY_FILE": file(t, "key", "***")}, []string{masked + ":1:23: env: FLEXY_C_KEY_FILE: not a Flexy API key: masked, as a log shows a secret (not shown)"}},
		"policy, left out":  {given{"policy": both, "only": "a", "FLEXY_C_KEY": key, "FLEXY_D_KEY_FILE": dir}, nil},
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
	testkit.Diff(t, []string{"the action does not read FLEXY_API_KEY_FILE"}, texts(mistakes))
}
