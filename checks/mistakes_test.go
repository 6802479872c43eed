package checks_test

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/mistake"
)

const goodKey = "0f8e2c41-93d1"

// mistakesTable has a row for each mistake that inputs can hold, as the program
// says it: each of these is a good configuration but for one slip.
func mistakesTable() string {
	const key = goodKey
	slips := []map[string]string{
		{"api-key": ""},
		{"api-key": "***"}, {"api-key": "${{ secrets.KEY }}"}, {"api-key": "$KEY"}, {"api-key": "Bearer " + key},
		{"api-key": "YOUR_API_KEY"}, {"api-key": key + "\n" + key}, {"api-key": key + " " + key}, {"api-key": strings.Repeat(key, 20)},
		{"key-name": "a/b"}, {"key-name": "the " + key},
		{"environment": ""}, {"environment": "prod"}, {"expect-type": "LIVE"}, {"expect-type": "SANDBOX"}, {"expect-scope": "READ"},
		{"expect-state": "off"}, {"expect-allowed-ips": "10.0.0.0/8"}, {"must-allow-ips": ","}, {"expect-fingerprint": "0e5d"}, {"min-balance": "5,000"},
		{"rotated-on": "yesterday"}, {"rotated-on": "2026-12-24"}, {"max-age-days": "0"}, {"reminder-issue": "true"}, {"reminder-issue": "yes"},
		{"secret-name": "FLEXY_API_KEY"}, {"secret-environment": "production"},
		{"secret-name": "FLEXY_API_KEY", "secrets-token": "github_pat_0", "secret-environment": "production", "secret-organization": "shop"},
		{"reminder-assignees": "@me"}, {"warn-on": "rotate"}, {"rotation-only": "true"}, {"api-key": "", "rotation-only": "true"},
		{"policy": "keys.yml"}, {"on-unavailable": "ignore"}, {"base-url": "http://api.oneclickdz.com"}, {"base-url": "https://me:pass@api.oneclickdz.com"},
		{"ca-certificate": "ca.pem"}, {"timeout": "90"}, {"HTTPS_PROXY": "http//proxy"}, {"SSL_CERT_FILE": "/no/such/file"},
	}
	var b strings.Builder
	b.WriteString("| message | what to do |\n| --- | --- |\n")
	seen := map[string]bool{}
	for _, slip := range slips {
		for _, m := range mistakesOf(slip) {
			row := fmt.Sprintf("| %s | %s |\n", strings.ReplaceAll(m.String(), "|", `\|`), m.Hint)
			if !seen[row] {
				seen[row] = true
				b.WriteString(row)
			}
		}
	}
	return b.String()
}

// mistakesOf are what the program finds wrong with a good configuration that has
// these settings.
func mistakesOf(slip map[string]string) []mistake.Mistake {
	settings := map[string]string{"api-key": goodKey, "environment": "production"}
	maps.Copy(settings, slip)
	env := map[string]string{}
	for name, value := range settings {
		if name == strings.ToLower(name) {
			name = "INPUT_" + strings.ToUpper(name)
		}
		env[name] = value
	}
	given := config.New(func(name string) (string, bool) { value, ok := env[name]; return value, ok })
	given.Read(nil, nil)
	_, mistakes := given.Config(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))
	return mistakes
}
