package checks

// Fingerprint asserts that the key is a certain one. It takes no answer of the
// API: the key itself tells.
var Fingerprint = Check{
	ID:      "fingerprint",
	Doc:     "The key is the very one whose fingerprint is expected, whatever the API says of it; a key of fewer than 32 characters has none, which is `unknown`.",
	Revoked: true,
	Run: func(in Input) Finding {
		want := in.Expect.Fingerprint
		if want == "" {
			return Finding{Status: Skip} // reports show the fingerprint anyway
		}
		f := Finding{Expected: want, Found: in.Fingerprint}
		switch in.Fingerprint {
		case "":
			f.Status = Unknown
			f.Found = "(none)"
			f.Message = "expected the key with the fingerprint " + want + ", found a key of fewer than 32 characters, which has none"
			f.Hint = "expect no fingerprint of it: the hash of a short key could confirm a guess"
		case want:
			f.Status = Pass
			f.Message = "expected the key with the fingerprint " + want + ", found it"
		default:
			f.Status = Fail
			f.Message = "expected the key with the fingerprint " + want + ", found another key, " + in.Fingerprint
			f.Hint = "put the key that is meant into the secret, or expect the fingerprint of this one"
		}
		return f
	},
}

// isExpectedKey reports whether the key is proven to be the one that is meant.
func (in Input) isExpectedKey() bool {
	return in.Fingerprint != "" && in.Fingerprint == in.Expect.Fingerprint
}
