package app_test

import (
	"os"
	"path/filepath"
	"testing"
)

func TestConfigProxy(t *testing.T) {
	t.Parallel()
	const password = "hunter2hunter2"
	rows := table{}
	for _, name := range []string{"HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"} {
		for _, value := range []string{
			"http://", "://", "http://proxy.example:99999", "http://proxy.example:port", "ftp://proxy.example:21",
			"http://u:" + password + "@", "http://u:" + password + "@proxy.example:0x50", "http://pro xy.example", "%zz",
			"http://proxy.example/path", "http://proxy.example?" + password,
		} {
			r := mistaken(name, value)
			r.secrets = []string{password}
			rows[name+" "+value] = r
		}
		rows[name+" is blank"] = with(passes(), name, "")
	}
	rows.run(t)
}

func TestConfigCertFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	secret := filepath.Join(dir, "unreadable.pem")
	if err := os.WriteFile(secret, []byte("x"), 0o000); err != nil {
		t.Fatal(err)
	}
	rows := table{
		"missing":   mistaken("SSL_CERT_FILE", filepath.Join(dir, "none.pem")),
		"a folder":  mistaken("SSL_CERT_FILE", dir),
		"no folder": mistaken("SSL_CERT_FILE", "/dev/null/x"),
	}
	if os.Getuid() != 0 { // root may read all
		rows["not readable"] = mistaken("SSL_CERT_FILE", secret)
	}
	rows.run(t)
}
