package checks_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/lockout"
	"flexy-key-check/checks/internal/report"
	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/test/emulator"
	"flexy-key-check/checks/internal/test/testkit"
)

// The numbers in the documents are the code's. Those of the lockout guard are tested
// by its own search, those of the image by its own test.
func TestDocsNumbers(t *testing.T) {
	t.Parallel()
	number := map[string]int{}
	for _, input := range config.Inputs() {
		number[input.Name], _ = strconv.Atoi(input.Default)
	}
	c, mistakes := changed(nil)
	testkit.Diff(t, 0, len(mistakes))
	age, remind := number["max-age-days"], c.Entries[0].Expect.RemindDays
	minutes := int(flexy.BlockTime.Minutes())
	digits, _ := fingerprint(t)
	goVersion := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(readDocument(t, "go.mod"))[1]
	attempts := map[int][3]string{5: {"five", "cinq", "خمس"}}[lockout.Attempts]
	if lockout.Attempts != emulator.DocumentedLockout.Attempts {
		t.Error("the guard and the API's documentation differ")
	}
	size := regexp.MustCompile(`at most (\d+ KiB)`).FindStringSubmatch(outputDoc(t, "result"))[1]
	for document, sentences := range map[string][]string{
		"README.md": {
			fmt.Sprintf("for %d minutes, even for good keys**: %s, says the API's documentation; others have seen %d", minutes, attempts[0], emulator.SeenLockout.Attempts),
			fmt.Sprintf("not within %d minutes of `%s`, `%s`", minutes, checks.Blocked, checks.Skipped),
			fmt.Sprintf("Never let anything retry exit code %d:", checks.Invalid.ExitCode()),
			fmt.Sprintf("Retry exit code %d only", checks.Blocked.ExitCode()),
			fmt.Sprintf("turns exit code %d into %d", checks.Unavailable.ExitCode(), checks.Passed.ExitCode()),
			fmt.Sprintf("(%s, selon la documentation de l’API) bloquent l’adresse IP pendant %d\u00a0minutes", attempts[1], minutes),
			attempts[2] + " محاولات",
			fmt.Sprintf("لمدة %d دقيقة", minutes),
			"golang:" + goVersion + " go run ./checks/demo",
			"With Go " + goVersion + ":",
			fmt.Sprintf("the first %d hexadecimal digits of its SHA-256", digits),
			fmt.Sprintf("| cut -c1-%d`", digits),
			fmt.Sprintf("When the key is %d days old", age-remind),
		},
		".github/SECURITY.md": {
			fmt.Sprintf("the first %d hexadecimal digits", digits),
			fmt.Sprintf("A %dth digit counts as a leak", digits+1),
			fmt.Sprintf("wait %d minutes after a run that failed", minutes),
		},
		".github/RECIPES.md": {
			fmt.Sprintf("opened %d days (`remind-days`) before the key is %d days old (`max-age-days`)", remind, age),
			fmt.Sprintf("stops selling for %d minutes", minutes),
		},
		".github/BENCHMARKS.md":             {"if something runs it " + attempts[0] + " times with a wrong key"},
		".github/RESULT.md":                 {"one line of JSON of at most " + size, "to stay within " + size},
		"checks/internal/github/runbook.md": {fmt.Sprintf("blocks an address for %d minutes", minutes)},
	} {
		testkit.Says(t, document, sentences...)
	}
}

// fingerprint returns how many digits a fingerprint has, and how many characters the
// shortest key that has one.
func fingerprint(t *testing.T) (digits, shortest int) {
	t.Helper()
	for n := range 100 {
		if digits := len(secret.New(strings.Repeat("k", n)).Fingerprint()); digits > 0 {
			return digits, n
		}
	}
	t.Fatal("no key has a fingerprint")
	return 0, 0
}

func outputDoc(t *testing.T, name string) string {
	t.Helper()
	for _, output := range report.Outputs {
		if output.Name == name {
			return output.Doc
		}
	}
	t.Fatalf("no output %s", name)
	return ""
}

// What an input's description says in numbers is what the program takes.
func TestInputNumbers(t *testing.T) {
	t.Parallel()
	docs := map[string]string{}
	for _, input := range config.Inputs() {
		docs[input.Name] = input.Doc
		if bounds := fmt.Sprintf("%d to %d", input.Least, input.Most); input.Most > 0 && !strings.Contains(input.Doc, bounds) {
			t.Errorf("%s does not say %s", input.Name, bounds)
		}
	}
	in := func(name, pattern string) []string {
		t.Helper()
		found := regexp.MustCompile(pattern).FindStringSubmatch(docs[name])
		if found == nil {
			t.Fatalf("%s: no %s in %q", name, pattern, docs[name])
		}
		return found
	}
	takes := func(want bool, name, value string) {
		t.Helper()
		if _, mistakes := changed(map[string]string{name: value}); (len(mistakes) == 0) != want {
			t.Errorf("%s: %q: %v", name, value, mistakes)
		}
	}
	most, _ := strconv.Atoi(in("key-name", `1 to (\d+) letters`)[1])
	takes(true, "key-name", strings.Repeat("a", most))
	takes(false, "key-name", strings.Repeat("a", most+1))

	digits, shortest := fingerprint(t)
	for _, doc := range []string{docs["expect-fingerprint"], outputDoc(t, "key-fingerprint")} {
		if !strings.Contains(doc, fmt.Sprintf("%d hexadecimal digits", digits)) {
			t.Errorf("not %d digits: %s", digits, doc)
		}
	}
	if doc := outputDoc(t, "key-fingerprint"); !strings.Contains(doc, fmt.Sprintf("fewer than %d characters", shortest)) {
		t.Errorf("not %d characters: %s", shortest, doc)
	}

	limits := in("timeout", `(\w+) to (\w+)\.$`)
	for i, beyond := range []time.Duration{-time.Millisecond, time.Millisecond} {
		limit, err := time.ParseDuration(limits[i+1])
		testkit.NoError(t, err)
		takes(true, "timeout", limit.String())
		takes(false, "timeout", (limit + beyond).String())
	}

	days, _ := strconv.Atoi(in("remind-days", `Defaults to (\d+), or half of`)[1])
	for age, want := range map[int]int{3650: days, 2*days + 1: days, 2*days - 1: days - 1} {
		c, mistakes := changed(map[string]string{"max-age-days": strconv.Itoa(age), "rotated-on": "2026-11-01"})
		testkit.Diff(t, 0, len(mistakes))
		testkit.Diff(t, want, c.Entries[0].Expect.RemindDays)
	}
}
