package secret_test

import (
	"testing"

	"github.com/sethvargo/go-envconfig"

	"flexy-key-check/checks/internal/secret"
	"flexy-key-check/checks/internal/test/testkit"
)

// text must not be shown. No run of its characters looks like anything else in
// a dump.
const text = "qK7!x/W+z-Yj%9<Vb&\"4T"

func TestValue(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		value       secret.Value
		text, shown string
	}{
		{secret.Value{}, "", ""},
		{secret.New(""), "", ""},
		{secret.New(" "), " ", "[redacted]"},
		{secret.New(text), text, "[redacted]"},
	} {
		got := []any{tc.value.Reveal(), tc.value.String(), tc.value.GoString(), tc.value.Blank()}
		testkit.Diff(t, []any{tc.text, tc.shown, tc.shown, tc.text == ""}, got)
	}
}

func TestEqualAndIn(t *testing.T) {
	t.Parallel()
	var blank secret.Value
	a, eight := secret.New(text), secret.New("abcdefgh")
	for name, holds := range map[string]bool{
		"same text":     a.Equal(secret.New(text)),
		"other text":    !a.Equal(secret.New(text + "x")),
		"both blank":    blank.Equal(secret.New("")),
		"blank and key": !blank.Equal(a),
		"key and blank": !a.Equal(blank),
		"inside":        eight.In("key: abcdefgh."),
		"a part only":   !eight.In("abcdefg"),
		"another case":  !eight.In("ABCDEFGH"),
		"seven bytes":   !secret.New("1234567").In("1234567"),
		"blank":         !blank.In("anything"),
	} {
		if !holds {
			t.Errorf("%s: the other way round", name)
		}
	}
}

func TestEnvDecode(t *testing.T) {
	t.Parallel()
	for _, given := range []string{text, "", " $HOME ${HOME} a,b:c=d\n\x00\xff"} {
		var settings struct {
			Key secret.Value `env:"KEY"`
		}
		lookup := envconfig.MapLookuper(map[string]string{"KEY": given})
		testkit.NoError(t, envconfig.ProcessWith(t.Context(), &envconfig.Config{Target: &settings, Lookuper: lookup}))
		direct := secret.New("old")
		testkit.NoError(t, direct.EnvDecode(given))
		if settings.Key.Reveal() != given || direct.Reveal() != given {
			t.Errorf("EnvDecode(%q) = %q, with envconfig %q", given, direct.Reveal(), settings.Key.Reveal())
		}
	}
}
