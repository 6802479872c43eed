package flexy

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"

	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/secret"
)

// An Amount is an exact sum of money in DZD. It is private to the account's owner,
// so it prints like a secret. Its zero value is an unknown amount.
type Amount struct{ secret.Value }

// AtLeast reports whether the amount is at least a decimal number of DZD. It
// returns false if either is not a number.
func (a Amount) AtLeast(least string) bool {
	amount, known := parseDecimal(a.Reveal())
	bound, valid := parseDecimal(least)
	return known && valid && !amount.less(bound)
}

// A decimal is an exact number: coefficient × 10^exponent.
type decimal struct {
	coefficient *big.Int
	exponent    int
}

const (
	MaxAmount   = 256 // most digits of a number, including its sign
	maxExponent = 100 // largest exponent of either sign, to keep arithmetic cheap
)

// parseDecimal parses a number in JSON notation.
func parseDecimal(text string) (d decimal, ok bool) {
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		n, err := strconv.Atoi(text[i+1:])
		if err != nil || n < -maxExponent || n > maxExponent {
			return d, false
		}
		d.exponent, text = n, text[:i]
	}
	whole, fraction, _ := strings.Cut(text, ".")
	if len(whole)+len(fraction) > MaxAmount {
		return d, false
	}
	d.exponent -= len(fraction)
	d.coefficient, ok = new(big.Int).SetString(whole+fraction, 10)
	return d, ok
}

// less reports whether d is less than other.
func (d decimal) less(other decimal) bool {
	exponent := min(d.exponent, other.exponent)
	return d.in(exponent).Cmp(other.in(exponent)) < 0
}

// in returns the number in units of 10^exponent, which must not exceed d.exponent.
func (d decimal) in(exponent int) *big.Int {
	power, _ := new(big.Int).SetString("1"+strings.Repeat("0", d.exponent-exponent), 10)
	return power.Mul(power, d.coefficient)
}

// ClassifyBalance is Classify for the balance request: with Accepted, the Amount
// is set. It keeps nothing else that could contain digits of the amount.
func ClassifyBalance(r Response, traces ...secret.Traces) Answer {
	a := r.classify(balance, traces)
	a.RequestID = ""
	if strings.ContainsAny(a.Code, "0123456789") {
		a.Code = ""
	}
	return a
}

// balance reads the document of a 200 to the balance request.
func balance(doc object, _ []secret.Traces) Answer {
	number, _ := at(doc, "data", "balance").(json.Number)
	if _, ok := parseDecimal(string(number)); !ok {
		return Answer{Fault: FaultShape}
	}
	return Answer{Outcome: Accepted, Amount: Amount{secret.New(string(number))}}
}

// ExplainBalance is Explain for an answer to the balance request. It does not say
// that the key was not checked.
func (a Answer) ExplainBalance() mistake.Notice {
	n := a.Explain()
	return mistake.Say(strings.TrimSuffix(n.Message, ": "+notChecked), strings.TrimPrefix(n.Hint, notChecked+": "))
}
