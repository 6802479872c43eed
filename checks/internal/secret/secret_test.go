package secret_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sethvargo/go-envconfig"

	"flexy-key-check/checks/internal/secret"
)

// text is what must not be shown. No run of its characters looks like anything
// else in a dump.
const text = "qK7!x/W+z-Yj%9<Vb&\"4T"

func TestValue(t *testing.T) {
	t.Parallel()
	type facts struct {
		Reveal, String string
		Blank          bool
	}
	for _, tc := range []struct {
		name  string
		value secret.Value
		want  facts
	}{
		{"zero", secret.Value{}, facts{Blank: true}},
		{"empty", secret.New(""), facts{Blank: true}},
		{"one character", secret.New("k"), facts{Reveal: "k", String: "[redacted]"}},
		{"white space is a text", secret.New(" "), facts{Reveal: " ", String: "[redacted]"}},
		{"key", secret.New(text), facts{Reveal: text, String: "[redacted]"}},
	} {
		got := facts{tc.value.Reveal(), tc.value.String(), tc.value.Blank()}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
		if tc.value.GoString() != tc.value.String() {
			t.Errorf("%s: GoString is %q", tc.name, tc.value.GoString())
		}
	}
}

func TestEqual(t *testing.T) {
	t.Parallel()
	a, same, other := secret.New(text), secret.New(text), secret.New(text+"x")
	for _, tc := range []struct {
		name string
		x, y secret.Value
		want bool
	}{
		{"itself", a, a, true},
		{"same text", a, same, true},
		{"other text", a, other, false},
		{"blank", secret.Value{}, secret.New(""), true},
		{"blank and not", secret.Value{}, a, false},
		{"not and blank", a, secret.Value{}, false},
	} {
		if got := tc.x.Equal(tc.y); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

func TestIn(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, value, text string
		want              bool
	}{
		{"itself", "12345678", "12345678", true},
		{"inside", "12345678", "key: 12345678.", true},
		{"a part only", "123456789", "12345678", false},
		{"another case", "abcdefgh", "ABCDEFGH", false},
		{"seven characters", "1234567", "1234567", false},
		{"blank", "", "anything", false},
	} {
		if got := secret.New(tc.value).In(tc.text); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

func TestEnvDecode(t *testing.T) {
	t.Parallel()
	for _, given := range []string{text, "", " $HOME ${HOME} a,b:c=d\n\x00\xff"} {
		var direct secret.Value
		if err := direct.EnvDecode(given); err != nil || direct.Reveal() != given {
			t.Errorf("EnvDecode(%q) = %q, %v", given, direct.Reveal(), err)
		}
		var settings struct {
			Key secret.Value `env:"KEY"`
		}
		err := envconfig.ProcessWith(context.Background(), &envconfig.Config{
			Target:   &settings,
			Lookuper: envconfig.MapLookuper(map[string]string{"KEY": given}),
		})
		if err != nil || settings.Key.Reveal() != given {
			t.Errorf("envconfig: %q, %v, want %q", settings.Key.Reveal(), err, given)
		}
	}
	old := secret.New("old")
	if err := old.EnvDecode(""); err != nil || !old.Blank() {
		t.Errorf("EnvDecode of a blank leaves %q, %v", old.Reveal(), err)
	}
}
