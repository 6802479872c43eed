package checks

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/plain"
	"flexy-key-check/checks/internal/secret"
)

// Account asserts that the key belongs to an account. Its phone number is
// personal data: only its form and its last two digits are ever shown.
var Account = Check{
	ID:  "account",
	Doc: "The key belongs to the expected account; an Algerian number may be written in any form, and it is never shown in full.",
	Run: func(in Input) Finding {
		want := in.Expect.Account
		if want.Blank() {
			f := Finding{Status: Skip, Found: ending(in.Answer.Key.Username)}
			if f.Found != "" {
				f.Message = "account " + f.Found
			}
			return f
		}
		if !in.judged() {
			return notJudged(ending(want))
		}
		found := in.Answer.Key.Username
		f := Finding{Status: Pass, Expected: ending(want), Found: ending(found)}
		f.Message = "expected the key of an account " + form(want) + ", found one " + form(found)
		if canonical(want) != canonical(found) {
			f.Status = Fail
			if f.Found == f.Expected {
				f.Found = "another one " + f.Found
			}
			f.Message += likeness(want, found)
			f.Hint = "put a key of the right account into the secret, or write the expected account as the API does; put a number in quotes: without them YAML drops its + or leading zeros"
		}
		return f
	},
}

// number returns a phone number without what people write between its digits: spaces,
// "-", ".", parentheses and invisible marks. ok reports whether digits are left, with
// at most one "+" before them.
func number(account secret.Value) (number string, ok bool) {
	number = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || plain.Hidden(r) || strings.ContainsRune("-.()", r) {
			return -1
		}
		return r
	}, account.Reveal())
	digits := strings.TrimPrefix(number, "+")
	return number, digits != "" && digits == flexy.Digits(digits)
}

// canonical returns an account so that equal ones are the same text: an Algerian
// number as the API writes it, +213 and nine digits of which the first is 1 to 9, and
// anything else as it is.
func canonical(account secret.Value) string {
	const digits = 9
	if number, ok := number(account); ok && len(number) >= digits {
		prefix, rest := number[:len(number)-digits], number[len(number)-digits:]
		switch prefix {
		case "+213", "00213", "213", "0", "":
			if rest[0] >= '1' && rest[0] <= '9' {
				return "+213" + rest
			}
		}
	}
	return strings.TrimSpace(account.Reveal())
}

// likeness says how two accounts differ that look alike.
func likeness(want, found secret.Value) string {
	a, isNumber := number(want)
	b, isOther := number(found)
	switch {
	case isNumber && isOther && a == b:
		return "; they differ only in what stands between the digits"
	case isNumber && isOther && strings.TrimLeft(a, "+0") == strings.TrimLeft(b, "+0"):
		return "; they differ only in a leading + or leading zeros"
	case form(want) == form(found):
		return "; they differ in the middle"
	}
	return ""
}

// form describes an account without identifying it.
func form(account secret.Value) string {
	text := canonical(account)
	if number, ok := number(secret.New(text)); ok {
		text = number
	}
	prefix := "without a country prefix"
	if strings.HasPrefix(text, "+") || strings.HasPrefix(text, "00") {
		prefix = "with a country prefix"
	}
	description := fmt.Sprintf("of %d characters %s", utf8.RuneCountInString(text), prefix)
	if last := lastTwo(account); last != "" {
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
