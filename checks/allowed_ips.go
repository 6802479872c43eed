package checks

import (
	"net/netip"
	"slices"

	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/plain"
)

// AllowedIPs asserts which addresses may use the key.
var AllowedIPs = Check{
	ID:  "allowed-ips",
	Doc: "The key's allowlist is not empty (`restricted`), empty (`unrestricted`: any address may use the key) or exactly the expected set of addresses.",
	Run: func(in Input) Finding {
		want := in.Expect.AllowedIPs
		expected := string(want.Mode)
		if want.Mode == ExactIPs {
			expected = join(want.Addrs)
		}
		if !in.judged() {
			return notJudged(expected)
		}
		list := in.Answer.Key.AllowedIPs
		if want.Mode == AnyIPs {
			return Finding{Status: Skip, Found: describe(list), Notice: mistake.Say(openTo(list), "")}
		}
		if !list.Known {
			return unreadable(expected, list)
		}
		return compareIPs(want, list, Finding{Status: Pass, Expected: expected, Found: describe(list)})
	},
}

func compareIPs(want ExpectedIPs, list flexy.Allowlist, f Finding) Finding {
	f.Message = "expected the allowlist to be " + f.Expected + ", found " + f.Found
	switch want.Mode {
	case RestrictedIPs:
		if len(list.Addrs) == 0 {
			f.Status = Fail
			f.Hint = "add the addresses that need the key to its allowlist in " + flexy.Dashboard
		}
	case UnrestrictedIPs:
		if len(list.Addrs) > 0 {
			f.Status = Fail
			f.Hint = "empty the key's allowlist in " + flexy.Dashboard + ", or expect these addresses"
		}
	case ExactIPs:
		missing, extra := without(want.Addrs, list.Addrs), without(list.Addrs, want.Addrs)
		if len(missing)+len(extra) > 0 {
			f.Status = Fail
			f.Message += difference("missing", missing) + difference("extra", extra)
			f.Hint = "make the key's allowlist in " + flexy.Dashboard + " and the expected addresses agree"
		}
	}
	return f
}

// unreadable returns the finding for an allowlist that cannot be read.
func unreadable(expected string, list flexy.Allowlist) Finding {
	f := Finding{Status: Unknown, Expected: expected, Found: describe(list)}
	f.Message = "expected the allowlist to contain only addresses, found something else in the API's answer: it cannot be compared"
	f.Hint = "look at the key's allowlist in " + flexy.Dashboard + ": an entry that is not an address makes this check impossible"
	if list.Missing {
		f.Message = "expected the allowlist to be in the API's answer, found that the API's answer has no allowlist"
		f.Hint = "look at the key's allowlist in " + flexy.Dashboard + ": without it this check is impossible"
	}
	return f
}

// describe lists the addresses on an allowlist.
func describe(list flexy.Allowlist) string {
	switch {
	case list.Missing:
		return "(none in the answer)"
	case !list.Known:
		return "(not readable)"
	case len(list.Addrs) == 0:
		return "any address"
	default:
		return join(list.Addrs)
	}
}

// openTo says who may use the key.
func openTo(list flexy.Allowlist) string {
	switch {
	case !list.Known:
		return "allowlist " + describe(list)
	case len(list.Addrs) == 0:
		return "any address may use the key"
	default:
		return "an allowlist of " + plain.Count(len(list.Addrs), "address", "addresses")
	}
}

// Longer lists are cut, because GitHub truncates an annotation at 4,096
// characters.
const (
	maxListed     = 10
	maxDifference = 35
)

// join lists up to maxListed addresses.
func join(addrs []netip.Addr) string { return plain.List(names(addrs), maxListed) }

func names(addrs []netip.Addr) []string {
	names := make([]string, len(addrs))
	for i, addr := range addrs {
		names[i] = addr.String()
	}
	return names
}

// without returns the addresses in a that are not in b, without duplicates.
func without(a, b []netip.Addr) []netip.Addr {
	var out []netip.Addr
	for _, addr := range a {
		if !slices.Contains(b, addr) && !slices.Contains(out, addr) {
			out = append(out, addr)
		}
	}
	return out
}

func difference(name string, addrs []netip.Addr) string {
	if len(addrs) == 0 {
		return ""
	}
	return "; " + name + ": " + plain.List(names(addrs), maxDifference)
}
