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

// table writes a table with a row for each item, without repeated rows.
func table[T any](items []T, cells func(T) []string, columns ...string) string {
	text := "| " + strings.Join(columns, " | ") + " |\n|" + strings.Repeat(" --- |", len(columns)) + "\n"
	for _, item := range items {
		if row := "| " + strings.Join(cells(item), " | ") + " |\n"; !strings.Contains(text, "\n"+row) {
			text += row
		}
	}
	return text
}

// inputsTable has a table for each part.
func inputsTable() string {
	var text strings.Builder
	for _, part := range config.Parts {
		fmt.Fprintf(&text, "**%s%s**\n\n", strings.ToUpper(part[:1]), part[1:])
		text.WriteString(table(config.InPart(part), func(input *config.Input) []string {
			value := ""
			if d := input.ActionDefault; d != "" {
				value = "`" + d + "`"
			}
			return []string{"`" + input.Name + "`", value, inAction(input.Doc)}
		}, "input", "default", "meaning") + "\n")
	}
	return text.String()
}

func outputsTable() string { return tableOfOutputs(report.Outputs, "output") }

// resultOutputs has the fields of the JSON document that are also outputs.
func resultOutputs() string {
	fields := slices.DeleteFunc(slices.Clone(report.Outputs), func(o report.Output) bool { return o.Name == "verdict" || o.Name == "result" })
	return tableOfOutputs(fields, "field")
}

func tableOfOutputs(outputs []report.Output, column string) string {
	return table(outputs, func(o report.Output) []string { return []string{"`" + o.Name + "`", o.Doc} }, column, "meaning")
}

func checksTable() string {
	// What most people ask for comes first.
	first, rest := checks.All[0], checks.All[1:]
	rows := slices.Insert(slices.Clone(rest), len(rest)-1, first)
	return table(rows, func(c checks.Check) []string {
		return []string{fmt.Sprintf("<a id=\"%[1]s\"></a>`%[1]s`", c.ID), c.Doc}
	}, "check", "passes when")
}

func verdictsTable() string {
	return table(checks.Verdicts, func(v checks.Verdict) []string {
		code := strconv.Itoa(v.ExitCode())
		if v == checks.Skipped {
			code += ", or 3 if the lockout guard held it back"
		}
		return []string{"`" + v.String() + "`", v.Doc(), code}
	}, "verdict", "meaning", "exit code")
}

func messagesTable(rows [][]string) string {
	return table(rows, func(row []string) []string { return row }, "message", "what to do")
}

func answerRow(a flexy.Answer) []string {
	why := a.Explain().Map(inAction)
	return []string{why.Message, why.Hint}
}

// refusedTable has the answers that refuse the key or the address.
func refusedTable() string {
	return messagesTable([][]string{
		answerRow(costing(rejected(flexy.CodeInvalid), 4)), answerRow(costing(rejected(flexy.CodeAuth), 1)),
		answerRow(notOnAllowlist), answerRow(blocked), answerRow(switchedOff(403)), faultRow(flexy.FaultHeld),
	})
}

// unansweredTable has the faults without an answer.
func unansweredTable() string {
	return faultsTable(flexy.FaultNoSuchHost, flexy.FaultTruncated, faultRow(flexy.FaultOutOfTime), faultRow(flexy.FaultInterrupted))
}

// untrustedTable has the other reasons why a key was not checked.
func untrustedTable() string {
	return faultsTable(flexy.FaultMalformed, flexy.FaultStatus, answerRow(flexy.Answer{Fault: flexy.FaultRetryAfter, Status: 429, Wait: flexy.BlockTime}), faultRow(flexy.FaultInternal))
}

func faultsTable(first, last flexy.Fault, more ...[]string) string {
	var rows [][]string
	for f := first; f <= last; f++ {
		rows = append(rows, faultRow(f))
	}
	return strings.ReplaceAll(messagesTable(append(rows, more...)), strconv.Itoa(anyStatus), "…")
}

const anyStatus = 999

func faultRow(f flexy.Fault) []string { return answerRow(flexy.Answer{Fault: f, Status: anyStatus}) }

var (
	notOnAllowlist = flexy.Answer{Outcome: flexy.NotAllowed, RunnerIP: netip.MustParseAddr("203.0.113.45"), Environment: flexy.Production}
	blocked        = flexy.Answer{Outcome: flexy.Blocked, At: time.Date(2026, 11, 22, 13, 50, 0, 0, time.UTC)}
)

const goodKey = "0f8e2c41-93d1"

// mistakesTable has a row for each mistake that inputs can have.
func mistakesTable() string {
	const key = goodKey
	return messagesTable(mistakeRows([]map[string]string{
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
	}...))
}

// mistakeRows returns the mistakes in a good configuration after each of some
// changes.
func mistakeRows(changes ...map[string]string) [][]string {
	var rows [][]string
	for _, change := range changes {
		_, mistakes := changed(change)
		for _, m := range mistakes {
			rows = append(rows, []string{strings.ReplaceAll(m.String(), "|", `\|`), m.Hint})
		}
	}
	return rows
}

// changed returns what the program makes of a good configuration with a change, to
// inputs or to variables, which are in capitals.
func changed(change map[string]string) (config.Config, []mistake.Mistake) {
	settings := map[string]string{"api-key": goodKey, "environment": "production"}
	maps.Copy(settings, change)
	env := map[string]string{}
	for name, value := range settings {
		if name == strings.ToLower(name) {
			name = "INPUT_" + strings.ToUpper(name)
		}
		env[name] = value
	}
	return configIn(func(name string) (string, bool) { value, ok := env[name]; return value, ok })
}

// configIn returns what the program makes of an environment.
func configIn(lookup func(string) (string, bool)) (config.Config, []mistake.Mistake) {
	given := config.New(lookup)
	given.Read(nil, nil)
	return given.Config(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))
}
