package github

import (
	"net/http"
	"testing"
	"time"

	"flexy-key-check/checks/internal/secret"
)

// GitHub tells when the token ends in two forms; whatever else it says is no date.
func TestTokenExpires(t *testing.T) {
	t.Parallel()
	end := time.Date(2026, time.December, 3, 10, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Time{
		"":                                    {},
		"2026-12-03 10:00:00 UTC":             end,
		"2026-12-03 10:00:00 +0000":           end,
		"2026-12-03 12:00:00 +0200":           end,
		"2026-12-03":                          {},
		"2026-13-03 10:00:00 UTC":             {},
		"0001-01-01 00:00:00 UTC":             {},
		"soon":                                {},
		"2026-12-03 10:00:00 UTC ::error::x":  {},
		"2026-12-03 10:00:00 UTC\u202e##[x]y": {},
	} {
		for code, message := range map[int]string{200: "", 404: "hidden from this token"} {
			m := newModel()
			m.secrets[pathInRepo] = metadata
			m.around = func(_ int, w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
				w.Header().Set("GitHub-Authentication-Token-Expiration", header)
				if code != http.StatusOK {
					serve = status(code)
				}
				serve(w, r)
			}
			got, err := inMemory(m).SecretDates(t.Context(), secret.New(testToken), inRepository)
			if message == "" && err != nil {
				t.Error(err)
			} else if message != "" {
				checkError(t, err, message, "read")
			}
			expect(t, header, want, got.TokenExpires)
		}
	}
}
