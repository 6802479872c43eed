package flexy

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/test/testkit"
)

const testAmount = "7392651.84"

// balanceBody is a 200 with a balance, as JSON.
func balanceBody(balance string) string {
	return `{"success":true,"data":{"balance":` + balance + `},"meta":{"timestamp":"2025-10-29T00:00:00.000Z"},"requestId":"req_1"}`
}

// amount returns the amount of a valid balance.
func amount(t *testing.T, balance string) Amount {
	t.Helper()
	a := ClassifyBalance(answered(200, balanceBody(balance)))
	if a.Outcome != Accepted {
		t.Fatalf("%q is no balance: %+v", balance, a)
	}
	return a.Amount
}

// Decimal numbers are compared exactly, whatever their length and notation.
func TestAtLeast(t *testing.T) {
	t.Parallel()
	for least, balances := range map[string]map[bool][]string{
		"5000": {
			true: {"5000", "5000.0", "5000.00000000000000000000", "5e3", "5E+3", "0.5e4", "500000e-2", "5000.01", "5001", "1e100",
				"5000.00000000000000000000000000000001", "10000", strings.Repeat("9", MaxAmount)},
			false: {"4999.99", "4999.99999999999999999999999999999999", "0", "-0", "-5000", "-1e100", "1e-100", "4.9e3", "50e1", "500", "999"},
		},
		"0":       {true: {"0", "-0", "0.0", "-0.00e5", "1e-100", "0.01"}, false: {"-0.01", "-1e-100", "-1"}},
		"0.1":     {true: {"0.1", "0.10000000000000000555", "1e-1"}, false: {"0.09999999999999999999", "0"}},
		"1499.50": {true: {"1499.5", "1499.500"}, false: {"1499.49", "1499.4999999999999999999"}},
		"007.05":  {true: {"7.05", "705e-2"}, false: {"7.04"}},
		// These are the same float64.
		"9007199254740993.01":          {true: {"9007199254740993.01"}, false: {"9007199254740993", "9007199254740992"}},
		strings.Repeat("9", MaxAmount): {true: {strings.Repeat("9", MaxAmount)}, false: {strings.Repeat("9", MaxAmount-1) + "8", "1e100"}},
		"":                             {false: {"5000"}},
		"x":                            {false: {"5000"}},
	} {
		for want, balances := range balances {
			for _, balance := range balances {
				if got := amount(t, balance).AtLeast(least); got != want {
					t.Errorf("%s at least %s: %t, want %t", balance, least, got, want)
				}
			}
		}
	}
	if (Amount{}).AtLeast("0") {
		t.Error("the zero Amount is at least 0")
	}
}

