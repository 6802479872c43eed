package app_test

import (
	"fmt"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/emulator"
)

// typeWant is what must come of a key's type, by section 2 of the contract.
func typeWant(environment, expect, found string) want {
	documented := found == "SANDBOX" || found == "PRODUCTION"
	wanted, tolerant := expect, false
	if expect == "" {
		wanted, tolerant = "SANDBOX", true
		if environment == "production" {
			wanted, tolerant = "PRODUCTION", false
		}
	}
	switch {
	case environment == "" && expect == "":
		return misconfigured("environment.*expect-type")
	case environment == "production" && expect == "SANDBOX":
		return misconfigured("expect-type")
	case wanted == "any" && documented, wanted == found:
		return passes()
	case wanted == "any", tolerant && found == "PRODUCTION":
		return warns("type")
	default:
		return mismatches("type")
	}
}

func TestTypes(t *testing.T) {
	t.Parallel()
	rows := table{}
	for _, environment := range []string{"", "production", "staging", "development", "test"} {
		for _, expect := range []string{"", "SANDBOX", "PRODUCTION", "any"} {
			for _, found := range []string{"SANDBOX", "PRODUCTION", "PARTNER"} {
				w := typeWant(environment, expect, found)
				w.More = map[string]string{"type": found}
				if w.Sends == 0 {
					w.More["type"] = ""
				}
				rows[fmt.Sprintf("environment %q, expect-type %q, found %s", environment, expect, found)] = row{
					given: map[string]string{"environment": environment, "expect-type": expect},
					api:   having(func(k *emulator.Key) { k.Type = found }),
					want:  w,
				}
			}
		}
	}
	rows.run(t)
}

func TestScopes(t *testing.T) {
	t.Parallel()
	rows := table{}
	for _, expect := range []string{"", "READ-WRITE", "READ-ONLY"} {
		for _, found := range []string{"READ-WRITE", "READ-ONLY", "ADMIN"} {
			w := passes()
			switch {
			case expect == "" && found == "ADMIN":
				w = warns("scope")
			case expect != "" && expect != found:
				w = mismatches("scope")
			}
			w.More = map[string]string{"scope": found}
			rows[fmt.Sprintf("expect-scope %q, found %s", expect, found)] = row{
				given: map[string]string{"expect-scope": expect},
				api:   having(func(k *emulator.Key) { k.Scope = found }),
				want:  w,
			}
		}
	}
	rows.run(t)
}

// A type or scope that is not documented may be anything at all.
func TestTypesHostile(t *testing.T) {
	t.Parallel()
	rows := table{}
	for _, text := range []string{
		"", " ", "SANDBOX ", "production", "PRODUCTION\n::error::x", "$(id)", "PRODUCTION;rm -rf /", "##[error]x", "<b>", "`id`",
		theKey, theEcho, theAccount, strings.Repeat("X", 65), strings.Repeat("Y", 20_000), "PRODUCT\u0130ON", "\u202eNOITCUDORP", "a=b", "a<<b",
	} {
		output := ""
		if text == "production" {
			output = text
		}
		for name, w := range map[string]want{"any": warns("type"), "PRODUCTION": mismatches("type")} {
			w.More = map[string]string{"type": output}
			rows[fmt.Sprintf("type %.20q, expecting %s", text, name)] = row{
				given: map[string]string{"expect-type": name}, api: having(func(k *emulator.Key) { k.Type = text }), want: w}
		}
		for name, w := range map[string]want{"": warns("scope"), "READ-ONLY": mismatches("scope")} {
			w.More = map[string]string{"scope": output}
			rows[fmt.Sprintf("scope %.20q, expecting %q", text, name)] = row{
				given: map[string]string{"expect-scope": name}, api: having(func(k *emulator.Key) { k.Scope = text }), want: w}
		}
	}
	rows.run(t)
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	rows := table{}
	for _, tt := range []struct {
		expect, found string
		says          string // "" if the two are the same
	}{
		{theAccount, theAccount, ""},
		{" +213 665 98 34 39 ", theAccount, ""},
		{theAccount, "+213 665\u00a0983439", ""},
		{"0665983439", theAccount, "39"},
		{"+213665983438", theAccount, "38(?s).*39"},
		{"+213665983439", "+213665983400", "39(?s).*00"},
		{"+33665983439", theAccount, "country prefix"},
		{"00213665983439", theAccount, "39"},
		{"shop", theAccount, ""},
	} {
		w := passes()
		if tt.says != "" || tt.expect == "shop" {
			w = mismatches("account").with(tt.says)
		}
		rows[tt.expect+" against "+tt.found] = row{
			given:   map[string]string{"expect-account": tt.expect},
			api:     having(func(k *emulator.Key) { k.Username = tt.found }),
			secrets: []string{strings.TrimSpace(tt.expect), tt.found},
			want:    w,
		}
	}
	rows.run(t)
}
