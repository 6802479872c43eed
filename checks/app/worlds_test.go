package app_test

import (
	"net/http"
	"regexp"
	"strconv"
	"testing"

	"flexy-key-check/checks/internal/test/emulator"
)

// worlds are the accounts of the API where sources differ. The program must be right
// in each of them.
var worlds = map[string]emulator.Options{
	"as seen":             {},
	"as seen, CDN":        {CDN: true},
	"as documented":       {Documented: true},
	"as documented, 401":  {Documented: true, MissingStatus: http.StatusUnauthorized, InvalidCode: emulator.CodeInvalidAlias},
	"number in the error": {Lockout: emulator.Lockout{Attempts: 5, Count: emulator.InError, Resets: true}},
	"no number":           {Lockout: emulator.Lockout{Attempts: 5}},
}

// lockoutOf returns the lockout of a world.
func lockoutOf(world emulator.Options) emulator.Lockout {
	switch {
	case world.Lockout.Attempts > 0:
		return world.Lockout
	case world.Documented:
		return emulator.DocumentedLockout
	default:
		return emulator.SeenLockout
	}
}

// in returns scenarios in each world, with what changes there.
func in(scenarios table, change func(world emulator.Options, w want) want) table {
	all := table{}
	for name, world := range worlds {
		for title, sc := range scenarios {
			world.Keys = []emulator.Key{goodKey()}
			sc.world, sc.want = &world, change(world, sc.want)
			all[name+": "+title] = sc
		}
	}
	return all
}

func TestWorlds(t *testing.T) {
	t.Parallel()
	id := regexp.MustCompile(`\Areq[_-][0-9a-z]+\z`)
	proof := want{Sends: 1, Verdict: "pass", Valid: "false", ErrorCode: "INVALID_ACCESS_TOKEN", AttemptsLeft: "?"}
	in(table{
		"good":       {want: passes()},
		"balance":    with(passes().sending(2), "min-balance", "5000"),
		"rejected":   {api: revoked, want: invalid("INVALID_ACCESS_TOKEN", "?")},
		"revoked":    {api: revoked, given: pairs("expect-state", "revoked"), want: proof},
		"unlisted":   {api: having(func(k *emulator.Key) { k.AllowedIPs = []string{"203.0.113.9"} }), want: withIP(unjudged("blocked", "IP_NOT_ALLOWED"), "127.0.0.1")},
		"blocked":    {api: blocked, want: unjudged("blocked", "IP_BLOCKED")},
		"down":       {api: always(emulator.Status(500)), given: pairs("on-unavailable", "warn"), want: annotated(unjudged("unavailable", "INTERNAL_ERROR").sending(2).exiting(0), "warning: Flexy key: unavailable")},
		"wrong path": {given: pairs("on-unavailable", "warn"), api: elsewhere, want: unjudged("unavailable", "")}, // never softened
	}, func(world emulator.Options, w want) want {
		if w.AttemptsLeft == "?" {
			w.AttemptsLeft = ""
			if l := lockoutOf(world); l.Count != emulator.Nowhere {
				w.AttemptsLeft = strconv.Itoa(l.Attempts - 1)
			}
		}
		if w.ErrorCode == "INVALID_ACCESS_TOKEN" && world.InvalidCode != "" {
			w.ErrorCode = world.InvalidCode
		}
		if w.Verdict == "unavailable" && w.Sends == 1 && world.Documented {
			w.ErrorCode = "NOT_FOUND" // the documented API has no router
		}
		return w
	}).run(t)
	for name, world := range worlds {
		t.Run(name+": request id", func(t *testing.T) {
			t.Parallel()
			world.Keys = []emulator.Key{goodKey()}
			r, _ := scenario{world: &world}.run(t)
			if got := r.outputs()["request-id"]; !id.MatchString(got) {
				t.Errorf("the request id is %q", got)
			}
		})
	}
}

// elsewhere makes the API answer as for another path.
func elsewhere(api *emulator.API) {
	api.Always(func(_ *emulator.API, _ http.ResponseWriter, r *http.Request) bool {
		r.URL.Path = "/v3" + r.URL.Path
		return false
	})
}

// withIP returns w with the runner's address.
func withIP(w want, ip string) want {
	w.RunnerIP = ip
	return w
}