// A balance is a number of limited size.
func TestClassifyBalanceBadBodies(t *testing.T) {
	t.Parallel()
	bodies := map[string]string{
		"no data":      `{"success":true}`,
		"data a list":  `{"success":true,"data":[{"balance":5000}]}`,
		"no balance":   `{"success":true,"data":{}}`,
		"another case": `{"success":true,"data":{"Balance":5000}}`,
		"twice":        `{"success":true,"data":{"balance":5000,"balance":6000}}`,
	}
	for _, balance := range []string{
		"null", `"5000"`, `""`, "[5000]", "05000", ".5", "5.", "+5000", "5e", "NaN", "1e101", "1e-101", "1e999999999", "-1e1000000000",
		strings.Repeat("9", MaxAmount+1), "0." + strings.Repeat("0", MaxAmount), "1" + strings.Repeat("0", 1<<20),
	} {
		bodies[fmt.Sprintf("%.30s", balance)] = balanceBody(balance)
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			testkit.Diff(t, Answer{Status: 200, Fault: FaultShape}, ClassifyBalance(answered(200, body)))
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// Answers other than 200 mean the same as for the other question.
func TestClassifyBalanceStatuses(t *testing.T) {
	t.Parallel()
	for _, tt := range statusCases {
		if tt.status != 200 {
			tt.want.Status = tt.status
			testkit.Diff(t, tt.want, ClassifyBalance(answered(tt.status, tt.body)))
		}
	}
	for status, fault := range map[int]Fault{401: FaultUnauthorized, 403: FaultFirewall, 404: FaultStatus, 429: FaultRateLimited, 500: FaultServer} {
		testkit.Diff(t, Answer{Status: status, Fault: fault}, ClassifyBalance(answered(status, balanceBody(testAmount))))
	}
	testkit.Diff(t, Answer{Status: 200, Fault: FaultShape}, ClassifyBalance(answered(200, okBody)))
	testkit.Diff(t, Answer{Status: 403, Fault: FaultCDN}, ClassifyBalance(Response{Status: 403, RequestID: "7392651", Ray: "7392651-MRS"}))
	testkit.Diff(t, Answer{Status: 403, Fault: FaultRefused, Code: "NO_BALANCE"}, ClassifyBalance(answered(403, problem("NO_BALANCE", ""))))
}

// An answer does not show the amount, wherever the API repeats it.
func TestAmountIsNotShown(t *testing.T) {
	t.Parallel()
	known := ClassifyBalance(answered(200, strings.Replace(balanceBody(testAmount), "req_1", "req_"+testAmount, 1)))
	if !known.Amount.AtLeast(testAmount) {
		t.Fatal("the amount is not known")
	}
	texts := []string{fmt.Sprintf("%+v", known)}
	for _, code := range []string{testAmount, "NO_BALANCE_7392651", "BALANCE:" + testAmount} {
		for _, status := range []int{401, 403, 404, 500} {
			a := ClassifyBalance(answered(status, problem(code, `,"message":"`+testAmount+`"`)))
			texts = append(texts, fmt.Sprintf("%+v %+v", a, a.ExplainBalance()))
		}
	}
	for _, text := range texts {
		if strings.Contains(text, "73926") {
			t.Errorf("shows the amount: %s", text)
		}
	}
}

// A message about an unknown balance does not say that the key was not checked.
func TestExplainBalance(t *testing.T) {
	t.Parallel()
	answers := []Answer{{Outcome: NotAllowed}, {Outcome: Blocked}, {Outcome: Rejected}}
	for fault := range faults {
		answers = append(answers, Answer{Fault: Fault(fault), Status: 500})
	}
	for _, a := range answers {
		if got := a.ExplainBalance(); got.Message == "" || got.Hint == "" || strings.Contains(got.Message+got.Hint, notChecked) {
			t.Errorf("%+v", got)
		}
	}
}

// FuzzClassifyBalance compares the classifier and AtLeast with an independent
// reading of the same bytes.
func FuzzClassifyBalance(f *testing.F) {
	for _, balance := range []string{"5000", "4999.999", "-0", "5e3", "1e100", "1e101", "5E-2", `"5000"`, "null"} {
		f.Add(200, []byte(balanceBody(balance)), uint32(5000), uint8(2))
	}
	f.Add(401, []byte(problem(testKey, "")), uint32(0), uint8(0))
	f.Fuzz(func(t *testing.T, status int, body []byte, units uint32, decimals uint8) {
		got := ClassifyBalance(answered(status, string(body)), secret.NewTraces(secret.New(testKey)))
		doc, strict := strictly(body)
		number, isNumber := path(doc, "data", "balance").(json.Number)
		success, _ := path(doc, "success").(bool)
		exact, bounded := rational(string(number))
		if want := status == 200 && strict && success && isNumber && bounded; want != (got.Outcome == Accepted) {
			t.Fatalf("accepted %t, want %t", !want, want)
		}
		if got.RequestID != "" || strings.ContainsAny(got.Code, "0123456789") {
			t.Errorf("shows %q, %q", got.RequestID, got.Code)
		}
		harmless(t, got, secret.New(testKey))
		if got.Outcome == Accepted {
			least := fmt.Sprintf("%d.%02d", units, decimals%100)
			bound, _ := new(big.Rat).SetString(least)
			if got.Amount.AtLeast(least) != (exact.Cmp(bound) >= 0) {
				t.Errorf("%s at least %s: %t", number, least, exact.Cmp(bound) < 0)
			}
		} else if !got.Amount.Blank() {
			t.Errorf("outcome %d has an amount", got.Outcome)
		}
	})
}

// rational reads a JSON number within the limits, using only math/big.
func rational(number string) (*big.Rat, bool) {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(number), "e")
	digits := strings.TrimLeft(strings.TrimLeft(exponent, "+-"), "0")
	if len(strings.ReplaceAll(mantissa, ".", "")) > MaxAmount || len(digits) > 3 || len(digits) == 3 && digits > "100" {
		return nil, false
	}
	return new(big.Rat).SetString(number)
}
