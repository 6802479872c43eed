package checks

import "flexy-key-check/checks/internal/flexy"

// MustAllowIPs asserts that the given addresses can use the key.
var MustAllowIPs = Check{
	ID:  "must-allow-ips",
	Doc: "Each address that must be able to use the key is on its allowlist, or the allowlist is empty.",
	Run: func(in Input) Finding {
		want := in.Expect.MustAllowIPs
		if len(want) == 0 {
			return Finding{Status: Skip}
		}
		expected := join(want)
		if !in.judged() {
			return notJudged(expected)
		}
		list := in.Answer.Key.AllowedIPs
		if !list.Known {
			return unreadable(expected, list)
		}
		f := Finding{Status: Pass, Expected: expected, Found: describe(list)}
		f.Message = "expected the allowlist to let " + expected + " use the key, found " + f.Found
		if missing := without(want, list.Addrs); len(list.Addrs) > 0 && len(missing) > 0 {
			f.Status = Fail
			f.Message += difference("missing", missing)
			f.Hint = "add " + join(missing) + " to the key's allowlist in " + flexy.Dashboard
		}
		return f
	},
}
