package config_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/secret"
)

// random makes a secret that no text of the program shares a run with.
func random(seed string) secret.Value {
	sum := sha256.Sum256([]byte(seed))
	return secret.New(hex.EncodeToString(sum[:]))
}

// scatter puts a secret, or a part of it, into a text where it says so.
func scatter(text string, key secret.Value) string {
	whole := key.Reveal()
	return strings.NewReplacer("KEY", whole, "HEAD", whole[:12], "TAIL", whole[len(whole)-9:]).Replace(text)
}

// expectShowable holds a mistake to being fit for any stream.
func expectShowable(t *testing.T, m mistake.Mistake, key secret.Value) {
	t.Helper()
	for _, text := range []string{m.String(), m.Message, m.Hint, m.Place.Name} {
		if secret.NewTraces(key).In(text) {
			t.Errorf("shows the key: %q", text)
		}
		if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) || strings.Contains(text, "##[") || !utf8.ValidString(text) {
			t.Errorf("not fit to be shown: %q", text)
		}
	}
	if m.Message == "" || m.Hint == "" {
		t.Errorf("incomplete: %+v", m)
	}
}

// knows reports whether the program can know that the key is one.
func (g given) knows(key secret.Value) bool {
	for _, name := range []string{"api-key", "secrets-token", "github-token", "expect-account"} {
		if key.In(g[name]) {
			return true
		}
	}
	return false
}

func expectSound(t *testing.T, g given, action bool, key secret.Value) {
	t.Helper()
	if !g.knows(key) {
		key = secret.Value{}
	}
	read := read(nil, g.as(action))
	name := read.KeyName()
	if name == "" || len(name) > 64 || strings.ContainsFunc(name, func(r rune) bool { return r > '~' || r < ' ' }) || key.In(name) {
		t.Errorf("the key is called %q", name)
	}
	c, mistakes := read.Config(now)
	for _, m := range mistakes {
		expectShowable(t, m, key)
	}
	if len(mistakes) > 0 {
		return
	}
	for _, k := range c.Entries {
		e := k.Expect
		if e.MaxAgeDays < 1 || e.RemindDays < 0 || e.RemindDays > e.MaxAgeDays || (e.State == "") != c.RotationOnly {
			t.Errorf("expectation %+v", e)
		}
		if c.BaseURL == nil || c.Timeout <= 0 || c.RotationOnly != k.Key.Blank() && !k.Skipped {
			t.Errorf("configuration %+v", c)
		}
		if k.Key.Blank() && !c.RotationOnly && !k.Skipped {
			t.Error("a blank key is sent")
		}
	}
}

// Each line of the text is NAME=value, with KEY for the key.
func FuzzConfig(f *testing.F) {
	for _, seed := range []string{
		"", "api-key=KEY\nenvironment=production", "api-key=KEY\nexpect-type=TAIL", "FLEXY_FORMAT=KEY\napi-key=KEY", "FLEXY_FORMAT=xHEAD",
		"api-key=KEY\nkey-name=KEY", "api-key=Bearer KEY", "api-key=KEY KEY\nwarn-on=KEY KEY", "api-key=KEY\nexpect-allowed-ips=HEAD,TAIL",
		"api-key=KEY\nbase-url=https://KEY@x\nca-certificate=KEY\ntimeout=KEY", "secrets-token=KEY\nsecret-name=KEY\nreminder-assignees=KEY",
		"rotation-only=true\nrotated-on=2026-10-01\nexpect-account=KEY", "HTTPS_PROXY=http://KEY:\nSSL_CERT_FILE=/KEY", "expect-scope=::error::##[x]\x1b",
		"api-key=KEY\nenvironment=test\nmax-age-days=1\nremind-days=3650\nmust-allow-ips=::1,1.2.3.4", "expect-state=revoked\napi-key=$KEY",
		"policy=KEY", "rotated-on=0001-01-01\nrotation-only=true",
	} {
		f.Add(seed, "seed")
	}
	f.Fuzz(func(t *testing.T, text, seed string) {
		key := random(seed)
		g := given{}
		for line := range strings.SplitSeq(text, "\n") {
			name, value, _ := strings.Cut(line, "=")
			if name == "policy" && value != "KEY" {
				continue // not just any file
			}
			g[name] = scatter(value, key)
		}
		expectSound(t, g, true, key)
		expectSound(t, g, false, key)
	})
}

// FuzzAddresses holds the lists of addresses to net/netip.
func FuzzAddresses(f *testing.F) {
	for _, seed := range []string{
		"203.0.113.45", "203.0.113.45, 2001:db8::1\n::ffff:1.2.3.4", ",", ",,", "1.2.3.4/24", "fe80::1%eth0", "01.2.3.4", "1.2.3", "[::1]", "::", "localhost", "1.2.3.4\u00a0::1", "restricted",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, mistakes := read(nil, good(given{"must-allow-ips": text}).as(true)).Config(now)
		var want []netip.Addr
		bad := 0
		items := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
		for _, item := range items {
			addr, err := netip.ParseAddr(item)
			if err != nil || addr.Zone() != "" {
				bad++
			}
			want = append(want, addr.Unmap())
		}
		switch {
		case len(items) == 0:
			if wrong := strings.TrimSpace(text) != ""; wrong != (len(mistakes) == 1) {
				t.Errorf("%q: %v", text, mistakes)
			}
		case (bad > 0) != (len(mistakes) > 0) || len(mistakes) > bad:
			t.Errorf("%q has %d items that are no addresses: %v", text, bad, mistakes)
		case bad == 0:
			got := map[netip.Addr]int{}
			for _, addr := range c.Entries[0].Expect.MustAllowIPs {
				got[addr]++
			}
			for _, addr := range want {
				if got[addr] != 1 {
					t.Errorf("%q: %s %d times", text, addr, got[addr])
				}
			}
		}
	})
}
