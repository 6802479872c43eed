package checks

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/secret"
)

// Account asserts that the key belongs to an account. Its phone number is
// personal data: only its form and its last two digits are ever shown.
var Account = Check{
	ID:  "account",
	Doc: "The key belongs to the expected account; spaces are ignored, and the number is never shown in full.",
	Run: func(in Input) Finding {
		want := in.Expect.Account
		if want.Blank() {
			return Finding{Status: Skip, Found: ending(in.Answer.Key.Username)}
		}
		if !in.judged() {
			return notJudged(ending(want))
		}
		found := in.Answer.Key.Username
		f := Finding{Status: Pass, Expected: ending(want), Found: ending(found)}
		f.Message = "expected the key of an account " + form(want) + ", found one " + form(found)
		if compact(want) != compact(found) {
			f.Status = Fail
			if f.Found == f.Expected {
				f.Found += ", but different"
			}
			if form(want) == form(found) {
				f.Message += "; they differ in the middle"
			}
			f.Hint = "put a key of the right account into the secret, or write the expected account as the API does, country prefix included"
		}
		return f
	},
}

// compact removes the spaces from a number.
func compact(number secret.Value) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, number.Reveal())
}

// form describes a number without identifying it.
func form(number secret.Value) string {
	text := compact(number)
	prefix := "without a country prefix"
	if strings.HasPrefix(text, "+") || strings.HasPrefix(text, "00") {
		prefix = "with a country prefix"
	}
	description := fmt.Sprintf("of %d characters %s", utf8.RuneCountInString(text), prefix)
	if last := lastTwo(number); last != "" {
		description += ", ending in " + last
	}
	return description
}

// ending returns what a table shows of a number.
func ending(number secret.Value) string {
	switch last := lastTwo(number); {
	case number.Blank():
		return ""
	case last == "":
		return "(not shown)"
	default:
		return "ending in " + last
	}
}

// lastTwo returns the last two digits of a number, or "" if the number is too
// short to reveal any.
func lastTwo(number secret.Value) string {
	digits := flexy.Digits(number.Reveal())
	if len(digits) < 6 {
		return ""
	}
	return digits[len(digits)-2:]
}
