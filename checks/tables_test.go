package checks_test

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/report"
)

// table writes a table of a document, without repeated rows.
func table(rows ...[]string) string {
	var b strings.Builder
	seen := map[string]bool{}
	for i, cells := range rows {
		if row := "| " + strings.Join(cells, " | ") + " |\n"; !seen[row] {
			b.WriteString(row)
			seen[row] = true
		}
		if i == 0 {
			b.WriteString("|" + strings.Repeat(" --- |", len(cells)) + "\n")
		}
	}
	return b.String()
}

func inputsTable() string {
	rows := [][]string{{"input", "default", "meaning"}}
	for _, input := range config.Inputs() {
		value := ""
		if d := input.ActionDefault; d != "" {
			value = "`" + d + "`"
		}
		rows = append(rows, []string{"`" + input.Name + "`", value, inAction(input.Doc)})
	}
	return table(rows...)
}

func outputsTable() string { return tableOfOutputs("output") }

// resultOutputs has the fields that are outputs as well.
func resultOutputs() string { return tableOfOutputs("field", "verdict", "result") }

func tableOfOutputs(column string, except ...string) string {
	rows := [][]string{{column, "meaning"}}
	for _, output := range report.Outputs {
		if !slices.Contains(except, output.Name) {
			rows = append(rows, []string{"`" + output.Name + "`", output.Doc})
		}
	}
	return table(rows...)
}

func checksTable() string {
	rows := [][]string{{"check", "passes when"}}
	for _, check := range checks.All {
		rows = append(rows, []string{fmt.Sprintf("<a id=\"%[1]s\"></a>`%[1]s`", check.ID), check.Doc})
	}
	return table(rows...)
}

func verdictsTable() string {
	rows := [][]string{{"verdict", "meaning", "exit code"}}
	for _, v := range checks.Verdicts {
		code := strconv.Itoa(v.ExitCode())
		if v == checks.Skipped {
			code += ", or 3 if the lockout guard kept it back"
		}
		rows = append(rows, []string{"`" + v.String() + "`", v.Doc(), code})
	}
	return table(rows...)
}

// firstTable has the messages that people meet first.
func firstTable() string {
	var rows [][]string
	for _, m := range mistakesOf(map[string]string{"api-key": ""}) {
		rows = append(rows, mistakeRow(m))
	}
	sandbox := flexy.Answer{Outcome: flexy.Accepted, Key: flexy.Key{Type: flexy.Sandbox}}
	f := checks.Type.Run(checks.Input{Answer: sandbox, Expect: checks.Expectation{Type: checks.ExpectedType{Want: flexy.Production}}})
	rows = append(rows, []string{checks.Type.ID + ": " + f.Message, f.Hint},
		answerRow(costing(rejected(flexy.CodeInvalid), 4)), answerRow(notOnAllowlist), answerRow(blocked),
		answerRow(flexy.Answer{Fault: flexy.FaultServer, Status: 503}))
	return messagesTable(rows)
}

// troubleshootingTable has each reason why the API judged no key, or rejected it.
func troubleshootingTable() string {
	const status = 999 // stands for any
	rows := [][]string{
		answerRow(costing(rejected(flexy.CodeInvalid), 4)), answerRow(costing(rejected(flexy.CodeAuth), 1)),
		answerRow(notOnAllowlist), answerRow(blocked),
	}
	for f := flexy.Fault(0); ; f++ {
		row := answerRow(flexy.Answer{Fault: f, Status: status})
		if row[0] == "" {
			return strings.ReplaceAll(messagesTable(rows), strconv.Itoa(status), "…")
		}
		rows = append(rows, row)
	}
}

var (
	notOnAllowlist = flexy.Answer{Outcome: flexy.NotAllowed, RunnerIP: netip.MustParseAddr("203.0.113.45"), Environment: flexy.Production}
	blocked        = flexy.Answer{Outcome: flexy.Blocked, At: time.Date(2026, 11, 22, 13, 50, 0, 0, time.UTC)}
)

func messagesTable(rows [][]string) string {
	return table(slices.Insert(rows, 0, []string{"message", "what to do"})...)
}

func answerRow(a flexy.Answer) []string {
	message, hint := a.Explain()
	return []string{inAction(message), inAction(hint)}
}

func mistakeRow(m mistake.Mistake) []string {
	return []string{strings.ReplaceAll(m.String(), "|", `\|`), m.Hint}
}

const goodKey = "0f8e2c41-93d1"

// mistakesTable has a row for each mistake that inputs can have. Each of these
// is one change to a good configuration.
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
	var rows [][]string
	for _, slip := range slips {
		for _, m := range mistakesOf(slip) {
			rows = append(rows, mistakeRow(m))
		}
	}
	return messagesTable(rows)
}

// mistakesOf returns the mistakes in a good configuration changed by a slip.
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
	return mistakesIn(func(name string) (string, bool) { value, ok := env[name]; return value, ok })
}

func mistakesIn(lookup func(string) (string, bool)) []mistake.Mistake {
	given := config.New(lookup)
	given.Read(nil, nil)
	_, mistakes := given.Config(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))
	return mistakes
}
