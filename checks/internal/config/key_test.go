package config_test

import (
	"slices"
	"strings"
	"testing"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/nokey"
	"flexy-key-check/checks/internal/test/testkit"
)

// What is certainly no key is a mistake, whatever is expected of it. Package nokey has
// the texts of each class, and messages.txt what is said of it.
func TestNotAKey(t *testing.T) {
	t.Parallel()
	for found, value := range map[string]string{"a phone number": "0665983439", "contains a line break": key + "\n" + key} {
		for _, state := range []string{"enabled", "revoked"} {
			expectMistakes(t, good(given{"api-key": value, "expect-state": state}), "<api-key>: not a Flexy API key: "+found+" (not shown)")
		}
	}
}

// The form of a key is not documented: none is rejected for its shape.
func TestAnyKey(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"9b3e6f10-52c7-4d8a-a1f4-0c6d7e8b9a25", "sk_live_51H8xQe", "k", "a$b", "a.b*c$k$l", "/9j4AAQSkZJRg", strings.Repeat("7", 32), "token:k9"} {
		for _, given := range []given{{"api-key": value}, {"api-key": "\r\n\t " + value + " \n"}} {
			if got := expectGood(t, good(given)).Entries[0].Key.Reveal(); got != value {
				t.Errorf("%q becomes %q", given, got)
			}
		}
	}
}

// A GitHub token as the key may be the workflow's own, and is never reported as
// somebody else's mistake.
func TestTokenAsKey(t *testing.T) {
	t.Parallel()
	const isToken = "<api-key>: not a Flexy API key: a GitHub token (not shown)"
	expectMistakes(t, good(given{"api-key": token}), isToken)
	expectMistakes(t, good(given{"api-key": token, "github-token": token}), "<api-key>: the workflow's own token, not a Flexy API key (not shown)")
	expectMistakes(t, good(given{"api-key": token, "secrets-token": token}), isToken)
	const uuid = "9b3e6f10-52c7-4d8a-a1f4-0c6d7e8b9a25"
	const isKey = "<secrets-token>: not a token for GitHub: a UUID, as a Flexy API key is (not shown)"
	expectMistakes(t, good(given{"api-key": token, "secrets-token": uuid}), isToken)
	expectMistakes(t, good(given{"api-key": token, "secrets-token": uuid, "secret-name": "K"}), isToken, isKey)
	expectMistakes(t, good(given{"secrets-token": uuid, "secret-name": "K"}), isKey)
}

// A token is judged only if the run would use it.
func TestNotAToken(t *testing.T) {
	t.Parallel()
	dated := given{"rotated-on": "2026-07-01"}
	for found, value := range map[string]string{"masked, as a log shows a secret": "***", "a UUID, as a Flexy API key is": "9b3e6f10-52c7-4d8a-a1f4-0c6d7e8b9a25"} {
		want := ": not a token for GitHub: " + found + " (not shown)"
		expectMistakes(t, good(given{"secrets-token": value, "secret-name": "K"}), "<secrets-token>"+want)
		expectMistakes(t, good(dated).with(given{"github-token": value, "reminder-issue": "true", "key-name": "mine"}), "<github-token>"+want)
		expectMistakes(t, good(given{"secrets-token": value, "github-token": value}))
		expectMistakes(t, good(dated).with(given{"secrets-token": value, "secret-name": "K"}))
		expectMistakes(t, good(given{"secrets-token": value, "secret-name": "K", "expect-state": "revoked"}))
	}
	for _, value := range []string{"/run/token", "2f1e0d9c8b7a6f5e4d3c2b1a0f9e8d7c6b5a4f3e", `{"a":1}`, token} {
		expectMistakes(t, good(given{"secrets-token": value, "secret-name": "K"}))
	}
}

// A common word in place of a secret is not missed in other settings: the mistakes are
// about the key alone.
func TestCommonKey(t *testing.T) {
	t.Parallel()
	expectMistakes(t, good(given{"api-key": "production"}), "<api-key>: not a Flexy API key: a placeholder (not shown)")
	expectMistakes(t, good(given{"api-key": "PRODUCTION", "expect-type": "PRODUCTION"}), "<api-key>: not a Flexy API key: a placeholder (not shown)")
}

func TestKeyNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"clé de caisse": "clé de caisse", "المتجر": "المتجر", "店铺 2": "店铺 2", "Магазин (old)": "Магазин (old)", "  shop \t key\u00a0 2\n": "shop key 2", "متجر ٢": "متجر ٢", strings.Repeat("é", 64): strings.Repeat("é", 64),
	} {
		if got := expectGood(t, good(given{"key-name": name})).Entries[0].Name; got != want {
			t.Errorf("%q is called %q", name, got)
		}
	}
	for _, name := range []string{
		"cle\u0301", "shop\u200b", "sho\u00adp", "\u202eshop", "ｓｈｏｐ", "shop１", "ﬁsh", "ﻣﺘﺠﺮ", "مَتجر", "\u212bngstrom", "𝐬hop", "shop/2", "shop:2", "a*b", "shop_\u3164", "shop🔑", "shop\ufe0f", "\u1100\u1161", strings.Repeat("é", 65), "a<b>", "shop²", "a'b",
	} {
		_, mistakes := judge(t, good(given{"key-name": name}), true)
		if len(mistakes) != 1 || !strings.HasPrefix(mistakes[0].String(), "key-name: must be a name of 1 to 64 plain characters") {
			t.Errorf("%q: %q", name, mistakes)
		}
	}
}

// Names that differ only in case or white space are the same.
func TestSameNames(t *testing.T) {
	t.Parallel()
	for name, same := range map[string]bool{"Clé  de Caisse": true, "CLÉ DE CAISSE": true, "cle de caisse": false, "clé de caisse 2": false} {
		_, mistakes := judgePolicy(t, "keys:\n- {name: clé de caisse, env: FLEXY_A_KEY, type: any}\n- {name: "+name+", env: FLEXY_B_KEY, type: any}\n", given{"FLEXY_A_KEY": key, "FLEXY_B_KEY": key})
		if (len(mistakes) == 1 && strings.Contains(mistakes[0], "another entry has the same name")) != same || same == (len(mistakes) == 0) {
			t.Errorf("%q: %q", name, mistakes)
		}
	}
}

// Every documented value is known as one: it is no key, and no mask.
func TestDocumentedValues(t *testing.T) {
	t.Parallel()
	values := slices.Concat(testkit.Names("checks"), testkit.Names("verdicts"), testkit.Names("formats"), []string{"restricted", "unrestricted", "none", "true", "false", checks.DefaultKeyName})
	for _, input := range config.Inputs() {
		values = append(values, input.Words...)
	}
	for _, value := range values {
		if !nokey.IsDocumented(value) || !nokey.IsCommon(value) {
			t.Errorf("%q is not known as a documented value", value)
		}
	}
}
