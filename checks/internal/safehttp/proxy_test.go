package safehttp_test

import (
	"net/url"
	"testing"

	"flexy-key-check/checks/internal/safehttp"
	"flexy-key-check/checks/internal/test/testkit"
)

func TestCheckProxyValues(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		names     []string
		good, bad []string
	}{
		{
			[]string{"HTTPS_PROXY"},
			[]string{
				"", "http://proxy:3128", "https://proxy.example.com:443/", "http://proxy", "HTTP://PROXY:80", "socks5://proxy:1080", "socks5h://proxy",
				"proxy", "proxy:3128", "127.0.0.1:3128", "127.0.0.1", "http://[::1]:3128", "[::1]:3128",
				"user:password@proxy:3128", "http://user:p%40ss@proxy:3128", "http://user@proxy", "proxy:1", "proxy:65535",
			},
			[]string{
				"://proxy", "http://", "http:", "http:proxy:80", "https://:3128", ":3128", "ftp://proxy:21", "socks4://proxy:1080", "file:///tmp/x",
				"http://proxy:port", "proxy:0", "http://proxy:65536", " http://proxy:80", "http://proxy:80 ", "http://[::1", "http://::1:80",
				"http://proxy\x00", "http://proxy/path", "proxy/path", "http://proxy?x=1", "http://proxy#x", "http://us%zzer@proxy:80",
				"http://user:pa ss@proxy:80", "%", " ", "http//proxy:80", "http:/proxy:80", "127.0.0.1;3128", "http://a,b", "http://{proxy}",
			},
		},
		{
			[]string{"NO_PROXY", "no_proxy"},
			[]string{"", "*", "localhost,127.0.0.1,::1", ".example.com, example.org", "10.0.0.0/8,fd00::/8", "proxy:8080", "[::1]:80", ",", "a,,b", " *.example.com\t,[::1]", "fe80::1%eth0,my_host"},
			[]string{"10.0.0.0/99", "10.0.0.0/", "https://example.com", "example.com/path", "a b", "user@example.com", "a,b?c", "a#b", `a\b`, "localhost;127.0.0.1", "a|b", "<local>", `"localhost"`, "$NO_PROXY", "10.0.0.0/8;10.1.0.0/16"},
		},
	} {
		for _, name := range tc.names {
			for _, value := range tc.good {
				if checkProxy(name, value) != "" {
					t.Errorf("%s=%q is refused", name, value)
				}
			}
			for _, value := range tc.bad {
				if checkProxy(name, value) != name {
					t.Errorf("%s=%q is accepted", name, value)
				}
			}
		}
	}
}

func checkProxy(name, value string) string { return checkVariables(map[string]string{name: value}) }

func checkVariables(variables map[string]string) string {
	return safehttp.CheckProxy(func(name string) (string, bool) {
		value, ok := variables[name]
		return value, ok
	})
}

func TestCheckProxyNames(t *testing.T) {
	t.Parallel()
	const good, bad = "http://proxy:3128", "http://"
	for want, variables := range map[string]map[string]string{
		"":            {"HTTPS_PROXY": good, "http_proxy": good, "FTP_PROXY": bad, "ALL_PROXY": bad},
		"HTTPS_PROXY": {"https_proxy": bad, "HTTPS_PROXY": bad, "http_proxy": bad},
		"https_proxy": {"HTTPS_PROXY": good, "https_proxy": bad},
		"HTTP_PROXY":  {"HTTP_PROXY": bad},
		"http_proxy":  {"HTTPS_PROXY": good, "http_proxy": bad},
	} {
		if got := checkVariables(variables); got != want {
			t.Errorf("%v: %q, want %q", variables, got, want)
		}
	}
}

func TestLoopback(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"localhost": true, "LocalHost": true, "127.0.0.1": true, "127.9.9.9": true, "::1": true, "::ffff:127.0.0.1": true, "0:0:0:0:0:0:0:1": true,
		"": false, "0.0.0.0": false, "::": false, "::2": false, "::127.0.0.1": false, "128.0.0.1": false, "192.168.0.1": false, "169.254.169.254": false,
		"::ffff:8.8.8.8": false, "localhost.example.com": false, "127.0.0.1.example.com": false, "localhost:80": false, "127.1": false, "2130706433": false,
		"0x7f.0.0.1": false, "127.0.0.01": false, "[::1]": false, "example.com": false,
	} {
		if got := safehttp.Loopback(host); got != want {
			t.Errorf("Loopback(%q) = %v", host, got)
		}
	}
}

func TestSecretMayGoTo(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]bool{
		"https://api.oneclickdz.com": true, "https://127.0.0.1:8443": true, "HTTPS://api.oneclickdz.com": true, "https://x@y": true,
		"http://localhost": true, "http://localhost:8085/path": true, "http://127.0.0.1:8085": true, "http://[::1]:8085": true, "http://[::ffff:127.0.0.1]": true,
		"http://api.oneclickdz.com": false, "http://0.0.0.0": false, "http://localhost.example.com": false, "http://localhost@example.com": false,
		"http://127.0.0.1@example.com": false, "http://192.168.1.1": false, "http://": false, "": false, "//localhost": false, "localhost:80": false,
		"ftp://localhost": false, "file:///x": false, "httpss://localhost": false, "ws://localhost": false, "http:localhost": false, "unix://localhost": false,
	} {
		u, err := url.Parse(base)
		testkit.NoError(t, err)
		if got := safehttp.SecretMayGoTo(u); got != want {
			t.Errorf("SecretMayGoTo(%q) = %v", base, got)
		}
	}
}
