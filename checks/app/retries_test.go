package app_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"flexy-key-check/checks/internal/emulator"
)

// minWait is the shortest wait between two sends.
const minWait = 100 * time.Millisecond

func TestStatusesRetried(t *testing.T) {
	t.Parallel()
	again := passes()
	again.Sends = 2
	rows := table{
		"500, then 200":     {api: next(emulator.Status(500)), want: again, waits: minWait},
		"dropped, then 200": {api: next(emulator.Drop), want: again, waits: minWait},
		"reset, then 200":   {api: next(emulator.Reset), want: again, waits: minWait},
		"500, then 401": {
			api:  func(api *emulator.API) { api.Next(emulator.Status(500)); revoked(api) },
			want: sent(2, invalid("INVALID_ACCESS_TOKEN", "4")), waits: minWait},
		"500, then 403": {
			api:  func(api *emulator.API) { api.Next(emulator.Status(500)); blocked(api) },
			want: sent(2, unjudged("blocked", "IP_BLOCKED")), waits: minWait},
		"500, then 404":           {api: next(emulator.Status(500), plainly(404)), want: unavailable(2), waits: minWait},
		"500, then 502, then 200": {api: next(plainly(500), plainly(502)), want: unavailable(2), waits: minWait},
		"dropped for ever":        {api: always(emulator.Drop), want: unavailable(2), waits: minWait},
		"reset for ever":          {api: always(emulator.Reset), want: unavailable(2), waits: minWait},
		"the answer is lost, and the attempt counted": {
			api:  func(api *emulator.API) { revoked(api); api.Next(emulator.Lose) },
			want: sent(2, invalid("INVALID_ACCESS_TOKEN", "3")), waits: minWait},
		"every second connection broken": {
			api: next(emulator.Drop, nil, emulator.Reset), want: again, waits: minWait},
		"softened": {api: always(plainly(503)), given: map[string]string{"on-unavailable": "warn"}, want: softened(unavailable(2)), waits: minWait},
	}
	for _, status := range []int{429, 500, 502, 503, 504} {
		rows[fmt.Sprint(status, " for ever")] = row{api: always(plainly(status)), want: unavailable(2), waits: minWait}
	}
	rows.run(t)
}

// plainly answers with a status and a body that says nothing.
func plainly(status int) emulator.Fault { return emulator.Body(status, "text/plain", []byte("no")) }

func sent(n int, w want) want {
	w.Sends = n
	return w
}

// softened is an exit code 3 that is configured to be a warning.
func softened(w want) want {
	w.Code = 0
	w.Annotations = []string{"warning" + w.Annotations[0][len("error"):]}
	return w
}

func TestStatusesRetryAfter(t *testing.T) {
	t.Parallel()
	again := passes()
	again.Sends = 2
	in2s := today.Add(2 * time.Second)
	const wait = 2 * time.Second
	rows := table{
		"2 seconds, 429":     {api: next(emulator.RetryAfter(429, "2")), want: again, waits: wait},
		"2 seconds, 503":     {api: next(emulator.RetryAfter(503, "2")), want: again, waits: wait},
		"a date, RFC 1123":   {api: next(emulator.RetryAfter(429, in2s.Format(http.TimeFormat))), want: again, waits: wait},
		"a date, RFC 850":    {api: next(emulator.RetryAfter(429, in2s.Format("Monday, 02-Jan-06 15:04:05 GMT"))), want: again, waits: wait},
		"a date, asctime":    {api: next(emulator.RetryAfter(503, in2s.Format(time.ANSIC))), want: again, waits: wait},
		"a date in the past": {api: next(emulator.RetryAfter(503, today.Add(-time.Hour).Format(http.TimeFormat))), want: again, waits: minWait},
		"0":                  {api: next(emulator.RetryAfter(429, "0")), want: again, waits: minWait},
	}
	for _, value := range []string{"-5", "1.5", "soon", "", "2s", "+3600", "1e9", "0x10", "3600, 3600", "\u0663"} {
		rows["ordinary backoff for "+value] = row{api: next(emulator.RetryAfter(429, value)), want: again, waits: minWait}
	}
	for name, value := range map[string]string{
		"900":                  "900",
		"60, with timeout 60s": "60",
		"2^33":                 "9223372037",
		"2^64":                 "18446744073709551616",
		"100 digits":           fmt.Sprintf("%0100d", 9) + "9",
		"a date next year":     today.AddDate(1, 0, 0).Format(http.TimeFormat),
	} {
		rows["stops at once for "+name] = row{
			api:  always(emulator.Chain(header("Retry-After", value), plainly(429))),
			want: unavailable(1).with("Retry-After")}
	}
	rows.run(t)
}

// header sets a header of the answer that the next fault in a chain gives.
func header(name, value string) emulator.Fault {
	return func(_ *emulator.API, w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set(name, value)
		return false
	}
}

// The time for all requests ends a run whatever it waits for.
func TestStatusesTimeout(t *testing.T) {
	t.Parallel()
	slow := emulator.Latency(time.Minute)
	table{
		"an answer that is slow": {
			api: always(slow), given: map[string]string{"timeout": "2s"}, want: unavailable(1).with("timeout")},
		"a Retry-After that fits no more": {
			api: always(emulator.RetryAfter(503, "9")), given: map[string]string{"timeout": "9s"},
			want: func() want { w := unavailable(1); w.ErrorCode = "SERVICE_UNAVAILABLE"; return w }()},
	}.run(t)
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	rows := table{}
	for _, status := range []int{300, 301, 302, 303, 304, 305, 307, 308} {
		for name, location := range map[string]string{
			"same host": "/v3/validate", "loop": emulator.Path + "?again", "none": "", "https": "https://127.0.0.1:1/", "scheme": "file:///etc/passwd",
		} {
			rows[fmt.Sprint(status, " ", name)] = row{
				api:  always(emulator.Chain(header("Location", location), plainly(status))),
				want: unavailable(1),
			}
		}
	}
	rows.run(t)
	for _, status := range []int{302, 307} {
		t.Run(fmt.Sprint(status, " to another server"), func(t *testing.T) {
			t.Parallel()
			s, other := serve(t), serve(t)
			s.Always(emulator.Chain(header("Location", other.URL+emulator.Path), plainly(status)))
			got := action(t, s.URL, nil).run(t).came(s, want{})
			if got.Code != 3 || got.Sends != 1 || other.Stats().Requests != 0 {
				t.Errorf("exit code %d, %d sends, %d requests behind the redirect", got.Code, got.Sends, other.Stats().Requests)
			}
		})
	}
}
